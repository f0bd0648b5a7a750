//! Ann and Bob need the map.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge_exercises::{Meeting, start};

use super::program::Atlas;

pub fn check() {
    let atlas = Arc::new(Atlas::new());
    let (table, drawings) =
        (Arc::new(Meeting::new("both look at the map at once")), Arc::new(AtomicU32::new(0)));
    let travellers = ["Ann", "Bob"].map(|name| {
        let (atlas, table, drawings) = (atlas.clone(), table.clone(), drawings.clone());
        start(name, move || {
            let draw = || {
                assert_eq!(drawings.fetch_add(1, Relaxed), 0, "the map is drawn twice");
                1492
            };
            let look = |map| {
                assert_eq!(map, 1492, "the map is empty");
                table.attend();
            };
            atlas.use_map(draw, look);
        })
    });
    for traveller in travellers {
        traveller.join().unwrap();
    }
    table.tell();
}
