//! The list of models, and what is on record about each.

use std::fmt;
use std::sync::OnceLock;
use std::time::Duration;

use selvedge::report::Sources;
use selvedge::{Checker, FailureKind, Limit, Report, Time, Verdict};

use crate::console::following;
use crate::{
    barriers, conditions, counters, events, locals, locks, queues, reentrant, repositories, semaphores,
    threads, timers,
};

/// One example of the documents.
#[derive(Debug)]
pub struct Model {
    /// The short name that the command takes.
    pub id: &'static str,
    /// What it is called.
    pub title: &'static str,
    /// What the document says or lets a reader believe.
    pub claim: &'static str,
    /// What the claim stands or falls with.
    pub evidence: &'static [Evidence],
    /// The runs that the documents print.
    pub printed: &'static [Printed],
    /// The program as printed, repaired, and with mutants.
    pub variants: &'static [Variant],
}

/// A variant whose verdict shows whether a claim is true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// The variant with this name asserts the claim.
    Holds(&'static str),
    /// The claim is that the program goes wrong, and so does the variant with this name.
    Fails(&'static str),
}

/// One version of an example's program.
#[derive(Debug)]
pub struct Variant {
    /// `as-printed`, `repaired` or `mutant`; where there are several of a kind, each with a dash and what it is about.
    pub name: &'static str,
    /// One sentence: what this version does differently, or what is found.
    pub note: &'static str,
    /// The program.
    pub program: fn(),
    /// How far loom comes, where loom gives the second opinion.
    pub loom: Loom,
    /// The verdicts on record.
    pub expected: Readings<Expected>,
}

/// How sleeps and timeouts are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// They say nothing about order: every thread may be slow.
    Adversarial,
    /// A clock tells them apart, and goes on only when nobody can do anything else. This is how the documents reason.
    Virtual,
}

/// Something for each reading of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Readings<T> {
    /// None where only the clock tells the program from another.
    adversarial: Option<T>,
    /// None where the program has no sleep and no timeout: then there is one reading.
    virtual_time: Option<T>,
}

/// How far loom comes with a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loom {
    /// All executions with at most so many preemptions.
    Bounded(usize),
    /// Nowhere, because of this limit of loom's.
    Cannot(&'static str),
}

impl Loom {
    /// Under the bound with which it ends, it misses what that bound includes.
    pub const MISSES: Loom =
        Loom::Cannot("under a bound of four preemptions it misses executions that need none");
}

/// The verdict on record, against which a run is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expected {
    /// No execution fails.
    Holds,
    /// Some execution fails, in one of these ways: which one is met first is the engine's affair.
    Fails(&'static [FailureKind]),
    /// A loop of some execution does something new in each round and never ends. A limit stops the exploration, so nothing is known
    /// of other executions.
    NeverEnds,
    /// The same as [`Expected::Fails`], among so many that are drawn at random: all are too many.
    FailsAmong(u64, &'static [FailureKind]),
    /// None fails of so many that are drawn at random, which proves nothing: all are too many.
    NoneDrawn(u64),
}

/// A run that a document prints: an outcome of a program that is as printed.
#[derive(Debug)]
pub struct Printed {
    /// The document and the section.
    pub source: &'static str,
    /// The name of the variant that prints it.
    pub variant: &'static str,
    /// What is printed, each line as `thread: event`.
    pub events: &'static [&'static str],
    /// Whether the program can do that.
    pub reachable: Readings<Reachable>,
}

