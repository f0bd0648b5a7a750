//! What an exploration takes for granted, and so does not look at.

use super::Settings;
use crate::engine::{Accesses, MemoryModel, Time};

/// What is seen of memory that is not the checker's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum PlainMemory {
    /// Cells alone.
    #[default]
    Cells,
    /// Crates tell of their loads and stores, and the heap is the checker's.
    Watched {
        /// Which crates do.
        accesses: Accesses,
        /// Whether the heap is the checker's: a use after free of plain memory is not seen where it is not.
        heap: bool,
        /// Whether memory that is leaked was looked for.
        leaks: bool,
        /// Whether memory that was freed was used again.
        reuse: bool,
    },
}

/// Under which suppositions was explored: what is verified holds under them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Scope {
    /// By which rules memory behaved.
    pub memory_model: MemoryModel,
    /// How time passed.
    pub time: Time,
    /// What was seen of plain memory.
    pub plain_memory: PlainMemory,
    /// Whether primitives were taken for [what they say](crate::Checker::specifications).
    pub specifications: bool,
    /// How many waits might end without a reason in an execution.
    pub spurious_wakeups: u32,
    /// How many weak exchanges might fail without a reason in an execution.
    pub spurious_failures: u32,
}

impl Scope {
    pub(crate) fn of(settings: &Settings) -> Self {
        Scope {
            memory_model: settings.memory_model,
            time: settings.time,
            plain_memory: settings.plain_memory.map_or(PlainMemory::Cells, |memory| PlainMemory::Watched {
                accesses: memory.accesses,
                heap: memory.heap,
                leaks: memory.leaks,
                reuse: memory.reuse,
            }),
            specifications: settings.specifications,
            spurious_wakeups: settings.spurious_wakeups,
            spurious_failures: settings.spurious_failures,
        }
    }

    /// As files have it: `rc11 adversarial 1 0 0 cells`.
    pub(super) fn words(&self) -> String {
        let Scope { memory_model, time, plain_memory, specifications, spurious_wakeups, spurious_failures } =
            self;
        let memory = match memory_model {
            MemoryModel::Sc => "sc",
            MemoryModel::Rc11 => "rc11",
        };
        let time = match time {
            Time::Adversarial => "adversarial",
            Time::Virtual => "virtual",
        };
        let plain = match plain_memory {
            PlainMemory::Cells => "cells".to_owned(),
            PlainMemory::Watched { accesses, heap, leaks, reuse } => {
                let accesses = match accesses {
                    Accesses::All => "watched",
                    Accesses::Some => "watched-some",
                    Accesses::None => "watched-none",
                };
                let also = |asked: &bool, word| if *asked { word } else { "" };
                let heap = also(heap, "-heap");
                format!("{accesses}{heap}{}{}", also(leaks, "-leaks"), also(reuse, "-reuse"))
            }
        };
        let specifications = u8::from(*specifications);
        format!("{memory} {time} {specifications} {spurious_wakeups} {spurious_failures} {plain}")
    }

    /// What [`Scope::words`] wrote.
    pub(super) fn of_words(words: &str) -> Option<Self> {
        let words: Vec<_> = words.split(' ').collect();
        let [memory, time, specifications, wakeups, failures, plain] = words[..] else { return None };
        Some(Scope {
            memory_model: match memory {
                "sc" => MemoryModel::Sc,
                "rc11" => MemoryModel::Rc11,
                _ => return None,
            },
            time: match time {
                "adversarial" => Time::Adversarial,
                "virtual" => Time::Virtual,
                _ => return None,
            },
            plain_memory: PlainMemory::of_word(plain)?,
            specifications: specifications == "1",
            spurious_wakeups: wakeups.parse().ok()?,
            spurious_failures: failures.parse().ok()?,
        })
    }

