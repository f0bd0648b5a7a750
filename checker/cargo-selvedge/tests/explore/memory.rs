//! Ten tests on std with a bug of plain memory, and their mended twins.

use std::cell::UnsafeCell;
use std::mem::MaybeUninit;
use std::ptr::{self, NonNull};
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize};
use std::sync::{Arc, Mutex};
use std::thread;

struct Shared<T>(UnsafeCell<T>);

unsafe impl<T> Sync for Shared<T> {}

impl<T> Shared<T> {
    fn new(value: T) -> Arc<Self> {
        Arc::new(Shared(UnsafeCell::new(value)))
    }
}

struct Pair {
    left: u32,
    right: u32,
}

#[test]
fn two_threads_write_a_field() {
    let pair = Shared::new(Pair { left: 0, right: 0 });
    let other = pair.clone();
    let writer = thread::spawn(move || unsafe { (*other.0.get()).left = 1 });
    unsafe { (*pair.0.get()).left = 2 };
    writer.join().unwrap();
}

#[test]
fn two_threads_write_two_fields() {
    let pair = Shared::new(Pair { left: 0, right: 0 });
    let other = pair.clone();
    let writer = thread::spawn(move || unsafe { (*other.0.get()).left = 1 });
    unsafe { (*pair.0.get()).right = 2 };
    writer.join().unwrap();
    assert_eq!(unsafe { (*pair.0.get()).left + (*pair.0.get()).right }, 3);
}

fn fill(slice: Arc<Shared<[u8; 8]>>, from: usize, to: usize, with: u8) {
    for at in from..to {
        unsafe { (*slice.0.get())[at] = with };
    }
}

#[test]
fn halves_of_a_slice_overlap() {
    let slice = Shared::new([0_u8; 8]);
    let other = slice.clone();
    let writer = thread::spawn(move || fill(other, 0, 5, 1));
    fill(slice, 4, 8, 2);
    writer.join().unwrap();
}

#[test]
fn halves_of_a_slice_are_neighbours() {
    let slice = Shared::new([0_u8; 8]);
    let other = slice.clone();
    let writer = thread::spawn(move || fill(other, 0, 4, 1));
    fill(slice, 4, 8, 2);
    writer.join().unwrap();
}

fn publish(order: std::sync::atomic::Ordering) {
    let (value, ready) = (Shared::new(0_u64), Arc::new(AtomicBool::new(false)));
    let (other, is_ready) = (value.clone(), ready.clone());
    let writer = thread::spawn(move || {
        unsafe { *other.0.get() = 7 };
        is_ready.store(true, order);
    });
    if ready.load(Acquire) {
        assert_eq!(unsafe { *value.0.get() }, 7);
    }
    writer.join().unwrap();
}

#[test]
fn a_value_is_published_without_release() {
    publish(Relaxed);
}

#[test]
fn a_value_is_published_with_release() {
    publish(Release);
}

struct SpinLock<T> {
    locked: AtomicBool,
    value: UnsafeCell<T>,
}

unsafe impl<T: Send> Sync for SpinLock<T> {}

impl<T> SpinLock<T> {
    fn new(value: T) -> Self {
        SpinLock { locked: AtomicBool::new(false), value: UnsafeCell::new(value) }
    }

    fn try_with(&self, f: impl FnOnce(&mut T), unlock: std::sync::atomic::Ordering) {
        if !self.locked.swap(true, Acquire) {
            f(unsafe { &mut *self.value.get() });
            self.locked.store(false, unlock);
        }
    }
}

fn push_under(unlock: std::sync::atomic::Ordering) {
    let lock = Arc::new(SpinLock::new(Vec::new()));
    let other = lock.clone();
    let pusher = thread::spawn(move || other.try_with(|vec| vec.push(1), unlock));
    lock.try_with(|vec| vec.push(2), unlock);
    pusher.join().unwrap();
}

#[test]
fn a_lock_is_broken() {
    push_under(Relaxed);
}

#[test]
fn a_lock_is_right() {
    push_under(Release);
}

fn take_or_look(take: impl Fn(&AtomicPtr<u32>) + Send + Sync + 'static, look: impl Fn(&AtomicPtr<u32>)) {
    let shared = Arc::new(AtomicPtr::new(Box::into_raw(Box::new(5))));
    let other = shared.clone();
    let taker = thread::spawn(move || take(&other));
    look(&shared);
    taker.join().unwrap();
    let left = shared.swap(ptr::null_mut(), SeqCst);
    if !left.is_null() {
        drop(unsafe { Box::from_raw(left) });
    }
}

fn free(shared: &AtomicPtr<u32>) {
    let taken = shared.swap(ptr::null_mut(), AcqRel);
    if !taken.is_null() {
        drop(unsafe { Box::from_raw(taken) });
    }
}

#[test]
fn memory_is_read_after_another_thread_has_freed_it() {
    take_or_look(free, |shared| {
        let looked = shared.load(Acquire);
        if !looked.is_null() {
            assert_eq!(unsafe { *looked }, 5);
        }
    });
}

#[test]
fn memory_is_read_by_the_thread_that_has_taken_it() {
    take_or_look(free, |shared| {
        let taken = shared.swap(ptr::null_mut(), AcqRel);
        if !taken.is_null() {
            assert_eq!(unsafe { *taken }, 5);
            drop(unsafe { Box::from_raw(taken) });
        }
    });
}

