//! `Arc` and `Weak`.

mod convert;
mod counts;
mod duplicate;
mod raw;
mod traits;
mod weak;

use std::any::{Any, type_name};
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::pin::Pin;
use std::sync::atomic::Ordering::{Acquire, Relaxed};

use crate::engine::Word;
pub(in crate::api) use counts::Counts;

use duplicate::Duplicate;
pub(crate) use raw::Exposed;
pub use weak::Weak;

/// As [`std::sync::Arc`], with the same memory orderings, but one that is alive when the execution ends is reported as a leak.
///
/// Clones and drops are events only where somebody can tell. Clones and drops of different threads commute until one of them asks for a
/// count, takes the value out or upgrades a [`Weak`] while another changes the count, or until it matters who runs the
/// destructor.
pub struct Arc<T: ?Sized> {
    value: ManuallyDrop<std::sync::Arc<T>>,
    counts: std::sync::Arc<Counts>,
    /// Whether it was made of a pointer, so that it may stand for nothing.
    of_pointer: bool,
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

    /// As [`std::sync::Arc::new_cyclic`].
    ///
    /// # Panics
    ///
    /// Outside of a model.
    #[track_caller]
    pub fn new_cyclic<F>(data_fn: F) -> Self
    where
        F: FnOnce(&Weak<T>) -> T,
    {
        let place = Location::caller();
        let counts = std::sync::Arc::new(Counts::new(type_name::<T>(), 0, place));
        let value = std::sync::Arc::new_cyclic(|weak| {
            /// Where `data_fn` panics there is no value.
            struct GivesUp<'a>(&'a Counts);
            impl Drop for GivesUp<'_> {
                fn drop(&mut self) {
                    self.0.give_up();
                }
            }
            let gives_up = GivesUp(&counts);
            // It becomes the weak handle that all strong ones have.
            let weak = Weak::of(weak.clone(), counts.clone());
            let value = data_fn(&weak);
            weak.forget();
            std::mem::forget(gives_up);
            value
        });
        counts.begin(place);
        Arc { value: ManuallyDrop::new(value), counts, of_pointer: false }
    }

    /// As [`std::sync::Arc::pin`].
    ///
    /// # Panics
    ///
    /// Outside of a model.
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
        let place = Location::caller();
        if !this.counts.take_last(Relaxed, place) {
            return Err(this);
        }
        this.counts.acquire(place);
        Ok(this.into_value(place))
    }

    /// As [`std::sync::Arc::into_inner`].
    #[track_caller]
    pub fn into_inner(this: Self) -> Option<T> {
        let place = Location::caller();
        if this.counts.fall_seen(Word::Strong, place) {
            return Some(this.into_value(place));
        }
        let (value, _counts) = this.into_parts();
        drop(value);
        None
    }

    /// As [`std::sync::Arc::unwrap_or_clone`].
    #[track_caller]
    pub fn unwrap_or_clone(this: Self) -> T
    where
        T: Clone,
    {
        Arc::try_unwrap(this).unwrap_or_else(|this| (*this).clone())
    }

    /// The value, whose count is 0 already.
    fn into_value(self, place: &'static Location<'static>) -> T {
        let (value, counts) = self.into_parts();
        let value = std::sync::Arc::into_inner(value).expect("this is the last handle");
        counts.end(place);
        value
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
        Arc::of(value, Location::caller())
    }

    fn of(value: std::sync::Arc<T>, place: &'static Location<'static>) -> Self {
        let counts = std::sync::Arc::new(Counts::new(type_name::<T>(), 1, place));
        Arc { value: ManuallyDrop::new(value), counts, of_pointer: false }
    }

    /// The same value as another type.
    fn map<U: ?Sized>(self, f: impl FnOnce(std::sync::Arc<T>) -> std::sync::Arc<U>) -> Arc<U> {
        let of_pointer = self.of_pointer;
        let (value, counts) = self.into_parts();
        Arc { value: ManuallyDrop::new(f(value)), counts, of_pointer }
    }

    /// As [`std::sync::Arc::strong_count`].
    #[track_caller]
    pub fn strong_count(this: &Self) -> usize {
        this.counts.look(Word::Strong, Relaxed, Location::caller())
    }

    /// As [`std::sync::Arc::weak_count`].
    #[track_caller]
    pub fn weak_count(this: &Self) -> usize {
        this.counts.weak_count(Location::caller())
    }

    /// As [`std::sync::Arc::downgrade`].
    #[track_caller]
    pub fn downgrade(this: &Self) -> Weak<T> {
        this.counts.downgrade(Location::caller());
        Weak::of(std::sync::Arc::downgrade(&this.value), this.counts.clone())
    }

    /// As [`std::sync::Arc::get_mut`].
    #[track_caller]
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        let is_unique = this.counts.is_unique(Location::caller());
        // SAFETY: it is the only handle.
        is_unique.then(|| unsafe { this.value_mut() })
    }

    /// As [`std::sync::Arc::make_mut`].
    #[track_caller]
    pub fn make_mut(this: &mut Self) -> &mut T
    where
        T: Duplicate,
    {
        let place = Location::caller();
        if !this.counts.take_last(Acquire, place) {
            *this = Arc::of(T::duplicate(this), place);
        } else if this.counts.look(Word::Weak, Relaxed, place) != 1 {
            // Only `Weak`s are left: the value moves out from under them.
            T::separate(&mut this.value);
            let counts = std::sync::Arc::new(Counts::new(type_name::<T>(), 1, place));
            std::mem::replace(&mut this.counts, counts).end(place);
        } else {
            this.counts.give_back(place);
        }
        // SAFETY: it is the only handle.
        unsafe { this.value_mut() }
    }

    /// As [`std::sync::Arc::ptr_eq`].
    pub fn ptr_eq(this: &Self, other: &Self) -> bool {
        std::sync::Arc::ptr_eq(&this.value, &other.value)
    }

    /// The value.
    ///
    /// # Safety
    ///
    /// Nobody else uses it for as long as the result lives.
    unsafe fn value_mut(&mut self) -> &mut T {
        // SAFETY: the pointer is to the value, which is alive, and the caller's.
        unsafe { &mut *std::sync::Arc::as_ptr(&self.value).cast_mut() }
    }

    /// The standard handle and what is shared, of a handle that is not dropped.
    fn into_parts(self) -> (std::sync::Arc<T>, std::sync::Arc<Counts>) {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: `this` is not dropped, so each field is taken once.
        unsafe { (ManuallyDrop::take(&mut this.value), std::ptr::read(&raw const this.counts)) }
    }
}

