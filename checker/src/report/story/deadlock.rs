//! Threads that wait for one another.

use std::collections::BTreeMap;

use super::{BugClass, Holders, Story, Teller, and, line};
use crate::report::effect::Effect;

impl<'a> Teller<'a> {
    /// Who has what when all is over.
    pub(super) fn holders(&self) -> Holders {
        let mut holders = Holders::new();
        for (i, step) in self.steps.iter().enumerate() {
            let Some(object) = step.object else { continue };
            let holding = holders.entry(object).or_default();
            match Effect::of(step) {
                Effect::Takes => holding.push((step.thread, i)),
                Effect::Gives => {
                    // A lock may be given back by another thread than took it.
                    let own = holding.iter().rposition(|(thread, _)| *thread == step.thread);
                    if let Some(at) = own.or((!holding.is_empty()).then_some(0)) {
                        holding.remove(at);
                    }
                }
                _ => {}
            }
        }
        holders
    }

    /// The last step of each thread that is blocked in it.
    pub(super) fn blocked(&self) -> Vec<(usize, usize)> {
        (0..self.counterexample.threads().len())
            .filter_map(|thread| {
                let last = self.steps.iter().rposition(|s| s.thread == thread)?;
                // The innermost wait is an access of the operation that the model's author knows.
                let told = self.steps.iter().rposition(|s| s.thread == thread && !s.inner);
                let told = told.or_else(|| self.counterexample.last_of(thread));
                let wait = told.filter(|t| self.steps[*t].blocks).unwrap_or(last);
                self.steps[wait].blocks.then_some((thread, wait))
            })
            .collect()
    }

    pub(super) fn deadlock(mut self) -> Story {
        let (holders, mut blocked) = (self.holders(), self.blocked());
        // Who waits for the end of another is told last.
        blocked.sort_by_key(|(_, wait)| self.joined(&self.steps[*wait]).is_some());
        let mut because = Vec::new();
        let mut edges: BTreeMap<usize, (usize, String)> = BTreeMap::new();
        let mut lost = None;
        for &(thread, wait) in &blocked {
            let step = &self.steps[wait];
            let (name, what) = (self.name(thread), self.call(wait));
            let place = line(step.place);
            if let Some(other) = self.joined(step) {
                because.push(format!("{name} waits for the end of {} ({place})", self.name(other)));
                edges.insert(thread, (other, "its end".to_owned()));
                continue;
            }
            let holding = step.object.and_then(|o| holders.get(&o)).filter(|h| !h.is_empty());
            if let Some(holding) = holding {
                let thing = self.thing(wait);
                for &(holder, since) in holding {
                    let who = if holder == thread { "it" } else { self.name(holder) };
                    let goes_on = blocked.iter().any(|(thread, _)| *thread == holder);
                    because.push(format!(
                        "{name} waits for {thing} ({place}), which {who} holds since {} ({}){}",
                        self.number(since),
                        line(self.steps[since].place),
                        if goes_on { "" } else { ", and has ended" }
                    ));
                    self.notes.insert(since, format!("{} still holds it at the end", self.name(holder)));
                    self.show(wait);
                    self.show(since);
                }
                edges.insert(thread, (holding[0].0, thing));
                continue;
            }
            because.push(format!("{name} waits in {what} ({place}) since {}", self.number(wait)));
            let wakes = |i: &usize| {
                let other = &self.steps[*i];
                step.object.is_some()
                    && other.object == step.object
                    && other.thread != thread
                    && matches!(Effect::of(other), Effect::Notifies { .. })
            };
            // A wait for a predicate has looked whether there is anything to wait for: it cannot have missed it.
            let wasted = (0..wait).rev().find(|i| wakes(i) && step.operation == "wait");
            let later = (wait..self.steps.len()).rev().find(wakes);
            if let Some(later) = later {
                let other = &self.steps[later];
                because.push(format!(
                    "the {} of {} at {} wakes another",
                    other.operation,
                    self.name(other.thread),
                    self.number(later)
                ));
            } else if let Some(wasted) = wasted {
                let other = &self.steps[wasted];
                self.notes.insert(wasted, format!("{name} begins to wait at {} only", self.number(wait)));
                because.push(format!(
                    "the {} of {} at {} came before that, and is gone",
                    other.operation,
                    self.name(other.thread),
                    self.number(wasted)
                ));
                self.show(wasted);
                self.show(wait);
                lost.get_or_insert((thread, wait, wasted));
            } else if step.object.is_some() {
                because.push(format!("nobody wakes {name} after that"));
            }
        }
        let cycle = cycle(&edges);
        let (class, sentence) = match (lost, &cycle) {
            (Some((thread, wait, wasted)), _) => (
                BugClass::LostWakeUp,
                format!(
                    "{} waits forever in {}: the notification of {} came before it waited",
                    self.name(thread),
                    self.call(wait),
                    self.name(self.steps[wasted].thread),
                ),
            ),
            (None, Some(cycle)) if cycle.len() == 1 => (
                BugClass::Deadlock,
                format!("{} waits for {}, which it holds itself", self.name(cycle[0]), edges[&cycle[0]].1),
            ),
            (None, Some(cycle)) => {
                let ring: Vec<_> = cycle.iter().map(|t| self.name(*t)).collect();
                because.push(format!("the cycle: {} → {}", ring.join(" → "), ring[0]));
                (BugClass::Deadlock, format!("{} wait for one another", and(&ring)))
            }
            (None, None) => (BugClass::Deadlock, self.left(&blocked, &edges)),
        };
        self.story(class, sentence, because)
    }

    /// Who waits in the end where nobody waits for one another: the thread that waits for the end of another, or for a lock that
    /// another has who waits, waits for what that one waits for.
    pub(super) fn left(
        &self,
        blocked: &[(usize, usize)],
        edges: &BTreeMap<usize, (usize, String)>,
    ) -> String {
        let mut left: Vec<(String, Vec<&str>)> = Vec::new();
        for (thread, wait) in blocked {
            let what = match edges.get(thread) {
                Some((other, _)) if blocked.iter().any(|(thread, _)| thread == other) => continue,
                Some((other, thing)) => format!("for {thing}, which {} never gave back", self.name(*other)),
                None => format!("forever in {}", self.call(*wait)),
            };
            match left.iter_mut().find(|(known, _)| *known == what) {
                Some((_, names)) => names.push(self.name(*thread)),
                None => left.push((what, vec![self.name(*thread)])),
            }
        }
        let waits = |names: &[&str]| if names.len() == 1 { "waits" } else { "wait" };
        let said = left.iter().map(|(what, names)| format!("{} {} {what}", and(names), waits(names)));
        let said: Vec<_> = said.collect();
        if said.is_empty() { "no thread can make progress".to_owned() } else { said.join("; ") }
    }
}

/// The first cycle among who waits for whom, from its least thread on.
fn cycle(edges: &BTreeMap<usize, (usize, String)>) -> Option<Vec<usize>> {
    edges.keys().find_map(|start| {
        let mut ring = vec![*start];
        loop {
            let (next, _) = edges.get(ring.last()?)?;
            if next == start {
                return Some(ring);
            }
            if ring.contains(next) {
                return None;
            }
            ring.push(*next);
        }
    })
}
