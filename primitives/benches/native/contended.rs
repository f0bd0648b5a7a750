//! Two threads that want the same thing.

use std::hint::black_box;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use criterion::Criterion;
use selvedge_primitives::Lock;

/// How long two threads take to do `operation` `iterations` times in all, begun together.
fn two_threads(iterations: u64, operation: impl Fn() + Send + Sync + 'static) -> Duration {
    let (operation, start) = (Arc::new(operation), Arc::new(Barrier::new(3)));
    let threads: Vec<_> = (0..2)
        .map(|_| {
            let (operation, start) = (operation.clone(), start.clone());
            thread::spawn(move || {
                start.wait();
                for _ in 0..iterations.div_ceil(2) {
                    operation();
                }
            })
        })
        .collect();
    start.wait();
    let begin = Instant::now();
    for thread in threads {
        thread.join().unwrap();
    }
    begin.elapsed()
}

pub(super) fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("contended, 2 threads");
    group.bench_function("std Mutex", |b| {
        b.iter_custom(|n| {
            let lock = std::sync::Mutex::new(0u64);
            two_threads(n, move || *black_box(&lock).lock().unwrap() += 1)
        });
    });
    group.bench_function("parking_lot Mutex", |b| {
        b.iter_custom(|n| {
            let lock = parking_lot::Mutex::new(0u64);
            two_threads(n, move || *black_box(&lock).lock() += 1)
        });
    });
    group.bench_function("Lock", |b| {
        b.iter_custom(|n| {
            let lock = Lock::new(0u64);
            two_threads(n, move || *black_box(&lock).lock() += 1)
        });
    });
    group.finish();
}
