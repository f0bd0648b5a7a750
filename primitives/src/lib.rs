#![cfg_attr(any(not(doctest), real_threads), doc = include_str!("../README.md"))]
// The examples in the documentation are programs, not models: they need real threads.
#![cfg(any(not(doctest), real_threads))]

mod barrier;
mod condition;
mod drops;
mod error;
mod event;
mod guarded;
mod local;
mod lock;
mod lockable;
mod queue;
mod rlock;
mod semaphore;
mod sync;
mod thread;
mod time;
mod timer;

pub use barrier::Barrier;
pub use condition::{Condition, ConditionGuard};
pub use error::{
    AlreadyStarted, BrokenBarrier, GetError, JoinError, NoParties, NoUnfinishedTask, NotLocked, NotOwner,
    OtherLock, PutError, ReleaseError, ShutDown, StartError,
};
pub use event::Event;
pub use local::Local;
pub use lock::{Lock, LockGuard, OwnedLockGuard};
pub use lockable::{Held, Lockable};
pub use queue::{Items, LifoQueue, PriorityQueue, Queue, SimpleQueue};
pub use rlock::{OwnedRLockGuard, RLock, RLockGuard};
pub use semaphore::{BoundedSemaphore, OwnedPermit, Permit, Semaphore};
pub use thread::{
    ExceptHookArgs, JoinHandle, Run, Scope, ScopedJoinHandle, Thread, Trace, active_count, current_thread,
    enumerate, get_ident, get_native_id, gettrace, main_thread, program, scope, set_excepthook,
    set_stack_size, settrace, spawn, stack_size, unset_excepthook, unset_trace,
};
pub use time::{Instant, sleep, yield_now};
pub use timer::Timer;