    /// What was not looked at for that, a sentence each.
    pub fn unchecked(&self) -> Vec<String> {
        let mut unchecked = self.plain_memory.unchecked();
        if self.specifications {
            unchecked.push("whether primitives do what they say: models of their own show that".to_owned());
        }
        unchecked.push(match self.memory_model {
            MemoryModel::Sc => "weak memory: every read sees the latest write".to_owned(),
            MemoryModel::Rc11 => {
                "memory weaker than RC11, where a read sees a write that depends on it".to_owned()
            }
        });
        unchecked.push(
            "what is not the checker's: atomics, locks, channels, threads and statics of std and of other crates".to_owned(),
        );
        if self.time == Time::Virtual {
            unchecked.push("threads that are slow: in virtual time computing takes no time".to_owned());
        }
        unchecked.push(match (self.spurious_wakeups, self.spurious_failures) {
            (0, 0) => "spurious wake-ups, and spurious failures of weak exchanges".to_owned(),
            (0, _) => "spurious wake-ups".to_owned(),
            (_, 0) => "spurious failures of weak exchanges".to_owned(),
            (waits, fails) => format!(
                "more than {waits} spurious wake-ups, and more than {fails} spurious failures of weak exchanges"
            ),
        });
        unchecked
    }
}

impl PlainMemory {
    /// What [`Scope::words`] wrote.
    fn of_word(word: &str) -> Option<Self> {
        let mut words = word.split('-').peekable();
        let first = words.next();
        if first == Some("cells") && words.peek().is_none() {
            return Some(PlainMemory::Cells);
        }
        let accesses = match (first?, words.next_if(|word| ["some", "none"].contains(word))) {
            ("watched", None) => Accesses::All,
            ("watched", Some("some")) => Accesses::Some,
            ("watched", Some(_)) => Accesses::None,
            _ => return None,
        };
        let heap = words.next_if_eq(&"heap").is_some();
        let leaks = words.next_if_eq(&"leaks").is_some();
        let reuse = words.next_if_eq(&"reuse").is_some();
        words.next().is_none().then_some(PlainMemory::Watched { accesses, heap, leaks, reuse })
    }

    fn unchecked(self) -> Vec<String> {
        let PlainMemory::Watched { accesses, heap, leaks, reuse } = self else {
            return vec![
                "plain memory outside of cells: races for it, and its use after it was freed".to_owned(),
            ];
        };
        const BULK: &str = "memory that is copied, filled or compared as a whole, and what C code, assembly and std's compiled code do";
        let accesses = match accesses {
            Accesses::All => BULK.to_owned(),
            Accesses::Some => format!("crates that `--watch` leaves out, {BULK}"),
            Accesses::None => "plain loads and stores, since `--watch none` was asked for".to_owned(),
        };
        let again = if reuse {
            "uses after free of memory that is used again, which are seen without `--reuse`, and memory that a thread has of what another freed"
        } else {
            "memory that is used again after it was freed: `--reuse` explores that"
        };
        let leaked = if leaks {
            "leaks of more than a mebibyte, and of `Weak`s"
        } else {
            "memory that is leaked: `--leaks` looks for it"
        };
        let arcs = "uses of an `Arc`'s plain data after its last handle was dropped, by a pointer to it";
        [
            Some(format!("{accesses}: races for plain memory, and its use after it was freed")),
            (!heap).then(|| {
                "uses of plain memory after it was freed: the allocator here is not the checker's".to_owned()
            }),
            Some(arcs.to_owned()),
            Some(again.to_owned()),
            Some(leaked.to_owned()),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// How large the executions of an exploration are: nothing is known of a model with more threads or rounds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Size {
    /// The most threads of an execution.
    pub threads: usize,
    /// The most events of an execution: accesses, calls on objects with their being served, beginnings and ends of threads.
    pub events: usize,
}

impl Size {
    pub(crate) fn see(&mut self, other: Size) {
        self.threads = self.threads.max(other.threads);
        self.events = self.events.max(other.events);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_is_read_as_it_was_written() {
        let mut all = vec![PlainMemory::Cells];
        for accesses in [Accesses::All, Accesses::Some, Accesses::None] {
            for (leaks, reuse) in [(false, false), (true, false), (false, true), (true, true)] {
                all.push(PlainMemory::Watched { accesses, heap: leaks, leaks, reuse });
            }
        }
        for plain_memory in all {
            let scope = Scope { plain_memory, ..Scope::default() };
            assert_eq!(Scope::of_words(&scope.words()), Some(scope), "{}", scope.words());
        }
        for wrong in ["", "cells-leaks", "watched-reuse-leaks", "watched-", "plain"] {
            assert_eq!(PlainMemory::of_word(wrong), None, "{wrong}");
        }
    }
}
