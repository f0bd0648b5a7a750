//! `threading.Semaphore` and `threading.BoundedSemaphore`.

use std::fmt;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;
use selvedge_primitives as primitives;

use crate::arguments::{Patience, Truth, of_semaphore};
use crate::exceptions::detached;

/// How many permits are left. The primitives show it to those who debug and to nobody else, as Python does.
fn value(semaphore: impl fmt::Debug) -> String {
    let shown = format!("{semaphore:?}");
    let (_, value) = shown.split_once("permits: ").expect("a semaphore shows its permits");
    value.chars().take_while(char::is_ascii_digit).collect()
}

macro_rules! semaphore {
    ($(#[$meta:meta])* $name:ident, |$value:ident, $initial:pat_param| $shown:expr) => {
        $(#[$meta])*
        #[pyclass(frozen, weakref, subclass, module = "selvedge")]
        pub struct $name {
            semaphore: primitives::$name,
            initial: usize,
        }

        impl $name {
            fn shown($value: String, $initial: usize) -> String {
                $shown
            }
        }

        #[pymethods]
        impl $name {
            #[new]
            #[pyo3(signature = (value=1))]
            fn new(value: isize) -> PyResult<Self> {
                let initial = usize::try_from(value)
                    .map_err(|_| PyValueError::new_err("semaphore initial value must be >= 0"))?;
                Ok($name { semaphore: primitives::$name::new(initial), initial })
            }

            #[pyo3(signature = (blocking=Truth(true), timeout=None))]
            fn acquire(&self, py: Python<'_>, blocking: Truth, timeout: Option<f64>) -> PyResult<bool> {
                let patience = of_semaphore(blocking.0, timeout)?;
                detached(py, || match patience {
                    Patience::Never => self.semaphore.try_acquire(),
                    Patience::For(time) => self.semaphore.acquire_timeout(time),
                    Patience::Forever => {
                        self.semaphore.acquire();
                        true
                    }
                })
            }

            #[pyo3(signature = (n=1))]
            fn release(&self, py: Python<'_>, n: usize) -> PyResult<()> {
                let released = detached(py, || self.semaphore.release(n))?;
                released.map_err(|error| PyValueError::new_err(error.to_string()))
            }

            fn __enter__(&self, py: Python<'_>) -> PyResult<bool> {
                self.acquire(py, Truth(true), None)
            }

            #[pyo3(signature = (*_raised))]
            fn __exit__(&self, py: Python<'_>, _raised: &Bound<'_, PyTuple>) -> PyResult<()> {
                self.release(py, 1)
            }

            fn __repr__(&self) -> String {
                let value = Self::shown(value(&self.semaphore), self.initial);
                format!(concat!("<selvedge.", stringify!($name), " at {:p}: value={}>"), &self.semaphore, value)
            }
        }
    };
}

semaphore! {
    /// Python's `threading.Semaphore`.
    Semaphore, |value, _| value
}

semaphore! {
    /// Python's `threading.BoundedSemaphore`.
    BoundedSemaphore, |value, initial| format!("{value}/{initial}")
}
