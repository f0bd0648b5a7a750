//! A report for machines: one JSON document, in the form that `docs/report.schema.json` describes.
//!
//! Written by hand, so that this crate, which runs inside of users' tests, needs no library for it. The bytes depend on the
//! report alone, and not on how long the exploration took.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use super::{Counterexample, Interleaving, Sources, Story};
use crate::harness::{Report, Size, Verdict};
use crate::trace::{Place, Step};

/// What the document says that it is.
pub const SCHEMA: &str = "selvedge-report-1";

/// How many source lines are shown before and after one in which something happens.
const AROUND: u32 = 4;

/// Writes `report` as a JSON document, under the name of what was explored.
pub fn json(name: &str, report: &Report, sources: &Sources) -> String {
    let mut out = Json::default();
    out.object(|out| {
        out.field("schema", |out| out.string(SCHEMA));
        out.field("name", |out| out.string(name));
        out.field("engine", |out| out.string(report.engine()));
        out.field("verdict", |out| out.string(report.verdict().word()));
        out.field("complete", |out| out.raw(report.complete()));
        if let Verdict::Incomplete(limit) = report.verdict() {
            out.field("limit", |out| out.string(&limit.to_string()));
        }
        out.field("executions", |out| out.raw(report.executions()));
        out.field("specifications", |out| out.raw(report.is_over_specifications()));
        out.field("failing", |out| out.raw(report.failing()));
        out.field("blocked", |out| out.raw(report.blocked()));
        out.field("outcomes", |out| {
            out.array(report.outcomes(), |out, (outcome, executions)| {
                out.object(|out| {
                    out.field("outcome", |out| out.string(outcome));
                    out.field("executions", |out| out.raw(executions));
                });
            });
        });
        if !report.orderings().is_empty() {
            out.field("orderings", |out| {
                out.array(report.orderings(), |out, (site, ordering)| {
                    out.object(|out| {
                        out.field("place", |out| place(out, site.place));
                        out.field("operation", |out| out.string(site.operation.word()));
                        out.field("ordering", |out| out.string(&format!("{ordering:?}")));
                    });
                });
            });
        }
        if let Some(counterexample) = report.counterexample() {
            out.field("counterexample", |out| finding(out, counterexample, sources));
        }
        if !report.others().is_empty() {
            out.field("others", |out| out.array(report.others(), |out, other| finding(out, other, sources)));
        }
        out.field("samples", |out| {
            out.array(report.samples(), |out, (outcome, schedule)| {
                out.object(|out| {
                    out.field("outcome", |out| out.string(outcome));
                    out.field("schedule", |out| out.string(&schedule.to_string()));
                });
            });
        });
        if report.verdict().is_verified() {
            let Size { threads, events } = report.size();
            out.field("threads", |out| out.raw(threads));
            out.field("events", |out| out.raw(events));
            out.field("unchecked", |out| {
                out.array(report.scope().unchecked(), |out, unchecked| out.string(&unchecked));
            });
        }
    });
    out.text.push('\n');
    out.text
}

fn finding(out: &mut Json, counterexample: &Counterexample, sources: &Sources) {
    let (failure, story) = (counterexample.failure(), Story::of(counterexample, sources));
    out.object(|out| {
        out.field("class", |out| out.string(story.class.name()));
        out.field("sentence", |out| out.string(&story.sentence));
        out.field("because", |out| out.array(&story.because, |out, reason| out.string(reason)));
        out.field("lines", |out| out.array(&story.lines, |out, at| place(out, *at)));
        out.field("kind", |out| out.string(&failure.kind.to_string()));
        out.field("message", |out| out.string(&failure.message));
        if let Some(thread) = &failure.thread {
            out.field("thread", |out| out.string(thread));
        }
        if let Some(at) = failure.place {
            out.field("place", |out| place(out, at));
        }
        if let Some(memory) = counterexample.memory() {
            out.field("memory", |out| out.string(memory.word()));
        }
        if let Some(schedule) = counterexample.schedule() {
            out.field("schedule", |out| out.string(&schedule.to_string()));
        }
        steps(out, counterexample, sources, &story.notes);
        if let Some(passing) = counterexample.passing() {
            out.field("passing", |out| {
                out.object(|out| {
                    out.field("parts_from", |out| out.raw(counterexample.parts_from(passing)));
                    if let Some(schedule) = passing.schedule() {
                        out.field("schedule", |out| out.string(&schedule.to_string()));
                    }
                    steps(out, passing, sources, &BTreeMap::new());
                });
            });
        }
        out.field("sources", |out| {
            out.array(excerpts(counterexample, sources), |out, (file, lines)| {
                out.object(|out| {
                    out.field("file", |out| out.string(file));
                    out.field("lines", |out| {
                        out.array(lines, |out, (number, text)| {
                            out.object(|out| {
                                out.field("number", |out| out.raw(number));
                                out.field("text", |out| out.string(&text));
                            });
                        });
                    });
                });
            });
        });
    });
}

