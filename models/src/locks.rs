//! Examples with `Lock`.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge::outcome;
use selvedge_primitives::{Lock, Thread, program, set_excepthook, sleep};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// L03: one thread holds a lock half of the time, another tries to get it without waiting.
pub const LOCKER_WORKER: Model = Model {
    id: "L03",
    title: "the locker and the worker",
    claim: "the worker gets the lock three times, after six tries in the printed run",
    evidence: &[Evidence::Holds("as-printed-longer")],
    printed: &[Printed {
        source: "S3 Another example",
        variant: "as-printed",
        events: &["-++--+"],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "nothing but sleeps makes a try fall where the lock is free: the worker may try forever",
            program: || {
                let tries = locker_worker(Worker::AS_PRINTED);
                assert!(
                    tries.matches('+').count() == 3,
                    "{tries}: the tries are over and the worker is not done"
                );
            },
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "as-printed-longer",
            note: "by the clock eleven tries are enough, of which three fall where the lock is surely free",
            program: || {
                let tries = locker_worker(Worker { tries: 11, cycles: 3, ..Worker::AS_PRINTED });
                assert!(
                    tries.matches('+').count() == 3,
                    "{tries}: the tries are over and the worker is not done"
                );
            },
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
        Variant {
            name: "repaired",
            note: "the worker waits for the lock: three tries, three times the lock",
            program: || {
                let tries = locker_worker(Worker { tries: 3, waits: true, ..Worker::AS_PRINTED });
                assert_eq!(tries, "+++");
            },
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-release-unacquired",
            note: "the worker releases after each try, whether it got the lock or not",
            program: || {
                drop(locker_worker(Worker {
                    releases_only_own: false,
                    tries: 2,
                    cycles: 1,
                    ..Worker::AS_PRINTED
                }))
            },
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

/// How the worker goes about it.
#[derive(Clone, Copy)]
pub struct Worker {
    /// How often the locker takes the lock; in the document, forever.
    cycles: u32,
    tries: u32,
    waits: bool,
    releases_only_own: bool,
}

impl Worker {
    /// As printed, but that it gives up after so many tries: how many there can be is not bounded.
    pub const AS_PRINTED: Self = Worker { cycles: 2, tries: 6, waits: false, releases_only_own: true };
}

/// The program. Returns the worker's tries, `+` where it got the lock and `-` where not, which are the outcome too.
///
/// Asserts that one thread at a time is inside of the lock.
pub fn locker_worker(how: Worker) -> String {
    program(move || {
        let lock = Arc::new(Lock::new(()));
        let inside = Arc::new(Variable::new(0));

        let locker = Thread::named("Locker", {
            let (lock, inside) = (lock.clone(), inside.clone());
            move || {
                for _ in 0..how.cycles {
                    lock.acquire();
                    inside.set(inside.get() + 1);
                    assert_eq!(inside.get(), 1, "two threads are inside of the lock");
                    sleep(tenths(10));
                    inside.set(inside.get() - 1);
                    lock.release().unwrap();
                    sleep(tenths(10));
                }
            }
        })
        .daemon(true);
        locker.start().unwrap();

        let tries = Arc::new(Lock::new(String::new()));
        let worker = Thread::named("Worker", {
            let tries = tries.clone();
            move || *tries.lock() = work(&lock, &inside, how)
        });
        worker.start().unwrap();
        worker.join().unwrap();

        let tries = tries.lock().clone();
        outcome(&tries);
        tries
    })
}

fn work(lock: &Lock, inside: &Variable, how: Worker) -> String {
    let mut tries = String::new();
    while tries.matches('+').count() < 3 && tries.len() < how.tries as usize {
        sleep(tenths(5));
        let acquired = if how.waits {
            lock.acquire();
            true
        } else {
            lock.try_acquire()
        };
        if acquired {
            inside.set(inside.get() + 1);
            assert_eq!(inside.get(), 1, "two threads are inside of the lock");
            inside.set(inside.get() - 1);
        }
        tries.push(if acquired { '+' } else { '-' });
        if acquired || !how.releases_only_own {
            lock.release().expect("a worker releases what it holds");
        }
    }
    tries
}

/// L04: one thread holds a lock while a block runs, another acquires and releases.
pub const WITH_LOCK: Model = Model {
    id: "L04",
    title: "a lock for a block",
    claim: "`with` acquires the lock and releases it when the block ends, as `try` and `finally` do",
    evidence: &[Evidence::Holds("as-printed"), Evidence::Holds("as-printed-bodies-fail")],
    printed: &[
        Printed {
            source: "S3 Using locks in the with statement",
            variant: "as-printed",
            events: &["Thread-1: Lock acquired via with", "Thread-2: Lock acquired directly"],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S1 §11",
            variant: "as-printed",
            events: &["Thread-4: Lock acquired via with", "Thread-5: Lock acquired directly"],
            reachable: Readings::timeless(Reachable::No(
                "The default names count from 1 in each program; these are of a session in which others had run before",
            )),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "one at a time has it, and it is free at the end",
            program: || with_lock(Bodies { fail: false, finally: true }),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-bodies-fail",
            note: "it is free at the end, also when what is done under it panics",
            program: || with_lock(Bodies { fail: true, finally: true }),
            loom: Loom::Cannot("a panic ends its check, also where the program goes on"),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-no-finally",
            note: "what is done under the lock panics, and nobody releases it",
            program: || with_lock(Bodies { fail: true, finally: false }),
            loom: Loom::Cannot("a panic ends its check, also where the program goes on"),
            expected: Readings::timeless(Expected::Fails(&[Panic, Deadlock])),
        },
    ],
};

/// What the two threads do while they have the lock.
#[derive(Clone, Copy)]
struct Bodies {
    fail: bool,
    /// The lock is released also when they fail.
    finally: bool,
}

impl Bodies {
    fn run(self, event: &str, inside: &Variable) {
        inside.add(1);
        assert_eq!(inside.get(), 1, "two threads are inside of the lock");
        print(event);
        inside.add(-1);
        if self.fail {
            // Python's `raise`: unlike `panic!` it prints nothing by itself.
            resume_unwind(Box::new("the body fails"));
        }
    }
}

fn with_lock(how: Bodies) {
    program(move || {
        if how.fail {
            set_excepthook(|args| assert_eq!(args.message(), Some("the body fails")));
        }
        let lock = Arc::new(Lock::new(()));
        let inside = Arc::new(Variable::new(0));
        let w = Thread::new({
            let (lock, inside) = (lock.clone(), inside.clone());
            move || {
                let _held = lock.lock();
                how.run("Lock acquired via with", &inside);
            }
        });
        let nw = Thread::new({
            let lock = lock.clone();
            move || {
                lock.acquire();
                let body = catch_unwind(AssertUnwindSafe(|| how.run("Lock acquired directly", &inside)));
                if body.is_ok() || how.finally {
                    lock.release().unwrap();
                }
                body.unwrap_or_else(|panic| resume_unwind(panic));
            }
        });
        w.start().unwrap();
        nw.start().unwrap();
        w.join().unwrap();
        nw.join().unwrap();
        assert!(!lock.locked(), "the lock is not free at the end");
    });
}
