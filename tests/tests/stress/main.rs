//! Every primitive under real threads that want the same thing at once, for a short while. The models explore all orders of a
//! few operations; these run millions in whatever order the machine has. `SELVEDGE_SOAK=60` goes on with each for so many seconds.
#![cfg(not(loom))]

mod barrier;
mod condition;
mod event;
mod locks;
mod semaphore;

use std::time::{Duration, Instant};

/// Once, or as often as fits into the seconds of `SELVEDGE_SOAK`.
fn soak(once: impl Fn()) {
    let seconds = std::env::var("SELVEDGE_SOAK").map_or(0, |seconds| {
        seconds.parse().unwrap_or_else(|_| panic!("SELVEDGE_SOAK is a number of seconds, not {seconds:?}"))
    });
    let begin = Instant::now();
    loop {
        once();
        if begin.elapsed() >= Duration::from_secs(seconds) {
            return;
        }
    }
}

/// Runs `body` on `n` threads, each with its number, and waits for them.
fn threads(n: usize, body: impl Fn(usize) + Sync) {
    std::thread::scope(|s| {
        for i in 0..n {
            let body = &body;
            s.spawn(move || body(i));
        }
    });
}
