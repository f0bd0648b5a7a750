//! The handles of an `Arc` are what the atomic operations of std's `Arc` are.
//!
//! Small programs run on the engine, and beside it as the loads, stores, read-modify-writes and fences that std does, written
//! out below: every graph of them that the axioms allow, or every interleaving, is built step by step. What the threads see
//! and whether they race must be the same. `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles arcs` tries
//! 2,000 programs.

use std::collections::{BTreeSet, HashSet};
use std::sync::Mutex;
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::AtomicU32;
use selvedge::sync::{Arc, Weak};
use selvedge::{Checker, FailureKind, Limit, MemoryModel, Verdict, outcome, thread};

use crate::oracle::axioms::{Event, Kind, Relation, happens_before};
use crate::oracle::config;

/// What a thread does with its handles, which are all alike. Where it has none, it does nothing. What it sees it writes down.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Op {
    Clone,
    Drop,
    StrongCount,
    WeakCount,
    Downgrade,
    GetMut,
    TryUnwrap,
    IntoInner,
    Upgrade,
    CloneWeak,
    DropWeak,
    StrongCountByWeak,
    WeakCountByWeak,
    /// Reads what the handle leads to.
    Deref,
    Load(usize, Ordering),
    Store(usize, Ordering),
    Read,
    Write,
    /// Goes on only if what it saw last is this.
    If(u64),
}

#[derive(Clone, Debug)]
struct Thread {
    strong: usize,
    weak: usize,
    ops: Vec<Op>,
}

#[derive(Clone, Debug)]
struct Program {
    threads: Vec<Thread>,
    /// Whether the first thread keeps a handle until all others have ended.
    keeps: bool,
    /// Whether the destructor writes to the value.
    writes: bool,
}

const FLAGS: usize = 2;

fn programs() -> impl Strategy<Value = Program> {
    let flag = 0..FLAGS;
    let op = prop_oneof![
        3 => select(vec![Op::Clone, Op::Drop, Op::Drop]),
        3 => select(vec![Op::StrongCount, Op::WeakCount, Op::GetMut, Op::TryUnwrap, Op::IntoInner]),
        3 => select(vec![Op::Downgrade, Op::Upgrade, Op::Upgrade, Op::CloneWeak, Op::DropWeak]),
        1 => select(vec![Op::StrongCountByWeak, Op::WeakCountByWeak, Op::Deref]),
        2 => (flag.clone(), select(vec![Relaxed, Acquire])).prop_map(|(x, order)| Op::Load(x, order)),
        2 => (flag, select(vec![Relaxed, Release])).prop_map(|(x, order)| Op::Store(x, order)),
        3 => select(vec![Op::Read, Op::Write]),
        2 => (0..3u64).prop_map(Op::If),
    ];
    let thread =
        (0..3usize, 0..2usize, vec(op, 1..5)).prop_map(|(strong, weak, ops)| Thread { strong, weak, ops });
    (vec(thread, 2..4), any::<bool>(), any::<bool>())
        .prop_map(|(threads, keeps, writes)| Program { threads, keeps, writes })
        .prop_filter("too large for brute force", |program| {
            let steps = |t: &Thread| 2 * t.strong + t.weak + t.ops.iter().map(steps).sum::<usize>();
            program.keeps as usize + program.threads.iter().map(|t| t.strong).sum::<usize>() > 0
                && program.threads.iter().map(steps).sum::<usize>() <= 11
        })
}

/// How many steps of brute force an operation is.
fn steps(op: &Op) -> usize {
    match op {
        Op::GetMut | Op::Upgrade | Op::Downgrade | Op::WeakCountByWeak => 2,
        Op::If(_) => 0,
        _ => 1,
    }
}

mod engine {
    use super::*;

    #[derive(Default)]
    pub(super) struct Plain(UnsafeCell<u32>);

    // SAFETY: what is shared of it is checked for races.
    unsafe impl Sync for Plain {}

    impl Plain {
        pub(super) fn read(&self) {
            // SAFETY: no reference leaves the cell.
            self.0.with(|p| unsafe { *p });
        }

        pub(super) fn write(&self) {
            // SAFETY: as above.
            self.0.with_mut(|p| unsafe { *p = 1 });
        }
    }

