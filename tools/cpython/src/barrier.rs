//! `threading.Barrier`.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use selvedge_primitives as primitives;

use crate::arguments::{Patience, of_wait};
use crate::exceptions::{BrokenBarrierError, detached, or_unwind};

/// Python's `threading.Barrier`.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
pub struct Barrier {
    barrier: primitives::Barrier,
}

#[pymethods]
impl Barrier {
    #[new]
    #[pyo3(signature = (parties, action=None, timeout=None))]
    fn new(parties: isize, action: Option<Py<PyAny>>, timeout: Option<f64>) -> PyResult<Self> {
        let barrier = primitives::Barrier::new(usize::try_from(parties).unwrap_or(0));
        let mut barrier = barrier.map_err(|error| PyValueError::new_err(error.to_string()))?;
        if let Some(action) = action {
            barrier = barrier.with_action(move || {
                Python::attach(|py| or_unwind(action.call0(py)));
            });
        }
        if let Patience::For(time) = of_wait(timeout)? {
            barrier = barrier.with_timeout(time);
        }
        Ok(Barrier { barrier })
    }

    #[pyo3(signature = (timeout=None))]
    fn wait(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<usize> {
        let patience = of_wait(timeout)?;
        let index = detached(py, || match patience {
            Patience::For(time) => self.barrier.wait_timeout(time),
            _ => self.barrier.wait(),
        })?;
        index.map_err(|error| BrokenBarrierError::new_err(error.to_string()))
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.barrier.reset())
    }

    fn abort(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.barrier.abort())
    }

    #[getter]
    fn parties(&self) -> usize {
        self.barrier.parties()
    }

    #[getter]
    fn n_waiting(&self) -> usize {
        self.barrier.n_waiting()
    }

    #[getter]
    fn broken(&self) -> bool {
        self.barrier.is_broken()
    }

    fn __repr__(&self) -> String {
        let state = if self.barrier.is_broken() {
            "broken".to_owned()
        } else {
            format!("waiters={}/{}", self.barrier.n_waiting(), self.barrier.parties())
        };
        format!("<selvedge.Barrier at {:p}: {state}>", &self.barrier)
    }
}
