//! A delivery, which is a future. The lock guards the parcel and the waker.

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
        let parcel = pack();
        let waker = {
            let mut state = self.state.lock().unwrap();
            state.0 = Some(parcel);
            state.1.take()
        };
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Future for &Delivery {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut state = self.state.lock().unwrap();
        match state.0 {
            Some(parcel) => Poll::Ready(parcel),
            None => {
                state.1 = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}