/// The threads of an interleaving, and what they did.
fn steps(out: &mut Json, told: &Interleaving, sources: &Sources, notes: &BTreeMap<usize, String>) {
    out.field("threads", |out| out.array(told.threads(), |out, name| out.string(name)));
    let operations = told.operations();
    // Of what operations are made of, what is done to their own objects: a wait gives a lock back.
    let objects: BTreeSet<_> = operations.iter().filter_map(|i| told.steps()[*i].object).collect();
    let is_told = |(i, step): &(usize, &Step)| {
        let part = step.object.is_some_and(|o| objects.contains(&o));
        operations.binary_search(i).is_ok() || part && !told.is_folded(*i)
    };
    out.field("steps", |out| {
        out.array(told.steps().iter().enumerate().filter(is_told), |out, (i, step)| {
            out.object(|out| {
                let number = operations.binary_search(&i).ok().map(|n| n + 1);
                if let Some(number) = number {
                    out.field("number", |out| out.raw(number));
                }
                out.field("thread", |out| out.raw(step.thread));
                if let Some(object) = step.object {
                    out.field("object", |out| out.raw(object));
                }
                out.field("operation", |out| out.string(step.operation));
                out.field("call", |out| out.string(&told.call(i, sources)));
                out.field("result", |out| out.string(&step.result));
                out.field("effect", |out| out.string(super::effect::Effect::of(step).name()));
                out.field("place", |out| place(out, step.place));
                // A part of an operation may be where what the operation sees was written: that is no news.
                let earlier = |other: &usize| number.is_some_and(|number| *other < number);
                if let Some(write) = told.sees(i).filter(|write| earlier(write) && !step.blocks) {
                    out.field("sees", |out| out.raw(write));
                    if told.sees_unordered(i) {
                        out.field("unordered", |out| out.raw(true));
                    }
                }
                let after: Vec<_> = told.after(i).into_iter().filter(earlier).collect();
                if !after.is_empty() {
                    out.field("after", |out| out.array(after, |out, number| out.raw(number)));
                }
                if number.is_some() && told.preempts(i) {
                    out.field("preempts", |out| out.raw(true));
                }
                let (note, again) = (notes.get(&i).cloned(), told.again(i));
                if let Some(note) = note.or(again) {
                    out.field("note", |out| out.string(&note));
                }
            });
        });
    });
}

fn place(out: &mut Json, place: Place) {
    out.object(|out| {
        out.field("file", |out| out.string(place.file));
        out.field("line", |out| out.raw(place.line));
        out.field("column", |out| out.raw(place.column));
    });
}

/// The source lines in which something happens, and some around them.
fn excerpts<'a>(
    counterexample: &'a Counterexample,
    sources: &Sources,
) -> BTreeMap<&'a str, Vec<(u32, String)>> {
    let mut wanted: BTreeMap<&str, BTreeSet<u32>> = BTreeMap::new();
    let operations = counterexample.operations();
    let steps = operations.iter().map(|i| counterexample.steps()[*i].place);
    let places = steps.chain(counterexample.failure().place);
    for at in places {
        let lines = at.line.saturating_sub(AROUND).max(1)..=at.line + AROUND;
        wanted.entry(at.file).or_default().extend(lines);
    }
    let found = wanted.into_iter().filter_map(|(file, lines)| {
        let text = sources.text(file)?;
        let line = |n: &u32| Some((*n, text.lines().nth(*n as usize - 1)?.to_owned()));
        Some((file, lines.iter().filter_map(line).collect()))
    });
    found.collect()
}

/// A document that is being written.
#[derive(Default)]
struct Json {
    text: String,
    /// Whether the next value follows another in the same object or array.
    follows: bool,
}

impl Json {
    fn object(&mut self, fields: impl FnOnce(&mut Self)) {
        self.text.push('{');
        self.follows = false;
        fields(self);
        self.text.push('}');
        self.follows = true;
    }

    fn field(&mut self, name: &str, value: impl FnOnce(&mut Self)) {
        self.comma();
        self.string(name);
        self.text.push(':');
        self.follows = false;
        value(self);
        self.follows = true;
    }

    fn array<T>(&mut self, items: impl IntoIterator<Item = T>, mut value: impl FnMut(&mut Self, T)) {
        self.text.push('[');
        self.follows = false;
        for item in items {
            self.comma();
            self.follows = false;
            value(self, item);
            self.follows = true;
        }
        self.text.push(']');
        self.follows = true;
    }

    fn comma(&mut self) {
        if self.follows {
            self.text.push(',');
        }
    }

    fn raw(&mut self, value: impl std::fmt::Display) {
        write!(self.text, "{value}").expect("a string takes all");
    }

    /// A string as RFC 8259, section 7, has it.
    fn string(&mut self, value: &str) {
        self.text.push('"');
        for c in value.chars() {
            match c {
                '"' => self.text.push_str("\\\""),
                '\\' => self.text.push_str("\\\\"),
                '\n' => self.text.push_str("\\n"),
                c if c < ' ' => write!(self.text, "\\u{:04x}", c as u32).expect("a string takes all"),
                c => self.text.push(c),
            }
        }
        self.text.push('"');
    }
}
