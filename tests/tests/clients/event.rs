//! `Event`: a flag, those that wait for it, and those that were let go.

use std::collections::BTreeSet;

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{
    Client, Effect, Effect::Continues, Effect::Returns, Implementation, Specification,
};
use selvedge_primitives::Event;

use crate::{Timeout, linearizable, threads, timeout};

#[derive(Clone, Debug)]
struct Events;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Set,
    Clear,
    IsSet,
    Wait,
    WaitTimeout(Timeout),
    /// A wait that has found the event clear.
    Waiting {
        timed: bool,
    },
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    set: bool,
    /// The threads that wait. A set lets them all go, whatever becomes of the flag before they run.
    waiting: BTreeSet<usize>,
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        3 => Just(Set),
        2 => Just(Clear),
        1 => Just(IsSet),
        3 => Just(Wait),
        3 => timeout().prop_map(WaitTimeout),
    ]
}

impl Specification for Events {
    type State = State;
    type Call = Call;
    /// Whether the event is, or was, set.
    type Answer = bool;

    fn initial(&self) -> State {
        State::default()
    }

    fn apply(&self, state: &State, thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let state = state.clone();
        let with = |set| State { set, ..state.clone() };
        match call {
            Call::Set => vec![Returns(State { set: true, ..State::default() }, true)],
            Call::Clear => vec![Returns(with(false), false)],
            Call::IsSet => vec![Returns(state.clone(), state.set)],
            Call::Wait | Call::WaitTimeout(_) if state.set => vec![Returns(state, true)],
            Call::WaitTimeout(Timeout::Zero) => vec![Returns(state, false)],
            Call::Wait | Call::WaitTimeout(Timeout::Soon) => {
                let mut state = state;
                state.waiting.insert(thread);
                vec![Continues(state, Call::Waiting { timed: *call != Call::Wait })]
            }
            Call::Waiting { .. } if !state.waiting.contains(&thread) => vec![Returns(state, true)],
            Call::Waiting { timed: false } => vec![],
            Call::Waiting { timed: true } => {
                let mut state = state;
                state.waiting.remove(&thread);
                vec![Returns(state, false)]
            }
        }
    }
}

#[test]
fn every_client_finds_an_event_a_flag_that_lets_go_all_that_wait() {
    let clients = threads(call()).prop_map(|threads| (Events, Client::new(threads).after([Call::IsSet])));
    let object = Implementation {
        make: |_: &Events| Event::new(),
        call: |event: &Event, call: &Call| match call {
            Call::Set => {
                event.set();
                true
            }
            Call::Clear => {
                event.clear();
                false
            }
            Call::IsSet => event.is_set(),
            Call::Wait => {
                event.wait();
                true
            }
            Call::WaitTimeout(timeout) => event.wait_timeout((*timeout).into()),
            Call::Waiting { .. } => unreachable!("no client calls what a wait comes to"),
        },
    };
    linearizable("event", Checker::new(), clients, object);
}
