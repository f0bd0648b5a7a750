//! Runs the loom tests that published crates carry, unmodified, on Selvedge's engine, each in a process of its own and
//! with a time limit, and compares what they do with a recorded list: `cargo conformance [--limit SECONDS] [CRATE ...]`.
//!
//! The list, `recorded.txt`, has a line for each test: the crate, the test, `run` or `ignored` (what its authors say), what
//! it does here (`passes`, `passes-within-` so many seconds, `fails`, or `goes-on` past the time limit), and, where it does not
//! simply pass, the reason. What takes longer than the limit is not run, which is said.

mod record;
mod suite;

use std::collections::BTreeMap;
use std::io;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use record::{Line, Outcome, Record};
use suite::{CRATES, Test};

const USAGE: &str = "usage: cargo conformance [--limit SECONDS] [CRATE ...]";

fn main() -> ExitCode {
    match run() {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::from(2)
        }
    }
}

/// Whether all is as recorded.
fn run() -> Result<bool, String> {
    let mut limit = Duration::from_secs(60);
    let mut wanted = Vec::new();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == "--limit" {
            let seconds = args.next().and_then(|s| s.parse().ok()).ok_or(USAGE)?;
            limit = Duration::from_secs(seconds);
        } else if CRATES.iter().any(|c| c.name == arg) {
            wanted.push(arg);
        } else {
            return Err(USAGE.to_owned());
        }
    }
    let is_wanted = |name: &str| wanted.is_empty() || wanted.iter().any(|w| w == name);

    let recorded = record::parse(include_str!("../recorded.txt"))?;
    let is_short = |of: &str, test: &str| recorded.takes(of, test).is_none_or(|takes| takes <= limit);
    let (tests, long): (Vec<_>, Vec<_>) =
        suite::tests(is_wanted)?.into_iter().partition(|test| is_short(test.of.name, &test.name));
    let mut found = Record::default();
    let mut took: BTreeMap<&str, Duration> = BTreeMap::new();
    for (test, outcome, time) in outcomes(&tests, limit)? {
        *took.entry(test.of.name).or_default() += time;
        let line = Line { ignored: test.ignored, outcome, reason: String::new() };
        found.insert(test.of.name.to_owned(), test.name.clone(), line);
    }
    println!("crate                    tests  pass  ignored by its authors, of which pass      time");
    for (name, time) in took {
        let lines = || found.of(name);
        let (all, ignored) = (lines().count(), lines().filter(|l| l.ignored).count());
        let passing = lines().filter(|l| l.outcome == Outcome::Passes).count();
        let both = lines().filter(|l| l.ignored && l.outcome == Outcome::Passes).count();
        println!("{name:24} {all:>5} {passing:>5} {ignored:>15} {both:>17} {:>15.1} s", time.as_secs_f64());
    }
    for test in &long {
        println!("not run within {} s: {} {}", limit.as_secs(), test.of.name, test.name);
    }
    for (of, test, line) in recorded.exceptions().filter(|(of, ..)| is_wanted(of)) {
        println!("recorded: {of} {test} {line}");
    }
    let differences = recorded.differences(&found, |of, test| is_wanted(of) && is_short(of, test));
    for difference in &differences {
        println!("{difference}");
    }
    println!("{}", if differences.is_empty() { "all as recorded" } else { "not as recorded" });
    Ok(differences.is_empty())
}

/// Runs every test, as many at a time as there are processors.
fn outcomes(tests: &[Test], limit: Duration) -> Result<Vec<(&Test, Outcome, Duration)>, String> {
    let left = Mutex::new(tests.iter());
    let done = Mutex::new(Vec::new());
    let work = || -> io::Result<()> {
        loop {
            let next = left.lock().unwrap().next();
            let Some(test) = next else { return Ok(()) };
            let begin = Instant::now();
            let outcome = outcome(test, limit)?;
            done.lock().unwrap().push((test, outcome, begin.elapsed()));
        }
    };
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|w| w.join().expect("a worker does not panic"))
    })
    .map_err(|e| format!("a test cannot be run: {e}"))?;
    Ok(done.into_inner().unwrap())
}

fn outcome(test: &Test, limit: Duration) -> io::Result<Outcome> {
    let mut command = Command::new(&test.program);
    command.args(["--exact", &test.name_in_program, "--include-ignored"]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let loom = std::env::vars_os().map(|(name, _)| name);
    for name in loom.filter(|name| name.to_string_lossy().starts_with("LOOM_")) {
        command.env_remove(name);
    }
    let begin = Instant::now();
    let mut child = command.spawn()?;
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(if status.success() { Outcome::Passes } else { Outcome::Fails });
        }
        if begin.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            return Ok(Outcome::GoesOn);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
