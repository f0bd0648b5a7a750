//! What a panic leaves poisoned, as std does.

use std::panic::{AssertUnwindSafe, catch_unwind};

use selvedge::sync::{Arc, LazyLock, Mutex, Once, OnceLock, RwLock, RwLockWriteGuard, TryLockError};
use selvedge::{Checker, FailureKind, Report, Verdict, outcome, thread};

/// Explores with panics that reach `join`.
fn explore(model: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().panics_reach_join().run(model)
}

#[track_caller]
fn assert_panics(report: &Report, message: &str) {
    let panics = matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::Panic && f.message == message);
    assert!(panics, "{}", report.verdict());
}

#[track_caller]
fn assert_outcomes(report: Report, wanted: &[&str]) {
    let report = report.assert_verified();
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
}

/// Whether `f` panics, which is caught here.
fn panics<R>(f: impl FnOnce() -> R) -> bool {
    catch_unwind(AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_once_whose_initialisation_panicked_panics_ever_after() {
    let report = explore(|| {
        static ONCE: Once = Once::new();
        assert!(thread::spawn(|| ONCE.call_once(|| panic!("init"))).join().is_err());
        assert!(!ONCE.is_completed());
        ONCE.call_once(|| ());
    });
    assert_panics(&report, "Once instance has previously been poisoned");
}

#[test]
fn a_once_is_poisoned_by_a_panic_that_the_model_catches() {
    let report = Checker::new().run(|| {
        let once = Arc::new(Once::new());
        let theirs = once.clone();
        let other = thread::spawn(move || panics(|| theirs.call_once(|| panic!("init"))));
        let mine = panics(|| once.call_once(|| ()));
        // One of them is first: the other finds it done, or poisoned.
        outcome(format!("{mine} {}", other.join().unwrap()));
    });
    assert_outcomes(report, &["false false", "true true"]);
}

#[test]
fn a_poisoned_once_is_forced_with_its_state_told() {
    let report = Checker::new().run(|| {
        let once = Once::new();
        assert!(panics(|| once.call_once_force(|state| {
            assert!(!state.is_poisoned());
            panic!("init")
        })));
        assert!(panics(|| once.wait()));
        once.call_once_force(|state| outcome(state.is_poisoned()));
        once.call_once_force(|_| outcome("again"));
        once.call_once(|| outcome("again"));
        once.wait();
        outcome(once.is_completed());
    });
    assert_outcomes(report, &["true; true"]);
}

/// Who waits by force waits for a completion, and not for the panic before it.
#[test]
fn a_wait_for_a_once_ends_with_the_completion() {
    let report = Checker::new().run(|| {
        let once = Arc::new((Once::new(), Mutex::new(0)));
        let theirs = once.clone();
        let other = thread::spawn(move || {
            assert!(panics(|| theirs.0.call_once(|| panic!("init"))));
            theirs.0.call_once_force(|_| *theirs.1.lock().unwrap() = 1);
        });
        once.0.wait_force();
        outcome(*once.1.lock().unwrap());
        other.join().unwrap();
    });
    assert_outcomes(report, &["1"]);
}

#[test]
fn a_wait_for_a_once_that_nobody_runs_is_a_deadlock() {
    let report = Checker::new().run(|| Once::new().wait());
    assert!(matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::Deadlock));
}

#[test]
fn a_lazy_lock_whose_initialiser_panicked_panics_ever_after() {
    let report = explore(|| {
        static LAZY: LazyLock<u32> = LazyLock::new(|| panic!("init"));
        assert!(thread::spawn(|| *LAZY).join().is_err());
        outcome(*LAZY);
    });
    assert_panics(&report, "LazyLock instance has previously been poisoned");
}

/// The next initialiser runs, and its value stays.
#[test]
fn a_once_lock_is_empty_after_a_panic() {
    let report = Checker::new().run(|| {
        let lock = OnceLock::new();
        assert!(panics(|| lock.get_or_init(|| panic!("init"))));
        assert_eq!(lock.get(), None);
        assert_eq!(lock.get_or_try_init(|| Err("failed")), Err("failed"));
        assert_eq!(lock.get(), None);
        outcome(lock.get_or_init(|| 1));
        outcome(lock.get_or_init(|| 2));
        outcome(format!("{:?}", lock.set(3)));
    });
    assert_outcomes(report, &["1; 1; Err(3)"]);
}

#[test]
fn a_lock_is_poisoned_by_a_panic_of_its_writer_alone() {
    let report = explore(|| {
        let lock = Arc::new(RwLock::new(0));
        let theirs = lock.clone();
        let reader = thread::spawn(move || {
            let _guard = theirs.read().unwrap();
            panic!("reads");
        });
        assert!(reader.join().is_err());
        assert!(!lock.is_poisoned());
        let theirs = lock.clone();
        let writer = thread::spawn(move || {
            *theirs.write().unwrap() = 1;
            let mut guard = theirs.write().unwrap();
            *guard = 2;
            panic!("writes");
        });
        assert!(writer.join().is_err());
        assert!(lock.read().is_err(), "std: poisoned");
        assert!(matches!(lock.try_read(), Err(TryLockError::Poisoned(_))));
        assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
        let guard = lock.write().unwrap_err().into_inner();
        outcome(*guard);
        drop(guard);
        assert!(lock.is_poisoned());
        lock.clear_poison();
        outcome(*lock.read().unwrap());
    });
    assert_outcomes(report, &["2; 2"]);
}

#[test]
fn a_writer_that_has_become_a_reader_poisons_nothing() {
    let report = Checker::new().run(|| {
        let lock = RwLock::new(0);
        assert!(panics(|| {
            let _guard = RwLockWriteGuard::downgrade(lock.write().unwrap());
            panic!("reads")
        }));
        outcome(lock.is_poisoned());
    });
    assert_outcomes(report, &["false"]);
}

#[test]
fn locks_are_poisoned_by_panics_that_the_model_catches() {
    let report = Checker::new().run(|| {
        let shared = Arc::new((Mutex::new(0), RwLock::new(0)));
        let theirs = shared.clone();
        let other = thread::spawn(move || {
            assert!(panics(|| {
                let _guards = (theirs.0.lock().unwrap(), theirs.1.write().unwrap());
                panic!("caught")
            }));
        });
        other.join().unwrap();
        outcome(shared.0.lock().is_err());
        outcome(shared.1.read().is_err());
    });
    assert_outcomes(report, &["true; true"]);
}

/// Others see it poisoned or not yet, but never the lock still held and never half.
#[test]
fn a_lock_is_poisoned_when_it_is_released() {
    let report = Checker::new().run(|| {
        let lock = Arc::new(Mutex::new(0));
        let theirs = lock.clone();
        let other = thread::spawn(move || {
            panics(|| {
                *theirs.lock().unwrap_or_else(|poisoned| poisoned.into_inner()) += 1;
                let _guard = theirs.lock().unwrap();
                panic!("caught")
            })
        });
        match lock.lock() {
            Ok(guard) => outcome(format!("sound {}", *guard)),
            Err(poisoned) => outcome(format!("poisoned {}", **poisoned.get_ref())),
        }
        assert!(other.join().unwrap());
    });
    assert_outcomes(report, &["poisoned 1", "sound 0", "sound 1"]);
}

/// What a destructor locks and releases while its thread unwinds is as it found it.
#[test]
fn a_lock_that_is_taken_while_its_thread_unwinds_is_not_poisoned() {
    struct Locks(Arc<Mutex<u32>>, Arc<RwLock<u32>>);
    impl Drop for Locks {
        fn drop(&mut self) {
            *self.0.lock().unwrap() += 1;
            *self.1.write().unwrap() += 1;
        }
    }
    let report = Checker::new().run(|| {
        let (mutex, lock) = (Arc::new(Mutex::new(0)), Arc::new(RwLock::new(0)));
        let locks = Locks(mutex.clone(), lock.clone());
        assert!(panics(move || {
            let _locks = locks;
            panic!("caught")
        }));
        outcome(*mutex.lock().unwrap() + *lock.read().unwrap());
    });
    assert_outcomes(report, &["2"]);
}

/// The panic is caught, and the guard dropped after that.
#[test]
fn a_panic_that_does_not_reach_the_guard_poisons_nothing() {
    let report = Checker::new().run(|| {
        let lock = Mutex::new(0);
        let guard = lock.lock().unwrap();
        assert!(panics(|| panic!("caught")));
        drop(guard);
        outcome(lock.is_poisoned());
    });
    assert_outcomes(report, &["false"]);
}

#[test]
fn who_has_a_lock_alone_hears_that_it_is_poisoned() {
    let report = Checker::new().run(|| {
        let (mut mutex, mut lock) = (Mutex::new(1), RwLock::new(2));
        assert!(mutex.get_mut().is_ok() && lock.get_mut().is_ok());
        assert!(panics(|| {
            let _guards = (mutex.lock().unwrap(), lock.write().unwrap());
            panic!("caught")
        }));
        outcome(format!(
            "{} {}",
            mutex.get_mut().unwrap_err().get_ref(),
            lock.get_mut().unwrap_err().get_ref()
        ));
        outcome(format!("{} {}", mutex.into_inner().unwrap_err(), lock.into_inner().is_err()));
    });
    assert_outcomes(report, &["1 2; poisoned lock: another task failed inside true"]);
}
