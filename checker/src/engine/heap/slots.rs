//! Memory whose addresses are the same in each execution, and are used for one thing only in one.
//!
//! Each thread of a model has an *arena* for each size. What it allocates gets the first slot that was free when the execution began, and
//! then the next: so which address it gets hangs on what this thread allocated before, and not on other threads. A slot that is
//! given back is used again when the execution is over; or, where that is asked for, when the thread that gave it back next asks
//! for its size, as allocators do that keep a list for each thread. What is still there at the end keeps its slot: it may be a
//! buffer of the standard library's, or leaked.

use std::ops::Range;

/// Where the slots of the first heap are: far from where systems put anything.
const BASE: usize = 0x2000_0000_0000;

/// So many bytes an arena has.
const ARENA: usize = 1 << 24;

/// So many sizes there are.
const SIZES: usize = 64;

/// So many threads of a model have arenas.
const LANES: usize = 64;

/// So many bytes of addresses a heap has.
pub(super) const SPAN: usize = ARENA * SIZES * LANES;

/// So many heaps there are at most.
pub(super) const HEAPS: usize = 256;

/// What asks for more has memory of the system's.
const LARGEST: usize = 1 << 20;

/// Sizes are multiples of it.
const GRAIN: usize = 16;

/// Up to here all multiples are sizes; above it four in each doubling.
const FINE: usize = 128;

const FREE: u32 = 0;
const LIVE: u32 = 1;
/// What is given back has this added to its number.
const GIVEN_BACK: u32 = 2;

/// Whether an address is in some heap's slots.
#[inline]
pub(super) fn is_slot(address: usize) -> bool {
    address.wrapping_sub(BASE) < SPAN * HEAPS
}

/// The heap that an address is in the slots of.
pub(super) fn heap_of(address: usize) -> usize {
    (address - BASE) / SPAN
}

/// Whether memory of this size and alignment may have a slot.
pub(super) fn is_small(size: usize, align: usize) -> bool {
    number_of(size, align).is_some()
}

/// From an address of some heap's slots to the end of its slot.
pub(super) fn left_at(address: usize) -> usize {
    let at = (address - BASE) % SPAN;
    let size = size_of_number(at / ARENA % SIZES);
    size - at % ARENA % size
}

/// Where the slots of a heap are.
pub(super) fn span(heap: usize) -> Range<usize> {
    BASE + heap * SPAN..BASE + (heap + 1) * SPAN
}

/// What a slot is, with where it is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Slot<'a, T> {
    Free,
    Live(Range<usize>),
    GivenBack(Range<usize>, &'a T),
}

/// The slots of one heap. `T` is what is known of memory that is given back.
pub(super) struct Slots<T> {
    base: usize,
    arenas: Vec<Arena>,
    /// Arenas that this execution has used.
    used: Vec<usize>,
    /// What this execution has given back, with the addresses.
    given_back: Vec<(usize, T)>,
    /// How many allocations of each thread this execution has seen.
    counts: Vec<u32>,
    /// Whether memory is used again in one execution.
    reuses: bool,
    /// What each thread has given back that it may have again, for each size, the last last.
    again: Vec<Vec<usize>>,
}

/// Which allocation of which thread memory comes from: the same in each execution, also where what is leaked keeps its slot.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) struct Name {
    lane: u32,
    number: u32,
}

#[derive(Default)]
struct Arena {
    states: Vec<u32>,
    /// Which allocation each slot had last.
    names: Vec<Name>,
    /// The slots that were free when the execution began, in order, and those that it is the first to use.
    order: Vec<u32>,
    /// How many of those are taken.
    taken: usize,
}

impl<T> Slots<T> {
    pub(super) fn new(heap: usize) -> Self {
        Slots {
            base: span(heap).start,
            arenas: Vec::new(),
            used: Vec::new(),
            given_back: Vec::new(),
            counts: Vec::new(),
            reuses: false,
            again: Vec::new(),
        }
    }

