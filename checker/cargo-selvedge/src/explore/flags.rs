//! The compiler's flags that put our crates in std's place.

use std::env;
use std::process::Command;

use super::facade::Facade;
use super::watch::Watch;

/// With these a crate tells of its plain accesses. The wrapper takes them from crates that are not watched.
pub(super) const WATCHED: [&str; 4] = [
    "-Cpasses=sancov-module",
    "-Cllvm-args=-sanitizer-coverage-level=1",
    "-Cllvm-args=-sanitizer-coverage-trace-loads=1",
    "-Cllvm-args=-sanitizer-coverage-trace-stores=1",
];

/// Whether plain accesses can be told of for this target.
pub(super) fn can_watch(facade: &Facade) -> bool {
    ["x86_64", "aarch64"].iter().any(|machine| facade.target().starts_with(machine))
}

/// For each crate that is built for the target. Cargo gives them to no crate that runs while it builds, since it is told the target.
pub(super) fn of(facade: &Facade, watch: &Watch) -> Vec<String> {
    // Where accesses are in the source is asked for, whatever the package's profiles say.
    let mut flags = vec!["-Cdebuginfo=line-tables-only".to_owned(), "-Cstrip=none".to_owned()];
    for (name, file) in facade.crates() {
        flags.extend(["--extern".to_owned(), format!("{name}={}", file.display())]);
    }
    for folder in facade.dependencies() {
        flags.extend(["-L".to_owned(), format!("dependency={}", folder.display())]);
    }
    if can_watch(facade) && *watch != Watch::None {
        flags.extend(WATCHED.map(str::to_owned));
    }
    // Cargo knows nothing of those files, nor of what the wrapper does: with this, units that were built with others are built again.
    flags.push(format!("--cfg=selvedge_explore=\"{:016x}-{watch}\"", facade.digest()));
    flags.push("--check-cfg=cfg(selvedge_explore,values(any()))".to_owned());
    flags
}

/// Adds the flags to those of the environment, and has cargo build with lines, assertions and some speed.
pub(super) fn set(command: &mut Command, flags: &[String]) {
    const SEPARATOR: &str = "\x1f";
    let of_user = env::var("CARGO_ENCODED_RUSTFLAGS").unwrap_or_else(|_| {
        let words = env::var("RUSTFLAGS").unwrap_or_default();
        words.split_whitespace().collect::<Vec<_>>().join(SEPARATOR)
    });
    let all: Vec<_> = Some(of_user.as_str())
        .filter(|flags| !flags.is_empty())
        .into_iter()
        .chain(flags.iter().map(String::as_str))
        .collect();
    command.env("CARGO_ENCODED_RUSTFLAGS", all.join(SEPARATOR));
    for profile in ["DEV", "TEST"] {
        command.env(format!("CARGO_PROFILE_{profile}_OPT_LEVEL"), "1");
        command.env(format!("CARGO_PROFILE_{profile}_DEBUG"), "line-tables-only");
        command.env(format!("CARGO_PROFILE_{profile}_INCREMENTAL"), "false");
    }
}

/// Whether an argument of `cargo test` says which targets are tested.
pub(super) fn chooses_targets(argument: &str) -> bool {
    const CHOICES: [&str; 9] = [
        "--lib",
        "--bins",
        "--bin",
        "--tests",
        "--test",
        "--examples",
        "--example",
        "--doc",
        "--all-targets",
    ];
    let name = argument.split('=').next().unwrap_or_default();
    CHOICES.contains(&name)
}
