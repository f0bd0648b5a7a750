//! What a program may not use: what the checker does not see, and what belongs to the check.

/// A line of a program that uses what it may not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misused {
    /// The line's number, from 1.
    pub line: usize,
    /// Why it may not, and what to do.
    pub why: &'static str,
}

/// Names, and why programs do not use them. std's `Arc` does no harm: it only counts.
const MISUSED: [(&str, &str); 6] = [
    ("std::thread", "the checker cannot see std's threads. Use `selvedge::thread`: it has the same names"),
    (
        "std::sync",
        "the checker cannot see std's locks and atomics. Use `selvedge::sync`: it has the same names",
    ),
    ("std::hint", "the checker cannot see std's hints. Use `selvedge::hint`: it has the same names"),
    ("outcome(", "outcomes are told by the check, and not by the program"),
    ("assume(", "a program may not choose its executions. Mend the ones that fail"),
    ("selvedge_exercises", "this is what the check is made of, and not the program"),
];

/// The first line of a program that uses what it may not.
///
/// It looks at names alone, and finds honest mistakes. What it does not find is mostly told by the verdict: nothing was explored.
pub fn misused(program: &str) -> Option<Misused> {
    program.lines().enumerate().find_map(|(i, line)| {
        let code = line.split("//").next().unwrap_or_default().replace("std::sync::Arc", "");
        let (_, why) = MISUSED.iter().find(|(name, _)| code.contains(name))?;
        Some(Misused { line: i + 1, why })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lock_of_std_is_told_with_its_line() {
        let found = misused("use std::sync::Arc;\nuse std::sync::Mutex;\n").unwrap();
        assert_eq!(found.line, 2);
        assert!(found.why.contains("selvedge::sync"));
    }

    #[test]
    fn an_outcome_of_the_program_is_none() {
        assert_eq!(misused("\n\nselvedge::outcome(1);").unwrap().line, 3);
    }

    #[test]
    fn a_comment_uses_nothing() {
        assert_eq!(misused("// As std::thread::sleep.\nuse selvedge::thread;"), None);
    }
}
