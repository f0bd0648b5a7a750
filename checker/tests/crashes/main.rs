//! Processes whose models hang or crash: what they say, how they end, and that the schedule that they print leads there
//! again. Each program runs in a process of its own, which is this one with a variable set.
//!
//! There is no test harness in between, whose threads and output would be part of what is looked at.

mod programs;

use std::process::{Command, ExitCode, Output, Stdio};
use std::time::{Duration, Instant};
use std::{env, panic};

/// Names the program that a process runs.
const PROGRAM: &str = "SELVEDGE_CRASHING_PROGRAM";

/// What a test looks at.
struct Ended {
    output: Output,
    after: Duration,
}

impl Ended {
    fn said(&self) -> String {
        String::from_utf8_lossy(&self.output.stderr).into_owned()
    }

    #[track_caller]
    fn says(&self, what: &str) -> &Self {
        assert!(self.said().contains(what), "it does not say {what:?}, but:\n{}", self.said());
        self
    }

    #[track_caller]
    fn exits_with(&self, status: i32) -> &Self {
        assert_eq!(self.output.status.code(), Some(status), "{}\n{}", self.output.status, self.said());
        self
    }

    #[cfg(unix)]
    #[track_caller]
    fn dies_of(&self, signal: i32) -> &Self {
        use std::os::unix::process::ExitStatusExt;
        assert_eq!(self.output.status.signal(), Some(signal), "{}\n{}", self.output.status, self.said());
        self
    }

    /// The schedule that was printed.
    #[track_caller]
    fn schedule(&self) -> String {
        let said = self.said();
        let line = said.lines().find_map(|line| line.split_once("schedule that leads there: "));
        let (_, schedule) = line.unwrap_or_else(|| panic!("it tells no schedule:\n{said}"));
        let _: selvedge::Schedule = schedule.parse().unwrap_or_else(|e| panic!("{e}: {schedule}"));
        schedule.to_owned()
    }

    /// What it said of the model, without the program's own words.
    fn told(&self) -> Vec<String> {
        let said = self.said();
        let of_report = said.lines().skip_while(|line| !line.starts_with("selvedge: "));
        of_report.map(str::to_owned).collect()
    }
}

fn run(program: &str, schedule: Option<&str>) -> Ended {
    let begin = Instant::now();
    let mut command = Command::new(env::current_exe().unwrap());
    command.env(PROGRAM, program).env_remove("SELVEDGE_REPLAY").stdin(Stdio::null());
    if let Some(schedule) = schedule {
        command.env("SELVEDGE_REPLAY", schedule);
    }
    Ended { output: command.output().unwrap(), after: begin.elapsed() }
}

/// Runs a program twice, and along the schedule that it prints: it says and does the same each time.
#[track_caller]
fn leads_there_again(program: &str) -> Ended {
    let first = run(program, None);
    assert_eq!(run(program, None).told(), first.told(), "another run");
    let again = run(program, Some(&first.schedule()));
    assert_eq!(again.output.status, first.output.status, "{}", again.said());
    assert_eq!(again.told(), first.told(), "along the schedule");
    first
}

#[cfg(unix)]
fn a_panic_in_a_destructor_while_it_unwinds() {
    leads_there_again("double_panic")
        .dies_of(6)
        .says("MainThread crashes with SIGABRT")
        .says("first panic at checker/tests/crashes/programs.rs:")
        .says("the first panic")
        .says("in the destructor");
}

#[cfg(unix)]
fn an_abort_in_another_thread() {
    leads_there_again("abort").dies_of(6).says("thread 1 crashes with SIGABRT: it aborts");
}

#[cfg(unix)]
fn an_abort_that_needs_an_order() {
    leads_there_again("abort_by_order").dies_of(6).says("thread 2 crashes with SIGABRT");
}

#[cfg(unix)]
fn an_abort_before_any_event() {
    let ended = leads_there_again("abort_at_once");
    ended.dies_of(6).says("last call to the checker: none");
    assert_eq!(ended.schedule(), "1.0Z");
}

#[cfg(unix)]
fn an_access_of_no_memory() {
    leads_there_again("null")
        .dies_of(11)
        .says("MainThread crashes with SIGSEGV: it uses memory that is not there");
}

#[cfg(all(unix, target_arch = "x86_64"))]
fn an_instruction_that_does_not_exist() {
    leads_there_again("illegal").dies_of(4).says("MainThread crashes with SIGILL");
}

