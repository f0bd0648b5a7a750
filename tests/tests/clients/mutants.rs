//! Seeded bugs: each is found, and shrunk to the client that shows it with the fewest calls.
//!
//! The objects are those of a textbook, over a mutex and a condition variable. Without a bug they pass.

use std::collections::{BTreeSet, VecDeque};

use proptest::prelude::*;
use proptest::test_runner::Config;
use selvedge::linearizability::{Client, Clients, Failing, Implementation, Specification};
use selvedge::sync::{Condvar, Mutex};

use crate::barrier::{self, Parties};
use crate::semaphore::{self, Permits};
use crate::{SOON, Timeout, config};

/// Which bugs an object has.
trait Bugs: 'static {
    /// A release of several permits wakes one thread.
    const WAKES_TOO_FEW: bool = false;
    /// Who times out keeps its place in the queue.
    const STAYS: bool = false;
    /// A reset does not end the generation.
    const LOSES_GENERATION: bool = false;
}

struct Right;
impl Bugs for Right {}

struct WakesTooFew;
impl Bugs for WakesTooFew {
    const WAKES_TOO_FEW: bool = true;
}

struct Stays;
impl Bugs for Stays {
    const STAYS: bool = true;
}

struct LosesGeneration;
impl Bugs for LosesGeneration {
    const LOSES_GENERATION: bool = true;
}

/// A count, and a condition variable for all that wait.
struct Counting {
    permits: Mutex<usize>,
    more: Condvar,
}

impl Counting {
    fn object<B: Bugs>() -> Implementation<Permits, Counting> {
        Implementation {
            make: |permits| Counting { permits: Mutex::new(permits.first), more: Condvar::new() },
            call: |semaphore, call| match call {
                semaphore::Call::Acquire => semaphore.acquire(None),
                semaphore::Call::TryAcquire => semaphore.acquire(Some(Timeout::Zero)),
                semaphore::Call::AcquireTimeout(timeout) => semaphore.acquire(Some(*timeout)),
                semaphore::Call::Release(0) => semaphore::Answer::Zero,
                semaphore::Call::Release(n) => semaphore.release::<B>(*n),
            },
        }
    }

    fn acquire(&self, timeout: Option<Timeout>) -> semaphore::Answer {
        let mut permits = self.permits.lock().unwrap();
        let mut late = timeout == Some(Timeout::Zero);
        while *permits == 0 {
            match timeout {
                _ if late => return semaphore::Answer::No,
                None => permits = self.more.wait(permits).unwrap(),
                Some(_) => {
                    let (again, result) = self.more.wait_timeout(permits, SOON).unwrap();
                    (permits, late) = (again, result.timed_out());
                }
            }
        }
        *permits -= 1;
        semaphore::Answer::Yes
    }

    fn release<B: Bugs>(&self, n: usize) -> semaphore::Answer {
        *self.permits.lock().unwrap() += n;
        for _ in 0..if B::WAKES_TOO_FEW { 1 } else { n } {
            self.more.notify_one();
        }
        semaphore::Answer::Yes
    }
}

/// A count, and a queue of those that wait: a release gives its permits to the first of them.
struct Queueing {
    state: Mutex<Queue>,
    given: Condvar,
}

#[derive(Default)]
struct Queue {
    permits: usize,
    next: usize,
    waiting: VecDeque<usize>,
    given: BTreeSet<usize>,
}

impl Queueing {
    fn object<B: Bugs>() -> Implementation<Permits, Queueing> {
        Implementation {
            make: |permits| Queueing {
                state: Mutex::new(Queue { permits: permits.first, ..Queue::default() }),
                given: Condvar::new(),
            },
            call: |semaphore, call| match call {
                semaphore::Call::Acquire => semaphore.acquire::<B>(None),
                semaphore::Call::TryAcquire => semaphore.acquire::<B>(Some(Timeout::Zero)),
                semaphore::Call::AcquireTimeout(timeout) => semaphore.acquire::<B>(Some(*timeout)),
                semaphore::Call::Release(0) => semaphore::Answer::Zero,
                semaphore::Call::Release(n) => semaphore.release(*n),
            },
        }
    }

    fn acquire<B: Bugs>(&self, timeout: Option<Timeout>) -> semaphore::Answer {
        let mut state = self.state.lock().unwrap();
        if state.permits > 0 {
            state.permits -= 1;
            return semaphore::Answer::Yes;
        }
        if timeout == Some(Timeout::Zero) {
            return semaphore::Answer::No;
        }
        let mine = state.next;
        state.next += 1;
        state.waiting.push_back(mine);
        let mut late = false;
        while !state.given.remove(&mine) {
            if late {
                if !B::STAYS {
                    state.waiting.retain(|other| *other != mine);
                }
                return semaphore::Answer::No;
            }
            match timeout {
                None => state = self.given.wait(state).unwrap(),
                Some(_) => {
                    let (again, result) = self.given.wait_timeout(state, SOON).unwrap();
                    (state, late) = (again, result.timed_out());
                }
            }
        }
        semaphore::Answer::Yes
    }