    pub(super) trait Value: Default + 'static {
        fn plain(&self) -> &Plain;
    }

    #[derive(Default)]
    pub(super) struct Still(Plain);

    impl Value for Still {
        fn plain(&self) -> &Plain {
            &self.0
        }
    }

    #[derive(Default)]
    pub(super) struct Writes(Plain);

    impl Value for Writes {
        fn plain(&self) -> &Plain {
            &self.0
        }
    }

    impl Drop for Writes {
        fn drop(&mut self) {
            self.0.write();
        }
    }

    #[derive(Default)]
    pub(super) struct Shared {
        flags: [AtomicU32; FLAGS],
        plain: Plain,
    }

    fn run<V: Value>(
        shared: &Shared,
        ops: &[Op],
        mut strong: Vec<Arc<V>>,
        mut weak: Vec<Weak<V>>,
    ) -> Vec<u64> {
        let mut seen = Vec::new();
        for op in ops {
            match op {
                Op::Clone => strong.extend(strong.last().cloned()),
                Op::Drop => drop(strong.pop()),
                Op::StrongCount => seen.extend(strong.last().map(|a| Arc::strong_count(a) as u64)),
                Op::WeakCount => seen.extend(strong.last().map(|a| Arc::weak_count(a) as u64)),
                Op::Downgrade => weak.extend(strong.last().map(Arc::downgrade)),
                Op::GetMut => {
                    if let Some(a) = strong.last_mut() {
                        let value = Arc::get_mut(a);
                        seen.push(value.is_some().into());
                        if let Some(value) = value {
                            value.plain().write();
                        }
                    }
                }
                Op::TryUnwrap => {
                    if let Some(a) = strong.pop() {
                        let taken = Arc::try_unwrap(a);
                        seen.push(taken.is_ok().into());
                        match taken {
                            Ok(value) => drop(value),
                            Err(a) => strong.push(a),
                        }
                    }
                }
                Op::IntoInner => {
                    if let Some(a) = strong.pop() {
                        seen.push(Arc::into_inner(a).is_some().into());
                    }
                }
                Op::Upgrade => {
                    if let Some(w) = weak.last() {
                        let upgraded = w.upgrade();
                        seen.push(upgraded.is_some().into());
                        strong.extend(upgraded);
                    }
                }
                Op::CloneWeak => weak.extend(weak.last().cloned()),
                Op::DropWeak => drop(weak.pop()),
                Op::StrongCountByWeak => seen.extend(weak.last().map(|w| w.strong_count() as u64)),
                Op::WeakCountByWeak => seen.extend(weak.last().map(|w| w.weak_count() as u64)),
                Op::Deref => {
                    if let Some(a) = strong.last() {
                        a.plain().read();
                    }
                }
                Op::Load(x, order) => seen.push(shared.flags[*x].load(*order).into()),
                Op::Store(x, order) => shared.flags[*x].store(1, *order),
                Op::Read => shared.plain.read(),
                Op::Write => shared.plain.write(),
                Op::If(wanted) if seen.last() != Some(wanted) => break,
                Op::If(_) => {}
            }
        }
        while let Some(a) = strong.pop() {
            drop(a);
        }
        while let Some(w) = weak.pop() {
            drop(w);
        }
        seen
    }

    pub(super) fn model<V: Value>(program: &Program) {
        let first = Arc::new(V::default());
        let shared = std::sync::Arc::new(Shared::default());
        let seen = std::sync::Arc::new(Mutex::new(vec![Vec::new(); program.threads.len()]));
        let mut handles: Vec<(Vec<_>, Vec<_>)> = Vec::new();
        for thread in &program.threads {
            let strong = (0..thread.strong).map(|_| first.clone()).collect();
            handles.push((strong, (0..thread.weak).map(|_| Arc::downgrade(&first)).collect()));
        }
        let kept = Some(first).filter(|_| program.keeps);
        let threads: Vec<_> = handles
            .into_iter()
            .enumerate()
            .map(|(n, (strong, weak))| {
                let (shared, seen, ops) = (shared.clone(), seen.clone(), program.threads[n].ops.clone());
                thread::spawn(move || {
                    let mine = run(&shared, &ops, strong, weak);
                    seen.lock().unwrap()[n] = mine;
                })
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        drop(kept);
        outcome(format!("{:?}", seen.lock().unwrap()));
    }
}

/// What the engine finds: the outcomes, or `None` where it finds a race.
fn explored(program: &Program, model: MemoryModel) -> (Option<BTreeSet<String>>, u64) {
    let run = program.clone();
    let report = Checker::new().memory_model(model).run(move || match run.writes {
        true => engine::model::<engine::Writes>(&run),
        false => engine::model::<engine::Still>(&run),
    });
    let outcomes = match report.verdict() {
        // Threads without a handle share nothing, and that is right of them here.
        Verdict::Verified | Verdict::Incomplete(Limit::NothingShared) => {
            Some(report.outcomes().keys().cloned().collect())
        }
        // What ends while it may be read is either of them.
        Verdict::Failed(failure)
            if matches!(failure.kind, FailureKind::DataRace | FailureKind::UseAfterFree) =>
        {
            None
        }
        other => panic!("{model:?} {program:?}: {other:?}"),
    };
    (outcomes, report.executions())
}

const STRONG: usize = 0;
const WEAK: usize = 1;
const LOCATIONS: usize = 2 + FLAGS;
const LOCKED: u64 = u64::MAX;

/// A step of a thread. The value of a read is given; of a read-modify-write too, and what it writes follows.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Step {
    Load(usize, Ordering),
    Store(usize, u64, Ordering),
    /// Adds, whatever is there.
    Add(usize, i64, Ordering),
    /// Compares, exchanges.
    Cas(usize, u64, u64, Ordering),
    Fence(Ordering),
    /// Reads or writes the plain cell or the value.
    Plain(usize, bool),
}

