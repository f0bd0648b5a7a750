//! Examples that count under a `Lock`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge_primitives::{
    Lock, Thread, active_count, current_thread, enumerate, main_thread, program, sleep,
};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// L01: two workers add to a counter that has a lock.
pub const COUNTER: Model = Model {
    id: "L01",
    title: "the counter",
    claim: "two workers add 1 twice under the counter's lock, and the counter is 4 when both have been joined",
    evidence: &[Evidence::Holds("as-printed")],
    // The lines on sleeping, on releasing and on the main thread's waiting are left out: they say nothing of the lock, and
    // each would multiply the orders by its own.
    printed: &[Printed {
        source: "S3 Lock Objects",
        variant: "as-printed",
        events: &[
            "Thread-1: Waiting for a lock",
            "Thread-1: Acquired a lock",
            "Thread-2: Waiting for a lock",
            "Thread-2: Acquired a lock",
            "Thread-1: Waiting for a lock",
            "Thread-1: Acquired a lock",
            "Thread-1: Done",
            "Thread-2: Waiting for a lock",
            "Thread-2: Acquired a lock",
            "Thread-2: Done",
            "MainThread: Counter: 4",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "4, in whatever order they come to the lock",
            program: || counter(true),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-no-release",
            note: "the lock is taken and never released",
            program: || counter(false),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Deadlock])),
        },
    ],
};

/// How often a worker adds.
const TIMES: usize = 2;

/// How long the workers slept in the printed run, in hundredths of a second.
const SLEPT: [[u64; TIMES]; 2] = [[4, 30], [11, 27]];

struct Counter {
    lock: Lock,
    value: Variable,
}

impl Counter {
    fn increment(&self, releases: bool) {
        print("Waiting for a lock");
        self.lock.acquire();
        print("Acquired a lock");
        self.value.set(self.value.get() + 1);
        if releases {
            self.lock.release().unwrap();
        }
    }
}

fn counter(releases: bool) {
    program(move || {
        let counter = Arc::new(Counter { lock: Lock::new(()), value: Variable::new(0) });
        for slept in SLEPT {
            let counter = counter.clone();
            let worker = Thread::new(move || {
                for hundredths in slept {
                    sleep(tenths(hundredths) / 10);
                    counter.increment(releases);
                }
                print("Done");
            });
            worker.start().unwrap();
        }
        for thread in enumerate() {
            if thread != main_thread() {
                thread.join().unwrap();
            }
        }
        let value = counter.value.get();
        assert_eq!(value, 4, "a worker's addition is lost");
        print(format_args!("Counter: {value}"));
    });
}

