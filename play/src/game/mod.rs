//! The state of a game: what was done, what can be done, and how it ended.

mod ending;
mod hints;
mod offers;

use std::rc::Rc;

use selvedge::Schedule;
use selvedge::stepping::{Ahead, NoWay, Position};

use crate::program::{Known, Program};
pub use ending::{Ending, How};
pub use offers::{Offer, Offers, Row, Taken};

/// What the reader asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wish {
    /// Chooses the offer before.
    Up,
    /// Chooses the offer after.
    Down,
    /// Takes the chosen offer.
    Take,
    /// The thread with this number goes on, counted from 1.
    Thread(usize),
    /// The chosen thread goes on until it waits, ends, or has a choice.
    GoOn,
    /// Takes back a step.
    Undo,
    /// Takes the step that was taken back again.
    Redo,
    /// Who should go next?
    Hint,
    /// Takes the next step of the checker's shortest schedule.
    Show,
    /// Begins anew.
    Restart,
    /// Changes how long a step is.
    Small,
    /// Looks at earlier rows.
    Back,
    /// Looks at later rows.
    Forth,
    /// Shows or hides the help.
    Help,
    /// Nothing more.
    Quit,
}

/// A game.
#[derive(Debug)]
pub struct Game {
    program: Program,
    begin: Rc<Position>,
    first: Rc<Offers>,
    taken: Vec<Taken>,
    undone: Vec<Taken>,
    chosen: usize,
    /// Whether each event is a step of its own.
    small: bool,
    /// Whether the model has no operations but accesses, so that these are told.
    accesses_alone: bool,
    message: Option<String>,
    /// Schedules that break the model, of which the first is the checker's shortest.
    routes: Vec<Schedule>,
    /// How many steps the checker took, and how many hints it gave.
    pub(crate) helped: usize,
    pub(crate) scrolled: usize,
    pub(crate) help: bool,
    over: bool,
}

impl Game {
    /// A game at its beginning.
    pub fn new(program: Program) -> Self {
        let begin = program.stepper.begin();
        let accesses_alone = offers::tells_accesses_alone(&program, begin.path());
        let routes = program.known.shortest().cloned().into_iter().collect();
        let mut game = Game {
            program,
            begin: Rc::new(begin),
            first: Rc::default(),
            taken: Vec::new(),
            undone: Vec::new(),
            chosen: 0,
            small: false,
            accesses_alone,
            message: None,
            routes,
            helped: 0,
            scrolled: 0,
            help: false,
            over: false,
        };
        game.first = Rc::new(game.offers_at(&game.begin.clone()));
        game.choose();
        game.greet();
        game
    }

    /// What there is to do.
    fn greet(&mut self) {
        self.say(match &self.program.known {
            Known::Breaks { schedule, .. } => {
                let theirs = schedule.switches();
                format!("Break it in as few switches as you can (the checker: {theirs}). ? explains the keys.")
            }
            Known::Holds { executions } => format!(
                "No schedule breaks it: the checker has explored every execution, {executions} of them. Try all the same."
            ),
            Known::Open(_) => {
                "Try to break it. The checker has not explored every execution, and knows no schedule that does."
                    .to_owned()
            }
        });
    }

    /// What is played.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Where the model stands.
    pub fn position(&self) -> &Position {
        self.taken.last().map_or(&*self.begin, |taken| &taken.after)
    }

    /// What was done.
    pub fn taken(&self) -> &[Taken] {
        &self.taken
    }

    /// What can be done, and who waits.
    pub fn offers(&self) -> &[Offer] {
        &self.all().offers
    }

    /// How it ended, if it has.
    pub fn ending(&self) -> Option<&Ending> {
        self.all().ending.as_ref()
    }

    /// The offer that is chosen, a number among [`Game::offers`].
    pub fn chosen(&self) -> usize {
        self.chosen
    }

