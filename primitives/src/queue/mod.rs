//! Queues between threads: Python's `queue` module.

mod core;
mod storage;
mod tasks;

use std::fmt;
use std::time::Duration;

use crate::error::{GetError, NoUnfinishedTask, PutError, ShutDown};
use crate::sync::{self, Deadline, constructors};
use crate::time::Instant;

use self::core::Core;
use self::storage::{Fifo, Lifo, Smallest};

/// A queue's type, its constructor, and what the queues do all in the same way.
macro_rules! queues {
    ($(
        $(#[$meta:meta])*
        $name:ident: $storage:ident [$($bound:ident)?],
    )*) => {$(
        $(#[$meta])*
        pub struct $name<T> {
            core: Core<$storage<T>>,
        }

        impl<T $(: $bound)?> $name<T> {
            constructors! {
                /// An empty queue with room for `maxsize` items, or, where that is 0, for any number.
                pub fn new(maxsize: usize) -> Self {
                    $name { core: Core::new($storage::new(), maxsize) }
                }
            }

            /// Blocks until there is room, and puts the item.
            ///
            /// # Errors
            ///
            /// [`ShutDown`], with the item, once the queue is shut down, also while this waits.
            #[inline]
            #[track_caller]
            pub fn put(&self, item: T) -> Result<(), ShutDown<T>> {
                put_or_shut_down(self.core.put("put", item, || Deadline::Never))
            }

            /// Blocks until there is room, and puts the item, or gives up after `timeout`.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
            ///
            /// # Errors
            ///
            /// [`PutError`], with the item.
            #[inline]
            #[track_caller]
            pub fn put_timeout(&self, item: T, timeout: Duration) -> Result<(), PutError<T>> {
                self.core.put("put_timeout", item, || Deadline::after(timeout))
            }

            /// As [`put_timeout`](Self::put_timeout), or gives up at `deadline`. One that has passed is a poll.
            ///
            /// # Errors
            ///
            /// [`PutError`], with the item.
            #[track_caller]
            pub fn put_until(&self, item: T, deadline: Instant) -> Result<(), PutError<T>> {
                self.core.put("put_until", item, || Deadline::until(deadline))
            }

            /// Puts the item if there is room; does not wait for room. Python's `put_nowait`.
            ///
            /// # Errors
            ///
            /// [`PutError`], with the item.
            #[inline]
            #[track_caller]
            pub fn try_put(&self, item: T) -> Result<(), PutError<T>> {
                self.core.put("try_put", item, || Deadline::Now)
            }

            /// Blocks until there is an item, and takes it.
            ///
            /// # Errors
            ///
            /// [`ShutDown`] once the queue is shut down and empty, also while this waits.
            #[inline]
            #[track_caller]
            pub fn get(&self) -> Result<T, ShutDown> {
                get_or_shut_down(self.core.get("get", || Deadline::Never))
            }

            /// Blocks until there is an item, and takes it, or gives up after `timeout`.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
            ///
            /// # Errors
            ///
            /// [`GetError`].
            #[inline]
            #[track_caller]
            pub fn get_timeout(&self, timeout: Duration) -> Result<T, GetError> {
                self.core.get("get_timeout", || Deadline::after(timeout))
            }

            /// As [`get_timeout`](Self::get_timeout), or gives up at `deadline`. One that has passed is a poll.
            ///
            /// # Errors
            ///
            /// [`GetError`].
            #[track_caller]
            pub fn get_until(&self, deadline: Instant) -> Result<T, GetError> {
                self.core.get("get_until", || Deadline::until(deadline))
            }

            /// Takes an item if there is one; does not wait for one. Python's `get_nowait`.
            ///
            /// # Errors
            ///
            /// [`GetError`].
            #[inline]
            #[track_caller]
            pub fn try_get(&self) -> Result<T, GetError> {
                self.core.get("try_get", || Deadline::Now)
            }

            /// Says that an item that was taken has been dealt with, for those that wait in [`join`](Self::join).
            ///
            /// # Errors
            ///
            /// [`NoUnfinishedTask`] when called more often than items were put, as Python raises a `ValueError`.
            #[inline]
            #[track_caller]
            pub fn task_done(&self) -> Result<(), NoUnfinishedTask> {
                let done = self.core.tasks.done();
                sync::step(&self.core, "task_done", if done.is_ok() { "" } else { "no unfinished task" });
                done
            }

            /// Blocks until every item that was put has been [declared done](Self::task_done).
            ///
            /// What was done before those calls happens before the return. An immediate [shutdown](Self::shutdown)
            /// declares what it drops done.
            #[track_caller]
            pub fn join(&self) {
                self.core.tasks.join("join", Deadline::Never);
                sync::step(&self.core, "join", "");
            }

            /// Blocks until every item that was put has been [declared done](Self::task_done), or gives up after `timeout`; says
            /// whether all are. Python has no such call.
            ///
            /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
            #[track_caller]
            pub fn join_timeout(&self, timeout: Duration) -> bool {
                let done = self.core.tasks.join("join_timeout", Deadline::after(timeout));
                sync::step(&self.core, "join_timeout", done);
                done
            }

            /// As [`join_timeout`](Self::join_timeout), or gives up at `deadline`. One that has passed is a poll.
            #[track_caller]
            pub fn join_until(&self, deadline: Instant) -> bool {
                let done = self.core.tasks.join("join_until", Deadline::until(deadline));
                sync::step(&self.core, "join_until", done);
                done
            }

            /// Ends the queue: from here on every put fails, and so does every get once the queue is empty. Who waits for
            /// room fails at once, as does who waits for an item.
            ///
            /// If `immediate`, the items that are left are dropped, and [declared done](Self::task_done) as far as they
            /// are not. Calling this again is no error.
            #[track_caller]
            pub fn shutdown(&self, immediate: bool) {
                self.core.shutdown(immediate);
            }

            /// Whether it has been [shut down](Self::shutdown).
            #[track_caller]
            #[must_use]
            pub fn is_shut_down(&self) -> bool {
                let shut_down = self.core.is_shut_down();
                sync::step(&self.core, "is_shut_down", shut_down);
                shut_down
            }

            /// How many items that were put have not been [declared done](Self::task_done) at this moment: Python's
            /// `unfinished_tasks`.
            ///
            /// By the time the caller acts on it, this may have changed; [`join`](Self::join) waits until there are none.
            #[track_caller]
            #[must_use]
            pub fn unfinished_tasks(&self) -> usize {
                let unfinished = self.core.tasks.unfinished();
                sync::step(&self.core, "unfinished_tasks", unfinished);
                unfinished
            }

            /// Whether there is a limit to the items and it is reached at this moment.
            ///
            /// By the time the caller acts on it, this may have changed.
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn full(&self) -> bool {
                let full = self.core.is_full_at(self.core.length());
                sync::step(&self.core, "full", full);
                full
            }

            /// As [`full`](Self::full), by the name that it would have in Rust.
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn is_full(&self) -> bool {
                self.full()
            }

            /// Takes items as they come, until the queue is shut down and empty: each step is a [`get`](Self::get). Also what
            /// `for item in &queue` does. Who counts tasks calls [`task_done`](Self::task_done) for each.
            #[must_use = "an iterator takes nothing before it is asked to"]
            pub fn iter(&self) -> Items<'_, Self> {
                Items(self)
            }

            /// Takes those items that are there, and stops where there is none: each step is a [`try_get`](Self::try_get).
            #[must_use = "an iterator takes nothing before it is asked to"]
            pub fn try_iter(&self) -> impl Iterator<Item = T> + use<'_, T> {
                std::iter::from_fn(|| self.try_get().ok())
            }

            /// How many items there may be; 0 for any number.
            #[must_use]
            pub fn maxsize(&self) -> usize {
                self.core.maxsize()
            }
        }

        /// Without a limit: Python's default.
        impl<T $(: $bound)?> Default for $name<T> {
            fn default() -> Self {
                $name::new(0)
            }
        }

        impl<T $(: $bound)?> Iterator for Items<'_, $name<T>> {
            type Item = T;

            fn next(&mut self) -> Option<T> {
                self.0.get().ok()
            }
        }

        impl<'a, T $(: $bound)?> IntoIterator for &'a $name<T> {
            type Item = T;
            type IntoIter = Items<'a, $name<T>>;

            fn into_iter(self) -> Items<'a, $name<T>> {
                Items(self)
            }
        }

        common!($name);
    )*};
}

