use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use std::thread;

/// Each of two threads sets its flag, does something, and looks at the other's. Whether one sees that of the other.
#[cfg(test)]
fn is_seen(between: fn()) -> bool {
    let flags = Arc::new([AtomicBool::new(false), AtomicBool::new(false)]);
    let look = |mine: usize| {
        let flags = flags.clone();
        move || {
            flags[mine].store(true, Relaxed);
            between();
            flags[1 - mine].load(Relaxed)
        }
    };
    let other = thread::spawn(look(0));
    let seen = look(1)();
    other.join().unwrap() || seen
}

#[test]
fn one_sees_the_other() {
    assert!(is_seen(|| {
        let own = AtomicUsize::new(0);
        _ = own.compare_exchange(0, 1, SeqCst, SeqCst);
    }));
}

#[test]
fn of_a_shared_one_it_is_none() {
    assert!(is_seen(|| {
        let shared = Box::new(AtomicUsize::new(0));
        _ = shared.compare_exchange(0, 1, SeqCst, SeqCst);
    }));
}

#[test]
fn of_one_that_another_thread_reads_it_is_none() {
    let (own, flags) = (AtomicUsize::new(0), [AtomicBool::new(false), AtomicBool::new(false)]);
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            flags[0].store(true, Relaxed);
            std::sync::atomic::fence(SeqCst);
            let seen = flags[1].load(Relaxed);
            own.load(Relaxed);
            seen
        });
        flags[1].store(true, Relaxed);
        _ = own.compare_exchange(0, 1, SeqCst, SeqCst);
        let seen = flags[0].load(Relaxed);
        assert!(other.join().unwrap() || seen);
    });
}
