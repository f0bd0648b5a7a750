//! What the attribute `test` becomes: a test of the compiler's own whose body is explored as a model.
//!
//! The command says by environment variables how, and reads the result from a file.

use real::any::Any;
use real::boxed::Box;
use real::env;
use real::format;
use real::fs;
use real::hint::black_box;
use real::panic::{AssertUnwindSafe, catch_unwind};
use real::process::{ExitCode, Termination};
use real::str::FromStr;
use real::string::{String, ToString};
use real::sync::atomic::{AtomicBool, Ordering::Relaxed};
use real::time::Duration;

use selvedge::interpose::{Accesses, Memory};
use selvedge::report::{Sources, Terminal};
use selvedge::{Checker, Failure, FailureKind, Limit, Report, Time, Verdict};

pub use real::prelude::v1::test as real_test;

/// As `core::prelude`, with the attribute `test` that explores.
pub mod core_prelude {
    extern crate core;

    macro_rules! preludes {
        ($($name:ident)*) => { $(
            pub mod $name {
                pub use core::prelude::$name::*;

                pub use selvedge_std_macros::test;
            }
        )* };
    }

    preludes!(v1 rust_2015 rust_2018 rust_2021 rust_2024);
}

/// How a test is explored, as the command says it.
struct Asked {
    duration: Duration,
    executions: Option<u64>,
    draws: u64,
    time: Time,
    memory: Memory,
}

impl Asked {
    fn of_environment() -> Self {
        Asked {
            duration: variable("SELVEDGE_EXPLORE_DURATION")
                .map_or(Duration::from_secs(10), Duration::from_secs_f64),
            executions: variable("SELVEDGE_EXPLORE_EXECUTIONS"),
            draws: variable("SELVEDGE_EXPLORE_DRAWS").unwrap_or(1000),
            time: match env::var("SELVEDGE_EXPLORE_TIME").as_deref() {
                Ok("virtual") => Time::Virtual,
                _ => Time::Adversarial,
            },
            memory: Memory {
                heap: has_heap(),
                accesses: match env::var("SELVEDGE_EXPLORE_WATCH").as_deref() {
                    Ok("none") => Accesses::None,
                    Ok("all") | Err(_) => Accesses::All,
                    Ok(_) => Accesses::Some,
                },
                leaks: env::var_os("SELVEDGE_EXPLORE_LEAKS").is_some(),
                reuse: env::var_os("SELVEDGE_EXPLORE_REUSE").is_some(),
            },
        }
    }

    fn checker(&self, name: &str) -> Checker {
        Checker::new()
            .name(name)
            .panics_reach_join()
            .time(self.time)
            .plain_memory(self.memory)
            .max_duration(self.duration)
    }

    /// What the command has to be told to explore the same executions.
    fn options(&self) -> String {
        let virtual_time = if self.time == Time::Virtual { " --time virtual" } else { "" };
        let watch = match env::var("SELVEDGE_EXPLORE_WATCH") {
            Ok(watch) if self.memory.accesses != Accesses::All => format!(" --watch {watch}"),
            _ => String::new(),
        };
        let leaks = if self.memory.leaks { " --leaks" } else { "" };
        let reuse = if self.memory.reuse { " --reuse" } else { "" };
        format!("{virtual_time}{watch}{leaks}{reuse}")
    }
}

/// Whether what models allocate in this process is at addresses of the checker's.
fn has_heap() -> bool {
    static HAS: AtomicBool = AtomicBool::new(false);
    // Not a run, which would be kept as a report, and might follow a schedule.
    Checker::new().estimate(1, || {
        selvedge::interpose::begin(Memory::default());
        HAS.store(selvedge::interpose::is_in_heap(&*black_box(Box::new(0_u64))), Relaxed);
    });
    HAS.load(Relaxed)
}

fn variable<T: FromStr>(name: &str) -> Option<T> {
    env::var(name).ok()?.parse().ok()
}

