//! Programs to break and mend.
//!
//! An exercise is a folder below `programs`: a program that looks right, the check that the program has to pass, mends that
//! are right, wrong, or too much, and a description. The command `learn` lets you mend the program, and explores each
//! of its executions when you save it. The gate holds every exercise to its description.
//!
//! A check starts threads with [`start`], asserts what must hold, and tells by [`selvedge::outcome`] what must stay
//! possible. A [`Meeting`] tells whether two threads can be at one place at once.

pub mod description;
mod explored;
mod misused;
#[cfg(not(explores))]
pub mod native;
mod threads;

pub use explored::{Explored, Judgement, PLAY, Settings, explore, main, program};
pub use misused::{Misused, misused};
pub use threads::{Meeting, start};
