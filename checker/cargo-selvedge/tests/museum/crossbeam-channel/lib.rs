//! RUSTSEC-2025-0024: who drops the receiver, and a sender that is in the middle of its first message, free the same block.

use std::thread;

#[test]
fn two_send_while_the_receiver_is_dropped() {
    let (sender, receiver) = crossbeam_channel::unbounded::<u32>();
    let other = sender.clone();
    let first = thread::spawn(move || _ = sender.send(7));
    let second = thread::spawn(move || _ = other.send(8));
    drop(receiver);
    first.join().unwrap();
    second.join().unwrap();
}
