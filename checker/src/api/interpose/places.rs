//! Where the atomics of an execution are: what the engine knows of the atomic at an address, as long as the memory there lives.
//!
//! An atomic in this form has no room for a handle, so its address finds one. What was written newest is in the memory itself
//! too: code that reads it past the atomic, or moves the atomic, finds it there.
//!
//! An address may be used again for another atomic. The memory's life ends
//!
//! - on the heap, when it is given back: what is in it has [ended](crate::engine::end_of), and the block is kept until the execution
//!   ends, so that its addresses are not used again in it;
//! - on a stack, when its thread ends;
//! - wherever it is, when it holds something else than what was written newest: then somebody has written it plainly, and such a
//!   write is the beginning of another life, or somebody has it alone.
//!
//! Where a slot of a stack is used again for an atomic that begins with the very value that the one before it ended with, the two are
//! taken for one. Who may use the second one comes after all who used the first: a slot is used again by its own thread, and is lent
//! to others by something that synchronises, so no access reads anything, nor synchronises with anything, that it would not
//! have otherwise. (Where it is lent by a data race, that is one of plain memory, which is not looked at here.)

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::panic::Location;
use std::ptr::NonNull;

use crate::engine::{self, ByNumber, Handle, Hooks, Memory};

/// So many addresses are remembered between executions.
const REMEMBERED: usize = 1 << 16;

/// So many bytes have one mark that says whether an atomic is in them.
const LINE: usize = 64;

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table::new()) };
}

/// What is known of the atomic at an address.
pub(super) struct Place {
    pub(super) handle: ManuallyDrop<Handle>,
    /// What was in memory when it was first used.
    pub(super) initial: u64,
    /// What the model has put there.
    newest: Cell<u64>,
    size: usize,
    /// The execution that it is known in.
    tag: u64,
    life: Life,
    /// Who used it first, and whether others have.
    user: u32,
    shared: Cell<bool>,
    /// The exchange of the first user that was taken for a fence.
    fence: Cell<Option<&'static Location<'static>>>,
}

/// What has become of an atomic.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Life {
    Lives,
    /// The value that it is part of was dropped. Its memory is there.
    Ended,
    /// Its memory was given back.
    Freed,
}

struct Table {
    tag: u64,
    places: HashMap<usize, Box<Place>, BuildHasherDefault<ByNumber>>,
    /// The addresses that this execution uses.
    used: Vec<usize>,
    /// In which lines they are.
    lines: HashSet<usize, BuildHasherDefault<ByNumber>>,
    /// Places whose memory has begun another life: a thread that waits may still refer to one.
    #[expect(clippy::vec_box, reason = "they stay where they are")]
    over: Vec<Box<Place>>,
}

impl Table {
    const fn new() -> Self {
        Table {
            tag: 0,
            places: HashMap::with_hasher(BuildHasherDefault::new()),
            used: Vec::new(),
            lines: HashSet::with_hasher(BuildHasherDefault::new()),
            over: Vec::new(),
        }
    }

    /// Another execution begins.
    fn begin(&mut self, tag: u64) {
        self.tag = tag;
        self.used.clear();
        self.over.clear();
        if self.places.len() > REMEMBERED {
            self.places.clear();
        }
        self.lines.clear();
    }

    fn uses(&mut self, address: usize, size: usize) {
        engine::write_static(address, size);
        self.used.push(address);
        self.lines.insert(address / LINE);
    }

    /// The place at `address`, where `memory` is found.
    fn find(&mut self, address: usize, size: usize, memory: u64, lane: u32) -> &Place {
        let fresh = || Place {
            handle: ManuallyDrop::new(Handle::new()),
            initial: memory,
            newest: Cell::new(memory),
            size,
            tag: self.tag,
            life: Life::Lives,
            user: lane,
            shared: Cell::new(false),
            fence: Cell::new(None),
        };
        match self.places.get_mut(&address) {
            Some(place) if place.tag == self.tag => {
                if place.life == Life::Lives && (place.size != size || place.newest.get() != memory) {
                    self.over.push(std::mem::replace(place, Box::new(fresh())));
                }
            }
            Some(place) => {
                **place = fresh();
                self.uses(address, size);
            }
            None => {
                self.places.insert(address, Box::new(fresh()));
                self.uses(address, size);
            }
        }
        &self.places[&address]
    }

