//! Generated programs.

use std::ops::Range;
use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{LOCATIONS, LOCKS, Op, Program};

/// Which orderings a program uses.
#[derive(Clone, Copy, Debug)]
pub enum Orders {
    SeqCst,
    Weak,
    Mixed,
}

impl Orders {
    fn among(self, all: &'static [Ordering]) -> Vec<Ordering> {
        all.iter()
            .copied()
            .filter(|o| match self {
                Orders::SeqCst => *o == SeqCst,
                Orders::Weak => *o != SeqCst,
                Orders::Mixed => true,
            })
            .collect()
    }
}

fn access(orders: Orders) -> impl Strategy<Value = Op> {
    let load = || select(orders.among(&[Relaxed, Acquire, SeqCst]));
    let store = select(orders.among(&[Relaxed, Release, SeqCst]));
    let update = || select(orders.among(&[Relaxed, Acquire, Release, AcqRel, SeqCst]));
    prop_oneof![
        3 => (0..LOCATIONS, load()).prop_map(|(x, o)| Op::Load(x, o)),
        3 => (0..LOCATIONS, 1..3u32, store).prop_map(|(x, v, o)| Op::Store(x, v, o)),
        1 => (0..LOCATIONS, update()).prop_map(|(x, o)| Op::Add(x, o)),
        1 => (0..LOCATIONS, 0..3u32, 1..3u32, update(), load()).prop_map(|(x, a, b, s, f)| Op::Cas(x, a, b, s, f)),
    ]
}

/// Two or three threads of up to three accesses.
pub fn sequentially_consistent() -> impl Strategy<Value = Program> {
    vec(vec(access(Orders::Weak), 1..4), 2..4)
}

/// Few enough accesses and fences for the axioms to be tried on every graph.
pub fn atomics() -> impl Strategy<Value = Program> {
    let orders = select(vec![Orders::SeqCst, Orders::Weak, Orders::Weak, Orders::Mixed, Orders::Mixed]);
    let small = |p: &Program| p.iter().map(Vec::len).sum::<usize>() <= 6;
    orders
        .prop_flat_map(|orders| vec(vec(step(orders), 1..4), 2..5))
        .prop_filter("too large for the axioms", small)
}

/// As [`atomics`], of threads that wait for conditions too.
pub fn awaiting_atomics() -> impl Strategy<Value = Program> {
    let step = |orders: Orders| {
        let load = select(orders.among(&[Relaxed, Acquire, SeqCst]));
        let wait = (0..LOCATIONS, 0..3u32, load).prop_map(|(x, v, o)| Op::Await(x, v, o));
        prop_oneof![3 => step(orders), 1 => wait]
    };
    let orders = select(vec![Orders::SeqCst, Orders::Weak, Orders::Mixed]);
    let small = |p: &Program| p.iter().map(Vec::len).sum::<usize>() <= 6;
    orders
        .prop_flat_map(move |orders| vec(vec(step(orders), 1..4), 2..5))
        .prop_filter("too large for the axioms", small)
}

fn step(orders: Orders) -> impl Strategy<Value = Op> {
    let fence = select(orders.among(&[Acquire, Release, AcqRel, SeqCst])).prop_map(Op::Fence);
    prop_oneof![5 => access(orders), 1 => fence]
}

/// Two or three threads of up to two pieces that lock, wait, notify and access memory.
pub fn blocking() -> impl Strategy<Value = Program> {
    vec(vec(piece(), 1..3).prop_map(|pieces| pieces.concat()), 2..4)
}

fn piece() -> impl Strategy<Value = Vec<Op>> {
    let one = || access(Orders::SeqCst);
    let locked = |m: usize, body: Vec<Op>| [vec![Op::Lock(m)], body, vec![Op::Unlock(m)]].concat();
    prop_oneof![
        2 => (0..LOCKS, one()).prop_map(move |(m, op)| locked(m, vec![op])),
        1 => Just(locked(0, vec![Op::Wait(0)])),
        1 => Just(locked(0, vec![Op::NotifyOne(0)])),
        1 => Just(vec![Op::NotifyAll(0)]),
        1 => Just(vec![Op::NotifyOne(0)]),
        1 => Just(locked(1, locked(0, vec![]))),
        1 => Just(locked(0, locked(1, vec![]))),
        1 => (0..LOCKS, vec(one(), 0..2)).prop_map(|(m, then)| vec![Op::TryLock(m, then)]),
        2 => one().prop_map(|op| vec![op]),
    ]
}

/// Two or three threads of up to three steps that use a lock which others may release, wait for one another's ends, spin
/// with hints and assume.
pub fn waiting() -> impl Strategy<Value = Program> {
    vec(vec(wait(), 1..4).prop_map(joins_once), 2..4)
}

/// A thread is joined once at most.
fn joins_once(ops: Vec<Op>) -> Vec<Op> {
    let first = ops.iter().position(|op| *op == Op::JoinPrevious);
    let once = |(at, op): (usize, Op)| (op != Op::JoinPrevious || Some(at) == first).then_some(op);
    ops.into_iter().enumerate().filter_map(once).collect()
}

fn wait() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => access(Orders::SeqCst),
        2 => (0..LOCKS).prop_map(Op::Acquire),
        1 => (0..LOCKS).prop_map(Op::TryAcquire),
        2 => (0..LOCKS).prop_map(Op::Release),
        1 => (0..LOCKS).prop_map(Op::IsLocked),
        1 => Just(Op::JoinPrevious),
        2 => (0..LOCATIONS).prop_map(Op::Spin),
        1 => (0..LOCATIONS, 0..3u32).prop_map(|(x, v)| Op::Assume(x, v)),
    ]
}