    /// An execution begins.
    pub(super) fn begin(&mut self, reuses: bool) {
        self.reuses = reuses;
    }

    /// Whether memory is used again in one execution.
    pub(super) fn reuses(&self) -> bool {
        self.reuses
    }

    /// A slot for memory of this size and alignment, for the thread of this place among all; `None` where it is too large, or there are no more.
    pub(super) fn allocate(&mut self, lane: u32, size: usize, align: usize) -> Option<usize> {
        let (lane, number) = (lane as usize, number_of(size, align)?);
        if lane >= LANES {
            return None;
        }
        let at = lane * SIZES + number;
        if self.counts.len() <= lane {
            self.counts.resize(lane + 1, 0);
        }
        self.counts[lane] += 1;
        let name = Name { lane: lane as u32, number: self.counts[lane] };
        if let Some(again) = self.again.get_mut(at).and_then(Vec::pop) {
            let (at, slot) = self.find(again);
            (self.arenas[at].states[slot], self.arenas[at].names[slot]) = (LIVE, name);
            return Some(again);
        }
        if self.arenas.len() <= at {
            self.arenas.resize_with((lane + 1) * SIZES, Arena::default);
        }
        let arena = &mut self.arenas[at];
        if arena.taken == arena.order.len() {
            if (arena.states.len() + 1) * size_of_number(number) > ARENA {
                return None;
            }
            arena.order.push(arena.states.len() as u32);
            arena.states.push(FREE);
            arena.names.push(name);
        }
        if arena.taken == 0 {
            self.used.push(at);
        }
        let slot = arena.order[arena.taken] as usize;
        arena.taken += 1;
        (arena.states[slot], arena.names[slot]) = (LIVE, name);
        Some(self.base + at * ARENA + slot * size_of_number(number))
    }

    /// The slot that an address of this heap's is in.
    pub(super) fn slot(&self, address: usize) -> Slot<'_, T> {
        let (at, slot) = self.find(address);
        let size = size_of_number(at % SIZES);
        let start = self.base + at * ARENA + slot * size;
        match self.arenas.get(at).and_then(|arena| arena.states.get(slot)) {
            None | Some(&FREE) => Slot::Free,
            Some(&LIVE) => Slot::Live(start..start + size),
            Some(number) => {
                let (_, what) = &self.given_back[(number - GIVEN_BACK) as usize];
                Slot::GivenBack(start..start + size, what)
            }
        }
    }

    /// The allocation that the memory at an address comes from, which somebody has or had.
    pub(super) fn name(&self, address: usize) -> Name {
        let (at, slot) = self.find(address);
        self.arenas[at].names[slot]
    }

    /// The live slot that begins at this address is given back, by a thread of the model's if one is said.
    pub(super) fn give_back(&mut self, address: usize, lane: Option<u32>, what: T) {
        let (at, slot) = self.find(address);
        self.arenas[at].states[slot] = GIVEN_BACK + self.given_back.len() as u32;
        self.given_back.push((address, what));
        if let Some(lane) = lane.filter(|lane| self.reuses && (*lane as usize) < LANES) {
            let again = lane as usize * SIZES + at % SIZES;
            if self.again.len() <= again {
                self.again.resize_with(again + 1, Vec::new);
            }
            self.again[again].push(address);
        }
    }

    /// What this execution has taken and not given back, by its addresses.
    pub(super) fn live(&self) -> Vec<Range<usize>> {
        let mut used = self.used.clone();
        used.sort_unstable();
        let of_arena = |at: usize| {
            let (arena, size) = (&self.arenas[at], size_of_number(at % SIZES));
            let live = arena.order[..arena.taken].iter().filter(|slot| arena.states[**slot as usize] == LIVE);
            live.map(move |slot| self.base + at * ARENA + *slot as usize * size)
                .map(move |start| start..start + size)
        };
        used.into_iter().flat_map(of_arena).collect()
    }

    /// The slot that an address is in, if it is live and this execution has taken it.
    pub(super) fn taken(&self, address: usize) -> Option<Range<usize>> {
        let (at, slot) = self.find(address);
        let Slot::Live(memory) = self.slot(address) else { return None };
        let arena = &self.arenas[at];
        arena.order[..arena.taken].binary_search(&(slot as u32)).ok().map(|_| memory)
    }

    /// The execution is over.
    pub(super) fn end(&mut self) {
        self.again.iter_mut().for_each(Vec::clear);
        self.counts.clear();
        for i in 0..self.given_back.len() {
            let (at, slot) = self.find(self.given_back[i].0);
            let state = &mut self.arenas[at].states[slot];
            // It may have been used again since.
            if *state == GIVEN_BACK + i as u32 {
                *state = FREE;
            }
        }
        for at in self.used.drain(..) {
            let Arena { states, order, taken, .. } = &mut self.arenas[at];
            let mut kept = 0;
            for i in 0..*taken {
                if states[order[i] as usize] == FREE {
                    order[kept] = order[i];
                    kept += 1;
                }
            }
            if kept < *taken {
                order.drain(kept..*taken);
            }
            *taken = 0;
        }
        // What an earlier execution has left.
        while let Some((address, _)) = self.given_back.pop() {
            let (at, slot) = self.find(address);
            let Arena { states, order, .. } = &mut self.arenas[at];
            if states[slot] == FREE
                && let Err(place) = order.binary_search(&(slot as u32))
            {
                order.insert(place, slot as u32);
            }
        }
    }

    /// The arena of an address, and the slot in it.
    fn find(&self, address: usize) -> (usize, usize) {
        let at = (address - self.base) / ARENA;
        (at, (address - self.base) % ARENA / size_of_number(at % SIZES))
    }
}