/// L02: the counter of L01 without its lock.
pub const UNLOCKED_COUNTER: Model = Model {
    id: "L02",
    title: "the counter without a lock",
    claim: "without the lock an addition is a read and a write, and what comes between them is lost",
    evidence: &[Evidence::Fails("as-printed-sum")],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the counter ends at 2, 3 or 4: additions are lost in most orders",
            program: || {
                let value = unlocked(Add::InTwoSteps);
                assert!(
                    (2..=4).contains(&value),
                    "{value}: the last write was made after two additions of one worker"
                );
            },
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-sum",
            note: "the same, asked for the sum of its additions, 4, which the lock keeps: an addition is lost",
            program: || assert_eq!(unlocked(Add::InTwoSteps), 4, "an update is lost"),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "repaired",
            note: "each addition is one step: 4, without a lock",
            program: || assert_eq!(unlocked(Add::InOneStep), 4, "an update is lost"),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-repaired-by-half",
            note: "the first addition of each worker is one step, and the second is two",
            program: || assert_eq!(unlocked(Add::FirstInOneStep), 4, "an update is lost"),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

#[derive(Clone, Copy)]
enum Add {
    InTwoSteps,
    InOneStep,
    FirstInOneStep,
}

/// Returns what the counter is in the end.
fn unlocked(how: Add) -> i64 {
    program(move || {
        let counter = Arc::new(Variable::new(0));
        let workers = [(); 2].map(|()| {
            let counter = counter.clone();
            Thread::new(move || {
                for time in 0..TIMES {
                    match how {
                        Add::FirstInOneStep if time == 0 => counter.add(1),
                        Add::InTwoSteps | Add::FirstInOneStep => counter.set(counter.get() + 1),
                        Add::InOneStep => counter.add(1),
                    }
                }
            })
        });
        for worker in &workers {
            worker.start().unwrap();
        }
        for worker in &workers {
            worker.join().unwrap();
        }
        let value = counter.get();
        print(format_args!("Counter: {value}"));
        value
    })
}

/// L05: one thread adds money, another takes some, and the main thread checks how much there is.
pub const MONEY: Model = Model {
    id: "L05",
    title: "the money",
    claim: "100 is added and 50 taken 100,000 times, and the final money is always 5,000,000",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[Printed {
        source: "S4 Lock Object",
        variant: "sampled-full",
        events: &["MainThread: check money: 3269550", "MainThread: final money: 5000000"],
        reachable: Readings::both(Reachable::Along(ONE_CHECK)),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "each check sees what some additions and some takings give, and the final money is always the same",
            program: || money(Purse { times: EXPLORED_TIMES, ..Purse::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "sampled-full",
            note: "the document's 100,000 additions and as many takings",
            program: || money(Purse::AS_PRINTED),
            loom: Loom::Cannot("an execution has more steps than it allows for"),
            expected: Readings::both(Expected::NoneDrawn(1)),
        },
        Variant {
            name: "mutant-unlocked",
            note: "the money is added and taken without the lock",
            program: || money(Purse { times: 1, locks: false }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

/// The printed run: both threads have gone round 65,391 times when the main thread looks, and both have ended when it looks
/// for the second time whether they are alive.
const ONE_CHECK: &str = "1.0ruyxyxsruyxyxsyrrxyrrx.1yrwx.=4x65390.2yrwx.=4x65390.0yrxyxo\
     .1yrwx.=4x34608.1u.2yrwx.=4x34608.2u.0yrrxjjrouyxjjyx";

/// How often money is added and taken where all is explored: more of them make more orders of the same steps.
const EXPLORED_TIMES: i64 = 4;

/// How often the main thread checks before it only waits; in the document, once a second until both threads have ended.
const CHECKS: usize = 2;

/// The program of L05.
#[derive(Clone, Copy, Debug)]
pub struct Purse {
    /// How often money is added, and how often taken.
    times: i64,
    locks: bool,
}

impl Purse {
    /// The document's own counts: for real threads.
    pub const AS_PRINTED: Self = Purse { times: 100_000, locks: true };
}

/// Runs the program of L05.
///
/// # Panics
///
/// Where a check sees what no additions and takings give, or the final money is wrong.
pub fn money(how: Purse) {
    program(move || {
        let l = Arc::new(Lock::new(()));
        let money = Arc::new(Variable::new(0));
        for (name, amount) in [("add", 100), ("minus", -50)] {
            let (l, money) = (l.clone(), money.clone());
            let process = Thread::named(name, move || {
                for _ in 0..how.times {
                    if how.locks {
                        l.acquire();
                    }
                    money.set(money.get() + amount);
                    if how.locks {
                        l.release().unwrap();
                    }
                }
            });
            process.start().unwrap();
        }

        let threads = enumerate();
        let mut checks = 0;
        while active_count() > 1 && checks < CHECKS {
            l.acquire();
            let now = money.get();
            l.release().unwrap();
            print(format_args!("check money: {now}"));
            let taken_for = |added: i64| {
                (100 * added - now) % 50 == 0 && (0..=how.times).contains(&((100 * added - now) / 50))
            };
            assert!((0..=how.times).any(taken_for), "{now} is no sum of what was added and taken");
            checks += 1;
            sleep(tenths(10));
        }
        for thread in threads {
            if thread != current_thread() {
                thread.join().unwrap();
            }
        }
        let now = money.get();
        assert_eq!(now, how.times * 50, "money is lost or made up");
        print(format_args!("final money: {now}"));
    });
}
