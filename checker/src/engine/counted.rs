//! Which drops of handles of `Arc`s are events.
//!
//! The last drop runs the destructor. Where the model asks how many handles there are, every drop is an event. Where it does not,
//! those alone are of which somebody can tell which was the last: the destructor does something. That is seen when it
//! does: then the exploration begins again and counts the drops of values of that type. A destructor that ends objects and
//! frees memory does nothing that can be told.

use std::fmt;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Counted {
    /// All of them, and the ends of threads.
    pub(crate) every: bool,
    /// Those of values of these types.
    types: Vec<u32>,
}

impl Counted {
    /// Whether drops of handles of a value of this type are events.
    pub(crate) fn counts(&self, name: &str) -> bool {
        self.every || !self.types.is_empty() && self.types.contains(&digest(name))
    }

    /// Counts those too.
    pub(crate) fn count(&mut self, name: &str) {
        let digest = digest(name);
        if let Err(at) = self.types.binary_search(&digest) {
            self.types.insert(at, digest);
        }
    }

    /// Counts what `other` counts too.
    pub(crate) fn add(&mut self, other: &Counted) {
        self.every |= other.every;
        self.types.extend_from_slice(&other.types);
        self.types.sort_unstable();
        self.types.dedup();
    }

    /// Reads what is written at the beginning of `text`, and returns the rest.
    pub(crate) fn read(text: &str) -> (Self, &str) {
        let after = text.strip_prefix('d');
        let mut counted = Counted { every: after.is_some(), types: Vec::new() };
        let mut rest = after.unwrap_or(text);
        while let Some((digits, after)) = rest.strip_prefix('t').and_then(|rest| rest.split_at_checked(8)) {
            let Ok(digest) = u32::from_str_radix(digits, 16) else { break };
            counted.types.push(digest);
            rest = after;
        }
        (counted, rest)
    }
}

/// `d` for all, `t1a2b3c4d` for each type.
impl fmt::Display for Counted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.every {
            f.write_str("d")?;
        }
        self.types.iter().try_for_each(|digest| write!(f, "t{digest:08x}"))
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
        assert!(!counted.counts("a"));
        counted.count("a");
        counted.count("b");
        assert!(counted.counts("a") && counted.counts("b") && !counted.counts("c"));
        let text = format!("{counted}.0s");
        assert_eq!(Counted::read(&text), (counted, ".0s"));
        assert_eq!(Counted::read("d.0s"), (Counted { every: true, types: Vec::new() }, ".0s"));
        assert_eq!(Counted::read("t12.0s"), (Counted::default(), "t12.0s"));
    }
}
