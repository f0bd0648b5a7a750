//! A thread receives what another sends. Where the sender wakes nobody, the receiver may wait without an end.

use std::thread;

#[test]
fn async_channel_wakes() {
    let (sender, receiver) = async_channel::unbounded();
    let sends = thread::spawn(move || sender.send_blocking(1).map(|()| sender));
    assert_eq!(receiver.recv_blocking(), Ok(1));
    sends.join().unwrap().unwrap();
}

#[test]
fn crossbeam_channel_wakes() {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let sends = thread::spawn(move || sender.send(1).map(|()| sender));
    assert_eq!(receiver.recv(), Ok(1));
    sends.join().unwrap().unwrap();
}

#[test]
fn flume_wakes() {
    let (sender, receiver) = flume::unbounded();
    let sends = thread::spawn(move || sender.send(1).map(|()| sender));
    assert_eq!(receiver.recv(), Ok(1));
    sends.join().unwrap().unwrap();
}
