//! Futures inside of a model.

mod atomic_waker;

pub use atomic_waker::AtomicWaker;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::sync::Notify;

/// Polls `f` until it is ready; between polls it waits until the future's waker is woken. The first of these waits may also
/// end without that, as executors poll a future that nobody woke.
#[track_caller]
pub fn block_on<F>(f: F) -> F::Output
where
    F: Future,
{
    let mut f = pin!(f);
    let notify = Arc::new(Notification(Notify::new()));
    let waker = Waker::from(notify.clone());
    let mut context = Context::from_waker(&waker);
    let mut polls = 0;
    loop {
        match f.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending if polls == 0 => notify.0.wait_or_not(),
            Poll::Pending => notify.0.wait(),
        }
        polls += 1;
    }
}

struct Notification(Notify);

impl Wake for Notification {
    fn wake(self: Arc<Self>) {
        self.0.notify();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.notify();
    }
}
