//! `threading.Thread` and the functions that tell of threads.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PySystemExit};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyTuple};
use selvedge_primitives as primitives;

use crate::arguments::{Patience, of_wait};
use crate::exceptions::{detached, runtime};

/// Python's `threading.Thread`, which a program may also derive from.
#[pyclass(frozen, weakref, subclass, module = "selvedge")]
pub struct Thread {
    thread: OnceLock<primitives::Thread>,
    /// The object itself, from its start until it runs.
    starting: Arc<Mutex<Option<Py<Thread>>>>,
    call: Mutex<Option<Call>>,
}

/// What the thread is to do.
struct Call {
    target: Py<PyAny>,
    args: Py<PyTuple>,
    kwargs: Option<Py<PyDict>>,
}

/// The objects of the threads that are alive.
static ALIVE: Mutex<Option<HashMap<primitives::Thread, Py<Thread>>>> = Mutex::new(None);

fn alive<T>(what: impl FnOnce(&mut HashMap<primitives::Thread, Py<Thread>>) -> T) -> T {
    what(ALIVE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

fn slot<T>(slot: &Mutex<Option<T>>) -> Option<T> {
    slot.lock().unwrap_or_else(PoisonError::into_inner).take()
}

impl Thread {
    fn empty() -> Self {
        Thread { thread: OnceLock::new(), starting: Arc::default(), call: Mutex::new(None) }
    }

    fn thread(&self) -> PyResult<&primitives::Thread> {
        self.thread.get().ok_or_else(|| PyRuntimeError::new_err("Thread.__init__() not called"))
    }
}

/// The object of a thread; another one for a thread that was not started here.
fn object(py: Python<'_>, thread: primitives::Thread) -> PyResult<Py<Thread>> {
    if let Some(object) = alive(|alive| alive.get(&thread).map(|object| object.clone_ref(py))) {
        return Ok(object);
    }
    let object = Thread::empty();
    let _ = object.thread.set(thread);
    Py::new(py, object)
}

/// What the new thread does: the object's `run`, which may be that of a derived class.
fn run(starting: &Mutex<Option<Py<Thread>>>) {
    let Some(object) = slot(starting) else { return };
    let thread = object.get().thread.get().cloned();
    Python::attach(|py| {
        if let Err(error) = object.call_method0(py, "run")
            && !error.is_instance_of::<PySystemExit>(py)
        {
            error.print(py);
        }
        let kept = thread.and_then(|thread| alive(|alive| alive.remove(&thread)));
        drop((kept, object));
    });
}

#[pymethods]
impl Thread {
    /// A derived class passes its own arguments here as well.
    #[new]
    #[pyo3(signature = (*_args, **_kwargs))]
    fn new(_args: &Bound<'_, PyTuple>, _kwargs: Option<&Bound<'_, PyDict>>) -> Self {
        Thread::empty()
    }

    #[pyo3(signature = (group=None, target=None, name=None, args=None, kwargs=None, *, daemon=None))]
    #[expect(clippy::too_many_arguments, reason = "Python's own")]
    fn __init__(
        &self,
        py: Python<'_>,
        group: Option<Py<PyAny>>,
        target: Option<Py<PyAny>>,
        name: Option<&Bound<'_, PyAny>>,
        args: Option<&Bound<'_, PyAny>>,
        kwargs: Option<Py<PyDict>>,
        daemon: Option<bool>,
    ) -> PyResult<()> {
        if group.is_some() {
            return Err(PyRuntimeError::new_err("group argument must be None for now"));
        }
        let starting = self.starting.clone();
        let thread = match name {
            Some(name) => primitives::Thread::named(name.str()?.to_cow()?, move || run(&starting)),
            None => primitives::Thread::new(move || run(&starting)),
        };
        if let Some(daemon) = daemon {
            thread.set_daemon(daemon).map_err(runtime)?;
        }
        let args = match args {
            Some(args) => args.try_iter()?.collect::<PyResult<Vec<_>>>()?,
            None => Vec::new(),
        };
        let args = PyTuple::new(py, args)?.unbind();
        *self.call.lock().unwrap_or_else(PoisonError::into_inner) =
            target.map(|target| Call { target, args, kwargs });
        self.thread.set(thread).map_err(|_| PyRuntimeError::new_err("Thread.__init__() was called twice"))
    }

    fn start(slf: Bound<'_, Self>, py: Python<'_>) -> PyResult<()> {
        let this = slf.get();
        let thread = this.thread()?;
        if thread.ident().is_some() {
            return Err(PyRuntimeError::new_err("threads can only be started once"));
        }
        *this.starting.lock().unwrap_or_else(PoisonError::into_inner) = Some(slf.clone().unbind());
        alive(|alive| alive.insert(thread.clone(), slf.clone().unbind()));
        let started = detached(py, || thread.start())?;
        if started.is_err() {
            drop((slot(&this.starting), alive(|alive| alive.remove(thread))));
        }
        started.map_err(runtime)
    }

    fn run(&self, py: Python<'_>) -> PyResult<()> {
        let Some(Call { target, args, kwargs }) = slot(&self.call) else { return Ok(()) };
        let kwargs = kwargs.as_ref().map(|kwargs| kwargs.bind(py));
        target.call(py, args.bind(py), kwargs).map(drop)
    }

    #[pyo3(signature = (timeout=None))]
    fn join(&self, py: Python<'_>, timeout: Option<f64>) -> PyResult<()> {
        let thread = self.thread()?;
        let patience = of_wait(timeout)?;
        detached(py, || match patience {
            Patience::For(time) => thread.join_timeout(time).map(drop),
            _ => thread.join(),
        })?
        .map_err(runtime)
    }

    fn is_alive(&self) -> PyResult<bool> {
        Ok(self.thread()?.is_alive())
    }

    #[getter]
    fn ident(&self) -> PyResult<Option<u64>> {
        Ok(self.thread()?.ident())
    }

    #[getter]
    fn native_id(&self, py: Python<'_>) -> PyResult<Option<u64>> {
        let thread = self.thread()?;
        detached(py, || thread.native_id())
    }

    #[getter]
    fn get_name(&self) -> PyResult<String> {
        Ok(self.thread()?.name())
    }

    #[setter]
    fn set_name(&self, name: String) -> PyResult<()> {
        self.thread()?.set_name(name);
        Ok(())
    }

    #[getter]
    fn get_daemon(&self) -> PyResult<bool> {
        Ok(self.thread()?.is_daemon())
    }

    #[setter]
    fn set_daemon(&self, daemon: bool) -> PyResult<()> {
        self.thread()?.set_daemon(daemon).map_err(runtime)
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let thread = slf.get().thread()?;
        let state = match thread.ident() {
            None => "initial",
            Some(_) if thread.is_alive() => "started",
            Some(_) => "stopped",
        };
        let daemon = if thread.is_daemon() { " daemon" } else { "" };
        let ident = thread.ident().map(|ident| format!(" {ident}")).unwrap_or_default();
        Ok(format!("<{}({}, {state}{daemon}{ident})>", slf.get_type().name()?, thread.name()))
    }
}

/// Python's `threading.current_thread`.
#[pyfunction]
pub fn current_thread(py: Python<'_>) -> PyResult<Py<Thread>> {
    object(py, primitives::current_thread())
}

/// Python's `threading.main_thread`.
#[pyfunction]
pub fn main_thread(py: Python<'_>) -> PyResult<Py<Thread>> {
    object(py, primitives::main_thread())
}

/// Python's `threading.enumerate`.
#[pyfunction]
pub fn enumerate(py: Python<'_>) -> PyResult<Vec<Py<Thread>>> {
    let threads = detached(py, primitives::enumerate)?;
    threads.into_iter().map(|thread| object(py, thread)).collect()
}

/// Python's `threading.active_count`.
#[pyfunction]
pub fn active_count() -> usize {
    primitives::active_count()
}

/// Python's `threading.get_ident`.
#[pyfunction]
pub fn get_ident() -> u64 {
    primitives::get_ident()
}
