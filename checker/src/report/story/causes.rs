//! Causes of a failed assertion, a detector each.

use super::{BugClass, Found, Teller};
use crate::report::effect::Effect;

impl<'a> Teller<'a> {
    /// A read of an older value, which the engine marks.
    pub(super) fn stale_read(&mut self, thread: usize) -> Option<Found> {
        let stale = self.steps.iter().rposition(|s| s.thread == thread && s.result.contains("(stale"))?;
        let sentence = format!(
            "{} reads an old value of {}: nothing makes the newer write happen before the read",
            self.name(thread),
            self.thing(stale)
        );
        let mut because: Vec<_> = self.overlooks(stale).into_iter().collect();
        // What the thread has seen of the other meanwhile is what makes one think that it sees all.
        let newer = (0..stale)
            .rfind(|j| self.on_same(*j, stale) && Effect::of(&self.steps[*j]).changes())
            .map(|j| self.steps[j].thread);
        let knows = (0..stale).rfind(|i| {
            let step = &self.steps[*i];
            step.thread == thread && !self.on_same(*i, stale) && matches!(Effect::of(step), Effect::Reads(_))
        });
        if let (Some(i), Some(writer)) = (knows, newer)
            && let Some(j) = (0..i).rfind(|j| {
                self.on_same(*j, i)
                    && self.steps[*j].thread == writer
                    && Effect::of(&self.steps[*j]).changes()
            })
        {
            because.push(format!(
                "that it reads {} at {}, which {} wrote after that at {}, orders nothing",
                self.thing(i),
                self.number(i),
                self.name(writer),
                self.number(j)
            ));
        }
        Some((BugClass::StaleRead, sentence, because))
    }

    /// Between a thread's read of something and its write of it, another thread wrote it.
    pub(super) fn lost_update(&mut self) -> Option<Found> {
        let writes = |i: &usize| Effect::of(&self.steps[*i]) == Effect::Writes;
        let (read, between, write) = (0..self.steps.len()).rev().filter(writes).find_map(|write| {
            let thread = self.steps[write].thread;
            let before =
                (0..write).rev().find(|i| self.steps[*i].thread == thread && self.on_same(*i, write))?;
            if !matches!(Effect::of(&self.steps[before]), Effect::Reads(_)) {
                return None;
            }
            let between = (before + 1..write).rev().find(|i| {
                self.steps[*i].thread != thread
                    && self.on_same(*i, write)
                    && Effect::of(&self.steps[*i]).changes()
            })?;
            Some((before, between, write))
        })?;
        let (one, other) = (self.name(self.steps[write].thread), self.name(self.steps[between].thread));
        let thing = self.thing(write);
        self.notes.insert(between, format!("lost at {}", self.number(write)));
        self.notes.insert(write, format!("overwrites {}, which it has not seen", self.number(between)));
        self.show(read);
        self.show(write);
        let because = vec![
            format!("{one} reads {thing} = {} at {}", self.steps[read].result, self.number(read)),
            format!("{other} changes it at {}", self.number(between)),
            format!("{one} writes what it made of the old value at {}", self.number(write)),
        ];
        let sentence = format!("{one} overwrites what {other} wrote to {thing}, without having seen it");
        Some((BugClass::LostUpdate, sentence, because))
    }

