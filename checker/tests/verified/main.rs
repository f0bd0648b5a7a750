//! Small programs whose verdicts were derived by hand.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod determinism;
mod ends;
mod futures;
mod poison;
mod rwlocks;
mod std_inside;
mod waits;
