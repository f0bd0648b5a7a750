//! Threads without the comforts of `Thread`, and a thread without an end.

use std::sync::Arc;

use selvedge::FailureKind::Livelock;
use selvedge_primitives::{Event, Thread, program, sleep, yield_now};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// T09: threads that nobody joins, and a counter that says when they are done.
///
/// Threads of Python's `_thread` module are daemons, in that nobody waits for them.
pub const LOW_LEVEL: Model = Model {
    id: "T09",
    title: "the counter in place of a join",
    claim: "each thread adds one when it is done, and the main thread looks at the counter until it is two",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[Printed {
        source: "S2 1",
        variant: "as-printed",
        events: &[
            "Thread-1: 1",
            "Thread-2: 1",
            "Thread-1: 2",
            "Thread-1: 3",
            "Thread-2: 2",
            "Thread-1: 4",
            "Thread-1: 5",
            "Thread-2: 3",
            "Thread-2: 4",
            "Thread-2: 5",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "both threads read the counter before either writes it: it stays at one, and the main thread never sees two",
            program: || counted(Adds::InTwoSteps),
            loom: WAITS_FOR_EVER,
            expected: Readings::each(Expected::Fails(&[Livelock]), Expected::Holds),
        },
        Variant {
            name: "repaired",
            note: "the threads add in one step",
            program: || counted(Adds::InOneStep),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "repaired-join",
            note: "the main thread joins both, and nobody counts",
            program: || counted(Adds::Nothing),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-one-adds-nothing",
            note: "one of the threads does not count",
            program: || counted(Adds::OnlyOne),
            loom: WAITS_FOR_EVER,
            expected: Readings::both(Expected::Fails(&[Livelock])),
        },
    ],
};

const WAITS_FOR_EVER: Loom =
    Loom::Cannot("loom drops executions in which a thread looks forever, without a verdict");

#[derive(Clone, Copy, PartialEq)]
enum Adds {
    InTwoSteps,
    InOneStep,
    OnlyOne,
    Nothing,
}

fn counted(adds: Adds) {
    program(move || {
        let executed_count = Arc::new(Variable::new(0));
        let threads = [("Thread-1", 20), ("Thread-2", 40)].map(|(name, delay)| {
            let executed_count = executed_count.clone();
            let print_time = move || {
                for count in 1..=5 {
                    sleep(tenths(delay));
                    print(count);
                }
                match adds {
                    Adds::InTwoSteps => executed_count.set(executed_count.get() + 1),
                    Adds::OnlyOne if name == "Thread-2" => {}
                    Adds::InOneStep | Adds::OnlyOne => executed_count.add(1),
                    Adds::Nothing => {}
                }
            };
            let thread = Thread::named(name, print_time).daemon(true);
            thread.start().unwrap();
            thread
        });

        if adds == Adds::Nothing {
            for thread in threads {
                thread.join().unwrap();
            }
        } else {
            while executed_count.get() < 2 {
                yield_now();
            }
        }
    });
}

/// T12: a loop without an end.
pub const ENDLESS: Model = Model {
    id: "T12",
    title: "the thread without an end",
    claim: "a thread that is no daemon keeps the program from ending, however little it does",
    evidence: &[Evidence::Fails("as-printed")],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the thread prints and never stops",
            program: endless,
            loom: Loom::Cannot("loom gives up an execution that does not end, without a verdict"),
            expected: Readings::timeless(Expected::NeverEnds),
        },
        Variant {
            name: "repaired",
            note: "the thread looks at an event in each round, which the main thread sets in the end",
            program: || stopped(true),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-never-stopped",
            note: "nobody sets the event",
            program: || stopped(false),
            loom: Loom::Cannot("loom gives up an execution that does not end, without a verdict"),
            expected: Readings::timeless(Expected::Fails(&[Livelock])),
        },
    ],
};

fn endless() {
    program(|| {
        let t = Thread::new(|| {
            for count in 1.. {
                print(format_args!("Thread running {count}"));
            }
        });
        t.start().unwrap();
    });
}

fn stopped(sets: bool) {
    program(move || {
        let stop = Arc::new(Event::new());
        let t = Thread::new({
            let stop = stop.clone();
            move || {
                while !stop.is_set() {
                    yield_now();
                }
            }
        });
        t.start().unwrap();
        if sets {
            stop.set();
        }
    });
}