    fn release(&self, n: usize) -> semaphore::Answer {
        let mut state = self.state.lock().unwrap();
        for _ in 0..n {
            match state.waiting.pop_front() {
                Some(first) => drop(state.given.insert(first)),
                None => state.permits += 1,
            }
        }
        self.given.notify_all();
        semaphore::Answer::Yes
    }
}

/// How many have come, and how each generation ended.
struct Meeting {
    parties: usize,
    state: Mutex<Generations>,
    ended: Condvar,
}

#[derive(Default)]
struct Generations {
    arrived: usize,
    broken: bool,
    /// Of each that ended, whether it passed.
    ended: Vec<bool>,
}

impl Meeting {
    fn object<B: Bugs>() -> Implementation<Parties, Meeting> {
        use barrier::{Answer, Call};
        Implementation {
            make: |parties| Meeting { parties: parties.0, state: Mutex::default(), ended: Condvar::new() },
            call: |barrier, call| match call {
                Call::Wait => barrier.wait(None),
                Call::WaitTimeout(timeout) => barrier.wait(Some(*timeout)),
                Call::Abort => {
                    barrier.end(&mut barrier.state.lock().unwrap(), false, true);
                    Answer::Done
                }
                Call::Reset => {
                    let mut state = barrier.state.lock().unwrap();
                    if B::LOSES_GENERATION {
                        (state.arrived, state.broken) = (0, false);
                    } else {
                        barrier.end(&mut state, false, false);
                    }
                    Answer::Done
                }
                Call::IsBroken => Answer::Broken(barrier.state.lock().unwrap().broken),
                Call::NWaiting => Answer::Number(barrier.state.lock().unwrap().arrived),
                Call::Waiting { .. } => unreachable!("no client calls what a wait comes to"),
            },
        }
    }

    fn wait(&self, timeout: Option<Timeout>) -> barrier::Answer {
        let mut state = self.state.lock().unwrap();
        if state.broken {
            return barrier::Answer::Failed;
        }
        let (index, generation) = (state.arrived, state.ended.len());
        state.arrived += 1;
        if state.arrived == self.parties {
            self.end(&mut state, true, false);
        } else if timeout == Some(Timeout::Zero) {
            self.end(&mut state, false, true);
        }
        while state.ended.len() == generation {
            match timeout {
                None => state = self.ended.wait(state).unwrap(),
                Some(_) => {
                    let (again, result) = self.ended.wait_timeout(state, SOON).unwrap();
                    state = again;
                    if result.timed_out() && state.ended.len() == generation {
                        self.end(&mut state, false, true);
                    }
                }
            }
        }
        if state.ended[generation] { barrier::Answer::Passed(index) } else { barrier::Answer::Failed }
    }

    fn end(&self, state: &mut Generations, passed: bool, broken: bool) {
        state.ended.push(passed);
        (state.arrived, state.broken) = (0, broken);
        self.ended.notify_all();
    }
}

/// The smallest client that fails, and its report. Nothing is kept: the bug stays.
fn smallest<S, O>(
    clients: impl Strategy<Value = (S, Client<S::Call>)>,
    object: Implementation<S, O>,
) -> String
where
    S: Specification + Clone + std::fmt::Debug,
    O: Send + Sync + 'static,
{
    let config = Config { cases: 1_000, failure_persistence: None, ..config("mutants") };
    let found = Clients::new(clients, object).config(config).largest(2_000).find();
    let Failing { specification, client, report } = *found.expect_err("there is a bug");
    let sources = selvedge::report::Sources::default();
    format!("{specification:?}\n{client}\n{}", selvedge::report::Terminal::new(&report, &sources))
}

#[test]
fn a_wake_too_few_is_found() {
    insta::assert_snapshot!(smallest(semaphore::clients(Some(99)), Counting::object::<WakesTooFew>()));
}

#[test]
fn a_timeout_that_forgets_to_leave_the_queue_is_found() {
    insta::assert_snapshot!(smallest(semaphore::clients(Some(99)), Queueing::object::<Stays>()));
}

#[test]
fn a_reset_that_loses_a_generation_is_found() {
    insta::assert_snapshot!(smallest(barrier::clients(), Meeting::object::<LosesGeneration>()));
}

#[test]
fn without_a_bug_nothing_is_found() {
    fn passes<S, O>(clients: impl Strategy<Value = (S, Client<S::Call>)>, object: Implementation<S, O>)
    where
        S: Specification + Clone + std::fmt::Debug,
        O: Send + Sync + 'static,
    {
        let config = Config { failure_persistence: None, ..config("mutants") };
        let explored = Clients::new(clients, object).config(config.clone()).largest(2_000).run();
        assert_eq!(explored.clients, config.cases);
    }
    passes(semaphore::clients(Some(99)), Counting::object::<Right>());
    passes(semaphore::clients(Some(99)), Queueing::object::<Right>());
    passes(barrier::clients(), Meeting::object::<Right>());
}
