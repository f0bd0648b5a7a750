//! Examples with `Thread`.

pub mod crawlers;
pub mod daemons;
pub mod introspection;
pub mod joining;
pub mod low_level;
pub mod names;
pub mod spawning;
