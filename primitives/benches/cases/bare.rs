//! The least that a thing can cost on the machine: its atomic instructions, or its one lock, and nothing else. What a primitive
//! takes beyond these is its own; what these take is the machine's.

use std::cell::UnsafeCell;
use std::hint::{black_box, spin_loop};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use std::thread::yield_now;

/// A mutex: each compare-and-swap knows beforehand what it expects.
pub fn lock_and_unlock(word: &AtomicUsize) {
    let _ = black_box(word).compare_exchange(0, 1, Acquire, Relaxed);
    let _ = black_box(word).compare_exchange(1, 0, Release, Relaxed);
}

/// A count of permits: what there is has to be read before one of them is taken.
pub fn take_and_add(word: &AtomicUsize) {
    take(word);
    black_box(word).fetch_add(1, Release);
}

/// As [`take_and_add`], with a limit that the count may not pass, so that it has to be read on the way back too.
pub fn take_and_give_back(word: &AtomicUsize) {
    take(word);
    let seen = black_box(word).load(Relaxed);
    let _ = black_box(word).compare_exchange(seen, seen + 1, Release, Relaxed);
}

fn take(word: &AtomicUsize) {
    let seen = black_box(word).load(Relaxed);
    let _ = black_box(word).compare_exchange(seen, seen - 1, Acquire, Relaxed);
}

/// Ten places for items under a lock, as close together as they can be, for two threads that never sleep: what a transfer
/// costs if the lock's cache line has to travel.
#[repr(align(64))]
#[derive(Default)]
pub struct Ring {
    locked: AtomicBool,
    length: AtomicUsize,
    items: UnsafeCell<([u64; Ring::ROOM], usize)>,
}

// SAFETY: the items are touched only by the thread that has set `locked`.
unsafe impl Sync for Ring {}

impl Ring {
    const ROOM: usize = 10;

    pub fn put(&self, item: u64) {
        self.when(
            |length| length < Ring::ROOM,
            |items, first, length| {
                items[(*first + length) % Ring::ROOM] = item;
                length + 1
            },
        );
    }

    pub fn get(&self) -> u64 {
        let mut item = 0;
        self.when(
            |length| length > 0,
            |items, first, length| {
                item = items[*first];
                *first = (*first + 1) % Ring::ROOM;
                length - 1
            },
        );
        item
    }

    /// Waits until `may`, and does `act` under the lock, which says how many items there are then.
    fn when(
        &self,
        may: impl Fn(usize) -> bool,
        act: impl FnOnce(&mut [u64; Ring::ROOM], &mut usize, usize) -> usize,
    ) {
        loop {
            while !may(self.length.load(Relaxed)) {
                yield_now();
            }
            while self.locked.compare_exchange(false, true, Acquire, Relaxed).is_err() {
                spin_loop();
            }
            let length = self.length.load(Relaxed);
            if may(length) {
                // SAFETY: this thread has the lock until the store below.
                let (items, first) = unsafe { &mut *self.items.get() };
                self.length.store(act(items, first, length), Relaxed);
                self.locked.store(false, Release);
                return;
            }
            self.locked.store(false, Release);
        }
    }
}
