//! A table that is made by the first who needs it.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use selvedge_exercises::start;

use super::programs;
use Ordering::{Acquire, Relaxed, Release};

programs! { "double-checked-locking";
    "relaxed", "look, lock, look again; the flag is relaxed", || users(2, relaxed);
    "no-lock", "look, and make it, without a lock", || users(2, no_lock);
    "look-once", "look, lock, make it", || users(2, look_once);
    "flag-first", "the flag is set before the table is made", || users(2, flag_first);
    "release-alone", "the flag is set with Release and looked at with Relaxed", || users(2, release_alone);
    "release-and-acquire", "look, lock, look again; Release and Acquire", || users(2, release_and_acquire);
    "lock-always", "lock, look; no look before", || users(2, lock_always);
    "three-users", "three threads, relaxed", || users(3, relaxed);
    "three-users-mended", "three threads, Release and Acquire", || users(3, release_and_acquire);
}

struct Shared {
    lock: Mutex<()>,
    /// What is made: two numbers.
    one: AtomicU32,
    other: AtomicU32,
    is_made: AtomicBool,
    /// How often it has been made.
    made: AtomicU32,
}

impl Shared {
    fn make(&self) {
        assert_eq!(self.made.fetch_add(1, Relaxed), 0, "the table is made twice");
        self.one.store(3, Relaxed);
        self.other.store(4, Relaxed);
    }

    fn sum(&self) -> u32 {
        self.one.load(Relaxed) + self.other.load(Relaxed)
    }
}

fn users(count: usize, get: fn(&Shared) -> u32) {
    let shared = Arc::new(Shared {
        lock: Mutex::new(()),
        one: AtomicU32::new(0),
        other: AtomicU32::new(0),
        is_made: AtomicBool::new(false),
        made: AtomicU32::new(0),
    });
    let user = |name| {
        let shared = shared.clone();
        start(name, move || assert_eq!(get(&shared), 7, "a thread uses a table that is not whole"))
    };
    let users: Vec<_> = ["Ann", "Bob", "Cleo"].into_iter().take(count).map(user).collect();
    users.into_iter().for_each(|user| user.join().unwrap());
}

fn relaxed(shared: &Shared) -> u32 {
    if !shared.is_made.load(Relaxed) {
        let _held = shared.lock.lock().unwrap();
        if !shared.is_made.load(Relaxed) {
            shared.make();
            shared.is_made.store(true, Relaxed);
        }
    }
    shared.sum()
}

fn no_lock(shared: &Shared) -> u32 {
    if !shared.is_made.load(Acquire) {
        shared.make();
        shared.is_made.store(true, Release);
    }
    shared.sum()
}

fn look_once(shared: &Shared) -> u32 {
    if !shared.is_made.load(Acquire) {
        let _held = shared.lock.lock().unwrap();
        shared.make();
        shared.is_made.store(true, Release);
    }
    shared.sum()
}

fn flag_first(shared: &Shared) -> u32 {
    if !shared.is_made.load(Acquire) {
        let _held = shared.lock.lock().unwrap();
        if !shared.is_made.load(Acquire) {
            shared.is_made.store(true, Release);
            shared.make();
        }
    }
    shared.sum()
}

fn release_alone(shared: &Shared) -> u32 {
    if !shared.is_made.load(Relaxed) {
        let _held = shared.lock.lock().unwrap();
        if !shared.is_made.load(Relaxed) {
            shared.make();
            shared.is_made.store(true, Release);
        }
    }
    shared.sum()
}

fn release_and_acquire(shared: &Shared) -> u32 {
    if !shared.is_made.load(Acquire) {
        let _held = shared.lock.lock().unwrap();
        if !shared.is_made.load(Relaxed) {
            shared.make();
            shared.is_made.store(true, Release);
        }
    }
    shared.sum()
}

fn lock_always(shared: &Shared) -> u32 {
    let _held = shared.lock.lock().unwrap();
    if !shared.is_made.load(Relaxed) {
        shared.make();
        shared.is_made.store(true, Relaxed);
    }
    shared.sum()
}
