//! loom's threads, with an account of who is alive and who waits.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

pub use loom::thread::yield_now;

use super::{report_deadlock, sleep_forever, was_woken, will_block, with_run};

/// The right to wait for a thread's end.
pub struct JoinHandle<T> {
    thread: loom::thread::JoinHandle<T>,
    account: Arc<Account>,
}

/// What a thread and the thread that joins it tell each other. All threads of an exploration share one OS thread, so these are
/// atomic only for the compiler.
#[derive(Default)]
struct Account {
    ended: AtomicBool,
    joined: AtomicBool,
}

/// Runs `f` on a thread of the model.
pub fn spawn<T: 'static>(f: impl FnOnce() -> T + 'static) -> JoinHandle<T> {
    with_run(|run| run.alive += 1);
    let account = Arc::new(Account::default());
    let thread = loom::thread::spawn({
        let account = account.clone();
        move || match catch_unwind(AssertUnwindSafe(f)) {
            Ok(value) => {
                account.ended.store(true, Relaxed);
                if account.joined.load(Relaxed) {
                    was_woken();
                }
                ended();
                value
            }
            // The panic has been reported when it began.
            Err(_) => sleep_forever(),
        }
    });
    JoinHandle { thread, account }
}

impl<T> JoinHandle<T> {
    /// What [`thread_identity`](crate::trace::thread_identity) is on that thread.
    pub fn identity(&self) -> u64 {
        super::number(self.thread.thread().id())
    }

    /// Waits for the thread's end and returns what it returned.
    #[track_caller]
    pub fn join(self) -> std::thread::Result<T> {
        if !self.account.ended.load(Relaxed) {
            self.account.joined.store(true, Relaxed);
            crate::trace::blocks_on(std::ptr::null::<()>(), "join");
            will_block();
        }
        let result = self.thread.join();
        crate::trace::step("join", "");
        result
    }
}

/// Says that the current thread has come to its end.
pub(super) fn ended() {
    with_run(|run| run.alive -= 1);
    report_deadlock();
}
