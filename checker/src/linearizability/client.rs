//! Clients: which thread makes which calls, and the model that makes them.

use std::fmt::{self, Debug, Display};
use std::ptr;
use std::sync::Arc;

use super::Specification;
use super::judge::{Linearizable, Numbered};
use crate::api::thread;
use crate::trace::{self, Place};
use crate::{Checker, Report, engine};

/// A program that uses one object: a few threads that make a few calls each.
///
/// At most 32 calls in all.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Client<C> {
    /// What the first thread calls before the others are started.
    pub before: Vec<C>,
    /// What each thread calls, side by side; the first of them is the model's first thread.
    pub threads: Vec<Vec<C>>,
    /// What the first thread calls when the others have ended. Where nobody can go on it does not come to that.
    pub after: Vec<C>,
}

/// How an object under test is made and used.
pub struct Implementation<S: Specification, O> {
    /// Makes an object.
    pub make: fn(&S) -> O,
    /// Makes a call, and returns what it answers.
    pub call: fn(&O, &S::Call) -> S::Answer,
}

impl<S: Specification, O> Clone for Implementation<S, O> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: Specification, O> Copy for Implementation<S, O> {}

impl<S: Specification, O> Debug for Implementation<S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Implementation").finish_non_exhaustive()
    }
}

/// The most calls of a client: a set of their begins and ends is one word.
pub(super) const MOST_CALLS: usize = 32;

impl<C> Client<C> {
    /// Threads that make these calls, and nothing before or after.
    pub fn new(threads: impl IntoIterator<Item = Vec<C>>) -> Self {
        Client { before: Vec::new(), threads: threads.into_iter().collect(), after: Vec::new() }
    }

    /// The same client, with calls of the first thread before the others are started.
    pub fn before(self, calls: impl IntoIterator<Item = C>) -> Self {
        Client { before: calls.into_iter().collect(), ..self }
    }

    /// The same client, with calls of the first thread when the others have ended: they see what is left.
    pub fn after(self, calls: impl IntoIterator<Item = C>) -> Self {
        Client { after: calls.into_iter().collect(), ..self }
    }

    /// Explores every execution of the client with this object, and asks of each whether it is one of the specification.
    ///
    /// An execution that is not fails with [`FailureKind::NotLinearizable`](crate::FailureKind::NotLinearizable) and says
    /// what each call answered. What else fails an execution does so here: a panic of a call, a data race, a leak.
    ///
    /// It is this crate's engine that explores, whatever the build, and so [`sync`](crate::sync) that the object has to be
    /// made of.
    ///
    /// # Panics
    ///
    /// If the client has more than 32 calls.
    #[track_caller]
    pub fn explore<S, O>(&self, checker: &Checker, specification: &S, object: Implementation<S, O>) -> Report
    where
        S: Specification<Call = C> + Clone,
        C: Clone + Send + Sync + 'static,
        O: Send + Sync + 'static,
    {
        self.explore_at(Place::caller(), checker, specification, object)
    }

    /// As [`explore`](Self::explore), with the place at which reports are to show the calls.
    pub(super) fn explore_at<S, O>(
        &self,
        place: Place,
        checker: &Checker,
        specification: &S,
        object: Implementation<S, O>,
    ) -> Report
    where
        S: Specification<Call = C> + Clone,
        C: Clone + Send + Sync + 'static,
        O: Send + Sync + 'static,
    {
        let calls = self.numbered();
        assert!(calls.len() <= MOST_CALLS, "a client makes at most {MOST_CALLS} calls");
        let judge = Linearizable::new(specification.clone(), calls);
        let program =
            Arc::new(Program { place, specification: specification.clone(), client: self.clone(), object });
        checker.clone().judged_by(Arc::new(judge)).explore(move || program.run())
    }

    /// The clients that have a call less.
    #[cfg(feature = "proptest")]
    pub(super) fn smaller(&self) -> impl Iterator<Item = Client<C>>
    where
        C: Clone,
    {
        let Client { before, threads, after } = self;
        let without = |calls: &[C], n: usize| [&calls[..n], &calls[n + 1..]].concat();
        let before =
            (0..before.len()).map(move |n| Client { before: without(&self.before, n), ..self.clone() });
        let threads = threads.iter().enumerate().flat_map(move |(thread, calls)| {
            (0..calls.len()).map(move |n| {
                let mut client = self.clone();
                client.threads[thread].remove(n);
                let mut at = 0..;
                client.threads.retain(|calls| at.next() == Some(0) || !calls.is_empty());
                client
            })
        });
        let after = (0..after.len()).map(move |n| Client { after: without(&self.after, n), ..self.clone() });
        before.chain(threads).chain(after)
    }

    /// The calls in the order of their numbers, each with its thread.
    fn numbered(&self) -> Vec<Numbered<C>>
    where
        C: Clone,
    {
        let side_by_side =
            self.threads.iter().enumerate().flat_map(|(n, calls)| calls.iter().map(move |call| (n, call)));
        let alone = |calls: &'_ [C]| calls.iter().cloned().map(|call| (0, call)).collect::<Vec<_>>();
        let side_by_side = side_by_side.map(|(n, call)| (n, call.clone()));
        let all = alone(&self.before).into_iter().chain(side_by_side).chain(alone(&self.after));
        all.map(|(thread, call)| Numbered { thread, call }).collect()
    }
}

/// A line for each thread.
impl<C: Debug> Display for Client<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |name: &dyn Display, calls: &[C]| {
            let calls: Vec<_> = calls.iter().map(|call| format!("{call:?}")).collect();
            if calls.is_empty() { Ok(()) } else { writeln!(f, "{name}: {}", calls.join("; ")) }
        };
        line(&"before", &self.before)?;
        for (n, calls) in self.threads.iter().enumerate() {
            match n {
                0 => line(&"MainThread", calls)?,
                n => line(&format_args!("thread {n}"), calls)?,
            }
        }
        line(&"after", &self.after)
    }
}

/// A client with its object, as a model.
struct Program<S: Specification, O> {
    /// Who asked for the exploration: the calls themselves are data, and have no line.
    place: Place,
    specification: S,
    client: Client<S::Call>,
    object: Implementation<S, O>,
}

impl<S: Specification, O: Send + Sync + 'static> Program<S, O> {
    fn run(self: &Arc<Self>) {
        let Client { before, threads, after } = &self.client;
        let object = Arc::new((self.object.make)(&self.specification));
        self.perform(&object, 0, before);
        let mut first = before.len();
        let mut others = Vec::new();
        for (n, calls) in threads.iter().enumerate() {
            if n > 0 && !calls.is_empty() {
                let (program, object) = (self.clone(), object.clone());
                others
                    .push(thread::spawn(move || program.perform(&object, first, &program.client.threads[n])));
            }
            first += calls.len();
        }
        self.perform(&object, before.len(), threads.first().map_or(&[], Vec::as_slice));
        for other in others {
            other.join().expect("a panic fails the execution before anybody joins");
        }
        self.perform(&object, first, after);
    }

    /// Makes calls one after another, the first of which has the number `first`.
    fn perform(&self, object: &O, first: usize, calls: &[S::Call]) {
        for (number, call) in (first..).zip(calls) {
            let step = |what, it: &dyn Debug| {
                trace::step_at(self.place, ptr::null::<()>(), what, format_args!("{it:?}"))
            };
            step("calls", call);
            engine::begin_call(number);
            let answer = (self.object.call)(object, call);
            step("answers", &answer);
            engine::end_call(number, answer);
        }
    }
}
