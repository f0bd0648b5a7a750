//! Which memory is found, from words that may be addresses: in statics, on stacks, and in the memory that those lead to.
//!
//! A word that is no address may look like one. Then memory is taken for found that is not, which keeps a leak unseen; memory that is
//! found is never told as leaked.

use std::ops::Range;

use super::super::run::Engine;
use super::super::{thread_locals_of_others, watch};
use super::slots::{self, Slots};
use super::{Freed, HAS, LARGE, own};

const WORD: usize = size_of::<usize>();

/// The execution is over, and these addresses were known in its own places alone: on the stacks of threads that are given up, and in
/// statics that are put back. Memory that is found from there, which this execution has allocated and not freed, is
/// nobody's any more. So a table that a static keeps is where it was in the execution before.
pub(crate) fn reclaim(words: impl Iterator<Item = usize>) {
    follow(words, |slots, memory| {
        slots.give_back(memory.start, None, None);
        true
    });
}

/// Calls `find` with the memory that these words lead to, if this execution has taken it and not given it back. Where that is new, what
/// is in it is followed too.
fn follow(
    words: impl Iterator<Item = usize>,
    mut find: impl FnMut(&mut Slots<Option<Freed>>, &Range<usize>) -> bool,
) {
    let mut found: Vec<usize> = words.flat_map(addresses_in).collect();
    while let Some(address) = found.pop() {
        let Some(slots) = own(address) else { continue };
        let Some(memory) = slots.taken(address) else { continue };
        if find(slots, &memory) {
            // SAFETY: the slot is mapped, and as long as that; nothing of the model's runs now.
            found.extend(unsafe { words_in(memory) }.flat_map(addresses_in));
        }
    }
}

/// The slots' addresses that a word may stand for: also with a tag in its upper bytes, and just behind what it belongs to, as the address
/// of a value without a size.
fn addresses_in(word: usize) -> impl Iterator<Item = usize> {
    const ADDRESS: usize = (1 << 48) - 1;
    let address = word & ADDRESS;
    [address, address.wrapping_sub(1)].into_iter().filter(|address| slots::is_slot(*address))
}

/// The words in memory, at addresses that are multiples of a word's size.
///
/// # Safety
///
/// The memory can be read for as long as the iterator is used.
unsafe fn words_in(memory: Range<usize>) -> impl Iterator<Item = usize> {
    let whole = memory.start.next_multiple_of(WORD)..(memory.end + 1).saturating_sub(WORD);
    // SAFETY: the caller's.
    whole.step_by(WORD).map(|at| unsafe { std::ptr::with_exposed_provenance::<usize>(at).read_volatile() })
}

/// Memory that the execution, which has just ended, has allocated and not freed, and that nothing leads to: by its address, first that
/// which no other of it leads to.
pub(crate) fn leaked(engine: &Engine) -> Vec<Range<usize>> {
    let Some((_, own)) = HAS.with(|has| has.0.get()) else { return Vec::new() };
    // SAFETY: they are this OS thread's alone, and nothing else uses them meanwhile.
    let live = unsafe { (*own).live() };
    if live.is_empty() {
        return live;
    }
    let mut is_found = vec![false; live.len()];
    let mut mark = |words: &mut dyn Iterator<Item = usize>| {
        follow(words, |_, memory| match live.binary_search_by_key(&memory.start, |live| live.start) {
            Ok(at) => !std::mem::replace(&mut is_found[at], true),
            Err(_) => false,
        });
    };
    let places = watch::writable_image()
        .iter()
        .cloned()
        .chain(thread_locals_of_others())
        .chain(engine.copies_of_statics());
    for place in places {
        // SAFETY: the image and the thread-locals of this OS thread are there, and so are copies until the execution is given up.
        mark(&mut unsafe { words_in(place) });
    }
    for large in LARGE.with_borrow(Vec::clone) {
        // SAFETY: it was not freed.
        mark(&mut unsafe { words_in(large) });
    }
    mark(&mut engine.thread_locals_left().into_iter());
    for stack in engine.stacks() {
        mark(&mut stack.into_iter());
    }
    for gone in engine.gone_arcs() {
        // The counts are before the value, which may have no size.
        if let Some(at) = live.iter().position(|live| live.contains(&(gone - 1))) {
            is_found[at] = true;
        }
    }
    let lost: Vec<_> =
        live.iter().zip(&is_found).filter(|(_, found)| !**found).map(|(live, _)| live).collect();
    let leads_to = |from: &Range<usize>, to: &Range<usize>| {
        // SAFETY: as in `follow`.
        from != to && unsafe { words_in(from.clone()) }.any(|word| to.contains(&word))
    };
    let mut leaked: Vec<Range<usize>> = lost.iter().map(|memory| (*memory).clone()).collect();
    leaked.sort_by_key(|memory| lost.iter().any(|other| leads_to(other, memory)));
    leaked
}
