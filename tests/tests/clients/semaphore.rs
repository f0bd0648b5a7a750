//! `Semaphore` and `BoundedSemaphore`: a count and its limit.

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{Client, Effect, Effect::Returns, Implementation, Specification};
use selvedge_primitives::{BoundedSemaphore, ReleaseError, Semaphore};

use crate::{Timeout, linearizable, threads, timeout};

/// A semaphore that begins with so many permits, and has a limit.
#[derive(Clone, Debug)]
pub struct Permits {
    pub first: usize,
    pub limit: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Acquire,
    TryAcquire,
    AcquireTimeout(Timeout),
    Release(usize),
}

/// Whether the call took a permit, or gave some back: if not, how many there were.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    Yes,
    No,
    Zero,
    TooMany { available: usize },
}

pub fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        3 => Just(Acquire),
        1 => Just(TryAcquire),
        3 => timeout().prop_map(AcquireTimeout),
        4 => prop_oneof![4 => Just(1), 3 => Just(2usize), 1 => Just(0)].prop_map(Release),
    ]
}

impl Specification for Permits {
    /// How many there are.
    type State = usize;
    type Call = Call;
    type Answer = Answer;

    fn initial(&self) -> usize {
        self.first
    }

    fn apply(&self, available: &usize, _thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let available = *available;
        match call {
            Call::Acquire | Call::TryAcquire | Call::AcquireTimeout(_) if available > 0 => {
                vec![Returns(available - 1, Answer::Yes)]
            }
            Call::Acquire => vec![],
            Call::TryAcquire | Call::AcquireTimeout(_) => vec![Returns(0, Answer::No)],
            Call::Release(0) => vec![Returns(available, Answer::Zero)],
            Call::Release(n) if available + n > self.limit => {
                vec![Returns(available, Answer::TooMany { available })]
            }
            Call::Release(n) => vec![Returns(available + n, Answer::Yes)],
        }
    }
}

/// Both types have the same methods.
macro_rules! semaphore {
    ($type:ty, $make:expr, $release:ident) => {
        Implementation {
            make: $make,
            call: |semaphore: &$type, call: &Call| {
                let taken = match call {
                    Call::Acquire => {
                        semaphore.acquire();
                        true
                    }
                    Call::TryAcquire => semaphore.try_acquire(),
                    Call::AcquireTimeout(timeout) => semaphore.acquire_timeout((*timeout).into()),
                    Call::Release(n) => {
                        return match semaphore.$release(*n) {
                            Ok(()) => Answer::Yes,
                            Err(ReleaseError::Zero) => Answer::Zero,
                            Err(ReleaseError::TooMany { available, .. }) => Answer::TooMany { available },
                        };
                    }
                };
                if taken { Answer::Yes } else { Answer::No }
            },
        }
    };
}

/// Three looks tell how many permits are left, of the few that there are.
pub fn clients(limit: Option<usize>) -> impl Strategy<Value = (Permits, Client<Call>)> {
    (0..=2usize, threads(call())).prop_map(move |(first, threads)| {
        let permits = Permits { first, limit: limit.unwrap_or(first) };
        (permits, Client::new(threads).after(vec![Call::TryAcquire; 3]))
    })
}

#[test]
fn every_client_finds_a_semaphore_a_count() {
    let object = semaphore!(Semaphore, |permits: &Permits| Semaphore::new(permits.first), release);
    linearizable("semaphore", Checker::new(), clients(Some(Semaphore::MAX_PERMITS)), object);
}

#[test]
fn every_client_finds_a_bounded_semaphore_a_count_with_a_limit() {
    let object =
        semaphore!(BoundedSemaphore, |permits: &Permits| BoundedSemaphore::new(permits.first), release);
    linearizable("bounded_semaphore", Checker::new(), clients(None), object);
}

#[test]
fn every_client_that_hands_permits_over_finds_a_semaphore_a_count_with_a_limit() {
    let make = |permits: &Permits| BoundedSemaphore::new(permits.first);
    linearizable(
        "bounded_semaphore_fair",
        Checker::new(),
        clients(None),
        semaphore!(BoundedSemaphore, make, release_fair),
    );
}
