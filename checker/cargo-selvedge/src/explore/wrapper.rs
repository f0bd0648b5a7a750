//! Stands before the compiler while cargo builds what is explored, for what cannot be said with flags that are the same for all crates.
//!
//! `alloc` is a name that crates use for modules of their own, and the compiler would take ours for it. So it is given only to
//! those that say `extern crate alloc`.
//!
//! Crates that are not [watched](super::watch) are compiled without the flags that have them tell of their accesses.
//!
//! An item of std that our crates have not is told as an error of a crate of the user's. So a note says where it is missing, and
//! names it.

use std::ffi::OsString;
use std::io::{self, BufRead, Write};
use std::path::Path;
use std::process::{Command, ExitStatus, Stdio};
use std::{env, fs};

use serde::Deserialize;

use super::{flags, watch};
use crate::Trouble;

/// Says what takes the place of `alloc`, and that cargo calls this program as the compiler's wrapper.
pub(crate) const ALLOC: &str = "SELVEDGE_EXPLORE_ALLOC";

/// Whether this process was begun as a wrapper, with these arguments: the compiler first.
pub(crate) fn is_asked(arguments: &[OsString]) -> bool {
    let compiler = arguments.first().map(Path::new);
    let is_compiler =
        compiler.and_then(Path::file_stem).is_some_and(|name| name.to_string_lossy().contains("rustc"));
    is_compiler && env::var_os(ALLOC).is_some()
}

/// Calls the compiler, and returns its status.
pub(crate) fn run(arguments: &[OsString]) -> Result<u8, Trouble> {
    let [compiler, arguments @ ..] = arguments else { return Err("there is no compiler to call".into()) };
    let mut command = Command::new(compiler);
    command.args(arguments.iter().filter(|argument| is_watched(arguments) || !tells(argument)));
    if !is_explored(arguments) {
        return Ok(code_of(command.status()?));
    }
    if let Some(alloc) = env::var_os(ALLOC)
        && arguments.iter().any(|argument| wants_alloc(Path::new(argument)))
    {
        let mut place = OsString::from("alloc=");
        place.push(alloc);
        command.arg("--extern").arg(place);
    }
    if !has_cap(arguments) {
        // A lint that the crate denies may find something else here, and says nothing about what is explored.
        command.args(["--cap-lints", "warn"]);
    }
    Ok(code_of(watched(&mut command)?))
}

fn code_of(status: ExitStatus) -> u8 {
    status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1)
}

/// Runs the compiler, lets all through that it says, and adds a note where it finds what is missing in our crates.
fn watched(command: &mut Command) -> io::Result<ExitStatus> {
    let mut compiler = command.stderr(Stdio::piped()).spawn()?;
    let mut missing = Vec::new();
    if let Some(said) = compiler.stderr.take() {
        for line in io::BufReader::new(said).lines() {
            let line = line?;
            missing.extend(missing_in(&line));
            writeln!(io::stderr(), "{line}")?;
        }
    }
    if !missing.is_empty() {
        missing.dedup();
        let text = format!(
            "note: `cargo selvedge explore` compiles this crate with its own crates in std's place. If it compiles with `cargo test`, this is missing in them:\n  {}\n\n",
            missing.join("\n  ")
        );
        let note = serde_json::json!({
            "$message_type": "diagnostic", "message": "missing in selvedge's std", "level": "note", "code": null, "spans": [], "children": [], "rendered": text,
        });
        writeln!(io::stderr(), "{note}")?;
    }
    compiler.wait()
}

/// What an error of the compiler's, as cargo asks for it, says of an item that we should have.
fn missing_in(line: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct Diagnostic {
        message: String,
        level: String,
        #[serde(default)]
        rendered: Option<String>,
    }
    let said: Diagnostic = serde_json::from_str(line).ok()?;
    let shown = said.rendered.unwrap_or_default();
    let is_ours = said.message.contains("selvedge")
        || shown.contains("selvedge")
        || ["std::", "core::", "alloc::"].iter().any(|path| said.message.contains(path));
    (said.level == "error" && is_ours).then_some(said.message)
}

/// Whether the crate tells of its plain accesses, if it is built for the target.
fn is_watched(arguments: &[OsString]) -> bool {
    let after = arguments.iter().skip_while(|argument| *argument != "--crate-name").nth(1);
    let name = after.map(|name| name.to_string_lossy());
    let watch = env::var(watch::WATCH).ok().and_then(|watch| watch.parse::<watch::Watch>().ok());
    watch.zip(name).is_none_or(|(watch, name)| watch.includes(&name))
}

fn tells(argument: &OsString) -> bool {
    flags::WATCHED.iter().any(|flag| argument == flag)
}

/// Whether the crate is one of those that are built for the target.
fn is_explored(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument.to_string_lossy().starts_with("--cfg=selvedge_explore"))
}

/// Whether the compiler is told how severe a lint may be at most, which it takes once.
fn has_cap(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument.to_string_lossy().starts_with("--cap-lints"))
}

/// Whether a file is a crate's root that asks for `alloc`.
fn wants_alloc(root: &Path) -> bool {
    root.extension().is_some_and(|extension| extension == "rs")
        && fs::read_to_string(root).is_ok_and(|text| text.contains("extern crate alloc"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_names_an_item_of_std_is_told_and_another_is_not() {
        let error = |message: &str| {
            format!(
                r#"{{"$message_type":"diagnostic","message":"{message}","level":"error","rendered":"x"}}"#
            )
        };
        let missing = "unresolved import `std::sync::NewThing`";
        assert_eq!(missing_in(&error(missing)).as_deref(), Some(missing));
        assert_eq!(missing_in(&error("mismatched types")), None);
        assert_eq!(missing_in("warning: not JSON"), None);
    }
}
