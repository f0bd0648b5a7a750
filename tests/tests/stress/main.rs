//! Every primitive under real threads that want the same thing at once, for a short while. The models explore all orders of a
//! few operations; these run millions in whatever order the machine has.
#![cfg(not(loom))]

mod barrier;
mod condition;
mod event;
mod locks;
mod semaphore;

/// Runs `body` on `n` threads, each with its number, and waits for them.
fn threads(n: usize, body: impl Fn(usize) + Sync) {
    std::thread::scope(|s| {
        for i in 0..n {
            let body = &body;
            s.spawn(move || body(i));
        }
    });
}
