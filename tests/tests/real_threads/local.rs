//! `Local` on real threads.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use selvedge_primitives::{Local, Thread, program};

#[test]
fn an_initialiser_that_uses_its_own_local_finds_it_empty() {
    static LOCAL: Local<u32> = Local::with_init(|| {
        assert_eq!(LOCAL.get(), None);
        LOCAL.set(1);
        2
    });
    assert_eq!(LOCAL.get(), Some(2));
}

#[test]
fn a_closure_makes_each_threads_value() {
    let made = Arc::new(AtomicUsize::new(0));
    let local = Local::made_by({
        let made = made.clone();
        move || made.fetch_add(1, Ordering::Relaxed)
    });
    assert_eq!((local.get(), local.get()), (Some(0), Some(0)));
    std::thread::scope(|s| s.spawn(|| assert_eq!(local.get(), Some(1))).join().unwrap());
}

#[test]
fn an_initialiser_that_panics_is_called_again_by_the_next_access() {
    static CALLS: AtomicUsize = AtomicUsize::new(0);
    static LOCAL: Local<usize> = Local::with_init(|| {
        LOCAL.set(100);
        let call = CALLS.fetch_add(1, Ordering::Relaxed);
        assert!(call != 0, "the first call fails");
        call
    });
    assert!(std::panic::catch_unwind(|| LOCAL.get()).is_err());
    assert_eq!(LOCAL.get(), Some(1));
    assert_eq!(LOCAL.set(7), Some(1));
    assert_eq!(LOCAL.get(), Some(7));
}

#[test]
fn values_may_use_other_locals_while_they_are_used_and_dropped() {
    static OTHER: Local<u32> = Local::new();
    static DROPS: AtomicUsize = AtomicUsize::new(0);

    struct UsesOther;

    impl Drop for UsesOther {
        fn drop(&mut self) {
            OTHER.set(7);
            DROPS.fetch_add(1, Ordering::Relaxed);
        }
    }

    program(|| {
        let thread = Thread::new(|| {
            let local = Local::new();
            local.set(UsesOther);
            local.with(|_| OTHER.set(1));
            assert_eq!(OTHER.get(), Some(1));
            drop(local);
            assert_eq!(OTHER.get(), Some(7));
            // This one is dropped at the end of the thread.
            let local = Local::new();
            local.set(UsesOther);
            std::mem::forget(local);
        });
        thread.start().unwrap();
        thread.join().unwrap();
    });
    assert_eq!(DROPS.load(Ordering::Relaxed), 2);
}

#[test]
fn a_value_that_is_dropped_with_the_threads_own_locals_may_still_ask() {
    static LOCAL: Local<AsksAtItsEnd> = Local::new();

    struct AsksAtItsEnd;

    impl Drop for AsksAtItsEnd {
        fn drop(&mut self) {
            assert!(LOCAL.with(|_| ()).is_none());
        }
    }

    // Not one of ours: the value is dropped by the operating system's end of the thread.
    std::thread::spawn(|| LOCAL.set(AsksAtItsEnd).is_none()).join().unwrap();
}

#[test]
fn values_of_locals_that_are_gone_are_swept_out() {
    let alive = Rc::new(Cell::new(0));

    struct Counted(Rc<Cell<usize>>);

    impl Drop for Counted {
        fn drop(&mut self) {
            self.0.set(self.0.get() - 1);
        }
    }

    for _ in 0..1000 {
        let local = Arc::new(Local::new());
        alive.set(alive.get() + 1);
        local.set(Counted(alive.clone()));
        // Another thread drops the last handle, which cannot drop this thread's value.
        std::thread::scope(|s| drop(s.spawn(move || drop(local))));
        assert!(alive.get() <= 64, "{} values are kept for nobody", alive.get());
    }
}

/// Panics without a word.
struct Malign;

impl Drop for Malign {
    fn drop(&mut self) {
        std::panic::resume_unwind(Box::new("dropped"))
    }
}

#[test]
fn values_whose_drops_panic_at_the_end_of_a_thread_harm_nobody() {
    static FIRST: Local<Malign> = Local::new();
    static SECOND: Local<Malign> = Local::new();
    static THIRD: Local<Counted> = Local::new();

    let alive = Arc::new(AtomicUsize::new(1));
    program(|| {
        let counted = Counted(alive.clone());
        let thread = Thread::new(move || {
            FIRST.set(Malign);
            SECOND.set(Malign);
            THIRD.set(counted);
        });
        thread.start().unwrap();
        thread.join().unwrap();
    });
    assert_eq!(alive.load(Ordering::Relaxed), 0, "each value was dropped");
}

#[test]
fn values_whose_drops_panic_when_their_locals_are_gone_are_all_dropped_by_one_access() {
    static OTHER: Local<u32> = Local::new();

    let alive = Arc::new(AtomicUsize::new(1));
    let (first, second, third) = (Local::new(), Local::new(), Local::new());
    first.set(Malign);
    second.set(Malign);
    third.set(Counted(alive.clone()));
    std::thread::spawn(move || drop((first, second, third))).join().unwrap();
    assert!(std::panic::catch_unwind(|| OTHER.get()).is_err());
    assert_eq!(alive.load(Ordering::Relaxed), 0);
    assert_eq!(OTHER.get(), None);
}

/// Counts those that live.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn a_value_whose_local_is_gone_is_dropped_by_its_threads_next_access() {
    static OTHER: Local<u32> = Local::new();

    OTHER.set(1);
    let alive = Arc::new(AtomicUsize::new(2));
    let locals = [Local::new(), Local::new()];
    for local in &locals {
        local.set(Counted(alive.clone()));
    }
    std::thread::spawn(move || drop(locals)).join().unwrap();
    assert_eq!(alive.load(Ordering::Relaxed), 2, "a value never leaves its thread");
    assert_eq!(OTHER.get(), Some(1));
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn values_of_several_threads_are_all_dropped_when_their_local_is_gone() {
    static OTHER: Local<u32> = Local::new();

    let alive = Arc::new(AtomicUsize::new(3));
    let local = Arc::new(Local::new());
    let gone = Arc::new(std::sync::Barrier::new(4));
    let threads: Vec<_> = (0..3)
        .map(|_| {
            let (local, alive, gone) = (local.clone(), alive.clone(), gone.clone());
            std::thread::spawn(move || {
                local.set(Counted(alive));
                drop(local);
                gone.wait();
                gone.wait();
                assert_eq!(OTHER.get(), None);
                // So that no end of a thread has dropped it.
                gone.wait();
                gone.wait();
            })
        })
        .collect();
    gone.wait();
    assert_eq!(Arc::into_inner(local).map(drop), Some(()));
    gone.wait();
    gone.wait();
    assert_eq!(alive.load(Ordering::Relaxed), 0);
    gone.wait();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}
