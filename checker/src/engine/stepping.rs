//! An execution one step at a time, under somebody outside who chooses each step.
//!
//! Nothing here explores. A [`Position`] is where the model stands after the steps of a [`Schedule`]: the model is executed from
//! nothing along it, as [`replay`](super::replay) does, and stopped. So a step is taken back by going along fewer of them, and what
//! is shown is a prefix of an execution that the engine made, event by event, as the memory model allows it.
//!
//! A step is an event of a thread with the plain code after it, up to the thread's next event. Plain code touches nothing that others
//! see but by a data race, which is found in whichever order it runs: so all threads *settle*, each where it waits or comes to its next event, before the
//! first step and after each. A thread that fails in plain code fails then.
//!
//! What can be done next is tried, and not predicted: for each thread the model is executed along one step more, whatever that
//! is, and once more for each alternative that the engine leaves there, such as an older value. What does not apply, and what turns out
//! to be no execution, is not offered. In virtual time the clock goes on where the engine would let it: when nobody can go on
//! without.

use std::sync::Arc;

use super::driver::{alone, quiet_panics};
use super::event::{Event, Id, Kind, NONE};
use super::graph::{Graph, Owner};
use super::guide::{Clock, Guide};
use super::replay::{Replayed, Replayer};
use super::run::Status;
use super::schedule::{self, Letter};
use super::{Behaviour, End, Engine, Schedule, Stop};
use crate::harness::{Failure, FailureKind, Settings};
use crate::report::Interleaving;
use crate::trace::{Execution, Place};

/// Where a model stands after some steps.
#[derive(Clone, Debug)]
pub struct Position {
    path: Schedule,
    interleaving: Interleaving,
    /// The number of each step's thread.
    who: Vec<usize>,
    threads: Vec<Thread>,
    things: Vec<Thing>,
    ahead: Ahead,
    outcome: String,
    state: State,
}

/// What tells one position from another, for all that can follow.
type State = (Behaviour, Vec<u32>, u64);

/// Whether there may be a next step.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ahead {
    /// Some thread may go on.
    Open,
    /// The execution has failed.
    Failed(Failure),
    /// The model drops the execution: it [assumed](crate::assume) what does not hold.
    Dropped,
    /// The engine goes no further, and this is why.
    Limit(String),
}

/// A thread that has begun.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// What reports call it.
    pub name: String,
    /// Whether it can go on.
    pub standing: Standing,
    /// Where it last called the checker: of one that can go on, the call that comes next.
    pub place: Option<Place>,
    /// Whether the program ends without waiting for it.
    pub daemon: bool,
}

/// How a thread stands.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Standing {
    /// It has come to its next event.
    Ready,
    /// It waits, for this.
    Waits(String),
    /// It has ended.
    Ended,
}

/// A location of memory or an object that threads share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    /// What it is: an atomic, or `a lock`.
    pub noun: &'static str,
    /// A step of the position's interleaving that is on it, by which the source names it.
    pub step: Option<usize>,
    /// Of an atomic, what it holds: the newest value.
    pub value: Option<String>,
    /// Who has taken it and not given it back, the first first.
    pub held: Vec<Holding>,
    /// The threads that wait for it, by their numbers.
    pub waiting: Vec<usize>,
}

/// That a thread has taken something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holding {
    /// The thread's number.
    pub thread: usize,
    /// Where it took it.
    pub place: Place,
}

/// A step that can be taken.
#[derive(Clone, Debug)]
pub struct Move {
    /// The number of the thread that goes on.
    pub thread: usize,
    /// Which of the alternatives it takes: 0 is the engine's first.
    pub choice: u32,
    /// What the step does, in a word: `load`, `lock`, `spawn`.
    pub word: String,
    /// What is particular about it: `an older value`, `waits`, `then c2 goes on`. Empty where nothing is.
    pub remark: String,
    /// Whether the steps so far are no order in which SeqCst accesses happen one after the other: it reads past a SeqCst write,
    /// with SeqCst itself, or is written before one. Such an execution is one of the model, and shown better where this thread goes earlier.
    pub is_out_of_order: bool,
    /// Where the model stands after it.
    pub after: Position,
}

