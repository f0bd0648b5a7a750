//! One thread, nobody in its way: what a primitive costs when it has nothing to wait for.

use std::hint::black_box;

use criterion::Criterion;
use selvedge_primitives::Lock;

/// The unit of all ratios is `std::sync::Mutex`, locked and unlocked.
pub(super) fn all(c: &mut Criterion) {
    let mut group = c.benchmark_group("uncontended");
    let std = std::sync::Mutex::new(0u64);
    group.bench_function("std Mutex lock+unlock", |b| b.iter(|| *black_box(&std).lock().unwrap() += 1));
    let parking_lot = parking_lot::Mutex::new(0u64);
    group
        .bench_function("parking_lot Mutex lock+unlock", |b| b.iter(|| *black_box(&parking_lot).lock() += 1));
    let lock = Lock::new(0u64);
    group.bench_function("Lock lock+unlock", |b| b.iter(|| *black_box(&lock).lock() += 1));
    let lock = Lock::new(());
    group.bench_function("Lock acquire+release", |b| {
        b.iter(|| {
            black_box(&lock).acquire();
            black_box(&lock).release().unwrap();
        });
    });
    group.finish();
}
