//! What all queues have in common: putting, getting, waiting for room or for an item, and the end of both.

use std::panic::resume_unwind;

use super::storage::Storage;
use super::tasks::{self, Tasks};
use crate::drops::drop_each;
use crate::error::{GetError, PutError};
use crate::guarded::{Guarded, Held};
use crate::sync::atomic::{AtomicUsize, Ordering::Acquire, Ordering::Relaxed, Ordering::Release};
use crate::sync::{self, Deadline, Spin, Waiters, Wake, constructors};

/// Items under a lock, and two queues of waiting threads.
///
/// A thread that finds nothing to get links itself into `not_empty` *before* it gives up the lock, and says so under the
/// lock; a put that finds this said wakes one, and notes whether more are left. So whether somebody waits is known under the
/// lock, exactly but for those who have just given up, and a put that nobody waits for does nothing but put.
/// The same holds for `not_full` with the roles exchanged. The lock is always taken before a queue of waiters' mutex.
///
/// # Why one wake for each item is enough
///
/// Whenever the lock is free: if threads are linked in `not_empty`, there are at most as many items as threads that were
/// woken there and have not looked since. A put adds an item and, if somebody is linked, one who was woken. A woken
/// thread's look takes an item, or finds none, and then nothing is claimed. Any other thread that gets one only takes an item
/// away. A thread links itself only when there are none. One that times out was linked and no longer is: it takes nothing with
/// it, since a wake-up that has reached a thread counts even if its time is up (see [`Waiters`]); and it looks once more,
/// as those that are woken do, so an item that came just in time is taken. With that, no thread waits while an item is
/// there that nobody is on the way to. For room the argument is the same: there, what a get adds is a free place.
///
/// # Orderings
///
/// The items are ordered by the lock. `length` mirrors their number for those that only look: written under the lock
/// with `Release` and read with `Acquire`, so that who sees that a queue is empty sees what was done before the get that
/// emptied it. While spinning it is a hint, and `Relaxed`.
///
/// Who only looks takes no lock, and so may see a put, or a shutdown that drops items, at work: between them and the tasks it
/// never sees fewer unfinished tasks than items that nobody has got. A put counts its task first and its item then; a shutdown
/// takes the items away first and their tasks then.
pub(super) struct Core<S> {
    contents: Guarded<Contents<S>>,
    length: AtomicUsize,
    /// 0: no limit.
    maxsize: usize,
    not_empty: Waiters,
    not_full: Waiters,
    pub(super) tasks: Tasks,
}

/// What the lock guards.
pub(super) struct Contents<S> {
    items: S,
    /// Threads may be linked in `not_empty`.
    getters: bool,
    /// Threads may be linked in `not_full`.
    putters: bool,
    shut_down: bool,
}

impl<S> Core<S> {
    constructors! {
        pub(super) fn new(items: S, maxsize: usize) -> Self {
            Core {
                contents: Guarded::new(Contents { items, getters: false, putters: false, shut_down: false }),
                length: AtomicUsize::new(0),
                maxsize,
                not_empty: Waiters::new(),
                not_full: Waiters::new(),
                tasks: tasks::new(),
            }
        }
    }

    pub(super) fn maxsize(&self) -> usize {
        self.maxsize
    }

    #[inline]
    pub(super) fn length(&self) -> usize {
        self.length.load(Acquire)
    }

    /// Says how many items there are. A thread that sees it sees what came before the put or the get.
    #[inline]
    fn set_length(&self, length: usize) {
        self.length.store(length, Release);
    }

    #[inline]
    pub(super) fn is_full_at(&self, length: usize) -> bool {
        self.maxsize != 0 && length >= self.maxsize
    }

    pub(super) fn is_shut_down(&self) -> bool {
        self.contents.hold("is_shut_down").shut_down
    }
}

