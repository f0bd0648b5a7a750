//! Which of a program's memory orderings are stronger than its models need.
//!
//! An audit takes one ordering at a time for a weaker one and explores again. Where a model fails then, it is a reason for
//! the ordering, and says which; where none does, the ordering is stronger than the models need: too strong, or kept for
//! what they do not show.
//!
//! [`Checker::audit`] does this for one model. `cargo selvedge audit` does it for all tests of a crate as they are,
//! and stops at the first that fails; it is the way to audit a program. [`Checker::weaken`] weakens, and nothing else.
//!
//! ```
//! use selvedge::audit::Operation;
//! use selvedge::cell::UnsafeCell;
//! use selvedge::sync::Arc;
//! use selvedge::sync::atomic::{AtomicBool, Ordering::{Acquire, Relaxed, SeqCst}};
//! use selvedge::{Checker, thread};
//!
//! let audit = Checker::new().audit(|| {
//!     let shared = Arc::new((UnsafeCell::new(0), AtomicBool::new(false)));
//!     let theirs = shared.clone();
//!     let other = thread::spawn(move || {
//!         theirs.0.with_mut(|data| unsafe { *data = 1 });
//!         theirs.1.store(true, SeqCst);
//!     });
//!     if shared.1.load(Acquire) {
//!         assert_eq!(shared.0.with(|data| unsafe { *data }), 1);
//!     }
//!     other.join().unwrap();
//! }).unwrap();
//!
//! let [store, load] = audit.answers() else { panic!("{audit}") };
//! assert_eq!((store.site.operation, store.ordering), (Operation::Store, SeqCst));
//! assert_eq!(store.weakest, [selvedge::sync::atomic::Ordering::Release], "a store needs no more");
//! assert_eq!((load.site.operation, &load.weakest[..]), (Operation::Load, &[Acquire][..]));
//! // Without it the model has a data race.
//! let (refuted, verdict) = &load.refuted[0];
//! assert_eq!(*refuted, Relaxed);
//! assert!(verdict.to_string().starts_with("failed: data race"), "{verdict}");
//! ```
//!
//! # One at a time, and together
//!
//! Weakening an ordering never takes a behaviour away: under [RC11](crate::MemoryModel::Rc11) every execution of a program is one of
//! the same program with weaker orderings (O. Lahav, V. Vafeiadis, J. Kang, C.-K. Hur, D. Dreyer, "Repairing Sequential
//! Consistency in C/C++11", PLDI 2017, where it is the soundness of strengthening). So what fails with one weakening fails with
//! more of them, and **where no ordering alone can be weakened, no set of them can be**.
//!
//! Where several can, each by itself, they may not be together: of two fences that do the same, either can go, but not both.
//! That is a question of its own. [`Audit::together`] answers it greedily: site after site, each as weak as it can be with
//! those before it. What comes out cannot be weakened further at any site, but another order of sites may come to something else.
//!
//! # What an answer means
//!
//! That these models verify, under RC11, as long as nothing else changes. A model that passes no data through a lock does
//! not care how the lock is ordered: an ordering that can be weakened is as often a hole in the models as it is too strong.
//! Where a model was explored in part only, it may have passed what it would have failed. Accesses that a model makes inside of
//! [specifications](Checker::specifications) and of this crate's own objects have no ordering to audit; under
//! [`MemoryModel::Sc`](crate::MemoryModel::Sc) orderings matter for data races alone.

mod site;

pub use site::{InvalidSite, Operation, Site, Weakening};

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::harness::{Checker, Report, Verdict};

/// What an audit of one model found.
#[derive(Clone, Debug)]
pub struct Audit {
    answers: Vec<Answer>,
    together: Vec<Weakening>,
}

/// What it found of one site.
#[derive(Clone, Debug)]
pub struct Answer {
    /// Which ordering it is about.
    pub site: Site,
    /// What the program has there.
    pub ordering: Ordering,
    /// The weakest with which the model still verifies, all else as it is: `ordering` itself, or what is weaker. Two where
    /// neither [`Acquire`](Ordering::Acquire) nor [`Release`](Ordering::Release) is needed, but one of them is.
    pub weakest: Vec<Ordering>,
    /// What was tried and is not [verified](Verdict::Verified), and the verdict with it. An exploration that comes to a
    /// limit is among them.
    pub refuted: Vec<(Ordering, Verdict)>,
}