impl Position {
    /// What has been done, which [replays](crate::Checker::replay).
    pub fn path(&self) -> &Schedule {
        &self.path
    }

    /// What was done, as a reader follows it.
    pub fn interleaving(&self) -> &Interleaving {
        &self.interleaving
    }

    /// The number of the thread of a step of the interleaving, which counts its threads otherwise.
    pub fn who(&self, step: usize) -> usize {
        self.who[step]
    }

    /// The threads that have begun, by their numbers.
    pub fn threads(&self) -> &[Thread] {
        &self.threads
    }

    /// What threads share.
    pub fn things(&self) -> &[Thing] {
        &self.things
    }

    /// Whether there may be a next step.
    pub fn ahead(&self) -> &Ahead {
        &self.ahead
    }

    /// What an observer has seen so far.
    pub fn outcome(&self) -> &str {
        &self.outcome
    }

    /// Whether everybody has ended for whom the program waits.
    pub fn has_ended(&self) -> bool {
        self.ahead == Ahead::Open
            && self.threads.iter().all(|thread| thread.daemon || thread.standing == Standing::Ended)
    }

    /// Whether the same can follow as after `other`: the same was read, written, served and chosen, in whatever order.
    pub fn is_like(&self, other: &Position) -> bool {
        self.state == other.state
    }

    /// Equal for positions that are alike, and mostly different for others.
    pub fn digest(&self) -> u64 {
        use std::hash::{DefaultHasher, Hash, Hasher};
        let mut hasher = DefaultHasher::new();
        self.state.hash(&mut hasher);
        hasher.finish()
    }
}

/// Where `model` stands after the steps of `path`. `Err`: it does not go along it; with a schedule without steps where more drops
/// of `Arc`s are steps than `path` says, and so no path without them is one.
pub(crate) fn position(
    settings: &Settings,
    model: &Arc<dyn Fn() + Send + Sync>,
    path: &Schedule,
) -> Result<Position, Option<Schedule>> {
    quiet_panics();
    alone(|| along(settings, model, path, Clock::Follows).map(|(position, ..)| position))
}

/// What can be done at `position`: for each thread that can go on the engine's first alternative, and then the others.
pub(crate) fn moves(
    settings: &Settings,
    model: &Arc<dyn Fn() + Send + Sync>,
    position: &Position,
    of: Option<usize>,
) -> Result<Vec<Move>, Schedule> {
    quiet_panics();
    if position.ahead != Ahead::Open {
        return Ok(Vec::new());
    }
    alone(|| {
        let moves = moves_by(settings, model, position, of, Clock::Waits)?;
        let is_timed = settings.time == super::Time::Virtual && !position.has_ended();
        if !moves.is_empty() || !is_timed {
            return Ok(moves);
        }
        // A thread may seem able to go on, and only look again at what has not changed.
        match of.is_none() || moves_by(settings, model, position, None, Clock::Waits)?.is_empty() {
            true => moves_by(settings, model, position, of, Clock::GoesOn),
            false => Ok(moves),
        }
    })
}

fn moves_by(
    settings: &Settings,
    model: &Arc<dyn Fn() + Send + Sync>,
    position: &Position,
    of: Option<usize>,
    clock: Clock,
) -> Result<Vec<Move>, Schedule> {
    let mut moves = Vec::new();
    let threads = (0..position.threads.len()).filter(|thread| of.is_none_or(|of| of == *thread));
    for thread in threads {
        if position.threads[thread].standing == Standing::Ended {
            continue;
        }
        let (mut choice, mut most) = (0, 0);
        while choice <= most {
            let mut path = position.path.clone();
            path.steps.push(schedule::Step { thread: thread as u32, letter: Letter::ANY, choice });
            match along(settings, model, &path, clock) {
                Ok((after, offered, done)) => {
                    most = if choice == 0 { offered } else { most };
                    let Done { word, remark, is_out_of_order } = done;
                    moves.push(Move { thread, choice, word, remark, is_out_of_order, after });
                }
                Err(Some(counted)) => return Err(counted),
                Err(None) => {}
            }
            choice += 1;
        }
    }
    Ok(moves)
}

