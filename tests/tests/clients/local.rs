//! `Local`: a value for each thread, of which no other thread knows.

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{Client, Effect, Effect::Returns, Implementation, Specification};
use selvedge::sync::atomic::{AtomicBool, Ordering::Relaxed};
use selvedge_primitives::Local;

use crate::{linearizable, threads};

/// Locals that begin with a value, or with none.
#[derive(Clone, Debug)]
struct Locals {
    first: Option<u8>,
}

/// What the initialiser makes.
const FIRST: u8 = 255;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Get,
    Set(u8),
    Take,
    Add(u8),
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![Just(Get), (0..3u8).prop_map(Set), Just(Take), (1..3u8).prop_map(Add)]
}

impl Specification for Locals {
    /// The values of the threads that have touched it.
    type State = BTreeMap<usize, Option<u8>>;
    type Call = Call;
    type Answer = Option<u8>;

    fn initial(&self) -> Self::State {
        BTreeMap::new()
    }

    fn apply(&self, state: &Self::State, thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let mut state = state.clone();
        let value = state.entry(thread).or_insert(self.first);
        let answer = match call {
            Call::Get => *value,
            Call::Set(new) => value.replace(*new),
            Call::Take => value.take(),
            Call::Add(more) => {
                *value = value.map(|value| value.wrapping_add(*more));
                *value
            }
        };
        vec![Returns(state, answer)]
    }
}

#[test]
fn every_client_finds_that_each_thread_has_a_value_of_its_own() {
    let clients = (any::<bool>(), threads(call())).prop_map(|(initialised, threads)| {
        let first = initialised.then_some(FIRST);
        (Locals { first }, Client::new(threads).after([Call::Get]))
    });
    // The threads of a `Local` share nothing else, and a model of which that is true is no pass. Loads have no order.
    let object = Implementation {
        make: |locals: &Locals| {
            let local = match locals.first {
                None => Local::new(),
                Some(_) => Local::with_init(|| FIRST),
            };
            (local, AtomicBool::new(false))
        },
        call: |(local, shared): &(Local<u8>, AtomicBool), call: &Call| {
            shared.load(Relaxed);
            match call {
                Call::Get => local.get(),
                Call::Set(value) => local.set(*value),
                Call::Take => local.take(),
                Call::Add(more) => local.with_mut(|value| {
                    *value = value.wrapping_add(*more);
                    *value
                }),
            }
        },
    };
    linearizable("local", Checker::new(), clients, object);
}
