//! A delivery, which is a future. It never waits for the lock of the waker.

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
        *self.parcel.lock().unwrap() = Some(pack());
        if let Ok(mut waker) = self.waker.try_lock()
            && let Some(waker) = waker.take()
        {
            waker.wake();
        }
    }
}

impl Future for &Delivery {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        let mut waker = self.waker.lock().unwrap();
        *waker = Some(context.waker().clone());
        match *self.parcel.lock().unwrap() {
            Some(parcel) => Poll::Ready(parcel),
            None => Poll::Pending,
        }
    }
}
