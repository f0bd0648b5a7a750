//! Every candidate graph of a program of atomics and fences, filtered by the axioms of RC11, written as the paper's
//! relations (Lahav, Vafeiadis, Kang, Hur, Dreyer, PLDI 2017) with the release sequences of C++20.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use selvedge::Behaviour;

use super::{LOCATIONS, Op, Program};

/// A thread from 1 and the place of an event in it, or 0 and a location.
pub type Name = (u32, u32);

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Kind {
    Init,
    Read,
    Write,
    Fence,
    /// An access of plain memory, which the axioms order and do not mind otherwise.
    Plain,
}

#[derive(Clone, Copy, Debug)]
pub struct Event {
    pub name: Name,
    pub kind: Kind,
    pub loc: Option<usize>,
    pub order: Ordering,
    /// It and the event before it are the halves of one read-modify-write.
    pub exclusive: bool,
}

/// A relation on at most 64 events: a set of successors for each.
#[derive(Clone, PartialEq, Eq)]
pub struct Relation(Vec<u64>);

impl Relation {
    fn new(n: usize, f: impl Fn(usize, usize) -> bool) -> Self {
        Relation((0..n).map(|a| (0..n).filter(|b| f(a, *b)).fold(0, |row, b| row | 1 << b)).collect())
    }

    pub fn has(&self, a: usize, b: usize) -> bool {
        self.0[a] >> b & 1 == 1
    }

    fn or(&self, other: &Self) -> Self {
        Relation(self.0.iter().zip(&other.0).map(|(a, b)| a | b).collect())
    }

    fn then(&self, other: &Self) -> Self {
        let follow =
            |row: &u64| (0..self.0.len()).filter(|b| row >> b & 1 == 1).fold(0, |to, b| to | other.0[b]);
        Relation(self.0.iter().map(follow).collect())
    }

    fn closed(&self) -> Self {
        let more = self.or(&self.then(self));
        if more == *self { more } else { more.closed() }
    }

    fn is_acyclic(&self) -> bool {
        let closed = self.closed();
        (0..self.0.len()).all(|a| !closed.has(a, a))
    }
}

/// The behaviours that RC11 allows, in which every condition comes to hold.
pub fn behaviours(program: &Program) -> BTreeSet<Behaviour> {
    let ops: Vec<(usize, &Op)> =
        program.iter().enumerate().flat_map(|(t, ops)| ops.iter().map(move |op| (t, op))).collect();
    let mut found = BTreeSet::new();
    let mut sources = vec![None; ops.len()];
    choose_sources(&ops, &mut sources, 0, &mut found);
    found
}

/// The same, each with the fewest preemptions of an order of the threads' operations that extends program order and
/// reads-from.
pub fn preemptions(program: &Program) -> BTreeMap<Behaviour, usize> {
    let fewest = |behaviour: Behaviour| {
        let schedules = Schedules::of(program, &behaviour);
        let mut fewest = usize::MAX;
        schedules.try_all(&mut vec![0; program.len()], None, 0, &mut fewest);
        (behaviour, fewest)
    };
    behaviours(program).into_iter().map(fewest).collect()
}

/// For every operation of every thread, how many operations of which thread its source needs.
struct Schedules(Vec<Vec<Option<(usize, usize)>>>);

impl Schedules {
    fn of(program: &Program, behaviour: &Behaviour) -> Self {
        let wrote = |name: &Name| behaviour.writes.iter().flatten().any(|w| w == name);
        let mut sources = Vec::new();
        let mut operation_of = BTreeMap::new();
        for (thread, ops) in program.iter().enumerate() {
            let (mut event, mut theirs) = (0, Vec::new());
            for (number, op) in ops.iter().enumerate() {
                let name = |event| (thread as u32 + 1, event);
                let read = behaviour.reads.iter().find(|(read, _)| *read == name(event));
                theirs.push(read.and_then(|(_, source)| *source));
                let exchanges = matches!(op, Op::Add(..) | Op::Cas(..)) && wrote(&name(event + 1));
                for _ in 0..=u32::from(exchanges) {
                    operation_of.insert(name(event), (thread, number + 1));
                    event += 1;
                }
            }
            sources.push(theirs);
        }
        let operation = |source: Option<Name>| source.map(|name| operation_of[&name]);
        Schedules(sources.into_iter().map(|theirs| theirs.into_iter().map(operation).collect()).collect())
    }

    fn try_all(&self, done: &mut Vec<usize>, running: Option<usize>, so_far: usize, fewest: &mut usize) {
        let Schedules(sources) = self;
        let left = |thread: usize, done: &[usize]| sources[thread].get(done[thread]);
        if (0..done.len()).all(|thread| left(thread, done).is_none()) {
            *fewest = so_far.min(*fewest);
        }
        for thread in 0..done.len() {
            let Some(source) = left(thread, done) else { continue };
            if source.is_some_and(|(from, n)| done[from] < n) {
                continue;
            }
            let preempts = running.is_some_and(|other| other != thread && left(other, done).is_some());
            done[thread] += 1;
            self.try_all(done, Some(thread), so_far + usize::from(preempts), fewest);
            done[thread] -= 1;
        }
    }
}

