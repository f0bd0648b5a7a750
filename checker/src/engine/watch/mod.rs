//! Plain memory that is known by its addresses: the loads and stores of code that knows nothing of a checker.
//!
//! The compiler has such code tell of each access before it is made. It is stamped as the accesses of [cells](super::races) are,
//! and of two that conflict and are not ordered the one that runs second finds the other. Eight bytes of memory share an
//! entry, which knows which of them an access touches: two fields in one word are two places. Operations of atomics that are their
//! bytes are kept as well, for they race with plain accesses of the same bytes: with that which makes the atomic, most of all.
//!
//! Nothing is kept as long as a model has one thread: all that it does happens before what any other will do. When memory is given
//! back, what is known of it [goes](forget) too. Where an access is in the source its return address says; that is [looked
//! up](source) only where it races. Our own generic code is compiled in the crates that use it and tells of its accesses as
//! well. Those are ordered by means that the graph does not show, and are left out by where they are in the source.

mod freed;
mod shadow;
mod source;
mod statics;
#[cfg(all(target_os = "linux", target_pointer_width = "64", target_endian = "little", not(miri)))]
mod symbols;
#[cfg(not(all(target_os = "linux", target_pointer_width = "64", target_endian = "little", not(miri))))]
#[path = "no_symbols.rs"]
mod symbols;

use std::cell::RefCell;
use std::ops::Range;
use std::panic::Location;

use super::CURRENT;
use super::heap::{self, Accesses};
use super::run::{Engine, Stop};
use crate::harness::FailureKind;
use crate::trace::{self, Place, Record};
pub(crate) use freed::{allocated, freed, freed_twice, freed_wrongly, has_no_room, place_of_free};
use shadow::{Access, By, Shadow};
use source::Known;
pub(crate) use statics::{put_back as put_back_statics, write as write_static};
pub(super) use symbols::writable_image;

thread_local! {
    static SHADOW: RefCell<Shadow> = RefCell::new(Shadow::beside(super::thread_locals()));
}

/// The running thread is about to access plain memory; `code` is the address of the instruction after the call that says so.
#[inline]
pub(crate) fn access(memory: usize, size: usize, writes: bool, code: usize) {
    // Our own code does not race.
    if heap::is_ours() {
        return;
    }
    look_at(memory, size, writes, code);
    super::sweep_so_far(super::local_state::A_LITTLE);
}

#[inline(never)]
fn look_at(memory: usize, size: usize, writes: bool, code: usize) {
    let engine = CURRENT.get();
    if engine.is_null() {
        return;
    }
    // SAFETY: as in `with`. Our own code may tell of an access in the middle of `with`: it is left as it is where nothing races,
    // and our own code does not race.
    let engine = unsafe { &*engine };
    if !engine.run.is_running() {
        return;
    }
    if writes {
        statics::write(memory, size);
    }
    if let Some((slot, freed)) = heap::freed_at(memory) {
        return freed::is_used(By::Plain(code), writes, &slot, freed);
    }
    if engine.search.current.graph.threads.len() < 2 {
        return;
    }
    if source::is_wanted(code, trace::records()) && !is_of_os_thread(memory) {
        source::look_up(code);
    }
    if trace::records()
        && let Some(place) = source::shown(code)
        && !is_of_os_thread(memory)
    {
        let operation = if writes { "plain write" } else { "plain read" };
        trace::tell(|| Record::inner(place, std::ptr::without_provenance::<u8>(memory & !7), operation));
    }
    let (lane, events) = (engine.run.running(), engine.run.done());
    keep(engine, memory, size, Access { lane, events, by: By::Plain(code), bytes: 0, writes });
}

/// The running thread has accessed an atomic that is its bytes.
pub(crate) fn access_atomic(memory: usize, size: usize, writes: bool, place: &'static Location<'static>) {
    look_at_atomic(memory, size, writes, place);
    super::sweep_so_far(super::local_state::A_LITTLE);
}

