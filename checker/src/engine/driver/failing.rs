//! What goes wrong in an execution, told for the report.

use std::any::Any;
use std::panic::{self, Location, PanicHookInfo};
use std::sync::Once;

use super::exploration::Exploration;
use crate::engine::replay::{Replayer, failure_of};
use crate::engine::{End, Stop, guard, heap, panicking, running_lane, with};
use crate::harness::{Failure, FailureKind, Settings};
use crate::report::Counterexample;
use crate::trace::{self, Place};

impl Exploration<'_> {
    /// Executes what failed once more, and this time every step is written down: in the order that reads best, where the
    /// same failure is at its end.
    pub(super) fn record(&mut self, mut failure: Failure) -> Counterexample {
        let engine = self.engine.engine();
        let settings = Settings { memory_model: self.job.told_under, ..self.job.settings.clone() };
        let mut replayer = Replayer::new(&settings, self.job.model.clone(), &engine.counted);
        if let Some(found) = replayer.failing(engine, &failure) {
            return found;
        }
        let end = self.execute(true);
        if !self.fails(&end) {
            failure = Failure {
                kind: FailureKind::Nondeterminism,
                message: format!("it did not fail again along the same schedule: {failure}"),
                ..failure
            };
        }
        let told = trace::end().unwrap_or_default();
        if failure.kind == FailureKind::Deadlock {
            failure.message = told.who_waits().unwrap_or(failure.message);
        }
        Counterexample::unguided(failure, told)
    }

    /// Executes the model once more along the graph of the execution that has ended, and says where it does something else:
    /// a model that depends on what it did before is found out even if it has one execution alone.
    #[cold]
    pub(super) fn check_determinism(&mut self, outcome: &str) -> Option<Failure> {
        let events = self.engine.engine().search.current.graph.len();
        if events == 0 {
            return None;
        }
        let end = self.execute(false);
        let again = trace::outcome();
        let graph = &self.engine.engine().search.current.graph;
        let added = graph.events.get(events as usize).map(|e| e.place);
        let (message, thread, place) = match end {
            End::Complete | End::Deadlock if added.is_none() && again == outcome => return None,
            End::Stopped(Stop::Restart) => {
                self.begins_again();
                return None;
            }
            End::Stopped(Stop::Failed(failure)) if failure.kind == FailureKind::Nondeterminism => {
                return Some(failure);
            }
            End::Stopped(Stop::Failed(failure)) => (
                format!("it fails when it runs again along the same schedule: {}", failure.message),
                failure.thread,
                failure.place,
            ),
            _ => ("it does something else along the same schedule".to_owned(), None, added.map(Place::from)),
        };
        Some(Failure { kind: FailureKind::Nondeterminism, message, thread, place })
    }

    /// Whether an execution that failed before fails again. One that the model drops may have come to that first.
    fn fails(&mut self, end: &End) -> bool {
        match end {
            End::Complete | End::Deadlock => failure_of(self.engine.engine(), end).is_some(),
            End::Stopped(Stop::Failed(_) | Stop::Assumed) => true,
            End::Stopped(_) => false,
        }
    }
}

pub(in crate::engine) fn leak(place: &'static Location<'static>) -> Failure {
    let message = "what was made here is still there when the execution has ended".to_owned();
    Failure { kind: FailureKind::Leak, message, thread: None, place: Some(place.into()) }
}

thread_local! {
    /// Where each lane's last panic began.
    pub(in crate::engine) static PANICKED_AT: std::cell::RefCell<Vec<(u32, Option<Place>)>> =
        const { std::cell::RefCell::new(Vec::new()) };
}

/// Keeps the panics of models off the terminal: they are in the report.
pub(in crate::engine) fn quiet_panics() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if let Some(lane) = running_lane() {
                heap::ours(|| begins(lane, info));
            } else {
                before(info);
            }
        }));
    });
}

/// A thread of the model begins to panic.
fn begins(lane: u32, panic: &PanicHookInfo<'_>) {
    panicking::begins(lane);
    let place = panic.location().map(|at: &Location<'_>| Place {
        file: at.file().to_owned().leak(),
        line: at.line(),
        column: at.column(),
    });
    PANICKED_AT.with_borrow_mut(|places| {
        places.retain(|(l, _)| *l != lane);
        places.push((lane, place));
    });
    guard::here().panics(lane, trace::panic_message(panic.payload()), place);
}

/// The running thread has caught the panic that ends it.
pub(crate) fn caught() {
    panicking::ends(with(|e| e.run.running()));
}

/// A thread of the model ended with a panic.
pub(crate) fn panicked(payload: &(dyn Any + Send)) {
    let message = trace::panic_message(payload);
    with(|e| {
        let lane = e.run.running();
        let place = PANICKED_AT.with_borrow_mut(|places| {
            let at = places.iter().position(|(l, _)| *l == lane)?;
            places.swap_remove(at).1
        });
        e.fail_at(FailureKind::Panic, message, place);
    });
}
