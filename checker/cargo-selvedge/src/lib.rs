//! What a selvedge report becomes for its readers: a page to look at, and the formats of continuous integration.
//!
//! The in-test crate writes a [`Document`] as JSON; everything here reads one, so that a report can be rendered long after
//! the test has run, and on another machine.

mod abridged;
pub mod audit;
pub mod completions;
mod document;
mod drawing;
pub mod github;
pub mod html;
pub mod junit;
pub mod kept;
pub mod sarif;
mod write;

pub use document::{
    Document, Excerpt, Finding, Memory, Outcome, Passing, Place, ReadError, Sample, SourceLine, Step, Used,
    Verdict,
};
pub use write::{Outputs, WriteError};

/// The cargo that the command was called by, and where it was not called by one, the first in the path.
pub fn cargo() -> std::process::Command {
    std::process::Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()))
}
