//! `Timer`: made, waiting, calling, ended; and cancelled or not. Over the specification of the lock: the program's list of its
//! threads has one.

use std::sync::Arc;

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{Client, Effect, Effect::Returns, Implementation, Specification};
use selvedge::sync::atomic::{AtomicU32, Ordering::Acquire, Ordering::Release};
use selvedge_primitives::{JoinError, Timer};

use crate::{SOON, Timeout, linearizable, threads, timeout};

#[derive(Clone, Debug)]
struct Timers;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Start,
    Cancel,
    IsAlive,
    Join,
    JoinTimeout(Timeout),
    /// How often the timer's call was made, by a look that orders what follows after the call.
    Calls,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    #[default]
    Initial,
    Waiting,
    /// It was faster than any cancel.
    Fired,
    /// The call was made.
    Called,
    Ended,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    phase: Phase,
    cancelled: bool,
    calls: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Done,
    Said(bool),
    Number(u32),
    /// The timer was, or was not, started.
    Refused,
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        4 => Just(Start),
        3 => Just(Cancel),
        1 => Just(IsAlive),
        2 => Just(Join),
        1 => timeout().prop_map(JoinTimeout),
        1 => Just(Calls),
    ]
}

impl Specification for Timers {
    type State = State;
    type Call = Call;
    type Answer = Answer;

    fn initial(&self) -> State {
        State::default()
    }

    fn apply(&self, state: &State, _thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let mut state = *state;
        let answer = match (call, state.phase) {
            (Call::Start, Phase::Initial) => {
                state.phase = Phase::Waiting;
                Answer::Done
            }
            (Call::Start, _) => Answer::Refused,
            (Call::Cancel, Phase::Initial | Phase::Waiting) => {
                state.cancelled = true;
                Answer::Said(true)
            }
            (Call::Cancel, _) => Answer::Said(state.cancelled),
            (Call::IsAlive, phase) => Answer::Said(!matches!(phase, Phase::Initial | Phase::Ended)),
            (Call::Join | Call::JoinTimeout(_), Phase::Initial) => Answer::Refused,
            (Call::Join, Phase::Ended) => Answer::Done,
            (Call::Join, _) => return vec![],
            (Call::JoinTimeout(_), phase) => Answer::Said(phase == Phase::Ended),
            (Call::Calls, _) => Answer::Number(state.calls),
        };
        vec![Returns(state, answer)]
    }

    /// A timer that was started ends, and calls before that if it was not cancelled.
    fn by_itself(&self, state: &State) -> Vec<State> {
        match state.phase {
            Phase::Initial | Phase::Ended => vec![],
            Phase::Waiting if state.cancelled => vec![State { phase: Phase::Ended, ..*state }],
            Phase::Waiting => vec![State { phase: Phase::Fired, ..*state }],
            Phase::Fired => vec![State { phase: Phase::Called, calls: state.calls + 1, ..*state }],
            Phase::Called => vec![State { phase: Phase::Ended, ..*state }],
        }
    }
}

fn done<E>(result: Result<(), E>) -> Answer {
    result.map_or(Answer::Refused, |()| Answer::Done)
}

#[test]
fn every_client_finds_that_a_timer_calls_once_or_was_cancelled() {
    let clients = threads(call())
        .prop_map(|threads| (Timers, Client::new(threads).after([Call::IsAlive, Call::Join, Call::Calls])));
    let object = Implementation {
        make: |_: &Timers| {
            let calls = Arc::new(AtomicU32::new(0));
            let counted = calls.clone();
            (
                Timer::new(SOON, move || {
                    counted.fetch_add(1, Release);
                }),
                calls,
            )
        },
        call: |(timer, calls): &(Timer, Arc<AtomicU32>), call: &Call| match call {
            Call::Start => done(timer.start()),
            Call::Cancel => Answer::Said(timer.cancel()),
            Call::IsAlive => Answer::Said(timer.is_alive()),
            Call::Join => done(timer.join()),
            Call::JoinTimeout(timeout) => match timer.join_timeout((*timeout).into()) {
                Ok(ended) => Answer::Said(ended),
                Err(JoinError::NotStarted) => Answer::Refused,
                Err(error) => unreachable!("{error}"),
            },
            Call::Calls => Answer::Number(calls.load(Acquire)),
        },
    };
    linearizable("timer", Checker::new().specifications(), clients, object);
}
