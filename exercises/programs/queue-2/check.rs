//! Two letters and two clerks.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::{thread, trace};
use selvedge_exercises::{Meeting, start};

use super::program::Office;

pub fn check() {
    let office = Arc::new(Office::new());
    let (cabinet, filed) = (Arc::new(Meeting::new("both clerks file at once")), Arc::new(AtomicU32::new(0)));
    office.receive(1);
    office.receive(2);
    let clerks = ["Ann", "Bob"].map(|name| {
        let (office, cabinet, filed) = (office.clone(), cabinet.clone(), filed.clone());
        start(name, move || {
            office.work(|_| {
                cabinet.attend();
                let before = filed.fetch_add(1, SeqCst);
                trace::step("file", before + 1);
            });
        })
    });
    // By the clock all letters are filed by now.
    thread::sleep(Duration::from_millis(50));
    office.close();
    let filed = filed.load(SeqCst);
    trace::step("count the filed", filed);
    assert_eq!(filed, 2, "the office is closed, and a letter is not filed");
    for clerk in clerks {
        clerk.join().unwrap();
    }
    cabinet.tell();
}