/// Two to four threads of up to three steps that wait for conditions.
pub fn awaiting() -> impl Strategy<Value = Program> {
    let one = || (0..LOCATIONS, 0..3u32);
    let step = prop_oneof![
        6 => access(Orders::SeqCst),
        3 => one().prop_map(|(x, v)| Op::Await(x, v, SeqCst)),
        1 => (one(), one()).prop_map(|(first, second)| Op::AwaitBoth([first, second])),
        1 => Just(Op::JoinPrevious),
        1 => (0..LOCKS).prop_map(Op::Acquire),
        1 => (0..LOCKS).prop_map(Op::Release),
    ];
    let small = |p: &Program| p.iter().map(Vec::len).sum::<usize>() <= 9;
    vec(vec(step, 1..4).prop_map(joins_once), 2..5).prop_filter("too large for all interleavings", small)
}

/// Two or three threads, some of them daemons, of up to three pieces that sleep, wait with a timeout, notify, report and
/// access memory. Their times are few, so that there are ties.
pub fn timed() -> impl Strategy<Value = Program> {
    vec((any::<u8>(), vec(timed_piece(), 1..4).prop_map(|pieces| joins_once(pieces.concat()))), 2..4)
        .prop_map(|threads| {
            let mark = |mark: u8| if mark.is_multiple_of(4) { vec![Op::Daemon] } else { vec![] };
            threads.into_iter().map(|(n, ops)| [mark(n), ops].concat()).collect::<Program>()
        })
        .prop_filter("too large for all interleavings", |program| {
            program.iter().flatten().map(steps).sum::<usize>() <= 12
        })
}

/// How many steps of an interleaving an operation is.
fn steps(op: &Op) -> usize {
    match op {
        Op::Daemon => 0,
        Op::Add(..) | Op::Cas(..) => 2,
        Op::Wait(_) | Op::WaitTimeout(..) => 4,
        _ => 1,
    }
}

fn timed_piece() -> impl Strategy<Value = Vec<Op>> {
    let time = || 0..4u64;
    let locked = |body: Vec<Op>| [vec![Op::Lock(0)], body, vec![Op::Unlock(0)]].concat();
    prop_oneof![
        3 => time().prop_map(|d| vec![Op::Sleep(d)]),
        2 => time().prop_map(move |d| locked(vec![Op::WaitTimeout(0, d)])),
        1 => Just(locked(vec![Op::Wait(0)])),
        1 => Just(vec![Op::NotifyOne(0)]),
        1 => Just(vec![Op::NotifyAll(0)]),
        1 => time().prop_map(move |d| locked(vec![Op::NotifyOne(0), Op::Sleep(d)])),
        2 => time().prop_map(|d| vec![Op::AcquireTimeout(0, d)]),
        1 => Just(vec![Op::Acquire(0)]),
        1 => Just(vec![Op::Release(0)]),
        2 => Just(vec![Op::Report]),
        1 => Just(vec![Op::JoinPrevious]),
        1 => Just(vec![Op::Spin(0)]),
        3 => access(Orders::SeqCst).prop_map(|op| vec![op]),
    ]
}

/// A program, and those of its threads that are the same.
type WithGroup = (Program, Range<usize>);

/// Two or three threads that are the same, before or after up to two others, of up to `size` operations in all.
fn with_group<S>(lane: impl Fn() -> S, size: usize) -> impl Strategy<Value = WithGroup>
where
    S: Strategy<Value = Vec<Op>>,
{
    let parts = (lane(), 2..4usize, vec(lane(), 0..2), vec(lane(), 0..2));
    let all = parts.prop_map(|(same, copies, before, after)| {
        let group = before.len()..before.len() + copies;
        ([before, vec![same; copies], after].concat(), group)
    });
    all.prop_filter("too large for brute force", move |(program, _)| {
        program.iter().map(Vec::len).sum::<usize>() <= size
    })
}

/// Identical threads that access memory.
pub fn identical() -> impl Strategy<Value = WithGroup> {
    with_group(|| vec(access(Orders::Weak), 1..4), 8)
}

/// Identical threads for the axioms.
pub fn identical_atomics() -> impl Strategy<Value = WithGroup> {
    let orders = select(vec![Orders::SeqCst, Orders::Weak, Orders::Weak, Orders::Mixed, Orders::Mixed]);
    orders.prop_flat_map(|orders| with_group(move || vec(step(orders), 1..4), 6))
}

/// Identical threads that block.
pub fn identical_blocking() -> impl Strategy<Value = WithGroup> {
    with_group(|| vec(piece(), 1..3).prop_map(|pieces| pieces.concat()), 12)
}

/// Identical threads that wait in other ways.
pub fn identical_waiting() -> impl Strategy<Value = WithGroup> {
    let known_apart = |op: &Op| *op == Op::JoinPrevious;
    let lane = move || vec(wait().prop_filter("joins one of them", move |op| !known_apart(op)), 1..4);
    with_group(lane, 8)
}

/// Identical threads that wait for conditions.
pub fn identical_awaiting() -> impl Strategy<Value = WithGroup> {
    let step = || {
        prop_oneof![
            4 => access(Orders::SeqCst),
            2 => (0..LOCATIONS, 0..3u32).prop_map(|(x, v)| Op::Await(x, v, SeqCst)),
        ]
    };
    with_group(move || vec(step(), 1..4), 8)
}

/// Identical threads that sleep and wait with a timeout.
pub fn identical_timed() -> impl Strategy<Value = WithGroup> {
    let known_apart = |ops: &Vec<Op>| ops.contains(&Op::JoinPrevious) || ops.contains(&Op::Report);
    let piece = move || timed_piece().prop_filter("knows one of them", move |ops| !known_apart(ops));
    with_group(move || vec(piece(), 1..3).prop_map(|pieces| pieces.concat()), 9)
}
