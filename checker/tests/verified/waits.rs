//! Loops that wait, with a hint and without, and polls that give up.

use std::sync::Arc as StdArc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicBool, AtomicUsize, Ordering::*};
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, FailureKind, Limit, Report, Verdict, hint, outcome, thread};

fn outcomes(report: &Report) -> Vec<&str> {
    report.outcomes().keys().map(String::as_str).collect()
}

fn explored(model: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().max_duration(Duration::from_secs(20)).run(model)
}

#[track_caller]
fn assert_fails(kind: FailureKind, model: impl Fn() + Send + Sync + 'static) {
    let report = explored(model);
    assert!(matches!(report.verdict(), Verdict::Failed(f) if f.kind == kind), "{}", report.verdict());
}

#[track_caller]
fn assert_verified(model: impl Fn() + Send + Sync + 'static) -> Report {
    let report = explored(model);
    assert_eq!(*report.verdict(), Verdict::Verified);
    assert!(report.executions() > 0);
    report
}

#[test]
fn a_bounded_spin_may_come_to_its_park() {
    assert_fails(FailureKind::Deadlock, || {
        let s = Arc::new((AtomicBool::new(false), AtomicBool::new(false)));
        let w = s.clone();
        let waiter = thread::spawn(move || {
            for _ in 0..2 {
                if w.0.load(SeqCst) {
                    return;
                }
                hint::spin_loop();
            }
            w.1.store(true, SeqCst);
            thread::park();
        });
        s.0.store(true, SeqCst);
        if s.1.load(SeqCst) {
            waiter.thread().unpark();
        }
        waiter.join().unwrap();
    });
}

#[test]
fn a_yield_between_two_loads_takes_no_outcome_away() {
    let report = assert_verified(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let y = x.clone();
        let t = thread::spawn(move || y.store(1, SeqCst));
        let a = x.load(SeqCst);
        thread::yield_now();
        let b = x.load(SeqCst);
        outcome(format!("{a} {b}"));
        t.join().unwrap();
    });
    assert_eq!(outcomes(&report), ["0 0", "0 1", "1 1"]);
}

#[test]
fn polls_that_sleep_give_up_after_any_number() {
    for polls in [1, 4, 5, 9] {
        assert_fails(FailureKind::Panic, move || {
            let x = Arc::new(AtomicBool::new(false));
            let y = x.clone();
            let t = thread::spawn(move || y.store(true, SeqCst));
            for i in 1.. {
                if x.load(SeqCst) {
                    break;
                }
                assert!(i < polls, "gave up");
                thread::sleep(Duration::from_millis(1));
            }
            t.join().unwrap();
        });
    }
}

#[test]
fn a_loop_without_a_hint_ends_as_one_with_a_hint() {
    let counts = [false, true].map(|hints| {
        let report = assert_verified(move || {
            let m = StdArc::new(AtomicBool::new(false));
            let w = thread::spawn({
                let m = m.clone();
                move || {
                    while !m.load(SeqCst) {
                        if hints {
                            hint::spin_loop();
                        }
                    }
                }
            });
            m.store(true, SeqCst);
            w.join().unwrap();
        });
        report.executions()
    });
    assert_eq!(counts, [2, 2]);
}

#[test]
fn a_loop_may_poll_under_a_lock() {
    assert_verified(|| {
        let flag = Arc::new(Mutex::new(false));
        let t = thread::spawn({
            let flag = flag.clone();
            move || *flag.lock().unwrap() = true
        });
        while !*flag.lock().unwrap() {
            thread::yield_now();
        }
        t.join().unwrap();
    });
}

#[test]
fn a_reader_may_take_back_what_it_added() {
    assert_verified(|| {
        let lock = StdArc::new(AtomicUsize::new(1));
        let writer = thread::spawn({
            let lock = lock.clone();
            move || {
                lock.fetch_and(!1, Release);
            }
        });
        while lock.fetch_add(4, Acquire) & 1 != 0 {
            lock.fetch_sub(4, Release);
            hint::spin_loop();
        }
        writer.join().unwrap();
    });
}

