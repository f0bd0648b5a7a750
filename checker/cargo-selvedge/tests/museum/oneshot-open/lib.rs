//! oneshot, issue 87: a receiver that was polled is dropped, and frees the channel while a value is sent.

use std::future::{Future, IntoFuture};
use std::pin::pin;
use std::task::{Context, Waker};
use std::thread;

#[test]
fn a_receiver_that_was_polled_is_dropped() {
    let (sender, receiver) = oneshot::async_channel::<u32>();
    let sends = thread::spawn(move || _ = sender.send(1));
    {
        let receives = pin!(receiver.into_future());
        _ = receives.poll(&mut Context::from_waker(Waker::noop()));
    }
    sends.join().unwrap();
}