#[inline(never)]
fn look_at_atomic(memory: usize, size: usize, writes: bool, place: &'static Location<'static>) {
    let engine = CURRENT.get();
    // What a condition is found out by is no access yet.
    if engine.is_null() || heap::is_ours() || super::with(Engine::evaluates) {
        return;
    }
    // SAFETY: as in `look_at`.
    let engine = unsafe { &*engine };
    if !engine.run.is_running() {
        return;
    }
    if let Some((slot, freed)) = heap::freed_at(memory) {
        return freed::is_used(By::Atomic(place), writes, &slot, freed);
    }
    if engine.run.memory.accesses == Accesses::None || engine.search.current.graph.threads.len() < 2 {
        return;
    }
    // It is the last event, and happens before all that knows it.
    let (lane, events) = (engine.run.running(), engine.run.done().saturating_sub(1));
    keep(engine, memory, size, Access { lane, events, by: By::Atomic(place), bytes: 0, writes });
}

/// Keeps an access, which may race with an earlier one.
fn keep(engine: &Engine, memory: usize, size: usize, now: Access) {
    let races = with_shadow(|shadow| {
        if shadow.is_of_os_thread(memory) {
            return None;
        }
        shadow.begin(engine.run.tag());
        shadow.access(memory, size, now, || engine.happens_before(), source::is_ours)
    });
    if let Some(Some(other)) = races {
        race(memory, now, other);
    }
}

/// Also where the OS thread ends, or the memory is the shadow's own.
fn is_of_os_thread(memory: usize) -> bool {
    with_shadow(|shadow| shadow.is_of_os_thread(memory)) != Some(false)
}

/// Memory is given back: what is known of it is of no use.
pub(crate) fn forget(memory: &Range<usize>) {
    let engine = CURRENT.get();
    if engine.is_null() {
        return;
    }
    // SAFETY: as in `look_at`.
    let execution = unsafe { &*engine }.run.tag();
    with_shadow(|shadow| shadow.forget(memory, execution));
}

/// `None` where the OS thread ends, or this is the shadow's own memory.
fn with_shadow<R>(f: impl FnOnce(&mut Shadow) -> R) -> Option<R> {
    let look = |shadow: &RefCell<Shadow>| Some(f(&mut *shadow.try_borrow_mut().ok()?));
    heap::ours(|| SHADOW.try_with(look).ok().flatten())
}

/// Where this module's thread-locals are.
pub(super) fn own_locals() -> [Range<usize>; 3] {
    [trace::span(&SHADOW), statics::own_local(), freed::own_local()]
}

/// What two accesses that race become: a failure, where both are the model's.
#[cold]
fn race(memory: usize, now: Access, other: Access) {
    let places = match (source::known_of(now.by), source::known_or_wanted(other.by)) {
        (Known::At(here), Known::At(there)) => Some((here, there)),
        (Known::Ours, _) | (_, Known::Ours) => return,
        // The exploration begins again, and looks it up when it comes there.
        (Known::Wanted, _) | (_, Known::Wanted) => None,
    };
    super::with(|e| match places {
        Some((here, there)) => e.race_of_watched(memory, (now, here), (other, there)),
        None => _ = e.run.stop.get_or_insert(Stop::Restart),
    });
    super::check_stop();
}

impl Engine {
    fn race_of_watched(
        &mut self,
        memory: usize,
        (now, here): (Access, Place),
        (other, there): (Access, Place),
    ) {
        if self.acts_in_destructor() {
            return;
        }
        let Some(allocated) = self.place_of(memory) else { return };
        let (what, does) = (now.verb(), other.verb());
        let message = format!(
            "{} {what} memory at {here} that {} {does} at {there}, and neither happens before the other{allocated}",
            self.name_of(now.lane),
            self.name_of(other.lane),
        );
        source::have_raced([now.by, other.by]);
        self.run.plain.has_raced(there);
        self.fail_at(FailureKind::DataRace, message, Some(here));
    }
}
