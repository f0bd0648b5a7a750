//! How an execution ended.

use selvedge::report::Story;
use selvedge::stepping::{Ahead, Position};
use selvedge::{FailureKind, Verdict};

use super::Game;

/// How an execution ended, and what replays it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ending {
    /// How.
    pub how: How,
    /// What replays it.
    pub schedule: String,
    /// How often another thread went on than the one before.
    pub switches: usize,
}

/// How an execution ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum How {
    /// It failed.
    Failed {
        /// Of which kind the failure is.
        kind: FailureKind,
        /// What went wrong.
        sentence: String,
        /// From cause to failure.
        because: Vec<String>,
    },
    /// It did what it should; what an observer saw.
    Passed {
        /// Empty where the program reports nothing.
        outcome: String,
    },
    /// The checker does not count it; why.
    Dropped(String),
}

impl Ending {
    /// The program has ended, and daemons are cut off. Its replay would let them go on: what they do then nobody sees.
    pub(super) fn cut_off(position: &Position) -> Self {
        let how = How::Passed { outcome: position.outcome().to_owned() };
        Ending { how, schedule: position.path().to_string(), switches: position.path().switches() }
    }
}

impl Game {
    /// How the execution at `position` ends, where nothing is left to choose: what its replay says.
    pub(super) fn ending_at(&self, position: &Position) -> Ending {
        let report = self.program.stepper.end(position.path());
        let how = match (report.verdict(), position.ahead()) {
            (_, Ahead::Limit(why)) => How::Dropped(format!("The checker goes no further: {why}.")),
            (Verdict::Failed(failure), _) => {
                let story = report.counterexample().map(|found| Story::of(found, &self.program.sources));
                let (sentence, because) =
                    story.map_or_else(|| (failure.message.clone(), Vec::new()), |s| (s.sentence, s.because));
                let because = because.iter().map(|text| unnumbered(text)).collect();
                How::Failed { kind: failure.kind, sentence: unnumbered(&sentence), because }
            }
            _ if report.executions() == 1 => {
                How::Passed { outcome: report.outcomes().keys().next().cloned().unwrap_or_default() }
            }
            (_, Ahead::Dropped) => {
                How::Dropped("The program says that this execution does not count (`assume`).".to_owned())
            }
            _ => How::Dropped(
                "The checker does not count this execution: a thread waits in a loop for what it has missed, and would look \
                 again. Take a step back, and let it look later."
                    .to_owned(),
            ),
        };
        let schedule = position.path().to_string();
        Ending { how, schedule, switches: position.path().switches() }
    }
}

/// A sentence of a report without the numbers of steps, which are counted there in another way.
fn unnumbered(text: &str) -> String {
    let mut text = text.to_owned();
    for word in [" at step ", " since step "] {
        while let Some(at) = text.find(word) {
            let digits = text[at + word.len()..].bytes().take_while(u8::is_ascii_digit).count();
            text.replace_range(at..at + word.len() + digits, "");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reports_numbers_are_left_out() {
        let told =
            "Ann waits for b (m.rs:45), which Bob holds since step 12 (m.rs:50), and reads x at step 3";
        assert_eq!(unnumbered(told), "Ann waits for b (m.rs:45), which Bob holds (m.rs:50), and reads x");
    }
}
