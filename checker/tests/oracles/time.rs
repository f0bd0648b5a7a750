//! Timed programs, daemons and budgets: what an observer can see, in both readings of time.
//!
//! Each set of outcomes is derived by hand in a comment. Where the program can be written as one of the oracle's, all of its
//! behaviours are those that the enumerator of interleavings finds, which knows time.

use std::sync::Arc;
use std::time::Duration;

use crate::oracle::Op::{
    AcquireTimeout, Daemon, JoinPrevious, Lock, NotifyOne, Report, Sleep, Unlock, WaitTimeout,
};
use crate::oracle::{Program, assert_explores_in, interleavings};
use selvedge::MemoryModel::Sc;
use selvedge::cell::UnsafeCell;
use selvedge::specification;
use selvedge::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst};
use selvedge::sync::{Condvar, Mutex, mpsc};
use selvedge::time::Instant;
use selvedge::{Checker, FailureKind, Limit, Time, Verdict, outcome, thread};

const READINGS: [Time; 2] = [Time::Adversarial, Time::Virtual];

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Asserts the outcomes in adversarial and in virtual time.
#[track_caller]
fn assert_outcomes(
    model: impl Fn() + Send + Sync + Clone + 'static,
    adversarial: &[&str],
    in_virtual: &[&str],
) {
    for (time, wanted) in READINGS.into_iter().zip([adversarial, in_virtual]) {
        let report = complete(Checker::new().time(time).run(model.clone()));
        assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted, "{time:?}");
        assert_eq!(report.blocked(), 0);
    }
}

/// The report of a model of which every execution was explored, though its threads have nothing in common but the time.
#[track_caller]
fn complete(report: selvedge::Report) -> selvedge::Report {
    let verdict = report.verdict();
    let complete = matches!(verdict, Verdict::Verified | Verdict::Incomplete(Limit::NothingShared));
    assert!(complete, "{verdict}");
    report
}

/// Asserts that the engine finds what the enumerator finds, in both readings.
fn assert_enumerated(program: Program) {
    for time in READINGS {
        assert_explores_in(time, &program, Sc, &interleavings::behaviours_in(time, &program));
    }
}

fn failure(time: Time, model: impl Fn() + Send + Sync + 'static) -> (FailureKind, String) {
    match Checker::new().time(time).run(model).verdict() {
        Verdict::Failed(failure) => (failure.kind, failure.to_string()),
        other => panic!("{other}"),
    }
}

mod sleeps {
    use super::*;

    fn says_after(millis: u64, word: &'static str) -> thread::JoinHandle<()> {
        thread::spawn(move || {
            thread::sleep(ms(millis));
            outcome(word);
        })
    }