    /// The addresses in `memory` at which something is known in this execution.
    fn known_in(&self, memory: &Range<usize>) -> Vec<usize> {
        let lives = |address: &usize| self.places.get(address).is_some_and(|place| place.tag == self.tag);
        let mut known: Vec<usize> = if memory.len() / LINE < self.used.len() {
            let lines = memory.start / LINE..=memory.end.div_ceil(LINE);
            let lines = lines.filter(|line| self.lines.contains(line));
            let addresses = lines.flat_map(|line| line * LINE..(line + 1) * LINE);
            addresses.filter(|address| memory.contains(address) && lives(address)).collect()
        } else {
            self.used.iter().copied().filter(|address| memory.contains(address) && lives(address)).collect()
        };
        known.sort_unstable();
        known.dedup();
        known
    }
}

fn with_table<R>(f: impl FnOnce(&mut Table) -> R) -> R {
    engine::ours(|| TABLE.with_borrow_mut(f))
}

/// The place of the atomic at `address`, in the execution that runs here; `None` outside of a model.
///
/// # Safety
///
/// An atomic of this size is at the address.
pub(super) unsafe fn find(address: usize, size: usize) -> Option<NonNull<Place>> {
    if !engine::in_model() {
        return None;
    }
    let (tag, lane) = engine::with(|e| (e.run.tag(), e.run.running()));
    // SAFETY: the caller's.
    let memory = unsafe { read(address, size) };
    let (place, fence) = with_table(|table| {
        if table.tag != tag {
            table.begin(tag);
        }
        let place = table.find(address, size, memory, lane);
        let is_shared = place.user != lane;
        place.shared.set(place.shared.get() || is_shared);
        (NonNull::from(place), place.fence.get().filter(|_| is_shared))
    });
    if let Some(at) = fence {
        engine::with(|e| e.is_no_fence(at));
    }
    Some(place)
}

/// Takes the exchange that is about to be made `at` for a fence, unless the atomic was used before. Where another thread uses it,
/// before or after, the exploration begins again, and no exchange that is made there is a fence: whether one is must not hang on the
/// order of the run.
///
/// # Safety
///
/// As [`find`].
pub(super) unsafe fn take_for_fence(address: usize, size: usize, at: &'static Location<'static>) -> bool {
    // SAFETY: the caller's.
    let memory = unsafe { read(address, size) };
    let (tag, lane) = engine::with(|e| (e.run.tag(), e.run.running()));
    // Of a place that was used, whether others did.
    let used = with_table(|table| {
        let place = table.places.get(&address).filter(|place| table.tag == tag && place.tag == tag)?;
        let is_it = place.life != Life::Lives || place.size == size && place.newest.get() == memory;
        is_it.then(|| place.shared.get() || place.user != lane)
    });
    if let Some(by_others) = used {
        if by_others {
            engine::with(|e| e.is_no_fence(at));
        }
        return false;
    }
    if !engine::with(|e| e.takes_for_fence(at)) {
        return false;
    }
    // SAFETY: the caller's.
    if let Some(place) = unsafe { find(address, size) } {
        // SAFETY: a place stays where it is until another execution begins.
        unsafe { place.as_ref() }.fence.set(Some(at));
    }
    true
}

/// Whether an atomic is known at this address, in the execution that runs here.
pub(super) fn is_known(address: usize) -> bool {
    with_table(|table| table.places.get(&address).is_some_and(|place| place.tag == table.tag))
}

/// The execution that runs here begins.
pub(super) fn begin(tag: u64, memory: Memory) {
    with_table(|table| table.begin(tag));
    let hooks = Hooks {
        allocated: engine::allocated_plain_memory,
        freed,
        place: engine::place_of_free,
        freed_twice: engine::freed_twice,
        freed_wrongly: engine::freed_wrongly,
        again,
        no_room: engine::has_no_room,
        over: engine::put_back_statics,
    };
    engine::begin_heap(hooks, memory);
}

/// Memory of the heap is given back. Whether it is kept.
fn freed(memory: &Range<usize>) -> bool {
    if !engine::in_model() {
        return false;
    }
    engine::freed_plain_memory(memory);
    engine::forget_plain_memory(memory);
    let keeps = known_in(memory, |place| {
        // What was dropped before has ended then.
        let ends = place.life != Life::Ended;
        place.life = Life::Freed;
        ends
    });
    engine::sweep();
    keeps
}

/// Memory is used again: what was there is no more known by its address.
fn again(memory: &Range<usize>) {
    let forget = |table: &RefCell<Table>| {
        let Ok(mut table) = table.try_borrow_mut() else { return };
        for address in table.known_in(memory) {
            let place = table.places.remove(&address);
            table.over.extend(place);
        }
        table.used.retain(|address| !memory.contains(address));
    };
    engine::ours(|| _ = TABLE.try_with(forget));
}

