//! The synchronization primitives of Python's `threading` and `queue` modules, for Rust.

mod error;
mod guarded;
mod local;
mod lock;
mod queue;
mod sync;
mod thread;
mod timer;

pub use error::{
    AlreadyStarted, GetError, JoinError, NoUnfinishedTask, NotLocked, PutError, ShutDown, StartError,
};
pub use local::Local;
pub use lock::{Lock, LockGuard};
pub use queue::{LifoQueue, PriorityQueue, Queue, SimpleQueue};
pub use thread::{
    ExceptHookArgs, Run, Thread, active_count, current_thread, enumerate, get_ident, get_native_id,
    main_thread, program, set_excepthook, settrace,
};
pub use timer::Timer;
