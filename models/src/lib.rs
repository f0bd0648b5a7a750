//! The documents' examples as models, each as it is printed, repaired, and broken on purpose.
//!
//! A model is written with the primitives' own API and reads like the program in the document. What a document claims is
//! asserted in every execution; what an observer could see is an outcome.

pub mod barriers;
pub mod conditions;
pub mod console;
pub mod counters;
pub mod dict;
pub mod events;
pub mod explore;
pub mod findings;
pub mod hazards;
pub mod locals;
pub mod locks;
pub mod playing;
pub mod queues;
pub mod reentrant;
pub mod registry;
pub mod repositories;
pub mod semaphores;
pub mod threads;
pub mod timers;
pub mod variable;

pub use registry::{Expected, Loom, MODELS, Model, Printed, Reachable, Reading, Readings, Variant};
pub use variable::Variable;