    /// The thread finds a barrier broken since another gave up waiting at it.
    pub(super) fn broken_barrier(&mut self, thread: usize) -> Option<Found> {
        let message = self.counterexample.failure().message.to_lowercase();
        let says = message.contains("broken") && message.contains("barrier");
        let broken = self
            .steps
            .iter()
            .rposition(|s| s.thread == thread && s.result.contains("barrier is broken"))
            .or_else(|| self.counterexample.last_of(thread).filter(|_| says))?;
        let gave_up = (0..broken).find(|i| self.steps[*i].result == "timed out");
        let since = match gave_up {
            Some(i) => (0..i).rfind(|j| {
                let (step, end) = (&self.steps[*j], &self.steps[i]);
                step.blocks && (step.thread, step.place) == (end.thread, end.place)
            }),
            None => (0..=broken).find(|i| self.on_same(*i, broken) && self.steps[*i].blocks),
        };
        let mut because = Vec::new();
        if let Some(since) = since {
            because.push(format!(
                "{} waits at {} since {}, and the time is up before all have come",
                self.name(self.steps[since].thread),
                self.thing(since),
                self.at(since)
            ));
            self.show(since);
        }
        if let Some(i) = gave_up {
            let who = self.name(self.steps[i].thread);
            because.push(format!("{who} gives up at {}", self.number(i)));
            self.notes.insert(i, format!("{who} gives up: the barrier is broken for all"));
            // A thread that breaks a barrier uses its parts.
            let parts = |j: &usize| {
                (0..=i).any(|k| self.steps[k].thread == self.steps[i].thread && self.on_same(k, *j))
            };
            let comes = (i..=broken).find(|j| self.steps[*j].thread == thread && parts(j));
            if let Some(j) = comes.filter(|_| thread != self.steps[i].thread) {
                because.push(format!("{} comes at {}, and finds it broken", self.name(thread), self.at(j)));
            }
            let too = if thread == self.steps[i].thread {
                String::new()
            } else {
                format!(" for {} too", self.name(thread))
            };
            let sentence =
                format!("{who} gave up waiting at {}, which broke the barrier{too}", self.thing(i));
            return Some((BugClass::BrokenBarrier, sentence, because));
        }
        let sentence = format!("a wait at {} gave up, which broke it for all", self.thing(broken));
        Some((BugClass::BrokenBarrier, sentence, because))
    }

    /// What the source calls a cancellation is written when the other has looked at it for the last time.
    pub(super) fn cancelled_too_late(&mut self) -> Option<Found> {
        let cancels = |i: &usize| {
            Effect::of(&self.steps[*i]).changes() && self.thing(*i).to_lowercase().contains("cancel")
        };
        let (looked, late) = (0..self.steps.len()).rev().filter(cancels).find_map(|late| {
            let looks = |i: &usize| {
                self.on_same(*i, late)
                    && self.steps[*i].thread != self.steps[late].thread
                    && matches!(Effect::of(&self.steps[*i]), Effect::Reads(_))
            };
            let looked = (0..late).rfind(looks)?;
            let again = (late..self.steps.len()).any(|i| looks(&i));
            (!again).then_some((looked, late))
        })?;
        let (one, other) = (self.name(self.steps[looked].thread), self.name(self.steps[late].thread));
        let thing = self.thing(late);
        self.notes.insert(late, format!("too late: {one} has looked at {}", self.number(looked)));
        self.show(looked);
        self.show(late);
        let mut because = vec![
            format!("{one} sees {thing} = {} at {}", self.steps[looked].result, self.at(looked)),
            format!("{other} cancels at {}, when that is decided", self.at(late)),
        ];
        let acts = (looked + 1..self.steps.len()).find(|i| {
            self.steps[*i].thread == self.steps[looked].thread && Effect::of(&self.steps[*i]).changes()
        });
        if let Some(acts) = acts {
            because.push(format!("{one} acts all the same: {} at {}", self.call(acts), self.at(acts)));
        }
        let sentence =
            format!("the cancellation by {other} loses its race: {one} has looked at {thing} before");
        Some((BugClass::LateCancel, sentence, because))
    }

    /// A thread changes something by what it saw of it, and another has changed that between.
    pub(super) fn changed_meanwhile(&mut self) -> Option<Found> {
        let updates = |i: &usize| Effect::of(&self.steps[*i]) == Effect::Updates;
        let (read, between, act) = (0..self.steps.len()).rev().filter(updates).find_map(|act| {
            let thread = self.steps[act].thread;
            let read = (0..act).rfind(|i| self.steps[*i].thread == thread && self.on_same(*i, act))?;
            if !matches!(Effect::of(&self.steps[read]), Effect::Reads(_)) {
                return None;
            }
            let between = (read + 1..act).rfind(|i| {
                self.steps[*i].thread != thread
                    && self.on_same(*i, act)
                    && Effect::of(&self.steps[*i]).changes()
            })?;
            Some((read, between, act))
        })?;
        let (one, other) = (self.name(self.steps[act].thread), self.name(self.steps[between].thread));
        let (seen, value) = (self.call(read), &self.steps[read].result);
        self.notes.insert(between, format!("{one} still goes by {}", self.number(read)));
        self.show(read);
        self.show(act);
        let because = vec![
            format!("{one} sees {seen} → {value} at {}", self.number(read)),
            format!("{other} changes that at {}", self.number(between)),
            format!("{one} acts on what it saw at {}", self.number(act)),
        ];
        let sentence = format!("{one} acts on {seen} → {value}, which {other} has changed since");
        Some((BugClass::CheckThenAct, sentence, because))
    }