/// What a step did.
struct Done {
    word: String,
    remark: String,
    is_out_of_order: bool,
}

type Came = (Position, u32, Done);

fn along(
    settings: &Settings,
    model: &Arc<dyn Fn() + Send + Sync>,
    path: &Schedule,
    clock: Clock,
) -> Result<Came, Option<Schedule>> {
    // What was found out about loops before is the same for all paths. What is found out on one is forgotten, so that a path leads to the
    // same wherever it was come from.
    let settings = Settings { learnt: settings.learnt.copied(), keep_going: false, ..settings.clone() };
    let mut replayer = Replayer::new(&settings, model.clone(), &path.counted);
    let told = replayer.tell(Guide::along(path).settling(clock));
    let engine = replayer.engine.engine();
    if engine.counted != path.counted {
        return Err(Some(Schedule { counted: engine.counted.clone(), steps: Vec::new() }));
    }
    let mut told = told.ok_or(None)?;
    let guide = engine.guide.as_ref().expect("it followed one");
    let (is_there, offered) = (guide.done().len() == path.steps.len(), guide.offered());
    let ahead = match &told.end {
        End::Stopped(Stop::Failed(failure)) if failure.kind == FailureKind::Schedule => return Err(None),
        End::Stopped(Stop::Failed(failure)) => Ahead::Failed(failure.clone()),
        _ if !is_there => return Err(None),
        End::Stopped(Stop::Assumed) if engine.run.dropped => Ahead::Dropped,
        End::Stopped(Stop::Assumed) => Ahead::Open,
        End::Stopped(Stop::Unending(place) | Stop::Unclear(place)) => {
            Ahead::Limit(format!("a loop at {place} goes round without an end that the checker can see"))
        }
        End::Stopped(Stop::TooLong(place)) => Ahead::Limit(format!("more steps than the limit, at {place}")),
        _ => return Err(None),
    };
    if matches!(ahead, Ahead::Failed(_)) {
        fails_in_its_turn(engine, &mut told);
    }
    let done = done(engine);
    let state = state(engine);
    let (threads, things) = (threads(engine), things(engine, &told.execution));
    let number = numbers(engine);
    let lane = |thread: &usize| told.execution.identities[*thread] as u32;
    let steps = told.execution.steps.iter().map(|step| step.thread);
    let who = steps.map(|thread| number(lane(&thread)).unwrap_or(0)).collect();
    drop(number);
    let outcome = told.execution.clone().outcome();
    let path = told.schedule.clone();
    let interleaving = replayer.interleaving(told, false);
    Ok((Position { path, interleaving, who, threads, things, ahead, outcome, state }, offered, done))
}

/// A thread that failed in plain code, while others did the last step, fails when it runs.
fn fails_in_its_turn(engine: &Engine, told: &mut Replayed) {
    let lanes = engine.guide.as_ref().expect("it followed one").lanes();
    let Some(thread) = lanes.iter().position(|lane| *lane == engine.run.ran) else { return };
    let thread = thread as u32;
    let steps = &mut told.schedule.steps;
    if steps.last().map_or(0, |last| last.thread) != thread {
        steps.push(schedule::Step { thread, letter: Letter::RUNS, choice: 0 });
    }
}

fn state(engine: &Engine) -> State {
    let graph = &engine.search.current.graph;
    let lengths = graph.threads.iter().map(|t| engine.run.done.get(*t as usize).copied().unwrap_or(0));
    (Behaviour::of(graph), lengths.collect(), engine.run.now)
}

