//! `threading.Timer`.

use std::time::Duration;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use selvedge_primitives as primitives;

use crate::arguments::{Patience, of_wait};
use crate::exceptions::{detached, runtime};

/// Python's `threading.Timer`.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
pub struct Timer {
    timer: primitives::Timer,
    /// What the function will be called with: the program may change either until then.
    #[pyo3(get)]
    args: Py<PyList>,
    #[pyo3(get)]
    kwargs: Py<PyDict>,
}

#[pymethods]
impl Timer {
    #[new]
    #[pyo3(signature = (interval, function, args=None, kwargs=None))]
    fn new(
        py: Python<'_>,
        interval: f64,
        function: Py<PyAny>,
        args: Option<Py<PyList>>,
        kwargs: Option<Py<PyDict>>,
    ) -> PyResult<Self> {
        let interval = Duration::try_from_secs_f64(interval)
            .map_err(|error| PyValueError::new_err(error.to_string()))?;
        let args = args.unwrap_or_else(|| PyList::empty(py).unbind());
        let kwargs = kwargs.unwrap_or_else(|| PyDict::new(py).unbind());
        let (listed, named) = (args.clone_ref(py), kwargs.clone_ref(py));
        let timer = primitives::Timer::new(interval, move || {
            Python::attach(|py| {
                let called = PyTuple::new(py, listed.bind(py).iter())
                    .and_then(|args| function.call(py, args, Some(named.bind(py))));
                if let Err(error) = called {
                    error.print(py);
                }
                drop((function, listed, named));
            });
        });
        Ok(Timer { timer, args, kwargs })
    }

    fn start(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.timer.start())?.map_err(runtime)
    }

    fn cancel(&self, py: Python<'_>) -> PyResult<()> {
        detached(py, || self.timer.cancel()).map(drop)
    }

    fn is_alive(&self) -> bool {
        self.timer.is_alive()
    }

    #[pyo3(signature = (timeout=None))]
    fn join(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        let patience = of_wait(timeout)?;
        detached(py, || match patience {
            Patience::For(time) => self.timer.join_timeout(time).map(drop),
            _ => self.timer.join(),
        })?
        .map_err(runtime)
    }
}
