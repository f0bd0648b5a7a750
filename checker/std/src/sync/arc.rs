//! `Arc` and `Weak`, whose counts are seen.
//!
//! A handle is std's own as a pointer, so it has std's size and its pointers are std's, and all that it is made of is std's too. The
//! counts that decide are selvedge's, which it finds by the value's address.

use real::any::Any;
use real::clone::CloneToUninit;
use real::fmt;
use real::marker::{PhantomData, Unsize};
use real::mem::{ManuallyDrop, MaybeUninit};
use real::ops::{CoerceUnsized, Deref, DerefPure, DispatchFromDyn, LegacyReceiver};
use real::panic::{RefUnwindSafe, UnwindSafe};
use real::pin::{Pin, PinCoerceUnsized};
use real::prelude::v1::*;
use real::ptr::NonNull;
use real::sync as std_sync;

use selvedge::interpose::Shared;

/// As [`std::sync::Arc`].
pub struct Arc<T: ?Sized> {
    /// What std's makes of itself by `into_raw`.
    pointer: NonNull<T>,
    owns: PhantomData<T>,
}

/// As [`std::sync::Weak`].
pub struct Weak<T: ?Sized> {
    /// What std's makes of itself by `into_raw`.
    pointer: NonNull<T>,
}

// SAFETY: as std's, which they are.
unsafe impl<T: ?Sized + Sync + Send> Send for Arc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync + Send> Sync for Arc<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync + Send> Send for Weak<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync + Send> Sync for Weak<T> {}

impl<T: ?Sized> Unpin for Arc<T> {}
impl<T: RefUnwindSafe + ?Sized> UnwindSafe for Arc<T> {}
impl<T: ?Sized + Unsize<U>, U: ?Sized> CoerceUnsized<Arc<U>> for Arc<T> {}
impl<T: ?Sized + Unsize<U>, U: ?Sized> DispatchFromDyn<Arc<U>> for Arc<T> {}
impl<T: ?Sized> LegacyReceiver for Arc<T> {}
impl<T: ?Sized + Unsize<U>, U: ?Sized> CoerceUnsized<Weak<U>> for Weak<T> {}
impl<T: ?Sized + Unsize<U>, U: ?Sized> DispatchFromDyn<Weak<U>> for Weak<T> {}
// SAFETY: a handle of another type is to the same value.
unsafe impl<T: ?Sized> PinCoerceUnsized for Arc<T> {}
// SAFETY: `deref` does nothing but return the value.
unsafe impl<T: ?Sized> DerefPure for Arc<T> {}

impl<T> Arc<T> {
    /// As std's.
    #[track_caller]
    pub fn new(value: T) -> Self {
        Arc::made(std_sync::Arc::new(value))
    }

    /// As std's.
    #[track_caller]
    pub fn pin(value: T) -> Pin<Self> {
        // SAFETY: what is behind an `Arc` is not moved, and is reached mutably only while nobody else can reach it.
        unsafe { Pin::new_unchecked(Arc::new(value)) }
    }

    /// As std's.
    #[track_caller]
    pub fn new_cyclic<F: FnOnce(&Weak<T>) -> T>(data_fn: F) -> Self {
        let value = std_sync::Arc::new_cyclic(|weak| {
            Shared::begin(weak.as_ptr(), weak.clone(), 0);
            // It becomes the weak handle that all strong ones have.
            let own = ManuallyDrop::new(Weak::of(weak.clone()));
            let value = data_fn(&own);
            drop(own.real());
            value
        });
        let this = Arc::of(value);
        if let Some(shared) = this.shared() {
            shared.is_made();
        }
        this
    }

    /// As std's.
    #[track_caller]
    pub fn new_uninit() -> Arc<MaybeUninit<T>> {
        Arc::made(std_sync::Arc::new_uninit())
    }

    /// As std's.
    #[track_caller]
    pub fn try_unwrap(this: Self) -> Result<T, Self> {
        match this.shared() {
            None => std_sync::Arc::try_unwrap(this.into_real()).map_err(Arc::of),
            Some(shared) if shared.take() => Ok(this.into_value()),
            Some(_) => Err(this),
        }
    }

    /// As std's.
    #[track_caller]
    pub fn into_inner(this: Self) -> Option<T> {
        match this.shared() {
            Some(shared) if shared.fewer_or_take() => Some(this.into_value()),
            _ => std_sync::Arc::into_inner(this.into_real()),
        }
    }

    /// As std's.
    #[track_caller]
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Arc::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
    }

    /// The value of the last handle.
    fn into_value(self) -> T {
        std_sync::Arc::into_inner(self.into_real()).expect("this is the last handle")
    }
}