/// Whether some execution of a program prints what a document says that it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reachable {
    /// One does.
    Yes,
    /// One does, along this schedule: all executions are too many, and too long, to look among them.
    Along(&'static str),
    /// None does; and why, a finding about the document.
    No(&'static str),
}

/// A variant under one reading of time: what is explored at a time.
#[derive(Clone, Copy, Debug)]
pub struct Exploration {
    /// The example.
    pub model: &'static Model,
    /// The version of its program.
    pub variant: &'static Variant,
    /// How time is read.
    pub reading: Reading,
    /// The verdict on record.
    pub expected: Expected,
}

/// What was explored, and what was found.
#[derive(Debug)]
pub struct Explored {
    /// The variant and the reading.
    pub exploration: Exploration,
    /// What was found.
    pub report: Report,
    /// Which of the printed runs some execution prints. To know it takes long where one has to be followed.
    seen: OnceLock<Vec<bool>>,
}

/// Every model, in the documents' order.
pub const MODELS: &[Model] = &[
    threads::spawning::SPAWN_MANY,
    threads::names::NAMES,
    threads::names::LOGGING,
    threads::daemons::DAEMON,
    threads::daemons::JOIN_DAEMON,
    threads::daemons::JOIN_TIMEOUT,
    threads::joining::ENUMERATE_JOIN,
    threads::spawning::SUBCLASS,
    threads::low_level::LOW_LEVEL,
    threads::crawlers::CRAWLER,
    threads::introspection::INTROSPECTION,
    threads::low_level::ENDLESS,
    timers::TIMER_CANCEL,
    timers::TIMER_HELLO,
    events::EVENT_WAIT,
    events::RACE,
    events::GATE_COLLECTOR,
    counters::COUNTER,
    counters::UNLOCKED_COUNTER,
    locks::LOCKER_WORKER,
    locks::WITH_LOCK,
    counters::MONEY,
    repositories::REPOSITORY,
    repositories::AUDITORS,
    reentrant::NOT_REENTRANT,
    reentrant::REENTRANT,
    conditions::CONSUMERS,
    conditions::PREDICATE_LOOP,
    semaphores::ACTIVE_POOL,
    semaphores::BOUNDED,
    barriers::CLIENT_SERVER,
    queues::PRODUCER_CONSUMER,
    queues::QUEUE_SEMANTICS,
    locals::LOCAL,
    locals::LOCAL_INIT,
    locals::LOCAL_IN_RUN,
];

/// The model with this id; case does not matter.
pub fn find(id: &str) -> Option<&'static Model> {
    MODELS.iter().find(|m| m.id.eq_ignore_ascii_case(id))
}

/// The ids that are most like one that does not exist, best first.
pub fn closest(id: &str) -> Vec<&'static str> {
    let distance = |m: &&Model| {
        let (given, id, title) = (id.to_lowercase(), m.id.to_lowercase(), m.title.to_lowercase());
        strsim::damerau_levenshtein(&given, &id).min(strsim::damerau_levenshtein(&given, &title))
    };
    let mut models: Vec<_> = MODELS.iter().collect();
    models.sort_by_key(distance);
    models.into_iter().take(3).map(|m| m.id).collect()
}

impl Model {
    /// The variant with this name.
    pub fn variant(&self, name: &str) -> Option<&'static Variant> {
        self.variants.iter().find(|v| v.name == name)
    }
}

impl Reading {
    /// All readings.
    pub const ALL: [Reading; 2] = [Reading::Adversarial, Reading::Virtual];

    /// Whether this build's engine follows it: loom has no clock.
    pub fn is_explored(self) -> bool {
        match self {
            Reading::Adversarial => true,
            Reading::Virtual => !cfg!(feature = "upstream-loom"),
        }
    }

    fn time(self) -> Time {
        match self {
            Reading::Adversarial => Time::Adversarial,
            Reading::Virtual => Time::Virtual,
        }
    }
}

impl fmt::Display for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Reading::Adversarial => "adversarial",
            Reading::Virtual => "virtual",
        })
    }
}

impl<T: Copy> Readings<T> {
    /// Of a program without sleeps and timeouts.
    pub const fn timeless(it: T) -> Self {
        Readings { adversarial: Some(it), virtual_time: None }
    }

    /// Of a program whose delays differ from those of another and that is the same otherwise: where time says nothing about
    /// order, it does what the other does.
    pub const fn by_clock(it: T) -> Self {
        Readings { adversarial: None, virtual_time: Some(it) }
    }

    /// The same for both.
    pub const fn both(it: T) -> Self {
        Self::each(it, it)
    }

    /// Where the readings differ.
    pub const fn each(adversarial: T, virtual_time: T) -> Self {
        Readings { adversarial: Some(adversarial), virtual_time: Some(virtual_time) }
    }

    /// For one reading, where there is that.
    pub fn of(&self, reading: Reading) -> Option<T> {
        match reading {
            Reading::Adversarial => self.adversarial,
            Reading::Virtual => self.virtual_time,
        }
    }

