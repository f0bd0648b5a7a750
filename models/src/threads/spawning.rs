//! Threads that are started in a loop.

use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge_primitives::{Run, Thread, program, sleep};

use crate::console::print;
use crate::registry::{Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

const FIVE_WORKERS: Loom = Loom::Cannot("loom runs at most five threads, and the main thread is one");

/// T01: threads that are given a number each.
pub const SPAWN_MANY: Model = Model {
    id: "T01",
    title: "many threads from one loop",
    claim: "a thread is started once, and runs the function with its own argument",
    printed: &[Printed {
        source: "S3 Passing parameters",
        variant: "as-printed-three",
        events: &[
            "Thread-1: thread function 0",
            "Thread-2: thread function 1",
            "Thread-3: thread function 2",
        ],
        reachable: Readings::timeless(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "five workers; they run in any of the 120 orders",
            program: || spawn_many(5, "Worker:", Argument::Own),
            loom: FIVE_WORKERS,
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-three",
            note: "three threads, which need not run in the order of their numbers",
            program: || spawn_many(3, "thread function", Argument::Own),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-late-argument",
            note: "the threads read the loop's variable when they run, and it has gone on",
            program: || spawn_many(3, "thread function", Argument::OfTheLoop),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-started-twice",
            note: "a second start of the same thread is an error",
            program: || {
                program(|| {
                    let t = Thread::new(|| print("thread function"));
                    t.start().unwrap();
                    t.start().expect("a thread is started");
                });
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

#[derive(Clone, Copy)]
enum Argument {
    Own,
    OfTheLoop,
}

fn spawn_many(count: usize, what: &'static str, argument: Argument) {
    let ran: Arc<[_]> = (0..count).map(|_| Variable::new(0)).collect();
    program({
        let ran = ran.clone();
        move || {
            let i = Arc::new(Variable::new(0));
            for num in 0..count {
                let (ran, i) = (ran.clone(), i.clone());
                i.set(num as i64);
                let t = Thread::new(move || {
                    let num = match argument {
                        Argument::Own => num,
                        Argument::OfTheLoop => i.get() as usize,
                    };
                    print(format_args!("{what} {num}"));
                    ran[num].add(1);
                });
                t.start().unwrap();
            }
        }
    });
    for (num, ran) in ran.iter().enumerate() {
        assert_eq!(ran.get(), 1, "how many threads ran with argument {num}");
    }
}

/// T08: a type of one's own with a `run` method.
pub const SUBCLASS: Model = Model {
    id: "T08",
    title: "a thread type of one's own",
    claim: "start calls run, with the arguments that the constructor kept; a thread is alive until run returns",
    printed: &[
        Printed {
            source: "S3 Passing args to the customized thread",
            variant: "as-printed-three",
            events: &[
                "Thread-1: running with (0,) and a 1, b 2",
                "Thread-2: running with (1,) and a 1, b 2",
                "Thread-3: running with (2,) and a 1, b 2",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S3 run() methods",
            variant: "as-printed-is-alive",
            events: &[
                "MainThread: t.is_alive() true",
                "MainThread: t.is_alive() false",
                "MainThread: t.is_alive() true",
                "MainThread: t.is_alive() false",
                "MainThread: t.is_alive() true",
                "MainThread: t.is_alive() false",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "five threads; they run in any order, each with what it was constructed with",
            program: || run_with_args(5, ["A", "B"]),
            loom: FIVE_WORKERS,
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-three",
            note: "three threads",
            program: || run_with_args(3, ["1", "2"]),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-is-alive",
            note: "after the join no thread is alive, ever; before it, only a sleep makes it likely that one is",
            program: || alive_around_join(true),
            loom: Loom::Bounded(3),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-no-join",
            note: "without the join the thread may be alive still",
            program: || alive_around_join(false),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

struct MyThreadWithArgs {
    args: usize,
    kwargs: [&'static str; 2],
    ran: Arc<[Variable]>,
}

impl Run for MyThreadWithArgs {
    fn run(self) {
        let [a, b] = self.kwargs;
        print(format_args!("running with ({},) and a {a}, b {b}", self.args));
        self.ran[self.args].add(1);
    }
}

fn run_with_args(count: usize, kwargs: [&'static str; 2]) {
    let ran: Arc<[_]> = (0..count).map(|_| Variable::new(0)).collect();
    program({
        let ran = ran.clone();
        move || {
            for args in 0..count {
                let t = Thread::new(MyThreadWithArgs { args, kwargs, ran: ran.clone() });
                t.start().unwrap();
            }
        }
    });
    for (args, ran) in ran.iter().enumerate() {
        assert_eq!(ran.get(), 1, "how many threads ran with argument {args}");
    }
}

struct MyThread;

impl Run for MyThread {
    fn run(self) {
        sleep(tenths(50));
    }
}

fn alive_around_join(joins: bool) {
    program(move || {
        for _ in 0..3 {
            let t = Thread::new(MyThread);
            t.start().unwrap();
            print(format_args!("t.is_alive() {}", t.is_alive()));
            if joins {
                t.join().unwrap();
            }
            let alive = t.is_alive();
            print(format_args!("t.is_alive() {alive}"));
            assert!(!alive, "a thread that was joined is alive");
        }
    });
}
