//! The counts of `Arc`s that have std's form: a pointer to the value and nothing else.
//!
//! Such a handle has no room for what its value's [counts](crate::sync::Arc) are known by, so the value's address finds them. The memory is
//! kept until the execution ends, so the address is no other value's, and a stale pointer finds the counts of the value that is
//! gone. What is not dropped at the end is no leak: nothing says that a program has to.

use std::any::type_name;
use std::panic::Location;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::{Arc, Weak};

use super::places;
use crate::api::sync::{Counts, Exposed};
use crate::engine::{self, Word};

/// What the handles of one value share, in the execution that the value was made in.
pub struct Shared(Arc<Counts>);

impl Shared {
    /// A value of the execution that runs here, with so many strong handles, for all that its address will be asked for. Nothing
    /// outside of a model.
    #[track_caller]
    pub fn begin<T: ?Sized>(pointer: *const T, memory: Weak<T>, strong: usize) {
        if !engine::in_model() {
            return;
        }
        let place = Location::caller();
        let counts = engine::ours(|| Arc::new(Counts::new(type_name::<T>(), strong, place)));
        counts.give_up();
        Exposed::add(pointer, memory, &counts);
    }

    /// Of the value at this address; `None` where it was not made in the execution that runs here.
    pub fn of<T: ?Sized>(pointer: *const T) -> Option<Self> {
        engine::in_model().then(|| Exposed::find(pointer).map(Shared)).flatten()
    }

    /// Another strong handle.
    #[track_caller]
    pub fn more(&self) {
        // Any handle may have been made of a pointer.
        self.0.rise_by_pointer(Word::Strong, Location::caller());
    }

    /// Another weak handle, made of one.
    #[track_caller]
    pub fn more_weak(&self) {
        self.0.rise_by_pointer(Word::Weak, Location::caller());
    }

    /// A weak handle is dropped.
    #[track_caller]
    pub fn fewer_weak(&self) {
        self.0.fall(Word::Weak, Location::caller());
    }

    /// A strong handle to `value` is dropped, which `drops` does. The last drops the value too.
    #[track_caller]
    pub fn fewer<T: ?Sized>(&self, value: *const T, size: usize, drops: impl FnOnce()) {
        let needs_drop = std::mem::needs_drop::<T>();
        let start = value.cast::<()>().addr();
        // The end of the value is that of the atomics in it too.
        self.0.fall_with(needs_drop.then(type_name::<T>), true, Location::caller(), |is_last| {
            drops();
            if is_last {
                places::end(&(start..start + size));
            }
        });
    }

    /// Takes the value from its last strong handle, if that is the last: see [`std::sync::Arc::try_unwrap`].
    #[track_caller]
    pub fn take(&self) -> bool {
        let place = Location::caller();
        let takes = self.0.take_last(Relaxed, place);
        if takes {
            self.0.acquire(place);
            self.0.end(place);
        }
        takes
    }

    /// A strong handle is dropped; whether it was the last, and the value is the caller's.
    #[track_caller]
    pub fn fewer_or_take(&self) -> bool {
        let place = Location::caller();
        let takes = self.0.fall_seen(Word::Strong, place);
        if takes {
            self.0.end(place);
        }
        takes
    }

    /// As [`Shared::take`], for one that may be [given back](Shared::give_back).
    #[track_caller]
    pub fn borrow(&self) -> bool {
        self.0.take_last(Acquire, Location::caller())
    }

    /// Whether there is no weak handle, for who has [borrowed](Shared::borrow) the value.
    #[track_caller]
    pub fn has_no_weak(&self) -> bool {
        self.0.look(Word::Weak, Relaxed, Location::caller()) == 1
    }

    /// What was borrowed is there again.
    #[track_caller]
    pub fn give_back(&self) {
        self.0.give_back(Location::caller());
    }

    /// What was borrowed is gone for good.
    #[track_caller]
    pub fn end(&self) {
        self.0.end(Location::caller());
    }

    /// The value is there, whose handles were made before it.
    #[track_caller]
    pub fn is_made(&self) {
        self.0.begin(Location::caller());
    }

    /// Whether there is no other handle of either kind.
    #[track_caller]
    pub fn is_unique(&self) -> bool {
        self.0.is_unique(Location::caller())
    }

    /// A weak handle made of a strong one.
    #[track_caller]
    pub fn downgrade(&self) {
        self.0.downgrade(Location::caller());
    }

    /// A strong handle made of a weak one, if there is a strong one.
    #[track_caller]
    pub fn upgrade(&self) -> bool {
        self.0.upgrade(Location::caller())
    }

    /// How many strong handles there are.
    #[track_caller]
    pub fn strong(&self) -> usize {
        self.0.look(Word::Strong, Relaxed, Location::caller())
    }

    /// How many weak ones, as a strong one sees it.
    #[track_caller]
    pub fn weak(&self) -> usize {
        self.0.weak_count(Location::caller())
    }

    /// The same as a weak one sees it.
    #[track_caller]
    pub fn weak_by_weak(&self) -> usize {
        self.0.weak_count_by_weak(Location::caller())
    }
}