    fn two(first: u64, second: u64) -> impl Fn() + Send + Sync + Clone + 'static {
        move || {
            let (a, b) = (says_after(first, "a"), says_after(second, "b"));
            a.join().unwrap();
            b.join().unwrap();
        }
    }

    /// Adversarial: a sleep says nothing, so both orders. Virtual: a at 1, b at 2.
    #[test]
    fn end_in_the_order_of_their_lengths() {
        assert_outcomes(two(1, 2), &["a; b", "b; a"], &["a; b"]);
        assert_enumerated(vec![vec![Sleep(1), Report], vec![Sleep(2), Report]]);
    }

    /// Both at 1: in either order.
    #[test]
    fn of_one_length_end_in_both_orders() {
        assert_outcomes(two(1, 1), &["a; b", "b; a"], &["a; b", "b; a"]);
        assert_enumerated(vec![vec![Sleep(1), Report], vec![Sleep(1), Report]]);
    }

    /// 1 and then 2 are 3 in all: a tie with a sleep of 3, and later than one of 2.
    #[test]
    fn in_a_row_add_up() {
        let model = |other| {
            move || {
                let b = says_after(other, "b");
                thread::sleep(ms(1));
                thread::sleep(ms(2));
                outcome("a");
                b.join().unwrap();
            }
        };
        assert_outcomes(model(3), &["a; b", "b; a"], &["a; b", "b; a"]);
        assert_outcomes(model(2), &["a; b", "b; a"], &["b; a"]);
    }

    /// What is written at 1 is what is read at 2, also where nothing synchronises.
    #[test]
    fn order_what_is_read() {
        let model = || {
            let x = Arc::new(AtomicUsize::new(0));
            let writer = {
                let x = x.clone();
                thread::spawn(move || {
                    thread::sleep(ms(1));
                    x.store(1, Relaxed);
                })
            };
            thread::sleep(ms(2));
            outcome(x.load(Relaxed));
            writer.join().unwrap();
        };
        assert_outcomes(model, &["0", "1"], &["1"]);
    }

    #[test]
    fn do_not_synchronise() {
        struct Shared(UnsafeCell<u32>);
        // SAFETY: the checker finds out that it is not.
        unsafe impl Sync for Shared {}
        // SAFETY: as above.
        unsafe impl Send for Shared {}
        for time in READINGS {
            let (kind, message) = failure(time, || {
                let shared = Arc::new(Shared(UnsafeCell::new(0)));
                let theirs = shared.clone();
                let other = thread::spawn(move || theirs.0.with_mut(|_| ()));
                thread::sleep(ms(1));
                shared.0.with_mut(|_| ());
                other.join().unwrap();
            });
            assert_eq!(kind, FailureKind::DataRace, "{message}");
        }
    }

    #[test]
    fn without_an_end_are_a_livelock() {
        for time in READINGS {
            let (kind, message) = failure(time, || {
                loop {
                    thread::sleep(ms(1));
                }
            });
            assert_eq!(kind, FailureKind::Livelock, "{message}");
            assert!(message.contains("MainThread") && message.contains("time.rs"), "{message}");
        }
    }

    /// The flag is set at 5: seen at 6, after three sleeps of 2. Adversarial: after any number of polls, so nothing is complete.
    #[test]
    fn between_polls_end_with_what_is_polled() {
        let model = || {
            let flag = Arc::new(AtomicBool::new(false));
            let theirs = flag.clone();
            let other = thread::spawn(move || {
                thread::sleep(ms(5));
                theirs.store(true, SeqCst);
            });
            let mut polls = 0;
            while !flag.load(SeqCst) {
                thread::sleep(ms(2));
                polls += 1;
            }
            outcome(polls);
            other.join().unwrap();
        };
        let in_virtual = complete(Checker::new().time(Time::Virtual).run(model));
        assert_eq!(in_virtual.outcomes().keys().collect::<Vec<_>>(), ["3"]);
        let adversarial = Checker::new().time(Time::Adversarial).max_steps(1_000).run(model);
        assert!(matches!(adversarial.verdict(), Verdict::Incomplete(Limit::Loop { .. })), "{adversarial:?}");
    }
}

mod timed_waits {
    use super::*;

