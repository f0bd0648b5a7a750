//! What checks are made of. On a plain build the same checks run on real threads.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use selvedge::outcome;
#[cfg(explores)]
use selvedge::{sync::atomic::AtomicUsize, thread};
#[cfg(not(explores))]
use std::{sync::atomic::AtomicUsize, thread};

/// Starts a thread that reports call `name`.
///
/// # Panics
///
/// When the system has no thread left.
#[track_caller]
pub fn start<T: Send + 'static>(
    name: &str,
    body: impl FnOnce() -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.to_owned()).spawn(body).expect("a thread is left")
}

/// Tells whether two threads can be at one place at once: a mend that makes one wait for the other takes that away.
#[derive(Debug)]
pub struct Meeting {
    /// What an observer sees where two threads have met.
    met: &'static str,
    here: AtomicUsize,
    /// Of std, also in a model: that two have met is known where the second comes, and orders nothing.
    have_met: AtomicBool,
}

impl Meeting {
    /// An empty place. `met` is the [outcome](selvedge::outcome) of an execution in which two threads meet.
    pub fn new(met: &'static str) -> Self {
        Meeting { met, here: AtomicUsize::new(0), have_met: AtomicBool::new(false) }
    }

    /// Comes, and leaves again. Relaxed: the meeting must not order what the threads do otherwise.
    #[track_caller]
    pub fn attend(&self) {
        if self.here.fetch_add(1, Relaxed) > 0 {
            self.have_met.store(true, Relaxed);
        }
        self.here.fetch_sub(1, Relaxed);
    }

    /// Tells an observer of the meeting, if there was one. Call it when all threads have been joined.
    #[track_caller]
    pub fn tell(&self) {
        if self.have_met.load(Relaxed) {
            outcome(self.met);
        }
    }
}
