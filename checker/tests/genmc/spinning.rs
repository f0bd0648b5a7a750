//! Locks of one word or two: two threads take each of them once.

use std::sync::Arc;

use selvedge::hint::spin_until;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::{Acquire, Relaxed, Release};

use crate::{Guarded, complete, gives_up, in_threads};

type Words = [AtomicUsize; 4];

/// How many executions there are where two threads take the lock that these make of four words.
fn taken_twice(lock: fn(&Words), unlock: fn(&Words)) -> [u64; 2] {
    complete(move || {
        let shared = Arc::new((Words::default(), Guarded::<u32>::default()));
        in_threads((0..2).map(|_| {
            let shared = shared.clone();
            move || {
                let (words, data) = &*shared;
                lock(words);
                data.write(|n| *n += 1);
                unlock(words);
            }
        }));
    })
}

/// The second thread looks before the first has taken the lock or after it was released, and then takes it: 2 in each order.
#[test]
fn spinlock() {
    let lock = |[state, ..]: &Words| {
        spin_until(|| state.load(Relaxed) == 0);
        if state.compare_exchange(0, 1, Acquire, Acquire).is_err() {
            gives_up();
        }
    };
    assert_eq!(taken_twice(lock, |[state, ..]| state.store(0, Release)), [4, 4]);
}

/// As before, though an exchange writes also where it comes too late.
#[test]
fn ttaslock() {
    let lock = |[state, ..]: &Words| {
        spin_until(|| state.load(Relaxed) == 0);
        if state.swap(1, Acquire) != 0 {
            gives_up();
        }
    };
    assert_eq!(taken_twice(lock, |[state, ..]| state.store(0, Release)), [4, 4]);
}

#[test]
fn ticketlock() {
    let lock = |[next, owner, ..]: &Words| {
        let ticket = next.fetch_add(1, Relaxed);
        spin_until(|| owner.load(Acquire) == ticket);
    };
    let unlock = |[_, owner, ..]: &Words| owner.store(owner.load(Relaxed) + 1, Release);
    assert_eq!(taken_twice(lock, unlock), [2, 2]);
}

/// D. Dice, A. Kogan, "TWA – Ticket Locks Augmented with a Waiting Array", Euro-Par 2019. With two threads nobody waits in the
/// array, but who releases adds there, each at a place of its own.
#[test]
fn twalock() {
    let lock = |[next, owner, ..]: &Words| {
        let ticket = next.fetch_add(1, Relaxed);
        if ticket != owner.load(Acquire) {
            spin_until(|| owner.load(Acquire) == ticket);
        }
    };
    let unlock = |[_, owner, waiting @ ..]: &Words| {
        let next = owner.load(Relaxed) + 1;
        owner.store(next, Release);
        waiting[next - 1].fetch_add(1, Release);
    };
    assert_eq!(taken_twice(lock, unlock), [4, 4]);
}

/// U. Drepper, "Futexes Are Tricky", 2011: 1 is taken, and 2 taken with somebody waiting, for a change of the second word.
#[test]
fn mutex() {
    let lock = |[state, wakes, ..]: &Words| {
        if state.compare_exchange(0, 1, Acquire, Acquire).is_ok() {
            return;
        }
        loop {
            let announced = state.compare_exchange(1, 2, Relaxed, Relaxed).is_ok();
            let before = wakes.load(Acquire);
            if state.load(Acquire) == 2 {
                spin_until(|| wakes.load(Acquire) != before);
            }
            if state.compare_exchange(0, 2, Acquire, Acquire).is_ok() {
                return;
            }
            if !announced {
                gives_up();
            }
        }
    };
    let unlock = |[state, wakes, ..]: &Words| {
        if state.compare_exchange(1, 0, Release, Relaxed).is_err() {
            state.store(0, Release);
            wakes.fetch_add(1, Release);
        }
    };
    assert_eq!(taken_twice(lock, unlock), [12, 12]);
}