    fn beside_a_notify(timeout: u64, notified_at: u64) -> impl Fn() + Send + Sync + Clone + 'static {
        move || {
            let shared = Arc::new((Mutex::new(()), Condvar::new()));
            let theirs = shared.clone();
            let notifier = thread::spawn(move || {
                thread::sleep(ms(notified_at));
                theirs.1.notify_one();
            });
            let begin = Instant::now();
            let (guard, result) = shared.1.wait_timeout(shared.0.lock().unwrap(), ms(timeout)).unwrap();
            let how = if result.timed_out() { "timed out" } else { "notified" };
            outcome(format!("{how} after {:?}", begin.elapsed()));
            drop(guard);
            notifier.join().unwrap();
        }
    }

    /// The wait begins at 0 and ends with the earlier of notification and timeout, a tie either way. Adversarial: either
    /// way, and its own clock has moved by the timeout or not at all.
    #[test]
    fn beside_a_notify_end_with_what_comes_first() {
        for (timeout, in_virtual) in [
            (1, &["timed out after 1ms"][..]),
            (2, &["notified after 2ms", "timed out after 2ms"]),
            (3, &["notified after 2ms"]),
        ] {
            let timed_out = format!("timed out after {timeout}ms");
            assert_outcomes(beside_a_notify(timeout, 2), &["notified after 0ns", &timed_out], in_virtual);
            let waiter = vec![Lock(0), WaitTimeout(0, timeout), Unlock(0), Report];
            assert_enumerated(vec![waiter, vec![Sleep(2), NotifyOne(0)]]);
        }
    }

    /// The token comes at 2.
    #[test]
    fn for_a_token_end_with_what_comes_first() {
        let model = |timeout| {
            move || {
                let main = thread::current();
                let other = thread::spawn(move || {
                    thread::sleep(ms(2));
                    main.unpark();
                });
                let begin = Instant::now();
                thread::park_timeout(ms(timeout));
                outcome(format!("{:?}", begin.elapsed()));
                other.join().unwrap();
            }
        };
        assert_outcomes(model(1), &["0ns", "1ms"], &["1ms"]);
        assert_outcomes(model(2), &["0ns", "2ms"], &["2ms"]);
        assert_outcomes(model(3), &["0ns", "3ms"], &["2ms"]);
    }

    /// The message comes at 2.
    #[test]
    fn for_a_message_end_with_what_comes_first() {
        let model = |timeout| {
            move || {
                let (sender, receiver) = mpsc::channel();
                let other = thread::spawn(move || {
                    thread::sleep(ms(2));
                    sender.send("message").unwrap();
                });
                outcome(receiver.recv_timeout(ms(timeout)).map_or_else(|e| e.to_string(), str::to_owned));
                other.join().unwrap();
            }
        };
        let both = ["message", "timed out waiting on channel"];
        assert_outcomes(model(1), &both, &both[1..]);
        assert_outcomes(model(2), &both, &both);
        assert_outcomes(model(3), &both, &both[..1]);
    }

    /// The lock is released at 2.
    #[test]
    fn for_a_lock_end_with_what_comes_first() {
        let model = |timeout| {
            move || {
                let lock = Arc::new(specification::Lock::new());
                lock.acquire();
                let theirs = lock.clone();
                let other = thread::spawn(move || {
                    thread::sleep(ms(2));
                    theirs.release();
                });
                outcome(lock.acquire_timeout(ms(timeout)));
                other.join().unwrap();
            }
        };
        assert_outcomes(model(1), &["false", "true"], &["false"]);
        assert_outcomes(model(2), &["false", "true"], &["false", "true"]);
        assert_outcomes(model(3), &["false", "true"], &["true"]);
        let holder = vec![AcquireTimeout(0, 3), Sleep(2), crate::oracle::Op::Release(0)];
        assert_enumerated(vec![holder, vec![Sleep(1), AcquireTimeout(0, 1), Report]]);
    }

    /// Nobody notifies: the timed wait ends, and the untimed one never does.
    #[test]
    fn are_no_deadlock_and_others_are() {
        let model = || {
            let (mutex, condvar) = (Mutex::new(()), Condvar::new());
            let (guard, result) = condvar.wait_timeout(mutex.lock().unwrap(), ms(1)).unwrap();
            outcome(result.timed_out());
            drop(guard);
        };
        assert_outcomes(model, &["true"], &["true"]);
        for time in READINGS {
            let (kind, _) = failure(time, || {
                let (mutex, condvar) = (Mutex::new(()), Condvar::new());
                thread::sleep(ms(1));
                drop(condvar.wait(mutex.lock().unwrap()));
            });
            assert_eq!(kind, FailureKind::Deadlock);
        }
    }

    /// The condition comes true at 2, announced; a false alarm comes at 1.
    #[test]
    fn for_a_condition_go_on_until_the_deadline() {
        let model = |timeout| {
            move || {
                let shared = Arc::new((Mutex::new(0), Condvar::new()));
                let theirs = shared.clone();
                let other = thread::spawn(move || {
                    for _ in 0..2 {
                        thread::sleep(ms(1));
                        *theirs.0.lock().unwrap() += 1;
                        theirs.1.notify_one();
                    }
                });
                let guard = shared.0.lock().unwrap();
                let (guard, result) = shared.1.wait_timeout_while(guard, ms(timeout), |n| *n < 2).unwrap();
                outcome(format!("{} {}", result.timed_out(), *guard));
                drop(guard);
                other.join().unwrap();
            }
        };
        let all = ["false 2", "true 0", "true 1"];
        assert_outcomes(model(1), &all, &["true 0", "true 1"]);
        assert_outcomes(model(2), &all, &["false 2", "true 1"]);
        assert_outcomes(model(3), &all, &["false 2"]);
    }
}

