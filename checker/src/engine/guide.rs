//! An execution that follows a schedule.
//!
//! The guide says at each step who goes on. What the step does where there is a choice is found in two ways. Along a
//! [`Schedule`] the choice is a number. Along a graph that was explored, the guide takes what makes the step what it is there,
//! and writes the number down; so a graph in an order becomes a schedule.
//!
//! Nothing here knows what there is to choose for which kind of event: where the engine adds an event it leaves the
//! alternatives as [`Alternative`]s, and the nth alternative is the nth of those. To take one, the graph is derived that the item
//! describes, and the execution is run again along it.

use super::event::{Event, Id, Kind, NONE};
use super::explore::Alternative;
use super::graph::{Graph, Owner};
use super::run::{Engine, Status, Stop};
use super::schedule::{Letter, Schedule, Step};
use crate::harness::{Failure, FailureKind};
use crate::trace::Place;

/// A graph in an order of its events, to be built again from nothing.
pub(crate) struct Target<'a> {
    pub(crate) graph: &'a Graph,
    pub(crate) order: &'a [Turn],
}

/// What a step of a target is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Turn {
    /// This event, with those that are part of it.
    Does(Id),
    /// The thread in this lane runs to where it waits, fails or ends.
    Runs(u32),
}

/// Who goes on, and what happens then.
pub(crate) struct Guide {
    plan: Plan,
    /// The lanes of the threads in the order in which they begin.
    lanes: Vec<u32>,
    /// What has been done in this run.
    done: Vec<Step>,
    /// How often a thread was let run since the last step was done.
    tries: usize,
    /// What the execution is to be run again with.
    pub(crate) redirect: Option<Alternative>,
    /// Whether the target cannot be built.
    pub(crate) lost: bool,
    /// Whether the execution stops at the target, before code of the model runs that comes after.
    stops: bool,
    /// Whether all threads run to where they wait or come to an event, before the first step and after each, and the execution
    /// stops when they have done so after the last.
    settles: bool,
    /// How many alternatives the last step left, besides the one that the engine takes first.
    offered: u32,
    /// Whether the clock may go on for the last step, and whether it has.
    clock: Clock,
    ticked: bool,
}

/// Whether the clock may go on for a step that is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Clock {
    /// The step was done before: then it did.
    Follows,
    /// Where no thread is able to go on without.
    Waits,
    /// Once, since no other step can be done.
    GoesOn,
}

enum Plan {
    Schedule(Vec<Step>),
    /// With the choices of the steps that were done so far, in this run or an earlier one.
    Target {
        graph: Box<Graph>,
        order: Vec<Turn>,
        threads: Vec<u32>,
        choices: Vec<u32>,
    },
}

/// Whether a thread that is to do the next step gives a hint first.
pub(crate) enum HintNext {
    /// The guide does not say.
    Open,
    No,
    /// Of a round of so many events, where that is known.
    Hint(Option<u32>),
}

/// What the guide says about the thread that is to go on.
pub(crate) enum Next {
    /// This one.
    Thread(u32),
    /// The schedule is at its end.
    Any,
    /// Nobody: the execution stops.
    Nobody,
}

impl Guide {
    pub(crate) fn along(schedule: &Schedule) -> Self {
        Guide::new(Plan::Schedule(schedule.steps.clone()))
    }

    pub(crate) fn towards(target: &Target<'_>) -> Self {
        let graph = target.graph;
        let does = |turn: &Turn| match turn {
            Turn::Does(event) => Some(graph.at(*event)),
            Turn::Runs(_) => None,
        };
        let spawned = target.order.iter().filter_map(does).filter(|e| e.kind == Kind::Spawn);
        let threads = std::iter::once(0).chain(spawned.map(|e| e.loc)).collect();
        Guide::new(Plan::Target {
            graph: Box::new(graph.clone()),
            order: target.order.to_vec(),
            threads,
            choices: Vec::new(),
        })
    }

    fn new(plan: Plan) -> Self {
        Guide {
            plan,
            lanes: vec![0],
            done: Vec::new(),
            tries: 0,
            redirect: None,
            lost: false,
            stops: false,
            settles: false,
            offered: 0,
            clock: Clock::Follows,
            ticked: false,
        }
    }

