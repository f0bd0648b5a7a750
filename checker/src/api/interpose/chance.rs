//! Chance is the same in each execution: the keys of std's hash maps, and what the system is asked for.
//!
//! std keeps the keys of the next [`RandomState`] of an OS thread in a thread-local of its own, and adds one to the first for each
//! that it makes. Nobody can set it, so it is looked for among the thread's thread-locals: the two words that two
//! `RandomState`s in a row show. Where it is not found, hash maps go on as they do outside.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::ops::Range;

use crate::engine;
use crate::trace;

/// What each execution begins with. Any numbers would do.
const KEYS: [u64; 2] = [0x243f_6a88_85a3_08d3, 0x1319_8a2e_0370_7344];

thread_local! {
    /// The addresses of std's two words on this OS thread; 0 where they are not found; `None` where they were not looked for.
    static AT: Cell<Option<[usize; 2]>> = const { Cell::new(None) };
    /// How many words the execution has drawn.
    static DRAWN: Cell<u64> = const { Cell::new(0) };
}

/// An execution begins on this OS thread.
pub(super) fn begin() {
    DRAWN.set(0);
    let at = AT.get().unwrap_or_else(|| {
        let found = find().unwrap_or([0; 2]);
        AT.set(Some(found));
        found
    });
    for (at, key) in at.into_iter().zip(KEYS).filter(|(at, _)| *at != 0) {
        // SAFETY: std's word is there as long as the OS thread, and nobody reads it meanwhile.
        unsafe { *std::ptr::with_exposed_provenance_mut::<u64>(at) = key };
    }
}

/// Fills memory with what is as good as chance, and the same in each execution.
pub fn fill_with_chance(bytes: &mut [u8]) {
    for chunk in bytes.chunks_mut(size_of::<u64>()) {
        let drawn = DRAWN.get() + 1;
        DRAWN.set(drawn);
        chunk.copy_from_slice(&mixed(drawn).to_le_bytes()[..chunk.len()]);
    }
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
    [trace::span(&AT), trace::span(&DRAWN)]
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
