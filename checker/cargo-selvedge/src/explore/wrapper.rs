//! Stands before the compiler while cargo builds what is explored, for what cannot be said with flags that are the same for all crates.
//!
//! `alloc` is a name that crates use for modules of their own, and the compiler would take ours for it. So it is given only to
//! those that say `extern crate alloc`.

use std::env;
use std::ffi::OsString;
use std::fs;
use std::path::Path;
use std::process::Command;

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
    command.args(arguments);
    if is_explored(arguments)
        && let Some(alloc) = env::var_os(ALLOC)
        && arguments.iter().any(|argument| wants_alloc(Path::new(argument)))
    {
        let mut place = OsString::from("alloc=");
        place.push(alloc);
        command.arg("--extern").arg(place);
    }
    let status = command.status()?;
    Ok(status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1))
}

/// Whether the crate is one of those that are built for the target.
fn is_explored(arguments: &[OsString]) -> bool {
    arguments.iter().any(|argument| argument.to_string_lossy().starts_with("--cfg=selvedge_explore"))
}

/// Whether a file is a crate's root that asks for `alloc`.
fn wants_alloc(root: &Path) -> bool {
    root.extension().is_some_and(|extension| extension == "rs")
        && fs::read_to_string(root).is_ok_and(|text| text.contains("extern crate alloc"))
}