impl<T> Arc<[T]> {
    /// As std's.
    #[track_caller]
    pub fn new_uninit_slice(len: usize) -> Arc<[MaybeUninit<T>]> {
        Arc::made(std_sync::Arc::new_uninit_slice(len))
    }
}

impl<T> Arc<MaybeUninit<T>> {
    /// As std's.
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn assume_init(self) -> Arc<T> {
        let this = ManuallyDrop::new(self);
        Arc { pointer: this.pointer.cast(), owns: PhantomData }
    }
}

impl<T> Arc<[MaybeUninit<T>]> {
    /// As std's.
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn assume_init(self) -> Arc<[T]> {
        let this = ManuallyDrop::new(self);
        let pointer = NonNull::slice_from_raw_parts(this.pointer.cast(), this.len());
        Arc { pointer, owns: PhantomData }
    }
}

impl<T: ?Sized> Arc<T> {
    /// A handle that is made of one of std's, with no other.
    #[track_caller]
    pub(crate) fn made(value: std_sync::Arc<T>) -> Self {
        Shared::begin(std_sync::Arc::as_ptr(&value), std_sync::Arc::downgrade(&value), 1);
        Arc::of(value)
    }

    /// A handle that is counted already.
    fn of(value: std_sync::Arc<T>) -> Self {
        // SAFETY: it points to a value.
        let pointer = unsafe { NonNull::new_unchecked(std_sync::Arc::into_raw(value).cast_mut()) };
        Arc { pointer, owns: PhantomData }
    }

    /// Std's handle, without counting that.
    fn into_real(self) -> std_sync::Arc<T> {
        ManuallyDrop::new(self).real()
    }

    /// Std's handle, which this is.
    fn real(&self) -> std_sync::Arc<T> {
        // SAFETY: the pointer came from std's handle; the caller uses only one of the two.
        unsafe { std_sync::Arc::from_raw(self.pointer.as_ptr()) }
    }

    fn shared(&self) -> Option<Shared> {
        Shared::of(self.pointer.as_ptr())
    }

    /// As std's.
    pub fn as_ptr(this: &Self) -> *const T {
        this.pointer.as_ptr()
    }

    /// As std's.
    pub fn into_raw(this: Self) -> *const T {
        ManuallyDrop::new(this).pointer.as_ptr()
    }

    /// As std's.
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: the caller's: it came from a handle.
        let pointer = unsafe { NonNull::new_unchecked(pointer.cast_mut()) };
        Arc { pointer, owns: PhantomData }
    }

    /// As std's.
    ///
    /// # Safety
    ///
    /// As there.
    #[track_caller]
    pub unsafe fn increment_strong_count(pointer: *const T) {
        // SAFETY: the caller's; this handle is the caller's own and is not dropped.
        let this = ManuallyDrop::new(unsafe { Arc::from_raw(pointer) });
        real::mem::forget((*this).clone());
    }

    /// As std's.
    ///
    /// # Safety
    ///
    /// As there.
    #[track_caller]
    pub unsafe fn decrement_strong_count(pointer: *const T) {
        // SAFETY: the caller's.
        drop(unsafe { Arc::from_raw(pointer) });
    }

    /// As std's.
    #[track_caller]
    pub fn downgrade(this: &Self) -> Weak<T> {
        if let Some(shared) = this.shared() {
            shared.downgrade();
        }
        let value = ManuallyDrop::new(this.real());
        Weak::of(std_sync::Arc::downgrade(&value))
    }

    /// As std's.
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        match this.shared() {
            Some(shared) => shared.strong(),
            None => std_sync::Arc::strong_count(&ManuallyDrop::new(this.real())),
        }
    }

    /// As std's.
    #[track_caller]
    pub fn weak_count(this: &Self) -> usize {
        match this.shared() {
            Some(shared) => shared.weak(),
            None => std_sync::Arc::weak_count(&ManuallyDrop::new(this.real())),
        }
    }

    /// As std's.
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        real::ptr::addr_eq(this.pointer.as_ptr(), other.pointer.as_ptr())
    }

    /// As std's.
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        let is_unique = match this.shared() {
            Some(shared) => shared.is_unique(),
            None => std_sync::Arc::get_mut(&mut ManuallyDrop::new(this.real())).is_some(),
        };
        // SAFETY: it is the only handle.
        is_unique.then_some(unsafe { this.pointer.as_mut() })
    }
}

