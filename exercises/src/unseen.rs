//! What a program may not use, because the checker does not see it.

/// A line of a program that uses std's threads or locks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unseen {
    /// The line's number, from 1.
    pub line: usize,
    /// What is to stand there: the same name of Selvedge's.
    pub instead: &'static str,
}

/// What the checker does not see, and what it does. std's `Arc` is no harm: it only counts.
const UNSEEN: [(&str, &str); 3] =
    [("std::thread", "selvedge::thread"), ("std::sync", "selvedge::sync"), ("std::hint", "selvedge::hint")];

/// The first line of a program that uses what the checker does not see.
///
/// It looks at names alone. A learner who hides them is told by the verdict that nothing was explored.
pub fn unseen(program: &str) -> Option<Unseen> {
    program.lines().enumerate().find_map(|(i, line)| {
        let code = line.split("//").next().unwrap_or_default();
        let harmless = ["std::sync::Arc", "std::sync::{Arc}"].iter().any(|name| code.contains(name));
        let (_, instead) = UNSEEN.iter().find(|(name, _)| code.contains(name) && !harmless)?;
        Some(Unseen { line: i + 1, instead })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_of_std_is_told_with_its_line() {
        let found = unseen("use std::sync::Arc;\nuse std::sync::Mutex;\n");
        assert_eq!(found, Some(Unseen { line: 2, instead: "selvedge::sync" }));
    }

    #[test]
    fn a_comment_uses_nothing() {
        assert_eq!(unseen("// As std::thread::sleep.\nuse selvedge::thread;"), None);
    }
}
