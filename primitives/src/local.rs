//! Values that each thread has its own of: Python's `threading.local`.
//!
//! Each thread keeps its values in a table of its own, found by a number that each [`Local`] draws once and nobody draws
//! again. So an access takes no lock, and a value never leaves its thread, not even to be dropped: when a `Local` goes away,
//! it says so to each thread that has a value, and that drops it with its next access to any `Local`, or at its end.

use std::any::Any;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use crate::drops::{Payload, drop_each, drop_each_caught};
use crate::sync::thread_locals;

/// A value that each thread has its own of: Python's `threading.local`.
///
/// ```
/// use selvedge_primitives::{Local, Thread};
///
/// static NUMBER: Local<u32> = Local::new();
/// NUMBER.set(7);
/// let thread = Thread::new(|| assert_eq!(NUMBER.get(), None, "another thread's value is not seen"));
/// thread.start()?;
/// thread.join()?;
/// assert_eq!(NUMBER.get(), Some(7));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// A `Local` starts empty in each thread, where Python's attributes raise `AttributeError`; or
/// [with a value of its initialiser](Local::with_init), where Python's programs make a subclass.
///
/// No thread ever sees another's value, so the values need not be [`Send`], and no access takes a lock or waits. A value is
/// dropped by its own thread: when it is replaced or taken, at the end of the thread (before [`join`](crate::Thread::join)
/// returns), or, once the `Local` itself was dropped, with that thread's next access to any `Local`. So a thread that touches none
/// any more keeps the values of those that are gone until it ends.
///
/// Where the drop of a value panics, the access in which that happens does, when all is dropped that was to be; at the end of a thread
/// the panic goes no further than the panic hook of [`std`].
///
/// Where a thread is so far gone that its thread-locals have been dropped, a `Local` is empty and keeps nothing.
///
/// Semantics: Python 3.13, `threading`, "Thread-local data".
pub struct Local<T> {
    key: OnceLock<Key>,
    init: Init<T>,
}

/// What makes a thread's first value.
enum Init<T> {
    Nothing,
    Function(fn() -> T),
    Closure(Box<dyn Fn() -> T + Send + Sync>),
}

/// What the tables know a [`Local`] by.
struct Key {
    number: u64,
    /// The threads that have a value, or had: each is told when the `Local` goes.
    threads: Mutex<Vec<Weak<Orphans>>>,
}

/// The numbers of those `Local`s that are gone and of which a thread may have values still.
struct Orphans {
    /// Whether there are any, so that an access need not take the mutex to know. `Relaxed`, and written under the mutex, which orders
    /// all that matters: a thread that is late to see this looks with a later access, or ends.
    any: AtomicBool,
    numbers: Mutex<Vec<u64>>,
}

/// One thread's value: an `Rc<Value<T>>`, for the `T` of the `Local` that has its number.
type Entry = Rc<dyn Any>;

type Value<T> = RefCell<Option<T>>;

/// One thread's values. By number, so that they are dropped in the order in which their `Local`s were first used.
struct Table {
    entries: BTreeMap<u64, Entry>,
    /// Made with the first entry.
    orphans: Option<Arc<Orphans>>,
}

thread_locals! {
    static TABLE: RefCell<Table> = RefCell::new(Table { entries: BTreeMap::new(), orphans: None });
}

