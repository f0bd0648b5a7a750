//! Data structures whose number of executions GenMC publishes: its own tests' (`tests/correct/data-structures`, RC11 with
//! the modification order) and those of Miri (`tests/genmc/pass/data-structures`). The programs are theirs, written anew.
//!
//! GenMC ends an execution in which a loop goes round and has changed nothing ("spin-assume"), and counts only those that
//! are complete. Here the same is said in two ways. A loop that only looks is [`spin_until`](selvedge::hint::spin_until). A
//! loop that tries again what failed ends with [`gives_up`], as GenMC's blocked executions do.
//!
//! Nodes are places in an array, and a pointer is a place's number, from 1 on: 0 is null. GenMC gives a freed address to
//! nobody else, so nothing depends on whether memory is used again.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod combiner;
mod deques;
mod locks;
mod michael_scott;
mod rings;
mod treiber;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use selvedge::{Checker, Verdict, thread};

/// How many executions are complete, and how many are not. Each complete one is found once.
#[track_caller]
fn executions(model: impl Fn() + Send + Sync + 'static) -> (u64, u64) {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let set = seen.clone();
    let report = Checker::new()
        .on_behaviour(move |b| assert!(set.lock().unwrap().insert(b.clone()), "explored twice:\n{b}"))
        .run(model);
    assert_eq!(*report.verdict(), Verdict::Verified);
    assert_eq!(seen.lock().unwrap().len() as u64, report.executions());
    (report.executions(), report.blocked())
}

/// The number of complete executions.
#[track_caller]
fn complete(model: impl Fn() + Send + Sync + 'static) -> u64 {
    executions(model).0
}

/// Ends an execution in which a loop tries again what another thread has spoilt: in GenMC such a round is cut.
fn gives_up() {
    selvedge::assume(false);
}

/// A thread for each of `bodies`; the first thread does nothing but join them.
fn in_threads<F: FnOnce() + 'static>(bodies: impl IntoIterator<Item = F>) {
    let threads: Vec<_> = bodies.into_iter().map(thread::spawn).collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}
