//! What a program can find out about its threads.

use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge_primitives::{
    Thread, active_count, current_thread, enumerate, get_ident, main_thread, program, settrace, sleep,
};

use crate::console::print;
use crate::registry::{Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// T11: the main thread asks for itself and all others.
///
/// The document's trace function takes no argument and is called with some: no thread is started after it is set, so
/// nobody finds out.
pub const INTROSPECTION: Model = Model {
    id: "T11",
    title: "who is there",
    claim: "the main thread is the current one, two threads are alive, and the other counts to three",
    printed: &[Printed {
        source: "S4 Lib - threading",
        variant: "as-printed",
        events: &[
            "MainThread: current MainThread",
            "MainThread: main MainThread",
            "MainThread: alive MainThread, Thread-1",
            "MainThread: count 2",
            "Thread-1: Thread running 1",
            "Thread-1: Thread running 2",
            "Thread-1: Thread running 3",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the thread may have ended before the main thread asks, or between two questions: then it counts one",
            program: || introspection(Traces::AfterTheStart),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-traced-before",
            note: "a trace function that is set before the start sees the thread",
            program: || introspection(Traces::BeforeTheStart),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Traces {
    BeforeTheStart,
    AfterTheStart,
}

fn introspection(traces: Traces) {
    let traced = Arc::new(Variable::new(0));
    program({
        let traced = traced.clone();
        move || {
            let t = Thread::new(|| {
                for count in 1..=3 {
                    sleep(tenths(10));
                    print(format_args!("Thread running {count}"));
                }
            });
            let trace = move |_: &Thread| traced.add(1);
            if traces == Traces::BeforeTheStart {
                settrace(trace);
                t.start().unwrap();
            } else {
                t.start().unwrap();
                settrace(trace);
            }

            let current = current_thread();
            assert!(current == main_thread(), "the main thread asks");
            assert_eq!(Some(get_ident()), current.ident());
            print(format_args!("current {}", current.name()));
            print(format_args!("main {}", main_thread().name()));

            let alive = enumerate();
            assert!(alive[0] == current && alive[1..].iter().all(|other| *other == t), "who may be alive");
            let names: Vec<_> = alive.iter().map(Thread::name).collect();
            print(format_args!("alive {}", names.join(", ")));
            let count = active_count();
            assert!(count <= alive.len(), "nobody is started in between");
            print(format_args!("count {count}"));
        }
    });
    assert_eq!(traced.get(), 0, "a trace function sees threads that are started after it is set");
}
