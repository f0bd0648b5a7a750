//! A pool without a lock: the free places are a list, and a place is a number.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use selvedge_exercises::start;

use super::programs;
use Ordering::{Relaxed, SeqCst};

programs! { "aba";
    "compare-the-place", "the exchange compares the place", || workers(3, true, compare_the_place);
    "look-again", "a second look at the first place, right before the exchange", || workers(3, true, look_again);
    "compare-the-next", "the exchange goes ahead if the next place is as it was, too", || workers(3, true, compare_the_next);
    "count-with-one-bit", "the exchange compares the place and a bit that each who joins turns over",
        || workers(3, true, count_with_one_bit);
    "count-the-changes", "the exchange compares the place and how often it has changed", || workers(3, true, count_the_changes);
    "one-place", "a pool with one place", || workers(1, true, compare_the_place);
    "two-places", "a pool with two places", || workers(2, true, compare_the_place);
    "nobody-comes-back", "nobody gives a place back", || workers(3, false, compare_the_place);
}

/// In place of a place: there is none.
const NONE: usize = 9;

/// How far the count is moved to make room for the place.
const COUNT: usize = 16;

struct Pool {
    /// The first free place, and how often it has changed.
    first: AtomicUsize,
    /// The free place after each.
    next: [AtomicUsize; 3],
    /// Who is in which place.
    taken: [AtomicBool; 3],
}

type Join = fn(&Pool) -> Option<usize>;

/// Ann joins twice. Bob joins twice and leaves his first place.
fn workers(places: usize, comes_back: bool, join: Join) {
    let pool = Arc::new(Pool {
        first: AtomicUsize::new(0),
        next: [1, 2, 3].map(|next| AtomicUsize::new(if next < places { next } else { NONE })),
        taken: [false; 3].map(AtomicBool::new),
    });
    let bob = start("Bob", {
        let pool = pool.clone();
        move || {
            let mine = pool.enter(join);
            pool.enter(join);
            if let Some(place) = mine.filter(|_| comes_back) {
                pool.leave(place);
            }
        }
    });
    let ann = start("Ann", move || {
        pool.enter(join);
        pool.enter(join);
    });
    ann.join().unwrap();
    bob.join().unwrap();
}

impl Pool {
    fn enter(&self, join: Join) -> Option<usize> {
        let place = join(self)?;
        let taken = &self.taken[place];
        assert!(!taken.swap(true, Relaxed), "two workers are in one place");
        Some(place)
    }

    fn leave(&self, place: usize) {
        let taken = &self.taken[place];
        taken.store(false, Relaxed);
        loop {
            let first = self.first.load(SeqCst);
            let below = &self.next[place];
            below.store(first % COUNT, SeqCst);
            if self.first.compare_exchange(first, changed(first, place), SeqCst, SeqCst).is_ok() {
                return;
            }
        }
    }
}

/// `place` comes first: in all versions but one the change is not counted.
fn changed(first: usize, place: usize) -> usize {
    if first >= COUNT { first - first % COUNT + COUNT + place } else { place }
}

fn compare_the_place(pool: &Pool) -> Option<usize> {
    loop {
        let first = pool.first.load(SeqCst);
        if first == NONE {
            return None;
        }
        let below = &pool.next[first];
        let next = below.load(SeqCst);
        if pool.first.compare_exchange(first, next, SeqCst, SeqCst).is_ok() {
            return Some(first);
        }
    }
}

fn look_again(pool: &Pool) -> Option<usize> {
    loop {
        let first = pool.first.load(SeqCst);
        if first == NONE {
            return None;
        }
        let below = &pool.next[first];
        let next = below.load(SeqCst);
        if pool.first.load(SeqCst) == first
            && pool.first.compare_exchange(first, next, SeqCst, SeqCst).is_ok()
        {
            return Some(first);
        }
    }
}

fn compare_the_next(pool: &Pool) -> Option<usize> {
    loop {
        let first = pool.first.load(SeqCst);
        if first == NONE {
            return None;
        }
        let below = &pool.next[first];
        let next = below.load(SeqCst);
        if below.load(SeqCst) == next && pool.first.compare_exchange(first, next, SeqCst, SeqCst).is_ok() {
            return Some(first);
        }
    }
}

fn count_with_one_bit(pool: &Pool) -> Option<usize> {
    loop {
        let first = pool.first.load(SeqCst);
        let (count, place) = (first / COUNT, first % COUNT);
        if place == NONE {
            return None;
        }
        let below = &pool.next[place];
        let changed = (count + 1) % 2 * COUNT + below.load(SeqCst);
        if pool.first.compare_exchange(first, changed, SeqCst, SeqCst).is_ok() {
            return Some(place);
        }
    }
}

fn count_the_changes(pool: &Pool) -> Option<usize> {
    loop {
        let first = pool.first.load(SeqCst);
        let (count, place) = (first / COUNT, first % COUNT);
        if place == NONE {
            return None;
        }
        let below = &pool.next[place];
        let changed = (count + 1) * COUNT + below.load(SeqCst);
        if pool.first.compare_exchange(first, changed, SeqCst, SeqCst).is_ok() {
            return Some(place);
        }
    }
}
