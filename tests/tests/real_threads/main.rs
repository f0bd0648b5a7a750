//! The primitives on real threads: what a model cannot show (panics, clocks, the operating system), and stress.

#![cfg(not(loom))]

mod fairness;
mod local;
mod python;
mod queue;
mod rust;
mod shown;
mod thread;
mod timer;
