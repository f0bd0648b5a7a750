//! What all atomics share that are their bytes and nothing else.

use std::cell::UnsafeCell;
use std::fmt;
use std::sync::atomic::Ordering;

use super::super::places;
use super::word::{At, Kind};
use crate::api::sync::atomic::{self as beside, shown_as};
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

impl<T> Atomic<T> {
    pub(super) const fn new(initial: T) -> Self {
        Atomic(UnsafeCell::new(initial))
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

/// As values of its type.
fn typed<T: Word>(result: Result<u64, u64>) -> Result<T, T> {
    result.map(T::from_bits).map_err(T::from_bits)
}

impl<T: Word> Atomic<T> {
    const KIND: Kind = Kind { size: size_of::<T>(), show: shown_as::<T> };

    fn at(&self) -> At {
        // SAFETY: an atomic of this type is there.
        unsafe { At::new(self.0.get().expose_provenance(), &Self::KIND) }
    }

    /// What it holds. For reports: nothing may depend on it.
    #[expect(clippy::allow_attributes, reason = "of the integers nobody asks")]
    #[allow(dead_code, reason = "of the integers nobody asks")]
    pub(super) fn newest(&self) -> T {
        T::from_bits(self.at().memory())
    }

    #[track_caller]
    #[inline]
    pub(super) fn load(&self, order: Ordering) -> T {
        T::from_bits(self.at().load(order))
    }

    #[track_caller]
    #[inline]
    pub(super) fn store(&self, value: T, order: Ordering) {
        self.at().store(value.bits(), order);
    }

    #[track_caller]
    #[inline]
    pub(super) fn rmw(&self, name: &'static str, order: Ordering, apply: impl Fn(T) -> T) -> T {
        T::from_bits(self.at().rmw(name, order, &|old| apply(T::from_bits(old)).bits()))
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
        typed(self.at().compare_exchange(current.bits(), new.bits(), success, failure))
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
        typed(self.at().compare_exchange_weak(current.bits(), new.bits(), success, failure))
    }

    #[track_caller]
    pub(super) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        mut f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        typed(self.at().fetch_update(set, fetch, &mut |old| f(T::from_bits(old)).map(Bits::bits)))
    }

    #[track_caller]
    pub(super) fn update_by(&self, set: Ordering, fetch: Ordering, mut f: impl FnMut(T) -> T) -> T {
        let (Ok(read) | Err(read)) = self.fetch_update(set, fetch, |old| Some(f(old)));
        read
    }

    /// The value, without synchronisation.
    #[track_caller]
    pub(super) fn unsync_load(&self) -> T {
        T::from_bits(self.at().unsync_load())
    }

    /// The value, of which the caller is the only user.
    #[track_caller]
    pub(super) fn get_mut(&mut self) -> &mut T {
        if engine::in_model() {
            // A thread that has it alone comes after all that used it: else that is a race, and told.
            self.unsync_load();
            places::take(self.0.get().addr());
        }
        self.0.get_mut()
    }
}

impl<T: Word> fmt::Debug for Atomic<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.load(Ordering::Relaxed).fmt(f)
    }
}
