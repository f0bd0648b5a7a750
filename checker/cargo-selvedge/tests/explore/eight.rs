//! Four bugs and their mended twins, as anybody writes them with std.

use std::cell::UnsafeCell;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;

/// A count that two threads raise with `add`.
fn count_after(add: fn(&AtomicUsize)) -> usize {
    let count = Arc::new(AtomicUsize::new(0));
    let other = thread::spawn({
        let count = count.clone();
        move || add(&count)
    });
    add(&count);
    other.join().unwrap();
    count.load(Ordering::Relaxed)
}

#[test]
fn update_is_lost() {
    let add = |count: &AtomicUsize| count.store(count.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    assert_eq!(count_after(add), 2);
}

#[test]
fn update_is_kept() {
    let add = |count: &AtomicUsize| _ = count.fetch_add(1, Ordering::Relaxed);
    assert_eq!(count_after(add), 2);
}

fn transfer(from: &Mutex<i32>, to: &Mutex<i32>) {
    let mut from = from.lock().unwrap();
    let mut to = to.lock().unwrap();
    *from -= 1;
    *to += 1;
}

#[test]
fn transfers_deadlock() {
    let (a, b) = (Mutex::new(1), Mutex::new(1));
    thread::scope(|scope| {
        scope.spawn(|| transfer(&a, &b));
        scope.spawn(|| transfer(&b, &a));
    });
}

#[test]
fn transfers_do_not_deadlock() {
    let (a, b) = (Mutex::new(1), Mutex::new(1));
    thread::scope(|scope| {
        scope.spawn(|| transfer(&a, &b));
        scope.spawn(|| transfer(&a, &b));
    });
}

#[derive(Default)]
struct Flag {
    set: Mutex<bool>,
    changed: Condvar,
}

#[test]
fn wakeup_is_lost() {
    let flag = Flag::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            let set = *flag.set.lock().unwrap();
            if !set {
                drop(flag.changed.wait(flag.set.lock().unwrap()));
            }
        });
        *flag.set.lock().unwrap() = true;
        flag.changed.notify_one();
    });
}

#[test]
fn wakeup_is_not_lost() {
    let flag = Flag::default();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut set = flag.set.lock().unwrap();
            while !*set {
                set = flag.changed.wait(set).unwrap();
            }
        });
        *flag.set.lock().unwrap() = true;
        flag.changed.notify_one();
    });
}

/// A text, and whether it is there.
struct Message {
    text: UnsafeCell<u64>,
    ready: AtomicBool,
}

// SAFETY: the text is read only once it is there, if the flag's ordering says so.
unsafe impl Sync for Message {}

impl Message {
    fn send(order: Ordering) {
        let message = Message { text: UnsafeCell::new(0), ready: AtomicBool::new(false) };
        thread::scope(|scope| {
            scope.spawn(|| {
                // SAFETY: see `Message`.
                unsafe { *message.text.get() = 42 };
                message.ready.store(true, order);
            });
            if message.ready.load(Ordering::Acquire) {
                // SAFETY: see `Message`.
                assert_eq!(unsafe { *message.text.get() }, 42);
            }
        });
    }
}

#[test]
fn publication_without_release() {
    Message::send(Ordering::Relaxed);
}

#[test]
fn publication_with_release() {
    Message::send(Ordering::Release);
}
