//! `Once`, `OnceLock` and `LazyLock`.

use std::cell::Cell;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::{AssertUnwindSafe, Location, RefUnwindSafe, UnwindSafe, catch_unwind, resume_unwind};

use crate::api::slot::Slot;
use crate::engine::{self, Handle};
use crate::objects::{Call, Object, Once as Specification};

/// As [`std::sync::Once`]. An initialisation that panics leaves it poisoned: see [`sync`](super).
#[derive(Debug, Default)]
pub struct Once {
    handle: Handle,
}

/// A [`Once`] on which nothing has run, as std had it before constants could be made by functions.
#[allow(clippy::declare_interior_mutable_const, reason = "std's is one too")]
pub const ONCE_INIT: Once = Once::new();

/// As [`std::sync::OnceState`].
pub struct OnceState {
    poisoned: bool,
    leaves_poisoned: Cell<bool>,
}

impl OnceState {
    /// As [`std::sync::OnceState::is_poisoned`]: whether an initialisation before this one has panicked.
    pub fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl fmt::Debug for OnceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceState").field("poisoned", &self.poisoned).finish()
    }
}

impl Once {
    /// Nothing has run.
    pub const fn new() -> Self {
        Once { handle: Handle::new() }
    }

    fn ask(&self, operation: u8, forces: bool, place: &'static Location<'static>) -> u32 {
        let call = Call { operation, argument: forces.into() };
        engine::ask(&self.handle, Object::Once, call, place)
    }

    fn is_known_to_be_done(&self, place: &'static Location<'static>) -> bool {
        engine::with(|e| e.knows_done(&self.handle, place))
    }

    /// As [`std::sync::Once::call_once`]: runs `f` if nobody has, or waits until it has been run.
    ///
    /// # Panics
    ///
    /// When an initialisation has panicked, and with the panic of `f`.
    #[track_caller]
    pub fn call_once(&self, f: impl FnOnce()) {
        if !self.run(false, Location::caller(), |_| f()) {
            panic!("Once instance has previously been poisoned");
        }
    }

    /// As [`std::sync::Once::call_once_force`]: as [`Once::call_once`], also where an initialisation has panicked.
    ///
    /// # Panics
    ///
    /// With the panic of `f`.
    #[track_caller]
    pub fn call_once_force(&self, f: impl FnOnce(&OnceState)) {
        self.run(true, Location::caller(), f);
    }

    /// Runs `f` if nobody has, or waits until that is done. False where it is poisoned, and nobody `forces` it.
    fn run(&self, forces: bool, place: &'static Location<'static>, f: impl FnOnce(&OnceState)) -> bool {
        if self.is_known_to_be_done(place) {
            return true;
        }
        let answer = self.ask(Specification::BEGIN, forces, place);
        let poisoned = answer == Specification::POISONED;
        if answer == 0 || poisoned && !forces {
            return !poisoned;
        }
        let state = OnceState { poisoned, leaves_poisoned: Cell::new(false) };
        match catch_unwind(AssertUnwindSafe(|| f(&state))) {
            Ok(()) if state.leaves_poisoned.get() => self.ask(Specification::ABORT, false, place),
            Ok(()) => self.ask(Specification::COMPLETE, false, place),
            Err(panic) => {
                self.ask(Specification::ABORT, false, place);
                resume_unwind(panic)
            }
        };
        true
    }

    /// As [`std::sync::Once::is_completed`].
    #[track_caller]
    pub fn is_completed(&self) -> bool {
        let place = Location::caller();
        self.is_known_to_be_done(place) || self.ask(Specification::LOOK, false, place) == 1
    }

    /// As [`std::sync::Once::wait`]: waits until an initialisation is complete, and begins none.
    ///
    /// # Panics
    ///
    /// When an initialisation has panicked.
    #[track_caller]
    pub fn wait(&self) {
        let place = Location::caller();
        if !self.is_known_to_be_done(place)
            && self.ask(Specification::WAIT, false, place) == Specification::POISONED
        {
            panic!("Once instance has previously been poisoned");
        }
    }

    /// As [`std::sync::Once::wait_force`]: as [`Once::wait`], and goes on waiting where an initialisation has panicked.
    #[track_caller]
    pub fn wait_force(&self) {
        let place = Location::caller();
        if !self.is_known_to_be_done(place) {
            self.ask(Specification::WAIT, true, place);
        }
    }
}

impl UnwindSafe for Once {}
impl RefUnwindSafe for Once {}

/// As [`std::sync::OnceLock`]. An initialisation that panics leaves it without a value, and not poisoned.
pub struct OnceLock<T> {
    once: Once,
    value: Slot<Option<T>>,
}

// SAFETY: the value is written by the one thread that initialises, before the initialisation is complete, and only read
// after that.
unsafe impl<T: Send + Sync> Sync for OnceLock<T> {}
// SAFETY: the lock is moved with its value.
unsafe impl<T: Send> Send for OnceLock<T> {}

