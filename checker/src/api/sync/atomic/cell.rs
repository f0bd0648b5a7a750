//! What all atomics share.

use std::panic::Location;
use std::sync::atomic::Ordering;

use crate::audit::Operation;
use crate::engine::{self, Accepts, Engine, Handle, Loaded, Mode, Spurious, Update};
use crate::trace::{self, Record};

/// A value that fits into the engine's words.
pub(in crate::api) trait Word: Copy + std::fmt::Debug {
    fn into_word(self) -> u64;
    fn from_word(word: u64) -> Self;
}

/// The mode of an access with `order`, unless an audit weakens it.
fn mode(place: &'static Location<'static>, operation: Operation, order: Ordering) -> Mode {
    engine::with(|e| e.mode(place, operation, order))
}

/// Writes down an access and its ordering, if somebody will read it.
#[inline]
fn tell(
    place: &'static Location<'static>,
    object: &Handle,
    operation: &'static str,
    mode: Mode,
    result: impl FnOnce() -> String,
) {
    let ordering = Some(mode.into());
    trace::tell(|| Record { result: result(), ordering, ..Record::inner(place.into(), object, operation) });
}

/// A location of the model's memory. The value here is the initial one: what is written lives in the engine.
pub(super) struct Atomic<T> {
    handle: Handle,
    initial: T,
}

impl<T> Atomic<T> {
    pub(super) const fn new(initial: T) -> Self {
        Atomic { handle: Handle::new(), initial }
    }
}

/// A location of the model's memory, wherever its handle and its initial value are kept.
#[derive(Clone, Copy)]
pub(in crate::api) struct View<'a, T> {
    pub(in crate::api) handle: &'a Handle,
    pub(in crate::api) initial: T,
}

impl<T: Word> View<'_, T> {
    /// What it holds at this moment of the run. For reports: nothing may depend on it.
    pub(in crate::api) fn newest(&self) -> T {
        let initial = self.initial.into_word();
        T::from_word(engine::with(|e| e.newest(self.handle, initial)))
    }

    #[track_caller]
    pub(in crate::api) fn load(&self, order: Ordering) -> T {
        self.load_of(Operation::Load, order)
    }

    /// A load that is one itself, or part of an operation with an ordering of failure.
    #[track_caller]
    fn load_of(&self, operation: Operation, order: Ordering) -> T {
        assert!(order != Ordering::Release, "there is no such thing as a release load");
        assert!(order != Ordering::AcqRel, "there is no such thing as an acquire-release load");
        let (initial, place) = (self.initial.into_word(), Location::caller());
        let mode = mode(place, operation, order);
        let word = if engine::with(Engine::evaluates) {
            match engine::load_in_condition(self.handle, initial, mode, place) {
                Loaded::Read(word) => word,
                Loaded::Tried(word) => return T::from_word(word),
            }
        } else {
            engine::call(|e| e.load(self.handle, initial, mode, place))
        };
        let value = T::from_word(word);
        tell(place, self.handle, "load", mode, || match engine::with(|e| e.overlooked()) {
            Some((newer, writer)) => format!("{value:?} (stale: {writer} wrote {:?})", T::from_word(newer)),
            None => format!("{value:?}"),
        });
        value
    }

    #[track_caller]
    pub(in crate::api) fn store(&self, value: T, order: Ordering) {
        assert!(order != Ordering::Acquire, "there is no such thing as an acquire store");
        assert!(order != Ordering::AcqRel, "there is no such thing as an acquire-release store");
        let (initial, place) = (self.initial.into_word(), Location::caller());
        let mode = mode(place, Operation::Store, order);
        engine::call(|e| e.store(self.handle, initial, value.into_word(), mode, place));
        tell(place, self.handle, "store", mode, || format!("{value:?}"));
    }

    /// Replaces what is there by what `apply` makes of it, and returns what was there.
    #[track_caller]
    pub(in crate::api) fn rmw(&self, name: &'static str, order: Ordering, apply: impl Fn(T) -> T) -> T {
        let apply = |word| apply(T::from_word(word)).into_word();
        let mode = mode(Location::caller(), Operation::Update, order);
        let update = Update { apply: &apply, accepts: Accepts::Any, on_success: mode, on_failure: mode };
        T::from_word(self.update(name, update))
    }

    #[track_caller]
    pub(in crate::api) fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        assert!(failure != Ordering::Release, "there is no such thing as a release failure ordering");
        assert!(failure != Ordering::AcqRel, "there is no such thing as an acquire-release failure ordering");
        let (expected, new) = (current.into_word(), new.into_word());
        let place = Location::caller();
        let on_success = mode(place, Operation::Success, success);
        let on_failure = mode(place, Operation::Failure, failure);
        let update = Update { apply: &|_| new, accepts: Accepts::Only(expected), on_success, on_failure };
        let read = self.update("compare_exchange", update);
        if read == expected { Ok(T::from_word(read)) } else { Err(T::from_word(read)) }
    }

    #[track_caller]
    pub(in crate::api) fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        if engine::is_spurious(Spurious::Failure, Location::caller()) {
            // Where it reads something else it fails for a reason, which is explored without this.
            let read = self.load_of(Operation::Failure, failure);
            engine::assume(read.into_word() == current.into_word());
            return Err(current);
        }
        self.compare_exchange(current, new, success, failure)
    }

    #[track_caller]
    fn update(&self, name: &'static str, update: Update<'_>) -> u64 {
        let (initial, place) = (self.initial.into_word(), Location::caller());
        let read = engine::call(|e| e.update(self.handle, initial, &update, place));
        if update.succeeds(read) {
            let value = (update.apply)(read);
            engine::call(|e| e.update_write(value, place));
            tell(place, self.handle, name, update.on_success, || {
                format!("{:?}, was {:?}", T::from_word(value), T::from_word(read))
            });
        } else {
            tell(place, self.handle, name, update.on_failure, || {
                format!("fails, is {:?}", T::from_word(read))
            });
        }
        read
    }

    /// As [`std::sync::atomic::AtomicUsize::fetch_update`]: a load and compare-exchanges until one succeeds.
    #[track_caller]
    pub(in crate::api) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        mut f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        let mut before = self.load_of(Operation::Failure, fetch);
        while let Some(next) = f(before) {
            match self.compare_exchange(before, next, set, fetch) {
                Ok(read) => return Ok(read),
                Err(read) => before = read,
            }
        }
        Err(before)
    }

    /// As [`Atomic::fetch_update`], with an `f` that always has a value.
    #[track_caller]
    pub(in crate::api) fn update_by(&self, set: Ordering, fetch: Ordering, mut f: impl FnMut(T) -> T) -> T {
        let (Ok(read) | Err(read)) = self.fetch_update(set, fetch, |old| Some(f(old)));
        read
    }

    /// The value, without synchronisation.
    #[track_caller]
    pub(in crate::api) fn unsync_load(&self) -> T {
        let place = Location::caller();
        let latest = engine::with(|e| e.unsync_load(self.handle, place));
        engine::check_stop();
        latest.map_or(self.initial, T::from_word)
    }
}

