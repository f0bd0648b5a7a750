//! What is measured: each primitive doing one thing, and its peers doing the same.

mod bare;
mod textbook;
mod two_threads;
mod uncontended;

use std::mem::size_of;
use std::time::Duration;

use selvedge_primitives::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, Queue, RLock, Semaphore, SimpleQueue,
};

/// Several ways to do one thing.
#[allow(dead_code, reason = "criterion's program has limits and runs of its own")]
pub struct Case {
    pub name: &'static str,
    /// How long one run is to take, about.
    pub run: Duration,
    /// The first is what the others are compared to.
    pub contestants: Vec<Contestant>,
}

#[allow(dead_code, reason = "as above")]
pub struct Contestant {
    pub name: &'static str,
    /// Does the thing so many times and says how long that took.
    pub run: Box<dyn FnMut(u64) -> Duration>,
    /// How many times as long as the first it may take; only of those that are ours.
    pub at_most: Option<f64>,
}

impl Contestant {
    fn peer(name: &'static str, run: impl FnMut(u64) -> Duration + 'static) -> Self {
        Contestant { name, run: Box::new(run), at_most: None }
    }

    fn ours(name: &'static str, at_most: f64, run: impl FnMut(u64) -> Duration + 'static) -> Self {
        Contestant { at_most: Some(at_most), ..Contestant::peer(name, run) }
    }
}

pub fn all() -> Vec<Case> {
    let mut cases = uncontended::all();
    cases.extend(two_threads::all());
    cases
}

/// How much memory each primitive takes, without what it guards or holds.
#[allow(dead_code, reason = "criterion's program has no use for it")]
pub fn sizes() -> Vec<(&'static str, usize)> {
    vec![
        ("std Mutex<()>", size_of::<std::sync::Mutex<()>>()),
        ("std Condvar", size_of::<std::sync::Condvar>()),
        ("std Barrier", size_of::<std::sync::Barrier>()),
        ("parking_lot Mutex<()>", size_of::<parking_lot::Mutex<()>>()),
        ("parking_lot ReentrantMutex<()>", size_of::<parking_lot::ReentrantMutex<()>>()),
        ("parking_lot Condvar", size_of::<parking_lot::Condvar>()),
        ("tokio Mutex<()>", size_of::<tokio::sync::Mutex<()>>()),
        ("tokio Notify", size_of::<tokio::sync::Notify>()),
        ("tokio Semaphore", size_of::<tokio::sync::Semaphore>()),
        ("tokio Barrier", size_of::<tokio::sync::Barrier>()),
        ("Lock", size_of::<Lock>()),
        ("RLock", size_of::<RLock>()),
        ("Condition over a Lock", size_of::<Condition<Lock>>()),
        ("Condition over an RLock", size_of::<Condition>()),
        ("Event", size_of::<Event>()),
        ("Semaphore", size_of::<Semaphore>()),
        ("BoundedSemaphore", size_of::<BoundedSemaphore>()),
        ("Barrier", size_of::<Barrier>()),
        ("Queue<u64>", size_of::<Queue<u64>>()),
        ("SimpleQueue<u64>", size_of::<SimpleQueue<u64>>()),
    ]
}
