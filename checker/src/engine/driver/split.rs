//! Shards: an exploration taken apart alike in every process.
//!
//! The tree of executions is expanded from its root, level by level, until enough items are left; shard `m` of `n` gets
//! every `n`th of them from the `m`th on. Neighbours are like one another, so what is dealt out like cards is about equal.
//! The executions that were made meanwhile count for the first shard. Each process does all this by itself and comes to
//! the same, which a digest of the items shows.

use std::collections::VecDeque;
use std::sync::atomic::Ordering;

use super::exploration::Exploration;
use super::tally::Tally;
use super::{Job, joined};
use crate::engine::event::Event;
use crate::engine::explore::Frame;
use crate::engine::parts::Part;
use crate::harness::{Digest, Shard};

/// How many items are wanted for each shard: enough that their sizes even out.
const ITEMS: usize = 64;

/// How many executions may be made for each item that is wanted: a tree that has no branches is not taken apart.
const EXECUTIONS: usize = 16;

/// An execution, and the way to it from the first: at each the number of the item that was taken.
struct Node {
    frame: Frame,
    path: Vec<usize>,
}

/// What was found while splitting, the parts of the shard in the order of one worker, and what the report says of it.
pub(super) fn split(job: &Job<'_>, number: usize, of: usize) -> (Tally, Vec<Part>, Shard) {
    // Stacks of fibers that were given up while they unwind are not to be met by others.
    let (mut found, nodes) = std::thread::scope(|scope| joined(scope.spawn(|| expand(job, number, of))));
    let mut items: Vec<(Vec<usize>, &Frame, usize)> = Vec::new();
    for node in &nodes {
        let last = node.frame.items.len();
        items.extend((0..last).map(|item| {
            let path = node.path.iter().copied().chain([last - 1 - item]).collect();
            (path, &node.frame, item)
        }));
    }
    items.sort_unstable_by(|(a, ..), (b, ..)| a.cmp(b));
    let mut digest = Digest::default();
    digest.add(&(job.counts_drops, found.executions, found.blocked, items.len()));
    for (path, frame, item) in &items {
        digest.add(&(path, &frame.items[*item]));
        for Event { kind, lane, place, .. } in &frame.graph.events {
            digest.add(&(kind, lane, place.line(), place.column()));
        }
    }
    let mine = items.iter().skip(number - 1).step_by(of);
    let parts: Vec<_> = mine.map(|(_, frame, item)| Part::item(frame, *item)).collect();
    if number != 1 {
        found = Tally { failure: found.failure, end: found.end, ..Tally::default() };
        job.meters.reset();
    }
    job.executions.store(found.executions, Ordering::Relaxed);
    let settings = job.settings.of_executions();
    (found, parts, Shard { model: job.settings.name.clone(), number, of, settings, split: digest.value() })
}

/// Expands the tree level by level.
fn expand(job: &Job<'_>, number: usize, of: usize) -> (Tally, Vec<Node>) {
    let wanted = ITEMS * of;
    let mut exploration = Exploration::new(job, job.workers);
    (exploration.begins, exploration.tells) = (true, number == 1);
    let mut nodes = VecDeque::new();
    exploration.engine.engine().search.begin(Part::whole(job.settings.memory_model));
    exploration.explore_one();
    nodes.push_back(Node { frame: exploration.engine.engine().search.take_now(), path: Vec::new() });
    let mut executions = 1;
    let mut left: usize = nodes[0].frame.items.len();
    while exploration.tally.end.is_none() && (1..wanted).contains(&left) && executions < wanted * EXECUTIONS {
        let Some(node) = nodes.pop_front() else { break };
        let items = node.frame.items.len();
        left -= items;
        exploration.engine.engine().search.begin(Part::left(node.frame));
        while exploration.tally.end.is_none() && exploration.engine.engine().search.next() {
            let item = items - 1 - exploration.engine.engine().search.left_above();
            exploration.explore_one();
            executions += 1;
            let frame = exploration.engine.engine().search.take_now();
            left += frame.items.len();
            if !frame.items.is_empty() {
                nodes.push_back(Node { frame, path: node.path.iter().copied().chain([item]).collect() });
            }
        }
    }
    (exploration.tally, nodes.into())
}