/// The items of a queue, as they come: [`Queue::iter`].
pub struct Items<'a, Q>(&'a Q);

impl<Q: fmt::Debug> fmt::Debug for Items<'_, Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Items").field(self.0).finish()
    }
}

/// What a queue has whatever its items are.
macro_rules! common {
    ($name:ident) => {
        impl<T> $name<T> {
            /// How many items there are at this moment.
            ///
            /// By the time the caller acts on it, this may have changed.
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn qsize(&self) -> usize {
                let size = self.core.length();
                sync::step(&self.core, "qsize", size);
                size
            }

            /// Whether there is no item at this moment. What was done before the get that emptied the queue happens before the
            /// return of `true`.
            ///
            /// By the time the caller acts on it, this may have changed.
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn empty(&self) -> bool {
                let empty = self.core.length() == 0;
                sync::step(&self.core, "empty", empty);
                empty
            }

            /// As [`qsize`](Self::qsize), by the name that it would have in Rust.
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn len(&self) -> usize {
                self.qsize()
            }

            /// As [`empty`](Self::empty), by the name that it would have in Rust.
            #[inline]
            #[track_caller]
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.empty()
            }
        }

        impl<T> fmt::Debug for $name<T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($name))
                    .field("qsize", &self.core.length())
                    .field("maxsize", &self.core.maxsize())
                    .field("shut_down", &self.core.is_shut_down())
                    .finish()
            }
        }
    };
}

