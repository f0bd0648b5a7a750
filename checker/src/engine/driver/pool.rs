//! The parts of an exploration, shared out among workers.
//!
//! Parts are kept in the order in which one worker would explore them: what a worker gives away comes last in its own
//! part, so the new part stands right behind it. Each part has a tally of its own, and tallies are merged in that order, so
//! the report does not depend on who explored what, nor on when. A part that ends with a failure makes what stands behind
//! it void: one worker would not have come to it.
//!
//! A part changes hands only where a worker has nothing to do, a few hundred times in an exploration of a million
//! executions: one lock is enough. A worker that is busy looks at two flags between executions.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex};

use super::tally::Tally;
use crate::engine::work_sharing::Part;

/// How many parts may be remembered where what was found in neighbours is not merged. Then no more are given away.
const MOST_PARTS: usize = 4096;

/// A part in the order.
pub(super) struct Entry {
    number: u64,
    pub(super) state: State,
    pub(super) tally: Tally,
    /// The part as it was given, where it may have to be explored again.
    pub(super) origin: Option<Part>,
}

pub(super) enum State {
    Waiting(Part),
    /// With the worker that explores it.
    Running(usize),
    /// There were executions enough: what is left of the part.
    Paused(Part),
    Explored,
}

#[derive(Default)]
struct Order {
    entries: Vec<Entry>,
    next_number: u64,
    idle: usize,
    over: bool,
}

pub(super) struct Pool {
    order: Mutex<Order>,
    changed: Condvar,
    /// How many workers wait for a part that nobody has given yet.
    wanted: AtomicUsize,
    /// For each worker, whether its part has become void.
    void: Vec<AtomicBool>,
    remembers: bool,
}

impl Pool {
    /// `remembers`: parts are kept as they were given, and what was found in each.
    pub(super) fn new(parts: Vec<Part>, workers: usize, remembers: bool) -> Self {
        let mut order = Order::default();
        for part in parts {
            order.insert(order.entries.len(), part, remembers);
        }
        Pool {
            order: Mutex::new(order),
            changed: Condvar::new(),
            wanted: AtomicUsize::new(0),
            void: (0..workers).map(|_| AtomicBool::new(false)).collect(),
            remembers,
        }
    }

    /// The next part for a worker; none when all have been explored. Blocks while others may have some to give.
    pub(super) fn take(&self, worker: usize) -> Option<(u64, Part)> {
        let mut order = self.lock();
        loop {
            if order.over {
                return None;
            }
            if let Some(entry) = order.entries.iter_mut().find(|e| matches!(e.state, State::Waiting(_))) {
                let State::Waiting(part) = std::mem::replace(&mut entry.state, State::Running(worker)) else {
                    unreachable!("it waits")
                };
                let number = entry.number;
                self.void[worker].store(false, Ordering::Relaxed);
                self.count_wanted(&order);
                return Some((number, part));
            }
            if !order.entries.iter().any(|e| matches!(e.state, State::Running(_))) {
                order.over = true;
                self.changed.notify_all();
                return None;
            }
            order.idle += 1;
            self.count_wanted(&order);
            order = self.changed.wait(order).expect("no worker panics with the lock");
            order.idle -= 1;
            self.count_wanted(&order);
        }
    }

    /// Whether a worker should give a part away.
    #[inline]
    pub(super) fn is_wanted(&self) -> bool {
        self.wanted.load(Ordering::Relaxed) > 0
    }

    /// Whether what the worker explores has become void.
    #[inline]
    pub(super) fn is_void(&self, worker: usize) -> bool {
        self.void[worker].load(Ordering::Relaxed)
    }

    /// Puts what `part` makes behind the part `of` that it is the end of.
    pub(super) fn give(&self, of: u64, part: impl FnOnce() -> Option<Part>) {
        let mut order = self.lock();
        let Some(at) = order.position(of) else { return };
        if self.wanted.load(Ordering::Relaxed) == 0 || self.remembers && order.entries.len() >= MOST_PARTS {
            return;
        }
        if let Some(part) = part() {
            order.insert(at + 1, part, self.remembers);
            self.count_wanted(&order);
            self.changed.notify_one();
        }
    }

    /// Says what was found in a part, all of it or, where something is `left`, up to there.
    pub(super) fn found(&self, part: u64, tally: Tally, left: Option<Part>) {
        let mut order = self.lock();
        let Some(at) = order.position(part) else { return };
        let is_last = tally.is_last();
        order.entries[at].tally = tally;
        order.entries[at].state = left.map_or(State::Explored, State::Paused);
        if is_last {
            for entry in order.entries.drain(at + 1..) {
                if let State::Running(worker) = entry.state {
                    self.void[worker].store(true, Ordering::Relaxed);
                }
            }
        }
        if !self.remembers {
            order.merge_around(at);
        }
        self.count_wanted(&order);
        self.changed.notify_all();
    }

    /// Sends every worker home.
    pub(super) fn abandon(&self) {
        let mut order = self.lock();
        order.over = true;
        order.entries.clear();
        for void in &self.void {
            void.store(true, Ordering::Relaxed);
        }
        self.changed.notify_all();
    }

    /// The parts, when every worker has gone home.
    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.order.into_inner().expect("no worker panics with the lock").entries
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Order> {
        self.order.lock().expect("no worker panics with the lock")
    }

    fn count_wanted(&self, order: &Order) {
        let waiting = order.entries.iter().filter(|e| matches!(e.state, State::Waiting(_))).count();
        self.wanted.store(order.idle.saturating_sub(waiting), Ordering::Relaxed);
    }
}

impl Order {
    fn insert(&mut self, at: usize, part: Part, remembers: bool) {
        let origin = remembers.then(|| part.clone());
        let number = self.next_number;
        self.next_number += 1;
        self.entries
            .insert(at, Entry { number, state: State::Waiting(part), tally: Tally::default(), origin });
    }

    fn position(&self, number: u64) -> Option<usize> {
        self.entries.iter().position(|e| e.number == number)
    }

    /// Merges an explored part with its neighbours, so that no more is kept than there are parts in hand.
    fn merge_around(&mut self, mut at: usize) {
        let explored = |entry: &Entry| matches!(entry.state, State::Explored);
        if at > 0 && explored(&self.entries[at - 1]) {
            at -= 1;
        }
        while self.entries.get(at + 1).is_some_and(explored) {
            let next = self.entries.remove(at + 1);
            self.entries[at].tally.merge(next.tally);
        }
    }
}
