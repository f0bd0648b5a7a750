//! What is linearizable, and to which order: objects of a few atomics, of which it is known.

use std::sync::Arc;

use selvedge::linearizability::{
    Client, Effect, Effect::Continues, Effect::Returns, Implementation, Specification,
};
use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed, Ordering::SeqCst};
use selvedge::sync::{Condvar, Mutex};
use selvedge::{Checker, FailureKind, MemoryModel, Report, Verdict, thread};

fn explored<S, O>(
    model: MemoryModel,
    client: &Client<S::Call>,
    specification: &S,
    object: Implementation<S, O>,
) -> Report
where
    S: Specification + Clone,
    O: Send + Sync + 'static,
{
    client.explore(&Checker::new().memory_model(model), specification, object)
}

#[track_caller]
fn is_linearizable<S, O>(
    client: &Client<S::Call>,
    specification: &S,
    object: Implementation<S, O>,
) -> [bool; 2]
where
    S: Specification + Clone,
    O: Send + Sync + 'static,
{
    [MemoryModel::Sc, MemoryModel::Rc11].map(|model| {
        match explored(model, client, specification, object).verdict() {
            Verdict::Verified => true,
            Verdict::Failed(failure) => {
                assert_eq!(failure.kind, FailureKind::NotLinearizable, "{failure}");
                false
            }
            Verdict::Incomplete(limit) => panic!("{limit}"),
        }
    })
}

/// Two numbers.
#[derive(Clone)]
struct Pair;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Access {
    Write(usize),
    Read(usize),
}
use Access::{Read, Write};

impl Specification for Pair {
    type State = [u32; 2];
    type Call = Access;
    type Answer = u32;

    fn initial(&self) -> [u32; 2] {
        [0; 2]
    }

    fn apply(&self, state: &[u32; 2], _thread: usize, access: &Access) -> Vec<Effect<Self>> {
        let mut state = *state;
        match *access {
            Write(n) => {
                state[n] += 1;
                vec![Returns(state, 0)]
            }
            Read(n) => vec![Returns(state, state[n])],
        }
    }
}

fn relaxed() -> Implementation<Pair, [AtomicU32; 2]> {
    Implementation {
        make: |_| [AtomicU32::new(0), AtomicU32::new(0)],
        call: |pair, access| match access {
            Write(n) => {
                pair[*n].fetch_add(1, Relaxed);
                0
            }
            Read(n) => pair[*n].load(Relaxed),
        },
    }
}

#[test]
fn a_look_that_may_be_old_is_linearizable_while_nobody_can_tell() {
    let client = Client::new([vec![Write(0)], vec![Read(0), Read(0)]]).after([Read(0)]);
    assert_eq!(is_linearizable(&client, &Pair, relaxed()), [true, true]);
}

#[test]
fn store_buffering_is_not_linearizable_to_happens_before() {
    let client = Client::new([vec![Write(0), Read(1)], vec![Write(1), Read(0)]]);
    assert_eq!(is_linearizable(&client, &Pair, relaxed()), [true, false]);
}

#[test]
fn sequentially_consistent_numbers_are_linearizable_to_both() {
    let object = Implementation {
        call: |pair: &[AtomicU32; 2], access: &Access| match access {
            Write(n) => {
                pair[*n].fetch_add(1, SeqCst);
                0
            }
            Read(n) => pair[*n].load(SeqCst),
        },
        ..relaxed()
    };
    let client = Client::new([vec![Write(0), Read(1)], vec![Write(1), Read(0)], vec![Read(0), Read(1)]]);
    assert_eq!(is_linearizable(&client, &Pair, object), [true, true]);
}

#[test]
fn what_a_clock_on_the_wall_would_tell_is_found_in_one_execution_that_stands_for_all_schedules() {
    // Nobody reads what is written, so there is one execution. In one of its schedules the write ends before the read begins.
    let object = Implementation {
        call: |pair: &[AtomicU32; 2], access: &Access| match access {
            Write(n) => {
                pair[*n].fetch_add(1, SeqCst);
                0
            }
            Read(n) => pair[1 - *n].load(SeqCst),
        },
        ..relaxed()
    };
    let client = Client::new([vec![Write(0)], vec![Read(0)]]);
    assert_eq!(is_linearizable(&client, &Pair, object), [false, true]);
    assert_eq!(explored(MemoryModel::Rc11, &client, &Pair, object).executions(), 1);
    // What comes after the end of a thread happens after what it did.
    let client = client.after([Read(0)]);
    assert_eq!(is_linearizable(&client, &Pair, object), [false, false]);
}

