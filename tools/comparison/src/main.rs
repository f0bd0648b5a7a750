//! How many executions a second Selvedge, loom and Shuttle explore of the same programs, in one run:
//! `cargo run --release --manifest-path tools/comparison/Cargo.toml`.
//!
//! Time is the processor's: what else the machine does does not count, and all engines use one thread. The figures of one
//! round are taken one after the other, and divided by one another; printed are the medians of the
//! rounds. So a slow moment of the machine falls on a whole round, or spoils one ratio of many. Each figure comes from a
//! process of its own: loom and Shuttle have panic hooks that slow each other down.

mod fibers;

use std::hint::black_box;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use cpu_time::ProcessTime;

const ROUNDS: usize = 5;
/// How much processor time a sample takes at least, where an engine explores the program again until then.
const SAMPLE: Duration = Duration::from_millis(300);
/// How often Selvedge explores the program in a sample.
const REPEATS: usize = 2_000;
/// How many executions a sample of Shuttle has, which would take minutes to explore all.
const SHUTTLE: u64 = 30_000;

/// The same source on each engine's threads, atomics and locks.
macro_rules! on {
    ($engine:ident) => {
        pub mod $engine {
            use std::sync::Arc;

            use $engine::sync::Mutex;
            use $engine::sync::atomic::AtomicUsize;
            use $engine::sync::atomic::Ordering::Relaxed;
            use $engine::thread;

            pub fn fetch_add() {
                let x = Arc::new(AtomicUsize::new(0));
                in_threads::<4>(move || {
                    x.fetch_add(1, Relaxed);
                });
            }

            pub fn lock_add_unlock() {
                let x = Arc::new(Mutex::new(0));
                in_threads::<3>(move || (0..2).for_each(|_| *x.lock().unwrap() += 1));
            }

            fn in_threads<const N: usize>(f: impl Fn() + Clone + Send + 'static) {
                let threads = [(); N].map(|()| thread::spawn(f.clone()));
                threads.into_iter().for_each(|t| t.join().unwrap());
            }
        }
    };
}

mod programs {
    on!(selvedge);
    on!(loom);
    on!(shuttle);
}

/// Measures one engine on one program: executions a second; in the last place explorations of the program a second.
type Measure = fn() -> f64;

const PROGRAMS: [(&str, [Measure; 5]); 2] = [
    (
        "fetch_add, 4 threads",
        [
            || selvedge(programs::selvedge::fetch_add),
            || loom(programs::loom::fetch_add),
            || shuttle(programs::shuttle::fetch_add),
            fibers,
            || explorations(programs::selvedge::fetch_add),
        ],
    ),
    (
        "lock, add, unlock, 3 x 2",
        [
            || selvedge(programs::selvedge::lock_add_unlock),
            || loom(programs::loom::lock_add_unlock),
            || shuttle(programs::shuttle::lock_add_unlock),
            fibers,
            || explorations(programs::selvedge::lock_add_unlock),
        ],
    ),
];

/// Executions a second.
fn rate(executions: u64, begin: ProcessTime) -> f64 {
    executions as f64 / begin.elapsed().as_secs_f64()
}

/// One exploration, so that what begins and ends it counts as little as in those of the others: the program is explored
/// once for each value of a choice.
fn selvedge(program: fn()) -> f64 {
    let begin = ProcessTime::now();
    let report = selvedge::Checker::new().run(move || {
        selvedge::choose(REPEATS);
        program();
    });
    rate(report.assert_verified().executions(), begin)
}

/// How many explorations of the program alone are made in a second.
fn explorations(program: fn()) -> f64 {
    let begin = ProcessTime::now();
    let mut explorations = 0;
    while begin.elapsed() < SAMPLE {
        let _verified = selvedge::Checker::new().run(program).assert_verified();
        explorations += 1;
    }
    rate(explorations, begin)
}

fn loom(program: fn()) -> f64 {
    let executions = Arc::new(AtomicU64::new(0));
    let counted = executions.clone();
    let begin = ProcessTime::now();
    loom::model(move || {
        counted.fetch_add(1, Relaxed);
        program();
    });
    rate(executions.load(Relaxed), begin)
}

fn shuttle(program: fn()) -> f64 {
    let begin = ProcessTime::now();
    shuttle::check_dfs(program, Some(SHUTTLE as usize));
    rate(SHUTTLE, begin)
}

fn fibers() -> f64 {
    let mut fibers = fibers::Fibers::new();
    let begin = ProcessTime::now();
    let mut executions = 0;
    while begin.elapsed() < SAMPLE {
        for _ in 0..1000 {
            black_box(&mut fibers).execute();
        }
        executions += 1000;
    }
    rate(executions, begin)
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Has this program measure in a process of its own.
fn measured(program: usize, engine: usize) -> f64 {
    let this = std::env::current_exe().expect("a program knows its file");
    let told = Command::new(this).args([program.to_string(), engine.to_string()]).output();
    let told = told.expect("a program can run itself");
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let told = String::from_utf8_lossy(&told.stdout);
    told.lines().last().and_then(|rate| rate.parse().ok()).expect("a rate is told")
}

fn main() {
    let args: Vec<usize> = std::env::args().skip(1).map(|n| n.parse().expect("no arguments")).collect();
    if let [program, engine] = args[..] {
        println!("{}", PROGRAMS[program].1[engine]());
        return;
    }
    println!("medians of {ROUNDS} rounds, one worker each; 3 fibers that switch 4 times each are the limit");
    println!(
        "executions a second       selvedge      loom   shuttle    fibers | selvedge to loom  to shuttle  to fibers"
    );
    for (program, (name, _)) in PROGRAMS.iter().enumerate() {
        let engines = || std::array::from_fn(|engine| measured(program, engine));
        let rounds: Vec<[f64; 5]> = (0..ROUNDS).map(|_| engines()).collect();
        let of = |figure: fn(&[f64; 5]) -> f64| median(rounds.iter().map(figure).collect());
        println!(
            "{name:24}{:>10.0}{:>10.0}{:>10.0}{:>10.0} | {:>16.1} {:>11.2} {:>10.3}",
            of(|r| r[0]),
            of(|r| r[1]),
            of(|r| r[2]),
            of(|r| r[3]),
            of(|r| r[0] / r[1]),
            of(|r| r[0] / r[2]),
            of(|r| r[0] / r[3])
        );
        println!(
            "    explored by selvedge, with all that begins and ends it, in {:.2} ms",
            1e3 / of(|r| r[4])
        );
    }
}
