//! Generated sequences of operations, on the primitive and on a plain sequential specification of it: the same results.

#![cfg(not(loom))]

mod local;
mod queue;
mod thread;
