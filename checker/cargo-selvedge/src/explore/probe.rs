//! Proves that our crates are in std's place, and that plain accesses are told of: the bugs of three tests that know nothing of them
//! are found.
//!
//! Should a compiler stop to look for std where the flags say, all tests would pass as they do without a checker; and should it
//! stop to have accesses told, data races would.

use std::path::Path;
use std::process::Command;
use std::{env, fs, process};

use super::facade::{self, Facade};
use super::result::{self, Word};
use super::watch::Watch;
use super::{flags, runner};
use crate::Trouble;

/// A lost update by paths, the prelude and macros of std alone, and a race for plain memory.
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

#[test]
fn plain() {
    static mut WORD: u32 = 0;
    // SAFETY: the checker ends the execution before the second of two writes that race.
    let write = |word: u32| unsafe { (&raw mut WORD).write(word) };
    let other = std::thread::spawn(move || write(1));
    write(2);
    other.join().unwrap();
}

#[test]
fn freed() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let other = std::thread::spawn(|| COUNT.load(Ordering::Relaxed));
    COUNT.store(1, Ordering::Relaxed);
    let memory = Box::into_raw(Box::new(1_u32));
    // SAFETY: it came from a box, and is freed here alone.
    drop(unsafe { Box::from_raw(memory) });
    // SAFETY: the checker ends the execution before memory is read that was freed.
    assert!(unsafe { memory.read_volatile() } < 9);
    other.join().unwrap();
}
"#;

/// Compiles the probe and runs it, once for each facade.
pub(super) fn check(facade: &Facade) -> Result<(), Trouble> {
    let [folder, _] = facade.dependencies();
    let proven = folder.join(format!("probe-{:016x}", facade.digest()));
    if proven.exists() {
        return Ok(());
    }
    let own = env::temp_dir().join(format!("selvedge-probe-{}", process::id()));
    fs::create_dir_all(&own)?;
    let found = compile_and_run(&own, &flags::of(facade, &Watch::All));
    fs::remove_dir_all(&own)?;
    let [explored, watched, freed] = found?;
    if explored != Some(Word::Failed) {
        return Err("this toolchain does not let another crate take std's place: a test that was to be explored was not".into());
    }
    if watched != Some(Word::Failed) && flags::can_watch(facade) {
        return Err("this toolchain does not have crates tell of their accesses of plain memory: a data race was not found".into());
    }
    if freed != Some(Word::Failed) && facade.target() == "x86_64-unknown-linux-gnu" {
        eprintln!(
            "note: the allocator here is not the checker's (it needs 64 GiB of addresses, see `ulimit -v`): uses after free of plain memory are not found"
        );
        return Ok(());
    }
    Ok(fs::write(proven, "")?)
}

/// What the three tests come to.
fn compile_and_run(own: &Path, flags: &[String]) -> Result<[Option<Word>; 3], Trouble> {
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
    let run = |test: &str| -> Result<Option<Word>, Trouble> {
        let result = own.join(format!("{test}.result"));
        let mut command = Command::new(&program);
        command.args(["--exact", test]).env(runner::RESULT, &result).env_remove("SELVEDGE_REPORTS");
        command.env_remove("SELVEDGE_REPLAY").output()?;
        Ok(result.exists().then(|| result::read(&result)).transpose()?.map(|outcome| outcome.word))
    };
    Ok([run("probe")?, run("plain")?, run("freed")?])
}