impl Answer {
    /// Whether nothing weaker verifies.
    pub fn is_minimal(&self) -> bool {
        self.weakest == [self.ordering]
    }
}

impl Audit {
    /// An answer for each ordering that the model uses, in the order of the source.
    pub fn answers(&self) -> &[Answer] {
        &self.answers
    }

    /// What can be weakened together: see [the module](self#one-at-a-time-and-together). Empty where nothing can.
    pub fn together(&self) -> &[Weakening] {
        &self.together
    }
}

impl fmt::Display for Audit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for Answer { site, ordering, weakest, refuted } in &self.answers {
            let weakest: Vec<_> = weakest.iter().map(|ordering| format!("{ordering:?}")).collect();
            write!(f, "{site}: {ordering:?}, weakest {}", weakest.join(" or "))?;
            for (ordering, verdict) in refuted {
                write!(f, "; {ordering:?}: {verdict}")?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}

/// The weakest orderings, from `ordering` down, with which `holds` is true: it is asked of each at most once, and of none below
/// one with which it is false.
pub fn weakest(
    operation: Operation,
    ordering: Ordering,
    mut holds: impl FnMut(Ordering) -> bool,
) -> Vec<Ordering> {
    let (mut holding, mut refuted, mut weakest) = (vec![ordering], Vec::new(), Vec::new());
    let mut next = 0;
    while let Some(from) = holding.get(next).copied() {
        next += 1;
        let mut is_weakest = true;
        for weaker in operation.next_weaker(from) {
            if holding.contains(weaker) {
                is_weakest = false;
                continue;
            }
            // Two ways lead to `Relaxed`: below either of `Acquire` and `Release`.
            let is_below_refuted = *weaker == Ordering::Relaxed && !refuted.is_empty();
            if is_below_refuted || refuted.contains(weaker) {
                continue;
            }
            if holds(*weaker) {
                holding.push(*weaker);
                is_weakest = false;
            } else {
                refuted.push(*weaker);
            }
        }
        if is_weakest {
            weakest.push(from);
        }
    }
    weakest
}

impl Checker {
    /// Explores `model` again with each of its orderings weakened, one at a time: see [`audit`](self).
    ///
    /// Every exploration has this checker's limits, which so are what the audit may spend on each answer.
    ///
    /// # Errors
    ///
    /// With the report, when the model does not verify as it is.
    ///
    /// # Panics
    ///
    /// Where loom explores, which weakens nothing.
    pub fn audit(&self, model: impl Fn() + Send + Sync + 'static) -> Result<Audit, Box<Report>> {
        let model = Arc::new(model);
        let explore = |checker: Checker| {
            let model = model.clone();
            checker.run(move || model())
        };
        let report = explore(self.clone().record_orderings());
        if !report.verdict().is_verified() {
            return Err(Box::new(report));
        }
        let verdict = |weakened: &[Weakening]| {
            let checker = weakened.iter().fold(self.clone(), |checker, weakening| checker.weaken(*weakening));
            explore(checker).verdict().clone()
        };
        let answer = |(&site, &ordering): (&Site, &Ordering)| {
            let mut refuted = Vec::new();
            let weakest = weakest(site.operation, ordering, |weaker| {
                let verdict = verdict(&[Weakening { site, ordering: weaker }]);
                let holds = verdict.is_verified();
                if !holds {
                    refuted.push((weaker, verdict));
                }
                holds
            });
            Answer { site, ordering, weakest, refuted }
        };
        let answers: Vec<_> = report.orderings().iter().map(answer).collect();
        let together = together(&answers, |weakened| verdict(weakened).is_verified());
        Ok(Audit { answers, together })
    }
}

/// Weakens those sites that can be, one after the other and each as far as it goes with those before it.
fn together(answers: &[Answer], holds: impl Fn(&[Weakening]) -> bool) -> Vec<Weakening> {
    let mut weakened = Vec::new();
    for Answer { site, ordering, .. } in answers.iter().filter(|answer| !answer.is_minimal()) {
        let weakening = |ordering| Weakening { site: *site, ordering };
        let with_it = |ordering| {
            let more: Vec<_> = weakened.iter().copied().chain([weakening(ordering)]).collect();
            holds(&more)
        };
        let weakest = weakest(site.operation, *ordering, with_it)[0];
        if weakest != *ordering {
            weakened.push(weakening(weakest));
        }
    }
    weakened
}
