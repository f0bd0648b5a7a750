//! An event of one's own: a flag, and what it stands for.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering, fence};
use selvedge::thread::yield_now;
use selvedge_exercises::start;
use selvedge_primitives::Event;

use super::programs;
use Ordering::{Acquire, Relaxed, Release};

programs! { "publication-without-release";
    "relaxed", "flag and word are relaxed", || race(1, raise_relaxed, see_relaxed);
    "release-alone", "the flag is raised with Release and seen with Relaxed", || race(1, raise, see_relaxed);
    "acquire-alone", "the flag is raised with Relaxed and seen with Acquire", || race(1, raise_relaxed, see);
    "orderings-on-the-word", "Release and Acquire are on the word, and the flag is relaxed",
        || race(1, orderings_on_the_word, see_and_acquire_the_word);
    "fence-after", "a fence stands after the flag is raised", || race(1, fence_after, see);
    "look-at-the-word-twice", "the racer reads the word twice", || race(1, raise_relaxed, look_at_the_word_twice);
    "release-and-acquire", "the flag is raised with Release and seen with Acquire", || race(1, raise, see);
    "three-racers", "three racers, relaxed", || race(3, raise_relaxed, see_relaxed);
    "three-racers-mended", "three racers, Release and Acquire", || race(3, raise, see);
    "passed-on", "a racer sees the flag and raises another for the next, Release and Acquire", passed_on;
    "passed-on-relaxed", "the same, and the second flag is relaxed", passed_on_relaxed;
    "with-an-event", "an Event in place of the flag", with_an_event;
}

struct Start {
    word: AtomicU32,
    flag: AtomicBool,
}

/// What the starter says.
const WORD: u32 = 7;

fn race(racers: usize, raise: fn(&Start), see: fn(&Start) -> u32) {
    let begin = Arc::new(Start { word: AtomicU32::new(0), flag: AtomicBool::new(false) });
    let racer = |name| {
        let begin = begin.clone();
        start(name, move || assert_eq!(see(&begin), WORD, "a racer is off and has not heard the word"))
    };
    let racers: Vec<_> = ["rabbit", "turtle", "lion"].into_iter().take(racers).map(racer).collect();
    raise(&begin);
    racers.into_iter().for_each(|racer| racer.join().unwrap());
}

fn raise_relaxed(start: &Start) {
    start.word.store(WORD, Relaxed);
    start.flag.store(true, Relaxed);
}

fn see_relaxed(start: &Start) -> u32 {
    while !start.flag.load(Relaxed) {
        yield_now();
    }
    start.word.load(Relaxed)
}

fn raise(start: &Start) {
    start.word.store(WORD, Relaxed);
    start.flag.store(true, Release);
}

fn see(start: &Start) -> u32 {
    while !start.flag.load(Acquire) {
        yield_now();
    }
    start.word.load(Relaxed)
}

fn orderings_on_the_word(start: &Start) {
    start.word.store(WORD, Release);
    start.flag.store(true, Relaxed);
}

fn see_and_acquire_the_word(start: &Start) -> u32 {
    while !start.flag.load(Relaxed) {
        yield_now();
    }
    start.word.load(Acquire)
}

fn fence_after(start: &Start) {
    start.word.store(WORD, Relaxed);
    start.flag.store(true, Relaxed);
    fence(Release);
}

fn look_at_the_word_twice(start: &Start) -> u32 {
    while !start.flag.load(Acquire) {
        yield_now();
    }
    start.word.load(Relaxed);
    start.word.load(Relaxed)
}

/// The rabbit hears the word, and tells the turtle.
fn pass_on(ordering: Ordering) {
    let first = Arc::new(Start { word: AtomicU32::new(0), flag: AtomicBool::new(false) });
    let second = Arc::new(AtomicBool::new(false));
    let rabbit = start("rabbit", {
        let (first, second) = (first.clone(), second.clone());
        move || {
            see(&first);
            second.store(true, ordering);
        }
    });
    let turtle = start("turtle", {
        let first = first.clone();
        move || {
            while !second.load(Acquire) {
                yield_now();
            }
            assert_eq!(first.word.load(Relaxed), WORD, "a racer is off and has not heard the word");
        }
    });
    raise(&first);
    rabbit.join().unwrap();
    turtle.join().unwrap();
}

fn passed_on() {
    pass_on(Release);
}

fn passed_on_relaxed() {
    pass_on(Relaxed);
}

fn with_an_event() {
    let (word, event) = (Arc::new(AtomicU32::new(0)), Arc::new(Event::new()));
    let racer = start("rabbit", {
        let (word, event) = (word.clone(), event.clone());
        move || {
            event.wait();
            assert_eq!(word.load(Relaxed), WORD, "a racer is off and has not heard the word");
        }
    });
    word.store(WORD, Relaxed);
    event.set();
    racer.join().unwrap();
}
