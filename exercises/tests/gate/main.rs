//! The gate: every exercise is what its description says.
//!
//! In the model-checking build each variant is explored. In the plain build the programs that look right are run.

// On loom the primitives run in models of its own alone: neither explored nor run.
#![cfg(any(explores, not(loom)))]

mod descriptions;
#[cfg(explores)]
mod explored;
#[cfg(explores)]
mod play;
#[cfg(not(explores))]
mod run;

use selvedge_exercises::description::{Course, Exercise};

/// A variant of an exercise, with the check.
struct Program {
    exercise: &'static str,
    variant: &'static str,
    check: fn(),
}

// The variants, a table of them, and a test for each exercise, which calls `exercise`.
include!(concat!(env!("OUT_DIR"), "/programs.rs"));

#[cfg(explores)]
use explored::exercise;
#[cfg(not(explores))]
use run::exercise;

fn course() -> Course {
    Course::read().unwrap_or_else(|error| panic!("{error}"))
}

fn described(name: &str) -> Exercise {
    let course = course();
    let found = course.exercises().find(|exercise| exercise.name == name);
    found.unwrap_or_else(|| panic!("{name} is in no part of course.toml")).clone()
}

fn variant(exercise: &str, variant: &str) -> fn() {
    let found = PROGRAMS.iter().find(|program| (program.exercise, program.variant) == (exercise, variant));
    found.unwrap_or_else(|| panic!("{exercise} has no {variant}.rs")).check
}
