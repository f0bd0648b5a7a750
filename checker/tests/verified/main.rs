//! Small programs whose verdicts were derived by hand.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod ends;
mod waits;
