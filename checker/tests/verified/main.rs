//! What is verified is so, and what cannot be verified is not.

mod determinism;
mod std_inside;
