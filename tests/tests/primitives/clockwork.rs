//! An enumerator that knows time: every order of the steps of a few actors, one step at a time, with no reduction, in both
//! readings. The actors are what the documentation says of the primitives, in a line or two each, and share no code with
//! them.

use std::collections::BTreeSet;

use selvedge::Time;

/// What the actors share. Each program uses what it needs.
#[derive(Clone, Default)]
pub struct World {
    /// It has happened: the thread has ended, the item is there, the event is set, the permit or the lock is free.
    pub done: bool,
    /// Somebody waits who is to be notified, and whether that was done.
    pub enlisted: bool,
    pub notified: bool,
    /// Of a barrier: who has arrived, and whether it is broken.
    pub arrived: usize,
    pub broken: bool,
    pub cancelled: bool,
    /// What an observer was told.
    pub seen: Vec<&'static str>,
}

/// A step changes the world, or says that it cannot be taken yet. It is told whether its time is up.
type Act = fn(&mut World, bool) -> bool;

/// One step of an actor.
#[derive(Clone, Copy)]
pub enum Step {
    /// Lets so many milliseconds pass.
    Sleep(u64),
    /// At once.
    Do(Act),
    /// As soon as it can be taken, at the latest after so many milliseconds; without, however long it takes.
    Wait(Act, Option<u64>),
}

#[derive(Clone)]
struct Run {
    time: Time,
    now: u64,
    world: World,
    /// What each actor has still to do, the next step last, and by when.
    actors: Vec<(Vec<Step>, Option<u64>)>,
}

/// What an observer can see in the end, of all orders of the actors' steps.
pub fn outcomes(time: Time, actors: &[&[Step]]) -> BTreeSet<String> {
    let reversed = |steps: &&[Step]| (steps.iter().rev().copied().collect(), None);
    let actors = actors.iter().map(reversed).collect();
    let mut run = Run { time, now: 0, world: World::default(), actors };
    (0..run.actors.len()).for_each(|actor| run.arrive(actor));
    let mut found = BTreeSet::new();
    run.explore(&mut found);
    found
}

impl Run {
    /// The actor comes to its next step: from here on its time counts.
    fn arrive(&mut self, actor: usize) {
        let (steps, deadline) = &mut self.actors[actor];
        *deadline = match steps.last() {
            Some(Step::Sleep(ms)) => Some(self.now + ms),
            Some(Step::Wait(_, timeout)) => timeout.map(|ms| self.now + ms),
            _ => None,
        };
    }

    fn explore(&self, found: &mut BTreeSet<String>) {
        let mut stuck = true;
        for actor in 0..self.actors.len() {
            let mut next = self.clone();
            if next.step(actor) {
                stuck = false;
                next.explore(found);
            }
        }
        if !stuck {
            return;
        }
        let deadlines = self.actors.iter().filter_map(|(_, deadline)| *deadline);
        match deadlines.filter(|d| *d > self.now).min() {
            // Nobody can do anything now: so time passes.
            Some(deadline) if self.time == Time::Virtual => {
                let mut next = self.clone();
                next.now = deadline;
                next.explore(found);
            }
            _ => {
                assert!(self.actors.iter().all(|(steps, _)| steps.is_empty()), "somebody waits forever");
                found.insert(self.world.seen.join(" "));
            }
        }
    }

    fn step(&mut self, actor: usize) -> bool {
        let (steps, deadline) = &self.actors[actor];
        // Nothing is known of when a time is up, or only that it is not before.
        let is_up = deadline.is_some_and(|d| self.time == Time::Adversarial || d <= self.now);
        let taken = match steps.last() {
            None => false,
            Some(Step::Sleep(_)) => is_up,
            Some(Step::Do(act)) => act(&mut self.world, false),
            Some(Step::Wait(act, _)) => act(&mut self.world, is_up),
        };
        if taken {
            self.actors[actor].0.pop();
            self.arrive(actor);
        }
        taken
    }
}
