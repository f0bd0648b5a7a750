//! A Python dictionary.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

#[cfg(loom)]
use selvedge::sync::atomic::{AtomicUsize, Ordering::SeqCst};
#[cfg(not(loom))]
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use selvedge::trace;

/// A Python dictionary whose keys are the numbers from 0: each call is atomic, as under Python's global interpreter lock; what
/// is between two of them is not. A walk over it fails, as Python's does, when it finds that an entry has come.
///
/// Which entries there are is told by their number alone: the thread that has seen it sees the entries, and a reader orders nothing but
/// itself behind what it has seen.
#[derive(Debug, Default)]
pub struct Dict<V> {
    entries: Mutex<BTreeMap<usize, V>>,
    len: AtomicUsize,
}

impl<V: Clone> Dict<V> {
    /// A dictionary without entries.
    pub fn new() -> Self {
        Dict { entries: Mutex::new(BTreeMap::new()), len: AtomicUsize::new(0) }
    }

    /// How many entries there are.
    #[track_caller]
    pub fn len(&self) -> usize {
        let len = self.len.load(SeqCst);
        trace::step_on(self, "len", len);
        len
    }

    /// Whether there are no entries.
    #[track_caller]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The entry with this key.
    #[track_caller]
    pub fn get(&self, key: usize) -> Option<V> {
        let there = key < self.len.load(SeqCst);
        trace::step_on(self, "get", if there { "an entry" } else { "none" });
        there.then(|| self.entry(key))
    }

    /// Makes an entry, in the place of another that has the key.
    #[track_caller]
    pub fn insert(&self, key: usize, value: V) {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).insert(key, value);
        self.len.fetch_max(key + 1, SeqCst);
        trace::step_on(self, "insert", key);
    }

    /// Hands all entries to `f`, in the order of their keys.
    ///
    /// # Panics
    ///
    /// When an entry comes meanwhile, as Python raises a `RuntimeError`.
    #[track_caller]
    pub fn walk(&self, mut f: impl FnMut(V)) {
        let len = self.len();
        for key in 0..len {
            assert_eq!(self.len(), len, "the dictionary changed size during iteration");
            f(self.entry(key));
        }
        assert_eq!(self.len(), len, "the dictionary changed size during iteration");
    }

    /// The entry with a key that is known to be there.
    fn entry(&self, key: usize) -> V {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)[&key].clone()
    }
}
