//! What belongs to each thread alone, and what is outside of any.

#![deny(warnings)]

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::io::Read;
use std::sync::atomic::{AtomicUsize, Ordering::*};
use std::thread;

fn never_called() {}

#[derive(Default)]
struct Seen {
    words: HashMap<&'static str, usize>,
}

/// std keeps the keys of the next map in a thread-local, which it changes.
#[test]
fn maps_that_two_threads_make_do_not_race() {
    let made = AtomicUsize::new(0);
    thread::scope(|scope| {
        let make = || {
            let mut seen = Seen::default();
            *seen.words.entry("word").or_default() += 1;
            made.fetch_add(seen.words["word"], Relaxed);
        };
        scope.spawn(make);
        make();
    });
    assert_eq!(made.into_inner(), 2);
}

/// Were the keys drawn by both in turn, the order would hang on who came first, and the executions would differ.
#[test]
fn the_order_of_a_map_does_not_hang_on_other_threads() {
    let (shared, first) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            shared.fetch_add(1, Relaxed);
            let words: HashSet<usize> = (0..16).collect();
            first.store(words.into_iter().next().unwrap(), Relaxed);
        });
        shared.fetch_add(1, Relaxed);
        let words: HashSet<usize> = (0..16).collect();
        // What is done hangs on the order.
        for _ in 0..words.into_iter().next().unwrap() % 3 {
            shared.fetch_add(1, Relaxed);
        }
    });
    assert!(first.into_inner() < 16);
}

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    static LAST: Last = const { Last };
}

struct Last;

impl Drop for Last {
    fn drop(&mut self) {
        COUNT.set(COUNT.get() + 1);
        TOLD.fetch_add(COUNT.get(), Relaxed);
    }
}

static TOLD: AtomicUsize = AtomicUsize::new(0);

/// std never destroys what has no destructor.
#[test]
fn a_destructor_may_use_a_thread_local_that_has_none() {
    let other = thread::spawn(|| {
        COUNT.set(1);
        LAST.with(|_| ());
    });
    TOLD.fetch_add(1, Relaxed);
    other.join().unwrap();
    assert_eq!(TOLD.load(Relaxed), 3);
}

/// Nobody writes, and that is no fault of the test's threads.
#[test]
fn a_pipe_is_waited_for() {
    let (mut reader, writer) = std::io::pipe().unwrap();
    let count = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| count.fetch_add(1, Relaxed));
        count.fetch_add(1, Relaxed);
        reader.read_to_end(&mut Vec::new()).unwrap();
    });
    drop(writer);
}
