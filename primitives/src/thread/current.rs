//! Which thread this is, and which others there are.

use std::cell::RefCell;
use std::sync::{Arc, OnceLock};

use super::registry::{Program, Trace};
use super::{DAEMON, ExceptHookArgs, FOREIGN, Thread};
use crate::sync::{self, statics, thread_locals};

/// A thread and the program to which it belongs.
#[derive(Clone)]
pub(super) struct Here {
    pub(super) thread: Thread,
    pub(super) program: Arc<Program>,
}

statics! {
    /// The program of those threads that were started outside of any [`program`](super::program), by whatever.
    static AMBIENT: OnceLock<Arc<Program>> = OnceLock::new();
}

thread_locals! {
    static CURRENT: RefCell<Option<Slot>> = RefCell::new(None);
}

/// What the current thread knows of itself.
struct Slot {
    here: Here,
    /// Nothing of ours runs at the end of this thread but the drop of this.
    foreign: bool,
}

impl Drop for Slot {
    fn drop(&mut self) {
        if self.foreign {
            self.here.thread.end();
        }
    }
}

/// What the current thread was before [`enter_for_a_while`]; the drop makes it that again.
pub(super) struct Outer(Option<Slot>);

/// Makes the current thread, which was none before, `here`.
pub(super) fn enter(here: Here) {
    CURRENT.with(|current| current.replace(Some(Slot { here, foreign: false })));
}

/// Makes the current thread nobody, unless it has done so itself with its thread-locals.
pub(super) fn leave() {
    let inner = CURRENT.try_with(|current| current.take());
    drop(inner);
}

/// Makes the current thread `here`, until the drop of what is returned.
pub(super) fn enter_for_a_while(here: Here) -> Outer {
    Outer(CURRENT.with(|current| current.replace(Some(Slot { here, foreign: false }))))
}

impl Drop for Outer {
    fn drop(&mut self) {
        let inner = CURRENT.with(|current| current.replace(self.0.take()));
        drop(inner);
    }
}

/// The current thread; one that is not known yet is made a foreign one.
pub(super) fn here() -> Here {
    let known = CURRENT.try_with(|current| current.borrow().as_ref().map(|slot| slot.here.clone()));
    if let Ok(Some(here)) = known {
        return here;
    }
    let mut first = None;
    let program = AMBIENT.get_or_init(|| {
        let main = Thread::adopted("MainThread".to_owned(), 0);
        first = Some(main.clone());
        Arc::new(Program::new(main))
    });
    let thread = match first {
        Some(main) => main,
        None => Thread::adopted(program.next_name("Dummy"), DAEMON | FOREIGN),
    };
    let here = Here { thread, program: program.clone() };
    // A thread that asks while it drops its thread-locals is nobody's: it would never be seen to end.
    if known.is_ok() {
        if here.thread != here.program.main {
            here.program.register(&here.thread, true);
        }
        CURRENT.with(|current| current.replace(Some(Slot { here: here.clone(), foreign: true })));
    }
    here
}

/// The current thread: Python's `threading.current_thread`.
///
/// A thread that was not started by [`Thread::start`] gets a stand-in called `Dummy-N`, a daemon that cannot be joined. Such
/// threads, and what they start, are in no [`program`](super::program): they know each other and no others, and the first
/// of them to ask counts as their main thread.
///
/// Semantics: Python 3.13, `threading.current_thread` and "dummy thread objects" under "Thread objects".
pub fn current_thread() -> Thread {
    here().thread
}

/// The main thread of this [`program`](super::program): Python's `threading.main_thread`.
pub fn main_thread() -> Thread {
    here().program.main.clone()
}

/// The main thread of this [`program`](super::program), which as in Python is always part of the result, even when it has ended, and
/// all others that are alive, in the order in which they were started: Python's `threading.enumerate`.
#[track_caller]
pub fn enumerate() -> Vec<Thread> {
    let threads = here().program.alive();
    sync::step(&here().program, "enumerate", threads.len());
    threads
}

/// How many threads [`enumerate`] lists: Python's `threading.active_count`.
#[track_caller]
pub fn active_count() -> usize {
    let count = here().program.alive().len();
    sync::step(&here().program, "active_count", count);
    count
}

/// A number for the current thread that no other thread of this process ever has, and 0 never is: Python's
/// `threading.get_ident`.
pub fn get_ident() -> u64 {
    sync::thread_identity()
}

/// The operating system's number for the current thread: Python's `threading.get_native_id`.
///
/// Where it is not known (other than Linux, Android and Windows, and in models), it is [`get_ident`].
pub fn get_native_id() -> u64 {
    sync::native_identity()
}

/// Sets what is called on a thread of this [`program`](super::program) that a panic ends: Python's `threading.excepthook`.
///
/// The panic hook of [`std`] comes first, where the panic begins; who wants silence there sets that one. A panic of the
/// hook itself is dropped. [`unset_excepthook`] takes it back.
pub fn set_excepthook(hook: impl Fn(&ExceptHookArgs<'_>) + Send + Sync + 'static) {
    let before = here().program.set_excepthook(Some(Arc::new(hook)));
    drop(before);
}

/// Sets what is called on each thread of this [`program`](super::program) before its target, for threads that are started
/// after this: Python's `threading.settrace`. Threads that have been started do not see it.
///
/// A panic of the hook is one of the thread: its target does not run.
///
/// [`unset_trace`] takes it back, and [`gettrace`] returns it.
pub fn settrace(hook: impl Fn(&Thread) + Send + Sync + 'static) {
    let before = here().program.set_trace(Some(Arc::new(hook)));
    drop(before);
}

/// The hook of [`settrace`] that threads will call that are started after this, if one is set: Python's `threading.gettrace`.
#[must_use]
pub fn gettrace() -> Option<Trace> {
    here().program.trace()
}

/// Takes the hook of [`settrace`] back: Python's `threading.settrace(None)`.
pub fn unset_trace() {
    let before = here().program.set_trace(None);
    drop(before);
}

/// Takes the hook of [`set_excepthook`] back, so that a panic is told to the panic hook of [`std`] alone: Python's
/// `threading.excepthook = threading.__excepthook__`.
pub fn unset_excepthook() {
    let before = here().program.set_excepthook(None);
    drop(before);
}