#[test]
fn exchanges_in_a_loop_end() {
    assert_verified(|| {
        let m = StdArc::new(AtomicUsize::new(0));
        let add = |m: &AtomicUsize| {
            loop {
                let v = m.load(Relaxed);
                if m.compare_exchange(v, v + 1, SeqCst, Relaxed).is_ok() {
                    break;
                }
            }
        };
        let w = thread::spawn({
            let m = m.clone();
            move || add(&m)
        });
        add(&m);
        w.join().unwrap();
        assert_eq!(m.load(SeqCst), 2);
    });
}

#[test]
fn a_loop_may_try_a_lock() {
    assert_verified(|| {
        let m = StdArc::new(Mutex::new(0));
        let w = thread::spawn({
            let m = m.clone();
            move || {
                loop {
                    if let Ok(mut g) = m.try_lock() {
                        *g += 1;
                        break;
                    }
                }
            }
        });
        *m.lock().unwrap() += 1;
        w.join().unwrap();
        assert_eq!(*m.lock().unwrap(), 2);
    });
}

#[test]
fn a_loop_may_try_to_receive() {
    assert_verified(|| {
        let (tx, rx) = selvedge::sync::mpsc::channel();
        let t = thread::spawn(move || tx.send(7).unwrap());
        while rx.try_recv().is_err() {
            thread::yield_now();
        }
        t.join().unwrap();
    });
}

#[test]
fn a_loop_may_wait_with_a_timeout() {
    assert_verified(|| {
        let pair = StdArc::new((Mutex::new(false), selvedge::sync::Condvar::new()));
        let t = thread::spawn({
            let pair = pair.clone();
            move || {
                *pair.0.lock().unwrap() = true;
                pair.1.notify_one();
            }
        });
        let mut done = pair.0.lock().unwrap();
        while !*done {
            done = pair.1.wait_timeout(done, Duration::from_millis(10)).unwrap().0;
        }
        drop(done);
        t.join().unwrap();
    });
}

#[test]
fn a_loop_that_counts_under_a_lock_is_no_wait() {
    let report = assert_verified(|| {
        let m = StdArc::new(Mutex::new(0));
        loop {
            let mut g = m.lock().unwrap();
            *g += 1;
            if *g == 20 {
                break;
            }
        }
        outcome(*m.lock().unwrap());
    });
    assert_eq!(outcomes(&report), ["20"]);
}

#[test]
fn a_loop_that_counts_on_the_heap_is_no_wait() {
    let report = assert_verified(|| {
        let x = StdArc::new(AtomicBool::new(false));
        let t = thread::spawn({
            let x = x.clone();
            move || x.store(true, SeqCst)
        });
        let tries = Box::new(std::cell::Cell::new(0));
        let tries = std::hint::black_box(tries);
        while !x.load(SeqCst) {
            tries.set(tries.get() + 1);
            if tries.get() == 3 {
                break;
            }
        }
        outcome(tries.get());
        t.join().unwrap();
    });
    assert_eq!(outcomes(&report), ["0", "1", "2", "3"]);
}

#[test]
fn a_loop_that_nobody_ends_is_a_livelock() {
    assert_fails(FailureKind::Livelock, || {
        let x = StdArc::new(AtomicBool::new(false));
        let t = thread::spawn({
            let x = x.clone();
            move || x.store(false, SeqCst)
        });
        while !x.load(SeqCst) {}
        t.join().unwrap();
    });
}

#[test]
fn a_lock_that_is_tried_and_never_released_is_a_livelock() {
    assert_fails(FailureKind::Livelock, || {
        let m = StdArc::new(Mutex::new(()));
        let t = thread::spawn({
            let m = m.clone();
            move || std::mem::forget(m.lock().unwrap())
        });
        t.join().unwrap();
        while m.try_lock().is_err() {
            thread::yield_now();
        }
    });
}

#[test]
fn a_loop_that_goes_on_is_a_limit_and_names_the_line() {
    let report = explored(|| {
        let x = AtomicUsize::new(0);
        loop {
            x.fetch_add(1, SeqCst);
        }
    });
    let Verdict::Incomplete(limit) = report.verdict() else { panic!("{}", report.verdict()) };
    assert!(matches!(limit, Limit::Loop { place, .. } if place.file.ends_with("waits.rs")), "{limit}");
}
