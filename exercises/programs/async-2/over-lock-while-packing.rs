//! A delivery, which is a future. One lock is held for all that is done with it.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use selvedge::sync::Mutex;

pub struct Delivery {
    state: Mutex<(Option<u32>, Option<Waker>)>,
}

impl Delivery {
    pub fn new() -> Self {
        Delivery { state: Mutex::new((None, None)) }
    }

    pub fn deliver(&self, pack: impl FnOnce() -> u32) {
        let mut state = self.state.lock().unwrap();
        state.0 = Some(pack());
        if let Some(waker) = state.1.take() {
            waker.wake();
        }
    }
}

impl Future for &Delivery {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut state = self.state.lock().unwrap();
        state.1 = Some(context.waker().clone());
        match state.0 {
            Some(parcel) => Poll::Ready(parcel),
            None => Poll::Pending,
        }
    }
}