queues! {
    /// A queue that gives items back in the order in which they were put: Python's `queue.Queue`.
    ///
    /// ```
    /// use selvedge_primitives::{Queue, Thread};
    ///
    /// static QUEUE: Queue<u32> = Queue::new(10);
    /// let consumer = Thread::new(|| {
    ///     while let Ok(item) = QUEUE.get() {
    ///         println!("{item}");
    ///         QUEUE.task_done().expect("an item was put");
    ///     }
    /// });
    /// consumer.start()?;
    /// for item in 0..100 {
    ///     QUEUE.put(item)?;
    /// }
    /// QUEUE.join();
    /// QUEUE.shutdown(false);
    /// consumer.join()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Any number of threads may put and get. Among those that wait, the one that has waited longest is woken first; but the
    /// queue is not fair: a thread that comes by may take the item or the room before it.
    ///
    /// The queue has a lock inside, which is held for the moment that a put or a get takes. `try_put` and `try_get` may wait for
    /// that, never for room or for an item. There is no poisoning. Where nobody waits, a put or a get makes no system call;
    /// the memory for the items grows as needed.
    ///
    /// Semantics: Python 3.13, `queue`, "Queue objects", [`shutdown`](Queue::shutdown) included.
    Queue: Fifo [],

    /// A queue that gives the item back first that was put last: Python's `queue.LifoQueue`.
    ///
    /// All but the order is as in [`Queue`].
    ///
    /// ```
    /// use selvedge_primitives::LifoQueue;
    ///
    /// let queue = LifoQueue::new(0);
    /// queue.put(1)?;
    /// queue.put(2)?;
    /// assert_eq!((queue.get(), queue.get()), (Ok(2), Ok(1)));
    /// # Ok::<(), selvedge_primitives::ShutDown<i32>>(())
    /// ```
    ///
    /// Semantics: Python 3.13, `queue`.
    LifoQueue: Lifo [],

    /// A queue that gives the smallest item back first: Python's `queue.PriorityQueue`.
    ///
    /// Which of two equal items comes first is not said. All but the order is as in [`Queue`].
    ///
    /// ```
    /// use selvedge_primitives::PriorityQueue;
    ///
    /// let queue = PriorityQueue::new(0);
    /// queue.put((2, "later"))?;
    /// queue.put((1, "first"))?;
    /// assert_eq!(queue.get(), Ok((1, "first")));
    /// # Ok::<(), selvedge_primitives::ShutDown<(i32, &str)>>(())
    /// ```
    ///
    /// Items are compared while the queue's lock is held. A comparison that uses the same queue waits forever. One that panics
    /// leaves the lock free and the queue usable, with some items out of order; the item that was to be put is
    /// in, the one that was to be taken is gone, and those that wait are told of either. It is dropped under the lock: there, and
    /// nowhere else, a drop that uses the same queue waits forever too.
    ///
    /// Semantics: Python 3.13, `queue`.
    PriorityQueue: Smallest [Ord],
}