    /// The same, one step at a time: see [`stepping`](super::stepping).
    pub(crate) fn settling(self, clock: Clock) -> Self {
        Guide { settles: true, clock, ..self }
    }

    /// The same, and the execution stops there.
    pub(crate) fn stopping(self) -> Self {
        Guide { stops: true, ..self }
    }

    /// Whether the execution has come to where it is to stop.
    fn is_there_to_stop(&self) -> bool {
        self.stops && self.thread().is_none()
    }

    /// Before each run.
    pub(crate) fn begin(&mut self) {
        self.lanes.truncate(1);
        self.done.clear();
        self.tries = 0;
        self.ticked = false;
    }

    pub(crate) fn follows_schedule(&self) -> bool {
        matches!(self.plan, Plan::Schedule(_))
    }

    /// The lane of the thread that ran at the end without an event.
    pub(crate) fn runs_at_the_end(&self) -> Option<u32> {
        let last = self.done.last().filter(|step| step.letter == Letter::RUNS)?;
        self.lanes.get(last.thread as usize).copied()
    }

    /// Whether all steps have been done.
    pub(crate) fn is_at_the_end(&self) -> bool {
        self.thread().is_none()
    }

    /// What has been done.
    pub(crate) fn done(&self) -> &[Step] {
        &self.done
    }

    /// The lanes of the threads in the order in which they began, which is that of their numbers in a schedule.
    pub(crate) fn lanes(&self) -> &[u32] {
        &self.lanes
    }

    /// How many alternatives the last step left, besides the one that the engine takes first.
    pub(crate) fn offered(&self) -> u32 {
        self.offered
    }

    /// The number of the thread of the next step; `None` at the end.
    fn thread(&self) -> Option<u32> {
        match &self.plan {
            Plan::Schedule(steps) => steps.get(self.done.len()).map(|s| s.thread),
            Plan::Target { graph, order, threads, .. } => {
                let lane = match order.get(self.done.len())? {
                    Turn::Does(event) => graph.at(*event).lane,
                    Turn::Runs(lane) => *lane,
                };
                threads.iter().position(|t| *t == lane).map(|n| n as u32)
            }
        }
    }

    /// Whether the next step is that a thread runs without an event.
    fn only_runs(&self) -> bool {
        match &self.plan {
            Plan::Schedule(steps) => {
                steps.get(self.done.len()).is_some_and(|step| step.letter == Letter::RUNS)
            }
            Plan::Target { order, .. } => matches!(order.get(self.done.len()), Some(Turn::Runs(_))),
        }
    }

    /// What the next step says about the hint of a thread that has gone an idle round.
    pub(crate) fn hint_next(&self) -> HintNext {
        let at = self.done.len();
        match &self.plan {
            Plan::Schedule(steps) => match steps.get(at).map(|step| step.letter) {
                None | Some(Letter::ANY | Letter::RUNS) => HintNext::Open,
                Some(letter) if letter == Letter::of("hint") => HintNext::Hint(None),
                Some(_) => HintNext::No,
            },
            Plan::Target { graph, order, .. } => match order.get(at) {
                Some(Turn::Does(event)) if graph.at(*event).kind == Kind::Hint => {
                    HintNext::Hint(Some(graph.at(*event).round().len() as u32))
                }
                Some(Turn::Does(_)) => HintNext::No,
                _ => HintNext::Open,
            },
        }
    }

    /// Whether the next step is that a thread chooses.
    pub(crate) fn chooses_next(&self) -> bool {
        match &self.plan {
            Plan::Schedule(steps) => {
                steps.get(self.done.len()).is_some_and(|step| step.letter == Letter::of("choose"))
            }
            Plan::Target { graph, order, .. } => {
                let next = order.get(self.done.len());
                matches!(next, Some(Turn::Does(event)) if graph.at(*event).kind == Kind::Choose)
            }
        }
    }

    /// Whether the thread in `lane` may do the next step.
    #[cold]
    pub(crate) fn lets(&self, lane: u32) -> bool {
        match self.thread() {
            Some(thread) => self.lanes.get(thread as usize) == Some(&lane),
            None => !self.settles,
        }
    }
}

