//! Where the atomics of an execution are: what the engine knows of the atomic at an address, as long as the memory there lives.
//!
//! An atomic in this form has no room for a handle, so its address finds one. What was written newest is in the memory itself
//! too: whoever reads it past the atomic, or moves the atomic, finds it there.
//!
//! An address may be used again for another atomic. The memory's life ends
//!
//! - on the heap, when it is given back: a block in which there are atomics is kept until the execution ends, so that its addresses
//!   are not used again in it, and an access of what is in it is a use after it was freed;
//! - on a stack, when its thread ends;
//! - wherever it is, when it holds something else than what was written newest: then somebody has written it plainly, and such a
//!   write is the beginning of another life, or somebody has it alone.
//!
//! Where a slot of a stack is used again for an atomic that begins with the very value that the one before it ended with, the two are
//! taken for one. Who may use the second one comes after all who used the first: a slot is used again by its own thread, and is lent
//! to others by something that synchronises, so no access reads anything, nor synchronises with anything, that it would not
//! have otherwise. (Where it is lent by a data race, that is one of plain memory, which is not looked at here.)

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::mem::ManuallyDrop;
use std::ops::Range;
use std::panic::Location;
use std::ptr::NonNull;

use crate::api::slot;
use crate::engine::{self, Handle};
use crate::harness::FailureKind;

/// So much freed memory is kept for the rest of an execution; from there on it is given back, and its addresses may come again.
const KEPT: usize = 64 << 20;

/// So many addresses are remembered between executions.
const REMEMBERED: usize = 1 << 16;

thread_local! {
    static TABLE: RefCell<Table> = const { RefCell::new(Table::new()) };
    /// Whether anything is known in the execution that runs here: what is freed elsewhere is of no interest.
    static IN_USE: Cell<bool> = const { Cell::new(false) };
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
    freed: bool,
}

struct Table {
    tag: u64,
    places: HashMap<usize, Box<Place>, BuildHasherDefault<ByAddress>>,
    /// The addresses that this execution uses.
    used: Vec<usize>,
    /// Places whose memory has begun another life: a thread that waits may still refer to one.
    #[expect(clippy::vec_box, reason = "they stay where they are")]
    over: Vec<Box<Place>>,
    /// What the execution gave back, and is not freed yet.
    kept: Vec<(NonNull<u8>, Layout)>,
    kept_bytes: usize,
    /// Where a block was given back for the second time.
    freed_twice: bool,
}

/// Addresses differ in their middle bits.
#[derive(Default)]
struct ByAddress(u64);

impl Hasher for ByAddress {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|byte| self.write_usize((*byte).into()));
    }

    fn write_usize(&mut self, address: usize) {
        let mixed = (self.0 ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ mixed >> 32;
    }
}

impl Table {
    const fn new() -> Self {
        Table {
            tag: 0,
            places: HashMap::with_hasher(BuildHasherDefault::new()),
            used: Vec::new(),
            over: Vec::new(),
            kept: Vec::new(),
            kept_bytes: 0,
            freed_twice: false,
        }
    }

    /// Another execution begins.
    fn begin(&mut self, tag: u64) {
        self.tag = tag;
        for address in self.used.drain(..) {
            let Some(place) = self.places.get(&address) else { continue };
            if slot::is_static(address) {
                // SAFETY: a static is always there, and an atomic of this size is in it.
                unsafe { write(address, place.size, place.initial) };
            }
        }
        self.over.clear();
        if self.places.len() > REMEMBERED {
            self.places.clear();
        }
        for (block, layout) in self.kept.drain(..) {
            // SAFETY: it was given back with this layout, and the execution that used it is over.
            unsafe { System.dealloc(block.as_ptr(), layout) };
        }
        self.kept_bytes = 0;
        self.freed_twice = false;
    }

    /// The place at `address`, where `memory` is found.
    fn find(&mut self, address: usize, size: usize, memory: u64) -> &Place {
        let fresh = || Place {
            handle: ManuallyDrop::new(Handle::new()),
            initial: memory,
            newest: Cell::new(memory),
            size,
            tag: self.tag,
            freed: false,
        };
        match self.places.get_mut(&address) {
            Some(place) if place.tag == self.tag => {
                if !place.freed && (place.size != size || place.newest.get() != memory) {
                    self.over.push(std::mem::replace(place, Box::new(fresh())));
                }
            }
            Some(place) => {
                self.used.push(address);
                **place = fresh();
            }
            None => {
                self.used.push(address);
                let place = Box::new(fresh());
                self.places.insert(address, place);
            }
        }
        &self.places[&address]
    }