impl<T: Word> Atomic<T> {
    #[inline(always)]
    fn view(&self) -> View<'_, T> {
        View { handle: &self.handle, initial: self.initial }
    }

    /// As [`View::newest`].
    pub(super) fn newest(&self) -> T {
        self.view().newest()
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn load(&self, order: Ordering) -> T {
        self.view().load(order)
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn store(&self, value: T, order: Ordering) {
        self.view().store(value, order);
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn rmw(&self, name: &'static str, order: Ordering, apply: impl Fn(T) -> T) -> T {
        self.view().rmw(name, order, apply)
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn compare_exchange(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        self.view().compare_exchange(current, new, success, failure)
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn compare_exchange_weak(
        &self,
        current: T,
        new: T,
        success: Ordering,
        failure: Ordering,
    ) -> Result<T, T> {
        self.view().compare_exchange_weak(current, new, success, failure)
    }

    #[track_caller]
    pub(super) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        self.view().fetch_update(set, fetch, f)
    }

    #[track_caller]
    pub(super) fn update_by(&self, set: Ordering, fetch: Ordering, f: impl FnMut(T) -> T) -> T {
        self.view().update_by(set, fetch, f)
    }

    #[track_caller]
    pub(super) fn unsync_load(&self) -> T {
        self.view().unsync_load()
    }

    /// The value, of which the caller is the only user.
    #[track_caller]
    pub(super) fn get_mut(&mut self) -> &mut T {
        // Outside of a model nothing was written.
        if engine::in_model() {
            self.initial = self.unsync_load();
            // From here on it is a location of its own, whose initial value is what the caller leaves there.
            self.handle.renew();
        }
        &mut self.initial
    }
}

/// As std's: what a relaxed load reads. Outside of a model it is the initial value.
impl<T: Word> std::fmt::Debug for Atomic<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let value = if engine::in_model() { self.load(Ordering::Relaxed) } else { self.initial };
        value.fmt(f)
    }
}
