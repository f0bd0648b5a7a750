//! Flat combining (D. Hendler, I. Incze, N. Shavit, M. Tzafrir, "Flat Combining and the Synchronization-Parallelism
//! Tradeoff", SPAA 2010), in the variant that queues messages and hands the combiner's part to who waits.

use std::sync::Arc;

use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::atomic::{AtomicUsize, fence};

use crate::{Guarded, complete, gives_up, in_threads};

/// A message's `state` beside the number of a message from which its sender is to go on as the combiner.
const WAITING: usize = 0;
const FINISHED: usize = 1;

/// How many messages a combiner handles before it hands over.
const MOST: usize = 2;

#[derive(Default)]
struct Message {
    next: AtomicUsize,
    previous: AtomicUsize,
    state: AtomicUsize,
    blocks: AtomicUsize,
    handled: AtomicUsize,
}

/// Messages are numbered from 2 on, so that a number is no other state.
#[derive(Default)]
struct Combiner {
    queue: AtomicUsize,
    takeover: AtomicUsize,
    messages: [Message; 2],
    /// What the messages change. The combiner alone touches it.
    work: Guarded<Vec<usize>>,
}

impl Combiner {
    fn message(&self, number: usize) -> &Message {
        &self.messages[number - 2]
    }

    fn send(&self, mine: usize) {
        let message = self.message(mine);
        message.blocks.store(1, Relaxed);
        message.blocks.store(0, Relaxed);
        message.state.store(WAITING, Relaxed);
        if self.enters(mine) {
            self.combine(mine, mine);
        }
        message.blocks.store(1, Relaxed);
        let state = loop {
            let state = message.state.load(Relaxed);
            if state != WAITING {
                break state;
            }
            if self.takeover.load(Relaxed) == 0 {
                gives_up();
            }
            let state = self.takeover.swap(0, Relaxed);
            if state != 0 {
                break state;
            }
        };
        fence(Acquire);
        if state != FINISHED {
            self.combine(state, mine);
        }
    }

    /// Whether the message is the first of the queue.
    fn enters(&self, mine: usize) -> bool {
        self.message(mine).next.store(0, Relaxed);
        let before = self.queue.swap(mine, Release);
        fence(Acquire);
        self.message(mine).previous.store(before, Relaxed);
        if before != 0 {
            self.message(before).next.store(mine, Release);
        }
        before == 0
    }

    fn combine(&self, from: usize, mine: usize) {
        let last = self.handle_from(from);
        if self.message(mine).state.load(Relaxed) == WAITING && mine != last {
            self.remove(mine);
        }
        self.hand_over(last);
    }

    fn handle(&self, number: usize) {
        self.work.write(|work| work.push(number));
        self.message(number).handled.fetch_add(1, Relaxed);
    }

    fn handle_from(&self, first: usize) -> usize {
        let (mut at, mut last, mut handled) = (first, 0, 0);
        loop {
            let next = self.message(at).next.load(Acquire);
            self.message(at).previous.store(0, Relaxed);
            self.handle(at);
            if last != 0 {
                self.message(last).state.store(FINISHED, Release);
            }
            (last, at, handled) = (at, next, handled + 1);
            if at == 0 || handled == MOST {
                return last;
            }
        }
    }

    fn remove(&self, mine: usize) {
        self.handle(mine);
        self.message(mine).state.store(FINISHED, Relaxed);
        match self.message(mine).previous.load(Relaxed) {
            0 => drop(self.advance(mine)),
            previous => self.message(previous).next.store(self.awaited_next(mine), Release),
        }
    }

    fn awaited_next(&self, number: usize) -> usize {
        let next = self.message(number).next.load(Acquire);
        if next == 0 {
            gives_up();
        }
        next
    }

    /// What comes after the message, where anything does; else the queue is empty.
    fn advance(&self, number: usize) -> usize {
        let next = self.message(number).next.load(Acquire);
        fence(AcqRel);
        if next != 0 || self.queue.compare_exchange(number, 0, Relaxed, Relaxed).is_ok() {
            return next;
        }
        self.awaited_next(number)
    }

    fn hand_over(&self, last: usize) {
        let next = self.advance(last);
        self.message(last).state.store(FINISHED, Release);
        if next == 0 {
            return;
        }
        let mut to = next;
        while to != 0 && self.message(to).blocks.load(Relaxed) == 0 {
            to = self.message(to).next.load(Acquire);
        }
        let taker = if to == 0 { &self.takeover } else { &self.message(to).state };
        taker.store(next, Release);
    }
}

/// Each of two threads sends a message and waits until it was handled.
#[test]
fn fcombiner_async() {
    let found = complete(|| {
        let shared = Arc::new((Combiner::default(), AtomicUsize::new(0)));
        in_threads((2..4).map(|mine| {
            let shared = shared.clone();
            move || {
                let (combiner, begun) = &*shared;
                begun.fetch_add(1, SeqCst);
                combiner.send(mine);
                assert_eq!(combiner.message(mine).handled.load(Relaxed), 1);
            }
        }));
    });
    assert_eq!(found, [24, 24]);
}