    /// The failing thread has had a lock twice, and another has had it between.
    pub(super) fn let_go_between(&mut self, thread: usize) -> Option<Found> {
        let takes =
            |i: &usize| Effect::of(&self.steps[*i]) == Effect::Takes && self.steps[*i].object.is_some();
        let told = self.counterexample.operations().to_vec();
        let mut own = told.iter().copied().filter(|i| self.steps[*i].thread == thread && takes(i)).rev();
        let act = own.next()?;
        let look = own.find(|i| self.on_same(*i, act))?;
        let between =
            (look..act).rfind(|i| self.steps[*i].thread != thread && self.on_same(*i, act) && takes(i))?;
        let (one, other, thing) = (self.name(thread), self.name(self.steps[between].thread), self.thing(act));
        self.notes.insert(between, format!("comes between {} and {}", self.number(look), self.number(act)));
        self.show(look);
        self.show(act);
        let because = vec![
            format!("{one} has {thing} at {}, and gives it back", self.at(look)),
            format!("{other} has {thing} at {}", self.at(between)),
            format!("{one} has it again at {}: what it saw before need not hold", self.at(act)),
        ];
        let sentence =
            format!("{one} lets go of {thing} between its look and its act, and {other} comes between");
        Some((BugClass::CheckThenAct, sentence, because))
    }

    /// What the failing thread read last is not what it had read or written before, since another thread has changed it: one of
    /// the interleavings of S. Lu, J. Tucek, F. Qin, Y. Zhou, "AVIO: Detecting Atomicity Violations via Access Interleaving
    /// Invariants", ASPLOS 2006, that no order of whole threads explains.
    pub(super) fn interfered(&mut self, thread: usize) -> Option<Found> {
        let told = self.counterexample.operations().to_vec();
        let own = |i: &usize| self.steps[*i].thread == thread;
        let reads = |i: &usize| matches!(Effect::of(&self.steps[*i]), Effect::Reads(_));
        let changes = |i: &usize| Effect::of(&self.steps[*i]).changes();
        let mut back = told.iter().copied().filter(own).rev();
        // What it gives back since is given back because it fails.
        let last = back.find(|i| Effect::of(&self.steps[*i]) != Effect::Gives).filter(reads)?;
        let first = back.find(|i| self.on_same(*i, last)).filter(|i| reads(i) || changes(i))?;
        let between = (first..last).rfind(|i| !own(i) && self.on_same(*i, last) && changes(i))?;
        let acts =
            told.iter().copied().find(|i| (first..last).contains(i) && own(i) && *i != first && changes(i));
        let (one, other) = (self.name(thread), self.name(self.steps[between].thread));
        let (before, after) = (self.steps[first].result.clone(), self.steps[last].result.clone());
        if before == after {
            return None;
        }
        let (look, again) = (self.call(first), self.call(last));
        self.notes.insert(between, format!("comes between {} and {}", self.number(first), self.number(last)));
        self.show(first);
        self.show(last);
        let did = if reads(&first) { "sees" } else { "does" };
        let mut because = vec![
            format!("{one} {did} {look} → {before} at {}", self.number(first)),
            format!("{other} changes that at {}", self.number(between)),
        ];
        let found = match acts.filter(|_| reads(&first)) {
            Some(acts) => {
                because.push(format!("{one} acts on what it saw at {}", self.at(acts)));
                let sentence = format!("{one} acts on {look} → {before}, which {other} has changed since");
                (BugClass::CheckThenAct, sentence)
            }
            None => {
                let sentence =
                    format!("{other} comes between {look} and {again} of {one}, which were to be one step");
                (BugClass::AtomicityViolation, sentence)
            }
        };
        because.push(format!("{one} sees {again} → {after} at {}", self.number(last)));
        Some((found.0, found.1, because))
    }

