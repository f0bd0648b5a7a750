//! The scope of a program: what Python does between the first line of a script and the exit of its process.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use super::Thread;
use super::current::{self, Here};
use super::registry::Program;

/// Runs `main` as the main thread of a program of its own, then waits for every thread of that program that is not a
/// daemon, and returns what `main` returned.
///
/// ```
/// use selvedge_primitives::{Thread, current_thread, program};
/// use std::sync::atomic::{AtomicBool, Ordering};
///
/// static DONE: AtomicBool = AtomicBool::new(false);
/// program(|| {
///     assert_eq!(current_thread().name(), "MainThread");
///     Thread::new(|| DONE.store(true, Ordering::Relaxed)).start()
/// })?;
/// assert!(DONE.load(Ordering::Relaxed));
/// # Ok::<(), selvedge_primitives::StartError>(())
/// ```
///
/// A thread belongs to the program of the thread that started it. Programs know nothing of each other: each has
/// its [main thread](crate::main_thread), its [list of threads](crate::enumerate), its default names, counted from 1, and its
/// hooks. So a test that runs beside others sees its own threads and no more.
///
/// Daemons are abandoned: they go on until the process ends, which they do not hold up. In a model that is the end of the
/// execution. (Where the backend cannot do that, which is so for loom, the program waits for them as well.)
///
/// # Panics
///
/// A panic of `main` goes on in the caller, after the wait: it ends no thread but the main thread.
///
/// Semantics: Python 3.13, `threading`, "Thread objects", on daemon threads and the end of the program.
#[track_caller]
pub fn program<R>(main: impl FnOnce() -> R) -> R {
    let thread = Thread::adopted("MainThread".to_owned(), 0);
    let program = Arc::new(Program::new(thread.clone()));
    let outer = current::enter_for_a_while(Here { thread: thread.clone(), program: program.clone() });
    let result = catch_unwind(AssertUnwindSafe(main));
    // As in Python, the main thread has ended for those that ask, or join it, while the others are waited for.
    thread.end();
    program.wait_for_end();
    drop(outer);
    result.unwrap_or_else(|payload| resume_unwind(payload))
}
