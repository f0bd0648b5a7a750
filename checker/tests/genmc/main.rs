//! Programs whose number of executions GenMC publishes, in RC11 with the modification order and in sequential consistency:
//! those of its own tests (`tests/correct` of version 0.11) and of Miri's (`tests/genmc/pass`). They are written anew here.
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
mod litmus;
mod locks;
mod michael_scott;
mod rings;
mod spinning;
mod synthetic;
mod treiber;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use selvedge::cell::UnsafeCell;
use selvedge::{Checker, MemoryModel, Report, thread};

/// Explores, and sees that every complete execution is found once.
fn explored(model: MemoryModel, f: impl Fn() + Send + Sync + 'static) -> Report {
    let seen = Arc::new(Mutex::new(BTreeSet::new()));
    let set = seen.clone();
    let report = Checker::new()
        .memory_model(model)
        .keep_going()
        .on_behaviour(move |b| assert!(set.lock().unwrap().insert(b.clone()), "explored twice:\n{b}"))
        .run(f);
    assert_eq!(seen.lock().unwrap().len() as u64, report.executions());
    report
}

/// How many executions are complete in RC11 and in sequential consistency. None fails.
#[track_caller]
fn complete(f: impl Fn() + Send + Sync + Clone + 'static) -> [u64; 2] {
    [MemoryModel::Rc11, MemoryModel::Sc]
        .map(|model| explored(model, f.clone()).assert_verified().executions())
}

/// The same where a thread may miss the moment for which it waits, and then waits forever: in GenMC that execution is blocked.
#[track_caller]
fn complete_but_for_livelocks(f: impl Fn() + Send + Sync + Clone + 'static) -> [u64; 2] {
    [MemoryModel::Rc11, MemoryModel::Sc].map(|model| {
        let report = explored(model, f.clone());
        let is_livelock = |way: &String| way.starts_with("livelock");
        assert!(report.failures().keys().all(is_livelock), "{:?}", report.failures());
        report.executions() - report.failing()
    })
}

/// Plain memory that a lock guards: an execution fails in which accesses race.
#[derive(Default)]
struct Guarded<T>(UnsafeCell<T>);

// SAFETY: a model's threads run one at a time, and its execution ends before a race is more than found.
unsafe impl<T> Sync for Guarded<T> {}

impl<T> Guarded<T> {
    fn read(&self) {
        self.0.with(|_| ());
    }

    fn write(&self, change: impl FnOnce(&mut T)) {
        // SAFETY: as above; nobody else has a reference.
        self.0.with_mut(|data| change(unsafe { &mut *data }));
    }
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
