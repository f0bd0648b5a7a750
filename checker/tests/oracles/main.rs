//! The engine beside brute force: small programs, generated and written, of which all behaviours are known without it.
//!
//! `SELVEDGE_CASES=full cargo test --release -p selvedge --test oracles` tries thousands of programs of each kind. What one
//! tells of is a module, whose name after the command is enough to run it alone.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod oracle;

mod arcs;
mod behaviours;
mod bounds;
mod ends;
mod futures;
mod random;
mod rwlocks;
mod schedules;
mod symmetry;
mod time;
mod waits;