/// What a reader calls what an event does.
pub(super) fn word(graph: &Graph, event: &Event) -> String {
    match event.kind {
        Kind::Read => "load".to_owned(),
        Kind::Write => "store".to_owned(),
        Kind::Request => match graph.lanes[event.loc as usize].owner {
            Owner::Object(object) => object.name(event.call).to_owned(),
            _ => "request".to_owned(),
        },
        other => format!("{other:?}").to_lowercase(),
    }
}

impl Engine {
    /// Who goes on.
    #[cold]
    pub(super) fn follow(&mut self) -> Next {
        if self.is_stepped()
            && let Some(next) = self.settle()
        {
            return next;
        }
        let guide = self.guide.as_mut().expect("there is a guide");
        let Some(thread) = guide.thread() else { return Next::Any };
        let Some(lane) = guide.lanes.get(thread as usize).copied() else {
            return self.does_not_apply(None, "has not begun");
        };
        guide.tries += 1;
        // Each thread may have to run once to where it waits.
        if guide.tries > 4 + 2 * self.run.threads.len() {
            return self.does_not_apply(Some(lane), "does not go on");
        }
        match self.run.threads[lane as usize].status {
            Status::Ready if guide.only_runs() && self.run.can_run(lane) => {
                guide.done.push(Step { thread, letter: Letter::RUNS, choice: 0 });
                guide.tries = 0;
                if guide.is_there_to_stop() {
                    self.run.stop.get_or_insert(Stop::Assumed);
                    return Next::Nobody;
                }
                Next::Thread(lane)
            }
            Status::Ready | Status::Updating if self.run.can_run(lane) => Next::Thread(lane),
            // It has looked too early, and there is something to look at.
            Status::Pending { loc, tried }
                if self.search.current.graph.last_co_pos(loc) > tried && self.run.can_run(lane) =>
            {
                Next::Thread(lane)
            }
            Status::Awaiting | Status::Idle | Status::Paused if self.run.can_run(lane) => Next::Thread(lane),
            Status::Finished => self.does_not_apply(Some(lane), "has ended"),
            // What it waits for may be the end of a thread that does nothing but plain work.
            _ => match self.run.first_not_begun(&self.search.current.graph.threads) {
                Some(other) => Next::Thread(other),
                None if self.goes_on_in_time(lane) => self.follow(),
                None => {
                    let here = self.waits(lane).unwrap_or_else(|| "goes no further".to_owned());
                    self.does_not_apply(Some(lane), &here)
                }
            },
        }
    }

    /// Whether the execution is made step by step, under somebody who chooses each.
    pub(super) fn is_stepped(&self) -> bool {
        self.guide.as_ref().is_some_and(|guide| guide.settles)
    }

    /// Lets all threads run to where they wait or come to an event. `None` where they have, and there is a step to do.
    fn settle(&mut self) -> Option<Next> {
        if let Some(next) = self.run.first_not_begun(&self.search.current.graph.threads) {
            return Some(Next::Thread(next));
        }
        let guide = self.guide.as_ref().expect("there is a guide");
        if !guide.is_at_the_end() {
            return None;
        }
        self.run.stop.get_or_insert(Stop::Assumed);
        Some(Next::Nobody)
    }

    /// Lets the clock go on where a thread waits for that. When it did, everything that came before was done: the order says
    /// so, in which that comes before.
    fn goes_on_in_time(&mut self, lane: u32) -> bool {
        let waits =
            matches!(self.run.threads[lane as usize].status, Status::Sleeping(_) | Status::Requesting);
        // Of a step that is tried it is not known that everything came before.
        if waits && self.is_stepped() && !self.run.has_left() {
            let stands_still = self.time_stands_still();
            let guide = self.guide.as_mut().expect("there is a guide");
            let is_tried =
                matches!(&guide.plan, Plan::Schedule(steps) if guide.done.len() + 1 == steps.len());
            match guide.clock {
                Clock::GoesOn if is_tried && !guide.ticked => guide.ticked = true,
                Clock::Waits | Clock::GoesOn if is_tried && stands_still => return false,
                _ => {}
            }
        }
        waits && if self.run.has_left() { self.replay_tick() } else { self.tick() }
    }

