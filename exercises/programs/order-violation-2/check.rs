//! A program that keeps a diary, and ends.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge_exercises::Meeting;
use selvedge_primitives::program;

use super::program::keep_diary;

pub fn check() {
    let written = Arc::new(AtomicBool::new(false));
    let day = Arc::new(Meeting::new("the day goes on while the line is written"));
    program({
        let (written, day) = (written.clone(), day.clone());
        move || {
            let today = day.clone();
            let write = move || {
                day.attend();
                written.store(true, SeqCst);
            };
            keep_diary(write, || today.attend());
        }
    });
    // The program has ended; a daemon that was not ready is cut off here.
    day.tell();
    assert!(written.load(SeqCst), "the line is not in the diary");
}
