//! `threading.Lock` and `threading.RLock`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use selvedge_primitives as primitives;

use crate::arguments::{Patience, Truth, of_lock};
use crate::exceptions::{detached, runtime};

/// Python's `threading.Lock`.
#[pyclass(frozen, weakref, module = "selvedge")]
pub struct Lock {
    pub lock: Arc<primitives::Lock>,
}

#[pymethods]
impl Lock {
    #[new]
    fn new() -> Self {
        Lock { lock: Arc::new(primitives::Lock::new(())) }
    }

    #[pyo3(signature = (blocking=Truth(true), timeout=-1.0))]
    pub fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: f64) -> PyResult<bool> {
        let patience = of_lock(blocking.0, timeout)?;
        detached(py, || match patience {
            Patience::Never => self.lock.try_acquire(),
            Patience::For(time) => self.lock.acquire_timeout(time),
            Patience::Forever => {
                self.lock.acquire();
                true
            }
        })
    }

    pub fn release(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.lock.release())?.map_err(runtime)
    }

    fn locked(&self) -> bool {
        self.lock.locked()
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
        self.acquire(py, Truth(true), -1.0)
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.release(py)
    }

    pub fn __repr__(&self) -> String {
        repr(self.lock.locked(), "Lock", &raw const *self.lock as usize)
    }
}

/// Python's `threading.RLock`.
#[pyclass(frozen, weakref, module = "selvedge")]
pub struct RLock {
    pub lock: Arc<primitives::RLock>,
    /// How many levels its holder has. The primitive does not tell; only the holder reads or changes this.
    levels: AtomicUsize,
}

impl RLock {
    pub fn make() -> Self {
        RLock { lock: Arc::new(primitives::RLock::new(())), levels: AtomicUsize::new(0) }
    }
}

#[pymethods]
impl RLock {
    #[new]
    fn new() -> Self {
        Self::make()
    }

    #[pyo3(signature = (blocking=Truth(true), timeout=-1.0))]
    pub fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: f64) -> PyResult<bool> {
        let patience = of_lock(blocking.0, timeout)?;
        let taken = detached(py, || match patience {
            Patience::Never => self.lock.try_acquire(),
            Patience::For(time) => self.lock.acquire_timeout(time),
            Patience::Forever => {
                self.lock.acquire();
                true
            }
        })?;
        if taken {
            self.levels.fetch_add(1, Relaxed);
        }
        Ok(taken)
    }

    pub fn release(&self, py: Python<'_>) -> PyResult<()> {
        if self._is_owned() {
            self.levels.fetch_sub(1, Relaxed);
        }
        detached(py, || self.lock.release())?.map_err(runtime)
    }

    /// A condition over the lock looks for its holder before it notifies anybody, or nobody.
    pub fn _is_owned(&self) -> bool {
        primitives::Condition::over(&*self.lock).notify(0).is_ok()
    }

    fn _recursion_count(&self) -> usize {
        if self._is_owned() { self.levels.load(Relaxed) } else { 0 }
    }

    /// Gives up all levels; `_acquire_restore` takes as many.
    fn _release_save(&self, py: Python<'_>) -> PyResult<usize> {
        let levels = self._recursion_count();
        self.release(py)?;
        for _ in 1..levels {
            self.release(py)?;
        }
        Ok(levels)
    }

    fn _acquire_restore(&self, py: Python<'_>, levels: usize) -> PyResult<()> {
        for _ in 0..levels {
            self.acquire(py, Truth(true), -1.0)?;
        }
        Ok(())
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
        self.acquire(py, Truth(true), -1.0)
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.release(py)
    }

    pub fn __repr__(&self) -> String {
        repr(self.lock.locked(), "RLock", &raw const *self.lock as usize)
    }
}

fn repr(locked: bool, class: &str, address: usize) -> String {
    let state = if locked { "locked" } else { "unlocked" };
    format!("<{state} selvedge.{class} object at {address:#x}>")
}
