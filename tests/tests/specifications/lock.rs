//! `Lock`: held or free.

use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{Lock, NotLocked};

use crate::config;

#[derive(Clone, Debug)]
enum Operation {
    Acquire,
    TryAcquire,
    AcquireTimeoutZero,
    Release,
    Locked,
    Lock,
    TryLock,
    DropGuard,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    prop_oneof![
        Just(Acquire),
        Just(TryAcquire),
        Just(AcquireTimeoutZero),
        Just(Release),
        Just(Locked),
        Just(Lock),
        Just(TryLock),
        Just(DropGuard)
    ]
}

/// Held with a guard, held without, or free.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Specification {
    Free,
    Held,
    Guarded,
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_lock_is_held_or_free(operations in prop::collection::vec(operation(), 0..40)) {
        use Specification::*;
        let lock = Lock::new(());
        let (mut specified, mut guard) = (Free, None);
        for operation in operations {
            let free = specified == Free;
            match operation {
                Operation::Acquire if free => {
                    lock.acquire();
                    specified = Held;
                }
                Operation::Lock if free => {
                    guard = Some(lock.lock());
                    specified = Guarded;
                }
                Operation::Acquire | Operation::Lock => {}
                Operation::TryAcquire | Operation::AcquireTimeoutZero => {
                    let taken = match operation {
                        Operation::TryAcquire => lock.try_acquire(),
                        _ => lock.acquire_timeout(Duration::ZERO),
                    };
                    prop_assert_eq!(taken, free);
                    if free {
                        specified = Held;
                    }
                }
                Operation::TryLock => {
                    let taken = lock.try_lock();
                    prop_assert_eq!(taken.is_some(), free);
                    if free {
                        guard = taken;
                        specified = Guarded;
                    }
                }
                // A release under a guard is misuse that the guard's drop reports; it has a test of its own.
                Operation::Release if specified == Guarded => {}
                Operation::Release => {
                    prop_assert_eq!(lock.release(), if free { Err(NotLocked) } else { Ok(()) });
                    specified = Free;
                }
                Operation::DropGuard => {
                    if guard.take().is_some() {
                        specified = Free;
                    }
                }
                Operation::Locked => {}
            }
            prop_assert_eq!(lock.locked(), specified != Free);
        }
    }
}

#[test]
fn a_guard_whose_lock_was_released_panics_when_it_is_dropped() {
    let lock = Lock::new(());
    let guard = lock.lock();
    lock.release().unwrap();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(guard)));
    assert!(dropped.is_err());
    assert!(!lock.locked());
}
