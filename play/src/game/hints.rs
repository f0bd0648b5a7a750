//! What the checker would do: its hint, and its shortest schedule step by step.

use std::collections::{HashSet, VecDeque};
use std::rc::Rc;

use selvedge::Schedule;
use selvedge::stepping::{Ahead, Position};

use super::offers::{self, Row, Taken};
use super::{Game, How, Offers};

/// So many positions a hint looks at.
const POSITIONS: usize = 1_500;

/// How many steps two schedules have in common at their beginning.
fn common(one: &Schedule, other: &Schedule) -> usize {
    (0..one.steps().min(other.steps())).take_while(|at| one.step(*at) == other.step(*at)).count()
}

/// What was found of the ways that go on from a position.
enum Search {
    Breaks(Schedule),
    /// None of them breaks the model.
    Holds,
    /// They are too many.
    TooMany,
}

impl Game {
    /// Says who should go next.
    pub(super) fn hint(&mut self) {
        if let Some(ending) = self.ending() {
            let failed = matches!(ending.how, How::Failed { .. });
            self.say(if failed { "You have broken it." } else { "It has ended. Take a step back with u." });
            return;
        }
        if self.holds() {
            self.say("No schedule breaks it: the checker has explored every execution.");
            return;
        }
        self.helped += 1;
        let path = self.position().path().clone();
        let on_way = |route: &&Schedule| common(route, &path) == path.steps() && route.steps() > path.steps();
        if let Some(route) = self.routes.iter().find(on_way).cloned() {
            return self.advise(&route, path.steps());
        }
        match self.search() {
            Search::Breaks(route) => {
                self.advise(&route, path.steps());
                self.routes.push(route);
            }
            Search::Holds => {
                let message = "No way on from here breaks it: all were tried. Take steps back with u";
                self.say(match self.routes.first() {
                    Some(route) => format!("{message}: {}.", self.parting(&path, route)),
                    None => format!("{message}."),
                });
            }
            Search::TooMany => {
                self.say(match self.routes.first() {
                    Some(route) => {
                        format!("Too much can happen from here to try it all. {}.", self.parting(&path, route))
                    }
                    None => "Too much can happen from here to try it all, and the checker knows no way that breaks it."
                        .to_owned(),
                });
            }
        }
    }

    /// Where the checker's shortest schedule goes another way.
    fn parting(&self, path: &Schedule, route: &Schedule) -> String {
        let same = common(path, route);
        let steps = self.taken.iter().take_while(|taken| taken.after.path().steps() <= same).count();
        let thread = route.step(same).map_or(0, |(thread, _)| thread);
        let name = self.name(thread);
        match steps {
            0 => format!("at the beginning the checker lets {name} go on"),
            _ => format!("after your step {steps} the checker lets {name} go on"),
        }
    }

    fn advise(&mut self, route: &Schedule, at: usize) {
        let Some((thread, choice)) = route.step(at) else { return };
        let name = self.name(thread);
        let is_it = |offer: &super::Offer| {
            (offer.thread, offer.choice, offer.ends) == (thread, choice, false) && offer.take.is_some()
        };
        let Some(chosen) = self.offers().iter().position(is_it) else {
            return self.say(format!(
                "Let {name} go on. Press s: the checker does it in a way that is not offered."
            ));
        };
        self.chosen = chosen;
        let which = if choice > 0 { ", in the way that is chosen now" } else { "" };
        let is_larger = !self.small
            && self.offers()[chosen].take.as_ref().is_some_and(|taken| {
                common(taken.after.path(), route) < taken.after.path().steps().min(route.steps())
            });
        let small = if is_larger {
            " Another thread comes in the middle of this step: press i for small steps first."
        } else {
            ""
        };
        self.say(format!("Let {name} go on{which}.{small}"));
    }

    fn name(&self, thread: usize) -> String {
        self.position()
            .threads()
            .get(thread)
            .map_or_else(|| format!("thread {}", thread + 1), |t| t.name.clone())
    }

    /// Looks for the way on from here that breaks the model with the fewest switches.
    fn search(&self) -> Search {
        let stepper = &self.program.stepper;
        let mut seen = HashSet::new();
        let mut open: VecDeque<(Position, Option<usize>)> = VecDeque::new();
        let last = self.taken.last().map(|taken| taken.thread);
        open.push_back((self.position().clone(), last));
        let mut looked = 0;
        while let Some((position, last)) = open.pop_front() {
            if !seen.insert((position.digest(), last)) {
                continue;
            }
            let Ok(mut moves) = stepper.moves(&position) else { return Search::TooMany };
            moves.retain(|step| !step.is_out_of_order);
            looked += moves.len();
            if looked > POSITIONS {
                return Search::TooMany;
            }
            if moves.is_empty() && matches!(self.ending_at(&position).how, How::Failed { .. }) {
                return Search::Breaks(position.path().clone());
            }
            for next in moves {
                match next.after.ahead() {
                    Ahead::Failed(_) => return Search::Breaks(next.after.path().clone()),
                    Ahead::Open if Some(next.thread) == last || last.is_none() => {
                        open.push_front((next.after, Some(next.thread)))
                    }
                    Ahead::Open => open.push_back((next.after, Some(next.thread))),
                    Ahead::Dropped => {}
                    _ => return Search::TooMany,
                }
            }
        }
        Search::Holds
    }

    /// Takes the next step of the checker's shortest schedule. Steps that are not of it are taken back first.
    pub(super) fn show(&mut self) {
        let Some(route) = self.routes.first().cloned() else {
            self.say(match self.holds() {
                true => "There is nothing to show: no schedule breaks it.",
                false => "There is nothing to show: the checker knows no schedule that breaks it.",
            });
            return;
        };
        let goes_back = |game: &Game| {
            let path = game.position().path();
            common(path, &route) < path.steps()
        };
        let mut back = 0;
        while goes_back(self) && self.taken.pop().is_some() {
            back += 1;
        }
        self.undone.clear();
        if self.position().path().steps() >= route.steps() {
            self.say("This is the end of the checker's schedule.");
            return self.choose();
        }
        match self.next_of(&route) {
            Some(taken) => {
                self.helped += 1;
                self.done(taken);
                let more = self.ending().is_none();
                let back =
                    if back > 0 { "Your steps that the checker does not take were taken back. " } else { "" };
                let name = self.taken.last().map(|taken| self.name(taken.thread)).unwrap_or_default();
                self.say(format!(
                    "{back}The checker let {name} go on.{}",
                    if more { " Press s for its next step." } else { "" }
                ));
            }
            None => {
                self.say("The checker's schedule cannot be shown step by step.");
                self.choose();
            }
        }
    }

    /// The next step of a schedule: up to where its thread has done an operation, or another goes on.
    fn next_of(&self, route: &Schedule) -> Option<Taken> {
        let before = self.position();
        let mut at = before.path().steps();
        let (thread, _) = route.step(at)?;
        let mut after = None;
        while route.step(at).is_some_and(|(next, _)| next == thread) {
            at += 1;
            let next = self.program.stepper.part_way(route, at).ok()?;
            let stops = self.small
                || *next.ahead() != Ahead::Open
                || offers::tells(before, &next, thread, self.accesses_alone);
            after = Some(next);
            if stops {
                break;
            }
        }
        let after = after?;
        let place = before.threads().get(thread)?.place;
        let bare = Row { thread, text: "goes on".to_owned(), place };
        let rows = offers::rows(&self.program, before, &after, bare, self.small || self.accesses_alone);
        Some(Taken { thread, rows, after: Rc::new(after), next: Rc::new(Offers::default()), is_end: false })
    }
}
