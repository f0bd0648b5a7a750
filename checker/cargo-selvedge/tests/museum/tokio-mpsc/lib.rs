//! tokio 1.52.3 (its pull request 8062): an empty channel is not empty while its last sender is dropped.

use std::thread;

use tokio::sync::mpsc;

#[test]
fn a_channel_is_empty_while_it_closes() {
    let (sender, receiver) = mpsc::channel::<u32>(1);
    let looks = thread::spawn(move || assert!(receiver.is_empty()));
    drop(sender);
    looks.join().unwrap();
}
