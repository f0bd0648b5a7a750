//! What the programs print.

use std::fmt::Display;

use selvedge::{outcome, trace};
use selvedge_primitives::{Local, current_thread};

/// A thread's name when it printed first: asking for it each time would order the thread with those that ask for it too.
static NAME: Local<String> = Local::with_init(|| current_thread().name());

/// Prints a line with the current thread's name before it, as Python's `logging` does. What an execution prints, in order, is
/// what an observer sees of it.
#[track_caller]
pub fn print(event: impl Display) {
    let line = format!("{}: {event}", NAME.get().expect("the initialiser gives one"));
    let turn = follow::turn(&line);
    trace::step("print", &event);
    outcome(&line);
    turn.pass();
}

pub use follow::following;

/// Executions that print what a document says that a program has printed, where all are too many to look among them.
///
/// Each line waits for its turn. That makes some executions impossible and none possible, so a run that can be followed to
/// its end is one of the program. By the clock a line must not come later for waiting.
#[cfg(all(loom, not(feature = "upstream-loom")))]
mod follow {
    use std::cell::RefCell;
    use std::rc::Rc;

    use selvedge::sync::atomic::{AtomicUsize, Ordering::SeqCst};
    use selvedge::time::{Instant, reading};
    use selvedge::{Time, assume, hint};

    std::thread_local! {
        /// The run that the explorations of this OS thread follow: all threads of a model share it.
        static RUN: RefCell<Option<Rc<Run>>> = const { RefCell::new(None) };
    }

    struct Run {
        lines: &'static [&'static str],
        /// How many lines have been printed.
        printed: AtomicUsize,
        /// Which lines have been asked for.
        taken: RefCell<Vec<bool>>,
    }

    /// The program, of whose executions only those are left that print `lines`, and what they cannot help to print besides.
    pub fn following(
        lines: &'static [&'static str],
        program: fn(),
    ) -> impl Fn() + Send + Sync + Clone + 'static {
        move || {
            let taken = RefCell::new(vec![false; lines.len()]);
            let run = Run { lines, printed: AtomicUsize::new(0), taken };
            RUN.set(Some(Rc::new(run)));
            program();
        }
    }

    /// A line's turn.
    pub(super) struct Turn(Option<(Rc<Run>, usize)>);

    /// Waits for the line's turn, where a run is followed. It never comes for a line that is not in the run.
    pub(super) fn turn(line: &str) -> Turn {
        let Some(run) = RUN.with_borrow(Clone::clone) else { return Turn(None) };
        let at = {
            let mut taken = run.taken.borrow_mut();
            let at = (0..run.lines.len()).find(|i| run.lines[*i] == line && !taken[*i]);
            at.inspect(|i| taken[*i] = true).unwrap_or(usize::MAX)
        };
        let begin = Instant::now();
        hint::spin_until(|| run.printed.load(SeqCst) == at);
        assume(reading() == Time::Adversarial || Instant::now() == begin);
        Turn(Some((run, at)))
    }

    impl Turn {
        /// The line has been printed.
        pub(super) fn pass(self) {
            if let Some((run, at)) = self.0 {
                run.printed.store(at + 1, SeqCst);
            }
        }
    }
}

#[cfg(not(all(loom, not(feature = "upstream-loom"))))]
mod follow {
    /// Only the engine that explores on one OS thread follows runs; the program as it is.
    pub fn following(_: &'static [&'static str], program: fn()) -> impl Fn() + Send + Sync + Clone + 'static {
        program
    }

    pub(super) struct Turn;

    pub(super) fn turn(_: &str) -> Turn {
        Turn
    }

    impl Turn {
        pub(super) fn pass(self) {}
    }
}
