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

/// How a word reads in a report.
pub(in crate::api) type Show = fn(u64) -> String;

/// As a `T`.
pub(in crate::api) fn shown_as<T: Word>(word: u64) -> String {
    format!("{:?}", T::from_word(word))
}

/// A location of the model's memory, wherever its handle and its initial value are kept.
///
/// It knows words and not types, so that all of it is compiled here. Code that is generic is compiled in the crates that use it: where
/// their plain accesses are watched, the checker's own would be too.
#[derive(Clone, Copy)]
pub(in crate::api) struct View<'a> {
    pub(in crate::api) handle: &'a Handle,
    pub(in crate::api) initial: u64,
    pub(in crate::api) show: Show,
}

impl View<'_> {
    /// What it holds at this moment of the run. For reports: nothing may depend on it.
    pub(in crate::api) fn newest(&self) -> u64 {
        engine::with(|e| e.newest(self.handle, self.initial))
    }

    #[track_caller]
    pub(in crate::api) fn load(&self, order: Ordering) -> u64 {
        self.load_of(Operation::Load, order)
    }

    /// A load that is one itself, or part of an operation with an ordering of failure.
    #[track_caller]
    pub(in crate::api) fn load_of(&self, operation: Operation, order: Ordering) -> u64 {
        assert!(order != Ordering::Release, "there is no such thing as a release load");
        assert!(order != Ordering::AcqRel, "there is no such thing as an acquire-release load");
        let place = Location::caller();
        let mode = mode(place, operation, order);
        let word = if engine::with(Engine::evaluates) {
            match engine::load_in_condition(self.handle, self.initial, mode, place) {
                Loaded::Read(word) => word,
                Loaded::Tried(word) => return word,
            }
        } else {
            engine::call(|e| e.load(self.handle, self.initial, mode, place))
        };
        let show = self.show;
        tell(place, self.handle, "load", mode, || match engine::with(|e| e.overlooked()) {
            Some((newer, writer)) => format!("{} (stale: {writer} wrote {})", show(word), show(newer)),
            None => show(word),
        });
        word
    }

    #[track_caller]
    pub(in crate::api) fn store(&self, value: u64, order: Ordering) {
        assert!(order != Ordering::Acquire, "there is no such thing as an acquire store");
        assert!(order != Ordering::AcqRel, "there is no such thing as an acquire-release store");
        let place = Location::caller();
        let mode = mode(place, Operation::Store, order);
        engine::call(|e| e.store(self.handle, self.initial, value, mode, place));
        let show = self.show;
        tell(place, self.handle, "store", mode, || show(value));
    }

    /// Replaces what is there by what `apply` makes of it, and returns what was there.
    #[track_caller]
    pub(in crate::api) fn rmw(&self, name: &'static str, order: Ordering, apply: &dyn Fn(u64) -> u64) -> u64 {
        let mode = mode(Location::caller(), Operation::Update, order);
        let update = Update { apply, accepts: Accepts::Any, on_success: mode, on_failure: mode };
        self.update(name, update)
    }

    #[track_caller]
    pub(in crate::api) fn compare_exchange(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        assert!(failure != Ordering::Release, "there is no such thing as a release failure ordering");
        assert!(failure != Ordering::AcqRel, "there is no such thing as an acquire-release failure ordering");
        let place = Location::caller();
        let on_success = mode(place, Operation::Success, success);
        let on_failure = mode(place, Operation::Failure, failure);
        let update = Update { apply: &|_| new, accepts: Accepts::Only(current), on_success, on_failure };
        let read = self.update("compare_exchange", update);
        if read == current { Ok(read) } else { Err(read) }
    }

    #[track_caller]
    pub(in crate::api) fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64> {
        if engine::is_spurious(Spurious::Failure, Location::caller()) {
            // Where it reads something else it fails for a reason, which is explored without this.
            let read = self.load_of(Operation::Failure, failure);
            engine::assume(read == current);
            return Err(current);
        }
        self.compare_exchange(current, new, success, failure)
    }

    #[track_caller]
    fn update(&self, name: &'static str, update: Update<'_>) -> u64 {
        let place = Location::caller();
        let read = engine::call(|e| e.update(self.handle, self.initial, &update, place));
        let show = self.show;
        if update.succeeds(read) {
            let value = (update.apply)(read);
            engine::call(|e| e.update_write(value, place));
            let result = || format!("{}, was {}", show(value), show(read));
            tell(place, self.handle, name, update.on_success, result);
        } else {
            tell(place, self.handle, name, update.on_failure, || format!("fails, is {}", show(read)));
        }
        read
    }

    /// As [`std::sync::atomic::AtomicUsize::fetch_update`]: a load and compare-exchanges until one succeeds.
    #[track_caller]
    pub(in crate::api) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        f: &mut dyn FnMut(u64) -> Option<u64>,
    ) -> Result<u64, u64> {
        let mut before = self.load_of(Operation::Failure, fetch);
        while let Some(next) = f(before) {
            match self.compare_exchange(before, next, set, fetch) {
                Ok(read) => return Ok(read),
                Err(read) => before = read,
            }
        }
        Err(before)
    }

    /// The value, without synchronisation.
    #[track_caller]
    pub(in crate::api) fn unsync_load(&self) -> u64 {
        let place = Location::caller();
        let latest = engine::with(|e| e.unsync_load(self.handle, place));
        engine::check_stop();
        latest.unwrap_or(self.initial)
    }
}

/// As values of its type.
fn typed<T: Word>(result: Result<u64, u64>) -> Result<T, T> {
    result.map(T::from_word).map_err(T::from_word)
}

impl<T: Word> Atomic<T> {
    #[inline(always)]
    fn view(&self) -> View<'_> {
        View { handle: &self.handle, initial: self.initial.into_word(), show: shown_as::<T> }
    }

    /// As [`View::newest`].
    pub(super) fn newest(&self) -> T {
        T::from_word(self.view().newest())
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn load(&self, order: Ordering) -> T {
        T::from_word(self.view().load(order))
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn store(&self, value: T, order: Ordering) {
        self.view().store(value.into_word(), order);
    }

    #[track_caller]
    #[inline(always)]
    pub(super) fn rmw(&self, name: &'static str, order: Ordering, apply: impl Fn(T) -> T) -> T {
        let apply = |word| apply(T::from_word(word)).into_word();
        T::from_word(self.view().rmw(name, order, &apply))
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
        typed(self.view().compare_exchange(current.into_word(), new.into_word(), success, failure))
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
        typed(self.view().compare_exchange_weak(current.into_word(), new.into_word(), success, failure))
    }

    #[track_caller]
    pub(super) fn fetch_update(
        &self,
        set: Ordering,
        fetch: Ordering,
        mut f: impl FnMut(T) -> Option<T>,
    ) -> Result<T, T> {
        typed(self.view().fetch_update(set, fetch, &mut |word| f(T::from_word(word)).map(T::into_word)))
    }

    #[track_caller]
    pub(super) fn update_by(&self, set: Ordering, fetch: Ordering, mut f: impl FnMut(T) -> T) -> T {
        let (Ok(read) | Err(read)) = self.fetch_update(set, fetch, |old| Some(f(old)));
        read
    }

    #[track_caller]
    pub(super) fn unsync_load(&self) -> T {
        T::from_word(self.view().unsync_load())
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
