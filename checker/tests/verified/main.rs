//! Programs whose verdict is known: what is verified has no other behaviour, and what is correct does not fail.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod arcs;
mod determinism;
mod ends;
mod futures;
mod poison;
mod rwlocks;
mod std_inside;
mod waits;
mod waits_with_handles;