/// The thread ends at 2.
#[test]
fn a_thread_is_finished_from_its_end_on() {
    let model = |at| {
        move || {
            let other = thread::spawn(|| thread::sleep(ms(2)));
            thread::sleep(ms(at));
            outcome(other.is_finished());
            other.join().unwrap();
        }
    };
    assert_outcomes(model(1), &["false", "true"], &["false"]);
    assert_outcomes(model(2), &["false", "true"], &["false", "true"]);
    assert_outcomes(model(3), &["false", "true"], &["true"]);
}

/// A loop that waits for a deadline comes to it, whether it sleeps or not; where time stands still while threads compute, a loop
/// that does not sleep may never come to it, and nobody can tell.
#[test]
fn a_loop_that_looks_at_the_clock_comes_to_its_deadline() {
    let model = |naps: bool, sets: bool| {
        move || {
            let flag = Arc::new(AtomicBool::new(false));
            let theirs = flag.clone();
            let other = thread::spawn(move || {
                thread::sleep(ms(5));
                theirs.store(sets, SeqCst);
            });
            let end = Instant::now() + ms(100);
            let seen = loop {
                if flag.load(SeqCst) {
                    break true;
                }
                if Instant::now() >= end {
                    break false;
                }
                if naps {
                    thread::sleep(ms(1));
                }
            };
            outcome(seen);
            other.join().unwrap();
        }
    };
    assert_outcomes(model(true, true), &["false", "true"], &["true"]);
    assert_outcomes(model(true, false), &["false"], &["false"]);
    for sets in [true, false] {
        let report = Checker::new().run(model(false, sets)).assert_verified();
        let wanted: &[&str] = if sets { &["false", "true"] } else { &["false"] };
        assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
    }
    let waits = |sets| Checker::new().time(Time::Virtual).run(model(false, sets));
    assert_eq!(waits(true).assert_verified().outcomes().keys().collect::<Vec<_>>(), ["true"]);
    let report = waits(false);
    assert!(matches!(report.verdict(), Verdict::Incomplete(Limit::Unclear { .. })), "{report:?}");
}

mod daemons {
    use super::*;

    fn daemon(body: impl FnOnce() + 'static) {
        thread::Builder::new().name("daemon".into()).daemon(true).spawn(body).unwrap();
    }

    /// It ticks at 0, 1 and 2, and the program ends at 2: before the last tick, or after it. Where sleeps say nothing, it may
    /// tick any number of times before, so there is no end to the executions.
    #[test]
    fn end_with_the_program() {
        let model = || {
            daemon(|| {
                loop {
                    outcome("tick");
                    thread::sleep(ms(1));
                }
            });
            thread::sleep(ms(2));
            outcome("bye");
        };
        let report = complete(Checker::new().time(Time::Virtual).run(model));
        let wanted = ["tick; tick; bye", "tick; tick; bye; tick", "tick; tick; tick; bye"];
        assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
        let report = Checker::new().run(model);
        let Verdict::Incomplete(Limit::Growing { place, .. }) = report.verdict() else {
            panic!("{report:?}")
        };
        assert!(place.file.ends_with("time.rs"), "{place}");
    }

