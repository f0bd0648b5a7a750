//! What an exploration takes besides its executions, beside beginning and joining an OS thread.
//!
//! `cargo bench -p selvedge --bench beginning`

use std::time::Instant;

use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::Relaxed;
use selvedge::{Checker, thread};

/// How often each is done for one time.
const TIMES: u32 = 10_000;

/// The median of some times of one call, in microseconds.
fn time(f: impl Fn()) -> f64 {
    let mut times: Vec<f64> = (0..7)
        .map(|_| {
            let begin = Instant::now();
            (0..TIMES).for_each(|_| f());
            begin.elapsed().as_secs_f64() * 1e6 / f64::from(TIMES)
        })
        .collect();
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let thread = time(|| std::thread::spawn(|| ()).join().unwrap());
    println!("an OS thread, begun and joined      {thread:>8.1} us");
    let explore = |name: &str, model: fn()| {
        let time = time(|| {
            let _report = Checker::new().run(model);
        });
        println!("{name:34}  {time:>8.1} us, {:.2} of an OS thread", time / thread);
    };
    explore("one thread, one execution", || {
        AtomicUsize::new(0).store(1, Relaxed);
    });
    explore("two threads, two executions", || {
        let x = Arc::new(AtomicUsize::new(0));
        let other = x.clone();
        let other = thread::spawn(move || other.fetch_add(1, Relaxed));
        x.fetch_add(1, Relaxed);
        other.join().unwrap();
    });
}
