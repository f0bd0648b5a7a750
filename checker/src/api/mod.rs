//! The types that models are written with, in loom's shape: each call becomes an event of the engine.

pub mod alloc;
pub mod cell;
pub mod future;
pub mod hint;
#[doc(hidden)]
pub mod interpose;
pub mod lazy_static;
mod macros;
pub mod model;
pub(crate) mod slot;
pub mod specification;
pub mod sync;
pub mod thread;
pub mod time;
