//! What of the handles of `Arc`s is an event, and whether the ends of threads are.
//!
//! Nothing is at first. What matters of the handles of values of a type is found out as executions run
//! ([`handles`](super::handles)): which drop is the last, or how many handles there are when. Then the exploration begins again,
//! and those are events.

use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Counted {
    /// The ends of threads.
    pub(crate) every: bool,
    /// Drops of handles of values of these types.
    types: Vec<u32>,
    /// All that is done to the counts of values of these types.
    looks: Vec<u32>,
}

/// What of the handles of a value is an event. (An exchange that is no fence though it looks like one is kept by its place, as a type
/// whose counts are.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Level {
    #[default]
    Nothing,
    Drops,
    Counts,
}

impl Counted {
    /// What is an event of the handles of a value of this type.
    pub(crate) fn level(&self, name: &str) -> Level {
        if self.types.is_empty() && self.looks.is_empty() {
            return Level::Nothing;
        }
        let digest = digest(name);
        if self.looks.contains(&digest) {
            Level::Counts
        } else if self.types.contains(&digest) {
            Level::Drops
        } else {
            Level::Nothing
        }
    }

    /// Drops of handles of values of this type are events too.
    pub(crate) fn count(&mut self, name: &str) {
        add(&mut self.types, digest(name));
    }

    /// All that is done to the counts of values of this type is events too.
    pub(crate) fn look(&mut self, name: &str) {
        add(&mut self.looks, digest(name));
    }

    /// Counts what `other` counts too.
    pub(crate) fn add(&mut self, other: &Counted) {
        self.every |= other.every;
        other.types.iter().for_each(|digest| add(&mut self.types, *digest));
        other.looks.iter().for_each(|digest| add(&mut self.looks, *digest));
    }

    /// Reads what is written at the beginning of `text`, and returns the rest.
    pub(crate) fn read(text: &str) -> (Self, &str) {
        let after = text.strip_prefix('d');
        let mut counted = Counted { every: after.is_some(), ..Counted::default() };
        let mut rest = after.unwrap_or(text);
        for (letter, digests) in [('t', &mut counted.types), ('c', &mut counted.looks)] {
            while let Some((digits, after)) =
                rest.strip_prefix(letter).and_then(|rest| rest.split_at_checked(8))
            {
                let Ok(digest) = u32::from_str_radix(digits, 16) else { break };
                add(digests, digest);
                rest = after;
            }
        }
        (counted, rest)
    }
}

fn add(digests: &mut Vec<u32>, digest: u32) {
    if let Err(at) = digests.binary_search(&digest) {
        digests.insert(at, digest);
    }
}

/// `d` for the ends of threads, `t1a2b3c4d` for each type whose drops are events, `c1a2b3c4d` for each whose counts are.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.every {
            f.write_str("d")?;
        }
        self.types.iter().try_for_each(|digest| write!(f, "t{digest:08x}"))?;
        self.looks.iter().try_for_each(|digest| write!(f, "c{digest:08x}"))
    }
}

/// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo). Two types with one digest are counted together, which costs time and no more.
fn digest(name: &str) -> u32 {
    name.bytes().fold(0x811c_9dc5, |digest, byte| (digest ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let mut counted = Counted::default();
        assert_eq!(counted.level("a"), Level::Nothing);
        counted.count("a");
        counted.look("b");
        counted.look("a");
        counted.count("c");
        assert_eq!(
            ["a", "b", "c", "d"].map(|name| counted.level(name)),
            [Level::Counts, Level::Counts, Level::Drops, Level::Nothing]
        );
        let text = format!("{counted}.0s");
        assert_eq!(Counted::read(&text), (counted, ".0s"));
        assert_eq!(Counted::read("d.0s"), (Counted { every: true, ..Counted::default() }, ".0s"));
        assert_eq!(Counted::read("t12.0s"), (Counted::default(), "t12.0s"));
    }
}
