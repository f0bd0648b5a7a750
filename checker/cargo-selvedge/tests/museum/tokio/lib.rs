//! RUSTSEC-2021-0124: a receiver that is closed reads the value while the sender takes it back.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::thread;

#[test]
fn a_receiver_is_closed_while_a_value_is_sent() {
    let (sender, mut receiver) = tokio::sync::oneshot::channel::<Box<u32>>();
    let sends = thread::spawn(move || _ = sender.send(Box::new(1)));
    let mut context = Context::from_waker(Waker::noop());
    let mut poll = || Pin::new(&mut receiver).poll(&mut context);
    if poll().is_pending() {
        receiver.close();
        if let Poll::Ready(Ok(value)) = Pin::new(&mut receiver).poll(&mut context) {
            assert_eq!(*value, 1);
        }
    }
    sends.join().unwrap();
}
