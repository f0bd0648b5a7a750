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
