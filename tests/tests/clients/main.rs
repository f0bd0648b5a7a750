//! Each primitive beside a sequential specification: generated clients of two or three threads that make up to three calls
//! each, each client explored completely, and every execution linearizable.
//!
//! A run tries a few dozen clients of each primitive. The full run tries a thousand:
//!
//! ```sh
//! SELVEDGE_CASES=full RUSTFLAGS="--cfg loom" cargo test --release -p selvedge-tests --test clients -- --nocapture
//! ```
//!
//! What fails is kept in `regressions/`, a file for each primitive, and tried first from then on.
#![cfg(all(loom, not(feature = "upstream-loom")))]

mod barrier;
mod condition;
mod event;
mod local;
mod locks;
mod mutants;
mod queue;
mod semaphore;
mod thread;
mod timer;

use std::fmt::Debug;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::{Config, FileFailurePersistence, RngSeed};
use selvedge::Checker;
use selvedge::linearizability::{Client, Clients, Implementation, Specification};

/// A time that passes soon, and in a model may pass at any time.
const SOON: Duration = Duration::from_millis(1);

/// How long a timed call waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Timeout {
    Zero,
    Soon,
}

impl From<Timeout> for Duration {
    fn from(timeout: Timeout) -> Duration {
        match timeout {
            Timeout::Zero => Duration::ZERO,
            Timeout::Soon => SOON,
        }
    }
}

/// Mostly one that may pass while others act.
fn timeout() -> impl Strategy<Value = Timeout> + Clone {
    prop_oneof![3 => Just(Timeout::Soon), 1 => Just(Timeout::Zero)]
}

/// Two or three threads that make up to three calls each.
fn threads<C: Debug>(call: impl Strategy<Value = C>) -> impl Strategy<Value = Vec<Vec<C>>> {
    prop::collection::vec(prop::collection::vec(call, 1..=3), 2..=3)
}

/// Explores generated clients of a primitive, and says what was explored.
#[track_caller]
fn linearizable<S, O>(
    name: &str,
    checker: Checker,
    clients: impl Strategy<Value = (S, Client<S::Call>)>,
    object: Implementation<S, O>,
) where
    S: Specification + Clone + Debug,
    O: Send + Sync + 'static,
{
    let begin = std::time::Instant::now();
    let explored =
        Clients::new(clients, object).checker(checker).config(config(name)).largest(largest()).run();
    println!("{name}: {explored:?} in {:.1} s", begin.elapsed().as_secs_f64());
}

/// The same clients in each run, more of them in the full run; what fails is kept.
fn config(name: &str) -> Config {
    let file = format!(concat!(env!("CARGO_MANIFEST_DIR"), "/regressions/{}.txt"), name);
    Config {
        cases: cases(),
        rng_seed: RngSeed::Fixed(0x5e1f_ed6e),
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct(file.leak()))),
        max_global_rejects: 10_000,
        ..Config::default()
    }
}

/// How many clients of each primitive a run tries.
fn cases() -> u32 {
    match std::env::var("SELVEDGE_CASES").as_deref() {
        Ok("full") => 1_000,
        Ok(n) => n.parse().expect("SELVEDGE_CASES is `full` or a number"),
        Err(_) => 24,
    }
}

/// How many executions a client has at most that is tried.
fn largest() -> u64 {
    if cases() < 1_000 { 2_000 } else { 4_000 }
}
