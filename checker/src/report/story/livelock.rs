//! Threads that go round without an end.

use super::{BugClass, Story, Teller, and};
use crate::report::effect::Effect;

impl<'a> Teller<'a> {
    /// Who reads what over and over, and who wrote it so.
    pub(super) fn livelock(mut self) -> Story {
        let operations = self.counterexample.operations().to_vec();
        let failing = &self.counterexample.failure().thread;
        let own = |i: &usize| failing.as_ref().is_none_or(|name| name == self.name(self.steps[*i].thread));
        let goes_on = |i: &usize| own(i) && !self.steps[*i].blocks;
        let Some(last) = operations.iter().copied().rfind(goes_on) else {
            return self.plain(BugClass::Livelock);
        };
        let thread = self.steps[last].thread;
        // What is done again and again is done in the same lines.
        let mut round: Vec<usize> = Vec::new();
        let most = self.counterexample.round(last).unwrap_or(usize::MAX);
        for i in operations.iter().copied().rev().filter(|i| self.steps[*i].thread == thread).take(most) {
            if round.iter().any(|j| self.steps[*j].place == self.steps[i].place) {
                break;
            }
            round.push(i);
        }
        round.reverse();
        let reads = |i: &usize| matches!(Effect::of(&self.steps[*i]), Effect::Reads(_) | Effect::Updates);
        let read: Vec<usize> = round.iter().copied().filter(reads).collect();
        if read.is_empty() {
            return self.plain(BugClass::Livelock);
        }
        let name = self.name(thread);
        let calls: Vec<_> = round.iter().map(|i| self.call(*i)).collect();
        let calls: Vec<_> = calls.iter().map(String::as_str).collect();
        let mut things: Vec<_> = read.iter().map(|i| self.thing(*i)).collect();
        things.dedup();
        let mut because = Vec::new();
        for i in read {
            let written = (0..i).rfind(|j| {
                self.steps[*j].thread != thread
                    && self.on_same(*j, i)
                    && Effect::of(&self.steps[*j]).changes()
            });
            let thing = self.thing(i);
            match written {
                Some(j) => {
                    let writer = self.name(self.steps[j].thread);
                    because.push(format!(
                        "{thing} is what {writer} made it with {} at {}",
                        self.call(j),
                        self.at(j)
                    ));
                    self.notes.insert(j, format!("{name} waits for this to change"));
                    self.show(j);
                }
                None => because.push(format!("{thing} is as it was at the beginning")),
            }
            self.show(i);
        }
        let things = and(&things.iter().map(String::as_str).collect::<Vec<_>>());
        because.push(format!("all others have ended or wait, so nothing changes {things} any more"));
        let sentence =
            format!("{name} repeats {} without end: no other thread will change {things}", and(&calls));
        self.story(BugClass::Livelock, sentence, because)
    }
}
