//! The programs on real threads: what is wrong looks right when it is run.

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{described, variant};

/// How often a program is run before it is held for one that fails when it is run. A run may meet the bug by accident; so many
/// in a row do not.
const RUNS: usize = 5;

/// When a run is given up: it has met a deadlock.
const PATIENCE: Duration = Duration::from_secs(5);

pub(super) fn exercise(name: &str) {
    let exercise = described(name);
    assert!(
        passes(variant(name, "start")),
        "{name}: the program does not look right: it fails when it is run"
    );
    let wrong = &exercise.description.wrong;
    assert!(
        wrong.iter().any(|mend| passes(variant(name, &mend.file))),
        "{name}: a test run would refute every wrong mend"
    );
    for mend in &exercise.description.right {
        assert!(passes(variant(name, &mend.file)), "{name}: {} fails when it is run", mend.file);
    }
}

/// Whether a run ends without a panic.
fn passes(check: fn()) -> bool {
    (0..RUNS).any(|_| {
        let (done, ended) = mpsc::channel();
        // A run that deadlocks leaves its threads behind, until the tests end.
        thread::spawn(move || {
            check();
            // Nobody listens any more where the run was given up.
            let _ = done.send(());
        });
        ended.recv_timeout(PATIENCE).is_ok()
    })
}
