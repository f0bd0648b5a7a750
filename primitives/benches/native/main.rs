//! Native speed of every primitive beside its peers, all in one run: read the ratios, not the nanoseconds.
//!
//! `cargo bench -p selvedge-primitives`; `docs/performance.md` has the figures and how they came about.

mod contended;
mod uncontended;

use criterion::{criterion_group, criterion_main};

criterion_group!(native, uncontended::all, contended::all);
criterion_main!(native);
