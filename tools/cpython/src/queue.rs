//! The classes of `queue`.

use std::cmp::Ordering;

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use selvedge_primitives as primitives;
use selvedge_primitives::{GetError, PutError};

use crate::arguments::{Patience, Truth, of_queue};
use crate::exceptions::{Empty, Full, ShutDown, detached, or_unwind};

/// An item of a priority queue, which Python's `<` compares.
struct Ranked(Py<PyAny>);

impl Ord for Ranked {
    fn cmp(&self, other: &Self) -> Ordering {
        Python::attach(|py| or_unwind(self.0.bind(py).compare(&other.0)))
    }
}

impl PartialOrd for Ranked {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Ranked {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Ranked {}

macro_rules! queue {
    ($(#[$meta:meta])* $name:ident, $item:ty, $wrap:expr, $unwrap:expr) => {
        $(#[$meta])*
        #[pyclass(frozen, weakref, subclass, module = "selvedge")]
        pub struct $name {
            queue: primitives::$name<$item>,
        }

        #[pymethods]
        impl $name {
            /// Less than one is no limit.
            #[new]
            #[pyo3(signature = (maxsize=0))]
            fn new(maxsize: isize) -> Self {
                $name { queue: primitives::$name::new(usize::try_from(maxsize).unwrap_or(0)) }
            }

            #[pyo3(signature = (item, block=Truth(true), timeout=None))]
            fn put(&self, py: Python<'_>, item: Py<PyAny>, block: Truth, timeout: Option<f64>) -> PyResult<()> {
                let patience = of_queue(block.0, timeout)?;
                let put = detached(py, || match patience {
                    Patience::Never => self.queue.try_put($wrap(item)),
                    Patience::For(time) => self.queue.put_timeout($wrap(item), time),
                    Patience::Forever => self.queue.put($wrap(item)).map_err(|shut| PutError::ShutDown(shut.0)),
                })?;
                put.map_err(|error| match error {
                    PutError::Full(_) => Full::new_err(()),
                    PutError::ShutDown(_) => ShutDown::new_err(()),
                })
            }

            #[pyo3(signature = (block=Truth(true), timeout=None))]
            fn get(&self, py: Python<'_>, block: Truth, timeout: Option<f64>) -> PyResult<Py<PyAny>> {
                let patience = of_queue(block.0, timeout)?;
                let got = detached(py, || match patience {
                    Patience::Never => self.queue.try_get(),
                    Patience::For(time) => self.queue.get_timeout(time),
                    Patience::Forever => self.queue.get().map_err(|_| GetError::ShutDown),
                })?;
                got.map($unwrap).map_err(|error| match error {
                    GetError::Empty => Empty::new_err(()),
                    GetError::ShutDown => ShutDown::new_err(()),
                })
            }

            fn put_nowait(&self, py: Python<'_>, item: Py<PyAny>) -> PyResult<()> {
                self.put(py, item, Truth(false), None)
            }

            fn get_nowait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
                self.get(py, Truth(false), None)
            }

            fn task_done(&self, py: Python<'_>) -> PyResult<()> {
                let done = detached(py, || self.queue.task_done())?;
                done.map_err(|error| PyValueError::new_err(error.to_string()))
            }

            fn join(&self, py: Python<'_>) -> PyResult<()> {
                detached(py, || self.queue.join())
            }

            #[pyo3(signature = (immediate=Truth(false)))]
            fn shutdown(&self, py: Python<'_>, immediate: Truth) -> PyResult<()> {
                detached(py, || self.queue.shutdown(immediate.0))
            }

            fn qsize(&self, py: Python<'_>) -> PyResult<usize> {
                detached(py, || self.queue.qsize())
            }

            fn empty(&self, py: Python<'_>) -> PyResult<bool> {
                detached(py, || self.queue.empty())
            }

            fn full(&self, py: Python<'_>) -> PyResult<bool> {
                detached(py, || self.queue.full())
            }

            #[getter]
            fn is_shutdown(&self, py: Python<'_>) -> PyResult<bool> {
                detached(py, || self.queue.is_shut_down())
            }

            #[getter]
            fn unfinished_tasks(&self) -> usize {
                self.queue.unfinished_tasks()
            }

            #[getter]
            fn maxsize(&self) -> usize {
                self.queue.maxsize()
            }
        }
    };
}

queue! {
    /// Python's `queue.Queue`.
    Queue, Py<PyAny>, std::convert::identity, std::convert::identity
}

queue! {
    /// Python's `queue.LifoQueue`.
    LifoQueue, Py<PyAny>, std::convert::identity, std::convert::identity
}

queue! {
    /// Python's `queue.PriorityQueue`.
    PriorityQueue, Ranked, Ranked, |item: Ranked| item.0
}

/// Python's `queue.SimpleQueue`.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
pub struct SimpleQueue {
    queue: primitives::SimpleQueue<Py<PyAny>>,
}

#[pymethods]
impl SimpleQueue {
    #[new]
    fn new() -> Self {
        SimpleQueue { queue: primitives::SimpleQueue::new() }
    }

    /// Never blocks, whatever it is told.
    #[pyo3(signature = (item, block=Truth(true), timeout=None))]
    fn put(&self, py: Python<'_>, item: Py<PyAny>, block: Truth, timeout: Option<f64>) -> PyResult<()> {
        let (_, _) = (block.0, timeout);
        detached(py, || self.queue.put(item))
    }

    #[pyo3(signature = (block=Truth(true), timeout=None))]
    fn get(&self, py: Python<'_>, block: Truth, timeout: Option<f64>) -> PyResult<Py<PyAny>> {
        let patience = of_queue(block.0, timeout)?;
        let got = detached(py, || match patience {
            Patience::Never => self.queue.try_get(),
            Patience::For(time) => self.queue.get_timeout(time),
            Patience::Forever => Some(self.queue.get()),
        })?;
        got.ok_or_else(|| Empty::new_err(()))
    }

    fn put_nowait(&self, py: Python<'_>, item: Py<PyAny>) -> PyResult<()> {
        self.put(py, item, Truth(false), None)
    }

    fn get_nowait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        self.get(py, Truth(false), None)
    }

    fn qsize(&self, py: Python<'_>) -> PyResult<usize> {
        detached(py, || self.queue.qsize())
    }

    fn empty(&self, py: Python<'_>) -> PyResult<bool> {
        detached(py, || self.queue.empty())
    }
}