impl<T: 'static> Local<T> {
    /// Nothing, in every thread.
    pub const fn new() -> Self {
        Local { key: OnceLock::new(), init: Init::Nothing }
    }

    /// In each thread what `init` returns there. It is called once in each thread that touches the `Local`, by its first
    /// access of any kind; while it runs, the `Local` is empty. If it panics, that access does, and the next one calls it
    /// again, as Python calls the `__init__` of a subclass again that has raised an exception.
    pub const fn with_init(init: fn() -> T) -> Self {
        Local { key: OnceLock::new(), init: Init::Function(init) }
    }

    /// As [`with_init`](Local::with_init), with a closure, which may hold what Python's programs pass to the initialiser as arguments.
    ///
    /// ```
    /// use selvedge_primitives::Local;
    ///
    /// let name = "worker".to_owned();
    /// let local = Local::made_by(move || name.clone());
    /// assert_eq!(local.get().as_deref(), Some("worker"));
    /// ```
    pub fn made_by(init: impl Fn() -> T + Send + Sync + 'static) -> Self {
        Local { key: OnceLock::new(), init: Init::Closure(Box::new(init)) }
    }

    /// This thread's value.
    ///
    /// # Panics
    ///
    /// Inside [`with_mut`](Local::with_mut) of the same `Local`.
    pub fn get(&self) -> Option<T>
    where
        T: Clone,
    {
        self.with(T::clone)
    }

    /// Gives this thread the value; returns the one before.
    ///
    /// # Panics
    ///
    /// Inside [`with`](Local::with) or [`with_mut`](Local::with_mut) of the same `Local`.
    pub fn set(&self, value: T) -> Option<T> {
        self.value().borrow_mut().replace(value)
    }

    /// Takes this thread's value; it has none after that, and no initialiser makes one: Python's `del`.
    ///
    /// # Panics
    ///
    /// Inside [`with`](Local::with) or [`with_mut`](Local::with_mut) of the same `Local`.
    pub fn take(&self) -> Option<T> {
        self.value().borrow_mut().take()
    }

    /// What `f` makes of this thread's value; `None` if there is none.
    ///
    /// # Panics
    ///
    /// Inside [`with_mut`](Local::with_mut) of the same `Local`.
    pub fn with<R>(&self, f: impl FnOnce(&T) -> R) -> Option<R> {
        let value = self.value();
        let value = Ref::filter_map(value.borrow(), Option::as_ref).ok()?;
        Some(f(&value))
    }

    /// What `f` makes of this thread's value, which it may change; `None` if there is none.
    ///
    /// # Panics
    ///
    /// Inside [`with`](Local::with) or [`with_mut`](Local::with_mut) of the same `Local`.
    pub fn with_mut<R>(&self, f: impl FnOnce(&mut T) -> R) -> Option<R> {
        let value = self.value();
        let mut value = RefMut::filter_map(value.borrow_mut(), Option::as_mut).ok()?;
        Some(f(&mut value))
    }

    /// This thread's value. No borrow of the table outlives this, so whatever is done to the value may use other `Local`s.
    fn value(&self) -> Rc<Value<T>> {
        let key = self.key.get_or_init(Key::draw);
        let known = TABLE.try_with(|table| {
            let table = table.borrow();
            let orphans = table.orphans.as_ref().is_some_and(|orphans| orphans.any.load(Relaxed));
            (table.entries.get(&key.number).cloned(), orphans)
        });
        let value = match known {
            Ok((Some(value), false)) => value,
            Ok((value, orphans)) => {
                let value = value.unwrap_or_else(|| self.first_access(key));
                if orphans {
                    // Not before the value is there: a drop may panic.
                    drop_each(TABLE.with(|table| table.borrow_mut().take_orphans()));
                }
                value
            }
            Err(_) => Rc::new(Value::<T>::new(None)),
        };
        value.downcast().expect("a number belongs to one `Local` and so to one type")
    }

    #[cold]
    fn first_access(&self, key: &Key) -> Rc<dyn Any> {
        let value = Rc::new(Value::<T>::new(None));
        let orphans = TABLE.with(|table| table.borrow_mut().insert(key.number, value.clone()));
        key.remember(&orphans);
        // In the table before the initialiser runs: one that comes back here finds an empty `Local`, and no endless loop.
        if let Some(init) = match &self.init {
            Init::Nothing => None,
            Init::Function(init) => Some(init as &dyn Fn() -> T),
            Init::Closure(init) => Some(&**init as &dyn Fn() -> T),
        } {
            let unfinished = Unfinished(key.number);
            let first = init();
            std::mem::forget(unfinished);
            let before = value.borrow_mut().replace(first);
            drop(before);
        }
        value
    }
}

