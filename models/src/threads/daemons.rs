//! Daemons, for which the end of the program does not wait.

use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge_primitives::{Thread, program, sleep};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// T04: a daemon that sleeps longer than the program runs.
pub const DAEMON: Model = Model {
    id: "T04",
    title: "the daemon that is cut off",
    claim: "the program ends without waiting for the daemon, which does not come to its last line",
    evidence: &[Evidence::Holds("mutant-relies-on-cut-off")],
    printed: &[
        Printed {
            source: "S2 2.3",
            variant: "as-printed-three",
            events: &[
                "Thread-2: start",
                "Thread-4: start",
                "Thread-6: start",
                "Thread-2: end",
                "Thread-4: end",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 daemon threads",
            variant: "as-printed",
            events: &["daemon: Starting", "non-daemon: Starting", "non-daemon: Exiting"],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 daemon threads, without the sleep",
            variant: "as-printed-no-sleep",
            events: &["daemon: Starting", "daemon: Exiting", "non-daemon: Starting", "non-daemon: Exiting"],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the daemon's last line may be missing, and so may its first; nothing says that they are",
            program: || drop(nobody_joins(50)),
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-no-sleep",
            note: "a daemon that does not sleep comes to its end in some executions: no promise either",
            program: || drop(nobody_joins(0)),
            loom: CUTS_OFF,
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-three",
            note: "of three threads the last is the daemon",
            program: third_is_daemon,
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-relies-on-daemon",
            note: "the main thread relies on what the daemon does last, without a join",
            program: || relies_on_daemon(false),
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-relies-on-cut-off",
            note: "the claim: the daemon has not come to its last line; where the main thread is slow, it has",
            program: || {
                let exited = nobody_joins(50);
                assert_eq!(exited.get(), 0, "the daemon is cut off before its last line");
            },
            loom: CUTS_OFF,
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
    ],
};

/// T05: the same with joins.
pub const JOIN_DAEMON: Model = Model {
    id: "T05",
    title: "the daemon that is waited for",
    claim: "after a join the daemon has come to its last line",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[Printed {
        source: "S3 join()",
        variant: "as-printed-five-seconds",
        events: &["daemon: Starting", "non-daemon: Starting", "non-daemon: Exiting", "daemon: Exiting"],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the daemon's last line is always there, at any place after its first",
            program: || joins_both(2),
            loom: Loom::Bounded(3),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-five-seconds",
            note: "the same with a longer sleep",
            program: || joins_both(50),
            loom: Loom::Bounded(3),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-joins-other-only",
            note: "the main thread joins the thread that is no daemon, and relies on the daemon",
            program: || relies_on_daemon(true),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

const CUTS_OFF: Loom = Loom::Cannot("loom cannot leave a thread behind that has not ended");

/// The two threads, both started.
struct Threads {
    d: Thread,
    t: Thread,
    /// 1 when the daemon has exited.
    exited: Arc<Variable>,
}

/// The daemon sleeps that many tenths of a second; where that is 0, it has no sleep.
fn start(sleeps: u64) -> Threads {
    let exited = Arc::new(Variable::new(0));
    let d = Thread::named("daemon", {
        let exited = exited.clone();
        move || {
            print("Starting");
            if sleeps > 0 {
                sleep(tenths(sleeps));
            }
            print("Exiting");
            exited.set(1);
        }
    })
    .daemon(true);
    let t = Thread::named("non-daemon", || {
        print("Starting");
        print("Exiting");
    });
    d.start().unwrap();
    t.start().unwrap();
    Threads { d, t, exited }
}

/// Returns what is 1 when the daemon has exited.
fn nobody_joins(sleeps: u64) -> Arc<Variable> {
    let Threads { t, exited, .. } = program(move || start(sleeps));
    assert!(!t.is_alive(), "the program ends after every thread that is not a daemon");
    exited
}

fn relies_on_daemon(joins_other: bool) {
    program(move || {
        let Threads { t, exited, .. } = start(50);
        if joins_other {
            t.join().unwrap();
        }
        assert_eq!(exited.get(), 1, "the daemon has exited");
    });
}

fn third_is_daemon() {
    let threads = program(|| {
        let threads: Vec<_> = (1..4)
            .map(|i| {
                let my_logic = move || {
                    print("start");
                    sleep(tenths(10 * i));
                    print("end");
                };
                drop(Thread::new(my_logic));
                Thread::new(my_logic)
            })
            .collect();
        threads[2].set_daemon(true).unwrap();
        for t in &threads {
            t.start().unwrap();
        }
        threads
    });
    assert!(!threads[0].is_alive() && !threads[1].is_alive(), "only the daemon may be left");
}

fn joins_both(sleeps: u64) {
    program(move || {
        let Threads { d, t, exited } = start(sleeps);
        d.join().unwrap();
        t.join().unwrap();
        assert_eq!(exited.get(), 1, "the daemon has exited");
        assert!(!d.is_alive() && !t.is_alive());
    });
}

/// T06: the join gives up.
pub const JOIN_TIMEOUT: Model = Model {
    id: "T06",
    title: "the join that gives up",
    claim: "a join with a timeout that is shorter than the daemon's sleep leaves it alive, and one that is longer does not",
    evidence: &[Evidence::Holds("mutant-relies-on-clock")],
    printed: &[
        Printed {
            source: "S3 join(), 3 seconds against 5",
            variant: "as-printed-three-seconds",
            events: &[
                "daemon: Starting",
                "non-daemon: Starting",
                "non-daemon: Exiting",
                "MainThread: d.isAlive() true",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 join(), 7 seconds against 5",
            variant: "as-printed-seven-seconds",
            events: &[
                "daemon: Starting",
                "non-daemon: Starting",
                "non-daemon: Exiting",
                "daemon: Exiting",
                "MainThread: d.isAlive() false",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "0.1 seconds against 0.2: the daemon is alive after the join, or not where the main thread is slow",
            program: || joins_with_timeout(1, 2, Relies::Answer),
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-three-seconds",
            note: "3 seconds against 5",
            program: || joins_with_timeout(30, 50, Relies::Answer),
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-seven-seconds",
            note: "7 seconds against 5: the daemon has ended, or not where it is slow",
            program: || joins_with_timeout(70, 50, Relies::Answer),
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-takes-return-for-end",
            note: "a join with a timeout returns: that does not mean that the thread has ended",
            program: || joins_with_timeout(30, 50, Relies::Return),
            loom: CUTS_OFF,
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-relies-on-clock",
            note: "the claim, with both timeouts: any thread may be slow, and then it is the other way round",
            program: || {
                joins_with_timeout(30, 50, Relies::Clock);
                joins_with_timeout(70, 50, Relies::Clock);
            },
            loom: CUTS_OFF,
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
    ],
};

/// What the main thread makes of a join with a timeout that has returned.
#[derive(Clone, Copy, PartialEq)]
enum Relies {
    Answer,
    /// The daemon has ended.
    Return,
    /// The daemon has ended if its sleep was the shorter one.
    Clock,
}

fn joins_with_timeout(timeout: u64, sleeps: u64, relies: Relies) {
    program(move || {
        let Threads { d, t, exited } = start(sleeps);
        let ended = d.join_timeout(tenths(timeout)).unwrap();
        if ended || relies == Relies::Return {
            assert_eq!(exited.get(), 1, "the daemon has exited");
        }
        let alive = d.is_alive();
        assert!(!(ended && alive), "a thread whose end was seen is alive");
        if relies == Relies::Clock {
            assert_eq!(alive, timeout < sleeps, "whether the daemon is alive");
        }
        print(format_args!("d.isAlive() {alive}"));
        t.join().unwrap();
    });
}
