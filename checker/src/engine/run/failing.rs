//! What goes wrong in an execution, and how it is told.

use std::panic::Location;

use super::{Engine, NOBODY, Status, Stop};
use crate::engine::event::{Event, Kind};
use crate::engine::graph::Owner;
use crate::engine::spin_until::Evaluation;
use crate::engine::{panicking, symmetry};
use crate::harness::{Failure, FailureKind};
use crate::trace::Place;

impl Engine {
    /// The failure of threads that are declared symmetric, where the execution that ended shows that they are not.
    pub(crate) fn asymmetry(&self) -> Option<Failure> {
        let has_ended = |lane: u32| self.run.threads[lane as usize].status == Status::Finished;
        let (message, place) =
            symmetry::difference(&self.search.current.graph, has_ended, |lane| self.name_of(lane))?;
        Some(Failure { kind: FailureKind::Asymmetry, message, thread: None, place: Some(place.into()) })
    }

    /// Stops the execution, and with it the exploration, unless that is to [keep going](crate::Checker::keep_going).
    #[cold]
    pub(crate) fn fail(
        &mut self,
        kind: FailureKind,
        message: String,
        place: Option<&'static Location<'static>>,
    ) {
        self.fail_at(kind, message, place.map(Place::from));
    }

    /// As [`Engine::fail`], with a place that may be the model's own.
    #[cold]
    pub(crate) fn fail_at(&mut self, kind: FailureKind, message: String, place: Option<Place>) {
        if self.run.running != NOBODY && self.leaves_trial() {
            return;
        }
        // These are about the model, not about an execution that it drops.
        let of_model = matches!(kind, FailureKind::Nondeterminism | FailureKind::ModelLimit);
        let of_order = matches!(kind, FailureKind::DataRace | FailureKind::UseAfterFree);
        if self.run.dropped && !of_model {
            if let Some(thread) = self.run.threads.get_mut(self.run.running as usize) {
                thread.given_up = true;
            }
        } else if self.run.stop.is_none() && !(of_order && self.fails_by_debt()) {
            let thread = (self.run.running != NOBODY).then(|| self.name_of(self.run.running));
            let failure = Failure { kind, message, thread, place };
            let panics = kind == FailureKind::Panic && self.run.running != NOBODY;
            let is_later = panics && panicking::is_later(self.run.running);
            // The panic that began first is told, though a later one may end its thread earlier.
            let before = self.run.failed_later && panics && !is_later;
            if panics && (self.run.keeps_going || is_later) {
                // What the others still do leads to other executions, which are found from it.
                self.run.this_thread().given_up = true;
                if self.run.failed.is_none() || before {
                    self.run.failed = Some(failure);
                    self.run.failed_later = is_later;
                }
            } else {
                let first = self.run.failed.take().filter(|_| !of_model && !before);
                self.run.stop = Some(Stop::Failed(first.unwrap_or(failure)));
            }
        }
    }

    #[cold]
    pub(in crate::engine) fn diverges(&mut self, message: &str, place: Option<&'static Location<'static>>) {
        self.fail(FailureKind::Nondeterminism, message.to_owned(), place);
    }

    /// The model uses what another worker's executions use too.
    #[cold]
    pub(crate) fn fail_shared(&mut self, place: &'static Location<'static>) {
        let message = "an object with data that was made outside of the model is shared by several workers; \
                       make it in the model, or explore with one";
        self.fail(FailureKind::ModelLimit, message.to_owned(), Some(place));
    }

    /// A sentence on each thread that waits: for what, and where.
    pub(crate) fn who_waits(&self) -> String {
        let threads = self.search.current.graph.threads.iter();
        let waits = threads.filter_map(|t| Some(format!("{} {}", self.name_of(*t), self.waits(*t)?)));
        waits.collect::<Vec<_>>().join(", ")
    }

