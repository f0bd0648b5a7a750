//! A question, which is a future. The waker is left before the answer is looked for.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use selvedge::sync::Mutex;

pub struct Question {
    answer: Mutex<Option<u32>>,
    waker: Mutex<Option<Waker>>,
}

impl Question {
    pub fn new() -> Self {
        Question { answer: Mutex::new(None), waker: Mutex::new(None) }
    }

    pub fn answer(&self, work_out: impl FnOnce() -> u32) {
        let answer = work_out();
        *self.answer.lock().unwrap() = Some(answer);
        let waker = self.waker.lock().unwrap().take();
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

impl Future for &Question {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        *self.waker.lock().unwrap() = Some(context.waker().clone());
        match *self.answer.lock().unwrap() {
            Some(answer) => Poll::Ready(answer),
            None => Poll::Pending,
        }
    }
}
