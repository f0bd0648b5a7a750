//! How long a call may block, as Python's callers say it.

use std::time::Duration;

use pyo3::exceptions::{PyOverflowError, PyValueError};
use pyo3::prelude::*;

/// How long a call may block.
#[derive(Clone, Copy)]
pub enum Patience {
    /// Not at all.
    Never,
    For(Duration),
    Forever,
}

/// A flag: whatever Python takes for true or false.
pub struct Truth(pub bool);

impl<'py> FromPyObject<'_, 'py> for Truth {
    type Error = PyErr;

    fn extract(object: Borrowed<'_, 'py, PyAny>) -> PyResult<Self> {
        object.is_truthy().map(Truth)
    }
}

/// CPython's `threading.TIMEOUT_MAX`: as many nanoseconds as a signed number of 64 bits counts, in seconds.
const TIMEOUT_MAX: f64 = (i64::MAX / 1_000_000_000) as f64;

/// `Lock.acquire(blocking=True, timeout=-1)`.
pub fn of_lock(blocking: bool, timeout: f64) -> PyResult<Patience> {
    if timeout == -1.0 {
        return Ok(if blocking { Patience::Forever } else { Patience::Never });
    }
    if !blocking {
        return Err(PyValueError::new_err("can't specify a timeout for a non-blocking call"));
    }
    if timeout < 0.0 {
        return Err(PyValueError::new_err("timeout value must be a non-negative number"));
    }
    Ok(Patience::For(duration(timeout)?))
}

/// `Semaphore.acquire(blocking=True, timeout=None)`.
pub fn of_semaphore(blocking: bool, timeout: Option<f64>) -> PyResult<Patience> {
    match timeout {
        Some(_) if !blocking => Err(PyValueError::new_err("can't specify timeout for non-blocking acquire")),
        None if !blocking => Ok(Patience::Never),
        timeout => of_wait(timeout),
    }
}

/// `Queue.get(block=True, timeout=None)` and its like.
pub fn of_queue(block: bool, timeout: Option<f64>) -> PyResult<Patience> {
    match timeout {
        _ if !block => Ok(Patience::Never),
        Some(timeout) if timeout < 0.0 => {
            Err(PyValueError::new_err("'timeout' must be a non-negative number"))
        }
        timeout => of_wait(timeout),
    }
}

/// `wait(timeout=None)`, where less than nothing is nothing.
pub fn of_wait(timeout: Option<f64>) -> PyResult<Patience> {
    timeout.map_or(Ok(Patience::Forever), |timeout| Ok(Patience::For(duration(timeout.max(0.0))?)))
}

fn duration(seconds: f64) -> PyResult<Duration> {
    if seconds > TIMEOUT_MAX {
        return Err(PyOverflowError::new_err("timeout value is too large"));
    }
    Duration::try_from_secs_f64(seconds).map_err(|error| PyValueError::new_err(error.to_string()))
}