/// Explores a test. `panics`: it should, with these words in what it says.
///
/// # Panics
///
/// Where an execution fails, with the interleaving that does.
pub fn test<T>(module: &str, name: &str, panics: Option<&'static str>, body: fn() -> T)
where
    T: Termination + 'static,
{
    let asked = Asked::of_environment();
    assert!(
        asked.memory.heap || !asked.memory.leaks && !asked.memory.reuse,
        "`--leaks` and `--reuse` need the checker's heap, which this test has not: it is there on Linux on x86-64 with the GNU C library, std's allocator, and 64 GiB of addresses (`ulimit -v`)"
    );
    let name = format!("{module}::{name}");
    let model = move || {
        selvedge::interpose::begin(asked.memory);
        match panics {
            Some(words) => panics_with(words, body),
            None => returns(body),
        }
    };
    let checker = asked.checker(&name);
    let checker = match asked.executions {
        Some(executions) => checker.max_executions(executions),
        None => checker,
    };
    let mut report = checker.run(model);
    let mut drawn = None;
    if let Some(limit) = cut_short(&report)
        && asked.draws > 0
    {
        drawn = Some((report.executions(), limit.to_string()));
        report = asked.checker(&name).random(1, asked.draws).run(model);
    }
    let options = asked.options();
    tell(&name, &report, drawn.as_ref(), &options);
    if let Verdict::Failed(failure) = report.verdict()
        && !is_ours(failure)
    {
        panic!("{failure}\n\n{}", shown(&name, &report, &options));
    }
}

/// Why there is more than was explored, if there is.
fn cut_short(report: &Report) -> Option<&Limit> {
    let Verdict::Incomplete(limit) = report.verdict() else { return None };
    (!matches!(limit, Limit::NothingShared | Limit::RealThreads | Limit::Replay)).then_some(limit)
}

fn returns<T: Termination>(body: fn() -> T) {
    assert!(body().report() == ExitCode::SUCCESS, "the test returned an error");
}

fn panics_with<T>(words: &str, body: fn() -> T) {
    let Err(panic) = catch_unwind(AssertUnwindSafe(body)) else {
        panic!("the test did not panic as expected")
    };
    let said = said(&*panic);
    assert!(
        said.contains(words),
        "the test did not panic with what was expected:\n      said: {said:?}\n  expected: {words:?}"
    );
}

fn said(panic: &(dyn Any + Send)) -> String {
    match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
        (Some(words), _) => words.to_string(),
        (_, Some(words)) => words.clone(),
        _ => String::new(),
    }
}

/// Whether a failure says that the checker has come to its limits, and nothing of the test.
fn is_ours(failure: &Failure) -> bool {
    matches!(failure.kind, FailureKind::Nondeterminism | FailureKind::ModelLimit)
}

/// The report, with the command that shows it again.
fn shown(name: &str, report: &Report, options: &str) -> String {
    // The first part is the crate's, which the test harness does not name.
    let test = name.split_once("::").map_or(name, |(_, test)| test);
    let again = format!("cargo selvedge explore {test}{options} --replay");
    Terminal::new(report, &Sources::default()).again(again).to_string()
}

/// Writes down what was found, a value a line, for the command. Where executions were `drawn`: how many were explored before, and why
/// no more.
fn tell(name: &str, report: &Report, drawn: Option<&(u64, String)>, options: &str) {
    let Some(file) = env::var_os("SELVEDGE_EXPLORE_RESULT") else { return };
    let word = match report.verdict() {
        // It begins no thread, or calls nothing that selvedge sees.
        Verdict::Incomplete(Limit::RealThreads) => "sequential",
        Verdict::Verified if report.size().threads <= 1 => "sequential",
        // Plain memory is seen too, so they share none.
        Verdict::Incomplete(Limit::NothingShared) => "sequential",
        Verdict::Failed(failure) if is_ours(failure) => "incomplete",
        verdict => verdict.word(),
    };
    let (why, shown) = match report.verdict() {
        Verdict::Verified | Verdict::Incomplete(Limit::NothingShared | Limit::RealThreads) => {
            (String::new(), String::new())
        }
        Verdict::Incomplete(limit) => {
            let why = drawn.map_or_else(String::new, |(_, why)| format!("{why}; "));
            (format!("{why}{limit}"), String::new())
        }
        Verdict::Failed(failure) if is_ours(failure) => (
            match failure.kind {
                FailureKind::ModelLimit => format!("it cannot be explored: {failure}"),
                _ => format!(
                    "it cannot be explored, since something in it is not the same in each execution: {failure}"
                ),
            },
            String::new(),
        ),
        Verdict::Failed(failure) => (failure.to_string(), shown(name, report, options)),
    };
    let text = format!(
        "name {name}\nverdict {word}\nexecutions {}\nblocked {}\nseconds {}\n{}why {}\n\n{shown}",
        report.executions(),
        report.blocked(),
        report.elapsed().as_secs_f64(),
        drawn.map_or_else(String::new, |(explored, _)| format!("explored {explored}\n")),
        why.replace('\n', " "),
    );
    fs::write(file, text).expect("the command's folder can be written to");
}
