//! Accesses that race, and accesses of what has ended.

use std::sync::atomic::Ordering::{AcqRel, Acquire, Release, SeqCst};

use super::{BugClass, Story, Teller};
use crate::report::effect::Effect;
use crate::trace::Step;

impl<'a> Teller<'a> {
    /// The two accesses, and what both threads took for granted.
    pub(super) fn data_race(mut self) -> Story {
        let accesses = |s: &Step| {
            matches!(s.operation, "with" | "with_mut" | "get" | "get_mut" | "plain read" | "plain write")
        };
        let failing = &self.counterexample.failure().thread;
        let own = |s: &Step| failing.as_ref() == Some(&self.counterexample.threads()[s.thread]);
        let writes = |i: usize| Effect::of(&self.steps[i]) == Effect::Writes;
        let found = self.steps.iter().rposition(|s| accesses(s) && own(s)).and_then(|one| {
            let conflicts = |j: &usize| {
                self.steps[*j].thread != self.steps[one].thread
                    && self.on_same(*j, one)
                    && (writes(*j) || writes(one))
            };
            Some(((0..one).rfind(conflicts)?, one))
        });
        let Some((first, second)) = found else { return self.plain(BugClass::DataRace) };
        let does = |i: usize| if writes(i) { "writes" } else { "reads" };
        let (one, other) = (self.name(self.steps[first].thread), self.name(self.steps[second].thread));
        let thing = self.thing(second);
        let sentence = format!(
            "{other} {} {thing} that {one} {}, and neither happens before the other",
            does(second),
            does(first)
        );
        let mut because = vec![
            format!("{one} {} {thing} at {}", does(first), self.at(first)),
            format!("{other} {} {thing} at {}", does(second), self.at(second)),
        ];
        self.notes.insert(second, format!("races with {}", self.number(first)));
        self.show(first);
        self.show(second);
        for stale in (0..self.steps.len()).filter(|i| self.steps[*i].result.contains("(stale")) {
            because.extend(self.overlooks(stale));
        }
        because.extend(self.missing_edge(first, second));
        self.story(BugClass::DataRace, sentence, because)
    }

    /// What one thread wrote after its access, and the other saw before its own, and yet orders nothing: with which orderings, and
    /// which would. Where the other saw nothing of it, that.
    fn missing_edge(&mut self, first: usize, second: usize) -> Vec<String> {
        let (one, other) = (self.steps[first].thread, self.steps[second].thread);
        let sees = |read: &usize| {
            let write = self.counterexample.sight(*read)?.write;
            (self.steps[*read].thread == other && self.steps[write].thread == one && write > first)
                .then_some((write, *read))
        };
        let Some((write, read)) = (first..second).rev().find_map(|read| sees(&read)) else {
            let (one, other) = (self.name(one), self.name(other));
            let after = self.number(first);
            return vec![format!(
                "{other} sees no write that {one} makes after {after}, so nothing orders the two"
            )];
        };
        let (Some(stored), Some(loaded)) = (self.steps[write].ordering, self.steps[read].ordering) else {
            return Vec::new();
        };
        self.show(write);
        self.show(read);
        let mut lacking = Vec::new();
        if !matches!(stored, Release | AcqRel | SeqCst) {
            lacking.push(format!("Release at {}", self.number(write)));
        }
        if !matches!(loaded, Acquire | AcqRel | SeqCst) {
            lacking.push(format!("Acquire at {}", self.number(read)));
        }
        if lacking.is_empty() {
            return Vec::new();
        }
        vec![
            format!(
                "{} sees at {}, {loaded:?}, what {} wrote at {}, {stored:?}: that orders nothing",
                self.name(other),
                self.number(read),
                self.name(one),
                self.number(write)
            ),
            format!(
                "{} would make {} happen before {}",
                lacking.join(" and "),
                self.number(first),
                self.number(second)
            ),
        ]
    }

    /// Something was used after its end, or ended twice: the message names both places.
    pub(super) fn ended(mut self, class: BugClass) -> Story {
        self.lines.extend(&self.counterexample.bug().places);
        let sentence = crate::report::one_line(&self.counterexample.failure().message);
        let mut because = Vec::new();
        for stale in (0..self.steps.len()).filter(|i| self.steps[*i].result.contains("(stale")) {
            because.extend(self.overlooks(stale));
        }
        self.story(class, sentence, because)
    }

    /// What a read has not seen.
    pub(super) fn overlooks(&mut self, stale: usize) -> Option<String> {
        let writes = |j: &usize| self.on_same(*j, stale) && Effect::of(&self.steps[*j]).changes();
        let newer = (0..stale).rfind(writes)?;
        let reader = self.name(self.steps[stale].thread);
        let (writer, thing) = (self.name(self.steps[newer].thread), self.thing(stale));
        self.notes
            .insert(stale, format!("does not see {}: nothing makes that happen before", self.number(newer)));
        self.show(newer);
        self.show(stale);
        let seen = self.steps[stale].result.split(' ').next().unwrap_or_default();
        Some(format!(
            "{reader} still reads {thing} = {seen} at {}, though {writer} wrote {} at {}",
            self.at(stale),
            self.steps[newer].result.split(',').next().unwrap_or_default(),
            self.at(newer)
        ))
    }
}
