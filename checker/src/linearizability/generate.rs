//! Generated clients, by proptest.

use std::fmt::{self, Debug};

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestError, TestRunner};

use super::client::MOST_CALLS;
use super::{Client, Implementation, Specification};
use crate::report::{Sources, Terminal};
use crate::trace::Place;
use crate::{Checker, Limit, MemoryModel, Report, Verdict};

/// Generates clients of an object, explores each completely, and shrinks one that fails to the smallest that does.
///
/// A client is explored twice: under [sequential consistency](MemoryModel::Sc), where every interleaving has to be linearizable
/// in the order of time, and under [RC11](MemoryModel::Rc11), where it has to be in happens-before. Of a client that fails under
/// both the first is told, which is easier to believe.
///
/// Where the [`Config`] has a place for failures (`failure_persistence`), those that were found are tried first the next time.
///
/// ```
/// use proptest::prelude::*;
/// use proptest::test_runner::Config;
/// use selvedge::linearizability::{Client, Clients, Effect, Implementation, Specification};
/// use selvedge::sync::atomic::{AtomicU32, Ordering};
///
/// #[derive(Clone, Debug)]
/// struct Counter;
///
/// #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
/// enum Call {
///     Add(u32),
///     Get,
/// }
///
/// impl Specification for Counter {
///     type State = u32;
///     type Call = Call;
///     type Answer = u32;
///
///     fn initial(&self) -> u32 {
///         0
///     }
///
///     fn apply(&self, count: &u32, _thread: usize, call: &Call) -> Vec<Effect<Self>> {
///         match call {
///             Call::Add(n) => vec![Effect::Returns(count + n, *count)],
///             Call::Get => vec![Effect::Returns(*count, *count)],
///         }
///     }
/// }
///
/// let call = prop_oneof![Just(Call::Get), (1..3u32).prop_map(Call::Add)];
/// let threads = prop::collection::vec(prop::collection::vec(call, 1..=3), 2..=3);
/// let clients = threads.prop_map(|threads| (Counter, Client::new(threads).after([Call::Get])));
///
/// let atomic = Implementation {
///     make: |_: &Counter| AtomicU32::new(0),
///     call: |count: &AtomicU32, call: &Call| match call {
///         Call::Add(n) => count.fetch_add(*n, Ordering::Relaxed),
///         Call::Get => count.load(Ordering::Relaxed),
///     },
/// };
/// let explored = Clients::new(clients.clone(), atomic).config(Config::with_cases(10)).run();
/// assert_eq!(explored.clients, 10);
///
/// // Two steps that should be one. The smallest client that sees it: two threads that add 1.
/// let torn = Implementation {
///     call: |count: &AtomicU32, call: &Call| {
///         let before = count.load(Ordering::Relaxed);
///         if let Call::Add(n) = call {
///             count.store(before + n, Ordering::Relaxed);
///         }
///         before
///     },
///     ..atomic
/// };
/// let config = Config { failure_persistence: None, ..Config::default() };
/// let failing = Clients::new(clients, torn).config(config).find().expect_err("it is torn");
/// assert_eq!(failing.client, Client::new([vec![Call::Add(1)], vec![Call::Add(1)]]));
/// assert!(!failing.report.verdict().is_verified());
/// ```
#[must_use = "nothing is explored until `run`"]
pub struct Clients<G, S: Specification, O> {
    clients: G,
    object: Implementation<S, O>,
    place: Place,
    checker: Checker,
    config: Config,
    largest: u64,
}

/// What was explored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Explored {
    /// How many clients were explored completely, under both memory models.
    pub clients: u32,
    /// How many were set aside because they have more executions than [`Clients::largest`].
    pub too_large: u32,
    /// How many were set aside because their threads share no object of `selvedge`: of those nothing was looked at. An object
    /// whose clients are all like that is made of std's atomics and locks, or no thread gets to it.
    pub nothing_shared: u32,
    /// How many executions the clients had that were explored completely.
    pub executions: u64,
}

/// A client that fails.
#[derive(Clone, Debug)]
pub struct Failing<S: Specification> {
    /// What the object should be.
    pub specification: S,
    /// The client.
    pub client: Client<S::Call>,
    /// What was found.
    pub report: Report,
}

