//! RUSTSEC-2025-0023: two receivers clone the same value at once, though it may be sent only and not shared.

use std::cell::Cell;
use std::thread;

use tokio::sync::broadcast;

struct Counted(Cell<u32>);

impl Clone for Counted {
    fn clone(&self) -> Self {
        self.0.set(self.0.get() + 1);
        Counted(Cell::new(0))
    }
}

#[test]
fn two_receive_the_same_value() {
    let (sender, mut receiver) = broadcast::channel(2);
    let mut other = sender.subscribe();
    assert!(sender.send(Counted(Cell::new(0))).is_ok());
    let receives = thread::spawn(move || _ = other.try_recv());
    _ = receiver.try_recv();
    receives.join().unwrap();
}
