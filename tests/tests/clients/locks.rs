//! `Lock`: held or free. `RLock`: an owner and a count; explored as it is, the lock inside it too.

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{Client, Effect, Effect::Returns, Implementation, Specification};
use selvedge_primitives::{Lock, RLock};

use crate::{Timeout, linearizable, threads, timeout};

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Acquire,
    TryAcquire,
    AcquireTimeout(Timeout),
    Release,
    ReleaseFair,
    Locked,
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        3 => Just(Acquire),
        1 => Just(TryAcquire),
        2 => timeout().prop_map(AcquireTimeout),
        3 => Just(Release),
        1 => Just(ReleaseFair),
        1 => Just(Locked),
    ]
}

/// Clients of a lock, and the lock under test.
macro_rules! every_client_of {
    ($Lock:ident, $specification:expr, $name:expr) => {{
        let clients = threads(call()).prop_map(|threads| {
            ($specification, Client::new(threads).after([Call::Locked, Call::TryAcquire]))
        });
        let object = Implementation {
            make: |_| $Lock::new(()),
            call: |lock: &$Lock, call: &Call| match call {
                Call::Acquire => {
                    lock.acquire();
                    true
                }
                Call::TryAcquire => lock.try_acquire(),
                Call::AcquireTimeout(timeout) => lock.acquire_timeout((*timeout).into()),
                Call::Release => lock.release().is_ok(),
                Call::ReleaseFair => lock.release_fair().is_ok(),
                Call::Locked => lock.locked(),
            },
        };
        linearizable($name, Checker::new(), clients, object);
    }};
}

#[derive(Clone, Debug)]
struct Locks;

impl Specification for Locks {
    /// Whether it is held.
    type State = bool;
    type Call = Call;
    /// Whether the call did, or saw, what it is for.
    type Answer = bool;

    fn initial(&self) -> bool {
        false
    }

    fn apply(&self, held: &bool, _thread: usize, call: &Call) -> Vec<Effect<Self>> {
        match call {
            Call::Acquire if *held => vec![],
            Call::Acquire => vec![Returns(true, true)],
            Call::TryAcquire | Call::AcquireTimeout(_) => vec![Returns(true, !held)],
            Call::Release | Call::ReleaseFair => vec![Returns(false, *held)],
            Call::Locked => vec![Returns(*held, *held)],
        }
    }
}

#[test]
fn every_client_finds_a_lock_held_or_free() {
    every_client_of!(Lock, Locks, "lock");
}

#[derive(Clone, Debug)]
struct RLocks;

impl Specification for RLocks {
    /// Who has it, and how often.
    type State = Option<(usize, u32)>;
    type Call = Call;
    /// Whether the call did, or saw, what it is for.
    type Answer = bool;

    fn initial(&self) -> Self::State {
        None
    }

    fn apply(&self, state: &Self::State, thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let others = state.is_some_and(|(owner, _)| owner != thread);
        let levels = state.map_or(0, |(_, levels)| levels);
        match call {
            Call::Acquire if others => vec![],
            Call::TryAcquire | Call::AcquireTimeout(_) if others => vec![Returns(*state, false)],
            Call::Acquire | Call::TryAcquire | Call::AcquireTimeout(_) => {
                vec![Returns(Some((thread, levels + 1)), true)]
            }
            Call::Release | Call::ReleaseFair if others || levels == 0 => vec![Returns(*state, false)],
            Call::Release | Call::ReleaseFair => {
                vec![Returns((levels > 1).then_some((thread, levels - 1)), true)]
            }
            Call::Locked => vec![Returns(*state, levels > 0)],
        }
    }
}

#[test]
fn every_client_finds_a_reentrant_lock_an_owner_and_a_count() {
    every_client_of!(RLock, RLocks, "rlock");
}
