//! RUSTSEC-2026-0005: a receiver that was polled is dropped, and the sender frees the channel that it still uses.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use std::thread;

#[test]
fn a_receiver_that_was_polled_is_dropped() {
    let (sender, mut receiver) = oneshot::channel::<u32>();
    let closes = thread::spawn(move || {
        if sender.is_closed() {
            drop(sender);
        } else {
            std::mem::forget(sender);
        }
    });
    assert!(Pin::new(&mut receiver).poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(receiver);
    closes.join().unwrap();
}