/// A value is dropped, and all that is in it with it.
pub(super) fn end(value: &Range<usize>) {
    known_in(value, |place| std::mem::replace(&mut place.life, Life::Ended) == Life::Lives);
}

/// Looks at what is known in `memory`, and ends that of which `ends` says so. Returns whether anything is known.
fn known_in(memory: &Range<usize>, mut ends: impl FnMut(&mut Place) -> bool) -> bool {
    // Borrowed: the table frees memory of its own. Destroyed: the OS thread ends.
    let look = |table: &RefCell<Table>| {
        let mut table = table.try_borrow_mut().ok()?;
        let known = table.known_in(memory);
        let mut ended = Vec::new();
        for address in &known {
            if let Some(place) = table.places.get_mut(address)
                && ends(place)
            {
                ended.push(NonNull::from(&**place));
            }
        }
        Some((!known.is_empty(), ended))
    };
    let looked = engine::ours(|| TABLE.try_with(look).ok().flatten());
    let Some((any, ended)) = looked else { return false };
    for place in ended {
        // SAFETY: a place stays where it is until another execution begins.
        engine::end_of(unsafe { &place.as_ref().handle });
    }
    any
}

/// A thread of the model ends, and its stack may become another's.
pub(crate) fn forget_stack() {
    if !engine::in_model() {
        return;
    }
    let Some(stack) = engine::with(|e| e.run.stack_of_running()) else { return };
    engine::forget_plain_memory(&stack);
    with_table(|table| {
        if table.used.is_empty() {
            return;
        }
        for address in table.known_in(&stack) {
            if let Some(place) = table.places.get_mut(&address) {
                place.tag = 0;
            }
        }
    });
}

/// What the model wrote newest is in memory from here on.
///
/// # Safety
///
/// The place is of the atomic at `address`, which is there.
pub(super) unsafe fn put(place: &Place, address: usize, newest: u64) {
    if place.newest.replace(newest) != newest {
        // SAFETY: the caller's.
        unsafe { write(address, place.size, newest) };
    }
}

/// From here on somebody has the atomic alone: what is in memory later is the beginning of another life.
pub(super) fn take(address: usize) {
    with_table(|table| {
        if let Some(place) = table.places.get_mut(&address) {
            place.tag = 0;
        }
    });
}

/// Where the table is on this OS thread.
pub(super) fn own_local() -> Range<usize> {
    crate::trace::span(&TABLE)
}

macro_rules! by_size {
    ($address:expr, $size:expr, |$atomic:ident| $does:expr) => {
        match $size {
            1 => {
                let $atomic = &*std::ptr::with_exposed_provenance::<std::sync::atomic::AtomicU8>($address);
                $does
            }
            2 => {
                let $atomic = &*std::ptr::with_exposed_provenance::<std::sync::atomic::AtomicU16>($address);
                $does
            }
            4 => {
                let $atomic = &*std::ptr::with_exposed_provenance::<std::sync::atomic::AtomicU32>($address);
                $does
            }
            8 => {
                let $atomic = &*std::ptr::with_exposed_provenance::<std::sync::atomic::AtomicU64>($address);
                $does
            }
            size => unreachable!("no atomic has {size} bytes"),
        }
    };
}

/// What is in memory.
///
/// # Safety
///
/// An atomic of this size is at the address.
pub(super) unsafe fn read(address: usize, size: usize) -> u64 {
    use std::sync::atomic::Ordering::SeqCst;
    // SAFETY: the caller's.
    unsafe { by_size!(address, size, |atomic| widened(atomic.load(SeqCst))) }
}

/// Replaces what is in memory.
///
/// # Safety
///
/// As [`read`].
pub(super) unsafe fn write(address: usize, size: usize, value: u64) {
    use std::sync::atomic::Ordering::SeqCst;
    // SAFETY: the caller's.
    unsafe { by_size!(address, size, |atomic| atomic.store(value as _, SeqCst)) }
}

/// Replaces what is in memory where it is `current`, and returns what was there.
///
/// # Safety
///
/// As [`read`].
pub(super) unsafe fn exchange(address: usize, size: usize, current: u64, new: u64) -> u64 {
    use std::sync::atomic::Ordering::SeqCst;
    // SAFETY: the caller's.
    unsafe {
        by_size!(address, size, |atomic| {
            let (Ok(read) | Err(read)) = atomic.compare_exchange(current as _, new as _, SeqCst, SeqCst);
            widened(read)
        })
    }
}

fn widened(word: impl Into<u64>) -> u64 {
    word.into()
}