/// The number of a [`Local`] whose initialiser is running. Dropped by its panic alone, after which the next access is
/// the first again.
struct Unfinished(u64);

impl Drop for Unfinished {
    fn drop(&mut self) {
        let entry = TABLE.try_with(|table| table.borrow_mut().entries.remove(&self.0));
        drop(entry);
    }
}

impl Key {
    fn draw() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        // Relaxed: only that no two are equal matters. Not explored: nothing depends on the number but the order of drops.
        Key { number: NEXT.fetch_add(1, Relaxed), threads: Mutex::default() }
    }

    /// Remembers the thread, once, and forgets those that have ended.
    fn remember(&self, thread: &Arc<Orphans>) {
        let thread = Arc::downgrade(thread);
        let mut threads = lock(&self.threads);
        threads.retain(|other| other.strong_count() > 0 && !other.ptr_eq(&thread));
        threads.push(thread);
    }
}

/// For what nothing panics under.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Orphans {
    fn push(&self, number: u64) {
        let mut numbers = lock(&self.numbers);
        numbers.push(number);
        self.any.store(true, Relaxed);
    }

    fn take(&self) -> Vec<u64> {
        let mut numbers = lock(&self.numbers);
        self.any.store(false, Relaxed);
        std::mem::take(&mut *numbers)
    }
}

impl Table {
    /// Returns what is to be told when the entry's `Local` goes.
    fn insert(&mut self, number: u64, entry: Entry) -> Arc<Orphans> {
        self.entries.insert(number, entry);
        self.orphans
            .get_or_insert_with(|| {
                Arc::new(Orphans { any: AtomicBool::new(false), numbers: Mutex::default() })
            })
            .clone()
    }

    /// Takes those entries out whose `Local` is gone, to be dropped when the table is free: a drop may use other `Local`s.
    fn take_orphans(&mut self) -> Vec<Entry> {
        let numbers = self.orphans.as_ref().map(|orphans| orphans.take()).unwrap_or_default();
        numbers.iter().filter_map(|number| self.entries.remove(number)).collect()
    }
}

/// Drops the current thread's values, and those that such drops make anew, as often as POSIX does that for thread-specific
/// data at least (`PTHREAD_DESTRUCTOR_ITERATIONS`); a value that always makes another one goes with the thread. What their panics
/// carry, `caught` is given.
pub(crate) fn drop_values(mut caught: impl FnMut(Payload)) {
    for _ in 0..4 {
        let entries = TABLE.with(|table| std::mem::take(&mut table.borrow_mut().entries));
        drop_each_caught(entries, &mut caught);
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        let Some(Key { number, threads }) = self.key.take() else { return };
        let threads = threads.into_inner().unwrap_or_else(PoisonError::into_inner);
        for thread in threads.iter().filter_map(Weak::upgrade) {
            thread.push(number);
        }
        // The dropping thread's own value need not wait.
        let own = TABLE.try_with(|table| table.borrow_mut().entries.remove(&number));
        drop(own);
    }
}

/// A panic leaves each value as it is.
impl<T> UnwindSafe for Local<T> {}
impl<T> RefUnwindSafe for Local<T> {}

impl<T: 'static> Default for Local<T> {
    fn default() -> Self {
        Local::new()
    }
}

impl<T: fmt::Debug + 'static> fmt::Debug for Local<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Local").field(&self.value().try_borrow().ok().as_deref()).finish()
    }
}

#[cfg(all(test, real_threads))]
mod tests {
    use super::*;

    #[test]
    fn a_local_remembers_a_thread_once_and_not_beyond_its_end() {
        let key = Key::draw();
        let known = || lock(&key.threads).len();
        let [first, second] =
            [(); 2].map(|()| Arc::new(Orphans { any: AtomicBool::new(false), numbers: Mutex::default() }));
        key.remember(&first);
        key.remember(&first);
        assert_eq!(known(), 1);
        key.remember(&second);
        assert_eq!(known(), 2);
        drop(first);
        key.remember(&second);
        assert_eq!(known(), 1, "the first has ended");
    }
}
