//! `Thread`: made, alive, ended. Over the specification of the lock: the program's list of its threads has one.

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::linearizability::{Client, Effect, Effect::Returns, Implementation, Specification};
use selvedge_primitives::{JoinError, Thread};

use crate::{Timeout, linearizable, threads, timeout};

#[derive(Clone, Debug)]
struct Threads;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Start,
    Join,
    JoinTimeout(Timeout),
    IsAlive,
    SetDaemon(bool),
    IsDaemon,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Phase {
    #[default]
    Initial,
    Alive,
    Ended,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    phase: Phase,
    daemon: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Done,
    Said(bool),
    /// The thread was, or was not, started.
    Refused,
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        4 => Just(Start),
        2 => Just(Join),
        2 => timeout().prop_map(JoinTimeout),
        2 => Just(IsAlive),
        1 => any::<bool>().prop_map(SetDaemon),
        1 => Just(IsDaemon),
    ]
}

impl Specification for Threads {
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
                state.phase = Phase::Alive;
                Answer::Done
            }
            (Call::Start, _) => Answer::Refused,
            (Call::Join | Call::JoinTimeout(_), Phase::Initial) => Answer::Refused,
            (Call::Join, Phase::Alive) => return vec![],
            (Call::Join, Phase::Ended) => Answer::Done,
            (Call::JoinTimeout(_), phase) => Answer::Said(phase == Phase::Ended),
            (Call::IsAlive, phase) => Answer::Said(phase == Phase::Alive),
            (Call::SetDaemon(daemon), Phase::Initial) => {
                state.daemon = *daemon;
                Answer::Done
            }
            (Call::SetDaemon(_), _) => Answer::Refused,
            (Call::IsDaemon, _) => Answer::Said(state.daemon),
        };
        vec![Returns(state, answer)]
    }

    /// A thread that is alive ends.
    fn by_itself(&self, state: &State) -> Vec<State> {
        match state.phase {
            Phase::Alive => vec![State { phase: Phase::Ended, ..*state }],
            _ => vec![],
        }
    }
}

fn done<E>(result: Result<(), E>) -> Answer {
    result.map_or(Answer::Refused, |()| Answer::Done)
}

#[test]
fn every_client_finds_a_thread_made_alive_or_ended() {
    let clients = threads(call())
        .prop_map(|threads| (Threads, Client::new(threads).after([Call::IsAlive, Call::Join])));
    let object = Implementation {
        make: |_: &Threads| Thread::named("thread", || ()),
        call: |thread: &Thread, call: &Call| match call {
            Call::Start => done(thread.start()),
            Call::Join => done(thread.join()),
            Call::JoinTimeout(timeout) => match thread.join_timeout((*timeout).into()) {
                Ok(ended) => Answer::Said(ended),
                Err(JoinError::NotStarted) => Answer::Refused,
                Err(error) => unreachable!("{error}"),
            },
            Call::IsAlive => Answer::Said(thread.is_alive()),
            Call::SetDaemon(daemon) => done(thread.set_daemon(*daemon)),
            Call::IsDaemon => Answer::Said(thread.is_daemon()),
        },
    };
    linearizable("thread", Checker::new().specifications(), clients, object);
}
