//! Each primitive, checked on its own: every interleaving of small client programs.
//!
//! Under `--cfg loom` each model is explored completely, or says to how many preemptions; on a plain build it runs once on
//! real threads.

mod barrier;
#[cfg(all(loom, not(feature = "upstream-loom")))]
mod clockwork;
mod condition;
mod event;
mod local;
mod lock;
mod queue;
mod rlock;
mod semaphore;
mod thread;
mod time;
mod timer;
