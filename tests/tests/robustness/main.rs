//! The primitives where programs seldom bring them: among thousands of threads, in callbacks that panic, dropped in the middle
//! of things, at the ends of the clock.

#![cfg(not(loom))]

mod clock;
mod crowds;
mod drops;
mod panics;
