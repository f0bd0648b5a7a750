//! The programs on real threads: what is wrong looks right when it is run.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{described, variant};

/// How often a program is run that looks right. A run may meet the bug by accident, and so many in a row do not.
const RUNS: usize = 5;

/// When a run is given up: it has met a deadlock, if it is of a program that has one.
const PATIENCE: Duration = Duration::from_secs(5);

/// The same for a program that has none, on a machine that is busy.
const LONG: Duration = Duration::from_secs(100);

pub(super) fn exercise(name: &str) {
    let exercise = described(name);
    assert!(
        looks_right(variant(name, "start")),
        "{name}: the program does not look right: it fails when it is run"
    );
    let wrong = &exercise.description.wrong;
    assert!(
        wrong.iter().any(|mend| looks_right(variant(name, &mend.file))),
        "{name}: a test run would refute every wrong mend"
    );
    for mend in &exercise.description.right {
        assert!(passes(variant(name, &mend.file), LONG), "{name}: {} fails when it is run", mend.file);
    }
}

fn looks_right(check: fn()) -> bool {
    (0..RUNS).any(|_| passes(check, PATIENCE))
}

/// Whether a run ends without a panic.
fn passes(check: fn(), patience: Duration) -> bool {
    let (done, ended) = mpsc::channel();
    // A run that deadlocks leaves its threads behind, until the tests end.
    thread::spawn(move || {
        check();
        // Nobody listens any more where the run was given up.
        let _ = done.send(());
    });
    ended.recv_timeout(patience).is_ok()
}
