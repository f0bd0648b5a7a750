//! The heap of an execution: where the model's memory is, and what becomes of memory that it gives back.
//!
//! What a program allocates and frees comes through a [door] that stands before the C library's. For code that knows nothing of a
//! checker, what a thread of the model allocates has a [slot](slots), at the same address in each execution. Nothing is used
//! again in one execution, unless that is asked for, so a stale pointer is known by its address. What a thread leaks, or a static of
//! the model keeps, is there when the execution is over: what such a static leads to, or the stack of a thread that is given up, is
//! [given back](found::reclaim), and the rest is [leaked](found::leaked). What has no slot is [kept](quarantine) where an object
//! ended in it. The checker's own memory, and what is allocated outside of a model, is the [next](next) allocator's.

#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri)))]
pub mod door;
mod found;
#[cfg_attr(
    not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri))),
    path = "none.rs"
)]
mod next;
pub(super) mod quarantine;
#[cfg_attr(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64")), expect(dead_code))]
mod slots;

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use super::{CURRENT, guard};
use crate::trace::{self, Place};
pub(crate) use found::{leaked, reclaim};
pub(super) use slots::Name;
use slots::{Slot, Slots};

/// Which crates tell of their plain loads and stores.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Accesses {
    /// All.
    #[default]
    All,
    /// Some that were chosen.
    Some,
    /// None.
    None,
}

/// What is asked of the heap of code that knows nothing of a checker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    /// Whose plain loads and stores are told.
    pub accesses: Accesses,
    /// Whether the heap [is](crate::interpose::is_in_heap) the checker's.
    pub heap: bool,
    /// Whether memory that is leaked is a failure.
    pub leaks: bool,
    /// Whether memory that was freed is used again in the same execution.
    pub reuse: bool,
}

/// What the heap asks and tells while a model runs.
#[derive(Clone, Copy)]
pub(crate) struct Hooks {
    /// Memory was allocated at this address.
    pub(crate) allocated: fn(usize),
    /// Memory is freed. Whether it is kept, if it has no slot.
    pub(crate) freed: fn(&Range<usize>) -> bool,
    /// Where in the source memory is freed, if that is to be known.
    pub(crate) place: fn(&Range<usize>) -> Option<Place>,
    /// Memory is freed that was freed before.
    pub(crate) freed_twice: fn(&Range<usize>, Freed),
    /// What is freed is no beginning of memory.
    pub(crate) freed_wrongly: fn(),
    /// Memory that was freed is about to be used again.
    pub(crate) again: fn(&Range<usize>),
    /// There is no slot left for memory.
    pub(crate) no_room: fn(),
    /// The execution is over.
    pub(crate) over: fn(),
}

/// Memory was freed: by a thread, in this place if that was asked for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Freed {
    pub(crate) lane: u32,
    pub(crate) place: Option<Place>,
}

thread_local! {
    /// The slots of the model that runs on this OS thread; null where nothing has slots.
    static SERVES: Cell<*mut Slots<Option<Freed>>> = const { Cell::new(std::ptr::null_mut()) };
    /// Whether what runs is the checker's own, in the middle of a model's.
    static OURS: Cell<bool> = const { Cell::new(false) };
    /// What the model has allocated that is too large for slots.
    static LARGE: RefCell<Vec<Range<usize>>> = const { RefCell::new(Vec::new()) };
    /// The slots that this OS thread has, for one model after the other.
    static HAS: Has = const { Has(Cell::new(None)) };
}

/// A heap, with its number.
type Heap = (usize, *mut Slots<Option<Freed>>);

/// The heap that an OS thread has until its end.
struct Has(Cell<Option<Heap>>);

impl Drop for Has {
    fn drop(&mut self) {
        SERVES.set(std::ptr::null_mut());
        if let Some((number, slots)) = self.0.take() {
            lock().1.push((number, slots.expose_provenance()));
        }
    }
}

/// How many heaps there are, and those that no OS thread has.
static HEAPS: Mutex<(usize, Vec<(usize, usize)>)> = Mutex::new((0, Vec::new()));

fn lock() -> std::sync::MutexGuard<'static, (usize, Vec<(usize, usize)>)> {
    HEAPS.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Where this module's thread-locals are.
pub(super) fn own_locals() -> impl Iterator<Item = Range<usize>> {
    let own = [trace::span(&SERVES), trace::span(&OURS), trace::span(&LARGE), trace::span(&HAS)];
    own.into_iter().chain(quarantine::own_locals())
}

/// The execution that runs has slots from here on, and asks `hooks`.
pub(crate) fn begin(hooks: Hooks, memory: Memory) {
    quarantine::when_freed(hooks);
    let slots = ours(|| {
        HAS.with(|has| {
            if has.0.get().is_none() {
                has.0.set(take());
            }
            has.0.get()
        })
    });
    if let Some((_, slots)) = slots {
        // SAFETY: they are this OS thread's, and nothing else uses them meanwhile.
        unsafe { (*slots).begin(memory.reuse) }
    }
    SERVES.set(slots.map_or(std::ptr::null_mut(), |(_, slots)| slots));
}

