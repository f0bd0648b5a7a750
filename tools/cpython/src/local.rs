//! `threading.local`.

use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString, PyTuple, PyType};
use selvedge_primitives::Local;

/// One thread's attributes. They die with the thread, which does not hold the interpreter by then; those of the main thread
/// die after the interpreter.
struct Attributes(Option<Py<PyDict>>);

impl Drop for Attributes {
    fn drop(&mut self) {
        let mut attributes = self.0.take();
        let attached = Python::try_attach(|_| drop(attributes.take()));
        if attached.is_none() {
            std::mem::forget(attributes);
        }
    }
}

/// Python's `threading.local`, which a program may also derive from.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
#[expect(non_camel_case_types, reason = "Python's name")]
pub struct local {
    attributes: Local<Attributes>,
    /// What a derived class's `__init__` is called with, again in each thread.
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
}

/// Python's own way to an attribute.
fn object<'py>(py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
    py.import("builtins")?.getattr("object")
}

/// This thread's attributes of `this`; the first time, a derived class's `__init__` makes them.
fn attributes<'py>(this: &Bound<'py, local>) -> PyResult<Bound<'py, PyDict>> {
    let py = this.py();
    let present = || this.get().attributes.with(|own| own.0.as_ref().map(|own| own.clone_ref(py))).flatten();
    if let Some(own) = present() {
        return Ok(own.into_bound(py));
    }
    let own = PyDict::new(py);
    this.get().attributes.set(Attributes(Some(own.clone().unbind())));
    let kwargs = this.get().kwargs.as_ref().map(|kwargs| kwargs.bind(py));
    let made = this.get_type().getattr("__init__")?;
    if !made.is(&object(py)?.getattr("__init__")?) {
        let made = made.call_method1("__get__", (this,))?;
        made.call(this.get().args.bind(py), kwargs)?;
    }
    Ok(own)
}

#[pymethods]
impl local {
    #[new]
    #[classmethod]
    #[pyo3(signature = (*args, **kwargs))]
    fn new(
        cls: &Bound<'_, PyType>,
        args: Bound<'_, PyTuple>,
        kwargs: Option<Bound<'_, PyDict>>,
    ) -> PyResult<Self> {
        let py = cls.py();
        let has_init = !cls.getattr("__init__")?.is(&object(py)?.getattr("__init__")?);
        if !has_init && (!args.is_empty() || kwargs.is_some()) {
            return Err(PyTypeError::new_err("Initialization arguments are not supported"));
        }
        let attributes = Local::new();
        // Python calls `__init__` in this thread.
        attributes.set(Attributes(Some(PyDict::new(py).unbind())));
        Ok(local { attributes, args: args.unbind(), kwargs: kwargs.map(Bound::unbind) })
    }

    fn __getattribute__<'py>(
        this: &Bound<'py, Self>,
        name: &Bound<'py, PyString>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let own = attributes(this)?;
        if name.to_str()? == "__dict__" {
            return Ok(own.into_any());
        }
        match own.get_item(name)? {
            Some(value) => Ok(value),
            None => object(this.py())?.call_method1("__getattribute__", (this, name)),
        }
    }

    fn __setattr__(
        this: &Bound<'_, Self>,
        name: &Bound<'_, PyString>,
        value: &Bound<'_, PyAny>,
    ) -> PyResult<()> {
        let own = changeable(this, name)?;
        own.set_item(name, value)
    }

    fn __delattr__(this: &Bound<'_, Self>, name: &Bound<'_, PyString>) -> PyResult<()> {
        let own = changeable(this, name)?;
        own.del_item(name).map_err(|_| PyAttributeError::new_err(name.to_string()))
    }
}

fn changeable<'py>(this: &Bound<'py, local>, name: &Bound<'_, PyString>) -> PyResult<Bound<'py, PyDict>> {
    if name.to_str()? == "__dict__" {
        return Err(PyAttributeError::new_err("a local's attribute '__dict__' is read-only"));
    }
    attributes(this)
}
