//! Which of the steps of an execution a reader is told: the operations, each loop once.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::lanes::is_housekeeping;
use crate::trace::Step;

/// The longest sequence of steps whose repetition is folded, and how often it comes at the least.
const LOOP: usize = 6;
const TIMES: usize = 3;

/// The operations of an execution.
#[derive(Clone, Debug, Default)]
pub(super) struct Operations {
    /// The numbered steps, in order.
    pub(super) told: Vec<usize>,
    /// After which of them how many come again, how often.
    pub(super) again: BTreeMap<usize, Again>,
    /// What is left out for that.
    pub(super) folded: BTreeSet<usize>,
    /// The steps with which a wait for a condition gives its lock back and takes it.
    pub(super) of_waits: BTreeSet<usize>,
}

/// The last so many operations come so often again.
#[derive(Clone, Copy, Debug)]
pub(super) struct Again {
    pub(super) steps: usize,
    pub(super) times: usize,
}

impl Operations {
    /// The operations among `steps`, and not the accesses that they are made of. Where a model has no operations but
    /// accesses, those, but for what a reader takes for granted. `spins`: threads are left that go round.
    pub(super) fn of(steps: &[Step], spins: bool) -> Self {
        let accesses_alone = steps.iter().all(|s| s.inner);
        let of_waits = parts_of_waits(steps);
        let mut last = BTreeMap::new();
        // What a thread does last, but for the lock of a wait.
        let mut stays = BTreeMap::new();
        for (i, step) in steps.iter().enumerate() {
            last.insert(step.thread, i);
            if !of_waits.contains(&i) {
                stays.insert(step.thread, i);
            }
        }
        let stay = |i: &usize| steps[*i].blocks && steps[*i].operation != "join";
        let others_stay = spins || stays.values().any(stay);
        let told = |i: &usize| {
            let step = &steps[*i];
            let waits_forever = step.blocks && last.get(&step.thread) == Some(i);
            match accesses_alone {
                // A thread that waits for the end of another waits for what the other waits for.
                true if step.operation == "join" => waits_forever && !others_stay,
                true => {
                    let granted = is_housekeeping(step) || step.place.is_of_rust() || of_waits.contains(i);
                    waits_forever || !granted
                }
                false => waits_forever || !step.inner,
            }
        };
        let told: Vec<usize> = (0..steps.len()).filter(told).collect();
        let (kept, again) = folded(steps, &told);
        let folded = told.into_iter().filter(|i| kept.binary_search(i).is_err()).collect();
        Operations { told: kept, again, folded, of_waits }
    }
}

/// A wait for a condition says by its place that a lock is given back and taken for it.
fn parts_of_waits(steps: &[Step]) -> BTreeSet<usize> {
    let mut waits = BTreeSet::new();
    let mut parts = BTreeSet::new();
    for (i, step) in steps.iter().enumerate() {
        let at = (step.thread, step.place);
        if step.operation.starts_with("wait") {
            waits.insert(at);
        } else if matches!(step.operation, "lock" | "unlock") && waits.contains(&at) {
            parts.insert(i);
        }
    }
    parts
}

/// The operations without those that one thread does over and over.
fn folded(steps: &[Step], told: &[usize]) -> (Vec<usize>, BTreeMap<usize, Again>) {
    let (mut kept, mut again) = (Vec::new(), BTreeMap::new());
    // Equal steps have equal numbers: each is compared many times.
    let mut numbers = HashMap::new();
    let number = |i: &usize| {
        let next = numbers.len();
        *numbers.entry(&steps[*i]).or_insert(next)
    };
    let kinds: Vec<usize> = told.iter().map(number).collect();
    let mut i = 0;
    while i < told.len() {
        let repeats = |length: usize| {
            let first = told.get(i..i + length)?;
            let alone = first.iter().all(|s| steps[*s].thread == steps[told[i]].thread);
            let times =
                kinds[i..].chunks_exact(length).take_while(|next| *next == &kinds[i..i + length]).count();
            (alone && times >= TIMES).then_some((length, times))
        };
        let (length, times) = (1..=LOOP).find_map(repeats).unwrap_or((1, 1));
        kept.extend_from_slice(&told[i..i + length]);
        if times > 1 {
            again.insert(told[i + length - 1], Again { steps: length, times: times - 1 });
        }
        i += length * times;
    }
    (kept, again)
}