impl<T: UnwindSafe> UnwindSafe for OnceLock<T> {}
impl<T: RefUnwindSafe + UnwindSafe> RefUnwindSafe for OnceLock<T> {}

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

    /// As [`std::sync::OnceLock::wait`]: waits until there is a value.
    #[track_caller]
    pub fn wait(&self) -> &T {
        self.once.wait_force();
        self.initialised()
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
    ///
    /// # Panics
    ///
    /// With the panic of `f`.
    #[track_caller]
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        self.once.run(true, Location::caller(), |_| {
            let value = f();
            // SAFETY: this thread is the one that initialises.
            unsafe { *self.value.get() = Some(value) };
        });
        self.initialised()
    }

    /// A value, or the error of `f`, which leaves it without one: std's `get_or_try_init`, which is unstable there.
    ///
    /// # Errors
    ///
    /// With that of `f`.
    ///
    /// # Panics
    ///
    /// With the panic of `f`.
    #[track_caller]
    pub fn get_or_try_init<E>(&self, f: impl FnOnce() -> Result<T, E>) -> Result<&T, E> {
        let mut error = None;
        self.once.run(true, Location::caller(), |state| match f() {
            // SAFETY: this thread is the one that initialises.
            Ok(value) => unsafe { *self.value.get() = Some(value) },
            Err(failed) => {
                error = Some(failed);
                state.leaves_poisoned.set(true);
            }
        });
        error.map_or_else(|| Ok(self.initialised()), Err)
    }

    /// As [`std::sync::OnceLock::get_mut`].
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut().as_mut()
    }

    /// As [`std::sync::OnceLock::into_inner`].
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// As [`std::sync::OnceLock::take`]: takes the value out, and it is as new.
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
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

impl<T: Clone> Clone for OnceLock<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        self.get().map_or_else(OnceLock::new, |value| OnceLock::from(value.clone()))
    }
}

impl<T> From<T> for OnceLock<T> {
    /// A lock that has a value.
    #[track_caller]
    fn from(value: T) -> Self {
        let lock = OnceLock::new();
        lock.get_or_init(|| value);
        lock
    }
}

impl<T: PartialEq> PartialEq for OnceLock<T> {
    #[track_caller]
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceLock<T> {}

impl<T> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceLock").finish_non_exhaustive()
    }
}

/// As [`std::sync::LazyLock`]. An initialiser that panics leaves it poisoned: see [`sync`](super).
pub struct LazyLock<T, F = fn() -> T> {
    once: Once,
    value: Slot<Option<T>>,
    init: Slot<Cell<Option<F>>>,
}

// SAFETY: `init` is taken, and the value written, by the one thread that initialises, before that is complete.
unsafe impl<T: Send + Sync, F: Send> Sync for LazyLock<T, F> {}

impl<T: UnwindSafe, F: UnwindSafe> UnwindSafe for LazyLock<T, F> {}
impl<T: RefUnwindSafe + UnwindSafe, F: UnwindSafe> RefUnwindSafe for LazyLock<T, F> {}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// What `f` returns when it is first asked for.
    pub const fn new(f: F) -> Self {
        LazyLock { once: Once::new(), value: Slot::new(None), init: Slot::new(Cell::new(Some(f))) }
    }

    /// As [`std::sync::LazyLock::force`].
    ///
    /// # Panics
    ///
    /// When the initialiser has panicked, and with its panic.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.initialise(Location::caller());
        // SAFETY: the initialisation is complete, so nobody writes any more.
        unsafe { (*this.value.get()).as_ref() }.expect("an initialisation leaves a value")
    }

    /// As [`std::sync::LazyLock::force_mut`].
    ///
    /// # Panics
    ///
    /// As [`LazyLock::force`].
    #[track_caller]
    pub fn force_mut(this: &mut Self) -> &mut T {
        this.initialise(Location::caller());
        this.value.get_mut().as_mut().expect("an initialisation leaves a value")
    }

    #[track_caller]
    fn initialise(&self, place: &'static Location<'static>) {
        let done = self.once.run(false, place, |_| {
            // SAFETY: only the one thread that initialises comes here.
            let init = unsafe { (*self.init.get()).take() };
            let value = init.expect("an initialiser runs once")();
            // SAFETY: as above.
            unsafe { *self.value.get() = Some(value) };
        });
        assert!(done, "LazyLock instance has previously been poisoned");
    }
}

impl<T, F> LazyLock<T, F> {
    /// As [`std::sync::LazyLock::get`]: the value, if it is initialised.
    #[track_caller]
    pub fn get(this: &Self) -> Option<&T> {
        // SAFETY: where the initialisation is complete nobody writes any more.
        this.once.is_completed().then(|| unsafe { (*this.value.get()).as_ref() }).flatten()
    }

    /// As [`std::sync::LazyLock::get_mut`].
    pub fn get_mut(this: &mut Self) -> Option<&mut T> {
        this.value.get_mut().as_mut()
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

impl<T, F: FnOnce() -> T> DerefMut for LazyLock<T, F> {
    #[track_caller]
    fn deref_mut(&mut self) -> &mut T {
        LazyLock::force_mut(self)
    }
}

impl<T: Default> Default for LazyLock<T> {
    fn default() -> Self {
        LazyLock::new(T::default)
    }
}

impl<T, F> fmt::Debug for LazyLock<T, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LazyLock").finish_non_exhaustive()
    }
}
