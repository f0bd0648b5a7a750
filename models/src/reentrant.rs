//! Examples with `RLock`, and with a `Lock` that is taken twice.

use std::sync::Arc;
use std::time::Duration;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge_primitives::{Lock, NotOwner, RLock, Thread, program, sleep};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// R01: one thread takes a plain lock twice.
pub const NOT_REENTRANT: Model = Model {
    id: "R01",
    title: "a lock taken twice",
    claim: "a second try by the same thread fails, and where it blocks it never returns; a reentrant lock can be taken again",
    evidence: &[
        Evidence::Holds("as-printed"),
        Evidence::Holds("as-printed-reentrant"),
        Evidence::Fails("as-printed-blocking"),
    ],
    printed: &[
        Printed {
            source: "S3 RLock Objects, without blocking",
            variant: "as-printed",
            events: &[
                "MainThread: First try: true",
                "MainThread: Second try: false",
                "MainThread: not blocked",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S3 RLock Objects, with an RLock",
            variant: "as-printed-reentrant",
            events: &["MainThread: First try: true", "MainThread: Second try: true"],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the second try does not block, and fails",
            program: || {
                program(|| {
                    let lock = Lock::new(());
                    lock.acquire();
                    print("First try: true");
                    let second = lock.try_acquire();
                    assert!(!second, "a lock is taken twice");
                    print(format_args!("Second try: {second}"));
                    print("not blocked");
                });
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-blocking",
            note: "the second try waits for a release that only the same thread could make",
            program: || {
                program(|| {
                    let lock = Lock::new(());
                    lock.acquire();
                    print("First try: true");
                    lock.acquire();
                    print("not blocked");
                });
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Deadlock])),
        },
        Variant {
            name: "as-printed-reentrant",
            note: "a reentrant lock is taken again by its owner",
            program: || {
                program(|| {
                    let lock = RLock::new(());
                    lock.acquire();
                    print("First try: true");
                    let second = lock.try_acquire();
                    assert!(second, "a reentrant lock is not taken again by its owner");
                    print(format_args!("Second try: {second}"));
                });
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "repaired",
            note: "with a reentrant lock the second try does not wait",
            program: || {
                program(|| {
                    let lock = RLock::new(());
                    lock.acquire();
                    print("First try: true");
                    lock.acquire();
                    print("not blocked");
                });
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-other-thread",
            note: "the reentrant lock is kept, and another thread waits for it",
            program: || {
                program(|| {
                    let lock = Arc::new(RLock::new(()));
                    lock.acquire();
                    let other = Thread::new({
                        let lock = lock.clone();
                        move || lock.acquire()
                    });
                    other.start().unwrap();
                });
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Deadlock])),
        },
    ],
};

/// R02: one thread takes a reentrant lock three times, another tries to get it without waiting.
pub const REENTRANT: Model = Model {
    id: "R02",
    title: "a reentrant lock, three deep",
    claim: "the lock can be acquired many times by one thread, and only its last release lets another acquire it",
    evidence: &[Evidence::Holds("repaired")],
    // Of the first thread's lines those before and behind which it sleeps; the others follow at once on these.
    printed: &[Printed {
        source: "S4 RLock Object",
        variant: "as-printed",
        events: &[
            "Thread-1: aquire first",
            "Thread-2: tring to aquire rl",
            "Thread-2: tring to aquire rl",
            "Thread-2: tring to aquire rl",
            "Thread-2: tring to aquire rl",
            "Thread-1: aquire second",
            "Thread-2: tring to aquire rl",
            "Thread-2: tring to aquire rl",
            "Thread-1: release first",
            "Thread-2: rl aquired",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the other thread never releases: if it comes first, and it may, the first waits forever",
            program: || reentrant(Nested::AS_PRINTED),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Deadlock])),
        },
        Variant {
            name: "repaired",
            note: "the other thread releases what it got; it gets it before the first acquisition or after the third release",
            program: || reentrant(Nested::REPAIRED),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-releases-early",
            note: "the first thread gives all three levels back at once, and goes on as if it had two of them",
            program: || reentrant(Nested { releases_early: true, ..Nested::REPAIRED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-release-not-owned",
            note: "the other thread releases what it did not get: an error, also while somebody else has the lock",
            program: || reentrant(Nested { releases_only_own: false, ..Nested::REPAIRED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

/// The program of R02, and what its mutants get wrong.
#[derive(Clone, Copy)]
struct Nested {
    /// How often the other thread tries before it waits. In the document as often as the lock lets it; the printed run has
    /// six.
    tries: usize,
    releases_early: bool,
    other_releases: bool,
    releases_only_own: bool,
}

impl Nested {
    const AS_PRINTED: Self =
        Nested { tries: 6, releases_early: false, other_releases: false, releases_only_own: true };
    const REPAIRED: Self = Nested { tries: 2, other_releases: true, ..Self::AS_PRINTED };
}

fn reentrant(how: Nested) {
    program(move || {
        let rl = Arc::new(RLock::new(()));
        let depth = Arc::new(Variable::new(0));
        let running = Thread::new({
            let (rl, depth) = (rl.clone(), depth.clone());
            move || {
                let acquire = || {
                    rl.acquire();
                    depth.add(1);
                };
                let release = || {
                    depth.add(-1);
                    if !how.releases_early {
                        rl.release().unwrap();
                    }
                };
                acquire();
                print("aquire first");
                sleep(tenths(10));
                acquire();
                sleep(tenths(10));
                print("aquire second");
                acquire();
                sleep(tenths(10));
                if how.releases_early {
                    (0..3).for_each(|_| rl.release().unwrap());
                }
                release();
                release();
                release();
                print("release first");
            }
        });
        running.start().unwrap();
        let aq = Thread::new(move || {
            let mut tries = 0;
            while tries == how.tries || !rl.acquire_timeout(Duration::ZERO) {
                if tries == how.tries {
                    rl.acquire();
                    break;
                }
                tries += 1;
                print("tring to aquire rl");
                if !how.releases_only_own {
                    let released: Result<(), NotOwner> = rl.release();
                    released.expect("only who has the lock releases it");
                }
                sleep(tenths(5));
            }
            assert_eq!(depth.get(), 0, "the lock is taken from a thread that has it");
            print("rl aquired");
            if how.other_releases {
                rl.release().unwrap();
            }
        });
        aq.start().unwrap();
    });
}
