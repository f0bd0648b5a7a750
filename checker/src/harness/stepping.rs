//! An execution one step at a time, under somebody outside who chooses each step.
//!
//! ```
//! use selvedge::sync::Arc;
//! use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
//! use selvedge::stepping::{Ahead, Stepper};
//!
//! let stepper = Stepper::new(&selvedge::Checker::new(), || {
//!     let x = Arc::new(AtomicU32::new(0));
//!     let theirs = x.clone();
//!     let other = selvedge::thread::spawn(move || theirs.store(1, SeqCst));
//!     assert_eq!(x.load(SeqCst), 0, "too late");
//!     other.join().unwrap();
//! });
//! // Always the thread that began last, of those that can go on, and what the engine takes first.
//! let mut at = stepper.begin();
//! while let Some(last) = stepper.moves(&at).unwrap().into_iter().rfind(|step| step.choice == 0) {
//!     at = last.after;
//! }
//! let Ahead::Failed(failure) = at.ahead() else { panic!("it is {:?}", at.ahead()) };
//! assert_eq!(at.path().to_string(), "1.0s.1w.0r");
//! assert!(failure.message.contains("too late"));
//! ```

use std::fmt;
use std::sync::Arc;

use super::{Checker, Report, Settings};
use crate::Schedule;
use crate::engine;

pub use crate::engine::{Ahead, Holding, Move, Position, Standing, Thing, Thread};

/// Executes a model step by step.
pub struct Stepper {
    settings: Settings,
    model: Arc<dyn Fn() + Send + Sync>,
}

/// Why the model does not go along a path.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoWay {
    /// A step of it is not one that the model can take there.
    DoesNotApply,
    /// More of what the model does are steps than the path says: whether a drop of an `Arc` is one is found out as executions run. All
    /// paths begin anew with this one, which has no step.
    BeginAnew(Schedule),
}

impl fmt::Display for NoWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            NoWay::DoesNotApply => "the model cannot take this step here",
            NoWay::BeginAnew(_) => "the checker has found out that drops of `Arc`s matter, and begins anew",
        })
    }
}

impl std::error::Error for NoWay {}

impl Stepper {
    /// Of a model, with what a checker is told of time, memory, primitives and spurious wake-ups.
    pub fn new(checker: &Checker, model: impl Fn() + Send + Sync + 'static) -> Self {
        Stepper { settings: checker.settings.clone(), model: Arc::new(model) }
    }

    /// Where the model stands before its first step.
    ///
    /// # Panics
    ///
    /// Where it cannot be executed at all.
    pub fn begin(&self) -> Position {
        match self.along(&Schedule::default()) {
            Ok(position) => position,
            Err(NoWay::BeginAnew(anew)) => self.along(&anew).expect("nothing is to be found out twice"),
            Err(NoWay::DoesNotApply) => panic!("the model does not begin"),
        }
    }

    /// Where the model stands after the steps of `path`. A path whose last step fails ends there.
    ///
    /// # Errors
    ///
    /// Where it does not go along it.
    pub fn along(&self, path: &Schedule) -> Result<Position, NoWay> {
        engine::position(&self.settings, &self.model, path)
            .map_err(|anew| anew.map_or(NoWay::DoesNotApply, NoWay::BeginAnew))
    }

    /// Where the model stands after the first `steps` of a path.
    ///
    /// # Errors
    ///
    /// Where it does not go along it.
    pub fn part_way(&self, path: &Schedule, steps: usize) -> Result<Position, NoWay> {
        self.along(&path.first(steps))
    }

    /// What can be done next: the steps of the first thread that can go on, those of the second, and so on. Where nobody can
    /// go on there are none: [`Stepper::end`] says what that is.
    ///
    /// # Errors
    ///
    /// [`NoWay::BeginAnew`].
    pub fn moves(&self, position: &Position) -> Result<Vec<Move>, NoWay> {
        engine::moves(&self.settings, &self.model, position, None).map_err(NoWay::BeginAnew)
    }

    /// As [`Stepper::moves`], of one thread alone.
    ///
    /// # Errors
    ///
    /// [`NoWay::BeginAnew`].
    pub fn moves_of(&self, position: &Position, thread: usize) -> Result<Vec<Move>, NoWay> {
        engine::moves(&self.settings, &self.model, position, Some(thread)).map_err(NoWay::BeginAnew)
    }

    /// What [`Checker::replay`] says of the execution that goes along a path and, where that is not its end, on as the engine
    /// does by itself.
    pub fn end(&self, path: &Schedule) -> Report {
        engine::replay(&self.settings, self.model.clone(), path)
    }
}

impl fmt::Debug for Stepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stepper").finish_non_exhaustive()
    }
}
