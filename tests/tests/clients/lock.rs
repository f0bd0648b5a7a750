//! `Lock`: held or free.

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{Client, Effect, Effect::Returns, Implementation, Specification};
use selvedge_primitives::Lock;

use crate::{Timeout, linearizable, threads, timeout};

#[derive(Clone, Debug)]
struct Locks;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Acquire,
    TryAcquire,
    AcquireTimeout(Timeout),
    Release,
    Locked,
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        3 => Just(Acquire),
        1 => Just(TryAcquire),
        2 => timeout().prop_map(AcquireTimeout),
        4 => Just(Release),
        1 => Just(Locked),
    ]
}

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
            Call::Release => vec![Returns(false, *held)],
            Call::Locked => vec![Returns(*held, *held)],
        }
    }
}

#[test]
fn every_client_finds_a_lock_held_or_free() {
    let clients = threads(call())
        .prop_map(|threads| (Locks, Client::new(threads).after([Call::Locked, Call::TryAcquire])));
    let object = Implementation {
        make: |_: &Locks| Lock::new(()),
        call: |lock: &Lock, call: &Call| match call {
            Call::Acquire => {
                lock.acquire();
                true
            }
            Call::TryAcquire => lock.try_acquire(),
            Call::AcquireTimeout(timeout) => lock.acquire_timeout((*timeout).into()),
            Call::Release => lock.release().is_ok(),
            Call::Locked => lock.locked(),
        },
    };
    linearizable("lock", Checker::new(), clients, object);
}
