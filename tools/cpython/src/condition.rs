//! `threading.Condition`.

use std::sync::Arc;

use pyo3::prelude::*;
use pyo3::types::PyTuple;
use selvedge_primitives as primitives;

use crate::arguments::{Patience, Truth, of_wait};
use crate::exceptions::{detached, or_unwind, runtime};
use crate::locks::{Lock, RLock};

/// Python's `threading.Condition`, over one of our locks.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
pub struct Condition {
    over: Over,
}

/// The lock as Python knows it, and the condition over the same.
enum Over {
    Lock(Py<Lock>, primitives::Condition<Arc<primitives::Lock>>),
    RLock(Py<RLock>, primitives::Condition<Arc<primitives::RLock>>),
}

#[derive(FromPyObject)]
enum AnyLock {
    Lock(Py<Lock>),
    RLock(Py<RLock>),
}

/// The same expression with the lock or the condition of either kind.
macro_rules! either {
    ($self:ident, $lock:pat, $condition:pat => $what:expr) => {
        match &$self.over {
            Over::Lock($lock, $condition) => $what,
            Over::RLock($lock, $condition) => $what,
        }
    };
}

#[pymethods]
impl Condition {
    #[new]
    #[pyo3(signature = (lock=None))]
    fn new(py: Python<'_>, lock: Option<AnyLock>) -> PyResult<Self> {
        let lock = lock.map_or_else(|| Ok(AnyLock::RLock(Py::new(py, RLock::make())?)), PyResult::Ok)?;
        let over = match lock {
            AnyLock::Lock(lock) => {
                let condition = primitives::Condition::over(lock.get().lock.clone());
                Over::Lock(lock, condition)
            }
            AnyLock::RLock(lock) => {
                let condition = primitives::Condition::over(lock.get().lock.clone());
                Over::RLock(lock, condition)
            }
        };
        Ok(Condition { over })
    }

    #[pyo3(signature = (blocking=Truth(true), timeout=-1.0))]
    fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: f64) -> PyResult<bool> {
        either!(self, lock, _ => lock.get().acquire(py, blocking, timeout))
    }

    fn release(&self, py: Python<'_>) -> PyResult<()> {
        either!(self, lock, _ => lock.get().release(py))
    }

    fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
        self.acquire(py, Truth(true), -1.0)
    }

    #[pyo3(signature = (*_raised))]
    fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
        self.release(py)
    }

    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        let patience = of_wait(timeout)?;
        either!(self, _, condition => detached(py, || match patience {
            Patience::For(time) => condition.wait_timeout(time),
            _ => condition.wait().map(|()| true),
        })?.map_err(runtime))
    }

    #[pyo3(signature = (predicate, timeout=None))]
    fn wait_for(&self, py: Python<'_>, predicate: Py<PyAny>, timeout: Option<f64>) -> PyResult<Py<PyAny>> {
        let patience = of_wait(timeout)?;
        let mut last = py.None();
        let holds = || {
            Python::attach(|py| {
                let value = or_unwind(predicate.call0(py));
                let holds = or_unwind(value.is_truthy(py));
                last = value;
                holds
            })
        };
        either!(self, _, condition => detached(py, || match patience {
            Patience::For(time) => condition.wait_for_timeout(time, holds).map(drop),
            _ => condition.wait_for(holds),
        })?.map_err(runtime))?;
        Ok(last)
    }

    #[pyo3(signature = (n=1))]
    fn notify(&self, py: Python<'_>, n: usize) -> PyResult<()> {
        either!(self, _, condition => detached(py, || condition.notify(n))?.map_err(runtime))
    }

    fn notify_all(&self, py: Python<'_>) -> PyResult<()> {
        either!(self, _, condition => detached(py, || condition.notify_all())?.map_err(runtime))
    }

    fn _is_owned(&self) -> bool {
        either!(self, _, condition => condition.notify(0).is_ok())
    }

    fn _release_save(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        either!(self, lock, _ => lock.call_method0(py, "_release_save"))
    }

    fn __repr__(&self) -> String {
        either!(self, lock, _ => format!("<Condition({})>", lock.get().__repr__()))
    }
}
