//! The primitives under the names and with the signatures of Python's `threading` and `queue`.
//!
//! Nothing is added to what the primitives do: a class checks its arguments as Python does, lets go of the interpreter for as
//! long as a call may block, and makes exceptions of errors. Every call into a primitive happens without the interpreter: one
//! that held it while it waited for a primitive's lock would keep out the thread that holds the lock and compares items.

mod arguments;
mod barrier;
mod condition;
mod event;
mod exceptions;
mod local;
mod locks;
mod queue;
mod semaphore;
mod thread;
mod timer;

/// The module that Python imports.
#[pyo3::pymodule]
mod selvedge_cpython {
    #[pymodule_export]
    use crate::barrier::Barrier;
    #[pymodule_export]
    use crate::condition::Condition;
    #[pymodule_export]
    use crate::event::Event;
    #[pymodule_export]
    use crate::exceptions::{BrokenBarrierError, Empty, Full, ShutDown};
    #[pymodule_export]
    use crate::local::local;
    #[pymodule_export]
    use crate::locks::{Lock, RLock};
    #[pymodule_export]
    use crate::queue::{LifoQueue, PriorityQueue, Queue, SimpleQueue};
    #[pymodule_export]
    use crate::semaphore::{BoundedSemaphore, Semaphore};
    #[pymodule_export]
    use crate::thread::{Thread, active_count, current_thread, enumerate, get_ident, main_thread};
    #[pymodule_export]
    use crate::timer::Timer;
}