impl<T: ?Sized + CloneToUninit> Arc<T> {
    /// As std's.
    #[track_caller]
    pub fn make_mut(this: &mut Self) -> &mut T {
        match this.shared() {
            None => this.separate(),
            Some(shared) if !shared.borrow() => {
                let other = ManuallyDrop::new(this.real());
                let mut copy = std_sync::Arc::clone(&other);
                // It has another handle, so the value is cloned.
                std_sync::Arc::make_mut(&mut copy);
                *this = Arc::made(copy);
            }
            Some(shared) if shared.has_no_weak() => shared.give_back(),
            Some(shared) => {
                shared.end();
                // Weak handles alone are left: the value moves out from under them.
                this.separate();
                let value = this.real();
                Shared::begin(std_sync::Arc::as_ptr(&value), std_sync::Arc::downgrade(&value), 1);
                real::mem::forget(value);
            }
        }
        // SAFETY: it is the only handle.
        unsafe { this.pointer.as_mut() }
    }

    /// What std's does.
    fn separate(&mut self) {
        let mut value = self.real();
        std_sync::Arc::make_mut(&mut value);
        real::mem::forget(real::mem::replace(self, Arc::of(value)));
    }
}

impl Arc<dyn Any + Send + Sync> {
    /// As std's.
    ///
    /// # Errors
    ///
    /// With the handle, when the value is of another type.
    pub fn downcast<T: Any + Send + Sync>(self) -> Result<Arc<T>, Self> {
        if !(*self).is::<T>() {
            return Err(self);
        }
        let this = ManuallyDrop::new(self);
        Ok(Arc { pointer: this.pointer.cast(), owns: PhantomData })
    }
}

impl<T: ?Sized> Deref for Arc<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the handle is to a value that lives.
        unsafe { self.pointer.as_ref() }
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        if let Some(shared) = self.shared() {
            shared.more();
        }
        Arc::of(std_sync::Arc::clone(&ManuallyDrop::new(self.real())))
    }
}

impl<T: ?Sized> Drop for Arc<T> {
    #[track_caller]
    fn drop(&mut self) {
        let value = self.real();
        match self.shared() {
            Some(shared) => {
                let size = size_of_val(&*value);
                shared.fewer(self.pointer.as_ptr(), size, || drop(value));
            }
            None => drop(value),
        }
    }
}

impl<T> Weak<T> {
    /// As std's.
    pub const fn new() -> Self {
        // What std's pointer is too: see the tests.
        Weak { pointer: NonNull::without_provenance(real::num::NonZeroUsize::MAX) }
    }
}

impl<T: ?Sized> Weak<T> {
    fn of(value: std_sync::Weak<T>) -> Self {
        // SAFETY: it points to a value, or to the last address of all.
        Weak { pointer: unsafe { NonNull::new_unchecked(value.into_raw().cast_mut()) } }
    }

    /// Std's handle, which this is.
    fn real(&self) -> std_sync::Weak<T> {
        // SAFETY: the pointer came from std's handle; the caller uses only one of the two.
        unsafe { std_sync::Weak::from_raw(self.pointer.as_ptr()) }
    }

    fn shared(&self) -> Option<Shared> {
        Shared::of(self.pointer.as_ptr())
    }

    /// As std's.
    #[track_caller]
    pub fn upgrade(&self) -> Option<Arc<T>> {
        let is_alive = self.shared().is_none_or(|shared| shared.upgrade());
        is_alive.then(|| ManuallyDrop::new(self.real()).upgrade().map(Arc::of)).flatten()
    }

    /// As std's.
    #[track_caller]
    pub fn strong_count(&self) -> usize {
        match self.shared() {
            Some(shared) => shared.strong(),
            None => ManuallyDrop::new(self.real()).strong_count(),
        }
    }

    /// As std's.
    #[track_caller]
    pub fn weak_count(&self) -> usize {
        match self.shared() {
            Some(shared) => shared.weak_by_weak(),
            None => ManuallyDrop::new(self.real()).weak_count(),
        }
    }

    /// As std's.
    pub fn ptr_eq(&self, other: &Self) -> bool {
        real::ptr::addr_eq(self.pointer.as_ptr(), other.pointer.as_ptr())
    }

    /// As std's.
    pub fn as_ptr(&self) -> *const T {
        self.pointer.as_ptr()
    }

    /// As std's.
    pub fn into_raw(self) -> *const T {
        ManuallyDrop::new(self).pointer.as_ptr()
    }

    /// As std's.
    ///
    /// # Safety
    ///
    /// As there.
    pub unsafe fn from_raw(pointer: *const T) -> Self {
        // SAFETY: the caller's: it came from a handle.
        Weak { pointer: unsafe { NonNull::new_unchecked(pointer.cast_mut()) } }
    }
}

impl<T: ?Sized> Clone for Weak<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        if let Some(shared) = self.shared() {
            shared.more_weak();
        }
        Weak::of((*ManuallyDrop::new(self.real())).clone())
    }
}

impl<T: ?Sized> Drop for Weak<T> {
    #[track_caller]
    fn drop(&mut self) {
        if let Some(shared) = self.shared() {
            shared.fewer_weak();
        }
        drop(self.real());
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