fn location(op: &Op) -> Option<usize> {
    match op {
        Op::Load(x, _) | Op::Await(x, ..) | Op::Store(x, ..) | Op::Add(x, _) | Op::Cas(x, ..) => Some(*x),
        _ => None,
    }
}

/// Tries every source, an operation or `None` for the initial value, of the reads from the `at`th operation on.
fn choose_sources(
    ops: &[(usize, &Op)],
    sources: &mut Vec<Option<usize>>,
    at: usize,
    found: &mut BTreeSet<Behaviour>,
) {
    let Some((_, op)) = ops.get(at) else { return candidate(ops, sources, found) };
    sources[at] = None;
    choose_sources(ops, sources, at + 1, found);
    if matches!(op, Op::Load(..) | Op::Await(..) | Op::Add(..) | Op::Cas(..)) {
        for (source, (_, other)) in ops.iter().enumerate() {
            if source != at
                && !matches!(other, Op::Load(..) | Op::Await(..))
                && location(other) == location(op)
            {
                sources[at] = Some(source);
                choose_sources(ops, sources, at + 1, found);
            }
        }
        sources[at] = None;
    }
}

/// The values that each operation reads and writes; `None` where they depend on themselves or a source writes nothing.
fn values(ops: &[(usize, &Op)], sources: &[Option<usize>]) -> Option<Vec<(u32, Option<u32>)>> {
    fn value(
        ops: &[(usize, &Op)],
        sources: &[Option<usize>],
        at: usize,
        depth: usize,
    ) -> Option<(u32, Option<u32>)> {
        if depth > ops.len() {
            return None;
        }
        let read = match sources[at] {
            None => 0,
            Some(source) => value(ops, sources, source, depth + 1)?.1?,
        };
        Some(match ops[at].1 {
            Op::Store(_, value, _) => (0, Some(*value)),
            Op::Add(..) => (read, Some(read + 1)),
            Op::Cas(_, old, new, ..) if read == *old => (read, Some(*new)),
            Op::Await(_, value, _) if read != *value => return None,
            _ => (read, None),
        })
    }
    (0..ops.len()).map(|at| value(ops, sources, at, 0)).collect()
}

fn candidate(ops: &[(usize, &Op)], sources: &[Option<usize>], found: &mut BTreeSet<Behaviour>) {
    let Some(values) = values(ops, sources) else { return };
    let mut events: Vec<Event> = (0..LOCATIONS)
        .map(|x| Event {
            name: (0, x as u32),
            kind: Kind::Init,
            loc: Some(x),
            order: Relaxed,
            exclusive: false,
        })
        .collect();
    let (mut reads, mut writes) = (vec![None; ops.len()], vec![None; ops.len()]);
    let mut index = vec![0; ops.len() + 1];
    for (at, (thread, op)) in ops.iter().enumerate() {
        let mut add = |kind, order, exclusive| {
            let name = (*thread as u32 + 1, index[*thread]);
            index[*thread] += 1;
            events.push(Event { name, kind, loc: location(op), order, exclusive });
            Some(events.len() - 1)
        };
        match op {
            Op::Load(_, order) | Op::Await(_, _, order) => reads[at] = add(Kind::Read, *order, false),
            Op::Store(_, _, order) => writes[at] = add(Kind::Write, *order, false),
            Op::Add(_, order) => {
                reads[at] = add(Kind::Read, *order, false);
                writes[at] = add(Kind::Write, *order, true);
            }
            Op::Cas(_, _, _, success, failure) => {
                let succeeds = values[at].1.is_some();
                reads[at] = add(Kind::Read, if succeeds { *success } else { *failure }, false);
                if succeeds {
                    writes[at] = add(Kind::Write, *success, true);
                }
            }
            Op::Fence(order) => {
                add(Kind::Fence, *order, false);
            }
            other => panic!("{other:?} is not in the axioms"),
        }
    }
    let mut rf = vec![None; events.len()];
    for (at, read) in reads.iter().enumerate().filter_map(|(at, r)| r.map(|r| (at, r))) {
        rf[read] = Some(match sources[at] {
            Some(source) => writes[source].expect("a source writes"),
            None => location(ops[at].1).expect("a read has a location"),
        });
    }
    let orders = (0..LOCATIONS).map(|x| {
        permutations(writes.iter().flatten().copied().filter(|w| events[*w].loc == Some(x)).collect())
    });
    let orders: Vec<Vec<Vec<usize>>> = orders.collect();
    for first in &orders[0] {
        for second in &orders[1] {
            let co = [first.clone(), second.clone()];
            if happens_before(&events, &rf, &co).is_some() {
                found.insert(behaviour(&events, &rf, &co));
            }
        }
    }
}