    /// What it says after its sleep comes before, after or never.
    #[test]
    fn may_come_too_late() {
        let model = || {
            daemon(|| {
                thread::sleep(ms(1));
                outcome("daemon");
            });
            outcome("main");
        };
        assert_outcomes(model, &["daemon; main", "main", "main; daemon"], &["main"]);
        assert_enumerated(vec![vec![Daemon, Sleep(1), Report], vec![Report]]);
        assert_enumerated(vec![vec![Daemon, Report, Report], vec![Sleep(1), Report]]);
    }

    #[test]
    fn that_are_waited_for_are_as_other_threads() {
        assert_enumerated(vec![vec![Daemon, Sleep(1), Report], vec![JoinPrevious, Report]]);
        for time in READINGS {
            let (kind, _) = failure(time, || {
                let forever = thread::Builder::new().daemon(true).spawn(thread::park).unwrap();
                forever.join().unwrap();
            });
            assert_eq!(kind, FailureKind::Deadlock);
        }
    }

    #[test]
    fn may_wait_spin_and_sleep_forever() {
        let endless: [fn(); 4] = [
            || thread::park(),
            || loop {
                thread::yield_now();
            },
            || loop {
                thread::sleep(ms(1));
            },
            || {
                let never = AtomicBool::new(false);
                while !never.load(SeqCst) {
                    thread::sleep(ms(1));
                }
            },
        ];
        for body in endless {
            let model = move || {
                daemon(body);
                thread::sleep(ms(3));
                outcome("end");
            };
            assert_outcomes(model, &["end"], &["end"]);
        }
    }

    #[test]
    fn keep_their_locks_and_the_report_says_so() {
        for time in READINGS {
            let report = Checker::new().time(time).run(|| {
                let mutex = Arc::new(Mutex::new(()));
                let theirs = mutex.clone();
                daemon(move || {
                    let _guard = theirs.lock().unwrap();
                    thread::park();
                });
                outcome(mutex.try_lock().is_ok());
            });
            let held = report.assert_verified().held_by_daemons().clone();
            let (sentence, executions) = held.first_key_value().expect("the daemon always comes to its lock");
            assert!(
                sentence.starts_with("daemon holds what it took at ") && sentence.contains("time.rs"),
                "{sentence}"
            );
            assert_eq!((held.len(), *executions), (1, 2));
        }
    }

    /// What it writes is seen or not, as with any thread; only the end does not wait for it.
    #[test]
    fn write_while_they_live() {
        let model = || {
            let x = Arc::new(AtomicUsize::new(0));
            let theirs = x.clone();
            daemon(move || {
                thread::sleep(ms(1));
                theirs.store(1, SeqCst);
            });
            outcome(x.load(SeqCst));
        };
        assert_outcomes(model, &["0", "1"], &["0"]);
    }
}

mod budgets {
    use super::*;

    #[track_caller]
    fn assert_outcomes(checker: Checker, model: impl Fn() + Send + Sync + 'static, wanted: &[&str]) {
        let report = checker.run(model).assert_verified();
        assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
    }

    /// Each loop counts its tries; the budget is for all of them together.
    #[test]
    fn of_failures_bound_weak_exchanges() {
        let model = || {
            let x = AtomicUsize::new(0);
            let mut tries = [0, 0];
            for (i, tries) in tries.iter_mut().enumerate() {
                while x.compare_exchange_weak(i, i + 1, SeqCst, SeqCst).is_err() {
                    *tries += 1;
                }
            }
            outcome(format!("{tries:?}"));
        };
        assert_outcomes(Checker::new(), model, &["[0, 0]"]);
        assert_outcomes(Checker::new().spurious_failures(1), model, &["[0, 0]", "[0, 1]", "[1, 0]"]);
        let two = ["[0, 0]", "[0, 1]", "[0, 2]", "[1, 0]", "[1, 1]", "[2, 0]"];
        assert_outcomes(Checker::new().spurious_failures(2), model, &two);
    }

