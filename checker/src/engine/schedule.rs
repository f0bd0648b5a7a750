//! A schedule: who goes on at each step of an execution, and what is chosen where there is a choice, as a short string.
//!
//! A step is an event of a thread; an update is one with both its halves, a call on an object is one with its being served.
//! Each step has a letter for what it does, so that a model that has changed is noticed where it does something else.
//! Places are not part of it: a line that moves leaves a schedule as it is.

use std::fmt;
use std::str::FromStr;

use super::Counted;

/// The format. What choices there are in which order is the engine's, so this changes with either.
const VERSION: char = '1';

/// The most steps that a string may stand for.
const MOST: usize = 1_000_000;

/// The longest part that is looked for again right after itself.
const PERIOD: usize = 64;

/// What the lower-case letters stand for. What has no letter here gets an upper-case one made of its name.
const WORDS: [(char, &str); 26] = [
    ('a', "notify_all"),
    ('b', "notify_one"),
    ('c', "choose"),
    ('d', "drop"),
    ('e', "send"),
    ('f', "fence"),
    ('g', "read"),
    ('h', "hint"),
    ('i', "write"),
    ('j', "join"),
    ('k', "woken"),
    ('l', "lock"),
    ('m', "wait"),
    ('n', "unlock"),
    ('o', "outcome"),
    ('p', "park"),
    ('q', "recv"),
    ('r', "load"),
    ('s', "spawn"),
    ('t', "try_lock"),
    ('u', "update"),
    ('v', "unpark"),
    ('w', "store"),
    ('x', "release"),
    ('y', "acquire"),
    ('z', "call_once"),
];

/// What a step does, as one letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Letter(u8);

impl Letter {
    /// No event: the thread runs to where it waits, fails or ends.
    pub(crate) const RUNS: Letter = Letter(b'Z');
    /// Whatever comes; no schedule is written with it.
    pub(crate) const ANY: Letter = Letter(b'?');

    pub(crate) fn of(word: &str) -> Self {
        let known = WORDS.iter().find(|(_, w)| *w == word).map(|(letter, _)| *letter as u8);
        let sum = || word.bytes().fold(0u32, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte.into()));
        Letter(known.unwrap_or_else(|| b'A' + (sum() % 25) as u8))
    }

    /// What it stands for, where that is known.
    pub(crate) fn word(self) -> Option<&'static str> {
        WORDS.iter().find(|(letter, _)| *letter as u8 == self.0).map(|(_, word)| *word)
    }
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Step {
    /// The thread, by its number in the order in which the schedule begins them; the model's first is 0.
    pub(crate) thread: u32,
    pub(crate) letter: Letter,
    /// 0: what the engine takes first, such as the latest write; n: the nth of what it would try after that.
    pub(crate) choice: u32,
}

/// Replays one execution: see [`Checker::replay`](crate::Checker::replay).
///
/// It is printed as a string that needs no quoting in a shell, and parsed from it. It stays valid while the model's threads do
/// the same operations in the same order of program; lines and values may change.
///
/// ```
/// let schedule: selvedge::Schedule = "1.0ss.1r.2rw.1w".parse().unwrap();
/// assert_eq!(schedule.to_string(), "1.0ss.1r.2rw.1w");
/// assert_eq!((schedule.steps(), schedule.switches()), (6, 3));
/// assert!("hearsay".parse::<selvedge::Schedule>().is_err());
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Schedule {
    /// Which drops of `Arc`s are steps.
    pub(crate) counted: Counted,
    pub(crate) steps: Vec<Step>,
}

impl Schedule {
    /// How many steps it has.
    pub fn steps(&self) -> usize {
        self.steps.len()
    }

    /// Its first `steps` steps.
    pub fn first(&self, steps: usize) -> Schedule {
        let steps = self.steps.iter().take(steps).copied().collect();
        Schedule { counted: self.counted.clone(), steps }
    }

    /// The number of the thread that does a step, and which alternative it takes; `None` after the last.
    pub fn step(&self, at: usize) -> Option<(usize, u32)> {
        self.steps.get(at).map(|step| (step.thread as usize, step.choice))
    }

    /// How often another thread goes on than the one before.
    pub fn switches(&self) -> usize {
        self.steps.windows(2).filter(|pair| pair[0].thread != pair[1].thread).count()
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{VERSION}{}", self.counted)?;
        let mut thread = None;
        let mut at = 0;
        while at < self.steps.len() {
            if let Some((period, times)) = repetition(&self.steps, at) {
                write!(f, ".={period}x{times}")?;
                thread = None;
                at += period * times;
                continue;
            }
            let step = &self.steps[at];
            if thread != Some(step.thread) {
                write!(f, ".{}", step.thread)?;
                thread = Some(step.thread);
            }
            write!(f, "{}", step.letter.0 as char)?;
            if step.choice > 0 {
                write!(f, "-{}", step.choice)?;
            }
            at += 1;
        }
        Ok(())
    }
}

