//! What becomes of each primitive when 1 to 64 threads want it at once, beside its peers: how much gets done, how evenly it is
//! shared, and how long a thread waits at worst.
//!
//! `cargo bench -p selvedge-benches --bench contended [-- [--plots] PART-OF-A-NAME]`
//!
//! prints a table for each primitive, and one of holders that sleep or work inside of a lock (`Holders`); `--plots` draws them into
//! `docs/performance/` too. A round runs every contestant for a while with the same number of threads; ratios are taken within a
//! round, and what is printed are medians over the rounds. Nothing is pinned: where threads run is part of what happens to them.

#[path = "../cases/textbook.rs"]
#[allow(dead_code, reason = "another benchmark's peers are there too")]
mod textbook;

mod contestants;
mod cpython;
mod crowd;
mod holders;
mod plot;

use std::path::Path;
use std::time::Duration;

use contestants::Case;
use plot::{Line, Panel, Scale};

const THREADS: [usize; 7] = [1, 2, 4, 8, 16, 32, 64];
/// With five, a single run of a lock beside itself lay anywhere between 0.84 and 1.38.
const ROUNDS: usize = 21;
/// A holder may take a second for each.
const ROUNDS_OF_HOLDERS: usize = 5;
const RUN: Duration = Duration::from_millis(150);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let flag = |name: &str| arguments.iter().any(|argument| argument == name);
    // As a test, which cargo makes of it under `cargo test --benches`: that everything runs.
    let (rounds, run) = if flag("--bench") { (ROUNDS, RUN) } else { (1, Duration::from_millis(1)) };
    let wanted: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();

    println!("In each field: throughput to the first line's · smallest to largest share · longest wait.\n");
    match cpython::version() {
        Some(version) => println!("CPython is {version}."),
        None => println!("There is no `python3` here to run beside."),
    }
    for case in contestants::all() {
        if wanted.is_empty() || wanted.iter().any(|part| case.name.contains(part.as_str())) {
            let measured = measure(&case, rounds, run);
            print(&case, &measured);
            if flag("--plots") {
                draw(&case, &measured);
            }
        }
    }
    if wanted.is_empty() || wanted.iter().any(|part| "Holders".contains(part.as_str())) {
        holders::print(rounds.min(ROUNDS_OF_HOLDERS), |values| median(values.into_iter()));
    }
}

/// The medians for one contestant and one number of threads.
struct Measured {
    /// Turns in a microsecond.
    throughput: f64,
    /// The throughput to that of the first contestant.
    ratio: f64,
    /// The smallest share that a thread had to the largest.
    fairness: f64,
    /// The longest that a thread took for one turn, in milliseconds.
    longest: f64,
}

/// For each contestant, what was measured with each number of threads.
fn measure(case: &Case, rounds: usize, run: Duration) -> Vec<Vec<Measured>> {
    let mut measured: Vec<_> = case.contestants.iter().map(|_| Vec::new()).collect();
    for threads in THREADS {
        let mut runs: Vec<_> = case.contestants.iter().map(|_| Vec::new()).collect();
        for round in 0..rounds {
            // Each comes first equally often, so that none always follows the same.
            for turn in 0..runs.len() {
                let which = (round + turn) % runs.len();
                runs[which].push((case.contestants[which].run)(threads, run));
            }
        }
        for which in 0..runs.len() {
            let rounds = || runs[which].iter().zip(&runs[0]);
            measured[which].push(Measured {
                throughput: median(rounds().map(|(run, _)| run.throughput())),
                ratio: median(rounds().map(|(run, first)| run.throughput() / first.throughput())),
                fairness: median(rounds().map(|(run, _)| run.fairness())),
                longest: median(rounds().map(|(run, _)| run.longest.as_secs_f64() * 1e3)),
            });
        }
    }
    measured
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<_> = values.collect();
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn print(case: &Case, measured: &[Vec<Measured>]) {
    println!("\n{}: {}\n", case.name, case.turn);
    print!("| threads |");
    for threads in THREADS {
        print!(" {threads} |");
    }
    println!("\n|---|{}", "---:|".repeat(THREADS.len()));
    for (contestant, measured) in case.contestants.iter().zip(measured) {
        print!("| {} |", contestant.name);
        for Measured { ratio, fairness, longest, .. } in measured {
            print!(" {ratio:.2} · {fairness:.2} · {} ms |", figures(*longest));
        }
        println!();
    }
    print!("| first line, turns in a microsecond |");
    for first in &measured[0] {
        print!(" {} |", figures(first.throughput));
    }
    println!();
}

/// Two figures that mean something.
fn figures(value: f64) -> String {
    let decimals = (1 - value.max(1e-9).log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

fn draw(case: &Case, measured: &[Vec<Measured>]) {
    let lines = |value: fn(&Measured) -> f64| {
        let contestants = case.contestants.iter().zip(measured);
        let line = |(contestant, measured): (&contestants::Contestant, &Vec<Measured>)| Line {
            name: contestant.name,
            maker: contestant.maker,
            values: measured.iter().map(value).collect(),
        };
        contestants.map(line).collect()
    };
    let panels = [
        Panel {
            title: "turns in a microsecond",
            scale: Scale::Logarithmic,
            lines: lines(|measured| measured.throughput),
        },
        Panel {
            title: "smallest to largest share",
            scale: Scale::Shares,
            lines: lines(|measured| measured.fairness),
        },
        Panel {
            title: "longest wait, in milliseconds",
            scale: Scale::Logarithmic,
            lines: lines(|measured| measured.longest),
        },
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/performance");
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join(format!("{}.svg", case.name.to_lowercase()));
    std::fs::write(file, plot::svg(&format!("{}: {}", case.name, case.turn), &THREADS, &panels)).unwrap();
}