fn threads(engine: &Engine) -> Vec<Thread> {
    let lanes = engine.guide.as_ref().expect("it followed one").lanes();
    let thread = |lane: &u32| {
        let thread = &engine.run.threads[*lane as usize];
        let standing = match thread.status {
            Status::Finished => Standing::Ended,
            _ => match engine.waits(*lane) {
                Some(waits) => Standing::Waits(waits),
                None => Standing::Ready,
            },
        };
        let daemon = engine.search.current.graph.lanes[*lane as usize].daemon;
        Thread { name: engine.name_of(*lane), standing, place: thread.place.map(Place::from), daemon }
    };
    lanes.iter().map(thread).collect()
}

/// What the last step did.
fn done(engine: &Engine) -> Done {
    let guide = engine.guide.as_ref().expect("it followed one");
    let graph = &engine.search.current.graph;
    let last = guide.done().iter().rfind(|step| step.letter != Letter::RUNS);
    let lane = last.and_then(|step| guide.lanes().get(step.thread as usize)).copied();
    let event = lane.and_then(|lane| {
        let done = engine.run.done.get(lane as usize).copied().unwrap_or(0) as usize;
        let events = &graph.lanes[lane as usize].events[..done];
        let last = events.iter().rfind(|id| graph.at(**id).kind != Kind::UpdateWrite);
        last.map(|id| *graph.at(*id))
    });
    let Some(event) = event else {
        return Done { word: String::new(), remark: String::new(), is_out_of_order: false };
    };
    let (word, remark) = (super::guide::word(graph, &event), remark(engine, &event));
    Done { word, remark, is_out_of_order: is_out_of_order(graph, &event) }
}

/// Whether a SeqCst access comes after a SeqCst write before which it is in the order of its location.
fn is_out_of_order(graph: &Graph, event: &Event) -> bool {
    let own = match event.kind {
        Kind::Read | Kind::Update => graph.co_pos_of(event.rf) as usize,
        Kind::Write => event.co_pos as usize,
        _ => return false,
    };
    let is_other = |write: &Event| write.lane != event.lane || write.index > event.index + 1;
    let overtaken = graph.locs[event.loc as usize].co[own..].iter().map(|write| graph.at(*write));
    event.mode.seq_cst() && overtaken.filter(|write| is_other(write)).any(|write| write.mode.seq_cst())
}

fn remark(engine: &Engine, event: &Event) -> String {
    let graph = &engine.search.current.graph;
    match event.kind {
        Kind::Read | Kind::Update if event.reads_old(graph) => "an older value".to_owned(),
        Kind::Write if event.co_pos < graph.last_co_pos(event.loc) => {
            "counts as written before what others wrote".to_owned()
        }
        Kind::Choose => format!("takes {}", event.alternative),
        Kind::Request => {
            let grants = &graph.lanes[event.loc as usize].events;
            let own = grants.iter().position(|grant| *grant == event.rf);
            match own {
                None => "waits".to_owned(),
                // Whom the object served right after, with the same step.
                Some(own) => {
                    let since = grants[own + 1..].iter().map(|grant| graph.at(graph.at(*grant).rf).lane);
                    let others: Vec<_> =
                        since.filter(|lane| *lane != event.lane).map(|l| engine.name_of(l)).collect();
                    let others = if others.is_empty() { notified(engine, event, own) } else { others };
                    if others.is_empty() {
                        String::new()
                    } else {
                        format!("then {} goes on", others.join(", "))
                    }
                }
            }
        }
        _ => String::new(),
    }
}

/// Whom a notification has reached.
fn notified(engine: &Engine, event: &Event, number: usize) -> Vec<String> {
    let graph = &engine.search.current.graph;
    if graph.lanes[event.loc as usize].owner != Owner::Object(crate::objects::Object::Condvar) {
        return Vec::new();
    }
    let has = |number: u32, lane: u32| {
        crate::objects::Condvar::has_notified(graph.state_before(event.loc, number), lane)
    };
    let number = number as u32;
    let is_new = |lane: &&u32| has(number + 1, **lane) && !has(number, **lane);
    graph.threads.iter().filter(is_new).map(|lane| engine.name_of(*lane)).collect()
}

