//! What can be done at a position.

use std::rc::Rc;

use selvedge::Schedule;
use selvedge::stepping::{Ahead, Move, NoWay, Position, Standing};
use selvedge::trace::{Place, Step};

use super::Ending;
use crate::program::Program;

/// What can be done at a position, or how it ended.
#[derive(Clone, Debug, Default)]
pub struct Offers {
    /// For each thread that has not ended what it can do, or that it waits.
    pub offers: Vec<Offer>,
    /// Set where nothing can be done.
    pub ending: Option<Ending>,
    /// Set where all paths begin anew.
    pub(super) anew: Option<Schedule>,
}

/// What a thread can do next.
#[derive(Clone, Debug)]
pub struct Offer {
    /// The thread's number.
    pub thread: usize,
    /// Which of the ways that its step can go in.
    pub choice: u32,
    /// What it would do, or why it cannot go on.
    pub what: String,
    /// What is particular about it; empty where nothing is.
    pub remark: String,
    /// Where it stands in the source.
    pub place: Option<Place>,
    /// What is done if it is chosen; `None` where the thread waits.
    pub take: Option<Taken>,
    /// Whether it is the end of the program, in which daemons are cut off.
    pub ends: bool,
}

/// A step that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    /// Who took it.
    pub thread: usize,
    /// What was done.
    pub rows: Vec<Row>,
    /// Where the model stands then.
    pub after: Rc<Position>,
    /// What can be done then.
    pub(super) next: Rc<Offers>,
    /// Whether it is the end of the program, in which daemons are cut off.
    pub is_end: bool,
}

/// A line of what was done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Who did it.
    pub thread: usize,
    /// What.
    pub text: String,
    /// Where.
    pub place: Option<Place>,
}

/// A thread takes at most so many events for one step.
const EVENTS: usize = 200;

/// What can be done at a position, thread by thread.
pub(super) fn all(
    program: &Program,
    position: &Position,
    small: bool,
    accesses_alone: bool,
) -> Result<Vec<Offer>, NoWay> {
    let mut offers = Vec::new();
    for (number, thread) in position.threads().iter().enumerate() {
        if thread.standing == Standing::Ended {
            continue;
        }
        let moves = moves_of(program, position, number)?;
        if moves.is_empty() {
            let what = waits(program, position, number);
            let place = thread.place;
            offers.push(Offer {
                thread: number,
                choice: 0,
                what,
                remark: String::new(),
                place,
                take: None,
                ends: false,
            });
        }
        for step in moves {
            offers.push(offer(program, position, step, small, accesses_alone)?);
        }
    }
    // Whoever is left then is a daemon.
    if position.has_ended() && offers.iter().any(|offer| offer.take.is_some()) {
        let thread = offers[0].thread;
        let rows = Vec::new();
        let after = Rc::new(position.clone());
        let take = Taken { thread: 0, rows, after, next: Rc::default(), is_end: true };
        offers.push(Offer {
            thread,
            choice: 0,
            what: "the program ends, and daemons are cut off".to_owned(),
            remark: String::new(),
            place: None,
            take: Some(take),
            ends: true,
        });
    }
    Ok(offers)
}

/// What a thread can do. What is an order of SeqCst accesses only if somebody had gone earlier is not offered: let them go earlier.
fn moves_of(program: &Program, position: &Position, thread: usize) -> Result<Vec<Move>, NoWay> {
    let mut moves = program.stepper.moves_of(position, thread)?;
    moves.retain(|step| !step.is_out_of_order);
    Ok(moves)
}

fn offer(
    program: &Program,
    before: &Position,
    step: Move,
    small: bool,
    accesses_alone: bool,
) -> Result<Offer, NoWay> {
    let Move { thread, choice, word, remark, after, .. } = step;
    let (mut after, mut last) = (after, word);
    let stands = |after: &Position| {
        *after.ahead() != Ahead::Open || after.threads()[thread].standing != Standing::Ready
    };
    for _ in 0..EVENTS {
        if small || tells(before, &after, thread, accesses_alone) || stands(&after) {
            break;
        }
        let mut moves = moves_of(program, &after, thread)?;
        let (Some(only), true) = (moves.pop(), moves.is_empty()) else { break };
        (after, last) = (only.after, only.word);
    }
    let place = before.threads()[thread].place;
    let rows = rows(program, before, &after, Row { thread, text: last, place }, small || accesses_alone);
    let own = rows.iter().find(|row| row.thread == thread);
    let what = own.map_or_else(String::new, |row| row.text.replace(" (stale)", ""));
    let remark = if what.ends_with(&remark) { String::new() } else { remark };
    let place = own.and_then(|row| row.place).or(place);
    let take = Taken { thread, rows, after: Rc::new(after), next: Rc::default(), is_end: false };
    Ok(Offer { thread, choice, what, remark, place, take: Some(take), ends: false })
}

