//! How many times as long each primitive takes as its peer, measured so that noise falls on both.
//!
//! `cargo bench -p selvedge-benches --bench ratios [-- PART-OF-A-NAME]`
//!
//! A round runs everything in a case once, for a short while, and divides by what the reference took in the same round; what is
//! printed are the quartiles of these ratios over all rounds. A slow moment of the machine hits all of a round, which leaves
//! the ratio as it is, or some of its runs, which moves one ratio of many; neither moves the median.

mod cases;

use std::time::Duration;

use cases::{Case, Contestant};

const ROUNDS: usize = 201;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    // As a test, which cargo makes of it under `cargo test --benches`: that everything runs.
    let rounds = if arguments.iter().any(|argument| argument == "--bench") { ROUNDS } else { 1 };
    let wanted: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();

    println!("| case | what | ratio | quartiles | ns | at most |");
    println!("|---|---|---:|---:|---:|---:|");
    for case in cases::all() {
        if wanted.is_empty() || wanted.iter().any(|part| case.name.contains(part.as_str())) {
            measure(case, rounds);
        }
    }
    println!();
    for (name, size) in cases::sizes() {
        println!("{name}: {size} bytes");
    }
}

/// Prints a line for each contestant. The first is the reference.
fn measure(mut case: Case, rounds: usize) {
    let iterations: Vec<u64> =
        case.contestants.iter_mut().map(|contestant| calibrate(contestant, case.run)).collect();
    let mut nanoseconds = vec![Vec::new(); case.contestants.len()];
    let mut ratios = nanoseconds.clone();
    'rounds: for round in 0..rounds {
        let mut taken = vec![0.0; case.contestants.len()];
        // Each comes first equally often, so that none always follows the same.
        for turn in 0..taken.len() {
            let which = (round + turn) % taken.len();
            let n = iterations[which];
            let time = (case.contestants[which].run)(n);
            if time == Duration::MAX {
                continue 'rounds;
            }
            taken[which] = time.as_nanos() as f64 / n as f64;
        }
        for which in 0..taken.len() {
            nanoseconds[which].push(taken[which]);
            ratios[which].push(taken[which] / taken[0]);
        }
    }
    for (which, contestant) in case.contestants.iter().enumerate() {
        let [first, median, third] = quartiles(&mut ratios[which]);
        let [_, typical, _] = quartiles(&mut nanoseconds[which]);
        let limit = contestant.at_most.map_or(String::new(), |limit| format!("{limit:.2}"));
        println!(
            "| {} | {} | {median:.2} | {first:.2} to {third:.2} | {typical:.1} | {limit} |",
            case.name, contestant.name,
        );
    }
}

/// How many iterations make a run of that length, on a quiet moment of the machine.
fn calibrate(contestant: &mut Contestant, run: Duration) -> u64 {
    let mut n = 16;
    loop {
        let taken = (0..3).map(|_| (contestant.run)(n)).min().unwrap_or_default();
        if taken >= run / 4 {
            return (n as f64 * run.as_secs_f64() / taken.as_secs_f64()).max(1.0) as u64;
        }
        n *= 2;
    }
}

fn quartiles(values: &mut [f64]) -> [f64; 3] {
    values.sort_by(f64::total_cmp);
    [1, 2, 3].map(|quarter| values[(values.len() - 1) * quarter / 4])
}