    /// For each reading that there is, whether the engine follows it or not.
    pub fn iter(&self) -> impl Iterator<Item = (Reading, T)> {
        Reading::ALL.into_iter().filter_map(|reading| Some((reading, self.of(reading)?)))
    }
}

impl Variant {
    /// Whether no execution is known to fail, however time is read.
    pub fn holds(&self) -> bool {
        self.expected.iter().all(|(_, expected)| !expected.fails())
    }
}

impl Exploration {
    /// Those of one model that this build's engine can do.
    pub fn of(model: &'static Model) -> impl Iterator<Item = Exploration> {
        model.variants.iter().filter(|v| v.loom.can() || !cfg!(feature = "upstream-loom")).flat_map(
            move |variant| {
                let readings = variant.expected.iter().filter(|(reading, _)| reading.is_explored());
                readings.map(move |(reading, expected)| Exploration { model, variant, reading, expected })
            },
        )
    }

    /// Explores the program: completely, or as many executions as are drawn at random, primitives abstracted; on loom, as far as
    /// it gets.
    pub fn run(&self) -> Report {
        self.checker().run(self.variant.program)
    }

    /// What explores it so.
    pub(crate) fn checker(&self) -> Checker {
        let checker = Checker::new().time(self.reading.time()).workers(0);
        match self.variant.loom {
            Loom::Bounded(preemptions) if cfg!(feature = "upstream-loom") => {
                return checker.preemption_bound(preemptions);
            }
            Loom::Cannot(limit) if cfg!(feature = "upstream-loom") => panic!("loom cannot: {limit}"),
            _ => {}
        }
        let checker = checker.specifications().keep_going();
        match self.expected {
            Expected::Holds | Expected::Fails(_) | Expected::NeverEnds => checker,
            Expected::FailsAmong(executions, _) | Expected::NoneDrawn(executions) => {
                checker.max_steps(STEPS).random(SEED, executions)
            }
        }
    }
}

impl Exploration {
    /// Whether an execution without a preemption fails, which no bound of preemptions excludes.
    pub fn fails_without_preemption(&self) -> bool {
        let report = self.checker().preemption_bound(0).run(self.variant.program);
        matches!(report.verdict(), Verdict::Failed(_))
    }

    /// Whether the program prints a run in some execution, by following that run, or the schedule on record.
    fn follows(&self, printed: &Printed) -> bool {
        let outcome = printed.outcome();
        let checker = Checker::new().time(self.reading.time()).specifications().max_steps(STEPS);
        if let Some(Reachable::Along(schedule)) = printed.reachable.of(self.reading) {
            let schedule = schedule.parse().expect("a schedule on record is one");
            return checker.replay(&schedule).run(self.variant.program).outcomes().contains_key(&outcome);
        }
        let program = following(printed.events, self.variant.program);
        // Mostly the first that goes along prints it all, and those of large programs take long.
        [1, FOLLOWED].into_iter().any(|executions| {
            let checker = checker.clone().keep_going().max_executions(executions);
            checker.run(program.clone()).outcomes().contains_key(&outcome)
        })
    }
}

impl Explored {
    /// What a report of it says.
    pub fn new(exploration: Exploration, report: Report) -> Self {
        Explored { exploration, report, seen: OnceLock::new() }
    }

    /// Whether all is as on record, the verdict and the printed runs.
    pub fn agrees(&self) -> bool {
        self.agrees_on_verdict() && self.printed().all(|(printed, seen)| self.records(printed, seen))
    }

    /// Whether the verdict is the one on record.
    pub fn agrees_on_verdict(&self) -> bool {
        match (self.exploration.expected, self.report.verdict()) {
            (Expected::Fails(kinds) | Expected::FailsAmong(_, kinds), Verdict::Failed(failure)) => {
                kinds.contains(&failure.kind)
            }
            (Expected::Holds, Verdict::Verified) => true,
            (Expected::NeverEnds, _) => self.never_ends(),
            (Expected::NoneDrawn(_), Verdict::Incomplete(Limit::Sampled(_))) => true,
            (Expected::Holds | Expected::NoneDrawn(_), Verdict::Incomplete(Limit::Preemptions(_))) => {
                self.report.engine() == "loom"
            }
            _ => false,
        }
    }

    /// Whether an execution never ends.
    fn never_ends(&self) -> bool {
        matches!(self.report.verdict(), Verdict::Incomplete(Limit::Loop { .. }))
    }