/// Whether a thread has told of an operation between two positions.
pub(super) fn tells(before: &Position, after: &Position, thread: usize, accesses_alone: bool) -> bool {
    new_steps(before, after)
        .into_iter()
        .any(|at| after.who(at) == thread && is_told(after, at, accesses_alone))
}

/// The steps that were told after `before`. What one thread told is in its order, whatever others told in between.
fn new_steps(before: &Position, after: &Position) -> Vec<usize> {
    let mut known = vec![0_usize; after.threads().len()];
    (0..before.interleaving().steps().len()).for_each(|at| known[before.who(at)] += 1);
    let is_new = |at: &usize| {
        let left = &mut known[after.who(*at)];
        let is_new = *left == 0;
        *left = left.saturating_sub(1);
        is_new
    };
    (0..after.interleaving().steps().len()).filter(is_new).collect()
}

/// Whether a reader takes a step for an operation.
fn is_told(position: &Position, at: usize, accesses_alone: bool) -> bool {
    let step = &position.interleaving().steps()[at];
    if accesses_alone { !step.place.file.starts_with("/rustc/") } else { !step.inner }
}

/// What was done between two positions. `bare`: what is said where nothing was told.
pub(super) fn rows(
    program: &Program,
    before: &Position,
    after: &Position,
    bare: Row,
    accesses: bool,
) -> Vec<Row> {
    let row = |at: usize| Row {
        thread: after.who(at),
        text: after.interleaving().text(at, &program.sources),
        place: Some(after.interleaving().steps()[at].place),
    };
    let steps = new_steps(before, after);
    let mut rows: Vec<Row> = steps.iter().copied().filter(|at| is_told(after, *at, false)).map(row).collect();
    if accesses || rows.is_empty() {
        rows =
            steps.iter().copied().filter(|at| accesses || after.who(*at) == bare.thread).map(row).collect();
        // Outside of small steps, what an operation is made of is one line.
        if !accesses && rows.len() > 1 {
            rows.drain(..rows.len() - 1);
        }
    }
    if !rows.iter().any(|row| row.thread == bare.thread) {
        rows.insert(0, bare);
    }
    rows
}

/// Whether the model's own steps are accesses alone, by the execution in which nobody chooses.
pub(super) fn tells_accesses_alone(program: &Program, begin: &Schedule) -> bool {
    let report = program.stepper.end(begin);
    let failing = report.counterexample().map(|found| found.interleaving());
    let steps: Option<&[Step]> = failing.or(report.passing()).map(|it| it.steps());
    steps.is_some_and(|steps| steps.iter().all(|step| step.inner))
}

/// What a thread waits for that cannot go on, in which call, and who has it.
fn waits(program: &Program, position: &Position, thread: usize) -> String {
    // `waits for a lock at src/lib.rs:1`: the place is shown by itself.
    let mut what = match &position.threads()[thread].standing {
        Standing::Waits(what) => what.rsplit_once(" at ").map_or(what.as_str(), |(what, _)| what).to_owned(),
        _ => "waits".to_owned(),
    };
    let told = position.interleaving();
    let last = (0..told.steps().len()).rfind(|at| position.who(*at) == thread);
    if let Some(last) = last.filter(|at| told.steps()[*at].blocks) {
        let text = told.text(last, &program.sources);
        what += &format!(" in {}", text.split(" → ").next().unwrap_or_default());
    }
    if what == "waits"
        && let Some(line) = position.threads()[thread].place.and_then(|place| program.sources.line(place))
    {
        what = format!("waits at `{line}`");
    }
    let awaited = position.things().iter().find(|thing| thing.waiting.contains(&thread));
    let holders = awaited.iter().flat_map(|thing| &thing.held).map(|holding| holding.thread);
    let mut holders: Vec<&str> = holders
        .map(|holder| match holder == thread {
            true => "it itself",
            false => position.threads()[holder].name.as_str(),
        })
        .collect();
    holders.dedup();
    if !holders.is_empty() {
        what += &format!("; {} has it", holders.join(", "));
    }
    what
}
