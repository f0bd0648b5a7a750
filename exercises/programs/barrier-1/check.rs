//! Ann and Bob bake a cake.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge_exercises::{Meeting, start};

use super::program::Kitchen;

pub fn check() {
    let kitchen = Arc::new(Kitchen::new());
    let (ovens, halves) = (Arc::new(Meeting::new("both bake at once")), Arc::new(AtomicU32::new(0)));
    let bakers = ["Ann", "Bob"].map(|name| {
        let (kitchen, ovens, halves) = (kitchen.clone(), ovens.clone(), halves.clone());
        start(name, move || {
            let bake_half = || {
                ovens.attend();
                halves.fetch_add(1, SeqCst);
            };
            let ice = || assert_eq!(halves.load(SeqCst), 2, "half a cake was iced");
            kitchen.bake(bake_half, ice);
        })
    });
    for baker in bakers {
        baker.join().unwrap();
    }
    ovens.tell();
}
