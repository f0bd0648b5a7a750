//! A condition variable without its mutex: a wait enlists, releases the mutex, sees that it was notified, and acquires the
//! mutex again.
//!
//! Any waiter may be the one whom [`NOTIFY_ONE`](Condvar::NOTIFY_ONE) wakes (POSIX pthread_cond_signal unblocks "at least
//! one"); a notification without a waiter is lost. It adds no happens-before of its own: the mutex does.

use super::{Call, Request, Served, Specification};

/// State: the threads in the order in which they last enlisted, each as twice its number plus whether it was notified.
pub(crate) struct Condvar;

impl Condvar {
    pub(crate) const ENLIST: u8 = 0;
    pub(crate) const NOTIFY_ONE: u8 = 1;
    pub(crate) const NOTIFY_ALL: u8 = 2;
    /// Waits to be notified, and enlisted no longer. Answers 1 where the thread was notified, and 0 where it times out.
    /// That it was enlisted until then others can tell: one of them may have notified it in place of another thread.
    pub(crate) const LEAVE: u8 = 3;

    /// Whether `thread` has been notified since it enlisted. That it sees this is no request: nobody else can tell when.
    pub(crate) fn has_notified(state: &[u32], thread: u32) -> bool {
        state.contains(&(thread * 2 + 1))
    }
}

impl Specification for Condvar {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, thread, alternative, expired, .. } = request;
        served.state.extend_from_slice(state);
        if call.operation == Self::NOTIFY_ONE {
            let waiting = |w: &&mut u32| w.is_multiple_of(2);
            return match served.state.iter_mut().filter(waiting).nth(alternative as usize) {
                Some(waiter) => {
                    *waiter += 1;
                    served.answer = 1;
                    Some(())
                }
                None => (alternative == 0).then_some(()),
            };
        }
        if alternative != 0 {
            return None;
        }
        match call.operation {
            Self::ENLIST => {
                served.state.retain(|w| w / 2 != thread);
                served.state.push(thread * 2);
            }
            Self::LEAVE => {
                let notified = Self::has_notified(state, thread);
                if !notified && !expired {
                    return None;
                }
                served.state.retain(|w| w / 2 != thread);
                served.answer = u32::from(notified);
            }
            _ => {
                let waiting = served.state.iter().filter(|w| w.is_multiple_of(2));
                served.answer = waiting.count() as u32;
                served.state.iter_mut().for_each(|w| *w |= 1);
            }
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        // Any of them may be the one that is notified.
        let mut waiters = state.to_vec();
        waiters.sort_unstable();
        waiters
    }

    fn waits_for(&self, _: Call) -> &'static str {
        "a notification"
    }

    fn name(&self, call: Call) -> &'static str {
        ["wait", "notify_one", "notify_all", "wait_timeout"][call.operation as usize]
    }

    fn result(&self, call: Call, answer: u32) -> &'static str {
        match (call.operation, answer) {
            (Self::NOTIFY_ONE | Self::NOTIFY_ALL, 0) => "nobody waits",
            (Self::NOTIFY_ONE | Self::NOTIFY_ALL, 1) => "wakes one",
            (Self::NOTIFY_ALL, _) => "wakes all",
            _ => "",
        }
    }
}
