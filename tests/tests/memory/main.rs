//! What the primitives take of memory: their sizes, which are documented, and nothing besides once they are made.

#![cfg(not(loom))]

mod allocations;
mod sizes;
