//! Exceptions: those that Python's modules define, and the way of a Python exception through Rust code.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pyo3::create_exception;
use pyo3::exceptions::{PyException, PyRuntimeError};
use pyo3::prelude::*;

create_exception!(selvedge, BrokenBarrierError, PyRuntimeError);
create_exception!(selvedge, Full, PyException);
create_exception!(selvedge, Empty, PyException);
create_exception!(selvedge, ShutDown, PyException);

/// A `RuntimeError` that says what the primitive's error says.
pub fn runtime(error: impl ToString) -> PyErr {
    PyRuntimeError::new_err(error.to_string())
}

/// What a Python callback returned; its exception goes on as a panic, which the primitives let through wherever they call
/// their users' code.
pub fn or_unwind<T>(result: PyResult<T>) -> T {
    result.unwrap_or_else(|error| resume_unwind(Box::new(error)))
}

/// Runs what may block without the interpreter; an exception of a callback in it comes out as that exception.
pub fn detached<T: Send>(py: Python<'_>, call: impl Send + FnOnce() -> T) -> PyResult<T> {
    let result = py.detach(|| catch_unwind(AssertUnwindSafe(call)));
    result.or_else(|payload| match payload.downcast::<PyErr>() {
        Ok(error) => Err(*error),
        Err(payload) => resume_unwind(payload),
    })
}