fn things(engine: &Engine, told: &Execution) -> Vec<Thing> {
    let graph = &engine.search.current.graph;
    let names = Names { graph, told };
    let number = numbers(engine);
    let mut things = Vec::new();
    for (loc, at) in graph.locs.iter().zip(0u32..) {
        let Some(initial) = engine.run.initial.get(at as usize).copied().flatten() else { continue };
        let steps = names.on(|event| event.loc == at && event.is_access());
        let newest = loc.co.last().copied();
        let value = newest.map_or(initial, |write| engine.run.values[write as usize]);
        let value = names.value(value, newest, at);
        things.push(Thing { noun: "an atomic", step: steps, value, held: Vec::new(), waiting: Vec::new() });
    }
    for (lane, at) in graph.lanes.iter().zip(0u32..) {
        let Owner::Object(object) = lane.owner else { continue };
        let step = names.on(|event| event.kind == Kind::Request && event.loc == at);
        let held = engine.holders(at);
        let held = held
            .iter()
            .filter_map(|holder| {
                Some(Holding { thread: number(holder.lane)?, place: Place::from(holder.place) })
            })
            .collect();
        let waiting = graph.waiting(at).filter_map(|request| number(graph.at(request).lane)).collect();
        things.push(Thing { noun: object.noun(), step, value: None, held, waiting });
    }
    things
}

/// The numbers of threads by their lanes.
fn numbers(engine: &Engine) -> impl Fn(u32) -> Option<usize> + '_ {
    let lanes = engine.guide.as_ref().expect("it followed one").lanes();
    move |lane| lanes.iter().position(|l| *l == lane)
}

/// What was told of events.
struct Names<'a> {
    graph: &'a Graph,
    told: &'a Execution,
}

impl Names<'_> {
    /// The event that the thread of a step had done last when it was told.
    fn event(&self, step: usize) -> Option<Id> {
        let lane = self.told.identities[self.told.steps[step].thread] as usize;
        let done = self.told.done[step].checked_sub(1)?;
        self.graph.lanes.get(lane)?.events.get(done as usize).copied()
    }

    /// The first step that tells of such an event; an operation, where one was told with it.
    fn on(&self, is_it: impl Fn(&Event) -> bool) -> Option<usize> {
        let is_on = |step: &usize| self.event(*step).is_some_and(|event| is_it(self.graph.at(event)));
        let steps = || (0..self.told.steps.len()).filter(is_on);
        steps().find(|step| !self.told.steps[*step].inner).or_else(|| steps().next())
    }

    /// What a location holds, as the program writes it where that was told.
    fn value(&self, raw: u64, write: Option<Id>, loc: u32) -> Option<String> {
        let told = |step: &usize| {
            let event = self.event(*step)?;
            let step = &self.told.steps[*step];
            let (event, of) = (self.graph.at(event), event);
            let reads = event.kind == Kind::Read && event.loc == loc && event.rf == write.unwrap_or(NONE);
            let stores = Some(of) == write && event.kind == Kind::Write;
            let is_plain = step.inner && !step.result.contains(' ') && !step.result.is_empty();
            ((reads || stores) && is_plain).then(|| step.result.clone())
        };
        let steps = 0..self.told.steps.len();
        let of_small = || (raw < 1 << 32).then(|| raw.to_string());
        steps.rev().find_map(|step| told(&step)).or_else(of_small)
    }
}

impl Event {
    fn is_access(&self) -> bool {
        self.kind.reads() || self.kind.writes()
    }

    /// Whether it reads what was overwritten already.
    fn reads_old(&self, graph: &Graph) -> bool {
        let later = &graph.locs[self.loc as usize].co[graph.co_pos_of(self.rf) as usize..];
        // Of an update the writing half comes right after what it reads.
        later
            .iter()
            .any(|write| graph.at(*write).lane != self.lane || graph.at(*write).index != self.index + 1)
    }
}
