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

#[test]
fn crossbeam_channel_without_bound() {
    let (sender, receiver) = crossbeam_channel::unbounded();
    let sends = thread::spawn(move || sender.send(1).unwrap());
    assert_eq!(receiver.recv(), Ok(1));
    sends.join().unwrap();
}

#[test]
fn crossbeam_channel_with_room_for_one() {
    let (sender, receiver) = crossbeam_channel::bounded(1);
    let sends = thread::spawn(move || sender.send(1).unwrap());
    assert_eq!(receiver.recv(), Ok(1));
    sends.join().unwrap();
}

#[test]
fn array_queue_keeps_all() {
    let queue = Arc::new(crossbeam_queue::ArrayQueue::new(2));
    let other = queue.clone();
    let pushes = thread::spawn(move || other.push(1).unwrap());
    queue.push(2).unwrap();
    pushes.join().unwrap();
    assert_eq!(queue.pop().unwrap() + queue.pop().unwrap(), 3);
}

#[test]
fn crossbeam_deque_gives_a_task_to_one() {
    let own = crossbeam_deque::Worker::new_lifo();
    own.push(1);
    let stealer = own.stealer();
    let steals = thread::spawn(move || stealer.steal().success());
    let popped = own.pop();
    let stolen = steals.join().unwrap();
    assert_eq!(
        popped.is_some() as u32 + stolen.is_some() as u32 + own.pop().is_some() as u32,
        1
    );
}

#[test]
fn crossbeam_epoch_frees_what_nobody_reads() {
    use crossbeam_epoch::{self as epoch, Atomic, Owned};
    let shared = Arc::new(Atomic::new(1));
    let other = shared.clone();
    let replaces = thread::spawn(move || {
        let guard = epoch::pin();
        let before = other.swap(Owned::new(2), AcqRel, &guard);
        unsafe { guard.defer_destroy(before) };
    });
    {
        let guard = epoch::pin();
        assert!(unsafe { *shared.load(Acquire, &guard).deref() } <= 2);
    }
    replaces.join().unwrap();
}

#[test]
fn tokio_oneshot_sends_one() {
    let (sender, receiver) = tokio::sync::oneshot::channel();
    let sends = thread::spawn(move || sender.send(1).unwrap());
    assert_eq!(receiver.blocking_recv(), Ok(1));
    sends.join().unwrap();
}

#[test]
fn tokio_mpsc_sends_one() {
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let sends = thread::spawn(move || sender.blocking_send(1).unwrap());
    assert_eq!(receiver.blocking_recv(), Some(1));
    sends.join().unwrap();
}

#[test]
fn tokio_mutex_counts() {
    let count = Arc::new(tokio::sync::Mutex::new(0));
    let other = count.clone();
    let adds = thread::spawn(move || *other.blocking_lock() += 1);
    *count.blocking_lock() += 1;
    adds.join().unwrap();
    assert_eq!(*count.blocking_lock(), 2);
}

#[test]
fn tokio_watch_shows_the_newest() {
    let (sender, receiver) = tokio::sync::watch::channel(1);
    let sends = thread::spawn(move || sender.send(2).unwrap());
    assert!(*receiver.borrow() <= 2);
    sends.join().unwrap();
    assert_eq!(*receiver.borrow(), 2);
}

#[test]
fn dashmap_keeps_one_of_two() {
    let map = Arc::new(dashmap::DashMap::with_shard_amount(2));
    let other = map.clone();
    let inserts = thread::spawn(move || other.insert(1, 1));
    let before = map.insert(1, 2);
    assert_eq!(before.is_some(), inserts.join().unwrap().is_none());
    assert_eq!(map.len(), 1);
}

#[test]
fn sharded_slab_gives_each_its_own() {
    let slab = Arc::new(sharded_slab::Slab::new());
    let other = slab.clone();
    let inserts = thread::spawn(move || other.insert(1).unwrap());
    let own = slab.insert(2).unwrap();
    let others = inserts.join().unwrap();
    assert_eq!(*slab.get(own).unwrap() + *slab.get(others).unwrap(), 3);
}

#[test]
fn thread_local_has_one_for_each() {
    let locals = Arc::new(thread_local::ThreadLocal::new());
    assert_eq!(*locals.get_or(|| 2), 2);
    let other = locals.clone();
    let enters = thread::spawn(move || *other.get_or(|| 1));
    assert!([2, 3].contains(&locals.iter().sum::<i32>()));
    assert_eq!(enters.join().unwrap(), 1);
    assert_eq!(locals.iter().sum::<i32>(), 3);
}

#[test]
fn parking_lot_condvar_wakes() {
    let shared = Arc::new((parking_lot::Mutex::new(false), parking_lot::Condvar::new()));
    let other = shared.clone();
    let sets = thread::spawn(move || {
        *other.0.lock() = true;
        other.1.notify_one();
    });
    let mut is_set = shared.0.lock();
    while !*is_set {
        shared.1.wait(&mut is_set);
    }
    drop(is_set);
    sets.join().unwrap();
}