impl<S: Storage> Core<S> {
    #[inline]
    #[track_caller]
    pub(super) fn put(
        &self,
        operation: &'static str,
        item: S::Item,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<(), PutError<S::Item>> {
        let contents = self.contents.hold(operation);
        if contents.shut_down || self.is_full_at(contents.items.len()) {
            return self.put_slow(operation, contents, item, deadline);
        }
        self.push(operation, contents, item);
        Ok(())
    }

    #[cold]
    #[track_caller]
    fn put_slow<'a>(
        &'a self,
        operation: &'static str,
        mut contents: Held<'a, Contents<S>>,
        item: S::Item,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<(), PutError<S::Item>> {
        let mut deadline = deadline();
        let mut spin = Spin::new();
        loop {
            if contents.shut_down {
                sync::step(self, operation, "shut down");
                return Err(PutError::ShutDown(item));
            }
            if !self.is_full_at(contents.items.len()) {
                self.push(operation, contents, item);
                return Ok(());
            }
            if deadline == Deadline::Now {
                sync::step(self, operation, "full");
                return Err(PutError::Full(item));
            }
            if !contents.putters && spin.spin() {
                drop(contents);
                while self.is_full_at(self.length.load(Relaxed)) && spin.spin() {}
            } else {
                let waiting = self.not_full.lock();
                contents.putters = true;
                drop(contents);
                sync::blocks(self, operation);
                match waiting.wait(Spin::spent(), deadline) {
                    Wake::Woken => spin = Spin::new(),
                    Wake::TimedOut => deadline = Deadline::Now,
                }
            }
            contents = self.contents.hold(operation);
        }
    }

    /// Adds an item for which there is room, and wakes a thread that waits for one.
    #[inline]
    #[track_caller]
    fn push(&self, operation: &'static str, mut contents: Held<'_, Contents<S>>, item: S::Item) {
        let length = contents.items.len() + 1;
        // A task before an item: the thread that has seen the item, and joins, waits for it.
        self.tasks.put();
        // Counted before it is in: should a comparison panic, it is in nevertheless.
        self.set_length(length);
        let pushed = contents.items.push(item);
        sync::step(self, operation, format_args!("size {length}"));
        if contents.getters {
            let mut waiting = self.not_empty.lock();
            contents.getters = waiting.is_longer_than(1);
            // The lock first: the woken thread wants it.
            drop(contents);
            waiting.wake(1);
        } else {
            drop(contents);
        }
        // Not before those that wait have been told.
        pushed.unwrap_or_else(|payload| resume_unwind(payload));
    }

    #[inline]
    #[track_caller]
    pub(super) fn get(
        &self,
        operation: &'static str,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<S::Item, GetError> {
        let contents = self.contents.hold(operation);
        if contents.items.len() == 0 {
            return self.get_slow(operation, contents, deadline);
        }
        Ok(self.pop(operation, contents))
    }

    #[cold]
    #[track_caller]
    fn get_slow<'a>(
        &'a self,
        operation: &'static str,
        mut contents: Held<'a, Contents<S>>,
        deadline: impl FnOnce() -> Deadline,
    ) -> Result<S::Item, GetError> {
        let mut deadline = deadline();
        let mut spin = Spin::new();
        loop {
            if contents.items.len() != 0 {
                return Ok(self.pop(operation, contents));
            }
            if contents.shut_down {
                sync::step(self, operation, "shut down");
                return Err(GetError::ShutDown);
            }
            if deadline == Deadline::Now {
                sync::step(self, operation, "empty");
                return Err(GetError::Empty);
            }
            if !contents.getters && spin.spin() {
                drop(contents);
                while self.length.load(Relaxed) == 0 && spin.spin() {}
            } else {
                let waiting = self.not_empty.lock();
                contents.getters = true;
                drop(contents);
                sync::blocks(self, operation);
                match waiting.wait(Spin::spent(), deadline) {
                    Wake::Woken => spin = Spin::new(),
                    Wake::TimedOut => deadline = Deadline::Now,
                }
            }
            contents = self.contents.hold(operation);
        }
    }

    /// Removes an item, of which there is one at least, and wakes a thread that waits for room.
    #[inline]
    #[track_caller]
    fn pop(&self, operation: &'static str, mut contents: Held<'_, Contents<S>>) -> S::Item {
        let length = contents.items.len() - 1;
        // Counted before it is out: should a comparison panic, it is out nevertheless.
        self.set_length(length);
        let seen = "the caller has seen an item under the lock";
        let popped = contents.items.pop().map(|item| item.expect(seen));
        sync::step(self, operation, format_args!("size {length}"));
        if contents.putters {
            let mut waiting = self.not_full.lock();
            contents.putters = waiting.is_longer_than(1);
            // The lock first: the woken thread wants it.
            drop(contents);
            waiting.wake(1);
        } else {
            drop(contents);
        }
        // Not before those that wait have been told.
        popped.unwrap_or_else(|payload| resume_unwind(payload))
    }