/// A thread as far as the values that it read lead: its steps, the last of which has no value yet; or all, and what it saw.
struct Machine<'a> {
    reads: &'a [u64],
    steps: Vec<Step>,
}

/// The thread has come to a read without a value.
struct Pending;

impl Machine<'_> {
    fn read(&mut self, step: Step) -> Result<u64, Pending> {
        self.steps.push(step);
        let (value, rest) = self.reads.split_first().ok_or(Pending)?;
        self.reads = rest;
        Ok(*value)
    }

    fn cas(
        &mut self,
        loc: usize,
        old: u64,
        new: u64,
        success: Ordering,
    ) -> Result<Result<u64, u64>, Pending> {
        let read = self.read(Step::Cas(loc, old, new, success))?;
        Ok(if read == old { Ok(read) } else { Err(read) })
    }

    fn drop_weak(&mut self) -> Result<(), Pending> {
        if self.read(Step::Add(WEAK, -1, Release))? == 1 {
            self.steps.push(Step::Fence(Acquire));
        }
        Ok(())
    }

    fn drop_strong(&mut self, writes: bool) -> Result<(), Pending> {
        if self.read(Step::Add(STRONG, -1, Release))? == 1 {
            self.steps.push(Step::Fence(Acquire));
            if writes {
                self.steps.push(Step::Plain(1, true));
            }
            self.drop_weak()?;
        }
        Ok(())
    }

    fn taken(&mut self, writes: bool) -> Result<(), Pending> {
        self.steps.push(Step::Fence(Acquire));
        self.drop_weak()?;
        if writes {
            self.steps.push(Step::Plain(1, true));
        }
        Ok(())
    }

    fn is_unique(&mut self) -> Result<bool, Pending> {
        if self.cas(WEAK, 1, LOCKED, Acquire)?.is_err() {
            return Ok(false);
        }
        let strong = self.read(Step::Load(STRONG, Acquire))?;
        self.steps.push(Step::Store(WEAK, 1, Release));
        Ok(strong == 1)
    }

    fn downgrade(&mut self) -> Result<(), Pending> {
        let mut count = self.read(Step::Load(WEAK, Relaxed))?;
        loop {
            if count == LOCKED {
                count = self.read(Step::Load(WEAK, Relaxed))?;
                continue;
            }
            match self.cas(WEAK, count, count + 1, Acquire)? {
                Ok(_) => return Ok(()),
                Err(read) => count = read,
            }
        }
    }

    fn upgrade(&mut self) -> Result<bool, Pending> {
        let mut count = self.read(Step::Load(STRONG, Relaxed))?;
        while count > 0 {
            match self.cas(STRONG, count, count + 1, Acquire)? {
                Ok(_) => return Ok(true),
                Err(read) => count = read,
            }
        }
        Ok(false)
    }

    fn run(&mut self, thread: &Thread, writes: bool) -> Result<Vec<u64>, Pending> {
        let (mut strong, mut weak) = (thread.strong, thread.weak);
        let mut seen = Vec::new();
        for op in &thread.ops {
            match op {
                Op::Clone if strong > 0 => {
                    self.read(Step::Add(STRONG, 1, Relaxed))?;
                    strong += 1;
                }
                Op::Drop if strong > 0 => {
                    strong -= 1;
                    self.drop_strong(writes)?;
                }
                Op::StrongCount if strong > 0 => seen.push(self.read(Step::Load(STRONG, Relaxed))?),
                Op::WeakCount if strong > 0 => {
                    let count = self.read(Step::Load(WEAK, Relaxed))?;
                    seen.push(if count == LOCKED { 0 } else { count - 1 });
                }
                Op::Downgrade if strong > 0 => {
                    self.downgrade()?;
                    weak += 1;
                }
                Op::GetMut if strong > 0 => {
                    let is_unique = self.is_unique()?;
                    seen.push(is_unique.into());
                    if is_unique {
                        self.steps.push(Step::Plain(1, true));
                    }
                }
                Op::TryUnwrap if strong > 0 => {
                    let taken = self.cas(STRONG, 1, 0, Relaxed)?.is_ok();
                    seen.push(taken.into());
                    if taken {
                        strong -= 1;
                        self.taken(writes)?;
                    }
                }
                Op::IntoInner if strong > 0 => {
                    strong -= 1;
                    let taken = self.read(Step::Add(STRONG, -1, Release))? == 1;
                    seen.push(taken.into());
                    if taken {
                        self.taken(writes)?;
                    }
                }
                Op::Upgrade if weak > 0 => {
                    let upgraded = self.upgrade()?;
                    seen.push(upgraded.into());
                    strong += usize::from(upgraded);
                }
                Op::CloneWeak if weak > 0 => {
                    self.read(Step::Add(WEAK, 1, Relaxed))?;
                    weak += 1;
                }
                Op::DropWeak if weak > 0 => {
                    weak -= 1;
                    self.drop_weak()?;
                }
                Op::StrongCountByWeak if weak > 0 => seen.push(self.read(Step::Load(STRONG, Relaxed))?),
                Op::WeakCountByWeak if weak > 0 => {
                    let count = self.read(Step::Load(WEAK, Acquire))?;
                    let strong = self.read(Step::Load(STRONG, Relaxed))?;
                    seen.push(if strong == 0 { 0 } else { count - 1 });
                }
                Op::Deref if strong > 0 => self.steps.push(Step::Plain(1, false)),
                Op::Load(x, order) => seen.push(self.read(Step::Load(2 + x, *order))?),
                Op::Store(x, order) => self.steps.push(Step::Store(2 + x, 1, *order)),
                Op::Read => self.steps.push(Step::Plain(0, false)),
                Op::Write => self.steps.push(Step::Plain(0, true)),
                Op::If(wanted) if seen.last() != Some(wanted) => break,
                _ => {}
            }
        }
        for _ in 0..strong {
            self.drop_strong(writes)?;
        }
        for _ in 0..weak {
            self.drop_weak()?;
        }
        Ok(seen)
    }
}

