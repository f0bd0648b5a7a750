//! The least that a thing can cost on the machine: its atomic instructions, or its one lock, and nothing else. What a primitive
//! takes beyond these is its own; what these take is the machine's.

use std::cell::UnsafeCell;
use std::collections::VecDeque;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::thread::yield_now;

/// A mutex: each compare-and-swap knows beforehand what it expects.
pub fn lock_and_unlock(word: &AtomicUsize) {
    let word = black_box(word);
    let _ = word.compare_exchange(0, 1, Acquire, Relaxed);
    let _ = word.compare_exchange(1, 0, Release, Relaxed);
}

/// A count of permits: what there is has to be read before one of them is taken.
pub fn take_and_add(word: &AtomicUsize) {
    let word = black_box(word);
    take(word);
    word.fetch_add(1, Release);
}

/// As [`take_and_add`], with a limit that the count may not pass, so that it has to be read on the way back too.
pub fn take_and_give_back(word: &AtomicUsize) {
    let word = black_box(word);
    take(word);
    let seen = word.load(Relaxed);
    let _ = word.compare_exchange(seen, seen + 1, Release, Relaxed);
}

/// As [`take_and_add`], but what is read is another word, that nobody changes and that happens to be right.
pub fn guess_and_add(word: &AtomicUsize, guess: &AtomicUsize) {
    let (word, guess) = black_box((word, guess));
    let seen = guess.load(Relaxed);
    let _ = word.compare_exchange(seen, seen - 1, Acquire, Relaxed);
    word.fetch_add(1, Release);
}

fn take(word: &AtomicUsize) {
    let seen = word.load(Relaxed);
    let _ = word.compare_exchange(seen, seen - 1, Acquire, Relaxed);
}

/// A deque with room for ten under a lock, close together, for two threads that never sleep and wait as our primitives do before
/// they sleep: what a transfer costs if a lock has to travel with each item.
///
/// A lock that nobody ever sleeps for is freed by a store, which the processor finishes when it can. One that somebody may
/// sleep for (`SLEEPERS`) is freed by a read-modify-write, since the one who frees it has to know; so it waits until the lock's
/// cache line is its own again, whenever the other one has looked.
#[repr(align(64))]
#[derive(Default)]
pub struct Channel<const SLEEPERS: bool> {
    locked: AtomicBool,
    length: AtomicUsize,
    items: UnsafeCell<VecDeque<u64>>,
}

// SAFETY: the items are touched only by the thread that has set `locked`.
unsafe impl<const SLEEPERS: bool> Sync for Channel<SLEEPERS> {}

impl<const SLEEPERS: bool> Channel<SLEEPERS> {
    const ROOM: usize = 10;

    pub fn put(&self, item: u64) {
        self.when(|length| length < Self::ROOM, |items| items.push_back(item));
    }

    pub fn get(&self) -> u64 {
        self.when(|length| length > 0, |items| items.pop_front().unwrap())
    }

    /// Waits until `may` is true of the number of items, and does `act` under the lock.
    fn when<R>(&self, may: impl Fn(usize) -> bool, act: impl FnOnce(&mut VecDeque<u64>) -> R) -> R {
        loop {
            let mut wait = Wait(0);
            while self.locked.compare_exchange(false, true, Acquire, Relaxed).is_err() {
                while self.locked.load(Relaxed) {
                    wait.round();
                }
            }
            // SAFETY: this thread has set `locked`, and `free` comes after the last use.
            let items = unsafe { &mut *self.items.get() };
            if may(items.len()) {
                let result = act(items);
                self.length.store(items.len(), Relaxed);
                self.free();
                return result;
            }
            self.free();
            let mut wait = Wait(0);
            while !may(self.length.load(Relaxed)) {
                wait.round();
            }
        }
    }

    fn free(&self) {
        if SLEEPERS {
            let _ = self.locked.compare_exchange(true, false, Release, Relaxed);
        } else {
            self.locked.store(false, Release);
        }
    }
}

/// How our primitives wait before they sleep: two busy rounds, then the processor is offered to others.
struct Wait(u32);

impl Wait {
    fn round(&mut self) {
        if self.0 < 2 {
            for _ in 0..1 << self.0 {
                spin_loop();
            }
            self.0 += 1;
        } else {
            yield_now();
        }
    }
}
