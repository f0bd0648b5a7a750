//! A read that comes while a writer waits may be held back until a writer has had the lock.

use selvedge::sync::{Arc, Barrier, Mutex, RwLock, RwLockWriteGuard, mpsc};
use selvedge::{Checker, FailureKind, Report, Verdict, outcome, thread};

type Lock = Arc<RwLock<u32>>;

/// The readers and writers of a program, each with the lock.
fn explore(threads: Vec<fn(&RwLock<u32>)>) -> Report {
    Checker::new().run(move || {
        let lock = Lock::default();
        let begin = |body: fn(&RwLock<u32>)| {
            let lock = lock.clone();
            thread::spawn(move || body(&lock))
        };
        let handles: Vec<_> = threads[1..].iter().map(|body| begin(*body)).collect();
        threads[0](&lock);
        handles.into_iter().for_each(|handle| handle.join().unwrap());
    })
}

fn write(lock: &RwLock<u32>) {
    *lock.write().unwrap() += 1;
}

fn read(lock: &RwLock<u32>) {
    let _guard = lock.read().unwrap();
}

#[track_caller]
fn assert_deadlock(report: &Report) {
    let deadlock = matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::Deadlock);
    assert!(deadlock, "{}", report.verdict());
}

#[track_caller]
fn assert_outcomes(report: Report, wanted: &[&str]) {
    let report = report.assert_verified();
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
}

fn reads_twice(lock: &RwLock<u32>) {
    let first = lock.read().unwrap();
    let second = lock.read().unwrap();
    drop((first, second));
}

#[test]
fn a_recursive_read_may_deadlock_behind_a_writer() {
    let report = explore(vec![reads_twice, write]);
    assert_deadlock(&report);
    let told = report.verdict().to_string();
    assert!(told.contains("waits for a read lock") && told.contains("waits for a write lock"), "{told}");
}

#[test]
fn a_recursive_read_is_right_where_nobody_writes() {
    let _verified = explore(vec![reads_twice, reads_twice, read]).assert_verified();
}

#[test]
fn one_read_after_the_other_is_right() {
    let reads = |lock: &RwLock<u32>| {
        read(lock);
        read(lock);
    };
    let _verified = explore(vec![reads, write, read]).assert_verified();
}

/// A thread that tries does not wait.
#[test]
fn a_recursive_try_read_may_fail() {
    let reads = |lock: &RwLock<u32>| {
        let _guard = lock.read().unwrap();
        outcome(lock.try_read().is_ok());
    };
    assert_outcomes(explore(vec![reads, write]), &["false", "true"]);
    assert_outcomes(explore(vec![reads, read]), &["true"]);
}

/// It reads what the writer has not written: the writer waits, and still keeps it out.
#[test]
fn a_try_read_fails_for_a_writer_that_waits() {
    let report = Checker::new().run(|| {
        let lock = Lock::default();
        let theirs = lock.clone();
        let guard = lock.read().unwrap();
        let writer = thread::spawn(move || write(&theirs));
        let theirs = lock.clone();
        let other = thread::spawn(move || theirs.try_read().is_ok());
        let could = other.join().unwrap();
        outcome(format!("{could} {}", *guard));
        drop(guard);
        writer.join().unwrap();
    });
    assert_outcomes(report, &["false 0", "true 0"]);
}

/// As long as the lock is read by others, who was refused once is refused again.
#[test]
fn a_writer_that_keeps_readers_out_goes_on_to_do_so() {
    let report = Checker::new().run(|| {
        let lock = Lock::default();
        let theirs = lock.clone();
        let guard = lock.read().unwrap();
        let writer = thread::spawn(move || write(&theirs));
        let theirs = lock.clone();
        let other = thread::spawn(move || [theirs.try_read().is_ok(), theirs.try_read().is_ok()]);
        outcome(format!("{:?}", other.join().unwrap()));
        drop(guard);
        writer.join().unwrap();
    });
    assert_outcomes(report, &["[false, false]", "[true, false]", "[true, true]"]);
}

/// Each of the two readers waits for the other's message while it reads, and one of them asks late.
#[test]
fn readers_that_wait_for_each_other_may_deadlock_behind_a_writer() {
    let model = |with_writer: bool| {
        move || {
            let lock = Lock::default();
            let (sender, receiver) = mpsc::channel();
            let theirs = lock.clone();
            let other = thread::spawn(move || {
                let _guard = theirs.read().unwrap();
                sender.send(()).unwrap();
            });
            let theirs = lock.clone();
            let writer = with_writer.then(|| thread::spawn(move || write(&theirs)));
            let guard = lock.read().unwrap();
            receiver.recv().unwrap();
            drop(guard);
            other.join().unwrap();
            if let Some(writer) = writer {
                writer.join().unwrap();
            }
        }
    };
    assert_deadlock(&Checker::new().run(model(true)));
    let _verified = Checker::new().run(model(false)).assert_verified();
}

