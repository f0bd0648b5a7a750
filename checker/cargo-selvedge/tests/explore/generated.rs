//! Programs that are drawn, with plain memory and with selvedge's cells: the same ones race.

use std::collections::BTreeMap;
use std::fmt::Write;

use selvedge::{Checker, FailureKind, Verdict};

use super::Package;

mod names {
    pub use selvedge::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};
    pub use selvedge::sync::atomic::{AtomicUsize, fence};
    pub use selvedge::sync::{Arc, Mutex};
    pub use selvedge::thread;

    #[derive(Default)]
    pub struct Cells([selvedge::cell::UnsafeCell<u8>; 2]);

    // SAFETY: the checker ends an execution in which two accesses race before the second is made.
    unsafe impl Sync for Cells {}

    impl Cells {
        #[track_caller]
        pub fn read(&self, at: usize) {
            // SAFETY: as above.
            self.0[at].with(|cell| unsafe { cell.read_volatile() });
        }

        #[track_caller]
        pub fn write(&self, at: usize) {
            // SAFETY: as above.
            self.0[at].with_mut(|cell| unsafe { cell.write_volatile(1) });
        }
    }
}

mod program {
    include!("program.rs");
}

const PROGRAMS: u64 = if cfg!(feature = "long") { 1000 } else { 100 };

/// A package with a test for each program.
fn package() -> Package {
    let mut source = format!(
        "mod names {{\n{}}}\n\nmod program {{\n{}}}\n",
        include_str!("names_of_std.rs"),
        include_str!("program.rs")
    );
    for number in 0..PROGRAMS {
        write!(source, "\n#[test]\nfn program_{number}() {{\n    program::run({number});\n}}\n").unwrap();
    }
    Package::new("generated", source.leak())
}

#[test]
fn the_same_programs_race_for_plain_memory_and_for_cells() {
    let explored = package().explore(&["--workers", "2", "--max-duration", "60"]);
    let race = |number: u64| {
        let report = explored.reports.get(&format!("generated::program_{number}"));
        let found = report.and_then(|report| report.counterexample.as_ref());
        assert!(found.is_none_or(|found| found.class == "data race"), "{number}: {found:?}");
        found.is_some()
    };
    let of_plain: BTreeMap<_, _> = (0..PROGRAMS).map(|number| (number, race(number))).collect();
    let race = |number: u64| {
        let report = Checker::new().run(move || program::run(number));
        match report.verdict() {
            Verdict::Failed(failure) => {
                assert_eq!(failure.kind, FailureKind::DataRace, "{number}: {failure}");
                true
            }
            Verdict::Incomplete(limit) => panic!("{number}: {limit}"),
            _ => false,
        }
    };
    let of_cells: BTreeMap<_, _> = (0..PROGRAMS).map(|number| (number, race(number))).collect();
    let differ: Vec<_> = of_plain.iter().filter(|(number, race)| of_cells[number] != **race).collect();
    assert!(differ.is_empty(), "of these numbers alone the plain ones race, or do not: {differ:?}");
    let racing = of_cells.values().filter(|race| **race).count() as u64;
    assert!((PROGRAMS / 4..PROGRAMS * 3 / 4).contains(&racing), "{racing} of {PROGRAMS} race");
    let unknown = explored.said.contains("incomplete") || explored.said.contains("trouble");
    assert!(!unknown, "{}", explored.said);
    println!("{racing} of {PROGRAMS} race, in both");
}
