//! The engine: explores every execution graph of a model once.
//!
//! [`explore`] goes from graph to graph, [`run`] executes the model along one, [`graph`] and [`event`] are what it is made
//! of, [`consistency`] says which graphs are executions, and [`revisit`] which earlier reads a new write may be seen by.
//! The objects that block are specifications in [`crate::objects`]. [`crate::api`] turns the model's calls into events.

mod behaviour;
mod consistency;
mod driver;
mod event;
mod explore;
mod fiber;
mod graph;
mod leaks;
mod permanent;
mod preemptions;
mod psc;
mod races;
mod random;
mod revisit;
mod run;
mod symmetry;

use std::cell::Cell;
use std::panic::Location;

use event::Id;

use crate::objects::{Call, Object, Observer};
use crate::trace;

pub use behaviour::Behaviour;
pub(crate) use driver::{explore, panicked};
pub(crate) use event::Mode;
pub(crate) use fiber::{Job, STACK};
pub use graph::MemoryModel;
pub(crate) use races::Touch;
pub(crate) use random::Random;
pub(crate) use run::{End, Engine, Handle, Run, Stop, Update};

thread_local! {
    /// The engine that explores on this OS thread. Its fibers run on it too.
    static CURRENT: Cell<*mut Engine> = const { Cell::new(std::ptr::null_mut()) };
}

/// An engine, kept behind a pointer: the fibers of its executions refer to it too.
pub(crate) struct Owned(*mut Engine);

impl Owned {
    pub(crate) fn new(model: MemoryModel) -> Self {
        let mut engine = Box::new(Engine {
            search: Default::default(),
            run: Run::new(),
            drops_count: false,
            random: None,
        });
        engine.search.begin(model);
        Owned(Box::into_raw(engine))
    }

    /// The engine between executions.
    pub(crate) fn engine(&mut self) -> &mut Engine {
        // SAFETY: the pointer is a box's, and no fiber runs.
        unsafe { &mut *self.0 }
    }

    /// Executes the model along the present graph and says how it ended. The model's calls find the engine meanwhile.
    pub(crate) fn execute(&mut self, model: Job) -> End {
        let before = CURRENT.replace(self.0);
        // SAFETY: the pointer is a box's, `self` is borrowed, and `CURRENT` is it.
        let end = unsafe { run::execute(self.0, model) };
        CURRENT.set(before);
        end
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box, and nobody else frees it.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// Whether the caller is a thread of a model that is being explored.
pub(crate) fn in_model() -> bool {
    let engine = CURRENT.get();
    // SAFETY: as in `with`.
    !engine.is_null() && unsafe { &*engine }.run.is_running()
}

/// Calls the engine without waiting.
///
/// # Panics
///
/// Outside of a model.
pub(crate) fn with<R>(f: impl FnOnce(&mut Engine) -> R) -> R {
    let engine = CURRENT.get();
    assert!(
        !engine.is_null(),
        "selvedge's types work inside of a model only: call this from `selvedge::model` or `Checker::run`"
    );
    // SAFETY: the engine that set the pointer is executing the model: it has switched to this fiber and touches nothing
    // until it is switched back. `f` does not switch, and does not call this function.
    f(unsafe { &mut *engine })
}

/// Calls the engine until it has an answer, letting other threads run meanwhile.
///
/// # Panics
///
/// Outside of a model.
pub(crate) fn call<R>(mut f: impl FnMut(&mut Engine) -> Option<R>) -> R {
    loop {
        if let Some(answer) = with(&mut f) {
            return answer;
        }
        with(Engine::suspend_point).suspend();
    }
}

/// Asks an object and waits for its answer.
pub(crate) fn ask(handle: &Handle, object: Object, call: Call, place: &'static Location<'static>) -> u32 {
    let request = self::call(|e| e.request(handle, object, call, place));
    if trace::records() && with(|e| e.answer(request)).is_none() {
        trace::record(place.into(), object.name(call), "waits".to_owned(), true, true);
    }
    let answer = self::call(|e| e.answer(request));
    tell(place, object.name(call), String::new);
    answer
}

/// Writes down what the running thread did, if somebody will read it.
#[inline]
pub(crate) fn tell(
    place: &'static Location<'static>,
    operation: &'static str,
    result: impl FnOnce() -> String,
) {
    if trace::records() {
        trace::record(place.into(), operation, result(), false, true);
    }
}

/// Reports to the observer and returns how many reports there were before.
pub(crate) fn observe(place: &'static Location<'static>) -> u32 {
    thread_local! {
        // One for all executions of this OS thread; each binds it anew.
        static OBSERVER: Handle = const { Handle::new() };
    }
    let call = Call { operation: Observer::REPORT, argument: 0 };
    let request = self::call(|e| OBSERVER.with(|handle| e.request(handle, Object::Observer, call, place)));
    self::call(|e| e.answer(request))
}

/// The running thread's number for reports: 0 outside of a model.
pub(crate) fn running_thread() -> u64 {
    if in_model() { with(|e| u64::from(e.run.running())) } else { 0 }
}

/// The running thread waits for something that others do.
pub(crate) fn hint(place: &'static Location<'static>) {
    call(|e| e.hint(place));
}

/// Does not return when the execution is to stop, or the running thread is given up.
pub(crate) fn check_stop() {
    call(|e| e.run.goes_on().then_some(()));
}