    /// The memory there is given back; whether any atomic is known in it.
    fn give_back(&mut self, memory: &Range<usize>, freed: bool) -> bool {
        let mut any = false;
        let tag = self.tag;
        let mut end = |place: &mut Box<Place>| {
            if place.tag == tag {
                any = true;
                if freed {
                    place.freed = true;
                } else {
                    place.tag = 0;
                }
            }
        };
        if memory.len() < self.used.len() {
            memory.clone().for_each(|address| _ = self.places.get_mut(&address).map(&mut end));
        } else {
            for address in self.used.iter().filter(|address| memory.contains(address)) {
                self.places.get_mut(address).map(&mut end);
            }
        }
        any
    }
}

/// The place of the atomic at `address`, in the execution that runs here; `None` outside of a model. Fails the execution where the
/// memory was given back.
///
/// # Safety
///
/// An atomic of this size is at the address.
#[track_caller]
pub(super) unsafe fn find(address: usize, size: usize) -> Option<NonNull<Place>> {
    if !engine::in_model() {
        return None;
    }
    let tag = engine::with(|e| e.run.tag());
    // SAFETY: the caller's.
    let memory = unsafe { read(address, size) };
    let (place, freed, twice) = TABLE.with_borrow_mut(|table| {
        if table.tag != tag {
            table.begin(tag);
        }
        let place = table.find(address, size, memory);
        let (freed, place) = (place.freed, NonNull::from(place));
        (place, freed, table.freed_twice)
    });
    IN_USE.set(true);
    if freed || twice {
        fails(freed, Location::caller());
    }
    Some(place)
}

/// The execution that runs here begins.
pub(super) fn begin(tag: u64) {
    TABLE.with_borrow_mut(|table| table.begin(tag));
    IN_USE.set(true);
}

/// Does not return where a block was given back twice.
pub(super) fn check(place: &'static Location<'static>) {
    if TABLE.with_borrow(|table| table.freed_twice) {
        fails(false, place);
    }
}

#[cold]
fn fails(used: bool, place: &'static Location<'static>) {
    let message = if used {
        "use after free: the atomic is in memory that was given back to the allocator"
    } else {
        "double free: a block with atomics was given back to the allocator twice; noticed here"
    };
    engine::with(|e| e.fail(FailureKind::Panic, message.to_owned(), Some(place)));
    engine::check_stop();
}

/// A block of the heap is given back. Whether it is kept: then it is not to be freed now.
pub(super) fn give_back(block: NonNull<u8>, layout: Layout) -> bool {
    if !IN_USE.get() || !engine::in_model() {
        return false;
    }
    // Borrowed: the table frees memory of its own. Destroyed: the OS thread ends.
    let kept = TABLE.try_with(|table| {
        let mut table = table.try_borrow_mut().ok()?;
        let start = block.addr().get();
        if table.kept.iter().any(|(kept, _)| *kept == block) {
            table.freed_twice = true;
            return Some(());
        }
        let memory = start..start + layout.size();
        let kept_bytes = table.kept_bytes + layout.size();
        let keeps = kept_bytes <= KEPT;
        if !table.give_back(&memory, keeps) || !keeps {
            return None;
        }
        table.kept_bytes = kept_bytes;
        table.kept.push((block, layout));
        Some(())
    });
    kept.is_ok_and(|kept| kept.is_some())
}

/// A thread of the model ends, and its stack may become another's.
pub(crate) fn forget_stack() {
    if !IN_USE.get() || !engine::in_model() {
        return;
    }
    if let Some(stack) = engine::with(|e| e.run.stack_of_running()) {
        TABLE.with_borrow_mut(|table| table.give_back(&stack, false));
    }
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
    TABLE.with_borrow_mut(|table| {
        if let Some(place) = table.places.get_mut(&address) {
            place.tag = 0;
        }
    });
}

/// Where the table is on this OS thread.
pub(crate) fn own_local() -> [Range<usize>; 2] {
    [crate::trace::span(&TABLE), crate::trace::span(&IN_USE)]
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
    unsafe { by_size!(address, size, |atomic| atomic.load(SeqCst) as u64) }
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
            read as u64
        })
    }
}

/// Whether an atomic of the execution that runs here is known in a block of the heap.
pub(super) fn is_known(block: NonNull<u8>, layout: Layout) -> bool {
    if !IN_USE.get() || !engine::in_model() {
        return false;
    }
    let start = block.addr().get();
    let memory = start..start + layout.size();
    let known = TABLE.try_with(|table| {
        let table = table.try_borrow().ok()?;
        let lives = |address: &usize| table.places.get(address).is_some_and(|place| place.tag == table.tag);
        Some(table.used.iter().any(|address| memory.contains(address) && lives(address)))
    });
    known.is_ok_and(|known| known.is_some_and(|known| known))
}
