//! `Condition`: its lock is an owner and a count, and without it everything is refused.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{Condition, Lock, NotOwner, OtherLock};

use crate::{Two, config};

#[derive(Clone, Debug)]
enum Operation {
    TryAcquire,
    Release,
    Notify(usize),
    NotifyAll,
    WaitTimeout(Duration),
    WaitForTrue,
    WaitForTimeoutZero(bool),
}

fn operation() -> impl Strategy<Value = (bool, Operation)> {
    use Operation::*;
    let timeout = prop_oneof![Just(Duration::ZERO), Just(Duration::from_nanos(1))];
    let operation = prop_oneof![
        3 => Just(TryAcquire),
        2 => Just(Release),
        1 => (0..3usize).prop_map(Notify),
        1 => Just(NotifyAll),
        1 => timeout.prop_map(WaitTimeout),
        1 => Just(WaitForTrue),
        1 => any::<bool>().prop_map(WaitForTimeoutZero)
    ];
    (any::<bool>(), operation)
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_condition_is_refused_to_all_but_the_owner_and_leaves_the_lock_as_it_was(
        operations in prop::collection::vec(operation(), 0..40),
    ) {
        let (threads, condition) = (Two::new(), Arc::new(Condition::new()));
        let (mut owner, mut levels) = (false, 0);
        for (second, operation) in operations {
            let its = condition.clone();
            let owned = levels > 0 && owner == second;
            let allowed = if owned { Ok(()) } else { Err(NotOwner) };
            match operation {
                Operation::TryAcquire => {
                    let taken = owned || levels == 0;
                    prop_assert_eq!(threads.run(second, move || its.try_acquire()), taken);
                    if taken {
                        (owner, levels) = (second, levels + 1);
                    }
                }
                Operation::Release => {
                    prop_assert_eq!(threads.run(second, move || its.release()), allowed);
                    levels -= usize::from(owned);
                }
                Operation::Notify(n) => {
                    prop_assert_eq!(threads.run(second, move || its.notify(n)), allowed);
                }
                Operation::NotifyAll => {
                    prop_assert_eq!(threads.run(second, move || its.notify_all()), allowed);
                }
                Operation::WaitTimeout(timeout) => {
                    let said = threads.run(second, move || its.wait_timeout(timeout));
                    prop_assert_eq!(said, allowed.map(|()| false));
                }
                Operation::WaitForTrue => {
                    prop_assert_eq!(threads.run(second, move || its.wait_for(|| true)), allowed);
                }
                Operation::WaitForTimeoutZero(holds) => {
                    let said = threads.run(second, move || its.wait_for_timeout(Duration::ZERO, || holds));
                    prop_assert_eq!(said, allowed.map(|()| holds));
                }
            }
            prop_assert_eq!(condition.source().locked(), levels > 0);
        }
    }
}

#[test]
fn the_guard_of_another_lock_is_refused() {
    let (mine, other) = (Condition::over(Lock::new(())), Condition::over(Lock::new(())));
    assert_eq!(mine.with(&mut other.lock()).err(), Some(OtherLock));
    assert_eq!(mine.with(&mut other.source().lock()).err(), Some(OtherLock));
    assert!(mine.with(&mut mine.source().lock()).is_ok());
}

#[test]
fn a_panic_in_a_predicate_releases_the_lock_with_the_guard() {
    let condition = Condition::over(Lock::new(0));
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        condition.lock().wait_for(|_| panic!("the predicate does"));
    }));
    assert!(panicked.is_err());
    assert!(!condition.source().locked());
    assert_eq!(*condition.lock(), 0);
}

#[test]
fn a_panic_in_a_predicate_leaves_an_acquired_lock_held() {
    let condition = Condition::new();
    condition.acquire();
    let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        condition.wait_for(|| panic!("the predicate does"))
    }));
    assert!(panicked.is_err());
    condition.release().unwrap();
    assert_eq!(condition.release(), Err(NotOwner));
}
