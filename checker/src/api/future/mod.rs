//! Futures inside of a model.

mod atomic_waker;

pub use atomic_waker::AtomicWaker;

use std::future::Future;
use std::panic::Location;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};

use super::sync::Notify;
use crate::engine::{self, Spurious};

/// Polls `f` until it is ready; between polls it waits until the future's waker is woken.
///
/// A waker that is woken before the wait ends it at once, and one that is woken again adds nothing. A wait ends without that
/// only where [`Checker::spurious_wakeups`](crate::Checker::spurious_wakeups) lets it: executors may poll a future that
/// nobody woke. [`model`](crate::model()), which is loom's, lets the first wait of each call do so, as loom does.
#[track_caller]
pub fn block_on<F>(f: F) -> F::Output
where
    F: Future,
{
    let mut f = pin!(f);
    let notify = Arc::new(Notification(Notify::new()));
    let waker = Waker::from(notify.clone());
    let mut context = Context::from_waker(&waker);
    let place = Location::caller();
    let mut is_first = true;
    loop {
        if let Poll::Ready(value) = f.as_mut().poll(&mut context) {
            return value;
        }
        let polls = std::mem::take(&mut is_first) && engine::is_spurious(Spurious::Poll, place);
        if polls || engine::is_spurious(Spurious::Wakeup, place) {
            notify.0.is_not_notified(place);
        } else {
            notify.0.wait_at(place);
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
