//! `Arc` and `Weak`.

use std::borrow::Borrow;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::Ordering::AcqRel;

use super::atomic::AtomicUsize;
use crate::engine;

/// As [`std::sync::Arc`], but one that is alive when the execution ends is reported as a leak.
///
/// That a handle is dropped is an event, ordered among the drops of its value: the last one runs the destructor, on
/// whatever thread that is. Clones commute with everything. Where the destructor does nothing but to end objects and free
/// memory, and the model never asks how many handles there are, nobody can tell which drop was the last, and drops are no
/// events either.
pub struct Arc<T: ?Sized> {
    value: ManuallyDrop<std::sync::Arc<T>>,
    drops: std::sync::Arc<Drops>,
}

/// What the handles of one value share.
pub(crate) struct Drops {
    /// Says who was dropped after whom; its value is how many were. It ends when nobody can reach it any more, and that is
    /// nobody's business.
    word: ManuallyDrop<AtomicUsize>,
    ticket: usize,
}

/// As [`std::sync::Weak`].
pub struct Weak<T: ?Sized> {
    value: std::sync::Weak<T>,
    drops: Option<std::sync::Arc<Drops>>,
}

impl<T> Arc<T> {
    /// A value with one handle.
    ///
    /// # Panics
    ///
    /// Outside of a model.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Arc::from_std(std::sync::Arc::new(value))
    }

    /// As [`std::sync::Arc::pin`].
    #[track_caller]
    pub fn pin(value: T) -> Pin<Self> {
        // SAFETY: what is behind an `Arc` is not moved, and is reached mutably only while nobody else can reach it.
        unsafe { Pin::new_unchecked(Arc::new(value)) }
    }

    /// As [`std::sync::Arc::try_unwrap`].
    ///
    /// # Errors
    ///
    /// With the handle, when there are others.
    #[track_caller]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        if !this.is_last() {
            return Err(this);
        }
        this.drops.forget();
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is not dropped, so each field is taken once.
        let value = unsafe {
            std::ptr::drop_in_place(&mut this.drops);
            ManuallyDrop::take(&mut this.value)
        };
        Ok(std::sync::Arc::try_unwrap(value).unwrap_or_else(|_| unreachable!("this is the last handle")))
    }
}

impl<T: ?Sized> Arc<T> {
    /// Takes over a standard `Arc`.
    ///
    /// # Panics
    ///
    /// When it has other handles; and outside of a model.
    #[track_caller]
    pub fn from_std(mut value: std::sync::Arc<T>) -> Self {
        assert!(std::sync::Arc::get_mut(&mut value).is_some(), "an Arc that is taken over has one handle");
        let place = Location::caller();
        let ticket = engine::with(|e| e.run.leaks.issue(place));
        let drops = std::sync::Arc::new(Drops { word: ManuallyDrop::new(AtomicUsize::new(0)), ticket });
        Arc { value: ManuallyDrop::new(value), drops }
    }

