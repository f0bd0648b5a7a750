//! Shards: an exploration taken apart alike in every process.
//!
//! The tree of executions is expanded from its root, level by level, until enough items are left; shard `m` of `n` gets
//! every `n`th of them from the `m`th on. Neighbours are like one another, so what is dealt out like cards is about equal.
//! The executions that were made meanwhile count for the first shard. Each process does all this by itself and comes to
//! the same, which a digest of the items shows.
//!
//! An item can also be named by the way to it, which somebody else goes again.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::exploration::Exploration;
use super::tally::Tally;
use super::{Job, alone};
use crate::engine::event::Event;
use crate::engine::explore::Frame;
use crate::engine::work_sharing::Part;
use crate::engine::{End, Stop};
use crate::harness::{Digest, Shard, WorkItem};

/// How many items are wanted for each shard: enough that their sizes even out.
const ITEMS: usize = 64;

/// How many executions may be made for each item that is wanted: a tree that has no branches is not taken apart.
const EXECUTIONS: usize = 16;

/// An execution, and the way to it from the first: at each the number of the item that was taken.
struct Node {
    frame: Frame,
    path: Vec<usize>,
}

/// Something left by an execution, and the way to it.
struct Left<'a> {
    path: Vec<usize>,
    frame: &'a Frame,
    item: usize,
}

/// What was found while splitting, the parts of the shard in the order of one worker, and what the report says of it.
pub(super) fn shard(job: &Job<'_>, number: usize, of: usize) -> (Tally, Vec<Part>, Shard) {
    let (mut found, nodes) = alone(|| expand(job, ITEMS * of, number == 1));
    let left = in_order(&nodes);
    let split = digest_of_all(job, &found, &left);
    let mine = left.iter().skip(number - 1).step_by(of);
    let parts: Vec<_> = mine.map(|left| Part::item(left.frame, left.item)).collect();
    if number != 1 {
        let Tally { failure, end, counted, concurrent, shared, .. } = found;
        found = Tally { failure, end, counted, concurrent, shared, ..Tally::default() };
        job.meters.reset();
    }
    job.executions.store(found.executions, Ordering::Relaxed);
    let (model, settings) = (job.settings.name.clone(), job.settings.of_executions());
    (found, parts, Shard { model, number, of, settings, split })
}

/// What was found while splitting, what the report says of it, and what is left for others.
pub(super) fn items(job: &Job<'_>, wanted: usize) -> (Tally, Shard, Vec<WorkItem>) {
    let (found, nodes) = alone(|| expand(job, wanted, true));
    let left = in_order(&nodes);
    let (model, settings) = (job.settings.name.clone(), job.settings.of_executions());
    let split = digest_of_all(job, &found, &left);
    let shard = Shard { model, number: 1, of: left.len() + 1, settings, split };
    let item = |(n, left): (usize, &Left<'_>)| WorkItem {
        shard: Shard { number: n + 2, ..shard.clone() },
        counted: job.counted.clone(),
        announces: job.announces,
        path: left.path.clone(),
        digest: left.digest(),
    };
    let items = left.iter().enumerate().map(item).collect();
    (found, shard, items)
}

/// The part that a work item names; none where the model's executions lead to something else.
pub(super) fn part(job: &Job<'_>, item: &WorkItem) -> Option<Part> {
    let (frame, _) = std::iter::repeat_with(|| alone(|| goes(job, item)))
        .find(|went| !matches!(went, Some((_, Some(Stop::Relearn)))))??;
    let at = frame.worklist.len().checked_sub(item.path.last()? + 1)?;
    let left = Left { path: item.path.clone(), frame: &frame, item: at };
    let (settings, name) = (job.settings.of_executions(), &job.settings.name);
    let same = left.digest() == item.digest && settings == item.shard.settings && *name == item.shard.model;
    same.then(|| Part::item(&frame, at))
}

/// The frame at the end of the way to the item, or why the way is not gone to its end.
fn goes(job: &Job<'_>, item: &WorkItem) -> Option<(Frame, Option<Stop>)> {
    let mut exploration = Exploration::new(job, job.workers);
    exploration.engine.engine().search.begin(Part::whole(job.settings.memory_model));
    let mut end = exploration.execute(false);
    for step in &item.path[..item.path.len() - 1] {
        if end == End::Stopped(Stop::Relearn) {
            break;
        }
        let search = &mut exploration.engine.engine().search;
        let at = search.current.worklist.len().checked_sub(step + 1)?;
        search.keep_one(|_| at);
        if search.advance()? {
            end = exploration.execute(false);
        }
    }
    let stop = if let End::Stopped(stop) = end { Some(stop) } else { None };
    Some((exploration.engine.engine().search.take_current(), stop))
}

/// What the executions left, in the order of one worker.
fn in_order<'a>(nodes: &'a [Node]) -> Vec<Left<'a>> {
    let of_node = |Node { frame, path }: &'a Node| {
        let last = frame.worklist.len();
        (0..last).map(move |item| {
            let path = path.iter().copied().chain([last - 1 - item]).collect();
            Left { path, frame, item }
        })
    };
    let mut left: Vec<_> = nodes.iter().flat_map(of_node).collect();
    left.sort_unstable_by(|a, b| a.path.cmp(&b.path));
    left
}

fn digest_of_all(job: &Job<'_>, found: &Tally, left: &[Left<'_>]) -> u64 {
    let mut digest = Digest::default();
    digest.add(&(&job.counted, job.announces, found.executions, found.blocked, left.len()));
    left.iter().for_each(|left| digest.add(&left.digest()));
    digest.value()
}

impl Left<'_> {
    fn digest(&self) -> u64 {
        let mut digest = Digest::default();
        digest.add(&(&self.path, &self.frame.worklist[self.item]));
        for Event { kind, lane, place, .. } in &self.frame.graph.events {
            digest.add(&(kind, lane, place.line(), place.column()));
        }
        digest.value()
    }
}

/// Expands the tree level by level.
fn expand(job: &Job<'_>, wanted: usize, tells: bool) -> (Tally, Vec<Node>) {
    let mut exploration = Exploration::new(job, job.workers);
    (exploration.begins, exploration.tells) = (true, tells);
    let mut nodes = VecDeque::new();
    exploration.engine.engine().search.begin(Part::whole(job.settings.memory_model));
    exploration.explore_one();
    nodes.push_back(Node { frame: exploration.engine.engine().search.take_current(), path: Vec::new() });
    let mut executions = 1;
    let mut left: usize = nodes[0].frame.worklist.len();
    while exploration.tally.end.is_none() && (1..wanted).contains(&left) && executions < wanted * EXECUTIONS {
        let Some(Node { frame, path }) = nodes.pop_front() else { break };
        left -= frame.worklist.len();
        for (item, at) in (0..frame.worklist.len()).rev().enumerate() {
            if exploration.tally.end.is_some() {
                break;
            }
            exploration.engine.engine().search.begin(Part::item(&frame, at));
            let Some(may_be_wanted) = exploration.engine.engine().search.advance() else { continue };
            if may_be_wanted {
                exploration.explore_one();
            }
            executions += 1;
            let frame = exploration.engine.engine().search.take_current();
            left += frame.worklist.len();
            if !frame.worklist.is_empty() {
                nodes.push_back(Node { frame, path: path.iter().copied().chain([item]).collect() });
            }
        }
    }
    (exploration.found(), nodes.into())
}
