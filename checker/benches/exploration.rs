//! How fast the engine explores: executions a second on programs whose number of behaviours is known, and the time of an
//! event by the length of the execution.
//!
//! `cargo bench -p selvedge --bench exploration`

use std::time::{Duration, Instant};

use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::Relaxed;
use selvedge::sync::{Arc, Mutex};
use selvedge::{Checker, thread};

fn in_threads(n: usize, f: impl Fn() + Clone + 'static) {
    let begin = |_| {
        let f = f.clone();
        thread::spawn(f)
    };
    let threads: Vec<_> = (0..n).map(begin).collect();
    threads.into_iter().for_each(|t| t.join().unwrap());
}

/// Explores for half a second at least and prints the best rate of a run.
fn rate(name: &str, f: impl Fn() + Send + Sync + Clone + 'static) {
    let begin = Instant::now();
    let mut best = f64::INFINITY;
    let mut executions = 0;
    while begin.elapsed() < Duration::from_millis(500) {
        let report = Checker::new().run(f.clone()).assert_verified();
        executions = report.executions();
        best = best.min(report.elapsed().as_secs_f64() / executions as f64);
    }
    println!("{name:32} {executions:>8} behaviours {:>10.0} executions/s", 1.0 / best);
}

fn main() {
    for n in [4, 7] {
        rate(&format!("fetch_add, {n} threads"), move || {
            let x = Arc::new(AtomicUsize::new(0));
            in_threads(n, move || {
                x.fetch_add(1, Relaxed);
            });
        });
    }
    for (n, k) in [(3, 2), (4, 2)] {
        rate(&format!("lock, add, unlock, {n} x {k}"), move || {
            let x = Arc::new(Mutex::new(0));
            in_threads(n, move || (0..k).for_each(|_| *x.lock().unwrap() += 1));
        });
    }
    workers("fetch_add, 9 threads", || {
        let x = Arc::new(AtomicUsize::new(0));
        in_threads(9, move || {
            x.fetch_add(1, Relaxed);
        });
    });
    workers("lock, add, unlock, 5 x 2", || {
        let x = Arc::new(Mutex::new(0));
        in_threads(5, move || (0..2).for_each(|_| *x.lock().unwrap() += 1));
    });
    workers("readers of one atomic, 17", || {
        let x = Arc::new(AtomicUsize::new(0));
        let threads = (0..17).map(|n| {
            let x = x.clone();
            thread::spawn(
                move || if n == 0 { x.store(1, Relaxed) } else { drop(x.load(Relaxed).to_string()) },
            )
        });
        threads.collect::<Vec<_>>().into_iter().for_each(|t| t.join().unwrap());
    });
    for events in [10, 30, 100, 300, 1000] {
        // Many executions in each exploration, so that what begins and ends it hardly counts.
        let repeats = 20_000 / events;
        let mut times: Vec<f64> = (0..101)
            .map(|_| {
                let report = Checker::new().run(move || {
                    selvedge::choose(repeats);
                    racing_once(events);
                });
                let report = report.assert_verified();
                let executions = report.executions();
                assert_eq!(executions, 2 * repeats as u64);
                report.elapsed().as_secs_f64() / executions as f64
            })
            .collect();
        times.sort_by(f64::total_cmp);
        let [median, best] = [times[times.len() / 2], times[0]].map(|time| time / events as f64 * 1e9);
        println!("{events:>6} events an execution: {median:>8.1} ns an event, {best:.1} at best");
    }
}

/// Explores with one worker and with two, in turns, and prints what the second is good for: the medians of five times.
fn workers(name: &str, f: impl Fn() + Send + Sync + Clone + 'static) {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..5 {
        for (workers, times) in (1..).zip(&mut times) {
            times.push(Checker::new().workers(workers).run(f.clone()).assert_verified().elapsed());
        }
    }
    let [one, two] = times.map(|mut times| {
        times.sort_unstable();
        times[2].as_secs_f64()
    });
    println!("{name:32} {one:>8.2} s with one worker {two:>8.2} s with two: {:.2} times", one / two);
}

/// The rest of an execution with so many events: two threads begin, add to one atomic (a read and a write each), are
/// joined, and use memory of their own; one event is the choice of the repetition.
fn racing_once(events: usize) {
    let private = events - 9;
    let shared = Arc::new(AtomicUsize::new(0));
    let threads = [private / 2, private.div_ceil(2)].map(|private| {
        let shared = shared.clone();
        thread::spawn(move || {
            let mine = AtomicUsize::new(0);
            shared.fetch_add(1, Relaxed);
            for n in 0..private {
                match n % 2 {
                    0 => mine.store(n, Relaxed),
                    _ => {
                        mine.load(Relaxed);
                    }
                }
            }
        })
    });
    threads.into_iter().for_each(|t| t.join().unwrap());
}