/// A graph that grows.
#[derive(Clone)]
struct Graph {
    events: Vec<Event>,
    values: Vec<u64>,
    /// What each plain access is of, and whether it writes.
    plain: Vec<Option<(usize, bool)>>,
    rf: Vec<Option<usize>>,
    co: Vec<Vec<usize>>,
    /// What each thread read, and how many of its steps are there.
    reads: Vec<Vec<u64>>,
    done: Vec<usize>,
    /// How many events each thread has.
    lengths: Vec<u32>,
}

impl Graph {
    fn new(program: &Program) -> Self {
        let strong = program.threads.iter().map(|t| t.strong).sum::<usize>() + usize::from(program.keeps);
        let weak = 1 + program.threads.iter().map(|t| t.weak).sum::<usize>();
        let first = [strong as u64, weak as u64, 0, 0];
        let threads = program.threads.len();
        let init = |x: usize| Event {
            name: (0, x as u32),
            kind: Kind::Init,
            loc: Some(x),
            order: Relaxed,
            exclusive: false,
        };
        Graph {
            events: (0..LOCATIONS).map(init).collect(),
            values: first.to_vec(),
            plain: vec![None; LOCATIONS],
            rf: vec![None; LOCATIONS],
            co: vec![Vec::new(); LOCATIONS],
            reads: vec![Vec::new(); threads],
            done: vec![0; threads],
            lengths: vec![0; threads],
        }
    }

    fn add(
        &mut self,
        thread: usize,
        kind: Kind,
        loc: Option<usize>,
        order: Ordering,
        exclusive: bool,
    ) -> usize {
        let name = (thread as u32 + 1, self.lengths[thread]);
        self.lengths[thread] += 1;
        self.events.push(Event { name, kind, loc, order, exclusive });
        self.values.push(0);
        self.plain.push(None);
        self.rf.push(None);
        self.events.len() - 1
    }

