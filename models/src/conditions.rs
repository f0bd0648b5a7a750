//! Examples with `Condition`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge::outcome;
use selvedge_primitives::{Condition, Lock, Thread, program, sleep};

use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};

/// C01: two consumers wait for a resource, and a producer says that it is there.
pub const CONSUMERS: Model = Model {
    id: "C01",
    title: "two consumers and a producer",
    claim: "the producer notifies all, and both consumers use the resource",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[
        Printed {
            source: "S0 Synchronizing Threads",
            variant: "as-printed",
            events: &["c1 c2"],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S1 §12",
            variant: "as-printed",
            events: &["c2 c1"],
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the notification may come before the wait: only two-second sleeps make it come after",
            program: consumers_as_printed,
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Deadlock]), Expected::Holds),
        },
        Variant {
            name: "repaired",
            note: "the consumers wait for the resource, not for the notification",
            program: || consumers_repaired(true),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-notify-one",
            note: "the repaired producer notifies one consumer of the two",
            program: || consumers_repaired(false),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Deadlock])),
        },
    ],
};

fn consumers_as_printed() {
    program(|| {
        // The printed order of consumption is the order in which they hold the lock again.
        let condition = Arc::new(Condition::over(Lock::new(Vec::new())));
        let consumer = |name: &'static str| {
            let condition = condition.clone();
            Thread::named(name, move || {
                let mut consumed = condition.lock();
                consumed.wait();
                consumed.push(name);
            })
        };
        let (c1, c2) = (consumer("c1"), consumer("c2"));
        let producer = Thread::named("p", {
            let condition = condition.clone();
            move || condition.lock().notify_all()
        });

        c1.start().unwrap();
        sleep(tenths(20));
        c2.start().unwrap();
        sleep(tenths(20));
        producer.start().unwrap();

        for thread in [c1, c2, producer] {
            thread.join().unwrap();
        }
        outcome(condition.lock().join(" "));
    });
}

#[derive(Default)]
struct Resource {
    available: bool,
    consumed: Vec<&'static str>,
}

fn consumers_repaired(all: bool) {
    program(move || {
        let condition = Arc::new(Condition::over(Lock::new(Resource::default())));
        let consumer = |name: &'static str| {
            let condition = condition.clone();
            Thread::named(name, move || {
                let mut resource = condition.lock();
                resource.wait_for(|resource| resource.available);
                resource.consumed.push(name);
            })
        };
        let (c1, c2) = (consumer("c1"), consumer("c2"));
        let producer = Thread::named("p", {
            let condition = condition.clone();
            move || {
                let mut resource = condition.lock();
                resource.available = true;
                if all {
                    resource.notify_all()
                } else {
                    resource.notify(1)
                };
            }
        });

        c1.start().unwrap();
        sleep(tenths(20));
        c2.start().unwrap();
        sleep(tenths(20));
        producer.start().unwrap();

        for thread in [c1, c2, producer] {
            thread.join().unwrap();
        }
        outcome(condition.lock().consumed.join(" "));
    });
}

/// C02: consume while there is something, produce and say so.
pub const PREDICATE_LOOP: Model = Model {
    id: "C02",
    title: "waiting in a loop",
    claim: "a consumer that looks again after each wait consumes an item that is there, whichever other thread consumes",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "one consumer loops around wait, the other uses wait_for",
            program: || predicate_loop(Consumer::AS_PRINTED),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-if-for-while",
            note: "a consumer looks once: between the notification and its turn, the other takes the item",
            program: || predicate_loop(Consumer { looks_again: false, ..Consumer::AS_PRINTED }),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-no-notify",
            note: "the producer does not say that it produced",
            program: || predicate_loop(Consumer { is_notified: false, ..Consumer::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Deadlock])),
        },
    ],
};

#[derive(Clone, Copy)]
struct Consumer {
    looks_again: bool,
    is_notified: bool,
}

impl Consumer {
    const AS_PRINTED: Self = Consumer { looks_again: true, is_notified: true };
}

fn predicate_loop(how: Consumer) {
    program(move || {
        let cv = Arc::new(Condition::over(Lock::new(Vec::new())));

        let looping = Thread::named("looping", {
            let cv = cv.clone();
            move || {
                let mut items = cv.lock();
                if how.looks_again {
                    while items.is_empty() {
                        items.wait();
                    }
                } else if items.is_empty() {
                    items.wait();
                }
                items.pop().expect("an item is there to be consumed");
            }
        });
        looping.start().unwrap();

        let waiting = Thread::named("waiting", {
            let cv = cv.clone();
            move || {
                let mut items = cv.lock();
                items.wait_for(|items| !items.is_empty());
                items.pop().expect("an item is there to be consumed");
            }
        });
        waiting.start().unwrap();

        for item in 0..2 {
            let mut items = cv.lock();
            items.push(item);
            if how.is_notified {
                items.notify(1);
            }
        }
        looping.join().unwrap();
        waiting.join().unwrap();
        assert!(cv.lock().is_empty(), "each item is consumed once");
    });
}
