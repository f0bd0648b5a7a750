//! An atomic by where it is, with its bits for a value.
//!
//! Nothing here is generic: see [`View`].

use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use super::super::places::{self, Place};
use crate::api::sync::atomic::{Show, View, fence};
use crate::audit::Operation;
use crate::engine;

/// An atomic of some kind at an address.
#[derive(Clone, Copy)]
pub(super) struct At {
    address: usize,
    kind: &'static Kind,
}

/// What atomics of one type have in common.
pub(super) struct Kind {
    /// So many bytes it has.
    pub(super) size: usize,
    pub(super) show: Show,
}

/// What the engine knows it by, in an execution.
struct Known {
    at: At,
    place: NonNull<Place>,
}

impl Known {
    fn view(&self) -> View<'_> {
        // SAFETY: a place stays where it is until another execution begins.
        let place = unsafe { &*self.place.as_ptr() };
        View { handle: &place.handle, initial: place.initial, show: self.at.kind.show }
    }

    /// The model has read it, and may have written it: what is newest is in memory too.
    fn accessed(&self, writes: bool, place: &'static Location<'static>) {
        if writes {
            let newest = self.view().newest();
            // SAFETY: as above; the atomic is there.
            unsafe { places::put(self.place.as_ref(), self.at.address, newest) };
        }
        engine::access_atomic(self.at.address, self.at.kind.size, writes, place);
    }
}

impl At {
    /// # Safety
    ///
    /// An atomic of this kind is at the address as long as this is used.
    pub(super) unsafe fn new(address: usize, kind: &'static Kind) -> Self {
        At { address, kind }
    }

    /// `None` outside of a model.
    fn known(self) -> Option<Known> {
        // SAFETY: it is an atomic of this size.
        let place = unsafe { places::find(self.address, self.kind.size) }?;
        Some(Known { at: self, place })
    }

    /// What is in memory.
    pub(super) fn memory(self) -> u64 {
        // SAFETY: it is an atomic of this size.
        unsafe { places::read(self.address, self.kind.size) }
    }

    /// Replaces what is in memory, where `f` has a value for it, and returns what was there.
    fn update_memory(self, f: &mut dyn FnMut(u64) -> Option<u64>) -> Result<u64, u64> {
        loop {
            let before = self.memory();
            let Some(new) = f(before) else { return Err(before) };
            // SAFETY: it is an atomic of this size.
            let read = unsafe { places::exchange(self.address, self.kind.size, before, new) };
            if read == before {
                return Ok(before);
            }
        }
    }

    #[track_caller]
    pub(super) fn load(self, order: Ordering) -> u64 {
        let Some(known) = self.known() else { return self.memory() };
        let read = known.view().load(order);
        known.accessed(false, Location::caller());
        read
    }

    #[track_caller]
    pub(super) fn store(self, value: u64, order: Ordering) {
        let Some(known) = self.known() else {
            // SAFETY: it is an atomic of this size.
            return unsafe { places::write(self.address, self.kind.size, value) };
        };
        known.view().store(value, order);
        known.accessed(true, Location::caller());
    }

    #[track_caller]
    pub(super) fn rmw(self, name: &'static str, order: Ordering, apply: &dyn Fn(u64) -> u64) -> u64 {
        let Some(known) = self.known() else {
            let (Ok(read) | Err(read)) = self.update_memory(&mut |old| Some(apply(old)));
            return read;
        };
        let read = known.view().rmw(name, order, apply);
        known.accessed(true, Location::caller());
        read
    }

    #[track_caller]
    pub(super) fn compare_exchange(
        self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        // SAFETY: it is an atomic of this size.
        let take = |at| unsafe { places::take_for_fence(self.address, self.kind.size, at) };
        if self.may_be_fence_of_x86([current, new], [success, failure]) && take(Location::caller()) {
            fence(Ordering::SeqCst);
        }
        let Some(known) = self.known() else { return self.exchange_memory(current, new) };
        let result = known.view().compare_exchange(current, new, success, failure);
        known.accessed(result.is_ok(), Location::caller());
        result
    }

    #[track_caller]
    pub(super) fn compare_exchange_weak(
        self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        let Some(known) = self.known() else { return self.exchange_memory(current, new) };
        let result = known.view().compare_exchange_weak(current, new, success, failure);
        known.accessed(result.is_ok(), Location::caller());
        result
    }

    fn exchange_memory(self, current: u64, new: u64) -> Result<u64, u64> {
        self.update_memory(&mut |old| (old == current).then_some(new))
    }

    /// Whether an exchange of these values in these orders may be there for a fence. Crates write `AtomicUsize::new(0).compare_exchange(0,
    /// 1, SeqCst, SeqCst)` for one that is faster on x86: as the language goes it orders nothing, since nobody else knows the
    /// atomic, but the processor's instruction orders all. The atomic is on the stack of the thread that runs.
    fn may_be_fence_of_x86(self, values: [u64; 2], orders: [Ordering; 2]) -> bool {
        cfg!(any(target_arch = "x86_64", target_arch = "x86"))
            && orders == [Ordering::SeqCst; 2]
            && values == [0, 1]
            && self.kind.size == size_of::<usize>()
            && engine::in_model()
            && engine::with(|e| e.run.stack_of_running()).is_some_and(|stack| stack.contains(&self.address))
    }

    #[track_caller]
    pub(super) fn fetch_update(
        self,
        set: Ordering,
        fetch: Ordering,
        f: &mut dyn FnMut(u64) -> Option<u64>,
    ) -> Result<u64, u64> {
        let Some(known) = self.known() else { return self.update_memory(f) };
        // What `f` does comes between its load and its exchange.
        let mut before = known.view().load_of(Operation::Failure, fetch);
        known.accessed(false, Location::caller());
        while let Some(next) = f(before) {
            let result = known.view().compare_exchange(before, next, set, fetch);
            known.accessed(result.is_ok(), Location::caller());
            match result {
                Ok(read) => return Ok(read),
                Err(read) => before = read,
            }
        }
        Err(before)
    }

    /// The value, without synchronisation.
    #[track_caller]
    pub(super) fn unsync_load(self) -> u64 {
        match self.known() {
            Some(known) => known.view().unsync_load(),
            None => self.memory(),
        }
    }
}
