//! `Barrier`: who has come, or broken; and how it ended for those that have not gone on yet.

use std::collections::BTreeMap;

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{
    Client, Effect, Effect::Continues, Effect::Returns, Implementation, Specification,
};
use selvedge_primitives::Barrier;

use crate::{Timeout, linearizable, threads, timeout};

/// A barrier for so many threads.
#[derive(Clone, Debug)]
pub struct Parties(pub usize);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Call {
    Wait,
    WaitTimeout(Timeout),
    Abort,
    Reset,
    IsBroken,
    NWaiting,
    /// A wait that others have to come to.
    Waiting {
        timed: bool,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Answer {
    /// The index of one that goes on.
    Passed(usize),
    Failed,
    Done,
    Broken(bool),
    Number(usize),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct State {
    /// The threads that have come, in order.
    arrived: Vec<usize>,
    broken: bool,
    /// What threads will be told whose generation has ended.
    told: BTreeMap<usize, Answer>,
}

impl State {
    /// Ends the generation: all that have come are told.
    fn end(&mut self, passed: bool) {
        for (index, thread) in self.arrived.drain(..).enumerate() {
            self.told.insert(thread, if passed { Answer::Passed(index) } else { Answer::Failed });
        }
    }
}

pub fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        5 => Just(Wait),
        3 => timeout().prop_map(WaitTimeout),
        1 => Just(Abort),
        2 => Just(Reset),
        1 => Just(IsBroken),
        1 => Just(NWaiting),
    ]
}

impl Specification for Parties {
    type State = State;
    type Call = Call;
    type Answer = Answer;

    fn initial(&self) -> State {
        State::default()
    }

    fn apply(&self, state: &State, thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let mut state = state.clone();
        let answer = match call {
            Call::Wait | Call::WaitTimeout(_) if state.broken => Answer::Failed,
            Call::Wait | Call::WaitTimeout(_) if state.arrived.len() + 1 == self.0 => {
                let index = state.arrived.len();
                state.end(true);
                Answer::Passed(index)
            }
            Call::WaitTimeout(Timeout::Zero) => {
                state.end(false);
                state.broken = true;
                Answer::Failed
            }
            Call::Wait | Call::WaitTimeout(Timeout::Soon) => {
                state.arrived.push(thread);
                return vec![Continues(state, Call::Waiting { timed: *call != Call::Wait })];
            }
            Call::Waiting { timed } => match state.told.remove(&thread) {
                Some(told) => told,
                None if !timed => return vec![],
                None => {
                    state.end(false);
                    state.broken = true;
                    state.told.remove(&thread).expect("it had come itself")
                }
            },
            Call::Abort => {
                state.end(false);
                state.broken = true;
                Answer::Done
            }
            Call::Reset => {
                state.end(false);
                state.broken = false;
                Answer::Done
            }
            Call::IsBroken => Answer::Broken(state.broken),
            Call::NWaiting => Answer::Number(state.arrived.len()),
        };
        vec![Returns(state, answer)]
    }
}

pub fn clients() -> impl Strategy<Value = (Parties, Client<Call>)> {
    let parties = prop_oneof![4 => Just(2usize), 2 => Just(3), 1 => Just(1)];
    (parties, threads(call())).prop_map(|(parties, threads)| {
        (Parties(parties), Client::new(threads).after([Call::IsBroken, Call::NWaiting]))
    })
}

#[test]
fn every_client_finds_a_barrier_those_that_have_come_or_broken() {
    let object = Implementation {
        make: |parties: &Parties| Barrier::new(parties.0).expect("there are parties"),
        call: |barrier: &Barrier, call: &Call| {
            let waited = match call {
                Call::Wait => barrier.wait(),
                Call::WaitTimeout(timeout) => barrier.wait_timeout((*timeout).into()),
                Call::Abort => {
                    barrier.abort();
                    return Answer::Done;
                }
                Call::Reset => {
                    barrier.reset();
                    return Answer::Done;
                }
                Call::IsBroken => return Answer::Broken(barrier.is_broken()),
                Call::NWaiting => return Answer::Number(barrier.n_waiting()),
                Call::Waiting { .. } => unreachable!("no client calls what a wait comes to"),
            };
            waited.map_or(Answer::Failed, Answer::Passed)
        },
    };
    linearizable("barrier", Checker::new(), clients(), object);
}
