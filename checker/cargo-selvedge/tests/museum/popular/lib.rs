//! Crates that many use, in small tests: what they promise holds in every behaviour.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::*};
use std::thread;

#[test]
fn once_cell_initialises_once() {
    let cell = Arc::new(once_cell::sync::OnceCell::new());
    let other = cell.clone();
    let sets = thread::spawn(move || *other.get_or_init(|| 1));
    let here = *cell.get_or_init(|| 2);
    assert_eq!(here, sets.join().unwrap());
}

#[test]
fn parking_lot_mutex_counts() {
    let count = Arc::new(parking_lot::Mutex::new(0));
    let other = count.clone();
    let adds = thread::spawn(move || *other.lock() += 1);
    *count.lock() += 1;
    adds.join().unwrap();
    assert_eq!(*count.lock(), 2);
}

#[test]
fn flume_sends_one() {
    let (sender, receiver) = flume::unbounded();
    let sends = thread::spawn(move || sender.send(1).unwrap());
    assert_eq!(receiver.recv(), Ok(1));
    sends.join().unwrap();
}

#[test]
fn async_channel_sends_one() {
    let (sender, receiver) = async_channel::unbounded();
    let sends = thread::spawn(move || sender.send_blocking(1).unwrap());
    assert_eq!(receiver.recv_blocking(), Ok(1));
    sends.join().unwrap();
}

#[test]
fn async_lock_mutex_counts() {
    let count = Arc::new(async_lock::Mutex::new(0));
    let other = count.clone();
    let adds = thread::spawn(move || *other.lock_blocking() += 1);
    *count.lock_blocking() += 1;
    adds.join().unwrap();
    assert_eq!(*count.lock_blocking(), 2);
}

#[test]
fn concurrent_queue_keeps_all() {
    let queue = Arc::new(concurrent_queue::ConcurrentQueue::bounded(2));
    let other = queue.clone();
    let pushes = thread::spawn(move || other.push(1).unwrap());
    queue.push(2).unwrap();
    pushes.join().unwrap();
    assert_eq!(queue.pop().unwrap() + queue.pop().unwrap(), 3);
}

#[test]
fn seg_queue_keeps_all() {
    let queue = Arc::new(crossbeam_queue::SegQueue::new());
    let other = queue.clone();
    let pushes = thread::spawn(move || other.push(1));
    queue.push(2);
    pushes.join().unwrap();
    assert_eq!(queue.pop().unwrap() + queue.pop().unwrap(), 3);
}

#[test]
fn crossbeam_channel_of_no_room() {
    let (sender, receiver) = crossbeam_channel::bounded(0);
    let sends = thread::spawn(move || sender.send(1).unwrap());
    assert_eq!(receiver.recv(), Ok(1));
    sends.join().unwrap();
}

#[test]
fn event_listener_is_notified() {
    let shared = Arc::new((AtomicBool::new(false), event_listener::Event::new()));
    let other = shared.clone();
    let notifies = thread::spawn(move || {
        other.0.store(true, SeqCst);
        other.1.notify(1);
    });
    while !shared.0.load(SeqCst) {
        let listener = shared.1.listen();
        if shared.0.load(SeqCst) {
            break;
        }
        event_listener::Listener::wait(listener);
    }
    notifies.join().unwrap();
}

#[test]
fn arc_swap_loads() {
    let shared = Arc::new(arc_swap::ArcSwap::from_pointee(1));
    let other = shared.clone();
    let stores = thread::spawn(move || other.store(Arc::new(2)));
    assert!(**shared.load() <= 2);
    stores.join().unwrap();
}

#[test]
fn spin_mutex_counts() {
    let count = Arc::new(spin::Mutex::new(0));
    let other = count.clone();
    let adds = thread::spawn(move || *other.lock() += 1);
    *count.lock() += 1;
    adds.join().unwrap();
    assert_eq!(*count.lock(), 2);
}