/// The number of the least size that serves; `None` where there is none.
fn number_of(size: usize, align: usize) -> Option<usize> {
    if size > LARGEST || align > LARGEST {
        return None;
    }
    let size = size.max(1).next_multiple_of(GRAIN);
    let least = if size <= FINE {
        size / GRAIN - 1
    } else {
        // The doubling that it is in, and the step in that.
        let doubling = (size - 1).ilog2() as usize;
        let step = (size - 1 - (1 << doubling)) / (1 << (doubling - 2));
        FINE / GRAIN + (doubling - FINE.ilog2() as usize) * 4 + step
    };
    (least..SIZES)
        .find(|number| size_of_number(*number).is_multiple_of(align) && size_of_number(*number) <= LARGEST)
}

fn size_of_number(number: usize) -> usize {
    let fine = FINE / GRAIN;
    if number < fine {
        (number + 1) * GRAIN
    } else {
        let (doubling, step) = ((number - fine) / 4, (number - fine) % 4);
        (FINE << doubling) / 4 * (5 + step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_least_size_serves_that_is_a_multiple_of_the_alignment() {
        let served = |size, align| number_of(size, align).map(size_of_number);
        assert_eq!(served(0, 1), Some(16));
        assert_eq!(served(16, 8), Some(16));
        assert_eq!(served(17, 8), Some(32));
        assert_eq!(served(128, 16), Some(128));
        assert_eq!(served(129, 16), Some(160));
        assert_eq!(served(160, 64), Some(192));
        assert_eq!(served(40, 64), Some(64));
        assert_eq!(served(8, 4096), Some(4096));
        assert_eq!(served(LARGEST, 1), Some(LARGEST));
        assert_eq!(served(LARGEST + 1, 1), None);
        for size in 1..=LARGEST / 64 {
            let number = number_of(size, 1).unwrap();
            assert!(size_of_number(number) >= size && (number == 0 || size_of_number(number - 1) < size));
        }
        assert!(number_of(LARGEST, 1).unwrap() < SIZES);
    }

    #[test]
    fn an_execution_gets_the_addresses_of_the_one_before() {
        let mut slots = Slots::new(0);
        let run = |slots: &mut Slots<()>, others: u32| {
            let first = slots.allocate(0, 24, 8).unwrap();
            for _ in 0..others {
                let other = slots.allocate(1, 24, 8).unwrap();
                slots.give_back(other, None, ());
            }
            slots.give_back(first, None, ());
            let second = slots.allocate(0, 24, 8).unwrap();
            slots.give_back(second, None, ());
            slots.end();
            assert_ne!(first, second, "nothing is used again in one execution");
            (first, second)
        };
        let before = run(&mut slots, 0);
        assert_eq!(run(&mut slots, 3), before);
        assert_eq!(run(&mut slots, 1), before);
    }

    #[test]
    fn what_is_still_there_keeps_its_slot_until_it_is_given_back() {
        let mut slots = Slots::new(3);
        let all: Vec<_> = (0..3).map(|_| slots.allocate(2, 64, 64).unwrap()).collect();
        slots.give_back(all[0], None, ());
        slots.give_back(all[2], None, ());
        slots.end();
        assert_eq!(slots.allocate(2, 64, 64), Some(all[0]));
        assert_eq!(slots.allocate(2, 64, 64), Some(all[2]));
        assert_eq!(slots.slot(all[1] + 63), Slot::Live(all[1]..all[1] + 64));
        assert_eq!(slots.taken(all[1] + 63), None, "an earlier execution has taken it");
        assert_eq!(slots.taken(all[2] + 63), Some(all[2]..all[2] + 64));
        slots.give_back(all[1], None, ());
        slots.give_back(all[0], None, ());
        slots.end();
        assert_eq!(slots.allocate(2, 64, 64), Some(all[0]));
        assert_eq!(slots.allocate(2, 64, 64), Some(all[1]));
        assert_ne!(slots.allocate(2, 64, 64), Some(all[2]), "it is still there");
    }

    #[test]
    fn what_is_given_back_is_known_until_the_execution_ends() {
        let mut slots = Slots::new(1);
        let memory = slots.allocate(0, 100, 4).unwrap();
        assert!(is_slot(memory) && heap_of(memory) == 1 && !is_slot(span(HEAPS).start));
        slots.give_back(memory, None, 7);
        assert_eq!(slots.slot(memory + 99), Slot::GivenBack(memory..memory + 112, &7));
        slots.end();
        assert_eq!(slots.slot(memory), Slot::Free);
        assert_eq!(slots.slot(memory + 112), Slot::Free, "nobody ever had it");
    }

    #[test]
    fn where_it_is_asked_for_a_thread_has_again_what_it_gave_back_last() {
        let mut slots = Slots::new(2);
        slots.begin(true);
        let run = |slots: &mut Slots<()>| {
            let [first, second] = [(); 2].map(|()| slots.allocate(0, 24, 8).unwrap());
            slots.give_back(first, Some(1), ());
            slots.give_back(second, Some(1), ());
            assert_ne!(slots.allocate(0, 24, 8), Some(second), "another thread gave it back");
            assert_eq!(slots.allocate(1, 17, 8), Some(second));
            assert_eq!(slots.slot(second), Slot::Live(second..second + 32));
            assert_ne!(slots.allocate(1, 40, 8), Some(first), "it asks for another size");
            slots.give_back(second, Some(1), ());
            assert_eq!(slots.allocate(1, 24, 8), Some(second));
            assert_eq!(slots.allocate(1, 24, 8), Some(first));
            let live = slots.live();
            assert!(live.is_sorted_by_key(|memory| memory.start) && live.len() == 4, "{live:?}");
            slots.give_back(first, Some(0), ());
            slots.end();
            (first, second)
        };
        let (first, second) = run(&mut slots);
        assert_eq!(slots.slot(second), Slot::Live(second..second + 32), "it is still there");
        assert_eq!(slots.allocate(0, 24, 8), Some(first));
    }
}
