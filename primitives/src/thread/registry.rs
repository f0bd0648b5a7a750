//! What the threads of one program know of each other.

use std::collections::HashSet;
use std::sync::Arc;

use super::{ExceptHookArgs, Thread};
use crate::error::JoinError;
use crate::guarded::Guarded;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sync::{self, Deadline};

/// The hook of [`settrace`](crate::settrace), called on a thread before its target.
pub type Trace = Arc<dyn Fn(&Thread) + Send + Sync>;

/// Called on a thread that a panic ends.
pub(super) type ExceptHook = Arc<dyn Fn(&ExceptHookArgs<'_>) + Send + Sync>;

/// A main thread and what was started from it, directly or not.
pub(super) struct Program {
    pub(super) main: Thread,
    registry: Guarded<Registry>,
    /// How many default names have been given out.
    names: AtomicU64,
}

/// Only who starts a thread, asks for all of them or sets a hook comes here: a thread ends without, so that ends order
/// nothing and wait for nobody. What has ended is swept out when the list has doubled, which costs each start a constant.
struct Registry {
    /// In the order in which they were started, without the main thread; some may have ended.
    threads: Vec<Listed>,
    sweep_at: usize,
    trace: Option<Trace>,
    excepthook: Option<ExceptHook>,
}

struct Listed {
    thread: Thread,
    /// What the thread was when it was started, and is forever.
    daemon: bool,
}

/// The list is not swept before it is as long as this.
const SWEEP_AT_LEAST: usize = 64;

impl Program {
    pub(super) fn new(main: Thread) -> Self {
        let registry =
            Registry { threads: Vec::new(), sweep_at: SWEEP_AT_LEAST, trace: None, excepthook: None };
        Program { main, registry: Guarded::new(registry), names: AtomicU64::new(0) }
    }

    /// The next of the default names that begin with `kind`; all kinds are counted together.
    pub(super) fn next_name(&self, kind: &str) -> String {
        // Relaxed: only that no two are equal matters.
        format!("{kind}-{}", self.names.fetch_add(1, Relaxed) + 1)
    }

    /// Lists a thread that counts as alive; returns the trace hook that it is to call.
    #[track_caller]
    pub(super) fn register(&self, thread: &Thread, daemon: bool) -> Option<Trace> {
        let mut registry = self.registry.hold("start");
        if registry.threads.len() >= registry.sweep_at {
            registry.threads.retain(|listed| listed.thread.alive());
            registry.sweep_at = SWEEP_AT_LEAST.max(2 * registry.threads.len());
        }
        registry.threads.push(Listed { thread: thread.clone(), daemon });
        registry.trace.clone()
    }

    /// Forgets a thread that could not be started.
    #[track_caller]
    pub(super) fn unregister(&self, thread: &Thread) {
        self.registry.hold("start").threads.retain(|other| other.thread != *thread);
    }

    /// The main thread, alive or not, and the others that are alive.
    #[track_caller]
    pub(super) fn alive(&self) -> Vec<Thread> {
        let registry = self.registry.hold("enumerate");
        let started = registry.threads.iter().map(|listed| &listed.thread);
        [&self.main].into_iter().chain(started.filter(|thread| thread.alive())).cloned().collect()
    }

    /// Blocks until no thread is alive for which the end of the program waits, the main thread apart.
    ///
    /// To look again when all that were seen have ended is enough: a thread is listed before its starter goes on, so while
    /// one is alive that may start more, it is itself what is waited for. What only a daemon starts may come too late, as in
    /// Python.
    #[track_caller]
    pub(super) fn wait_for_end(&self) {
        let mut ended: HashSet<Option<u64>> = HashSet::new();
        loop {
            let waited_for = |listed: &&Listed| {
                !(sync::ABANDONS_DAEMONS && listed.daemon
                    || ended.contains(&listed.thread.inner.identity.ident()))
            };
            let registry = self.registry.hold("exit");
            let threads: Vec<_> =
                registry.threads.iter().filter(waited_for).map(|listed| listed.thread.clone()).collect();
            drop(registry);
            if threads.is_empty() {
                return;
            }
            for thread in threads {
                let end = thread.wait_for_end("exit", || Deadline::Never);
                // One that could not be started is not listed any more, unless it has been started again.
                if end != Err(JoinError::NotStarted) {
                    ended.extend(thread.inner.identity.ident().map(Some));
                }
            }
        }
    }

    pub(super) fn excepthook(&self) -> Option<ExceptHook> {
        self.registry.hold("excepthook").excepthook.clone()
    }

    /// Returns the hook that was set before, to be dropped without the lock.
    pub(super) fn set_excepthook(&self, hook: Option<ExceptHook>) -> Option<ExceptHook> {
        std::mem::replace(&mut self.registry.hold("set_excepthook").excepthook, hook)
    }

    pub(super) fn trace(&self) -> Option<Trace> {
        self.registry.hold("gettrace").trace.clone()
    }

    /// Returns the hook that was set before, to be dropped without the lock.
    pub(super) fn set_trace(&self, hook: Option<Trace>) -> Option<Trace> {
        std::mem::replace(&mut self.registry.hold("settrace").trace, hook)
    }
}

#[cfg(all(test, real_threads))]
mod tests {
    use std::thread;
    use std::time::Duration;

    use super::*;
    use crate::sync::Identity;
    use crate::thread::{STARTED, WAITERS};

    /// A thread that counts as started, though none runs.
    fn started() -> Thread {
        let identity = thread::spawn(Identity::current).join().unwrap();
        Thread::with_state("worker".to_owned(), STARTED, identity, None)
    }

    #[test]
    fn a_thread_that_could_not_be_started_and_then_could_is_waited_for() {
        let program = Program::new(Thread::adopted("MainThread".to_owned(), 0));
        let (worker, other) = (started(), started());
        program.register(&worker, false);
        program.register(&other, false);
        thread::scope(|s| {
            let waits = s.spawn(|| {
                program.wait_for_end();
                worker.alive()
            });
            while worker.state() & WAITERS == 0 {
                thread::yield_now();
            }
            // As a start does for which there is no thread left, and then one for which there is.
            program.unregister(&worker);
            let before = worker.inner.state.fetch_and(!(STARTED | WAITERS), Relaxed);
            worker.wake(before);
            while other.state() & WAITERS == 0 {
                thread::yield_now();
            }
            worker.inner.state.fetch_or(STARTED, Relaxed);
            program.register(&worker, false);
            other.end();
            thread::sleep(Duration::from_millis(20));
            worker.end();
            assert!(!waits.join().unwrap(), "the program does not end before the thread that was started");
        });
    }
}
