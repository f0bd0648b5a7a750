//! What goes wrong in an execution, and how it is told.

use std::panic::Location;

use super::{Engine, NOBODY, Status, Stop};
use crate::engine::graph::Owner;
use crate::engine::symmetry;
use crate::harness::{Failure, FailureKind};
use crate::trace::Place;

impl Engine {
    /// The failure of threads that are declared symmetric, where the execution that ended shows that they are not.
    pub(crate) fn asymmetry(&self) -> Option<Failure> {
        let has_ended = |lane: u32| self.run.threads[lane as usize].status == Status::Finished;
        let (message, place) =
            symmetry::difference(&self.search.now.graph, has_ended, |lane| self.name_of(lane))?;
        Some(Failure { kind: FailureKind::Asymmetry, message, thread: None, place: Some(place.into()) })
    }

    /// Stops the execution, and with it the exploration.
    pub(crate) fn fail(
        &mut self,
        kind: FailureKind,
        message: String,
        place: Option<&'static Location<'static>>,
    ) {
        self.fail_at(kind, message, place.map(Place::from));
    }

    /// As [`Engine::fail`], with a place that may be the model's own.
    pub(crate) fn fail_at(&mut self, kind: FailureKind, message: String, place: Option<Place>) {
        // These are about the model, not about an execution that it drops.
        let of_model = matches!(kind, FailureKind::Nondeterminism | FailureKind::ModelLimit);
        if self.run.dropped && !of_model {
            if let Some(thread) = self.run.threads.get_mut(self.run.running as usize) {
                thread.given_up = true;
            }
        } else if self.run.stop.is_none() {
            let thread = (self.run.running != NOBODY).then(|| self.name_of(self.run.running));
            self.run.stop = Some(Stop::Failed(Failure { kind, message, thread, place }));
        }
    }

    pub(super) fn diverges(&mut self, message: &str, place: Option<&'static Location<'static>>) {
        self.fail(FailureKind::Nondeterminism, message.to_owned(), place);
    }

    /// A sentence on each thread that waits: for what, and where.
    pub(crate) fn who_waits(&self) -> String {
        let graph = &self.search.now.graph;
        let waits = graph.threads.iter().filter_map(|lane| {
            let thread = &self.run.threads[*lane as usize];
            let what = match thread.status {
                Status::Joining(other) => format!("the end of {}", self.name_of(other)),
                Status::Requesting => {
                    let request = graph.at(*graph.lanes[*lane as usize].events.last()?);
                    let Owner::Object(object) = graph.lanes[request.loc as usize].owner else { return None };
                    object.waits_for(request.call).to_owned()
                }
                Status::Awaiting => "a change of what it read".to_owned(),
                Status::Notifiable(_) => "a notification".to_owned(),
                _ => return None,
            };
            Some(format!("{} waits for {what} at {}", self.name_of(*lane), Place::from(thread.place?)))
        });
        waits.collect::<Vec<_>>().join(", ")
    }

    /// What a thread is called in reports.
    pub(crate) fn name_of(&self, lane: u32) -> String {
        match self.run.threads.get(lane as usize).and_then(|t| t.name.clone()) {
            Some(name) => name,
            None if lane == 0 => "MainThread".to_owned(),
            None => {
                let path = &self.search.now.graph.lanes[lane as usize].path;
                let path: Vec<_> = path.iter().map(|n| (n + 1).to_string()).collect();
                format!("thread {}", path.join("."))
            }
        }
    }

    /// The model drops this execution. The running thread goes no further; the others do, since the executions in which
    /// the assumption holds are found from what they write.
    pub(crate) fn assumed(&mut self) {
        self.run.dropped = true;
        self.run.threads[self.run.running as usize].given_up = true;
    }

    /// From here on it matters when handles of `Arc`s are dropped.
    pub(crate) fn counts_drops(&mut self) {
        // An execution that stops for another reason does not begin the exploration again, so nothing may change by it.
        if !self.drops_count && self.run.stop.is_none() {
            self.drops_count = true;
            self.run.stop = Some(Stop::Restart);
        }
    }
}
