//! `threading.Event`.

use pyo3::prelude::*;
use selvedge_primitives as primitives;

use crate::arguments::{Patience, of_wait};
use crate::exceptions::detached;

/// Python's `threading.Event`.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
pub struct Event {
    event: primitives::Event,
}

#[pymethods]
impl Event {
    #[new]
    fn new() -> Self {
        Event { event: primitives::Event::new() }
    }

    fn is_set(&self) -> bool {
        self.event.is_set()
    }

    fn set(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.event.set())
    }

    fn clear(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.event.clear())
    }

    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<bool> {
        let patience = of_wait(timeout)?;
        detached(py, || match patience {
            Patience::For(time) => self.event.wait_timeout(time),
            _ => {
                self.event.wait();
                true
            }
        })
    }

    fn __repr__(&self) -> String {
        let state = if self.event.is_set() { "set" } else { "unset" };
        format!("<selvedge.Event at {:p}: {state}>", &self.event)
    }
}
