//! The types that models are written with, in loom's shape: each call becomes an event of the engine.

pub mod sync;
pub mod thread;
