//! `RLock`: an owner and a count.

use std::sync::Arc;
use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{NotOwner, RLock};

use crate::{Two, config};

#[derive(Clone, Debug)]
enum Operation {
    Acquire,
    TryAcquire,
    AcquireTimeoutZero,
    Release,
    /// Acquires, and releases by a guard's drop.
    LockAndDrop,
}

fn operation() -> impl Strategy<Value = (bool, Operation)> {
    use Operation::*;
    let operation = prop_oneof![
        Just(Acquire),
        Just(TryAcquire),
        Just(AcquireTimeoutZero),
        Just(Release),
        Just(LockAndDrop)
    ];
    (any::<bool>(), operation)
}

#[derive(Clone, Copy, Debug, Default)]
struct Specification {
    second: bool,
    levels: usize,
}

impl Specification {
    fn owned_by(self, second: bool) -> bool {
        self.levels > 0 && self.second == second
    }

    fn acquire(&mut self, second: bool) -> bool {
        let can = self.levels == 0 || self.owned_by(second);
        if can {
            *self = Specification { second, levels: self.levels + 1 };
        }
        can
    }

    fn release(&mut self, second: bool) -> Result<(), NotOwner> {
        if !self.owned_by(second) {
            return Err(NotOwner);
        }
        self.levels -= 1;
        Ok(())
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_reentrant_lock_is_an_owner_and_a_count(operations in prop::collection::vec(operation(), 0..40)) {
        let (threads, lock, mut specified) = (Two::new(), Arc::new(RLock::new(())), Specification::default());
        for (second, operation) in operations {
            let its = lock.clone();
            match operation {
                Operation::Acquire => {
                    if specified.acquire(second) {
                        threads.run(second, move || its.acquire());
                    }
                }
                Operation::TryAcquire => {
                    prop_assert_eq!(threads.run(second, move || its.try_acquire()), specified.acquire(second));
                }
                Operation::AcquireTimeoutZero => {
                    let taken = threads.run(second, move || its.acquire_timeout(Duration::ZERO));
                    prop_assert_eq!(taken, specified.acquire(second));
                }
                Operation::Release => {
                    prop_assert_eq!(threads.run(second, move || its.release()), specified.release(second));
                }
                Operation::LockAndDrop => {
                    let taken = threads.run(second, move || its.try_lock().is_some());
                    prop_assert_eq!(taken, specified.acquire(second) && specified.release(second).is_ok());
                }
            }
            prop_assert_eq!(lock.locked(), specified.levels > 0);
        }
    }
}
