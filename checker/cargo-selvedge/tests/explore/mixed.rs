//! Atomics whose bytes are accessed plainly too: each that races, beside one that does not.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU16, AtomicU32, AtomicU64, AtomicUsize, Ordering};
use std::thread;

/// One thread makes a flag, publishes and then sets it; another reads it if it is there.
fn publish_a_flag(publishes: Ordering, finds: Ordering) {
    let published = AtomicPtr::new(std::ptr::null_mut());
    thread::scope(|scope| {
        scope.spawn(|| {
            let made = Box::into_raw(Box::new(AtomicBool::new(false)));
            published.store(made, publishes);
            unsafe { &*made }.store(true, Release);
        });
        let found = published.load(finds);
        if !found.is_null() {
            unsafe { &*found }.load(Acquire);
        }
    });
    drop(unsafe { Box::from_raw(published.into_inner()) });
}

#[test]
fn right_a_flag_is_published_with_release() {
    publish_a_flag(Release, Acquire);
}

#[test]
fn wrong_a_flag_is_published_without_release() {
    publish_a_flag(Relaxed, Acquire);
}

#[test]
fn wrong_a_flag_is_found_without_acquire() {
    publish_a_flag(Release, Relaxed);
}

/// A thread does something to an atomic while another reads it plainly.
fn read_plainly(does: impl Fn(&AtomicUsize) + Sync) {
    let number = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| does(&number));
        // The compiler leaves out a read of which nothing comes.
        std::hint::black_box(unsafe { number.as_ptr().read() });
    });
}

#[test]
fn wrong_a_store_beside_a_plain_read() {
    read_plainly(|number| number.store(1, Relaxed));
}

#[test]
fn wrong_an_addition_beside_a_plain_read() {
    read_plainly(|number| _ = number.fetch_add(1, AcqRel));
}

#[test]
fn wrong_an_exchange_that_succeeds_beside_a_plain_read() {
    read_plainly(|number| _ = number.compare_exchange(0, 1, SeqCst, Relaxed));
}

#[test]
fn right_an_exchange_that_fails_beside_a_plain_read() {
    read_plainly(|number| _ = number.compare_exchange(7, 1, SeqCst, Relaxed));
}

#[test]
fn right_a_load_beside_a_plain_read() {
    read_plainly(|number| _ = number.load(Relaxed));
}

#[test]
fn wrong_a_load_beside_a_plain_write() {
    let number = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| number.load(SeqCst));
        unsafe { number.as_ptr().write(1) };
    });
}

/// Two halves of a word, of which one is written plainly.
fn write_beside(half: usize) {
    let halves = [AtomicU16::new(0), AtomicU16::new(0)];
    thread::scope(|scope| {
        scope.spawn(|| halves[0].store(1, Relaxed));
        unsafe { halves[half].as_ptr().write(2) };
    });
}

#[test]
fn right_a_plain_write_of_the_other_half() {
    write_beside(1);
}

#[test]
fn wrong_a_plain_write_of_the_same_half() {
    write_beside(0);
}

/// Whether what was written is there is said by another atomic.
fn read_when_told(says: Ordering, hears: Ordering) {
    let (number, done) = (AtomicUsize::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            number.store(1, Relaxed);
            done.store(true, says);
        });
        if done.load(hears) {
            assert_eq!(unsafe { number.as_ptr().read() }, 1);
        }
    });
}

#[test]
fn right_a_plain_read_after_an_acquire() {
    read_when_told(Release, Acquire);
}

#[test]
fn wrong_a_plain_read_after_a_relaxed_load() {
    read_when_told(Release, Relaxed);
}

/// The synchronisation is by the very atomic that is read plainly then.
fn read_after_a_load_of_its_own(hears: Ordering) {
    let number = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| number.store(1, Release));
        if number.load(hears) == 1 {
            assert_eq!(unsafe { number.as_ptr().read() }, 1);
        }
    });
}

#[test]
fn right_an_atomic_that_orders_itself() {
    read_after_a_load_of_its_own(Acquire);
}

#[test]
fn wrong_an_atomic_that_does_not_order_itself() {
    read_after_a_load_of_its_own(Relaxed);
}

#[test]
fn right_who_has_it_alone_writes_plainly() {
    let mut number = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| number.fetch_add(1, Relaxed));
        scope.spawn(|| number.fetch_add(1, Relaxed));
    });
    *number.get_mut() += 1;
    assert_eq!(number.into_inner(), 3);
}

/// A slot that is used again, made anew where it was: by who has it, and shown to others after that.
#[test]
fn right_a_slot_is_made_anew_and_shown_again() {
    let slot = AtomicUsize::new(0);
    let state = AtomicUsize::new(0);
    thread::scope(|scope| {
        scope.spawn(|| {
            slot.store(1, Relaxed);
            state.store(1, Release);
        });
        scope.spawn(|| {
            if state.load(Acquire) == 1 {
                unsafe { slot.as_ptr().cast::<AtomicUsize>().write(AtomicUsize::new(2)) };
                state.store(2, Release);
            }
        });
        if state.load(Acquire) == 2 {
            assert_eq!(slot.load(Relaxed), 2);
        }
    });
}

/// The load comes before what the closure does, and the closure tells another thread that it has been made.
#[test]
fn right_a_closure_of_fetch_update_synchronises() {
    let (number, loaded, other) = (AtomicUsize::new(0), AtomicBool::new(false), AtomicBool::new(false));
    thread::scope(|scope| {
        scope.spawn(|| {
            if loaded.load(Acquire) {
                unsafe { number.as_ptr().write(1) };
            }
        });
        _ = number.fetch_update(Relaxed, Relaxed, |_| {
            loaded.store(true, Release);
            other.load(Relaxed);
            None
        });
    });
}

#[test]
fn wrong_two_sizes_of_one_atomic() {
    let number = AtomicU64::new(0);
    let half = unsafe { AtomicU32::from_ptr(number.as_ptr().cast()) };
    thread::scope(|scope| {
        scope.spawn(|| number.store(1, SeqCst));
        half.store(2, SeqCst);
    });
}

#[test]
fn right_two_sizes_of_one_atomic_in_turn() {
    let number = AtomicU64::new(0);
    let half = unsafe { AtomicU32::from_ptr(number.as_ptr().cast()) };
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            number.store(1, Relaxed);
            done.store(true, Release);
        });
        if done.load(Acquire) {
            half.store(2, Relaxed);
        }
    });
}

/// No operation of the atomic comes before its end.
#[test]
fn freed_an_atomic_that_nobody_had_used() {
    let published: AtomicPtr<AtomicUsize> = AtomicPtr::new(std::ptr::null_mut());
    thread::scope(|scope| {
        scope.spawn(|| {
            let found = published.load(Acquire);
            if !found.is_null() {
                unsafe { &*found }.store(3, Relaxed);
            }
        });
        let made = Box::into_raw(Box::new(AtomicUsize::new(1)));
        published.store(made, Release);
        drop(unsafe { Box::from_raw(made) });
    });
}

/// To the compiler, all that a macro writes is in the place of its call.
macro_rules! a_test_by_a_macro {
    ($name:ident) => {
        #[test]
        fn $name() {
            let number = std::sync::Arc::new(AtomicUsize::new(0));
            let other = number.clone();
            let stores = thread::spawn(move || other.store(1, Relaxed));
            number.load(Relaxed);
            number.load(Relaxed);
            stores.join().unwrap();
        }
    };
}

a_test_by_a_macro!(right_calls_in_one_place);