#[cfg(all(unix, target_arch = "x86_64"))]
fn a_division_by_zero() {
    leads_there_again("division").dies_of(8).says("crashes with SIGFPE: it divides by zero");
}

#[cfg(unix)]
fn a_stack_that_is_used_up() {
    leads_there_again("overflow")
        .dies_of(11)
        .says("thread 1 crashes with SIGSEGV: its stack of 2048 KiB is used up");
}

#[cfg(unix)]
fn a_crash_outside_of_a_model_is_the_programs_own() {
    let ended = run("outside", None);
    ended.dies_of(6);
    assert!(!ended.said().contains("selvedge:"), "{}", ended.said());
}

#[cfg(unix)]
fn a_handler_that_was_there_before_is_called() {
    run("own_handler", None)
        .exits_with(33)
        .says("MainThread crashes with SIGSEGV")
        .says("the program's own handler");
}

#[cfg(unix)]
fn an_exit_in_the_middle_of_a_model() {
    leads_there_again("exit").exits_with(101).says("ends the process in the middle of an execution");
}

#[cfg(unix)]
fn a_lock_of_std_that_a_waiting_thread_holds() {
    let ended = leads_there_again("std_lock");
    ended.exits_with(101).says("has not come back from a step").says("the time of the exploration is over");
    ended.says("last call to the checker: ");
    assert!(ended.after < Duration::from_secs(8), "{:?}", ended.after);
}

#[cfg(unix)]
fn a_condition_variable_of_std() {
    leads_there_again("std_gate")
        .exits_with(101)
        .says("MainThread of `the gate` has not come back")
        .says("selvedge::sync");
}

#[cfg(unix)]
fn a_loop_without_a_call() {
    leads_there_again("endless_loop").exits_with(101).says("has not come back from a step");
}

fn a_loop_without_a_call_and_without_a_limit_of_time() {
    let ended = run("endless_loop_without_limit", None);
    ended.exits_with(101).says("has not come back from a step for 10s");
    assert!(ended.after >= Duration::from_secs(10), "{:?}", ended.after);
}

fn a_step_that_takes_long_and_comes_back() {
    run("slow", None).exits_with(0);
}

fn main() -> ExitCode {
    if let Ok(program) = env::var(PROGRAM) {
        programs::run(&program);
        return ExitCode::SUCCESS;
    }
    let mut tests: Vec<(&str, fn())> = Vec::new();
    macro_rules! tests {
        ($($(#[$attribute:meta])* $test:ident,)*) => {
            $($(#[$attribute])* tests.push((stringify!($test), $test));)*
        };
    }
    tests! {
        #[cfg(unix)] a_panic_in_a_destructor_while_it_unwinds,
        #[cfg(unix)] an_abort_in_another_thread,
        #[cfg(unix)] an_abort_that_needs_an_order,
        #[cfg(unix)] an_abort_before_any_event,
        #[cfg(unix)] an_access_of_no_memory,
        #[cfg(all(unix, target_arch = "x86_64"))] an_instruction_that_does_not_exist,
        #[cfg(all(unix, target_arch = "x86_64"))] a_division_by_zero,
        #[cfg(unix)] a_stack_that_is_used_up,
        #[cfg(unix)] a_crash_outside_of_a_model_is_the_programs_own,
        #[cfg(unix)] a_handler_that_was_there_before_is_called,
        #[cfg(unix)] an_exit_in_the_middle_of_a_model,
        #[cfg(unix)] a_lock_of_std_that_a_waiting_thread_holds,
        #[cfg(unix)] a_condition_variable_of_std,
        #[cfg(unix)] a_loop_without_a_call,
        a_loop_without_a_call_and_without_a_limit_of_time,
        a_step_that_takes_long_and_comes_back,
    }
    let filters: Vec<_> = env::args().skip(1).filter(|argument| !argument.starts_with('-')).collect();
    tests.retain(|(name, _)| filters.is_empty() || filters.iter().any(|f| name.contains(f.as_str())));
    if env::args().any(|argument| argument == "--list") {
        tests.iter().for_each(|(name, _)| println!("{name}: test"));
        return ExitCode::SUCCESS;
    }
    let run = |(name, test): &(&str, fn())| {
        let passed = panic::catch_unwind(test).is_ok();
        println!("test {name} ... {}", if passed { "ok" } else { "FAILED" });
        passed
    };
    let failed = tests.iter().filter(|test| !run(test)).count();
    println!("{} passed, {failed} failed", tests.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
