//! Examples with `Semaphore` and `BoundedSemaphore`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge_primitives::{
    BoundedSemaphore, Lock, Permit, ReleaseError, Semaphore, Thread, current_thread, program, sleep,
};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// S01: threads wait for one of the permits of a pool.
pub const ACTIVE_POOL: Model = Model {
    id: "S01",
    title: "the active pool",
    claim: "no more threads are in the pool than there are permits, and all get in",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[
        Printed {
            source: "S0 Semaphore",
            variant: "sampled-four",
            events: &[
                "0: Waiting to join the pool",
                "1: Waiting to join the pool",
                "2: Waiting to join the pool",
                "3: Waiting to join the pool",
                "0: Running: 0",
                "1: Running: 0 1",
                "0: Running: 1",
                "2: Running: 1 2",
                "1: Running: 2",
                "3: Running: 2 3",
                "2: Running: 3",
                "3: Running:",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S1 §13",
            variant: "sampled-four",
            events: &[
                "0: Waiting to join the pool",
                "1: Waiting to join the pool",
                "2: Waiting to join the pool",
                "3: Waiting to join the pool",
                "0: Running: 0",
                "1: Running: 0 1",
                "0: Running: 1",
                "1: Running:",
                "2: Running: 2",
                "3: Running: 2 3",
                "2: Running: 3",
                "3: Running:",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 Semaphore objects",
            variant: "sampled-ten",
            events: &[
                "thread_0: Waiting to join the pool",
                "thread_0: Running: thread_0",
                "thread_1: Waiting to join the pool",
                "thread_1: Running: thread_0 thread_1",
                "thread_2: Waiting to join the pool",
                "thread_2: Running: thread_0 thread_1 thread_2",
                "thread_3: Waiting to join the pool",
                "thread_4: Waiting to join the pool",
                "thread_5: Waiting to join the pool",
                "thread_6: Waiting to join the pool",
                "thread_7: Waiting to join the pool",
                "thread_8: Waiting to join the pool",
                "thread_0: Running: thread_1 thread_2",
                "thread_3: Running: thread_1 thread_2 thread_3",
                "thread_1: Running: thread_2 thread_3",
                "thread_4: Running: thread_2 thread_3 thread_4",
                "thread_2: Running: thread_3 thread_4",
                "thread_5: Running: thread_3 thread_4 thread_5",
                "thread_3: Running: thread_4 thread_5",
                "thread_6: Running: thread_4 thread_5 thread_6",
                "thread_4: Running: thread_5 thread_6",
                "thread_7: Running: thread_5 thread_6 thread_7",
                "thread_5: Running: thread_6 thread_7",
                "thread_8: Running: thread_6 thread_7 thread_8",
                "thread_6: Running: thread_7 thread_8",
                "thread_7: Running: thread_8",
                "thread_8: Running:",
            ],
            reachable: Readings::both(Reachable::No(
                "The program starts ten threads, and each prints that it waits, before the program can end; nine are in the \
                 run, and thread_9 is not",
            )),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "three threads and two permits: nobody gets in while the pool is full; it is empty in the end",
            program: || active_pool(Pool { threads: 3, ..Pool::OF_FOUR }),
            loom: Loom::Bounded(1),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "sampled-four",
            note: "the documents' four threads and two permits",
            program: || active_pool(Pool::OF_FOUR),
            loom: Loom::Bounded(0),
            expected: Readings::both(Expected::NoneDrawn(1000)),
        },
        Variant {
            name: "sampled-ten",
            note: "another document's ten threads and three permits",
            program: || active_pool(Pool::OF_TEN),
            loom: Loom::Cannot("it runs five threads at most, and this has eleven"),
            expected: Readings::both(Expected::NoneDrawn(200)),
        },
        Variant {
            name: "mutant-one-permit-more",
            note: "the semaphore has a permit more than the pool has room",
            program: || active_pool(Pool { permits: 2, ..Pool::OF_TWO }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-no-release",
            note: "who leaves the pool keeps the permit",
            program: || active_pool(Pool { releases: false, ..Pool::OF_TWO }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Deadlock])),
        },
    ],
};

/// The program of S01, and what its mutants get wrong.
#[derive(Clone, Copy, Debug)]
struct Pool {
    room: usize,
    threads: usize,
    permits: usize,
    releases: bool,
}

impl Pool {
    /// As S0 and S1 have it.
    const OF_FOUR: Self = Pool { room: 2, threads: 4, permits: 2, releases: true };
    /// As S3 has it.
    const OF_TEN: Self = Pool { room: 3, threads: 10, permits: 3, releases: true };
    const OF_TWO: Self = Pool { room: 1, threads: 2, permits: 1, releases: true };
}

/// Who is in the pool, under the pool's lock.
struct ActivePool {
    room: usize,
    active: Lock<Vec<String>>,
}

impl ActivePool {
    fn make_active(&self, name: &str) {
        let mut active = self.active.lock();
        active.push(name.to_owned());
        assert!(active.len() <= self.room, "in a pool for {}: {}", self.room, active.join(" "));
        running(&active);
    }

    fn make_inactive(&self, name: &str) {
        let mut active = self.active.lock();
        active.retain(|other| other != name);
        running(&active);
    }
}

fn running(active: &[String]) {
    print(format_args!("Running: {}", active.join(" ")).to_string().trim_end());
}

/// Runs the program of S01.
///
/// # Panics
///
/// Where the pool is too full, or not empty in the end.
fn active_pool(how: Pool) {
    program(move || {
        let pool = Arc::new(ActivePool { room: how.room, active: Lock::new(Vec::new()) });
        let s = Arc::new(Semaphore::new(how.permits));
        let workers: Vec<_> = (0..how.threads)
            .map(|i| {
                let (s, pool) = (s.clone(), pool.clone());
                let worker = Thread::named(i.to_string(), move || {
                    print("Waiting to join the pool");
                    s.acquire();
                    let name = current_thread().name();
                    pool.make_active(&name);
                    sleep(tenths(1));
                    pool.make_inactive(&name);
                    if how.releases {
                        s.release(1).unwrap();
                    }
                });
                worker.start().unwrap();
                worker
            })
            .collect();
        for worker in workers {
            worker.join().unwrap();
        }
        assert!(pool.active.lock().is_empty(), "somebody is still in the pool");
    });
}

/// S02: more permits are released than were acquired.
pub const BOUNDED: Model = Model {
    id: "S02",
    title: "a release too many",
    claim: "`with` acquires a semaphore and releases it; a bounded semaphore tells of a release past its initial value",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "when all permits are back, one more is an error and changes nothing",
            program: || {
                let s = with_semaphore(BoundedSemaphore::new(1), BoundedSemaphore::permit, |_| ());
                let error = ReleaseError::TooMany { released: 1, available: 1, limit: 1 };
                assert_eq!(s.release(1), Err(error), "a release too many is not told of");
                assert!(s.try_acquire() && !s.try_acquire(), "there is one permit");
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-plain",
            note: "a plain semaphore takes the release for a second permit",
            program: || {
                let s = with_semaphore(Semaphore::new(1), Semaphore::permit, |_| ());
                assert_eq!(s.release(1), Ok(()), "a plain semaphore has no bound");
                assert!(s.try_acquire() && s.try_acquire() && !s.try_acquire(), "there are two permits");
            },
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-release-meanwhile",
            note: "a release too many that comes while a thread has the permit is taken for that thread's: the error \
                   is told to who did nothing wrong",
            program: || {
                with_semaphore(BoundedSemaphore::new(1), BoundedSemaphore::permit, |s| {
                    let _ = s.release(1);
                });
            },
            loom: Loom::MISSES,
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

/// Two threads hold the semaphore, each while its block runs, and `meanwhile` runs beside them. Returns the semaphore when they
/// have ended.
fn with_semaphore<S: Send + Sync + 'static>(
    s: S,
    with: for<'a> fn(&'a S) -> Permit<'a>,
    meanwhile: impl FnOnce(&S),
) -> Arc<S> {
    program(move || {
        let s = Arc::new(s);
        let inside = Arc::new(Variable::new(0));
        let workers = [(); 2].map(|()| {
            let (s, inside) = (s.clone(), inside.clone());
            let worker = Thread::new(move || {
                let _permit = with(&s);
                inside.add(1);
                assert_eq!(inside.get(), 1, "two threads are inside, with one permit");
                inside.add(-1);
            });
            worker.start().unwrap();
            worker
        });
        meanwhile(&s);
        for worker in workers {
            worker.join().unwrap();
        }
        s
    })
}
