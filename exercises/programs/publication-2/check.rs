//! One thread appends two lines while another reads.

use std::sync::Arc;

use selvedge::outcome;
use selvedge_exercises::start;

use super::program::Log;

pub fn check() {
    let log = Arc::new(Log::new());
    let writer = start("Writer", {
        let log = log.clone();
        move || {
            log.append(11);
            log.append(22);
        }
    });
    match log.read().as_slice() {
        [] => outcome("a reader sees no line"),
        [11] => outcome("a reader sees one line"),
        [11, 22] => outcome("a reader sees both lines"),
        lines => panic!("a line is counted that is not there: {lines:?}"),
    }
    writer.join().unwrap();
    assert_eq!(log.read(), [11, 22], "a line is lost");
}
