//! Two walkers, and a gate that opens.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicBool, Ordering::Relaxed};
use selvedge::thread;
use selvedge_exercises::{Meeting, start};

use super::program::Gate;

pub fn check() {
    let gate = Arc::new(Gate::new());
    let (path, opened) =
        (Arc::new(Meeting::new("both walk through at once")), Arc::new(AtomicBool::new(false)));
    let walkers = ["Ann", "Bob"].map(|name| {
        let (gate, path, opened) = (gate.clone(), path.clone(), opened.clone());
        start(name, move || {
            // By the clock the gate is open when they come.
            thread::sleep(Duration::from_millis(50));
            gate.pass(|| {
                assert!(opened.load(Relaxed), "{name} walks through a closed gate");
                path.attend();
            });
        })
    });
    opened.store(true, Relaxed);
    gate.open();
    for walker in walkers {
        walker.join().unwrap();
    }
    path.tell();
}
