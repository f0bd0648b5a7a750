//! event-listener 2.3.3: an entry that is used again does not know the one before it, and a notification is lost where it goes.

use std::sync::Arc;
use std::thread;

use event_listener::Event;

#[test]
fn a_listener_goes_and_two_are_notified() {
    let event = Arc::new(Event::new());
    let first = event.listen();
    let second = event.listen();
    drop(first);
    let goes = event.listen();
    let third = event.listen();
    drop(goes);
    let other = event.clone();
    let notifies = thread::spawn(move || other.notify(2));
    second.wait();
    third.wait();
    notifies.join().unwrap();
}
