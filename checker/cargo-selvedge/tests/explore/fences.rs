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

/// In each run in which another thread uses it, that is before the exchange.
#[test]
fn of_one_that_another_thread_has_read_it_is_none() {
    let (own, x) = (AtomicUsize::new(0), AtomicBool::new(false));
    let flags = [AtomicBool::new(false), AtomicBool::new(false)];
    thread::scope(|scope| {
        let other = scope.spawn(|| {
            if !x.load(Relaxed) {
                own.load(Relaxed);
                return true;
            }
            flags[0].store(true, Relaxed);
            std::sync::atomic::fence(SeqCst);
            flags[1].load(Relaxed)
        });
        scope.spawn(|| x.store(true, Relaxed)).join().unwrap();
        flags[1].store(true, Relaxed);
        _ = own.compare_exchange(0, 1, SeqCst, SeqCst);
        let seen = flags[0].load(Relaxed);
        assert!(other.join().unwrap() || seen);
    });
}

/// The other thread may come first or last, and no run differs from what was explored.
#[test]
fn a_shared_one_is_the_same_in_each_run() {
    let (own, x) = (AtomicUsize::new(0), AtomicUsize::new(0));
    thread::scope(|scope| {
        scope.spawn(|| {
            x.load(Relaxed);
            own.load(Relaxed);
        });
        scope.spawn(|| ()).join().unwrap();
        _ = own.compare_exchange(0, 1, SeqCst, SeqCst);
        x.store(1, Relaxed);
    });
}