pub fn permutations(of: Vec<usize>) -> Vec<Vec<usize>> {
    if of.is_empty() {
        return vec![Vec::new()];
    }
    let without = |i: usize| [&of[..i], &of[i + 1..]].concat();
    let begin = |i: usize| permutations(without(i)).into_iter().map(move |rest| (i, rest));
    (0..of.len()).flat_map(begin).map(|(i, rest)| [vec![of[i]], rest].concat()).collect()
}

fn behaviour(events: &[Event], rf: &[Option<usize>], co: &[Vec<usize>]) -> Behaviour {
    let source = |w: usize| (events[w].kind != Kind::Init).then_some(events[w].name);
    let mut reads: Vec<_> =
        (0..events.len()).filter_map(|r| Some((events[r].name, source(rf[r]?)))).collect();
    let names = |order: &Vec<usize>| order.iter().map(|w| events[*w].name).collect();
    let mut writes: Vec<Vec<Name>> = co.iter().filter(|o| !o.is_empty()).map(names).collect();
    reads.sort_unstable();
    writes.sort_unstable();
    Behaviour { reads, writes, served: Vec::new(), choices: Vec::new() }
}

/// Happens-before of the graph with these sources and this modification order of each location, if it is an execution.
pub fn happens_before(events: &[Event], rf: &[Option<usize>], co: &[Vec<usize>]) -> Option<Relation> {
    let n = events.len();
    let rel = |f: &dyn Fn(usize, usize) -> bool| Relation::new(n, f);
    let identity = |f: &dyn Fn(&Event) -> bool| rel(&|a, b| a == b && f(&events[a]));
    let everything = identity(&|_| true);
    let (is_read, is_write) =
        (|e: &Event| e.kind == Kind::Read, |e: &Event| matches!(e.kind, Kind::Write | Kind::Init));
    let is_fence = |e: &Event| e.kind == Kind::Fence;
    let acquires = |e: &Event| matches!(e.order, Acquire | AcqRel | SeqCst);
    let releases = |e: &Event| matches!(e.order, Release | AcqRel | SeqCst);
    let place = |w: usize| match events[w].kind {
        Kind::Init => Some(0),
        _ => co[events[w].loc?].iter().position(|v| *v == w).map(|p| p + 1),
    };

    let po = rel(&|a, b| {
        let (x, y) = (&events[a], &events[b]);
        y.kind != Kind::Init && (x.kind == Kind::Init || x.name.0 == y.name.0 && x.name.1 < y.name.1)
    });
    let reads_from = rel(&|w, r| rf[r] == Some(w));
    if !po.or(&reads_from).is_acyclic() {
        return None;
    }
    // Atomicity: a writing half is right after what its reading half reads from.
    if (0..n).any(|w| events[w].exclusive && place(w) != rf[w - 1].and_then(place).map(|p| p + 1)) {
        return None;
    }
    let rmw = rel(&|r, w| events[w].exclusive && r + 1 == w);
    let order = rel(&|a, b| {
        is_write(&events[a]) && is_write(&events[b]) && events[a].loc == events[b].loc && place(a) < place(b)
    });
    let from_read = rel(&|r, w| rf[r].is_some_and(|source| order.has(source, w)) && r != w);
    let eco = reads_from.or(&order).or(&from_read).closed();
    let sequence = everything.or(&reads_from.then(&rmw).closed());
    let fence_then = everything.or(&identity(&is_fence).then(&po));
    let release = identity(&|e| (is_fence(e) || e.kind == Kind::Write) && releases(e))
        .then(&fence_then)
        .then(&identity(&is_write))
        .then(&sequence);
    let acquire = identity(&is_read)
        .then(&everything.or(&po.then(&identity(&is_fence))))
        .then(&identity(&|e| (is_fence(e) || is_read(e)) && acquires(e)));
    let hb = po.or(&release.then(&reads_from).then(&acquire)).closed();
    let coherent = (0..n).all(|a| !hb.has(a, a) && (0..n).all(|b| !(hb.has(a, b) && eco.has(b, a))));
    if !coherent {
        return None;
    }
    if events.iter().all(|e| e.order != SeqCst) {
        return Some(hb);
    }
    let seq_cst = |e: &Event| e.order == SeqCst && e.kind != Kind::Init;
    let sc = identity(&seq_cst);
    let sc_fence = identity(&|e| seq_cst(e) && is_fence(e));
    let hb_maybe = hb.or(&everything);
    let po_other = rel(&|a, b| po.has(a, b) && (events[a].loc.is_none() || events[a].loc != events[b].loc));
    let hb_here = rel(&|a, b| hb.has(a, b) && events[a].loc.is_some() && events[a].loc == events[b].loc);
    let scb = po.or(&po_other.then(&hb).then(&po_other)).or(&hb_here).or(&order).or(&from_read);
    let psc_base = sc.or(&sc_fence.then(&hb_maybe)).then(&scb).then(&sc.or(&hb_maybe.then(&sc_fence)));
    let psc_fence = sc_fence.then(&hb.or(&hb.then(&eco).then(&hb))).then(&sc_fence);
    psc_base.or(&psc_fence).is_acyclic().then_some(hb)
}
