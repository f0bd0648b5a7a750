//! `Once`, `OnceLock` and `LazyLock`.

use std::cell::Cell;
use std::fmt;
use std::ops::Deref;
use std::panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind};

use crate::api::slot::Slot;
use crate::engine::{self, Handle};
use crate::objects::{Call, Object, Once as Specification};

/// As [`std::sync::Once`]. An initialisation that panics leaves it as it was: a panic that is not caught fails the
/// execution, so there is no poison.
#[derive(Debug, Default)]
pub struct Once {
    handle: Handle,
}

impl Once {
    /// Nothing has run.
    pub const fn new() -> Self {
        Once { handle: Handle::new() }
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::Once, Call { operation, argument: 0 }, place)
    }

    /// As [`std::sync::Once::call_once`]: runs `f` if nobody has, or waits until it has been run.
    #[track_caller]
    pub fn call_once(&self, f: impl FnOnce()) {
        let place = Location::caller();
        if engine::with(|e| e.knows_done(&self.handle, place)) {
            return;
        }
        if self.ask(Specification::BEGIN, place) == 1 {
            match catch_unwind(AssertUnwindSafe(f)) {
                Ok(()) => self.ask(Specification::COMPLETE, place),
                Err(panic) => {
                    self.ask(Specification::ABORT, place);
                    resume_unwind(panic)
                }
            };
        }
    }

    /// As [`std::sync::Once::is_completed`].
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        let place = Location::caller();
        engine::with(|e| e.knows_done(&self.handle, place)) || self.ask(Specification::LOOK, place) == 1
    }
}

/// As [`std::sync::OnceLock`].
pub struct OnceLock<T> {
    once: Once,
    value: Slot<Option<T>>,
}

// SAFETY: the value is written by the one thread that initialises, before the initialisation is complete, and only read
// after that.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
// SAFETY: the lock is moved with its value.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T> OnceLock<T> {
    /// Without a value.
    pub const fn new() -> Self {
        OnceLock { once: Once::new(), value: Slot::new(None) }
    }

    /// As [`std::sync::OnceLock::get`].
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        if self.once.is_completed() { Some(self.initialised()) } else { None }
    }

    /// As [`std::sync::OnceLock::set`].
    ///
    /// # Errors
    ///
    /// With `value`, when there is one already.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("an initialiser runs once"));
        value.map_or(Ok(()), Err)
    }

    /// As [`std::sync::OnceLock::get_or_init`].
    #[track_caller]
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        self.once.call_once(|| {
            let value = f();
            // SAFETY: this thread is the one that initialises.
            unsafe { *self.value.get() = Some(value) };
        });
        self.initialised()
    }

    /// As [`std::sync::OnceLock::get_mut`].
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// As [`std::sync::OnceLock::into_inner`].
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    fn initialised(&self) -> &T {
        // SAFETY: the initialisation is complete, so nobody writes any more.
        unsafe { (*self.value.get()).as_ref() }.expect("an initialisation leaves a value")
    }
}

impl<T> Default for OnceLock<T> {
    fn default() -> Self {
        OnceLock::new()
    }
}

impl<T> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceLock").finish_non_exhaustive()
    }
}

/// As [`std::sync::LazyLock`].
pub struct LazyLock<T, F = fn() -> T> {
    once: OnceLock<T>,
    init: Slot<Cell<Option<F>>>,
}

// SAFETY: `init` is taken by the one thread that initialises.
unsafe impl<T: Send + Sync, F: Send> Sync for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// What `f` returns when it is first asked for.
    pub const fn new(f: F) -> Self {
        LazyLock { once: OnceLock::new(), init: Slot::new(Cell::new(Some(f))) }
    }

    /// As [`std::sync::LazyLock::force`].
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.once.get_or_init(|| {
            // SAFETY: only the one thread that initialises comes here.
            let init = unsafe { (*this.init.get()).take() };
            init.expect("an initialiser runs once")()
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyLock").finish_non_exhaustive()
    }
}