/// How many steps before `at` come again there, and how often, where saying so is shorter.
fn repetition(steps: &[Step], at: usize) -> Option<(usize, usize)> {
    (1..=PERIOD.min(at)).find_map(|period| {
        let again = (at..steps.len()).take_while(|i| steps[*i] == steps[*i - period]).count();
        let times = again / period;
        (times > 0 && times * period >= 12).then_some((period, times))
    })
}

/// Why a string is no schedule.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidSchedule {
    /// It is of another format, or none.
    Version,
    /// It cannot be read from this character on, counted from 1.
    Syntax(usize),
    /// It stands for more than a million steps.
    TooLong,
}

impl fmt::Display for InvalidSchedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InvalidSchedule::Version => {
                write!(f, "not a schedule of this version, which begins with {VERSION}")
            }
            InvalidSchedule::Syntax(at) => write!(f, "not a schedule: it cannot be read at character {at}"),
            InvalidSchedule::TooLong => write!(f, "not a schedule: it has more than {MOST} steps"),
        }
    }
}

impl std::error::Error for InvalidSchedule {}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(s: &str) -> Result<Self, Self::Err> {
        let mut schedule = Schedule::default();
        let all = s.strip_prefix(VERSION).ok_or(InvalidSchedule::Version)?;
        let rest;
        (schedule.counted, rest) = Counted::read(all);
        let mut text = Text { all: s, rest };
        while !text.rest.is_empty() {
            text.expect('.')?;
            if text.takes('=') {
                let period = text.number()? as usize;
                text.expect('x')?;
                let times = text.number()? as usize;
                let from = schedule.steps.len().checked_sub(period).filter(|_| period > 0);
                let from = from.ok_or_else(|| text.error())?;
                if times.saturating_mul(period) > MOST {
                    return Err(InvalidSchedule::TooLong);
                }
                for i in 0..times * period {
                    schedule.steps.push(schedule.steps[from + i]);
                }
            } else {
                let thread = text.number()?;
                while let Some(letter) = text.letter() {
                    let choice = if text.takes('-') { text.number()? } else { 0 };
                    schedule.steps.push(Step { thread, letter, choice });
                }
            }
            if schedule.steps.len() > MOST {
                return Err(InvalidSchedule::TooLong);
            }
        }
        Ok(schedule)
    }
}

/// What is left of a string.
struct Text<'a> {
    all: &'a str,
    rest: &'a str,
}

impl Text<'_> {
    fn error(&self) -> InvalidSchedule {
        InvalidSchedule::Syntax(self.all.len() - self.rest.len() + 1)
    }

    fn takes(&mut self, c: char) -> bool {
        let rest = self.rest.strip_prefix(c);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    fn expect(&mut self, c: char) -> Result<(), InvalidSchedule> {
        if self.takes(c) { Ok(()) } else { Err(self.error()) }
    }

    fn number(&mut self) -> Result<u32, InvalidSchedule> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let number = self.rest[..digits].parse().map_err(|_| self.error())?;
        self.rest = &self.rest[digits..];
        Ok(number)
    }

    fn letter(&mut self) -> Option<Letter> {
        let first = self.rest.bytes().next().filter(u8::is_ascii_alphabetic)?;
        self.rest = &self.rest[1..];
        Some(Letter(first))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(s: &str) -> Result<Schedule, InvalidSchedule> {
        s.parse()
    }

    #[test]
    fn a_loop_is_written_once() {
        let rounds = "1.0s".to_owned() + &".1rh.0rh".repeat(200);
        let schedule = parse(&rounds).unwrap();
        assert_eq!(schedule.steps(), 801);
        assert_eq!(schedule.to_string(), "1.0s.1rh.0rh.=4x199");
        assert_eq!(parse(&schedule.to_string()).unwrap(), schedule);
    }

    #[test]
    fn choices_are_kept() {
        let text = "1d.0ssr-2w.12Ac-10.0j";
        assert_eq!(parse(text).unwrap().to_string(), text);
        assert!(parse(text).unwrap().counted.every);
    }

    #[test]
    fn what_cannot_be_read_is_refused_where_it_is() {
        assert_eq!(parse(""), Err(InvalidSchedule::Version));
        assert_eq!(parse("2.0s"), Err(InvalidSchedule::Version));
        assert_eq!(parse("1.0s,1r"), Err(InvalidSchedule::Syntax(5)));
        assert_eq!(parse("1.s"), Err(InvalidSchedule::Syntax(3)));
        assert_eq!(parse("1.0r-"), Err(InvalidSchedule::Syntax(6)));
        assert_eq!(parse("1.=1x5"), Err(InvalidSchedule::Syntax(7)));
        assert_eq!(parse("1.0r.=1x4000000000"), Err(InvalidSchedule::TooLong));
        assert_eq!(parse("1.0é"), Err(InvalidSchedule::Syntax(4)));
    }

    #[test]
    fn no_two_words_share_a_letter() {
        for (i, (letter, word)) in WORDS.iter().enumerate() {
            assert_eq!(Letter::of(word).word(), Some(*word));
            assert!(WORDS[i + 1..].iter().all(|(other, again)| other != letter && again != word));
        }
        assert_eq!(Letter::of("something else").word(), None);
    }
}