    pub(super) fn late_cancel(&mut self) -> Option<Found> {
        let late = self.steps.iter().rposition(|s| s.operation == "cancel" && s.result == "false")?;
        let object = self.steps[late].object;
        let fired = self.steps[..late].iter().rposition(|s| s.object == object && s.result == "fires")?;
        self.notes.insert(late, format!("too late: it has fired at {}", self.number(fired)));
        let because = vec![
            format!("{} fires at {}", self.name(self.steps[fired].thread), self.number(fired)),
            format!("{} cancels it at {}, too late", self.name(self.steps[late].thread), self.number(late)),
        ];
        let sentence = format!("the cancellation of {} loses its race against the timer", self.thing(late));
        Some((BugClass::LateCancel, sentence, because))
    }

    /// Between the notification of the failing thread and its turn, another thread has held the lock, and the failing thread
    /// has not looked again.
    pub(super) fn went_by_notification(&mut self, thread: usize) -> Option<Found> {
        let woken = self.steps.iter().rposition(|s| s.thread == thread && s.result == "notified")?;
        let object = self.steps[woken].object;
        let notify = self.steps[..woken]
            .iter()
            .rposition(|s| s.object == object && matches!(Effect::of(s), Effect::Notifies { .. }))?;
        let lock = self.steps[..woken]
            .iter()
            .rfind(|s| s.thread == thread && s.inner && Effect::of(s) == Effect::Takes && s.object.is_some())?
            .object;
        let notifier = self.steps[notify].thread;
        let between = (notify..woken).find(|i| {
            let other = &self.steps[*i];
            ![thread, notifier].contains(&other.thread)
                && other.object == lock
                && Effect::of(other) == Effect::Takes
        })?;
        let (one, other) = (self.name(thread), self.name(self.steps[between].thread));
        self.notes.insert(between, format!("comes between the notification and {one}'s turn"));
        let because = vec![
            format!("{} notifies {one} at {}", self.name(notifier), self.number(notify)),
            format!("{other} has the lock first, at {}", self.number(between)),
            format!("{one} goes on at {} and does not look again", self.number(woken)),
        ];
        let sentence = format!("{one} goes by its notification, but {other} came between");
        Some((BugClass::CheckThenAct, sentence, because))
    }

    /// Something that the failing thread looked at has changed since. Where it looked last of all, and failed by what it saw, it
    /// came too early: an order violation (S. Lu, S. Park, E. Seo, Y. Zhou, "Learning from Mistakes: A Comprehensive Study on
    /// Real World Concurrency Bug Characteristics", ASPLOS 2008).
    pub(super) fn check_then_act(&mut self, thread: usize) -> Option<Found> {
        let told = self.counterexample.operations().to_vec();
        let own = |i: &usize| self.steps[*i].thread == thread;
        // What it gives back at the end, and whose ends it waits for there, is so because it fails.
        let ends =
            |i: &usize| Effect::of(&self.steps[*i]) == Effect::Gives || self.steps[*i].operation == "exit";
        let last = told.iter().copied().filter(own).rfind(|i| !ends(i))?;
        let mut seen: Vec<usize> = Vec::new();
        for i in told.iter().copied().rev().filter(own) {
            let object = self.steps[i].object;
            if object.is_none() || seen.contains(&object.unwrap_or_default()) {
                continue;
            }
            seen.extend(object);
            let Effect::Reads(value) = Effect::of(&self.steps[i]) else { continue };
            let changed = told.iter().copied().filter(|j| *j > i).find(|j| {
                let other = &self.steps[*j];
                other.thread != thread && other.object == object && Effect::of(other).changes()
            });
            let Some(changed) = changed else { continue };
            let (one, other) = (self.name(thread), self.name(self.steps[changed].thread));
            let call = self.call(i);
            self.show(i);
            self.show(changed);
            let sees = format!("{one} sees {call} → {value} at {}", self.number(i));
            let change = format!("{other} changes that at {}", self.number(changed));
            return Some(if i == last {
                self.notes.insert(changed, format!("{one} has looked at {}", self.number(i)));
                let sentence = format!("{one} looks at {} before {other} changes it", self.thing(i));
                (BugClass::OrderViolation, sentence, vec![sees, format!("{change} only")])
            } else {
                self.notes.insert(changed, format!("{one} still goes by {}", self.number(i)));
                let sentence = format!("{one} acts on {call} → {value}, which {other} has changed since");
                (BugClass::CheckThenAct, sentence, vec![sees, change])
            });
        }
        None
    }
}
