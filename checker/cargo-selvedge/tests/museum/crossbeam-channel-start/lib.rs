//! crossbeam-channel 0.5.8 (its pull request 972): who drops the receiver takes a message out of a channel that another has not
//! yet given its first block.

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