impl Arc<dyn Any + Send + Sync> {
    /// As [`std::sync::Arc::downcast`].
    ///
    /// # Errors
    ///
    /// With the handle, when the value is of another type.
    pub fn downcast<T: Any + Send + Sync>(self) -> Result<Arc<T>, Self> {
        if !(*self).is::<T>() {
            return Err(self);
        }
        Ok(self.map(|value| value.downcast().unwrap_or_else(|_| unreachable!("it is of that type"))))
    }
}

impl<T: ?Sized> Clone for Arc<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        let place = Location::caller();
        if self.of_pointer {
            self.counts.rise_by_pointer(Word::Strong, place);
        } else {
            self.counts.rise(Word::Strong, place);
        }
        Arc { value: self.value.clone(), counts: self.counts.clone(), of_pointer: false }
    }
}

impl<T: ?Sized> Drop for Arc<T> {
    #[track_caller]
    fn drop(&mut self) {
        let place = Location::caller();
        if !self.counts.is_here() {
            // SAFETY: the field is not used after this.
            return unsafe { ManuallyDrop::drop(&mut self.value) };
        }
        let needs_drop = std::mem::needs_drop::<T>();
        self.counts.fall_with(needs_drop.then(type_name::<T>), needs_drop, place, |_| {
            // SAFETY: the field is not used after this.
            unsafe { ManuallyDrop::drop(&mut self.value) }
        });
    }
}