    /// The writes of a location in their order, the initial one first.
    fn writes(&self, loc: usize) -> Vec<usize> {
        [vec![loc], self.co[loc].clone()].concat()
    }

    /// The graphs that `step` of `thread` leads to, consistent or not. `latest`: as interleavings do.
    fn after(&self, thread: usize, step: Step, latest: bool) -> Vec<Graph> {
        let mut found = Vec::new();
        let places = |loc: usize| {
            let all = self.co[loc].len() + 1;
            (if latest { all - 1 } else { 0 })..all
        };
        let mut with = |f: &dyn Fn(&mut Graph)| {
            let mut graph = self.clone();
            graph.done[thread] += 1;
            f(&mut graph);
            found.push(graph);
        };
        match step {
            Step::Fence(order) => with(&|g| _ = g.add(thread, Kind::Fence, None, order, false)),
            Step::Plain(of, writes) => with(&|g| {
                let access = g.add(thread, Kind::Plain, None, Relaxed, false);
                g.plain[access] = Some((of, writes));
            }),
            Step::Store(loc, value, order) => {
                for place in places(loc) {
                    with(&|g| {
                        let write = g.add(thread, Kind::Write, Some(loc), order, false);
                        g.values[write] = value;
                        g.co[loc].insert(place, write);
                    });
                }
            }
            Step::Load(loc, _) | Step::Add(loc, ..) | Step::Cas(loc, ..) => {
                let writes = self.writes(loc);
                for place in places(loc) {
                    let source = writes[place];
                    let value = self.values[source];
                    // Who spins reads something else each time.
                    let last = self.rf.iter().enumerate().rev().find(|(e, _)| {
                        self.events[*e].name.0 == thread as u32 + 1 && self.events[*e].kind == Kind::Read
                    });
                    if value == LOCKED && last.is_some_and(|(_, rf)| *rf == Some(source)) {
                        continue;
                    }
                    let (order, writes) = match step {
                        Step::Load(_, order) => (order, None),
                        Step::Add(_, n, order) => (order, Some(value.wrapping_add_signed(n))),
                        Step::Cas(_, old, new, order) if value == old => (order, Some(new)),
                        _ => (Relaxed, None),
                    };
                    with(&|g| {
                        let read = g.add(thread, Kind::Read, Some(loc), order, false);
                        g.rf[read] = Some(source);
                        g.reads[thread].push(value);
                        if let Some(value) = writes {
                            let write = g.add(thread, Kind::Write, Some(loc), order, true);
                            g.values[write] = value;
                            g.co[loc].insert(place, write);
                        }
                    });
                }
            }
        }
        found
    }

    /// What makes it the same graph as another, in whatever order it came to be.
    fn key(&self) -> Vec<u32> {
        let name = |e: usize| self.events[e].name.0 << 16 | self.events[e].name.1;
        let mut sources: Vec<_> =
            (0..self.events.len()).filter_map(|e| Some((name(e), name(self.rf[e]?)))).collect();
        sources.sort_unstable();
        let mut key: Vec<_> = sources.into_iter().flat_map(|(read, source)| [read, source]).collect();
        for co in &self.co {
            key.push(u32::MAX);
            key.extend(co.iter().map(|w| name(*w)));
        }
        key.extend(self.done.iter().map(|n| *n as u32));
        key
    }

    fn races(&self, hb: &Relation) -> bool {
        let accesses = || self.plain.iter().enumerate().filter_map(|(e, plain)| Some((e, (*plain)?)));
        accesses().any(|(a, (x, writes))| {
            accesses().any(|(b, (y, other))| {
                let theirs = self.events[a].name.0 != self.events[b].name.0;
                theirs && x == y && (writes || other) && !hb.has(a, b) && !hb.has(b, a)
            })
        })
    }
}