    /// For what a thread waits, and where: `waits for a lock at src/lib.rs:1`.
    pub(in crate::engine) fn waits(&self, lane: u32) -> Option<String> {
        let graph = &self.search.current.graph;
        let thread = &self.run.threads[lane as usize];
        let what = match thread.status {
            Status::Joining(other) => format!("the end of {}", self.name_of(other)),
            Status::Requesting => {
                let request = graph.at(*graph.lanes[lane as usize].events.last()?);
                let Owner::Object(object) = graph.lanes[request.loc as usize].owner else { return None };
                object.waits_for(request.call).to_owned()
            }
            Status::Awaiting | Status::Idle => "a change of what it read".to_owned(),
            Status::Paused => "others".to_owned(),
            Status::Pending { .. } | Status::Stuck => thread.evaluation.as_ref()?.waits_for().to_owned(),
            Status::Notifiable(_) => "a notification".to_owned(),
            Status::Sleeping(_) => "its time".to_owned(),
            _ => return None,
        };
        Some(format!("waits for {what} at {}", Place::from(thread.place?)))
    }

    /// That a thread waits for what does not come, and what it does over and over.
    pub(super) fn goes_round(&self, lane: u32) -> String {
        let graph = &self.search.current.graph;
        let thread = &self.run.threads[lane as usize];
        let events = graph.lanes[lane as usize].events.iter().rev().map(|e| graph.at(*e));
        let step = |e: &Event| {
            let operation = match (e.kind, graph.lanes.get(e.loc as usize).map(|lane| lane.owner)) {
                (Kind::Request, Some(Owner::Object(object))) => object.name(e.call),
                (Kind::Read, _) => "load",
                (Kind::Update, _) => "read-modify-write",
                (Kind::Write, _) => "store",
                (Kind::Fence, _) => "fence",
                (Kind::Choose, _) => "choose",
                (Kind::Spawn, _) => "spawn",
                (Kind::Join, _) => "join",
                // The halves of another operation.
                _ => return None,
            };
            Some(format!("{operation} at {}", Place::from(e.place)))
        };
        let mut steps: Vec<_> = match thread.status {
            Status::Awaiting | Status::Idle => {
                events.take(thread.circle.round.len()).filter_map(step).collect()
            }
            _ => events
                .take(thread.evaluation.as_ref().map_or(0, Evaluation::loads))
                .filter_map(step)
                .collect(),
        };
        steps.reverse();
        let last = match thread.status {
            Status::Pending { .. } => Some("load"),
            _ => None,
        };
        steps.extend(last.zip(thread.place).map(|(what, place)| format!("{what} at {}", Place::from(place))));
        format!(
            "{} waits for a change that nobody is left to make, and repeats {}",
            self.name_of(lane),
            steps.join(", ")
        )
    }

    /// What a thread is called in reports.
    pub(crate) fn name_of(&self, lane: u32) -> String {
        match self.run.threads.get(lane as usize).and_then(|t| t.name.as_deref()) {
            Some(name) => name.to_owned(),
            None if lane == 0 => "MainThread".to_owned(),
            None => {
                let path = &self.search.current.graph.lanes[lane as usize].path;
                if path[..] == [u32::MAX] {
                    return "the program's end".to_owned();
                }
                let path: Vec<_> = path.iter().map(|n| (n + 1).to_string()).collect();
                format!("thread {}", path.join("."))
            }
        }
    }

    /// The model drops this execution. The running thread goes no further; the others do, since the executions in which
    /// the assumption holds are found from what they write.
    pub(crate) fn assumed(&mut self) {
        if let Some(place) = self.run.this_thread().place
            && self.refuses_in_condition(place)
        {
            return;
        }
        if self.leaves_trial() {
            return;
        }
        self.run.dropped = true;
        self.run.threads[self.run.running as usize].given_up = true;
    }

    /// From here on it matters when threads end.
    pub(crate) fn counts_ends(&mut self) {
        // An execution that stops for another reason does not begin the exploration again, so nothing may change by it.
        if !self.counted.every && self.run.stop.is_none() {
            self.counted.every = true;
            self.run.stop = Some(Stop::Restart);
        }
    }
}