fn free_what_is_loaded(shared: &AtomicPtr<u32>) {
    let loaded = shared.load(Acquire);
    if !loaded.is_null() {
        shared.store(ptr::null_mut(), Release);
        drop(unsafe { Box::from_raw(loaded) });
    }
}

#[test]
fn memory_is_freed_twice() {
    take_or_look(free_what_is_loaded, free_what_is_loaded);
}

#[test]
fn memory_is_freed_by_one_of_two() {
    take_or_look(free, free);
}

fn count_readers(leave: impl Fn(&AtomicUsize) + Send + Sync + 'static) {
    let (readers, value) = (Arc::new(AtomicUsize::new(1)), Box::into_raw(Box::new(9_u64)).expose_provenance());
    let is_read = readers.clone();
    let reader = thread::spawn(move || {
        let value: *mut u64 = ptr::with_exposed_provenance_mut(value);
        assert_eq!(unsafe { *value }, 9);
        leave(&is_read);
    });
    // The owner frees if the reader is gone, and leaves it to be freed after the join otherwise.
    let value: *mut u64 = ptr::with_exposed_provenance_mut(value);
    let is_gone = readers.load(Acquire) == 0;
    if is_gone {
        drop(unsafe { Box::from_raw(value) });
    }
    reader.join().unwrap();
    if !is_gone {
        drop(unsafe { Box::from_raw(value) });
    }
}

#[test]
fn memory_is_freed_under_a_reader() {
    count_readers(|readers| _ = readers.fetch_sub(1, Relaxed));
}

#[test]
fn memory_is_freed_after_its_reader() {
    count_readers(|readers| _ = readers.fetch_sub(1, Release));
}

fn init(publishes: std::sync::atomic::Ordering) {
    let slot = Shared::new(MaybeUninit::<u64>::uninit());
    let is_set = Arc::new(AtomicBool::new(false));
    let (other, sets) = (slot.clone(), is_set.clone());
    let setter = thread::spawn(move || {
        if publishes == Relaxed {
            sets.store(true, Release);
        }
        unsafe { (*other.0.get()).write(3) };
        sets.store(true, Release);
    });
    if is_set.load(Acquire) {
        assert_eq!(unsafe { (*slot.0.get()).assume_init_read() }, 3);
    }
    setter.join().unwrap();
}

#[test]
fn a_value_is_read_before_it_is_written() {
    init(Relaxed);
}

#[test]
fn a_value_is_read_after_it_is_written() {
    init(Release);
}

struct Node {
    value: u32,
    next: *mut Node,
}

/// A stack whose nodes are freed at once, or kept until the end.
struct Stack {
    top: AtomicPtr<Node>,
    gone: Mutex<Vec<NonNull<Node>>>,
}

unsafe impl Send for Stack {}
unsafe impl Sync for Stack {}

impl Stack {
    fn with(values: u32) -> Arc<Self> {
        let stack = Stack { top: AtomicPtr::new(ptr::null_mut()), gone: Mutex::default() };
        for value in 0..values {
            let next = stack.top.load(Relaxed);
            stack.top.store(Box::into_raw(Box::new(Node { value, next })), Relaxed);
        }
        Arc::new(stack)
    }

    fn pop(&self, frees: bool) -> Option<u32> {
        loop {
            let top = self.top.load(Acquire);
            if top.is_null() {
                return None;
            }
            let next = unsafe { (*top).next };
            if self.top.compare_exchange(top, next, AcqRel, Acquire).is_ok() {
                let value = unsafe { (*top).value };
                if frees {
                    drop(unsafe { Box::from_raw(top) });
                } else {
                    self.gone.lock().unwrap().push(NonNull::new(top).unwrap());
                }
                return Some(value);
            }
        }
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        while self.pop(true).is_some() {}
        for node in self.gone.get_mut().unwrap().drain(..) {
            drop(unsafe { Box::from_raw(node.as_ptr()) });
        }
    }
}

fn pop_twice(frees: bool) {
    let stack = Stack::with(2);
    let other = stack.clone();
    let popper = thread::spawn(move || other.pop(frees));
    let mine = stack.pop(frees);
    assert_ne!(popper.join().unwrap(), mine);
}

#[test]
fn a_node_is_freed_that_another_thread_looks_at() {
    pop_twice(true);
}

#[test]
fn a_node_is_freed_when_nobody_looks() {
    pop_twice(false);
}

/// Sends memory to be freed.
fn send(twice: bool) {
    let (sender, receiver) = std::sync::mpsc::channel();
    let thread = thread::spawn(move || {
        let text = Box::into_raw(Box::new([1_u8, 2, 3]));
        sender.send(text.expose_provenance()).unwrap();
        if twice {
            drop(unsafe { Box::from_raw(text) });
        }
    });
    let text: *mut [u8; 3] = ptr::with_exposed_provenance_mut(receiver.recv().unwrap());
    let text = unsafe { Box::from_raw(text) };
    assert_eq!(text.len(), 3);
    drop(text);
    thread.join().unwrap();
}

#[test]
fn a_message_is_freed_by_both_sides() {
    send(true);
}

#[test]
fn a_message_is_freed_by_who_receives_it() {
    send(false);
}