    /// What was said last.
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }

    /// Whether each event is a step of its own.
    pub fn takes_small_steps(&self) -> bool {
        self.small
    }

    /// Whether the program has no operations but accesses of memory and objects, so that these are told.
    pub fn tells_accesses_alone(&self) -> bool {
        self.accesses_alone
    }

    /// Whether there is nothing more to show.
    pub fn is_over(&self) -> bool {
        self.over
    }

    /// How often another thread went on than the one before.
    pub fn switches(&self) -> usize {
        self.position().path().switches()
    }

    fn all(&self) -> &Offers {
        self.taken.last().map_or(&self.first, |taken| &taken.next)
    }

    /// Does what the reader asks for.
    pub fn grant(&mut self, wish: Wish) {
        if self.help {
            self.help = false;
            self.over = wish == Wish::Quit;
            return;
        }
        if !matches!(wish, Wish::Back | Wish::Forth) {
            self.message = None;
            self.scrolled = 0;
        }
        match wish {
            Wish::Up => self.chosen = self.chosen.saturating_sub(1),
            Wish::Down => self.chosen = (self.chosen + 1).min(self.offers().len().saturating_sub(1)),
            Wish::Take => self.take(self.chosen),
            Wish::Thread(number) => self.take_thread(number),
            Wish::GoOn => self.goes_on(),
            Wish::Undo => self.undo(),
            Wish::Redo => self.redo(),
            Wish::Hint => self.hint(),
            Wish::Show => self.show(),
            Wish::Restart => self.restart(),
            Wish::Small => {
                self.small = !self.small;
                self.offer_again();
                let length = if self.small { "each event" } else { "an operation" };
                self.say(format!("A step is now {length} of a thread."));
            }
            Wish::Back => self.scrolled += 1,
            Wish::Forth => self.scrolled = self.scrolled.saturating_sub(1),
            Wish::Help => self.help = true,
            Wish::Quit => self.over = true,
        }
    }

    fn say(&mut self, message: impl Into<String>) {
        self.message = Some(message.into());
    }

    fn take(&mut self, chosen: usize) {
        let Some(offer) = self.offers().get(chosen) else { return };
        let (what, thread) = (offer.what.clone(), offer.thread);
        match offer.take.clone() {
            Some(taken) => self.done(taken),
            None => {
                let name = self.position().threads()[thread].name.clone();
                self.say(format!("{name} cannot go on: it {what}."));
            }
        }
    }

    fn take_thread(&mut self, number: usize) {
        let thread = number.wrapping_sub(1);
        let all: Vec<usize> = (0..self.offers().len())
            .filter(|at| self.offers()[*at].thread == thread && !self.offers()[*at].ends)
            .collect();
        let can = all.iter().filter(|at| self.offers()[**at].take.is_some()).count();
        match (all.first(), can) {
            (None, _) => self.say(match self.position().threads().get(thread) {
                Some(thread) => format!("{} has ended.", thread.name),
                None => format!("There is no thread {number} here."),
            }),
            (Some(first), 2..) => {
                self.chosen = *first;
                self.say("This step can go in several ways: choose one with the arrows, and press Enter.");
            }
            (Some(first), _) => {
                self.chosen = *first;
                self.take(*first);
            }
        }
    }

    /// Lets the chosen thread go on as far as there is one way.
    fn goes_on(&mut self) {
        let Some(thread) = self.offers().get(self.chosen).map(|offer| offer.thread) else { return };
        self.take(self.chosen);
        for _ in 0..GOES_ON {
            let mut can = self.offers().iter().filter(|o| o.thread == thread && !o.ends && o.take.is_some());
            let (Some(next), None) = (can.next(), can.next()) else { break };
            let Some(taken) = next.take.clone() else { break };
            self.done(taken);
        }
    }

    /// A step is done.
    fn done(&mut self, mut taken: Taken) {
        taken.next = Rc::new(match taken.is_end {
            true => Offers { ending: Some(Ending::cut_off(&taken.after)), ..Offers::default() },
            false => self.offers_at(&taken.after),
        });
        self.undone.clear();
        self.taken.push(taken);
        self.choose();
        self.look_anew();
    }

    /// The checker has found out that more is a step than was known.
    fn look_anew(&mut self) {
        let Some(anew) = self.all().anew.clone() else { return };
        if let Ok(begin) = self.program.stepper.along(&anew) {
            self.begin = Rc::new(begin);
            self.taken.clear();
            self.undone.clear();
            self.first = Rc::new(self.offers_at(&self.begin.clone()));
            self.choose();
            self.say("The checker has found out that drops of `Arc`s matter here. They are steps now: please begin anew.");
        }
    }

    fn undo(&mut self) {
        match self.taken.pop() {
            Some(last) => self.undone.push(last),
            None => self.say("This is the beginning."),
        }
        self.choose();
    }

    fn redo(&mut self) {
        match self.undone.pop() {
            Some(next) => self.taken.push(next),
            None => self.say("Nothing was taken back."),
        }
        self.choose();
    }

    fn restart(&mut self) {
        self.taken.clear();
        self.undone.clear();
        self.helped = 0;
        self.choose();
        self.greet();
    }

    /// The offers are made anew, with steps of another length.
    fn offer_again(&mut self) {
        if self.ending().is_some() {
            return;
        }
        let next = Rc::new(self.offers_at(&self.position().clone()));
        match self.taken.last_mut() {
            Some(last) => last.next = next,
            None => self.first = next,
        }
        self.choose();
    }

    /// The thread that went last is chosen first, if it can go on.
    fn choose(&mut self) {
        let last = self.taken.last().map(|taken| taken.thread);
        let can = |at: &usize| self.offers()[*at].take.is_some();
        let all = 0..self.offers().len();
        let same = all.clone().filter(can).find(|at| Some(self.offers()[*at].thread) == last);
        self.chosen = same.or_else(|| all.clone().find(can)).unwrap_or(0);
    }

    fn offers_at(&self, position: &Position) -> Offers {
        let mut found = Offers::default();
        if *position.ahead() == Ahead::Open {
            match offers::all(&self.program, position, self.small, self.accesses_alone) {
                Ok(offers) => found.offers = offers,
                Err(NoWay::BeginAnew(anew)) => found.anew = Some(anew),
                Err(_) => {}
            }
        }
        if found.anew.is_none() && !found.offers.iter().any(|offer| offer.take.is_some()) {
            found.ending = Some(self.ending_at(position));
        }
        found
    }

    /// Whether the checker knows that nothing breaks the model.
    pub(crate) fn holds(&self) -> bool {
        matches!(self.program.known, Known::Holds { .. })
    }
}

/// So many steps a thread goes on at once.
const GOES_ON: usize = 500;
