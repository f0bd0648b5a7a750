//! `Semaphore` and `BoundedSemaphore`: a count and its limit.

use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{BoundedSemaphore, ReleaseError, Semaphore};

use crate::config;

#[derive(Clone, Debug)]
enum Operation {
    Acquire,
    TryAcquire,
    AcquireTimeoutZero,
    Release(usize),
    Permit,
    TryPermit,
    DropPermit,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let n = prop_oneof![4 => 0..4usize, 1 => (Semaphore::MAX_PERMITS - 4)..=usize::MAX];
    prop_oneof![
        Just(Acquire),
        Just(TryAcquire),
        Just(AcquireTimeoutZero),
        n.prop_map(Release),
        Just(Permit),
        Just(TryPermit),
        Just(DropPermit)
    ]
}

struct Specification {
    available: usize,
    limit: usize,
}

impl Specification {
    fn acquire(&mut self) -> bool {
        let can = self.available > 0;
        self.available -= usize::from(can);
        can
    }

    fn release(&mut self, released: usize) -> Result<(), ReleaseError> {
        let Specification { available, limit } = *self;
        if released == 0 {
            return Err(ReleaseError::Zero);
        }
        match available.checked_add(released) {
            Some(sum) if sum <= limit => self.available = sum,
            _ => return Err(ReleaseError::TooMany { released, available, limit }),
        }
        Ok(())
    }
}

macro_rules! agrees {
    ($semaphore:expr, $specified:expr, $operations:expr) => {{
        let (semaphore, mut specified) = ($semaphore, $specified);
        let mut permits = Vec::new();
        for operation in $operations {
            match operation {
                Operation::Acquire => {
                    if specified.acquire() {
                        semaphore.acquire();
                    }
                }
                Operation::TryAcquire => prop_assert_eq!(semaphore.try_acquire(), specified.acquire()),
                Operation::AcquireTimeoutZero => {
                    prop_assert_eq!(semaphore.acquire_timeout(Duration::ZERO), specified.acquire());
                }
                Operation::Release(n) => {
                    // What is held as a permit keeps its place, so that its drop is no error.
                    let room = specified.limit - specified.available;
                    if n > room || n + permits.len() <= room {
                        prop_assert_eq!(semaphore.release(n), specified.release(n));
                    }
                }
                Operation::Permit => {
                    if specified.acquire() {
                        permits.push(semaphore.permit());
                    }
                }
                Operation::TryPermit => {
                    let permit = semaphore.try_permit();
                    prop_assert_eq!(permit.is_some(), specified.acquire());
                    permits.extend(permit);
                }
                Operation::DropPermit => {
                    if permits.pop().is_some() {
                        specified.release(1).unwrap();
                    }
                }
            }
            let shown = format!("{semaphore:?}");
            prop_assert!(shown.contains(&format!("permits: {}", specified.available)), "{}", shown);
        }
    }};
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_semaphore_is_a_count(permits in 0..4usize, operations in prop::collection::vec(operation(), 0..40)) {
        let specified = Specification { available: permits, limit: Semaphore::MAX_PERMITS };
        agrees!(Semaphore::new(permits), specified, operations);
    }

    #[test]
    fn a_bounded_semaphore_is_a_count_that_never_passes_its_beginning(
        permits in 0..4usize,
        operations in prop::collection::vec(operation(), 0..40),
    ) {
        let specified = Specification { available: permits, limit: permits };
        agrees!(BoundedSemaphore::new(permits), specified, operations);
    }
}

#[test]
fn the_largest_semaphore_is_full_and_one_larger_is_refused() {
    let full = Semaphore::new(Semaphore::MAX_PERMITS);
    assert!(full.release(1).is_err());
    assert!(full.try_acquire());
    full.release(1).unwrap();
    assert!(std::panic::catch_unwind(|| Semaphore::new(Semaphore::MAX_PERMITS + 1)).is_err());
}

#[test]
fn a_permit_that_there_is_no_room_for_panics_when_it_is_dropped() {
    let semaphore = BoundedSemaphore::new(1);
    let permit = semaphore.permit();
    semaphore.release(1).unwrap();
    let dropped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(permit)));
    assert!(dropped.is_err());
    assert!(semaphore.try_acquire());
    assert!(!semaphore.try_acquire());
}
