//! Chance is the same in each execution: the keys of std's hash maps, and what the system is asked for. Each thread of the model has
//! its own, so that what it gets does not hang on what others do meanwhile.
//!
//! std keeps the keys of the next [`RandomState`] of an OS thread in a thread-local of its own, and adds one to the first for each
//! that it makes. Nobody can set it, so it is looked for among the thread's thread-locals: the two words that two
//! `RandomState`s in a row show. The threads of a model share an OS thread, so the words are exchanged when another goes on. Where
//! they are not found, hash maps go on as they do outside.

use std::cell::{Cell, RefCell};
use std::collections::hash_map::RandomState;
use std::ops::Range;

use crate::engine;
use crate::trace;

/// What each execution begins with. Any numbers would do.
const KEYS: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];

thread_local! {
    /// The addresses of std's two words on this OS thread; 0 where they are not found; `None` where they were not looked for.
    static AT: Cell<Option<[usize; 2]>> = const { Cell::new(None) };
    static LANES: RefCell<Lanes> = RefCell::default();
}

/// The chance of each thread of the model.
#[derive(Default)]
struct Lanes {
    /// Which thread runs.
    running: usize,
    chances: Vec<Chance>,
}

/// What comes next.
#[derive(Clone, Copy, Default)]
struct Chance {
    /// std's two words.
    keys: [u64; 2],
    /// How many words the thread has drawn.
    drawn: u64,
}

impl Chance {
    /// What a thread begins with.
    fn of(lane: usize) -> Self {
        let lane = lane as u64;
        Chance { keys: [KEYS[0] ^ mixed(lane), KEYS[1]], drawn: lane << 32 }
    }
}

impl Lanes {
    fn of(&mut self, lane: usize) -> &mut Chance {
        while self.chances.len() <= lane {
            self.chances.push(Chance::of(self.chances.len()));
        }
        &mut self.chances[lane]
    }
}

/// An execution begins on this OS thread.
pub(super) fn begin() {
    if AT.get().is_none() {
        AT.set(Some(engine::ours(find).unwrap_or([0; 2])));
    }
    with_lanes(|lanes| {
        lanes.running = 0;
        lanes.chances.clear();
        exchange(lanes.of(0).keys);
    });
}

fn with_lanes<R>(f: impl FnOnce(&mut Lanes) -> R) -> R {
    engine::ours(|| LANES.with_borrow_mut(f))
}

/// A thread of the model goes on.
pub(super) fn resume(lane: u32) {
    let lane = lane as usize;
    with_lanes(|lanes| {
        if lanes.running != lane {
            let next = lanes.of(lane).keys;
            let before = exchange(next);
            let running = lanes.running;
            lanes.of(running).keys = before;
            lanes.running = lane;
        }
    });
}

/// Puts other keys where std has its own, and returns what was there.
fn exchange(keys: [u64; 2]) -> [u64; 2] {
    let Some(at) = AT.get().filter(|at| !at.contains(&0)) else { return keys };
    let mut before = [0; 2];
    for i in 0..2 {
        let word: *mut u64 = std::ptr::with_exposed_provenance_mut(at[i]);
        // SAFETY: std's word is there as long as the OS thread, and nobody uses it meanwhile.
        before[i] = unsafe { word.replace(keys[i]) };
    }
    before
}

/// Fills memory with what is as good as chance, and the same in each execution.
pub fn fill_with_chance(bytes: &mut [u8]) {
    with_lanes(|lanes| {
        let running = lanes.running;
        let chance = lanes.of(running);
        for chunk in bytes.chunks_mut(size_of::<u64>()) {
            chance.drawn += 1;
            chunk.copy_from_slice(&mixed(chance.drawn).to_le_bytes()[..chunk.len()]);
        }
    });
}

/// SplitMix64 (G. Steele, D. Lea, C. Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014).
fn mixed(n: u64) -> u64 {
    let mut z = n.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ z >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ z >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ z >> 31
}

/// Where std keeps the keys: first the one that it adds to.
fn find() -> Option<[usize; 2]> {
    let (first, second) = (keys(), keys());
    let counts =
        (0..2).find(|i| second[*i] == first[*i].wrapping_add(1) && second[1 - *i] == first[1 - *i])?;
    let (next, other) = (second[counts].wrapping_add(1), second[1 - counts]);
    let size = size_of::<u64>();
    let words = engine::thread_locals().into_iter().flat_map(|block| {
        (block.start.next_multiple_of(size)..block.end.saturating_sub(2 * size - 1)).step_by(size)
    });
    // SAFETY: the words are in this thread's blocks.
    let word = |at: usize| unsafe { std::ptr::with_exposed_provenance::<u64>(at).read_volatile() };
    let pair = |at: usize| match (word(at), word(at + size)) {
        (a, b) if (a, b) == (next, other) => Some([at, at + size]),
        (a, b) if (a, b) == (other, next) => Some([at + size, at]),
        _ => None,
    };
    words.into_iter().find_map(pair)
}

/// What a new state has inside.
fn keys() -> [u64; 2] {
    const { assert!(size_of::<RandomState>() == size_of::<[u64; 2]>()) };
    // SAFETY: it has the size of two words, and any bytes are words.
    unsafe { std::mem::transmute::<RandomState, [u64; 2]>(RandomState::new()) }
}

/// Where this module's thread-locals are.
pub(super) fn own_locals() -> [Range<usize>; 2] {
    [trace::span(&AT), trace::span(&LANES)]
}

#[cfg(test)]
mod tests {
    use std::hash::BuildHasher;

    use super::*;

    #[test]
    fn hash_maps_have_the_same_keys_in_each_execution() {
        let hashes = || {
            begin();
            [1, 2].map(|n: u8| RandomState::new().hash_one(n))
        };
        let first = hashes();
        assert_eq!(first, hashes());
        assert_eq!(std::thread::spawn(hashes).join().unwrap(), first);
    }

    #[test]
    fn what_a_thread_gets_does_not_hang_on_what_others_do() {
        let hash = |n: u8| RandomState::new().hash_one(n);
        let mut drawn = [0; 8];
        begin();
        resume(1);
        let alone = hash(1);
        fill_with_chance(&mut drawn);
        let alone = (alone, drawn);
        begin();
        let first = hash(1);
        fill_with_chance(&mut drawn);
        resume(1);
        let beside = hash(1);
        fill_with_chance(&mut drawn);
        assert_eq!((beside, drawn), alone);
        resume(0);
        assert!(![first, beside].contains(&hash(1)));
    }

    #[test]
    fn what_is_drawn_is_the_same_in_each_execution() {
        let draw = || {
            begin();
            let mut bytes = [0; 11];
            fill_with_chance(&mut bytes);
            bytes
        };
        let first = draw();
        assert_eq!(first, draw());
        assert_ne!(first[..4], first[4..8]);
    }
}
