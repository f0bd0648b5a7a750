//! Proves that our crates are in std's place: a test that knows nothing of them is explored.
//!
//! Should a compiler stop to look for std where the flags say, all tests would pass as they do without a checker.

use std::path::Path;
use std::process::Command;
use std::{env, fs, process};

use super::facade::{self, Facade};
use super::result::{self, Word};
use super::runner;
use crate::Trouble;

/// A lost update by paths, the prelude and macros of std alone.
const PROGRAM: &str = r#"
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn probe() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let add = || COUNT.store(COUNT.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    let other = std::thread::spawn(add);
    add();
    other.join().unwrap();
    assert_eq!(vec![2], [COUNT.load(Ordering::Relaxed)], "{}", format!("lost"));
}
"#;

/// Compiles the probe and runs it, once for each facade.
pub(super) fn check(facade: &Facade, flags: &[String]) -> Result<(), Trouble> {
    let [folder, _] = facade.dependencies();
    let proven = folder.join(format!("probe-{:016x}", facade.digest()));
    if proven.exists() {
        return Ok(());
    }
    let own = env::temp_dir().join(format!("selvedge-probe-{}", process::id()));
    fs::create_dir_all(&own)?;
    let found = compile_and_run(&own, flags);
    fs::remove_dir_all(&own)?;
    match found? {
        Some(Word::Failed) => Ok(fs::write(proven, "")?),
        _ => Err("this toolchain does not let another crate take std's place: a test that was to be explored was not".into()),
    }
}

fn compile_and_run(own: &Path, flags: &[String]) -> Result<Option<Word>, Trouble> {
    let (source, program) = (own.join("probe.rs"), own.join("probe"));
    fs::write(&source, PROGRAM)?;
    let compiled = Command::new(facade::rustc())
        .args(["--edition", "2024", "--test", "-o"])
        .arg(&program)
        .arg(&source)
        .args(flags)
        .output()?;
    if !compiled.status.success() {
        let said = String::from_utf8_lossy(&compiled.stderr).into_owned();
        return Err(format!("a test with our crates in std's place does not compile:\n{said}").into());
    }
    let result = own.join("result");
    Command::new(program).env(runner::RESULT, &result).env_remove("SELVEDGE_REPORTS").output()?;
    Ok(result.exists().then(|| result::read(&result)).transpose()?.map(|outcome| outcome.word))
}
