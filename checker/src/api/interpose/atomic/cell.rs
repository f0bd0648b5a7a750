//! What all atomics share that are their bytes and nothing else.

use std::cell::UnsafeCell;
use std::fmt;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::atomic::Ordering;

use super::super::places::{self, Place};
use crate::api::sync::atomic::{self as beside, View, fence};
use crate::engine;

/// A value that fits into the engine's words.
pub(super) trait Word: beside::Word {
    fn into_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

/// A location of the model's memory, which is where it is.
#[repr(transparent)]
pub(super) struct Atomic<T>(UnsafeCell<T>);

// SAFETY: all accesses are atomic ones of this many bytes, but for those of who has it alone.
unsafe impl<T: Send> Sync for Atomic<T> {}

/// The place of an atomic, in an execution.
struct Known<'a, T> {
    atomic: &'a Atomic<T>,
    place: NonNull<Place>,
}

impl<T> Atomic<T> {
    pub(super) const fn new(initial: T) -> Self {
        Atomic(UnsafeCell::new(initial))
    }

    fn address(&self) -> usize {
        self.0.get().expose_provenance()
    }
}

impl<'a, T: Word> Known<'a, T> {
    fn view(&self) -> View<'a, T> {
        // SAFETY: a place stays where it is until another execution begins.
        let place = unsafe { &*self.place.as_ptr() };
        View { handle: &place.handle, initial: T::from_bits(place.initial) }
    }

    /// The model may have written: what is newest is in memory too.
    fn wrote(&self) {
        let newest = self.view().newest().bits();
        // SAFETY: as above; the atomic is borrowed.
        unsafe { places::put(self.place.as_ref(), self.atomic.address(), newest) };
    }
}

/// A value as it is in memory.
trait Bits: Word {
    /// Without the bits that it has not.
    fn bits(self) -> u64 {
        Word::into_word(self) & (u64::MAX >> (64 - 8 * size_of::<Self>()))
    }

    fn from_bits(bits: u64) -> Self {
        <Self as Word>::from_word(bits)
    }
}

impl<T: Word> Bits for T {}

/// An operation that may write: the model's, and outside of a model another one. No closure, which would be the caller.
macro_rules! writes {
    ($atomic:expr, $operation:ident($($argument:expr),*), $outside:expr) => {
        match $atomic.known() {
            Some(known) => {
                let result = known.view().$operation($($argument),*);
                known.wrote();
                result
            }
            None => $outside,
        }
    };
}

impl<T: Word> Atomic<T> {
    /// What the engine knows it by; `None` outside of a model.
    fn known(&self) -> Option<Known<'_, T>> {
        // SAFETY: it is an atomic of this size.
        let place = unsafe { places::find(self.address(), size_of::<T>()) }?;
        Some(Known { atomic: self, place })
    }

    /// What is in memory.
    fn memory(&self) -> T {
        // SAFETY: it is an atomic of this size.
        T::from_bits(unsafe { places::read(self.address(), size_of::<T>()) })
    }

    /// Replaces what is in memory, where `f` has a value for it, and returns what was there.
    fn update_memory(&self, mut f: impl FnMut(T) -> Option<T>) -> Result<T, T> {
        loop {
            let before = self.memory();
            let Some(new) = f(before) else { return Err(before) };
            // SAFETY: it is an atomic of this size.
            let read = unsafe { places::exchange(self.address(), size_of::<T>(), before.bits(), new.bits()) };
            if read == before.bits() {
                return Ok(before);
            }
        }
    }

    /// What it holds. For reports: nothing may depend on it.
    #[expect(clippy::allow_attributes, reason = "of the integers nobody asks")]
    #[allow(dead_code, reason = "of the integers nobody asks")]
    pub(super) fn newest(&self) -> T {
        self.memory()
    }

    #[track_caller]
    #[inline]
    pub(super) fn load(&self, order: Ordering) -> T {
        match self.known() {
            Some(known) => known.view().load(order),
            None => self.memory(),
        }
    }

    #[track_caller]
    #[inline]
    pub(super) fn store(&self, value: T, order: Ordering) {
        // SAFETY: it is an atomic of this size.
        let outside = || unsafe { places::write(self.address(), size_of::<T>(), value.bits()) };
        writes!(self, store(value, order), outside())
    }

    #[track_caller]
    #[inline]
    pub(super) fn rmw(&self, name: &'static str, order: Ordering, apply: impl Fn(T) -> T) -> T {
        writes!(self, rmw(name, order, apply), {
            let (Ok(read) | Err(read)) = self.update_memory(|old| Some(apply(old)));
            read
        })
    }

    #[track_caller]
    #[inline]
    pub(super) fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        let exchanges = |old: T| (old.bits() == current.bits()).then_some(new);
        // SAFETY: it is an atomic of this size.
        let take = |at| unsafe { places::take_for_fence(self.address(), size_of::<T>(), at) };
        if self.may_be_fence_of_x86([current, new], [success, failure]) && take(Location::caller()) {
            fence(Ordering::SeqCst);
        }
        writes!(self, compare_exchange(current, new, success, failure), self.update_memory(exchanges))
    }

    /// Whether an exchange of these values in these orders may be there for a fence. Crates write `AtomicUsize::new(0).compare_exchange(0,
    /// 1, SeqCst, SeqCst)` for one that is faster on x86: as the language goes it orders nothing, since nobody else knows the
    /// atomic, but the processor's instruction orders all. The atomic is on the stack of the thread that runs.
    fn may_be_fence_of_x86(&self, values: [T; 2], orders: [Ordering; 2]) -> bool {
        cfg!(any(target_arch = "x86_64", target_arch = "x86"))
            && orders == [Ordering::SeqCst; 2]
            && values.map(Bits::bits) == [0, 1]
            && size_of::<T>() == size_of::<usize>()
            && engine::in_model()
            && engine::with(|e| e.run.stack_of_running()).is_some_and(|stack| stack.contains(&self.address()))
    }

    #[track_caller]
    #[inline]
    pub(super) fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        let exchanges = |old: T| (old.bits() == current.bits()).then_some(new);
        writes!(self, compare_exchange_weak(current, new, success, failure), self.update_memory(exchanges))
    }

    #[track_caller]
    pub(super) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        writes!(self, fetch_update(set, fetch, f), self.update_memory(f))
    }

    #[track_caller]
    pub(super) fn update_by(&self, set: Ordering, fetch: Ordering, mut f: impl FnMut(T) -> T) -> T {
        let (Ok(read) | Err(read)) = self.fetch_update(set, fetch, |old| Some(f(old)));
        read
    }

    /// The value, without synchronisation.
    #[track_caller]
    pub(super) fn unsync_load(&self) -> T {
        match self.known() {
            Some(known) => known.view().unsync_load(),
            None => self.memory(),
        }
    }

    /// The value, of which the caller is the only user.
    #[track_caller]
    pub(super) fn get_mut(&mut self) -> &mut T {
        if engine::in_model() {
            // A thread that has it alone comes after all that used it: else that is a race, and told.
            self.unsync_load();
            places::take(self.address());
        }
        self.0.get_mut()
    }
}

impl<T: Word> fmt::Debug for Atomic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load(Ordering::Relaxed).fmt(f)
    }
}