fn take() -> Option<Heap> {
    let mut heaps = lock();
    if let Some((number, slots)) = heaps.1.pop() {
        return Some((number, std::ptr::with_exposed_provenance_mut(slots)));
    }
    let number = heaps.0;
    if number == slots::HEAPS || !map(slots::span(number)) {
        return None;
    }
    heaps.0 += 1;
    Some((number, Box::into_raw(Box::new(Slots::new(number)))))
}

/// The execution is over: no pointer is in use any more.
pub(super) fn clear() {
    OURS.set(false);
    let slots = SERVES.replace(std::ptr::null_mut());
    quarantine::clear();
    LARGE.with_borrow_mut(Vec::clear);
    if !slots.is_null() {
        // SAFETY: it is this OS thread's, and refers to nothing that runs now.
        unsafe { (*slots).end() }
    }
}

/// Whether memory has a slot: that of code that knows nothing of a checker has, where the heap is ours.
pub(crate) fn is_in_slot<T>(memory: &T) -> bool {
    slots::is_slot(std::ptr::from_ref(memory).addr())
}

/// Whether what the model allocates has slots.
pub(crate) fn has_slots() -> bool {
    !SERVES.get().is_null()
}

/// Runs code of the checker's own, which does not wait: what it allocates is not the model's.
#[inline]
pub(crate) fn ours<R>(f: impl FnOnce() -> R) -> R {
    /// What was before comes back with a panic too.
    struct Before(bool);

    impl Drop for Before {
        #[inline]
        fn drop(&mut self) {
            OURS.set(self.0);
        }
    }

    let _before = Before(OURS.replace(true));
    f()
}

/// Whether code of the checker's own runs.
#[inline]
pub(super) fn is_ours() -> bool {
    OURS.get()
}

/// The memory that was freed in this execution at this address.
#[inline]
pub(super) fn freed_at(address: usize) -> Option<(Range<usize>, Freed)> {
    if slots::is_slot(address) { slot_freed_at(address) } else { None }
}

#[cold]
fn slot_freed_at(address: usize) -> Option<(Range<usize>, Freed)> {
    match own(address).map(|slots| slots.slot(address))? {
        Slot::GivenBack(memory, freed) => Some((memory, (*freed)?)),
        Slot::Free | Slot::Live(_) => None,
    }
}

/// The allocation that the memory at an address comes from, if it has a slot.
pub(super) fn name(address: usize) -> Option<Name> {
    let slots = slots::is_slot(address).then(|| own(address))??;
    match slots.slot(address) {
        Slot::Live(_) | Slot::GivenBack(..) => Some(slots.name(address)),
        Slot::Free => None,
    }
}

/// This OS thread's slots, if an address is in one.
fn own<'a>(address: usize) -> Option<&'a mut Slots<Option<Freed>>> {
    let (number, slots) = HAS.try_with(|has| has.0.get()).ok()??;
    // SAFETY: they are this OS thread's alone, and each use of them in this module ends before another begins.
    (slots::heap_of(address) == number).then(|| unsafe { &mut *slots })
}

/// A thread of the model.
#[derive(Clone, Copy)]
struct Running {
    lane: u32,
    /// Its place among the threads of the execution.
    thread: u32,
}

/// The thread of the model whose own code runs.
#[inline]
fn running() -> Option<Running> {
    let engine = CURRENT.get();
    if OURS.get() || engine.is_null() || !guard::here().is_in_model() {
        return None;
    }
    // SAFETY: as in `with`; the checker's own code that runs in the middle of it says so.
    let (run, graph) = unsafe { (&(*engine).run, &(*engine).search.current.graph) };
    if !run.is_running() {
        return None;
    }
    let lane = run.running();
    let thread = graph.threads.iter().position(|thread| *thread == lane).map_or(u32::MAX, |at| at as u32);
    Some(Running { lane, thread })
}

/// A number of this OS thread's, not 0, for which nothing is allocated.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri)))]
fn this_thread() -> usize {
    SERVES.with(|serves| std::ptr::from_ref(serves).addr())
}

/// Asks for addresses. Memory comes with its first use.
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri)))]
fn map(span: Range<usize>) -> bool {
    use std::ffi::{c_int, c_long, c_void};
    unsafe extern "C" {
        fn mmap(
            at: *mut c_void,
            size: usize,
            access: c_int,
            flags: c_int,
            file: c_int,
            offset: c_long,
        ) -> *mut c_void;
        fn munmap(at: *mut c_void, size: usize) -> c_int;
    }
    const READ_WRITE: c_int = 1 | 2;
    const PRIVATE_ANONYMOUS: c_int = 0x2 | 0x20;
    const NORESERVE: c_int = 0x4000;
    const FIXED_NOREPLACE: c_int = 0x10_0000;
    let flags = PRIVATE_ANONYMOUS | NORESERVE | FIXED_NOREPLACE;
    let at = std::ptr::with_exposed_provenance_mut(span.start);
    // SAFETY: it takes addresses that are free.
    let mapped = unsafe { mmap(at, span.len(), READ_WRITE, flags, -1, 0) };
    if mapped == at {
        return true;
    }
    // An old system takes the address for a wish.
    if mapped.addr() != usize::MAX {
        // SAFETY: nobody uses it.
        unsafe { munmap(mapped, span.len()) };
    }
    false
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri))))]
fn map(_: Range<usize>) -> bool {
    false
}
