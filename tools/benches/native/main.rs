//! Native speed of every primitive beside its peers, with criterion: distributions, and comparisons with earlier runs.
//!
//! `cargo bench -p selvedge-benches --bench native`. For ratios on a machine that others use too, see the other
//! benchmark, `ratios`; `docs/performance.md` has the figures.

#[path = "../cases/mod.rs"]
mod cases;

use criterion::{Criterion, criterion_group, criterion_main};

fn all(c: &mut Criterion) {
    for case in cases::all() {
        let mut group = c.benchmark_group(case.name);
        for mut contestant in case.contestants {
            group.bench_function(contestant.name, |b| b.iter_custom(|n| (contestant.run)(n)));
        }
        group.finish();
    }
}

criterion_group!(native, all);
criterion_main!(native);
