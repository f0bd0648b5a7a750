//! What std has as unstable, and crates have in its place.

use selvedge::sync::{
    MappedMutexGuard, MappedRwLockReadGuard, MappedRwLockWriteGuard, Mutex, MutexGuard, RwLock,
    RwLockReadGuard, RwLockWriteGuard,
};
use selvedge::{Checker, FailureKind, Verdict, outcome, thread};

#[track_caller]
fn assert_outcomes(model: impl Fn() + Send + Sync + 'static, wanted: &[&str]) {
    let report = Checker::new().run(model).assert_verified();
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), wanted);
}

/// Whether `f` panics, which is caught here.
fn panics<R>(f: impl FnOnce() -> R) -> bool {
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(f)).is_err()
}

#[test]
fn a_guard_of_a_part_holds_the_whole_lock() {
    assert_outcomes(
        || {
            let mutex = Mutex::new((1, 2));
            let mut part: MappedMutexGuard<'_, i32> =
                MutexGuard::map(mutex.lock().unwrap(), |pair| &mut pair.1);
            *part += 1;
            let part = MappedMutexGuard::map(part, |n| n);
            let part = MappedMutexGuard::filter_map(part, |_| None::<&mut i32>).unwrap_err();
            outcome(format!("{part} {part:?} {}", mutex.try_lock().is_ok()));
            drop(part);
            let none = MutexGuard::filter_map(mutex.lock().unwrap(), |_| None::<&mut i32>);
            outcome(none.is_err());
            drop(none);
            outcome(format!("{:?}", mutex.try_lock().unwrap()));
        },
        &["3 3 false; true; (1, 3)"],
    );
}

#[test]
fn readers_and_writers_of_parts_hold_the_whole_lock() {
    assert_outcomes(
        || {
            let lock = RwLock::new([1, 2]);
            let part: MappedRwLockReadGuard<'_, i32> =
                RwLockReadGuard::map(lock.read().unwrap(), |all| &all[1]);
            let part = MappedRwLockReadGuard::map(part, |n| n);
            outcome(format!("{part} {} {}", lock.try_read().is_ok(), lock.try_write().is_ok()));
            drop(part);
            let none = RwLockReadGuard::filter_map(lock.read().unwrap(), |all| all.get(2));
            outcome(none.is_err());
            drop(none);
            let mut part: MappedRwLockWriteGuard<'_, i32> =
                RwLockWriteGuard::map(lock.write().unwrap(), |all| &mut all[0]);
            *part += 4;
            let part = MappedRwLockWriteGuard::filter_map(part, |n| Some(n)).unwrap();
            outcome(format!("{part} {}", lock.try_read().is_ok()));
            drop(part);
            let some = RwLockWriteGuard::filter_map(lock.write().unwrap(), |all| all.first_mut());
            outcome(*some.unwrap());
            outcome(format!("{:?}", *lock.read().unwrap()));
        },
        &["2 true false; true; 5 false; 5; [5, 2]"],
    );
}

#[test]
fn a_guard_of_a_part_poisons_as_that_of_the_whole() {
    assert_outcomes(
        || {
            let (mutex, lock) = (Mutex::new((1, 2)), RwLock::new((1, 2)));
            assert!(panics(|| {
                let _part = RwLockReadGuard::map(lock.read().unwrap(), |pair| &pair.0);
                panic!("reads")
            }));
            outcome(lock.is_poisoned());
            assert!(panics(|| {
                let _parts = (
                    MutexGuard::map(mutex.lock().unwrap(), |pair| &mut pair.0),
                    RwLockWriteGuard::map(lock.write().unwrap(), |pair| &mut pair.0),
                );
                panic!("writes")
            }));
            outcome(format!("{} {}", mutex.is_poisoned(), lock.is_poisoned()));
        },
        &["false; true true"],
    );
}

#[test]
fn a_thread_of_a_model_has_no_name_of_the_operating_system() {
    #[cfg(unix)]
    {
        use std::os::unix::thread::JoinHandleExt;
        let report = Checker::new().run(|| {
            thread::spawn(|| ()).into_pthread_t();
        });
        let panics = |f: &selvedge::Failure| f.kind == FailureKind::Panic && f.message.contains("pthread_t");
        assert!(matches!(report.verdict(), Verdict::Failed(f) if panics(f)));
    }
}

#[test]
fn an_assertion_to_the_compiler_is_checked() {
    // SAFETY: here it panics.
    let report = Checker::new().run(|| unsafe { selvedge::hint::assert_unchecked(false) });
    assert!(matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::Panic));
}

/// The old pointer is given back, once.
#[test]
fn memory_that_was_moved_is_given_back_once() {
    use selvedge::alloc::{Layout, alloc, dealloc, realloc};
    let layout = Layout::new::<u64>();
    // SAFETY: what is wrong here is told, and not done.
    let report = Checker::new().run(move || unsafe {
        let old = alloc(layout);
        let new = realloc(old, layout, 16);
        assert_ne!(old, new);
        dealloc(old, layout);
    });
    assert!(
        matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::DoubleFree),
        "{}",
        report.verdict()
    );
    let report = Checker::new().run(move || {
        // SAFETY: the memory is of that layout, and both sizes are more than 0.
        unsafe { realloc(alloc(layout), layout, 16) };
    });
    assert!(matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::Leak));
}
