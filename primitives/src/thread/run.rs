//! What a thread does between its start and its end, and what becomes of its panics.

use std::any::Any;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};

use super::current::{self, Here};
use super::registry::{Program, Trace};
use super::{Target, Thread};
use crate::drops::drop_payload;
use crate::local;
use crate::sync::{self, Site};

/// What a thread does: a closure, whose value is dropped, or a type of one's own, where a Python program overrides `Thread.run`.
///
/// ```
/// use selvedge_primitives::{Run, Thread};
///
/// struct Greeter {
///     whom: &'static str,
/// }
///
/// impl Run for Greeter {
///     fn run(self) {
///         println!("hello, {}", self.whom);
///     }
/// }
///
/// let greeter = Thread::named("greeter", Greeter { whom: "world" });
/// greeter.start()?;
/// greeter.join()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Run: Send + 'static {
    /// What the thread does from its start to its end.
    fn run(self);
}

impl<F: FnOnce() -> R + Send + 'static, R> Run for F {
    fn run(self) {
        drop(self());
    }
}

/// What a thread does before its end.
pub(super) fn run(here: Here, trace: Option<Trace>) {
    let Here { thread, program } = here.clone();
    current::enter(here);
    let target = thread.inner.target.get_mut();
    // SAFETY: this is the one thread that `start` has spawned for this handle, and it looks once.
    let target = unsafe { target.deref() }.take();
    let Target { run, caught } = target.expect("a target waits for the thread that it was made for");
    let ended = catch_unwind(AssertUnwindSafe(|| {
        if let Some(trace) = trace {
            trace(&thread);
        }
        run();
    }));
    if let Err(payload) = ended {
        tell(&program, &thread, &*payload);
        caught(payload);
    }
    local::drop_values(drop_payload);
}

/// The end of a thread: what it did before, others may rely on.
pub(super) fn end(thread: &Thread, site: Site) {
    current::leave();
    thread.end();
    site.step(&*thread.inner, "end", "");
}

/// Tells the hook of a panic that nobody caught; a panic of the hook ends nothing but the hook.
fn tell(program: &Program, thread: &Thread, payload: &(dyn Any + Send)) {
    if let Some(hook) = program.excepthook() {
        let panic = ExceptHookArgs { thread, payload };
        if let Err(another) = catch_unwind(AssertUnwindSafe(|| hook(&panic))) {
            drop_payload(another);
        }
    } else {
        // What nobody asked to be told of is a failure of the model.
        sync::panicked(payload);
    }
}

/// What [`set_excepthook`](crate::set_excepthook)'s hook is told: Python's `threading.ExceptHookArgs`.
#[non_exhaustive]
pub struct ExceptHookArgs<'a> {
    /// The thread that ends.
    pub thread: &'a Thread,
    /// What it panicked with.
    pub payload: &'a (dyn Any + Send),
}

impl ExceptHookArgs<'_> {
    /// What the panic said, where it said something: its payload is a string in all but odd cases.
    pub fn message(&self) -> Option<&str> {
        let string = self.payload.downcast_ref::<String>().map(String::as_str);
        string.or_else(|| self.payload.downcast_ref::<&str>().copied())
    }
}

impl fmt::Debug for ExceptHookArgs<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExceptHookArgs")
            .field("thread", self.thread)
            .field("message", &self.message())
            .finish_non_exhaustive()
    }
}
