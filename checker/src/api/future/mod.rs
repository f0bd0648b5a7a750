//! Futures inside of a model.

mod atomic_waker;

pub use atomic_waker::AtomicWaker;

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::sync::Notify;

/// Polls `f` until it is ready; between polls it waits until the future's waker is woken.
#[track_caller]
pub fn block_on<F>(f: F) -> F::Output
where
    F: Future,
{
    let mut f = pin!(f);
    let notify = Arc::new(Notification(Notify::new()));
    let waker = Waker::from(notify.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        match f.as_mut().poll(&mut context) {
            Poll::Ready(value) => return value,
            Poll::Pending => notify.0.wait(),
        }
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