    /// The running thread has done an event that the graph knew. Returns whether it goes on.
    #[cold]
    pub(super) fn followed(&mut self) -> bool {
        self.followed_with(None);
        self.run.stop != Some(Stop::Assumed)
    }

    /// The running thread has added an event, with the alternatives from `left` on. Returns whether it is the one that the step
    /// takes.
    #[cold]
    pub(super) fn led(&mut self, left: usize) -> bool {
        self.followed_with(Some(left));
        !matches!(self.run.stop, Some(Stop::Redirected | Stop::Assumed))
    }

    fn followed_with(&mut self, left: Option<usize>) {
        let lane = self.run.running();
        let graph = &self.search.current.graph;
        let id = graph.lanes[lane as usize].events[self.run.done() as usize - 1];
        let event = *graph.at(id);
        if event.kind == Kind::UpdateWrite {
            return;
        }
        let does = word(graph, &event);
        let guide = self.guide.as_mut().expect("there is a guide");
        let at = guide.done.len();
        let planned = guide.thread();
        // At the end of the schedule the engine goes on as it would by itself.
        let (choice, wanted) = match &guide.plan {
            _ if planned.is_none() => (0, None),
            Plan::Schedule(steps) => (steps[at].choice, Some(steps[at].letter)),
            Plan::Target { choices, .. } => (choices.get(at).copied().unwrap_or(0), None),
        };
        let letter = Letter::of(&does);
        if wanted.is_some_and(|wanted| ![letter, Letter::ANY].contains(&wanted)) {
            let here = format!("comes to `{does}` at {}", Place::from(event.place));
            self.does_not_apply(Some(lane), &here);
            return;
        }
        if event.kind == Kind::Spawn {
            guide.lanes.push(event.loc);
        }
        let thread = guide.lanes.iter().position(|l| *l == lane).expect("its beginning was a step") as u32;
        guide.done.push(Step { thread, letter, choice });
        guide.tries = 0;
        // Where the execution is run again along what was taken, the alternatives are those that there were.
        guide.offered = if choice == 0 { 0 } else { guide.offered };
        if let Some(left) = left.filter(|_| planned.is_some()) {
            self.choose_along(id, left, choice);
        }
        if self.guide.as_ref().is_some_and(|guide| guide.is_there_to_stop()) {
            self.run.stop.get_or_insert(Stop::Assumed);
        }
    }

    /// Takes the alternative that the step is to take, where that is not what was added.
    fn choose_along(&mut self, id: Id, left: usize, choice: u32) {
        let guide = self.guide.as_ref().expect("there is a guide");
        let at = guide.done.len() - 1;
        let forward = |item: &&Alternative| {
            !matches!(item, Alternative::BackwardRevisit { .. } | Alternative::BackwardRevisitThrough { .. })
        };
        let alternatives: Vec<Alternative> =
            self.search.current.worklist[left..].iter().rev().filter(forward).copied().collect();
        self.search.current.worklist.truncate(left);
        let offered = alternatives.len() as u32;
        let choice = match &guide.plan {
            Plan::Schedule(_) => Some(choice),
            Plan::Target { .. } if guide.matches(&self.search.current.graph, id, at) => Some(0),
            Plan::Target { .. } => (1..).zip(&alternatives).find_map(|(n, item)| {
                let guide = self.guide.as_ref().expect("there is a guide");
                self.search.would(*item, |graph| guide.matches(graph, id, at)).then_some(n)
            }),
        };
        let lane = self.run.running();
        let guide = self.guide.as_mut().expect("there is a guide");
        guide.offered = offered;
        let item = match choice {
            Some(0) => None,
            Some(n) => alternatives.get(n as usize - 1).copied(),
            None => None,
        };
        match (choice, item) {
            (Some(0), _) => {}
            (Some(n), Some(item)) => {
                guide.done[at].choice = n;
                guide.redirect = Some(item);
                self.run.stop.get_or_insert(Stop::Redirected);
            }
            (Some(n), None) => {
                self.guide.as_mut().expect("there is a guide").done.pop();
                self.does_not_apply(Some(lane), &format!("has no alternative {n}"));
                return;
            }
            (None, _) => {
                guide.lost = true;
                self.run.stop.get_or_insert(Stop::Redirected);
            }
        }
        if let Plan::Target { choices, .. } = &mut guide.plan {
            choices.resize(at, 0);
            choices.push(choice.unwrap_or(0));
        }
    }

