//! Which explorations are asked for.

use std::fmt;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::arguments::{Engine, Time};
use crate::registry::{self, Exploration, MODELS, Model, Reading};

/// The families of examples, by the letter that their ids begin with.
const FAMILIES: [(char, &str); 10] = [
    ('T', "threads"),
    ('M', "timers"),
    ('E', "events"),
    ('L', "locks"),
    ('R', "reentrant"),
    ('C', "conditions"),
    ('S', "semaphores"),
    ('B', "barriers"),
    ('Q', "queues"),
    ('D', "locals"),
];

/// Filters of the explorations that there are.
#[derive(Clone, Debug, Args)]
pub(super) struct Select {
    /// Examples by id, such as E03, or by family, such as locks; all if none is given
    #[arg(value_name = "ID|FAMILY")]
    pub(super) ids: Vec<String>,
    /// Only this version: as-printed, repaired, or a mutant's name; may be given again
    #[arg(long, value_name = "NAME")]
    pub(super) variant: Vec<String>,
    /// How sleeps and timeouts are read
    #[arg(long, value_enum, default_value_t = Time::Both)]
    pub(super) time: Time,
}

/// Why a command cannot be carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Misuse {
    /// There is no example or family of this name; these are like it.
    Example { asked: String, closest: Vec<&'static str> },
    /// No selected example has a version of this name; this one is like it, and these are all.
    Variant { asked: String, closest: &'static str, all: Vec<&'static str> },
    /// The examples that are asked for are not explored so.
    Nothing { time: &'static str },
    /// The command is built with another engine.
    Engine { asked: Engine },
    /// The program has no version that is explored in this reading of time.
    Reading { exploration: String },
    /// loom replays no schedule, and shares nothing out.
    NotOnLoom { what: &'static str },
    /// This build runs the examples on real threads.
    RealThreads,
}

impl fmt::Display for Misuse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Misuse::Example { asked, closest } => {
                write!(f, "no example or family is called `{asked}`; the closest are {}", closest.join(", "))
            }
            Misuse::Variant { asked, closest, all } => write!(
                f,
                "no version is called `{asked}`; did you mean `{closest}`? There are {}",
                all.join(", ")
            ),
            Misuse::Nothing { time } => {
                write!(
                    f,
                    "nothing is explored in {time} time of what is asked for: it has no sleep and no timeout"
                )
            }
            Misuse::Engine { asked } => write!(
                f,
                "this command is built with the engine `{}`, and cannot change it while it runs: the primitives are \
                 compiled against it. `{}` is built with `{}`",
                Engine::BUILT.name(),
                asked.command(),
                asked.name()
            ),
            Misuse::Reading { exploration } => write!(f, "there is no {exploration} to replay"),
            Misuse::NotOnLoom { what } => {
                write!(f, "loom {what}; `{}` does", Engine::Selvedge.command())
            }
            Misuse::RealThreads => f.write_str(
                "this build runs the examples on real threads; `cargo explore` selects the one that explores",
            ),
        }
    }
}

impl std::error::Error for Misuse {}

impl Select {
    /// The explorations, in the order of the registry, each once.
    pub(super) fn explorations(&self) -> Result<Vec<Exploration>, Misuse> {
        let models = self.models()?;
        let names: Vec<_> = models.iter().flat_map(|m| m.variants).map(|v| v.name).collect();
        if let Some(asked) = self.variant.iter().find(|asked| !names.contains(&asked.as_str())) {
            let mut all = names.clone();
            all.sort_unstable();
            all.dedup();
            let closest = closest(asked, all.iter().copied(), 1)[0];
            return Err(Misuse::Variant { asked: asked.clone(), closest, all });
        }
        let variant = |e: &Exploration| {
            self.variant.is_empty() || self.variant.iter().any(|name| name == e.variant.name)
        };
        let time = |e: &Exploration| self.time.is(e.reading);
        let all = models.iter().flat_map(|model| Exploration::of(model));
        let found: Vec<_> = all.filter(|e| variant(e) && time(e)).collect();
        match found.is_empty() {
            true => Err(Misuse::Nothing { time: self.time.name() }),
            false => Ok(found),
        }
    }

