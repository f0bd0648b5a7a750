//! Tests on std that leak, or have another value at an address that was freed, and twins of them.

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use std::sync::atomic::{AtomicBool, AtomicPtr};
use std::sync::{Arc, Mutex, OnceLock, mpsc};
use std::thread;

/// Sets the pointer, or finds that another thread has.
fn set(shared: &AtomicPtr<u32>, frees: bool) {
    let made = Box::into_raw(Box::new(1)); // made by both
    let set = shared.compare_exchange(ptr::null_mut(), made, AcqRel, Acquire);
    if set.is_err() && frees {
        // SAFETY: it came from a box, and the pointer to it was taken by this thread alone.
        drop(unsafe { Box::from_raw(made) });
    }
}

fn both_set(frees: bool) {
    let shared = Arc::new(AtomicPtr::new(ptr::null_mut()));
    let other = shared.clone();
    let setter = thread::spawn(move || set(&other, frees));
    set(&shared, frees);
    setter.join().unwrap();
    // SAFETY: it came from a box, and the pointer to it was taken by this thread alone.
    drop(unsafe { Box::from_raw(shared.load(Acquire)) });
}

#[test]
fn who_comes_too_late_leaks() {
    both_set(false);
}

#[test]
fn who_comes_too_late_frees() {
    both_set(true);
}

struct Node(Mutex<Option<Arc<Node>>>);

fn two_nodes(circle: bool) {
    let first = Arc::new(Node(Mutex::new(None)));
    let second = Arc::new(Node(Mutex::new(Some(first.clone()))));
    let linker = thread::spawn(move || {
        if circle {
            *first.0.lock().unwrap() = Some(second);
        }
    });
    linker.join().unwrap();
}

#[test]
fn two_that_own_each_other_leak() {
    two_nodes(true);
}

#[test]
fn one_that_owns_another_leaks_nothing() {
    two_nodes(false);
}

static WORDS: Mutex<Vec<String>> = Mutex::new(Vec::new());
static TABLE: OnceLock<Box<[AtomicPtr<String>; 4]>> = OnceLock::new();

thread_local! {
    static OWN: RefCell<Vec<Box<u32>>> = const { RefCell::new(Vec::new()) };
}

fn kept() {
    WORDS.lock().unwrap().push("kept".to_owned());
    let table = TABLE.get_or_init(Box::default);
    let text = Box::into_raw(Box::new("kept".to_owned()));
    let before = table[1].swap(text, AcqRel);
    if !before.is_null() {
        // SAFETY: it came from a box, and the pointer to it was taken by this thread alone.
        drop(unsafe { Box::from_raw(before) });
    }
    OWN.with_borrow_mut(|own| own.push(Box::new(1)));
    println!("kept");
}

#[test]
fn what_statics_and_threads_keep_is_no_leak() {
    let keeper = thread::spawn(kept);
    kept();
    keeper.join().unwrap();
}

#[test]
fn what_a_thread_has_that_waits_for_ever_is_no_leak() {
    let (sender, receiver) = mpsc::channel::<u32>();
    let waits = thread::spawn(move || {
        let has = vec![Box::new(1)];
        receiver.recv().unwrap_or(*has[0]);
    });
    std::mem::forget(sender);
    assert!(!waits.is_finished());
}

/// Changes what a pointer points to, and says so.
fn change(frees_first: bool) {
    let first = Box::into_raw(Box::new(1_u32));
    let shared = Arc::new(AtomicPtr::new(first));
    let changed = Arc::new(AtomicBool::new(false));
    let (others, says) = (shared.clone(), changed.clone());
    let changer = thread::spawn(move || {
        let old = others.swap(ptr::null_mut(), AcqRel);
        if frees_first {
            // SAFETY: it came from a box, and the pointer to it was taken by this thread alone.
            drop(unsafe { Box::from_raw(old) });
        }
        others.store(Box::into_raw(Box::new(2)), Release);
        if !frees_first {
            // SAFETY: it came from a box, and the pointer to it was taken by this thread alone.
            drop(unsafe { Box::from_raw(old) });
        }
        says.store(true, Release);
    });
    if changed.load(Acquire) {
        assert_ne!(shared.load(Relaxed), first, "another box is another");
    }
    changer.join().unwrap();
    // SAFETY: it came from a box, and the pointer to it was taken by this thread alone.
    drop(unsafe { Box::from_raw(shared.load(Acquire)) });
}

#[test]
fn a_box_has_the_address_of_one_that_was_freed() {
    change(true);
}

#[test]
fn a_box_has_another_address_than_one_that_is_there() {
    change(false);
}