/// The outcomes that the axioms or all interleavings allow, or `None` where there is a race.
fn allowed(program: &Program, model: MemoryModel) -> Option<BTreeSet<String>> {
    let mut outcomes = BTreeSet::new();
    let mut known = HashSet::new();
    let mut left = vec![Graph::new(program)];
    while let Some(graph) = left.pop() {
        let hb = happens_before(&graph.events, &graph.rf, &graph.co).expect("it was tried before");
        if graph.races(&hb) {
            return None;
        }
        let (mut seen, mut steps) = (Vec::new(), Vec::new());
        for (thread, of) in program.threads.iter().enumerate() {
            let mut machine = Machine { reads: &graph.reads[thread], steps: Vec::new() };
            let ran = machine.run(of, program.writes);
            match machine.steps.get(graph.done[thread]) {
                Some(step) => steps.push((thread, *step)),
                None => seen.extend(ran.ok()),
            }
        }
        // What nobody else can tell the time of need not be tried at every time.
        let alone = |(_, step): &&(usize, Step)| matches!(step, Step::Fence(_) | Step::Plain(..));
        let steps = steps.iter().find(alone).map_or_else(|| steps.clone(), |step| vec![*step]);
        for (thread, step) in steps {
            for next in graph.after(thread, step, model == MemoryModel::Sc) {
                if known.insert(next.key()) && happens_before(&next.events, &next.rf, &next.co).is_some() {
                    left.push(next);
                }
            }
        }
        if seen.len() == program.threads.len() {
            outcomes.insert(format!("{seen:?}"));
        }
    }
    Some(outcomes)
}

fn assert_agrees(program: &Program) {
    for model in [MemoryModel::Sc, MemoryModel::Rc11] {
        let allowed = allowed(program, model);
        let (found, _) = explored(program, model);
        match (&found, &allowed) {
            (Some(found), Some(allowed)) => {
                let missing: Vec<_> = allowed.difference(found).collect();
                let extra: Vec<_> = found.difference(allowed).collect();
                assert!(
                    missing.is_empty() && extra.is_empty(),
                    "{model:?} {program:?}\nmissing {missing:?}\none too many {extra:?}"
                );
            }
            (None, None) => {}
            (Some(_), None) => panic!("{model:?} {program:?}\nthe race is not found"),
            (None, Some(_)) => panic!("{model:?} {program:?}\nthere is no race"),
        }
    }
}

proptest! {
    #![proptest_config(config(60, 2_000))]

    #[test]
    fn handles_are_what_their_atomic_operations_are(program in programs()) {
        assert_agrees(&program);
    }
}

/// What the generator is unlikely to find.
#[test]
fn what_drops_and_looks_order_is_what_std_orders() {
    use Op::{Downgrade, Drop, DropWeak, GetMut, If, Load, Read, Store, StrongCount, Upgrade, Write};
    let thread = |strong, weak, ops: &[Op]| Thread { strong, weak, ops: ops.to_vec() };
    let tells = |strong, weak, op| thread(strong, weak, &[Write, op, Store(0, Relaxed)]);
    let asks =
        |strong, weak, ops: &[Op]| thread(strong, weak, &[&[Load(0, Relaxed), If(1)], ops, &[Read]].concat());
    let pairs = [
        [tells(1, 0, Drop), asks(1, 0, &[Drop])],
        [tells(1, 0, Drop), asks(2, 0, &[Drop])],
        [tells(1, 0, Drop), asks(1, 0, &[StrongCount])],
        [tells(1, 0, Drop), asks(1, 0, &[GetMut])],
        [tells(1, 0, Drop), asks(1, 1, &[GetMut])],
        [tells(1, 0, Drop), asks(0, 1, &[Upgrade])],
        [tells(2, 0, Drop), asks(0, 1, &[Upgrade])],
        [tells(1, 1, DropWeak), asks(1, 0, &[Downgrade])],
        [tells(1, 1, DropWeak), asks(1, 1, &[DropWeak])],
        [tells(1, 1, DropWeak), asks(0, 1, &[DropWeak])],
        [tells(1, 0, GetMut), asks(1, 0, &[Downgrade])],
        [
            thread(1, 0, &[Store(1, Relaxed), Drop, Store(0, Relaxed)]),
            thread(1, 0, &[Load(0, Relaxed), If(1), Drop, Load(1, Relaxed)]),
        ],
        [
            thread(1, 0, &[Store(1, Relaxed), Drop, Store(0, Relaxed)]),
            thread(2, 0, &[Load(0, Relaxed), If(1), Drop, Load(1, Relaxed)]),
        ],
        [thread(1, 0, &[Write, Drop]), thread(1, 0, &[StrongCount, If(1), Write])],
        [thread(1, 0, &[Write, Drop]), thread(1, 0, &[GetMut, If(1), Write])],
        [thread(1, 0, &[Write, Drop]), thread(0, 1, &[Upgrade, If(0), Read])],
    ];
    for threads in pairs {
        for (keeps, writes) in [(false, false), (false, true), (true, false), (true, true)] {
            assert_agrees(&Program { threads: threads.to_vec(), keeps, writes });
        }
    }
}