impl<G, S, O> Clients<G, S, O>
where
    G: Strategy<Value = (S, Client<S::Call>)>,
    S: Specification + Clone + Debug,
    O: Send + Sync + 'static,
{
    /// Clients that `clients` generates, each with the specification of its object.
    #[track_caller]
    pub fn new(clients: G, object: Implementation<S, O>) -> Self {
        let (place, checker, config) = (Place::caller(), Checker::new(), Config::default());
        Clients { clients, object, place, checker, config, largest: 20_000 }
    }

    /// Explores with these settings, all but the memory model. The default is [`Checker::new`].
    pub fn checker(self, checker: Checker) -> Self {
        Clients { checker, ..self }
    }

    /// Generates, shrinks and stores failures so. The default is [`Config::default`].
    pub fn config(self, config: Config) -> Self {
        Clients { config, ..self }
    }

    /// Sets a client aside, and generates another in its place, where it has more than `executions` under one of the memory
    /// models. The default is 20,000.
    pub fn largest(self, executions: u64) -> Self {
        Clients { largest: executions, ..self }
    }

    /// Explores as many clients as the configuration has cases.
    ///
    /// # Panics
    ///
    /// With the smallest client that fails and its report; and where too many clients are [too large](Self::largest).
    #[track_caller]
    pub fn run(self) -> Explored {
        self.find().unwrap_or_else(|failing| {
            let Failing { specification, client, report } = *failing;
            let sources = Sources::default();
            let told = Terminal::new(&report, &sources);
            panic!("this client of {specification:?} fails:\n{client}\n{told}")
        })
    }

    /// As [`run`](Self::run), and returns the smallest client that fails.
    ///
    /// # Errors
    ///
    /// That client: it fails no more with any of its calls left out.
    ///
    /// # Panics
    ///
    /// Where too many clients are [too large](Self::largest).
    #[track_caller]
    pub fn find(self) -> Result<Explored, Box<Failing<S>>> {
        let explored = std::cell::Cell::new(Explored::default());
        let config = Config {
            max_global_rejects: self.config.max_global_rejects.max(self.config.cases),
            ..self.config.clone()
        };
        let result = TestRunner::new(config).run(&self.clients, |(specification, client)| {
            let calls =
                client.before.len() + client.after.len() + client.threads.iter().map(Vec::len).sum::<usize>();
            if calls > MOST_CALLS {
                return Err(TestCaseError::reject("too many calls"));
            }
            let mut so_far = explored.get();
            for report in self.reports(&specification, &client) {
                so_far.executions += report.executions();
                match report.verdict() {
                    Verdict::Verified => {}
                    Verdict::Failed(failure) => return Err(TestCaseError::fail(failure.to_string())),
                    Verdict::Incomplete(Limit::NothingShared) => {
                        let nothing_shared = explored.get().nothing_shared + 1;
                        explored.set(Explored { nothing_shared, ..explored.get() });
                        return Err(TestCaseError::reject("its threads share nothing that the checker sees"));
                    }
                    Verdict::Incomplete(_) => {
                        explored.set(Explored { too_large: explored.get().too_large + 1, ..explored.get() });
                        return Err(TestCaseError::reject("too large"));
                    }
                }
            }
            so_far.clients += 1;
            explored.set(so_far);
            Ok(())
        });
        match result {
            Ok(()) => Ok(explored.get()),
            Err(TestError::Fail(_, (specification, client))) => {
                let mut report = self.failing(&specification, &client).expect("what failed fails again");
                let mut client = client;
                // proptest takes calls away first and makes them simpler then, after which more may go.
                let smaller = |client: &Client<S::Call>| {
                    let found = |client: Client<_>| Some((self.failing(&specification, &client)?, client));
                    client.smaller().find_map(found)
                };
                while let Some(found) = smaller(&client) {
                    (report, client) = found;
                }
                Err(Box::new(Failing { specification, client, report }))
            }
            Err(TestError::Abort(reason)) => {
                let Explored { clients, too_large, nothing_shared, .. } = explored.get();
                panic!(
                    "{reason}: {clients} clients were explored, {too_large} have more than {} executions, and the threads of \
                     {nothing_shared} share no object of `selvedge`, so nothing of them was looked at",
                    self.largest
                )
            }
        }
    }

    /// The report of a client that fails.
    fn failing(&self, specification: &S, client: &Client<S::Call>) -> Option<Report> {
        let failed = |report: &Report| matches!(report.verdict(), Verdict::Failed(_));
        self.reports(specification, client).find(failed)
    }

    /// A client's reports, under one memory model after the other.
    fn reports(&self, specification: &S, client: &Client<S::Call>) -> impl Iterator<Item = Report> {
        [MemoryModel::Sc, MemoryModel::Rc11].into_iter().map(|model| {
            // One more: a client that has just as many is not too large.
            let checker = self.checker.clone().memory_model(model).max_executions(self.largest + 1);
            client.explore_at(self.place, &checker, specification, self.object)
        })
    }
}

impl<G, S: Specification, O> Debug for Clients<G, S, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Clients { checker, config, largest, .. } = self;
        f.debug_struct("Clients")
            .field("checker", checker)
            .field("config", config)
            .field("largest", largest)
            .finish_non_exhaustive()
    }
}
