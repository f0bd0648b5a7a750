//! Programs whose verdict is known: what is verified has no other behaviour, and what is correct does not fail.

mod determinism;
mod std_inside;
mod waits;