    /// Ends all putting; and all getting too if `immediate`, by dropping the items.
    #[track_caller]
    pub(super) fn shutdown(&self, immediate: bool) {
        let mut contents = self.contents.hold("shutdown");
        contents.shut_down = true;
        let dropped = immediate.then(|| {
            self.set_length(0);
            self.tasks.finish(contents.items.len());
            contents.items.take()
        });
        sync::step(self, "shutdown", if immediate { "immediate" } else { "" });
        if contents.getters {
            contents.getters = false;
            self.not_empty.lock().wake(usize::MAX);
        }
        if contents.putters {
            contents.putters = false;
            self.not_full.lock().wake(usize::MAX);
        }
        drop(contents);
        // Without the lock: a drop is somebody else's code.
        drop_each(dropped.into_iter().flatten());
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Thread;
    use crate::queue::storage::Fifo;

    #[test]
    fn a_queue_is_as_new_when_nobody_waits_at_it_any_more() {
        sync::model(|| {
            let core = Arc::new(Core::new(Fifo::new(), 1));
            let other = Thread::new({
                let core = core.clone();
                move || {
                    core.get("get", || Deadline::Never).unwrap();
                    core.get("get", || Deadline::Never).unwrap();
                }
            });
            other.start().unwrap();
            core.put("put", 1, || Deadline::Never).unwrap();
            core.put("put", 2, || Deadline::Never).unwrap();
            other.join().unwrap();
            let contents = core.contents.hold("test");
            assert!(!contents.getters && !contents.putters);
        });
    }

    #[cfg(real_threads)]
    mod comparisons_that_panic {
        use std::cell::Cell;
        use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
        use std::thread;

        use super::*;
        use crate::queue::storage::Smallest;

        std::thread_local! {
            /// Whether comparisons panic on this thread.
            static FAILS: Cell<bool> = const { Cell::new(false) };
        }

        struct Touchy(u32);

        impl PartialEq for Touchy {
            fn eq(&self, other: &Self) -> bool {
                self.0 == other.0
            }
        }

        impl Eq for Touchy {}

        impl PartialOrd for Touchy {
            fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl Ord for Touchy {
            fn cmp(&self, other: &Self) -> std::cmp::Ordering {
                if FAILS.get() {
                    resume_unwind(Box::new("on purpose"))
                }
                self.0.cmp(&other.0)
            }
        }

        fn panicked(body: impl FnOnce()) -> bool {
            catch_unwind(AssertUnwindSafe(body)).is_err()
        }

        #[test]
        fn a_put_wakes_a_thread_that_waits_for_an_item_though_its_comparison_panics() {
            let core = Core::new(Smallest::<Touchy>::new(), 0);
            thread::scope(|s| {
                let waiting = s.spawn(|| core.get("get", || Deadline::Never).map(|item| item.0));
                while !core.contents.hold("test").getters {
                    thread::yield_now();
                }
                // As one does whose woken thread has not come yet.
                assert!(core.contents.hold("test").items.push(Touchy(1)).is_ok());
                FAILS.set(true);
                let put = || drop(core.put("put", Touchy(2), || Deadline::Never));
                assert!(panicked(put));
                FAILS.set(false);
                let woken = core.not_empty.lock().is_empty();
                core.not_empty.lock().wake(1);
                assert!(waiting.join().unwrap().is_ok());
                assert!(woken, "the item is in, and nobody was told");
            });
        }

        #[test]
        fn a_get_wakes_a_thread_that_waits_for_room_though_its_comparison_panics() {
            let core = Core::new(Smallest::<Touchy>::new(), 3);
            let put = |n| core.put("put", Touchy(n), || Deadline::Never).is_ok();
            assert!((1..=3).all(put));
            thread::scope(|s| {
                let waiting = s.spawn(|| put(0));
                while !core.contents.hold("test").putters {
                    thread::yield_now();
                }
                FAILS.set(true);
                assert!(panicked(|| drop(core.get("get", || Deadline::Never))));
                FAILS.set(false);
                let woken = core.not_full.lock().is_empty();
                core.not_full.lock().wake(1);
                assert!(waiting.join().unwrap());
                assert!(woken, "the item is out, and nobody was told");
            });
        }
    }
}
