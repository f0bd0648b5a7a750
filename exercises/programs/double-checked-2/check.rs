//! Ann and Bob need the settings.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge_exercises::{Meeting, start};

use super::program::Settings;

pub fn check() {
    let settings = Arc::new(Settings::new());
    let (work, loads) =
        (Arc::new(Meeting::new("both use the settings at once")), Arc::new(AtomicU32::new(0)));
    let users = ["Ann", "Bob"].map(|name| {
        let (settings, work, loads) = (settings.clone(), work.clone(), loads.clone());
        start(name, move || {
            let load = || {
                assert_eq!(loads.fetch_add(1, Relaxed), 0, "the settings are loaded twice");
                8
            };
            let use_them = |settings| {
                assert_eq!(settings, 8, "the settings are not there");
                work.attend();
            };
            settings.with(load, use_them);
        })
    });
    for user in users {
        user.join().unwrap();
    }
    work.tell();
}
