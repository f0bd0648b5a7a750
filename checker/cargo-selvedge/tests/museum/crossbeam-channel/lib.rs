//! RUSTSEC-2025-0024: who drops the receiver, and a sender that is in the middle of its first message, free the same block.

use std::thread;

#[test]
fn the_receiver_is_dropped_while_the_first_message_is_sent() {
    let (sender, receiver) = crossbeam_channel::unbounded::<u32>();
    let other = sender.clone();
    let sends = thread::spawn(move || _ = other.send(7));
    _ = sender.send(8);
    drop(receiver);
    sends.join().unwrap();
}
