//! What the guards of locks share: the lock is given back when they are dropped, and poisoned where their thread panics.

use std::marker::PhantomData;
use std::panic::Location;

use crate::engine::{self, Handle};
use crate::objects::{Call, Object};

/// A lock that is held, and how it is given back.
pub(super) struct Held<'a> {
    handle: &'a Handle,
    object: Object,
    /// Where what the lock protects is: while it is held, its thread may write there.
    data: *const u8,
    /// What gives it back.
    release: u8,
    /// What gives it back poisoned, if it is.
    poison: Option<u8>,
    /// Whether its thread was panicking already when it locked: what it does then poisons nothing.
    panicking: bool,
    /// Where the lock was taken: a guard that goes out of scope is dropped in no line of the model's.
    place: &'static Location<'static>,
    /// Not `Send`, as std's guards.
    _here: PhantomData<*const ()>,
}

impl<'a> Held<'a> {
    pub(super) fn new(
        handle: &'a Handle,
        (object, data): (Object, *const u8),
        release: u8,
        poison: Option<u8>,
        place: &'static Location<'static>,
    ) -> Self {
        let panicking = engine::is_panicking();
        Held { handle, object, data, release, poison, panicking, place, _here: PhantomData }
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        engine::has_written(self.data);
        let poison = self.poison.filter(|_| !self.panicking && engine::is_panicking());
        let call = Call { operation: poison.unwrap_or(self.release), argument: 0 };
        engine::ask(self.handle, self.object, call, self.place);
    }
}

/// The methods of a guard that is mapped to a part of what the lock protects, and of the guard that it is mapped from.
macro_rules! mapped {
    ($mapped:ident, $pointer:ident, |$data:ident| $reference:expr $(, $mut:tt)?) => {
        impl<'a, T: ?Sized> $mapped<'a, T> {
            #[doc = concat!("As [`std::sync::", stringify!($mapped), "`]'s `map`: to a part of that part.")]
            pub fn map<U: ?Sized>(
                guard: Self,
                f: impl FnOnce(& $($mut)? T) -> & $($mut)? U,
            ) -> $mapped<'a, U> {
                let $data = guard.data;
                // SAFETY: the guard has the lock, and nothing else refers to what it has.
                let data = $pointer::from(f(unsafe { $reference }));
                $mapped { data, _held: guard._held, _data: PhantomData }
            }

            #[doc = concat!("As [`std::sync::", stringify!($mapped), "`]'s `filter_map`.")]
            ///
            /// # Errors
            ///
            /// With the guard, where `f` returns `None`.
            pub fn filter_map<U: ?Sized>(
                guard: Self,
                f: impl FnOnce(& $($mut)? T) -> Option<& $($mut)? U>,
            ) -> Result<$mapped<'a, U>, Self> {
                let $data = guard.data;
                // SAFETY: as in `map`; where there is no part, no reference is left.
                match f(unsafe { $reference }).map($pointer::from) {
                    Some(data) => Ok($mapped { data, _held: guard._held, _data: PhantomData }),
                    None => Err(guard),
                }
            }
        }

        impl<T: ?Sized> Deref for $mapped<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                // SAFETY: the guard has the lock for as long as it lives, and this is a part of what the lock protects.
                unsafe { self.data.as_ref() }
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $mapped<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $mapped<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    };
}

pub(super) use mapped;
