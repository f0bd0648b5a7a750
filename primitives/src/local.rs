//! Values that each thread has its own of: Python's `threading.local`.
//!
//! Each thread keeps its values in a table of its own, found by a number that each [`Local`] draws once and nobody draws
//! again. So an access takes no lock, and a value never leaves its thread, not even to be dropped: when a `Local` goes away,
//! each thread drops its value with the next sweep of its table, or at its end.

use std::any::Any;
use std::cell::{Ref, RefCell, RefMut};
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};

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
/// returns), or, after the `Local` itself was dropped, at some access of that thread to other ones.
///
/// Where a thread is so far gone that its thread-locals have been dropped, a `Local` is empty and keeps nothing.
///
/// Semantics: Python 3.13, `threading`, "Thread-local data".
pub struct Local<T> {
    key: OnceLock<Key>,
    init: Option<fn() -> T>,
}

/// What the tables know a [`Local`] by.
struct Key {
    number: u64,
    /// Gone when the `Local` is.
    alive: Arc<()>,
}

/// One thread's value.
struct Entry {
    alive: Weak<()>,
    /// An `Rc<Value<T>>`, for the `T` of the `Local` that has this number.
    value: Rc<dyn Any>,
}

type Value<T> = RefCell<Option<T>>;

/// One thread's values. By number, so that they are dropped in the order in which their `Local`s were first used.
struct Table {
    entries: BTreeMap<u64, Entry>,
    /// How large the table may grow before those entries are swept out whose `Local` is gone.
    sweep_at: usize,
}

/// The table is not swept before it is as large as this.
const SWEEP_AT_LEAST: usize = 16;

thread_locals! {
    static TABLE: RefCell<Table> = RefCell::new(Table { entries: BTreeMap::new(), sweep_at: SWEEP_AT_LEAST });
}

impl<T: 'static> Local<T> {
    /// Nothing, in every thread.
    pub const fn new() -> Self {
        Local { key: OnceLock::new(), init: None }
    }

    /// In each thread what `init` returns there. It is called once in each thread that touches the `Local`, by its first
    /// access of any kind; while it runs, the `Local` is empty. If it panics, that access does, and the next one calls it
    /// again, as Python calls the `__init__` of a subclass again that has raised an exception.
    pub const fn with_init(init: fn() -> T) -> Self {
        Local { key: OnceLock::new(), init: Some(init) }
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
        let known = TABLE.try_with(|table| table.borrow().entries.get(&key.number).map(|e| e.value.clone()));
        let value = match known {
            Ok(Some(value)) => value,
            Ok(None) => self.first_access(key),
            Err(_) => Rc::new(Value::<T>::new(None)),
        };
        value.downcast().expect("a number belongs to one `Local` and so to one type")
    }

    #[cold]
    fn first_access(&self, key: &Key) -> Rc<dyn Any> {
        let value = Rc::new(Value::<T>::new(None));
        let entry = Entry { alive: Arc::downgrade(&key.alive), value: value.clone() };
        let swept = TABLE.with(|table| table.borrow_mut().insert(key.number, entry));
        // In the table before the initialiser runs: one that comes back here finds an empty `Local`, and no endless loop.
        if let Some(init) = self.init {
            let unfinished = Unfinished(key.number);
            let first = init();
            std::mem::forget(unfinished);
            let before = value.borrow_mut().replace(first);
            drop(before);
        }
        // Not before the value is there: a drop may panic.
        drop(swept);
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
        Key { number: NEXT.fetch_add(1, Relaxed), alive: Arc::new(()) }
    }
}

impl Table {
    /// Returns what was swept out, to be dropped when the table is free: a drop may use other `Local`s.
    #[must_use]
    fn insert(&mut self, number: u64, entry: Entry) -> Vec<Entry> {
        let mut swept = Vec::new();
        if self.entries.len() >= self.sweep_at {
            swept.extend(self.entries.extract_if(.., |_, e| e.alive.strong_count() == 0).map(|(_, e)| e));
            self.sweep_at = SWEEP_AT_LEAST.max(2 * self.entries.len());
        }
        self.entries.insert(number, entry);
        swept
    }
}

/// Drops the current thread's values, and those that such drops make anew, as often as POSIX does that for thread-specific
/// data at least (`PTHREAD_DESTRUCTOR_ITERATIONS`); a value that always makes another one goes with the thread.
pub(crate) fn drop_values() {
    for _ in 0..4 {
        let entries = TABLE.with(|table| std::mem::take(&mut table.borrow_mut().entries));
        drop(entries);
    }
}

impl<T> Drop for Local<T> {
    fn drop(&mut self) {
        // The dropping thread's own value need not wait for a sweep.
        if let Some(key) = self.key.get() {
            let own = TABLE.try_with(|table| table.borrow_mut().entries.remove(&key.number));
            drop(own);
        }
    }
}

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
