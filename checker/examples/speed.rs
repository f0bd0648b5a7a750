use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicUsize, Ordering::*};
use selvedge::{Checker, MemoryModel, thread};
use std::sync::Arc;

fn show(name: &str, want: u64, f: impl Fn() + Send + Sync + 'static + Clone) {
    for model in [MemoryModel::Sc, MemoryModel::Rc11] {
        let report = Checker::new().memory_model(model).run(f.clone());
        println!(
            "{name:20} {model:?} {} of {want} blocked {} {} {:?} {:.0}/s",
            report.executions(),
            report.blocked(),
            report.verdict(),
            report.elapsed(),
            report.executions() as f64 / report.elapsed().as_secs_f64()
        );
    }
}
fn main() {
    for (n, want) in [(3, 6), (4, 24), (5, 120), (6, 720), (7, 5040), (8, 40320)] {
        show(&format!("fetch_add {n}"), want, move || {
            let x = Arc::new(AtomicUsize::new(0));
            let threads: Vec<_> = (0..n)
                .map(|_| {
                    let x = x.clone();
                    thread::spawn(move || {
                        x.fetch_add(1, Relaxed);
                    })
                })
                .collect();
            for t in threads {
                t.join().unwrap();
            }
        });
    }
    for (n, k, want) in
        [(2, 1, 2), (3, 1, 6), (4, 1, 24), (5, 1, 120), (6, 1, 720), (3, 2, 90), (3, 3, 1680), (4, 2, 2520)]
    {
        show(&format!("lock {n} x {k}"), want, move || {
            let x = Arc::new(Mutex::new(0));
            let threads: Vec<_> = (0..n)
                .map(|_| {
                    let x = x.clone();
                    thread::spawn(move || {
                        for _ in 0..k {
                            *x.lock().unwrap() += 1;
                        }
                    })
                })
                .collect();
            for t in threads {
                t.join().unwrap();
            }
        });
    }
    for (n, want) in [(4, 16), (8, 256), (12, 4096)] {
        show(&format!("1 writer {n} readers"), want, move || {
            let x = Arc::new(AtomicUsize::new(0));
            let y = x.clone();
            let mut threads = vec![thread::spawn(move || y.store(1, Relaxed))];
            threads.extend((0..n).map(|_| {
                let x = x.clone();
                thread::spawn(move || {
                    x.load(Relaxed);
                })
            }));
            for t in threads {
                t.join().unwrap();
            }
        });
    }
}