/// The message is taken before the lock: nobody waits while it reads.
#[test]
fn readers_that_wait_before_they_read_are_right() {
    let _verified = Checker::new()
        .run(|| {
            let lock = Lock::default();
            let (sender, receiver) = mpsc::channel();
            let theirs = lock.clone();
            let other = thread::spawn(move || {
                read(&theirs);
                sender.send(()).unwrap();
            });
            let theirs = lock.clone();
            let writer = thread::spawn(move || write(&theirs));
            receiver.recv().unwrap();
            read(&lock);
            other.join().unwrap();
            writer.join().unwrap();
        })
        .assert_verified();
}

/// Two locks, each read by one thread that then reads the other's, and written by a third.
#[test]
fn reads_of_two_locks_in_opposite_order_may_deadlock_behind_writers() {
    let model = |writers: usize| {
        move || {
            let locks = Arc::new([RwLock::new(0), RwLock::new(0)]);
            let reads = |first: usize| {
                let locks = locks.clone();
                thread::spawn(move || {
                    let _one = locks[first].read().unwrap();
                    let _other = locks[1 - first].read().unwrap();
                })
            };
            let threads = [reads(0), reads(1)];
            let writes = |lock: usize| {
                let locks = locks.clone();
                thread::spawn(move || write(&locks[lock]))
            };
            let writers: Vec<_> = (0..writers).map(writes).collect();
            threads.into_iter().chain(writers).for_each(|thread| thread.join().unwrap());
        }
    };
    let _verified = Checker::new().run(model(1)).assert_verified();
    assert_deadlock(&Checker::new().run(model(2)));
}

/// The mutex is asked for while the lock is read, by one, and the lock while the mutex is held, by the other.
#[test]
fn a_read_and_a_mutex_in_opposite_order_may_deadlock_behind_a_writer() {
    let model = |with_writer: bool| {
        move || {
            let shared = Arc::new((RwLock::new(0), Mutex::new(())));
            let theirs = shared.clone();
            let other = thread::spawn(move || {
                let _mutex = theirs.1.lock().unwrap();
                read(&theirs.0);
            });
            let theirs = shared.clone();
            let writer = with_writer.then(|| thread::spawn(move || write(&theirs.0)));
            {
                let _guard = shared.0.read().unwrap();
                let _mutex = shared.1.lock().unwrap();
            }
            other.join().unwrap();
            if let Some(writer) = writer {
                writer.join().unwrap();
            }
        }
    };
    assert_deadlock(&Checker::new().run(model(true)));
    let _verified = Checker::new().run(model(false)).assert_verified();
}

/// A guard that is forgotten keeps the writer waiting, and with it the reader that comes later.
#[test]
fn a_forgotten_guard_keeps_everybody_out() {
    let forgets = |lock: &RwLock<u32>| std::mem::forget(lock.read().unwrap());
    assert_deadlock(&explore(vec![forgets, write]));
    let _verified = explore(vec![forgets, read]).assert_verified();
}

/// Both readers are there before either goes on.
#[test]
fn readers_that_meet_while_they_read_may_deadlock_behind_a_writer() {
    let model = |with_writer: bool| {
        move || {
            let shared = Arc::new((RwLock::new(0), Barrier::new(2)));
            let meets = || {
                let shared = shared.clone();
                thread::spawn(move || {
                    let _guard = shared.0.read().unwrap();
                    shared.1.wait();
                })
            };
            let mut threads = vec![meets(), meets()];
            if with_writer {
                let shared = shared.clone();
                threads.push(thread::spawn(move || write(&shared.0)));
            }
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        }
    };
    assert_deadlock(&Checker::new().run(model(true)));
    let _verified = Checker::new().run(model(false)).assert_verified();
}

/// The writer that becomes a reader lets no other in between.
#[test]
fn nobody_writes_between_a_write_and_the_read_that_it_becomes() {
    let downgrades = |lock: &RwLock<u32>| {
        let mut guard = lock.write().unwrap();
        *guard += 1;
        let written = *guard;
        let guard = RwLockWriteGuard::downgrade(guard);
        outcome(*guard == written);
    };
    assert_outcomes(explore(vec![downgrades, write, read]), &["true"]);
    let reads_again = |lock: &RwLock<u32>| {
        let guard = RwLockWriteGuard::downgrade(lock.write().unwrap());
        let _again = lock.read().unwrap();
        drop(guard);
    };
    assert_deadlock(&explore(vec![reads_again, write]));
    let _verified = explore(vec![reads_again, read]).assert_verified();
}

/// Along its schedule the deadlock is seen again.
#[test]
fn a_deadlock_behind_a_writer_has_a_schedule() {
    let model = || {
        let lock = Lock::default();
        let theirs = lock.clone();
        let other = thread::spawn(move || write(&theirs));
        reads_twice(&lock);
        other.join().unwrap();
    };
    let report = Checker::new().run(model);
    assert_deadlock(&report);
    let schedule =
        report.counterexample().and_then(|found| found.schedule()).expect("it has a schedule").clone();
    assert_deadlock(&Checker::new().replay(&schedule).run(model));
}

/// What is drawn at random meets it too.
#[test]
fn a_recursive_read_is_found_at_random() {
    let report = Checker::new().random(1, 200).run(|| {
        let lock = Lock::default();
        let theirs = lock.clone();
        let other = thread::spawn(move || write(&theirs));
        reads_twice(&lock);
        other.join().unwrap();
    });
    assert_deadlock(&report);
}
