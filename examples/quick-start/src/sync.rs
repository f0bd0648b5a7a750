//! What threads share: std's in the crate as it ships, the checker's in the build that explores.

#![allow(unused_imports, reason = "what the crate will need")]

#[cfg(loom)]
pub(crate) use selvedge::sync::{Arc, Condvar, Mutex, RwLock, atomic};
#[cfg(loom)]
pub(crate) use selvedge::thread;
#[cfg(not(loom))]
pub(crate) use std::sync::{Arc, Condvar, Mutex, RwLock, atomic};
#[cfg(not(loom))]
pub(crate) use std::thread;
