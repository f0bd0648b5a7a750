//! `Condition`: its lock, and those that wait, first come, first notified. Over the specification of the lock, which `lock.rs`
//! checks; over the lock itself most clients have too many executions.

use proptest::prelude::*;
use proptest::sample::subsequence;
use selvedge::Checker;
use selvedge::linearizability::{
    Client, Effect, Effect::Continues, Effect::Returns, Implementation, Specification,
};
use selvedge_primitives::{Condition, Lock, NotOwner};

use crate::{Timeout, linearizable, timeout};

/// A condition over an `RLock`, or over a `Lock`, which does not know its holder.
#[derive(Clone, Debug)]
struct Conditions {
    reentrant: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Acquire,
    TryAcquire,
    Release,
    Wait,
    WaitTimeout(Timeout),
    Notify(usize),
    NotifyAll,
    /// A wait that has given up so many levels of the lock and waits to be notified.
    Waiting {
        levels: u32,
        timed: bool,
    },
    /// A wait that is over and takes the lock back.
    Retake {
        levels: u32,
        notified: bool,
    },
    /// A notification whose caller was not refused.
    Notifying(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Done,
    Said(bool),
    NotOwner,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    /// Who has the lock, and how often.
    lock: Option<(usize, u32)>,
    /// The threads that wait and were not notified, in the order in which they came.
    waiting: Vec<usize>,
}

fn wait() -> impl Strategy<Value = Call> + Clone {
    prop_oneof![1 => Just(Call::Wait), 1 => timeout().prop_map(Call::WaitTimeout)]
}

fn notify() -> impl Strategy<Value = Call> + Clone {
    prop_oneof![3 => (0..3usize).prop_map(Call::Notify), 1 => Just(Call::NotifyAll)]
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![3 => Just(Acquire), 1 => Just(TryAcquire), 2 => Just(Release), 2 => wait(), 1 => notify()]
}

/// What a thread does: mostly a wait or a notification under the lock, or a part of that.
fn thread() -> impl Strategy<Value = Vec<Call>> {
    let under_lock = |inner: BoxedStrategy<Call>| {
        let kept = prop_oneof![3 => Just(vec![0, 1, 2]), 1 => subsequence(vec![0, 1, 2], 1..=3)];
        (inner, kept).prop_map(|(inner, kept)| {
            let calls = [Call::Acquire, inner, Call::Release];
            kept.into_iter().map(|n: usize| calls[n].clone()).collect()
        })
    };
    prop_oneof![
        1 => prop::collection::vec(call(), 1..=3),
        2 => under_lock(notify().boxed()),
        3 => under_lock(wait().boxed()),
    ]
}

fn clients(reentrant: bool) -> impl Strategy<Value = (Conditions, Client<Call>)> {
    prop::collection::vec(thread(), 2..=3).prop_map(move |threads| {
        (Conditions { reentrant }, Client::new(threads).after([Call::TryAcquire, Call::NotifyAll]))
    })
}

impl Specification for Conditions {
    type State = State;
    type Call = Call;
    type Answer = Answer;

    fn initial(&self) -> State {
        State::default()
    }

    fn apply(&self, state: &State, thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let mut state = state.clone();
        let levels = state.lock.map_or(0, |(_, levels)| levels);
        let is_owner = state.lock.is_some_and(|(owner, _)| owner == thread || !self.reentrant);
        let can_take = state.lock.is_none() || is_owner && self.reentrant;
        let answer = match call {
            Call::Acquire | Call::TryAcquire if can_take => {
                state.lock = Some((thread, levels + 1));
                if *call == Call::Acquire { Answer::Done } else { Answer::Said(true) }
            }
            Call::Acquire => return vec![],
            Call::TryAcquire => Answer::Said(false),
            Call::Waiting { levels, timed } => {
                let notified = !state.waiting.contains(&thread);
                if notified {
                    return self.apply(&state, thread, &Call::Retake { levels: *levels, notified });
                }
                if !timed {
                    return vec![];
                }
                state.waiting.retain(|other| *other != thread);
                return vec![Continues(state, Call::Retake { levels: *levels, notified })];
            }
            Call::Retake { .. } if state.lock.is_some() => return vec![],
            Call::Retake { levels, notified } => {
                state.lock = Some((thread, *levels));
                Answer::Said(*notified)
            }
            // A thread that has the lock has it until then; of a `Lock` somebody else may have been taken for the holder.
            Call::Notifying(n) => {
                state.waiting.drain(..state.waiting.len().min(*n));
                Answer::Done
            }
            _ if !is_owner => Answer::NotOwner,
            Call::Release => {
                state.lock = state.lock.filter(|(_, levels)| *levels > 1).map(|(owner, n)| (owner, n - 1));
                Answer::Done
            }
            Call::Notify(n) => return vec![Continues(state, Call::Notifying(*n))],
            Call::NotifyAll => return vec![Continues(state, Call::Notifying(usize::MAX))],
            Call::WaitTimeout(Timeout::Zero) => {
                state.lock = None;
                return vec![Continues(state, Call::Retake { levels, notified: false })];
            }
            Call::Wait | Call::WaitTimeout(Timeout::Soon) => {
                state.lock = None;
                state.waiting.push(thread);
                return vec![Continues(state, Call::Waiting { levels, timed: *call != Call::Wait })];
            }
        };
        vec![Returns(state, answer)]
    }
}

/// Both have the same methods. A wait without a timeout has always been notified.
macro_rules! condition {
    ($type:ty, $make:expr) => {
        Implementation {
            make: $make,
            call: |condition: &$type, call: &Call| {
                let done = match call {
                    Call::Acquire => {
                        condition.acquire();
                        Ok(())
                    }
                    Call::TryAcquire => return Answer::Said(condition.try_acquire()),
                    Call::Release => condition.release(),
                    Call::Wait => {
                        return condition.wait().map_or(Answer::NotOwner, |()| Answer::Said(true));
                    }
                    Call::WaitTimeout(timeout) => {
                        let notified = condition.wait_timeout((*timeout).into());
                        return notified.map_or(Answer::NotOwner, Answer::Said);
                    }
                    Call::Notify(n) => condition.notify(*n),
                    Call::NotifyAll => condition.notify_all(),
                    Call::Waiting { .. } | Call::Retake { .. } | Call::Notifying(_) => {
                        unreachable!("no client calls what a call comes to")
                    }
                };
                done.map_or_else(|NotOwner| Answer::NotOwner, |()| Answer::Done)
            },
        }
    };
}

#[test]
fn every_client_finds_a_condition_a_lock_and_those_that_wait() {
    let object = condition!(Condition, |_: &Conditions| Condition::new());
    linearizable("condition", Checker::new().specifications(), clients(true), object);
}

#[test]
fn every_client_finds_a_condition_over_a_lock_those_that_wait() {
    let object = condition!(Condition<Lock>, |_: &Conditions| Condition::over(Lock::new(())));
    linearizable("condition_over_lock", Checker::new().specifications(), clients(false), object);
}