    /// Stops the execution: the model is not the one that the schedule is of.
    fn does_not_apply(&mut self, lane: Option<u32>, here: &str) -> Next {
        let guide = self.guide.as_mut().expect("there is a guide");
        guide.lost = true;
        let (thread, word, at) = match &guide.plan {
            Plan::Schedule(steps) => {
                let step = &steps[guide.done.len()];
                (step.thread, step.letter.word(), guide.done.len() + 1)
            }
            Plan::Target { .. } => (0, None, guide.done.len() + 1),
        };
        let name = lane.map_or_else(|| format!("thread number {thread}"), |lane| self.name_of(lane));
        let was = word.map_or("do something else".to_owned(), |word| format!("`{word}`"));
        let thread = lane.map(|lane| &self.run.threads[lane as usize]);
        let place = thread.and_then(|t| t.place).map(Place::from);
        let failure = Failure {
            kind: FailureKind::Schedule,
            message: format!("it no longer applies at step {at}: {name} was to {was}, but {here}"),
            thread: lane.map(|lane| self.name_of(lane)),
            place,
        };
        self.run.stop.get_or_insert(Stop::Failed(failure));
        Next::Nobody
    }
}

impl Guide {
    /// Whether the event `id` of `graph` is what step `at` is in the target.
    fn matches(&self, graph: &Graph, id: Id, at: usize) -> bool {
        let Plan::Target { graph: target, order, .. } = &self.plan else { return true };
        let Some(Turn::Does(event)) = order.get(at).copied() else { return false };
        let (here, there) = (graph.at(id), target.at(event));
        // What is served when its time is up is not served at once.
        if here.kind == Kind::Request && here.rf == NONE && self.is_served_in_time(event) {
            return there.kind == Kind::Request && here.call == there.call;
        }
        if here.kind != there.kind
            || here.mode != there.mode
            || here.alternative != there.alternative
            || (here.rf == NONE) != (there.rf == NONE)
        {
            return false;
        }
        if here.kind == Kind::Request && here.rf != NONE {
            let (here, there) = (graph.at(here.rf), target.at(there.rf));
            return here.alternative == there.alternative && here.index == there.index;
        }
        if here.kind.writes() {
            // What is there of the target is in its modification order.
            let mut before = target.locs[there.loc as usize].co[..there.co_pos as usize - 1].iter().rev();
            let before = before.find(|w| self.is_there(graph, target.at(**w)));
            return match graph.write_at(here.loc, here.co_pos - 1) {
                NONE => before.is_none(),
                write => before.copied() == self.named(graph, write),
            };
        }
        here.rf == NONE || self.named(graph, here.rf) == Some(there.rf)
    }

    /// Whether the clock went on in the target between a request and its being served.
    fn is_served_in_time(&self, request: Id) -> bool {
        let Plan::Target { graph: target, .. } = &self.plan else { return false };
        let grant = target.at(request).rf;
        target.at(request).kind == Kind::Request
            && grant != NONE
            && target.last_tick_before(grant).is_some_and(|tick| tick > request)
    }

    /// The event of the target that an event of `graph` is.
    fn named(&self, graph: &Graph, id: Id) -> Option<Id> {
        let Plan::Target { graph: target, threads, .. } = &self.plan else { return None };
        let event = graph.at(id);
        if event.kind == Kind::Grant {
            return Some(target.at(self.named(graph, event.rf)?).rf);
        }
        let number = self.lanes.iter().position(|l| *l == event.lane)?;
        target.lanes[*threads.get(number)? as usize].events.get(event.index as usize).copied()
    }

    /// Whether an event of a thread of the target is in `graph`.
    fn is_there(&self, graph: &Graph, event: &Event) -> bool {
        let Plan::Target { threads, .. } = &self.plan else { return false };
        let number = threads.iter().position(|t| *t == event.lane);
        let lane = number.and_then(|n| self.lanes.get(n));
        lane.is_some_and(|lane| graph.lanes[*lane as usize].events.len() > event.index as usize)
    }
}