/// An unbounded queue without tasks, that gives items back in the order in which they were put: Python's `queue.SimpleQueue`.
///
/// ```
/// use selvedge_primitives::SimpleQueue;
///
/// let queue = SimpleQueue::new();
/// queue.put(1);
/// assert_eq!(queue.get(), 1);
/// assert!(queue.empty());
/// ```
///
/// Semantics: Python 3.13, `queue`, "SimpleQueue objects". That a put may interrupt another one of the same thread, which
/// Python's may in a destructor, does not come up: nobody else's code runs while the lock is held.
pub struct SimpleQueue<T> {
    core: Core<Fifo<T>>,
}

impl<T> SimpleQueue<T> {
    constructors! {
        /// An empty queue.
        pub fn new() -> Self {
            SimpleQueue { core: Core::new(Fifo::new(), 0) }
        }
    }

    /// Puts the item; never waits for room. Python's `put`, whose other arguments mean nothing there, and `put_nowait`.
    #[inline]
    #[track_caller]
    pub fn put(&self, item: T) {
        self.core.put("put", item, || Deadline::Now).expect("there is no limit and no shutdown");
    }

    /// Blocks until there is an item, and takes it.
    #[inline]
    #[track_caller]
    pub fn get(&self) -> T {
        self.core.get("get", || Deadline::Never).expect("there is no end to the wait and no shutdown")
    }

    /// Blocks until there is an item, and takes it, or gives up after `timeout`: `None`, where Python raises `queue.Empty`.
    ///
    /// A zero timeout is a poll. One that is too long for the clock, [`Duration::MAX`] among them, waits forever.
    #[inline]
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Option<T> {
        self.core.get("get_timeout", || Deadline::after(timeout)).ok()
    }

    /// As [`get_timeout`](SimpleQueue::get_timeout), or gives up at `deadline`. One that has passed is a poll.
    #[track_caller]
    pub fn get_until(&self, deadline: Instant) -> Option<T> {
        self.core.get("get_until", || Deadline::until(deadline)).ok()
    }

    /// Takes those items that are there, and stops where there is none: each step is a [`try_get`](SimpleQueue::try_get).
    #[must_use = "an iterator takes nothing before it is asked to"]
    pub fn try_iter(&self) -> impl Iterator<Item = T> + use<'_, T> {
        std::iter::from_fn(|| self.try_get())
    }

    /// Takes an item if there is one; does not wait for one. Python's `get_nowait`.
    #[inline]
    #[track_caller]
    pub fn try_get(&self) -> Option<T> {
        self.core.get("try_get", || Deadline::Now).ok()
    }
}

common!(SimpleQueue);

impl<T> Default for SimpleQueue<T> {
    fn default() -> Self {
        SimpleQueue::new()
    }
}

#[inline]
fn put_or_shut_down<T>(put: Result<(), PutError<T>>) -> Result<(), ShutDown<T>> {
    match put {
        Ok(()) => Ok(()),
        Err(PutError::ShutDown(item)) => Err(ShutDown(item)),
        Err(PutError::Full(_)) => {
            unreachable!("a put without a deadline gives up only at the end of the queue")
        }
    }
}

#[inline]
fn get_or_shut_down<T>(get: Result<T, GetError>) -> Result<T, ShutDown> {
    match get {
        Ok(item) => Ok(item),
        Err(GetError::ShutDown) => Err(ShutDown(())),
        Err(GetError::Empty) => {
            unreachable!("a get without a deadline gives up only at the end of the queue")
        }
    }
}