    /// Whether an execution fails, or never ends.
    pub fn goes_wrong(&self) -> bool {
        self.report.failing() > 0 || self.never_ends()
    }

    /// The runs that the document prints of the variant, and whether the program prints each in some execution: among the
    /// report's outcomes, where it is of all executions; else by following that run.
    pub fn printed(&self) -> impl Iterator<Item = (&'static Printed, bool)> {
        let seen = |printed: &'static Printed| {
            let drawn =
                matches!(self.exploration.expected, Expected::NoneDrawn(_) | Expected::FailsAmong(..));
            self.report.outcomes().contains_key(&printed.outcome())
                || drawn && self.report.engine() == "selvedge" && self.exploration.follows(printed)
        };
        let all =
            || self.exploration.model.printed.iter().filter(|p| p.variant == self.exploration.variant.name);
        all().zip(self.seen.get_or_init(|| all().map(seen).collect()).iter().copied())
    }

    /// Whether that the program prints a run, or that it does not, is what is on record. loom is bounded and need not reach it.
    pub fn records(&self, printed: &Printed, seen: bool) -> bool {
        match printed.reachable.of(self.exploration.reading) {
            Some(Reachable::Yes | Reachable::Along(_)) => seen || self.report.engine() == "loom",
            Some(Reachable::No(_)) => !seen,
            None => false,
        }
    }

    /// Whether no execution fails, as on record.
    pub fn holds(&self) -> bool {
        self.exploration.expected == Expected::Holds
    }
}

impl Evidence {
    /// The name of the variant.
    pub fn variant(self) -> &'static str {
        match self {
            Evidence::Holds(variant) | Evidence::Fails(variant) => variant,
        }
    }
}

impl fmt::Display for Exploration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} in {} time", self.model.id, self.variant.name, self.reading)
    }
}

impl Expected {
    /// Whether some execution fails, or never ends.
    pub fn fails(self) -> bool {
        matches!(self, Expected::Fails(_) | Expected::FailsAmong(..) | Expected::NeverEnds)
    }
}

impl Loom {
    fn can(self) -> bool {
        matches!(self, Loom::Bounded(_))
    }
}

impl Printed {
    /// The outcome that it is.
    pub fn outcome(&self) -> String {
        self.events.join("; ")
    }
}

/// The models' own source texts, so that a report can call things what the program calls them wherever it runs.
pub fn sources() -> Sources {
    let mut sources = Sources::default();
    for (file, text) in [
        ("models/src/barriers.rs", include_str!("barriers.rs")),
        ("models/src/conditions.rs", include_str!("conditions.rs")),
        ("models/src/counters.rs", include_str!("counters.rs")),
        ("models/src/events.rs", include_str!("events.rs")),
        ("models/src/locals.rs", include_str!("locals.rs")),
        ("models/src/locks.rs", include_str!("locks.rs")),
        ("models/src/queues.rs", include_str!("queues.rs")),
        ("models/src/reentrant.rs", include_str!("reentrant.rs")),
        ("models/src/repositories.rs", include_str!("repositories.rs")),
        ("models/src/semaphores.rs", include_str!("semaphores.rs")),
        ("models/src/threads/crawlers.rs", include_str!("threads/crawlers.rs")),
        ("models/src/threads/daemons.rs", include_str!("threads/daemons.rs")),
        ("models/src/threads/introspection.rs", include_str!("threads/introspection.rs")),
        ("models/src/threads/joining.rs", include_str!("threads/joining.rs")),
        ("models/src/threads/low_level.rs", include_str!("threads/low_level.rs")),
        ("models/src/threads/names.rs", include_str!("threads/names.rs")),
        ("models/src/threads/spawning.rs", include_str!("threads/spawning.rs")),
        ("models/src/timers.rs", include_str!("timers.rs")),
    ] {
        sources.add(file, text);
    }
    sources
}

/// How many executions are looked at that print a run.
const FOLLOWED: u64 = 1_000;

/// Of what is drawn at random.
const SEED: u64 = 1;

/// The most steps of one execution of a document's own size.
const STEPS: u64 = 2_000_000;

/// A tenth of a second of the documents, at a hundred times their speed: only the order of times means anything.
pub(crate) const fn tenths(n: u64) -> Duration {
    Duration::from_millis(n)
}