    /// Two threads, one failure: neither fails, or the one, or the other.
    #[test]
    fn are_shared_by_all_threads() {
        let model = || {
            let x = Arc::new(AtomicUsize::new(0));
            let add = |x: &AtomicUsize| {
                let (mut failures, mut now) = (0, x.load(SeqCst));
                while let Err(read) = x.compare_exchange_weak(now, now + 1, SeqCst, SeqCst) {
                    failures += usize::from(read == now);
                    now = read;
                }
                failures
            };
            let theirs = x.clone();
            let other = thread::spawn(move || add(&theirs));
            let mine = add(&x);
            outcome(format!("{mine} {}", other.join().unwrap()));
        };
        assert_outcomes(Checker::new().spurious_failures(1), model, &["0 0", "0 1", "1 0"]);
        assert_outcomes(
            Checker::new().spurious_failures(2),
            model,
            &["0 0", "0 1", "0 2", "1 0", "1 1", "2 0"],
        );
    }

    #[test]
    fn of_wakeups_bound_waits_and_parks() {
        let wait = || {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            let theirs = shared.clone();
            let other = thread::spawn(move || {
                *theirs.0.lock().unwrap() = true;
                theirs.1.notify_one();
            });
            let mut guard = shared.0.lock().unwrap();
            let mut in_vain = 0;
            while !*guard {
                guard = shared.1.wait(guard).unwrap();
                in_vain += usize::from(!*guard);
            }
            drop(guard);
            outcome(in_vain);
            other.join().unwrap();
        };
        assert_outcomes(Checker::new(), wait, &["0"]);
        assert_outcomes(Checker::new().spurious_wakeups(2), wait, &["0", "1", "2"]);
        let park = || {
            let flag = Arc::new(AtomicBool::new(false));
            let (theirs, main) = (flag.clone(), thread::current());
            let other = thread::spawn(move || {
                theirs.store(true, SeqCst);
                main.unpark();
            });
            let mut in_vain = 0;
            while !flag.load(SeqCst) {
                thread::park();
                in_vain += 1;
            }
            outcome(in_vain);
            other.join().unwrap();
        };
        assert_outcomes(Checker::new(), park, &["0", "1"]);
        assert_outcomes(Checker::new().spurious_wakeups(1), park, &["0", "1", "2"]);
    }

    /// A wait without a loop is a bug that a spurious wake-up shows.
    #[test]
    fn show_a_wait_without_a_loop() {
        let model = || {
            let shared = Arc::new((Mutex::new(false), Condvar::new()));
            let theirs = shared.clone();
            let other = thread::spawn(move || {
                *theirs.0.lock().unwrap() = true;
                theirs.1.notify_one();
            });
            let mut guard = shared.0.lock().unwrap();
            if !*guard {
                guard = shared.1.wait(guard).unwrap();
            }
            assert!(*guard, "woken for nothing");
            drop(guard);
            other.join().unwrap();
        };
        Checker::new().run(model).assert_verified();
        let report = Checker::new().spurious_wakeups(1).run(model);
        assert!(matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::Panic));
    }

    /// One poll where the gate is open at once; two where the waker or no reason at all wakes; three where it is first no reason
    /// and then the waker. A waker is enough for the gate to be seen.
    #[test]
    fn of_wakeups_bound_polls() {
        let model = || {
            let gate = Arc::new(AtomicBool::new(false));
            let mut polls = 0;
            selvedge::future::block_on(std::future::poll_fn(|context| {
                polls += 1;
                if polls == 1 {
                    let (gate, waker) = (gate.clone(), context.waker().clone());
                    thread::spawn(move || {
                        gate.store(true, SeqCst);
                        waker.wake();
                    });
                }
                if gate.load(SeqCst) { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
            }));
            outcome(polls);
        };
        assert_outcomes(Checker::new(), model, &["1", "2"]);
        assert_outcomes(Checker::new().spurious_wakeups(1), model, &["1", "2", "3"]);
        assert_outcomes(Checker::new().spurious_wakeups(2), model, &["1", "2", "3", "4"]);
    }
}
