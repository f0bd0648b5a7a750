//! Objects that end while threads use them: the engine fails those programs, and those alone, of which some execution that RC11's
//! axioms allow has a use that does not happen before the end, or two ends.
//!
//! For brute force an end is like a write of plain memory that every use of the object reads.
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles ends` tries 1,000 programs.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::mem::ManuallyDrop;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
use std::sync::{Arc, Mutex as StdMutex};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use selvedge::cell::UnsafeCell;
use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicU32, fence};
use selvedge::{Checker, FailureKind, Limit, Verdict, outcome, thread};

use crate::oracle::axioms::{Event, Kind, happens_before, permutations};
use crate::oracle::config;

/// The objects that end.
const OBJECTS: usize = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Atomic,
    Mutex,
    Cell,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Op {
    Load(usize, Ordering),
    Store(usize, u32, Ordering),
    Add(usize, Ordering),
    /// Loads; the thread ends here unless it reads this.
    Need(usize, u32, Ordering),
    Fence(Ordering),
    /// With the lock that never ends.
    Locked(Box<Op>),
    /// Uses an object: reads it, or, `true`, reads and writes it where it is an atomic.
    Use(usize, Ordering, bool),
    End(usize),
    /// Waits for the end of the thread before this one.
    Join,
}

#[derive(Clone, Debug)]
struct Program {
    sorts: [Sort; OBJECTS],
    threads: Vec<Vec<Op>>,
}

// What the engine finds.

enum Object {
    Atomic(AtomicU32),
    Mutex(Mutex<u32>),
    Cell(UnsafeCell<u32>),
}

struct Shared {
    words: [AtomicU32; 2],
    lock: Mutex<()>,
    objects: [ManuallyDrop<Object>; OBJECTS],
    handles: StdMutex<Vec<Option<thread::JoinHandle<()>>>>,
    reads: StdMutex<Vec<Vec<u32>>>,
}

// SAFETY: one thread at a time runs in a model, and what races there is told.
unsafe impl Sync for Shared {}

/// Whether the thread goes on.
fn act(shared: &Shared, this: usize, op: &Op) -> bool {
    let saw = |value| shared.reads.lock().unwrap()[this].push(value);
    match op {
        Op::Load(x, order) => saw(shared.words[*x].load(*order)),
        Op::Store(x, value, order) => shared.words[*x].store(*value, *order),
        Op::Add(x, order) => saw(shared.words[*x].fetch_add(1, *order)),
        Op::Need(x, value, order) => {
            let read = shared.words[*x].load(*order);
            saw(read);
            return read == *value;
        }
        Op::Fence(order) => fence(*order),
        Op::Locked(op) => {
            let guard = shared.lock.lock().unwrap();
            act(shared, this, op);
            drop(guard);
        }
        Op::Use(o, order, writes) => match &*shared.objects[*o] {
            Object::Atomic(x) if *writes => saw(x.fetch_add(1, *order)),
            Object::Atomic(x) => saw(x.load(on_load(*order))),
            Object::Mutex(m) => *m.lock().unwrap() += 1,
            // SAFETY: nobody writes.
            Object::Cell(c) => c.with(|p| assert_eq!(unsafe { *p }, 0)),
        },
        Op::End(o) => {
            let object: *const ManuallyDrop<Object> = &shared.objects[*o];
            // SAFETY: whether it is dropped once, and not used after that, is what the engine is asked; the memory stays.
            unsafe { std::ptr::drop_in_place(object.cast_mut().cast::<Object>()) };
        }
        Op::Join => {
            let handle = this.checked_sub(1).and_then(|t| shared.handles.lock().unwrap()[t].take());
            handle.into_iter().for_each(|handle| handle.join().unwrap());
        }
    }
    true
}

fn on_load(order: Ordering) -> Ordering {
    match order {
        Release => Relaxed,
        AcqRel => Acquire,
        order => order,
    }
}

/// The kind of the failure, if there is one, and the outcomes.
fn explored(program: &Program) -> (Option<FailureKind>, BTreeSet<String>) {
    let program = program.clone();
    let report = Checker::new().run(move || {
        let object = |sort: &Sort| {
            ManuallyDrop::new(match sort {
                Sort::Atomic => Object::Atomic(AtomicU32::new(0)),
                Sort::Mutex => Object::Mutex(Mutex::new(0)),
                Sort::Cell => Object::Cell(UnsafeCell::new(0)),
            })
        };
        let shared = Arc::new(Shared {
            words: [const { AtomicU32::new(0) }; 2],
            lock: Mutex::new(()),
            objects: program.sorts.each_ref().map(object),
            handles: StdMutex::default(),
            reads: StdMutex::new(vec![Vec::new(); program.threads.len()]),
        });
        for (this, ops) in program.threads.iter().enumerate() {
            let (theirs, ops) = (shared.clone(), ops.clone());
            let run = move || {
                let _ = ops.iter().all(|op| act(&theirs, this, op));
                // What the threads share lives on.
                std::mem::forget(theirs);
            };
            let handle = thread::spawn(run);
            shared.handles.lock().unwrap().push(Some(handle));
        }
        for this in (0..program.threads.len()).rev() {
            let handle = shared.handles.lock().unwrap()[this].take();
            handle.into_iter().for_each(|handle| handle.join().unwrap());
        }
        outcome(format!("{:?}", shared.reads.lock().unwrap()));
        std::mem::forget(shared);
    });
    let kind = match report.verdict() {
        // Threads that meet at nothing are drawn too.
        Verdict::Verified | Verdict::Incomplete(Limit::NothingShared) => None,
        Verdict::Failed(failure) => Some(failure.kind),
        Verdict::Incomplete(limit) => panic!("{limit}"),
    };
    (kind, report.outcomes().keys().cloned().collect())
}

// What the axioms allow.

/// Locations: the words, the objects, the lock, the ends of the threads.
const LOCK: usize = 2 + OBJECTS;

/// What an event writes, or what it may read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Value {
    /// A read of anything, that is seen.
    Any,
    /// A read of this, or, `false`, of anything else.
    Needs(u32, bool),
    /// Takes a lock that is free.
    Takes,
    /// Sees this be written.
    Sees,
    Writes(u32),
    /// One more than the event before it read.
    Adds,
    None,
}

struct Step {
    event: Event,
    value: Value,
    uses: Option<usize>,
    ends: Option<usize>,
}

/// The steps of the threads, each cut off after so many of its operations.
fn steps(program: &Program, cuts: &[Option<usize>]) -> Vec<Step> {
    let mut steps = Vec::new();
    for (thread, ops) in program.threads.iter().enumerate() {
        let mut index = 0;
        let mut add = |kind, loc, order, exclusive, value, uses, ends| {
            let event = Event { name: (thread as u32 + 1, index), kind, loc, order, exclusive };
            index += 1;
            steps.push(Step { event, value, uses, ends });
        };
        fn lock(
            add: &mut impl FnMut(Kind, Option<usize>, Ordering, bool, Value, Option<usize>, Option<usize>),
            loc: usize,
            uses: Option<usize>,
        ) {
            add(Kind::Read, Some(loc), Acquire, false, Value::Takes, uses, None);
            add(Kind::Write, Some(loc), Acquire, true, Value::Writes(1), uses, None);
        }
        fn flat(
            add: &mut impl FnMut(Kind, Option<usize>, Ordering, bool, Value, Option<usize>, Option<usize>),
            program: &Program,
            thread: usize,
            op: &Op,
            holds: bool,
        ) {
            match op {
                Op::Load(x, order) => add(Kind::Read, Some(*x), *order, false, Value::Any, None, None),
                Op::Store(x, value, order) => {
                    add(Kind::Write, Some(*x), *order, false, Value::Writes(*value), None, None);
                }
                Op::Add(x, order) => {
                    add(Kind::Read, Some(*x), *order, false, Value::Any, None, None);
                    add(Kind::Write, Some(*x), *order, true, Value::Adds, None, None);
                }
                Op::Need(x, value, order) => {
                    add(Kind::Read, Some(*x), *order, false, Value::Needs(*value, holds), None, None);
                }
                Op::Fence(order) => add(Kind::Fence, None, *order, false, Value::None, None, None),
                Op::Locked(op) => {
                    lock(add, LOCK, None);
                    flat(add, program, thread, op, holds);
                    add(Kind::Write, Some(LOCK), Release, false, Value::Writes(0), None, None);
                }
                Op::Use(o, order, writes) => {
                    let (loc, uses) = (Some(2 + o), Some(*o));
                    match program.sorts[*o] {
                        Sort::Atomic if *writes => {
                            add(Kind::Read, loc, *order, false, Value::Any, uses, None);
                            add(Kind::Write, loc, *order, true, Value::Adds, uses, None);
                        }
                        Sort::Atomic => add(Kind::Read, loc, on_load(*order), false, Value::Any, uses, None),
                        Sort::Mutex => {
                            lock(add, 2 + o, uses);
                            add(Kind::Write, loc, Release, false, Value::Writes(0), uses, None);
                        }
                        // An event that orders nothing.
                        Sort::Cell => add(Kind::Fence, None, Relaxed, false, Value::None, uses, None),
                    }
                }
                Op::End(o) => add(Kind::Fence, None, Relaxed, false, Value::None, None, Some(*o)),
                Op::Join if thread == 0 => {}
                Op::Join => add(Kind::Read, Some(LOCK + thread), Acquire, false, Value::Sees, None, None),
            }
        }
        let last = cuts[thread].map_or(ops.len(), |cut| cut + 1);
        for (number, op) in ops[..last].iter().enumerate() {
            flat(&mut add, program, thread, op, cuts[thread] != Some(number));
        }
        add(Kind::Write, Some(LOCK + 1 + thread), Release, false, Value::Writes(1), None, None);
    }
    steps
}

/// What all executions show together.
#[derive(Default)]
struct Allowed {
    used_after_free: bool,
    freed_twice: bool,
    outcomes: BTreeSet<String>,
}

fn allowed(program: &Program) -> Allowed {
    let mut allowed = Allowed::default();
    let choices: Vec<Vec<Option<usize>>> = program
        .threads
        .iter()
        .map(|ops| {
            let needs = (0..ops.len()).filter(|n| matches!(ops[*n], Op::Need(..)));
            std::iter::once(None).chain(needs.map(Some)).collect()
        })
        .collect();
    let mut cuts = vec![None; choices.len()];
    try_cuts(program, &choices, &mut cuts, 0, &mut allowed);
    allowed
}

fn try_cuts(
    program: &Program,
    choices: &[Vec<Option<usize>>],
    cuts: &mut Vec<Option<usize>>,
    at: usize,
    allowed: &mut Allowed,
) {
    if at < choices.len() {
        for cut in &choices[at] {
            cuts[at] = *cut;
            try_cuts(program, choices, cuts, at + 1, allowed);
        }
        return;
    }
    let steps = steps(program, cuts);
    let locations = LOCK + 1 + program.threads.len();
    let begin = |x: usize| Event {
        name: (0, x as u32),
        kind: Kind::Init,
        loc: Some(x),
        order: Relaxed,
        exclusive: false,
    };
    let events: Vec<Event> = (0..locations).map(begin).chain(steps.iter().map(|s| s.event)).collect();
    assert!(events.len() <= 32);
    let mut rf = vec![None; events.len()];
    try_sources(
        &Candidate { program, steps: &steps, events: &events, locations },
        &mut rf,
        locations,
        allowed,
    );
}

struct Candidate<'a> {
    program: &'a Program,
    steps: &'a [Step],
    events: &'a [Event],
    locations: usize,
}

impl Candidate<'_> {
    fn step(&self, event: usize) -> &Step {
        &self.steps[event - self.locations]
    }

    /// The value of a write, or that a read reads.
    fn value(&self, rf: &[Option<usize>], event: usize, depth: usize) -> Option<u32> {
        if event < self.locations {
            return Some(0);
        }
        if depth > self.events.len() {
            return None;
        }
        match self.step(event).value {
            Value::Writes(value) => Some(value),
            Value::Adds => Some(self.value(rf, event - 1, depth + 1)? + 1),
            _ => self.value(rf, rf[event]?, depth + 1),
        }
    }

    fn is_possible(&self, rf: &[Option<usize>]) -> bool {
        (self.locations..self.events.len()).all(|e| match self.step(e).value {
            Value::Any => self.value(rf, e, 0).is_some(),
            Value::Needs(wanted, holds) => {
                self.value(rf, e, 0).is_some_and(|value| (value == wanted) == holds)
            }
            Value::Takes => self.value(rf, e, 0) == Some(0),
            Value::Sees => self.value(rf, e, 0) == Some(1),
            _ => true,
        })
    }

    /// Whether every lock is given back by the thread that took it before another takes it.
    fn locks_alternate(&self, co: &[usize]) -> bool {
        co.chunks(2).all(|pair| match pair {
            [take, give] => {
                let (take, give) = (self.step(*take), self.step(*give));
                take.event.exclusive && !give.event.exclusive && take.event.name.0 == give.event.name.0
            }
            _ => false,
        })
    }

    fn is_lock(&self, loc: usize) -> bool {
        loc == LOCK || (2..LOCK).contains(&loc) && self.program.sorts[loc - 2] == Sort::Mutex
    }
}

fn try_sources(candidate: &Candidate<'_>, rf: &mut Vec<Option<usize>>, at: usize, allowed: &mut Allowed) {
    let events = candidate.events;
    if at < events.len() {
        if events[at].kind != Kind::Read {
            return try_sources(candidate, rf, at + 1, allowed);
        }
        let writes = |w: &usize| {
            *w != at + 1
                && matches!(events[*w].kind, Kind::Init | Kind::Write)
                && events[*w].loc == events[at].loc
        };
        for source in (0..events.len()).filter(writes) {
            rf[at] = Some(source);
            try_sources(candidate, rf, at + 1, allowed);
        }
        rf[at] = None;
        return;
    }
    if candidate.is_possible(rf) {
        try_orders(candidate, rf, &mut Vec::new(), allowed);
    }
}

fn try_orders(
    candidate: &Candidate<'_>,
    rf: &[Option<usize>],
    co: &mut Vec<Vec<usize>>,
    allowed: &mut Allowed,
) {
    let events = candidate.events;
    let loc = co.len();
    if loc < candidate.locations {
        let writes = |w: &usize| events[*w].kind == Kind::Write && events[*w].loc == Some(loc);
        for order in permutations((0..events.len()).filter(writes).collect()) {
            if !candidate.is_lock(loc) || candidate.locks_alternate(&order) {
                co.push(order);
                try_orders(candidate, rf, co, allowed);
                co.pop();
            }
        }
        return;
    }
    let Some(hb) = happens_before(events, rf, co) else { return };
    let all = candidate.locations..events.len();
    for end in all.clone().filter(|e| candidate.step(*e).ends.is_some()) {
        let object = candidate.step(end).ends;
        allowed.freed_twice |= all.clone().any(|e| e != end && candidate.step(e).ends == object);
        allowed.used_after_free |= all.clone().any(|e| candidate.step(e).uses == object && !hb.has(e, end));
    }
    let mut reads = vec![Vec::new(); candidate.program.threads.len()];
    for e in all.filter(|e| matches!(candidate.step(*e).value, Value::Any | Value::Needs(..))) {
        let value = candidate.value(rf, e, 0).expect("it is possible");
        reads[events[e].name.0 as usize - 1].push(value);
    }
    allowed.outcomes.insert(format!("{reads:?}"));
}

// The programs.

fn order(all: &'static [Ordering]) -> impl Strategy<Value = Ordering> {
    select(all)
}

const LOADS: &[Ordering] = &[Relaxed, Acquire, SeqCst];
const STORES: &[Ordering] = &[Relaxed, Release, SeqCst];
const ALL: &[Ordering] = &[Relaxed, Acquire, Release, AcqRel, SeqCst];
const FENCES: &[Ordering] = &[Acquire, Release, AcqRel, SeqCst];

fn uses() -> impl Strategy<Value = Op> {
    (select(vec![0, 0, 1]), order(ALL), any::<bool>())
        .prop_map(|(o, order, writes)| Op::Use(o, order, writes))
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => uses(),
        2 => select(vec![0, 0, 1]).prop_map(Op::End),
        2 => (0..2usize, 1..3u32, order(STORES)).prop_map(|(x, v, o)| Op::Store(x, v, o)),
        1 => (0..2usize, order(LOADS)).prop_map(|(x, o)| Op::Load(x, o)),
        1 => (0..2usize, order(ALL)).prop_map(|(x, o)| Op::Add(x, o)),
        2 => (0..2usize, 1..3u32, order(LOADS)).prop_map(|(x, v, o)| Op::Need(x, v, o)),
        1 => order(FENCES).prop_map(Op::Fence),
        1 => Just(Op::Join),
        1 => uses().prop_map(|op| Op::Locked(Box::new(op))),
    ]
}

/// What tells another thread, or all that wait for it, that the uses are over.
fn signal(x: usize) -> impl Strategy<Value = Vec<Op>> {
    prop_oneof![
        3 => order(STORES).prop_map(move |o| vec![Op::Store(x, 1, o)]),
        1 => order(ALL).prop_map(move |o| vec![Op::Add(x, o)]),
        2 => (order(FENCES), order(STORES)).prop_map(move |(f, o)| vec![Op::Fence(f), Op::Store(x, 1, o)]),
        2 => order(STORES).prop_map(move |o| vec![Op::Locked(Box::new(Op::Store(x, 1, o)))]),
        1 => Just(vec![]),
    ]
}

fn wait(x: usize, value: u32) -> impl Strategy<Value = Vec<Op>> {
    prop_oneof![
        4 => order(LOADS).prop_map(move |o| vec![Op::Need(x, value, o)]),
        2 => (order(LOADS), order(FENCES)).prop_map(move |(o, f)| vec![Op::Need(x, value, o), Op::Fence(f)]),
        2 => Just(vec![Op::Join]),
    ]
}

/// A thread uses an object and says so, another waits for that and ends it; a third may use it too, or pass it on.
fn ordered() -> impl Strategy<Value = Vec<Vec<Op>>> {
    let first = (uses(), signal(0)).prop_map(|(op, then)| [vec![op], then].concat());
    let second = prop_oneof![
        3 => wait(0, 1).prop_map(|before| [before, vec![Op::End(0)]].concat()),
        2 => (wait(0, 1), uses(), signal(1)).prop_map(|(b, op, then)| [b, vec![op], then].concat()),
        1 => (wait(0, 1), signal(1)).prop_map(|(before, then)| [before, then].concat()),
    ];
    let third = prop_oneof![
        2 => Just(vec![]),
        2 => wait(1, 1).prop_map(|before| [before, vec![Op::End(0)]].concat()),
        1 => vec(op(), 1..3),
    ];
    (first, second, third).prop_map(|(a, b, c)| [a, b, c].into_iter().filter(|t| !t.is_empty()).collect())
}

/// How many candidates brute force tries, without the threads that end early.
fn candidates(program: &Program) -> usize {
    let steps = steps(program, &vec![None; program.threads.len()]);
    let (mut reads, mut writes) = (BTreeMap::new(), BTreeMap::<_, usize>::new());
    for event in steps.iter().map(|step| step.event) {
        match event.kind {
            Kind::Read => *reads.entry(event.loc).or_default() += 1,
            Kind::Write => *writes.entry(event.loc).or_default() += 1,
            _ => {}
        }
    }
    let of = |loc| writes.get(loc).copied().unwrap_or(0);
    let sources = reads.iter().map(|(loc, reads)| (of(loc) + 1).saturating_pow(*reads));
    let orders = writes.values().map(|writes| (1..=*writes).product());
    sources.chain(orders).fold(1, usize::saturating_mul)
}

fn programs() -> impl Strategy<Value = Program> {
    let sorts = [(); OBJECTS].map(|()| select(vec![Sort::Atomic, Sort::Atomic, Sort::Mutex, Sort::Cell]));
    let threads = prop_oneof![3 => ordered(), 2 => vec(vec(op(), 1..4), 2..4)];
    let matters = |p: &Program| {
        let is_small = candidates(p) <= 30_000;
        let has_end = p.threads.iter().flatten().any(|op| matches!(op, Op::End(_)));
        let waits = |ops: &Vec<Op>| ops.iter().filter(|op| **op == Op::Join).count() <= 1;
        is_small && has_end && p.threads.iter().all(waits)
    };
    (sorts, threads)
        .prop_map(|(sorts, threads)| Program { sorts, threads })
        .prop_filter("too large, or nothing ends", matters)
}

#[test]
fn an_object_that_is_used_after_its_end_is_found_wherever_the_axioms_allow_it_and_nowhere_else() {
    let counts = Cell::new(BTreeMap::<&str, u32>::new());
    let configuration = config(150, 1_000);
    let cases = configuration.cases;
    let mut runner = TestRunner::new(configuration);
    let result = runner.run(&programs(), |program| {
        let allowed = allowed(&program);
        let (found, outcomes) = explored(&program);
        let (expected, seen): (&[_], _) = match (allowed.used_after_free, allowed.freed_twice) {
            (false, false) => (&[None], "verified"),
            (true, false) => (&[Some(FailureKind::UseAfterFree)], "used after free"),
            (false, true) => (&[Some(FailureKind::DoubleFree)], "freed twice"),
            (true, true) => (&[Some(FailureKind::UseAfterFree), Some(FailureKind::DoubleFree)], "both"),
        };
        prop_assert!(expected.contains(&found), "{found:?}, and brute force says {seen}");
        if found.is_none() {
            prop_assert_eq!(outcomes, allowed.outcomes);
        }
        let mut all = counts.take();
        *all.entry(seen).or_default() += 1;
        counts.set(all);
        Ok(())
    });
    result.unwrap_or_else(|failure| panic!("{failure}"));
    let counts = counts.take();
    println!("{counts:?}");
    // Programs of one kind alone would show nothing.
    if cases >= 100 {
        assert!(
            counts.len() == 4 && counts["verified"] * 5 > cases && counts["used after free"] * 5 > cases,
            "{counts:?}"
        );
    }
}
