//! Joining all threads that there are.

use selvedge::FailureKind::Panic;
use selvedge_primitives::{Thread, enumerate, main_thread, program, sleep};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};

/// T07: the main thread joins all threads but itself.
///
/// The documents draw the pauses by lot; here they are those of the run that is printed.
pub const ENUMERATE_JOIN: Model = Model {
    id: "T07",
    title: "joining the threads that are alive",
    claim: "enumerate lists the threads that are alive, so that daemons can be waited for without keeping them",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[Printed {
        source: "S3 enumerate()",
        variant: "as-printed",
        events: &[
            "Thread-1: sleeping 6",
            "Thread-2: sleeping 10",
            "MainThread: joining Thread-1",
            "Thread-3: sleeping 5",
            "Thread-3: ending",
            "Thread-1: ending",
            "MainThread: joining Thread-2",
            "Thread-2: ending",
            "MainThread: joining Thread-3",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "after the loop nobody is alive but the main thread; threads that have ended before it are not joined",
            program: || enumerate_join(&[60, 100, 50], Joins::Others),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-joins-itself",
            note: "the main thread does not leave itself out: that join could never end, and is an error",
            program: || enumerate_join(&[60, 100], Joins::All),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-joins-first",
            note: "the main thread joins the first that is listed and goes on",
            program: || enumerate_join(&[60, 100], Joins::First),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Joins {
    Others,
    All,
    First,
}

fn enumerate_join(pauses: &'static [u64], joins: Joins) {
    program(move || {
        let started: Vec<_> = pauses
            .iter()
            .map(|&pause| {
                let t = Thread::new(move || {
                    print(format_args!("sleeping {}", pause / 10));
                    sleep(tenths(pause));
                    print("ending");
                })
                .daemon(true);
                t.start().unwrap();
                t
            })
            .collect();

        let main_thread = main_thread();
        for t in enumerate() {
            if t == main_thread && joins != Joins::All {
                continue;
            }
            print(format_args!("joining {}", t.name()));
            t.join().expect("a thread that is not the current one can be joined");
            if joins == Joins::First {
                break;
            }
        }
        assert!(!started.iter().any(Thread::is_alive), "every thread has ended");
    });
}
