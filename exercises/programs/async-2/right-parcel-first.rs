//! A delivery, which is a future. The parcel is there before anybody is woken.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use selvedge::sync::Mutex;

pub struct Delivery {
    parcel: Mutex<Option<u32>>,
    waker: Mutex<Option<Waker>>,
}

impl Delivery {
    pub fn new() -> Self {
        Delivery { parcel: Mutex::new(None), waker: Mutex::new(None) }
    }

    pub fn deliver(&self, pack: impl FnOnce() -> u32) {
        let parcel = pack();
        *self.parcel.lock().unwrap() = Some(parcel);
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Future for &Delivery {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        *self.waker.lock().unwrap() = Some(context.waker().clone());
        match *self.parcel.lock().unwrap() {
            Some(parcel) => Poll::Ready(parcel),
            None => Poll::Pending,
        }
    }
}