    /// The examples, in the order of the registry.
    pub(super) fn models(&self) -> Result<Vec<&'static Model>, Misuse> {
        let mut wanted: Vec<&str> = Vec::new();
        for asked in &self.ids {
            match (registry::find(asked), family(asked)) {
                (Some(model), _) => wanted.push(model.id),
                (None, Some(letter)) => {
                    wanted.extend(MODELS.iter().map(|m| m.id).filter(|id| id.starts_with(letter)));
                }
                (None, None) => return Err(unknown(asked)),
            }
        }
        let is_wanted = |m: &&Model| self.ids.is_empty() || wanted.contains(&m.id);
        Ok(MODELS.iter().filter(is_wanted).collect())
    }
}

/// One exploration by the names of its parts.
pub(super) fn exploration(id: &str, variant: &str, time: Time) -> Result<Exploration, Misuse> {
    let select = Select { ids: vec![id.to_owned()], variant: vec![variant.to_owned()], time };
    let model = registry::find(id).ok_or_else(|| unknown(id))?;
    let mut found = select.explorations()?.into_iter();
    match (found.next(), found.next()) {
        (Some(exploration), None) => Ok(exploration),
        _ => Err(Misuse::Reading { exploration: format!("{} {variant} in {} time", model.id, time.name()) }),
    }
}

/// The exploration to play: the one that is named, or else the first that is known to break.
pub(super) fn played(id: &str, variant: Option<&str>, time: Time) -> Result<Exploration, Misuse> {
    let model = registry::find(id).ok_or_else(|| unknown(id))?;
    let variant = variant.into_iter().map(str::to_owned).collect();
    let select = Select { ids: vec![model.id.to_owned()], variant, time };
    let found = select.explorations()?;
    let breaks = found.iter().find(|e| e.expected.fails());
    Ok(*breaks.unwrap_or(&found[0]))
}

fn unknown(asked: &str) -> Misuse {
    let mut closest = registry::closest(asked);
    let family = self::closest(asked, FAMILIES.iter().map(|(_, name)| *name), 1)[0];
    // A word is meant to be a family's rather than an id.
    if strsim::damerau_levenshtein(&asked.to_lowercase(), family) <= 2 {
        closest.insert(0, family);
    }
    Misuse::Example { asked: asked.to_owned(), closest }
}

fn family(asked: &str) -> Option<char> {
    FAMILIES.iter().find(|(_, name)| name.eq_ignore_ascii_case(asked)).map(|(letter, _)| *letter)
}

/// The family of an example.
pub(super) fn family_of(model: &Model) -> &'static str {
    let found = FAMILIES.iter().find(|(letter, _)| model.id.starts_with(*letter));
    found.map_or("examples", |(_, name)| name)
}

/// The names that are most like one that does not exist, best first.
fn closest(asked: &str, names: impl Iterator<Item = &'static str>, most: usize) -> Vec<&'static str> {
    let mut names: Vec<_> = names.collect();
    names.sort_by_key(|name| strsim::damerau_levenshtein(&asked.to_lowercase(), name));
    names.truncate(most);
    names
}

/// What a shell offers where an example is asked for.
pub(super) fn offered() -> PossibleValuesParser {
    let families = FAMILIES.iter().map(|(_, name)| *name);
    PossibleValuesParser::new(MODELS.iter().map(|m| m.id).chain(families))
}

impl Time {
    fn is(self, reading: Reading) -> bool {
        match self {
            Time::Both => true,
            Time::Adversarial => reading == Reading::Adversarial,
            Time::Virtual => reading == Reading::Virtual,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Time::Adversarial => "adversarial",
            Time::Virtual => "virtual",
            Time::Both => "either",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_example_is_of_a_family_that_can_be_asked_for() {
        for model in MODELS {
            assert!(family(family_of(model)).is_some(), "{}", model.id);
        }
    }
}