#[test]
fn marks_add_no_executions() {
    let client = Client::new([vec![Write(0)], vec![Write(1)], vec![Write(0)]]);
    let report = explored(MemoryModel::Rc11, &client, &Pair, relaxed()).assert_verified();
    assert_eq!(report.executions(), 2, "the order of the two writes of one number");
}

/// A flag that is waited for, and lets all go that wait.
#[derive(Clone)]
struct Gate;

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Wait,
    Open,
    Close,
    Waiting,
}
use Call::{Close, Open, Wait, Waiting};

impl Specification for Gate {
    /// Whether it is open, and who waits that it has not let go.
    type State = (bool, Vec<usize>);
    type Call = Call;
    type Answer = ();

    fn initial(&self) -> Self::State {
        (false, Vec::new())
    }

    fn apply(&self, (open, waiting): &Self::State, thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let mut waiting = waiting.clone();
        match call {
            Wait if !open => {
                waiting.push(thread);
                vec![Continues((false, waiting), Waiting)]
            }
            Waiting if waiting.contains(&thread) => vec![],
            Wait | Waiting => vec![Returns((*open, waiting), ())],
            Open => vec![Returns((true, vec![]), ())],
            Close => vec![Returns((false, waiting), ())],
        }
    }
}

/// Whether it is open, how often it was opened, and those that wait.
type Opened = (Mutex<(bool, u32)>, Condvar);

/// A gate that wakes all when it is opened, or one.
fn gate(wakes_all: bool) -> Implementation<Gate, Opened> {
    fn call<const ALL: bool>((state, condvar): &Opened, call: &Call) {
        let mut state = state.lock().unwrap();
        match call {
            Open => {
                *state = (true, state.1 + 1);
                if ALL { condvar.notify_all() } else { condvar.notify_one() }
            }
            Close => state.0 = false,
            Wait => {
                let opened = state.1;
                while !state.0 && state.1 == opened {
                    state = condvar.wait(state).unwrap();
                }
            }
            Waiting => unreachable!("no client calls what a wait comes to"),
        }
    }
    Implementation {
        make: |_| (Mutex::new((false, 0)), Condvar::new()),
        call: if wakes_all { call::<true> } else { call::<false> },
    }
}

#[test]
fn a_call_that_the_specification_lets_go_may_not_block_forever() {
    let client = Client::new([vec![Open], vec![Wait], vec![Wait]]);
    assert_eq!(is_linearizable(&client, &Gate, gate(true)), [true, true]);
    let report = explored(MemoryModel::Sc, &client, &Gate, gate(false));
    let told = report.verdict().to_string();
    assert!(told.contains("a call is blocked that the specification lets go on"), "{told}");
    assert!(told.contains("Wait is blocked"), "{told}");
}

#[test]
fn a_wait_that_was_let_go_returns_although_the_gate_is_closed() {
    let client = Client::new([vec![Open, Close], vec![Wait]]);
    assert_eq!(is_linearizable(&client, &Gate, gate(true)), [true, true]);
}

#[test]
fn a_call_that_blocks_in_the_specification_may_block_forever() {
    let client = Client::new([vec![Wait], vec![Close, Wait]]);
    assert_eq!(is_linearizable(&client, &Gate, gate(true)), [true, true]);
}

/// A flag that is set some time after it was asked to be.
#[derive(Clone)]
struct Slow;

impl Specification for Slow {
    /// Whether it was asked to be set, and whether it is.
    type State = (bool, bool);
    type Call = bool;
    type Answer = bool;

    fn initial(&self) -> (bool, bool) {
        (false, false)
    }

    fn apply(&self, (asked, set): &(bool, bool), _thread: usize, asks: &bool) -> Vec<Effect<Self>> {
        vec![Returns((*asked || *asks, *set), *set && !asks)]
    }

    fn by_itself(&self, (asked, set): &(bool, bool)) -> Vec<(bool, bool)> {
        if *asked && !set { vec![(true, true)] } else { vec![] }
    }
}

#[test]
fn what_an_object_does_by_itself_needs_no_call() {
    let object = Implementation {
        make: |_: &Slow| Arc::new(AtomicBool::new(false)),
        call: |flag: &Arc<AtomicBool>, asks: &bool| {
            if *asks {
                let flag = flag.clone();
                thread::spawn(move || flag.store(true, SeqCst));
                return false;
            }
            flag.load(SeqCst)
        },
    };
    let client = Client::new([vec![true], vec![false, false]]);
    assert_eq!(is_linearizable(&client, &Slow, object), [true, true]);
    let hasty = Implementation { make: |_: &Slow| Arc::new(AtomicBool::new(true)), ..object };
    assert_eq!(is_linearizable(&Client::new([vec![false]]), &Slow, hasty), [false, false]);
}
