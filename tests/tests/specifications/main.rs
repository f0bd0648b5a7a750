//! Generated sequences of operations, each primitive beside a plain sequential specification of itself: whatever the sequence,
//! both say the same after every step.
//!
//! Calls that would block forever are left out where the specification says that they would; where a wait is wanted, the
//! test knows who ends it. The sequences are the same in each run.
#![cfg(not(loom))]

mod barrier;
mod condition;
mod event;
mod lock;
mod rlock;
mod semaphore;

use std::sync::mpsc::{Sender, channel};

use proptest::test_runner::{Config, RngSeed};

/// The same sequences in each run, and no files left behind.
fn config() -> Config {
    Config { rng_seed: RngSeed::Fixed(0x5e1f_ed6e), failure_persistence: None, ..Config::default() }
}

/// Two threads that take turns, so that an operation can be done by either, and the order is the test's.
struct Two(Sender<Box<dyn FnOnce() + Send>>);

impl Two {
    fn new() -> Self {
        let (send, receive) = channel::<Box<dyn FnOnce() + Send>>();
        std::thread::spawn(move || receive.into_iter().for_each(|operation| operation()));
        Two(send)
    }

    /// Runs `operation` on the first thread, the test's own, or on the second, and waits for its end.
    fn run<R: Send + 'static>(&self, second: bool, operation: impl FnOnce() -> R + Send + 'static) -> R {
        if !second {
            return operation();
        }
        let (send, receive) = channel();
        self.0.send(Box::new(move || send.send(operation()).unwrap())).unwrap();
        receive.recv().unwrap()
    }
}
