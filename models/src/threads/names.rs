//! What threads are called, and how they find out.

use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge::outcome;
use selvedge_primitives::{Lock, Thread, current_thread, program, sleep};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};

/// T02: threads that print their own names.
pub const NAMES: Model = Model {
    id: "T02",
    title: "names of one's own and default names",
    claim: "the current thread knows its name, which is Thread-N where nobody gave it one",
    evidence: &[Evidence::Holds("as-printed"), Evidence::Holds("as-printed-constructed-twice")],
    printed: &[
        Printed {
            source: "S2 2.1, names that are given",
            variant: "as-printed-named",
            events: &[
                "Thread-1: start",
                "Thread-2: start",
                "Thread-3: start",
                "Thread-1: end",
                "Thread-2: end",
                "Thread-3: end",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S2 2.1, two calls of the constructor",
            variant: "as-printed-constructed-twice",
            events: &[
                "Thread-2: start",
                "Thread-4: start",
                "Thread-6: start",
                "Thread-2: end",
                "Thread-4: end",
                "Thread-6: end",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 Identifying threads",
            variant: "as-printed-f2-f3",
            events: &F2_F3,
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "two named threads and one with a default name; only the sleeps order what they print",
            program: || names(&SERVICE, ["Starting", "Exiting"]),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-f2-f3",
            note: "one thread with a default name, two that are named after their functions",
            program: || names(&DEFAULT_F2_F3, ["Starting", "Exiting"]),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-named",
            note: "the names that are given are those that would have been the default",
            program: || names(&GIVEN, ["start", "end"]),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-constructed-twice",
            note: "each call of the constructor takes the next number: Thread-2, Thread-4, Thread-6",
            program: constructed_twice,
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-global-name",
            note: "threads that keep their name in a global find another's there after their sleep",
            program: global_name,
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

struct Named {
    name: &'static str,
    given: bool,
    /// In tenths of a second.
    sleeps: u64,
}

impl Named {
    const fn given(name: &'static str, sleeps: u64) -> Self {
        Named { name, given: true, sleeps }
    }

    const fn default(name: &'static str, sleeps: u64) -> Self {
        Named { name, given: false, sleeps }
    }
}

const SERVICE: [Named; 3] =
    [Named::given("worker", 2), Named::default("Thread-1", 2), Named::given("my_service", 3)];
const DEFAULT_F2_F3: [Named; 3] =
    [Named::default("Thread-1", 10), Named::given("f2", 20), Named::given("f3", 30)];
const GIVEN: [Named; 3] =
    [Named::given("Thread-1", 10), Named::given("Thread-2", 20), Named::given("Thread-3", 30)];

const F2_F3: [&str; 6] =
    ["Thread-1: Starting", "f2: Starting", "f3: Starting", "Thread-1: Exiting", "f2: Exiting", "f3: Exiting"];

fn names(threads: &'static [Named], [first, last]: [&'static str; 2]) {
    program(move || {
        for &Named { name, given, sleeps } in threads {
            let target = move || {
                print(first);
                sleep(tenths(sleeps));
                assert_eq!(current_thread().name(), name, "a thread sees its own name");
                print(last);
            };
            let t = if given { Thread::named(name, target) } else { Thread::new(target) };
            t.start().unwrap();
        }
    });
}

fn my_logic(sleep_time: u64) {
    print("start");
    sleep(tenths(10 * sleep_time));
    print("end");
}

fn constructed_twice() {
    program(|| {
        let threads: Vec<_> = (1..4)
            .map(|i| {
                drop(Thread::new(move || my_logic(i)));
                Thread::new(move || my_logic(i))
            })
            .collect();
        let names: Vec<_> = threads.iter().map(Thread::name).collect();
        assert_eq!(names, ["Thread-2", "Thread-4", "Thread-6"]);
        for t in &threads {
            t.start().unwrap();
        }
    });
}

fn global_name() {
    program(|| {
        let global = Arc::new(Lock::new(String::new()));
        for name in ["f2", "f3"] {
            let global = global.clone();
            let t = Thread::named(name, move || {
                *global.lock() = current_thread().name();
                sleep(tenths(10));
                assert_eq!(*global.lock(), name, "a thread sees its own name");
            });
            t.start().unwrap();
        }
    });
}

/// T03: threads that write to one log.
pub const LOGGING: Model = Model {
    id: "T03",
    title: "one log for all threads",
    claim: "the log puts the thread's name before each message and is safe: messages of different threads stay apart",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[Printed {
        source: "S3 logging module",
        variant: "as-printed-f2-f3",
        events: &F2_F3,
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "each line is whole, and each thread's lines are in order",
            program: || logging(&SERVICE, true),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-f2-f3",
            note: "the same with other threads",
            program: || logging(&DEFAULT_F2_F3, true),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-unlocked-handler",
            note: "a log that writes name, message and line end without its lock",
            program: || logging(&DEFAULT_F2_F3, false),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::FailsAmong(1000, &[Panic])),
        },
    ],
};

/// What `logging` does: a line is written in pieces, under the lock of its handler.
struct Log {
    handler: Lock<()>,
    stream: Lock<Vec<String>>,
}

impl Log {
    fn debug(&self, message: &str, locked: bool) {
        let line = [format!("{}: ", current_thread().name()), message.to_owned(), "\n".to_owned()];
        let _held = locked.then(|| self.handler.lock());
        for piece in line {
            self.stream.lock().push(piece);
        }
    }
}

fn logging(threads: &'static [Named], locked: bool) {
    let log = Arc::new(Log { handler: Lock::new(()), stream: Lock::new(Vec::new()) });
    program({
        let log = log.clone();
        move || {
            for &Named { name, given, sleeps } in threads {
                let log = log.clone();
                let target = move || {
                    log.debug("Starting", locked);
                    sleep(tenths(sleeps));
                    log.debug("Exiting", locked);
                };
                let t = if given { Thread::named(name, target) } else { Thread::new(target) };
                t.start().unwrap();
            }
        }
    });
    let text = log.stream.lock().concat();
    for thread in threads {
        let own: Vec<_> = text.lines().filter(|line| line.starts_with(thread.name)).collect();
        let whole = ["Starting", "Exiting"].map(|message| format!("{}: {message}", thread.name));
        assert_eq!(own, whole, "a thread's lines are whole and in order");
    }
    outcome(text.trim_end().replace('\n', "; "));
}
