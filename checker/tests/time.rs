//! What timed programs let an observer see, in both readings of time.

#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::{Condvar, Mutex};
use selvedge::time::Instant;
use selvedge::{Checker, Report, Time, outcome, thread};

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// The outcomes in adversarial and in virtual time.
fn outcomes(model: impl Fn() + Send + Sync + Clone + 'static) -> [Vec<String>; 2] {
    [Time::Adversarial, Time::Virtual].map(|time| {
        let report = Checker::new().time(time).run(model.clone()).assert_verified();
        assert_eq!(report.blocked(), 0);
        report.outcomes().keys().cloned().collect()
    })
}

fn sleeps_and_says(millis: u64, word: &'static str) -> thread::JoinHandle<()> {
    thread::spawn(move || {
        thread::sleep(ms(millis));
        outcome(word);
    })
}

/// In virtual time the shorter sleep ends first.
#[test]
fn two_sleeps_end_in_the_order_of_their_lengths() {
    let [adversarial, in_virtual] = outcomes(|| {
        let (a, b) = (sleeps_and_says(1, "a"), sleeps_and_says(2, "b"));
        a.join().unwrap();
        b.join().unwrap();
    });
    assert_eq!(adversarial, ["a; b", "b; a"]);
    assert_eq!(in_virtual, ["a; b"]);
}

/// In a tie both orders are there.
#[test]
fn two_sleeps_of_one_length_end_in_both_orders() {
    let [adversarial, in_virtual] = outcomes(|| {
        let (a, b) = (sleeps_and_says(1, "a"), sleeps_and_says(1, "b"));
        a.join().unwrap();
        b.join().unwrap();
    });
    assert_eq!(adversarial, ["a; b", "b; a"]);
    assert_eq!(in_virtual, ["a; b", "b; a"]);
}

fn waits_beside_a_notify(timeout: u64, after: u64) -> [Vec<String>; 2] {
    outcomes(move || {
        let shared = Arc::new((Mutex::new(()), Condvar::new()));
        let notifier = {
            let shared = shared.clone();
            thread::spawn(move || {
                thread::sleep(ms(after));
                shared.1.notify_one();
            })
        };
        let begin = Instant::now();
        let (guard, result) = shared.1.wait_timeout(shared.0.lock().unwrap(), ms(timeout)).unwrap();
        outcome(format!("{} after {:?}", result.timed_out(), begin.elapsed()));
        drop(guard);
        notifier.join().unwrap();
    })
}

#[test]
fn a_timed_wait_beside_a_notify() {
    println!("{:?}", waits_beside_a_notify(1, 2));
    println!("{:?}", waits_beside_a_notify(2, 2));
    println!("{:?}", waits_beside_a_notify(3, 2));
}

#[test]
fn daemons() {
    let go = || {
        let daemon = thread::Builder::new()
            .daemon(true)
            .spawn(|| {
                loop {
                    outcome("tick");
                    thread::sleep(ms(1));
                }
            })
            .unwrap();
        thread::sleep(ms(2));
        outcome("bye");
        drop(daemon);
    };
    let report = Checker::new().time(Time::Virtual).run(go);
    println!("{:?} {:?}", report.verdict(), report.outcomes());
    let report = Checker::new().run(go);
    println!("{:?} {:?}", report.verdict(), report.outcomes());
}

#[test]
fn polls() {
    use selvedge::sync::atomic::{AtomicBool, Ordering::*};
    let go = || {
        let flag = Arc::new(AtomicBool::new(false));
        let f = flag.clone();
        let other = thread::spawn(move || {
            thread::sleep(ms(5));
            f.store(true, SeqCst)
        });
        let mut n = 0;
        while !flag.load(SeqCst) {
            thread::sleep(ms(2));
            n += 1;
        }
        outcome(n);
        other.join().unwrap();
    };
    let report = Checker::new().time(Time::Virtual).run(go);
    println!("{:?} {:?}", report.verdict(), report.outcomes());
    let report = Checker::new().run(go);
    println!("{:?} {:?}", report.verdict(), report.outcomes());
    let never = || {
        let flag = AtomicBool::new(false);
        while !flag.load(SeqCst) {
            thread::sleep(ms(2));
        }
    };
    let report = Checker::new().time(Time::Virtual).run(never);
    println!("{:?} {:?}", report.verdict(), report.outcomes());
    let report = Checker::new().run(never);
    println!("{:?} {:?}", report.verdict(), report.outcomes());
}