    /// As [`std::sync::Arc::strong_count`]: how many handles there are, in the order of their drops.
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        this.drops.look();
        std::sync::Arc::strong_count(&this.value)
    }

    /// As [`std::sync::Arc::downgrade`].
    pub fn downgrade(this: &Self) -> Weak<T> {
        Weak { value: std::sync::Arc::downgrade(&this.value), drops: Some(this.drops.clone()) }
    }

    /// As [`std::sync::Arc::get_mut`].
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        if this.is_last() { std::sync::Arc::get_mut(&mut this.value) } else { None }
    }

    /// As [`std::sync::Arc::ptr_eq`].
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&this.value, &other.value)
    }

    /// As [`std::sync::Arc::as_ptr`].
    pub fn as_ptr(this: &Self) -> *const T {
        let pointer = std::sync::Arc::as_ptr(&this.value);
        engine::with(|e| e.run.arcs.insert(pointer.cast::<()>().addr(), this.drops.clone()));
        pointer
    }

    /// As [`std::sync::Arc::into_raw`].
    pub fn into_raw(this: Self) -> *const T {
        Self::as_ptr(&this);
        let mut this = ManuallyDrop::new(this);
        // SAFETY: `this` is not dropped, so each field is taken once.
        unsafe {
            std::ptr::drop_in_place(&mut this.drops);
            std::sync::Arc::into_raw(ManuallyDrop::take(&mut this.value))
        }
    }

    /// As [`std::sync::Arc::from_raw`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution.
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        let drops = engine::with(|e| e.run.arcs.get(&pointer.cast::<()>().addr()).cloned());
        // SAFETY: the caller's.
        let value = ManuallyDrop::new(unsafe { std::sync::Arc::from_raw(pointer) });
        Arc { value, drops: drops.expect("the pointer is of an Arc of this execution") }
    }

    /// As [`std::sync::Arc::increment_strong_count`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution.
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: the caller's; this handle is the caller's own and is not dropped.
        let this = ManuallyDrop::new(unsafe { Arc::from_raw(pointer) });
        std::mem::forget(Arc::clone(&this));
    }

    /// As [`std::sync::Arc::decrement_strong_count`].
    ///
    /// # Safety
    ///
    /// As there, in the same execution.
    #[track_caller]
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: the caller's.
        drop(unsafe { Arc::from_raw(pointer) });
    }

    /// Whether no other handle is left; what their owners did before they dropped them happens before this.
    #[track_caller]
    fn is_last(&self) -> bool {
        self.drops.look();
        std::sync::Arc::strong_count(&self.value) == 1
    }
}

impl Drops {
    /// Takes a place among the drops.
    #[track_caller]
    fn look(&self) {
        engine::with(|e| e.counts_drops());
        engine::check_stop();
        self.word.fetch_add(0, AcqRel);
    }

    /// The value is gone.
    fn forget(&self) {
        engine::with(|e| e.run.leaks.forget(self.ticket));
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    fn clone(&self) -> Self {
        Arc { value: self.value.clone(), drops: self.drops.clone() }
    }
}

impl<T: ?Sized> Drop for Arc<T> {
    #[track_caller]
    fn drop(&mut self) {
        // SAFETY: the field is not used after this.
        let value = unsafe { ManuallyDrop::take(&mut self.value) };
        if !engine::in_model() {
            return;
        }
        let name = std::any::type_name::<T>();
        let counts = engine::with(|e| e.counted.counts(name));
        let is_last = std::sync::Arc::strong_count(&value) == 1;
        match (std::mem::needs_drop::<T>(), counts) {
            (_, true) => drop(self.drops.word.fetch_add(1, AcqRel)),
            (true, _) if !is_last => engine::release(self.drops.ticket),
            _ => {}
        }
        // Whoever goes on while a drop waits for its turn may drop a handle too.
        let is_last = std::sync::Arc::strong_count(&value) == 1;
        if is_last {
            self.drops.forget();
        }
        if is_last && std::mem::needs_drop::<T>() {
            engine::destroy(self.drops.ticket, (!counts).then_some(name), || drop(value));
        } else {
            drop(value);
        }
    }
}

impl<T: ?Sized> Weak<T> {
    /// As [`std::sync::Weak::upgrade`].
    #[track_caller]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        let drops = self.drops.clone()?;
        drops.look();
        Some(Arc { value: ManuallyDrop::new(self.value.upgrade()?), drops })
    }
}

impl<T> Weak<T> {
    /// As [`std::sync::Weak::new`].
    pub const fn new() -> Self {
        Weak { value: std::sync::Weak::new(), drops: None }
    }
}

impl<T: ?Sized> Weak<T> {
    /// As [`std::sync::Weak::ptr_eq`].
    pub fn ptr_eq(&self, other: &Self) -> bool {
        self.value.ptr_eq(&other.value)
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    fn clone(&self) -> Self {
        Weak { value: self.value.clone(), drops: self.drops.clone() }
    }
}

impl<T> Default for Weak<T> {
    fn default() -> Self {
        Weak::new()
    }
}

impl<T: ?Sized> fmt::Debug for Weak<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("(Weak)")
    }
}

impl<T: Default> Default for Arc<T> {
    #[track_caller]
    fn default() -> Self {
        Arc::new(T::default())
    }
}

impl<T> From<T> for Arc<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Arc::new(value)
    }
}

impl<T: ?Sized> AsRef<T> for Arc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Arc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Arc<T> {}
