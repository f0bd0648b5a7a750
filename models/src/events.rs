//! Examples with `Event`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Livelock, Panic};
use selvedge::{assume, outcome};
use selvedge_primitives::{Condition, Event, Lock, Thread, program, sleep, yield_now};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// E01: one thread waits for an event, another waits with a timeout, again and again.
pub const EVENT_WAIT: Model = Model {
    id: "E01",
    title: "waiting for an event",
    claim: "a wait returns true only when the event is set; who waits with a timeout does other work meanwhile",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[
        Printed {
            source: "S0 Signaling Between Threads",
            variant: "as-printed",
            events: &[
                "block: wait_for_event starting",
                "non-block: wait_for_event_timeout starting",
                "MainThread: Waiting before calling Event.set()",
                "non-block: event set: false",
                "non-block: doing other work",
                "non-block: wait_for_event_timeout starting",
                "MainThread: Event is set",
                "non-block: event set: true",
                "block: event set: true",
                "non-block: processing event",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 Event Objects",
            variant: "as-printed-other-things",
            events: &[
                "blocking: wait_for_event starting",
                "MainThread: Waiting before calling Event.set()",
                "non-blocking: wait_for_event_timeout starting",
                "non-blocking: event set: false",
                "non-blocking: doing other things",
                "non-blocking: wait_for_event_timeout starting",
                "MainThread: Event is set",
                "blocking: event set: true",
                "non-blocking: event set: true",
                "non-blocking: processing event",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "set after 3 s, in the middle of the second wait of 2 s; slow threads do other work more often, or never",
            program: || event_wait(Waiting::AS_PRINTED),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-other-things",
            note: "the same with the names and words of another document",
            program: || event_wait(Waiting { words: Words::S3, ..Waiting::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-soon",
            note: "set after 0.3 s, as in S1: by the clock nobody does other work",
            program: || {
                event_wait(Waiting { set_after: 3, does_other_work: false, ..Waiting::AS_PRINTED });
            },
            loom: Loom::Bounded(2),
            expected: Readings::by_clock(Expected::Holds),
        },
        Variant {
            name: "mutant-no-set",
            note: "the event is never set",
            program: || event_wait(Waiting { sets: false, ..Waiting::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Deadlock])),
        },
        Variant {
            name: "mutant-timeout-taken-for-set",
            note: "a worker that comes out of the timed wait processes the event",
            program: || event_wait(Waiting { looks: false, ..Waiting::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

/// The program of E01, and what its mutants get wrong.
#[derive(Clone, Copy)]
struct Waiting {
    /// Tenths of a second.
    set_after: u64,
    sets: bool,
    /// Looks at what the timed wait returned.
    looks: bool,
    /// It may come to other work.
    does_other_work: bool,
    words: Words,
}

/// What the documents call the same.
#[derive(Clone, Copy)]
struct Words {
    waiting: &'static str,
    waiting_with_timeout: &'static str,
    other_work: &'static str,
}

impl Words {
    const S0: Self =
        Words { waiting: "block", waiting_with_timeout: "non-block", other_work: "doing other work" };
    const S3: Self =
        Words { waiting: "blocking", waiting_with_timeout: "non-blocking", other_work: "doing other things" };
}

impl Waiting {
    const AS_PRINTED: Self =
        Waiting { set_after: 30, sets: true, looks: true, does_other_work: true, words: Words::S0 };
}

/// How often the timed wait may time out. In the document as often as the event lets it; where time says nothing about order
/// that is without bound, so the thread then waits without a timeout.
const TIMEOUTS: usize = 1;

fn event_wait(how: Waiting) {
    program(move || {
        let e = Arc::new(Event::new());
        let t1 = Thread::named(how.words.waiting, {
            let e = e.clone();
            move || wait_for_event(&e)
        });
        t1.start().unwrap();
        let t2 = Thread::named(how.words.waiting_with_timeout, {
            let e = e.clone();
            move || wait_for_event_timeout(&e, how)
        });
        t2.start().unwrap();

        print("Waiting before calling Event.set()");
        sleep(tenths(how.set_after));
        if how.sets {
            e.set();
            print("Event is set");
        }
    });
}

fn wait_for_event(e: &Event) {
    print("wait_for_event starting");
    e.wait();
    assert!(e.is_set(), "the wait is over before the event is set");
    print("event set: true");
}

fn wait_for_event_timeout(e: &Event, how: Waiting) {
    let mut timeouts = 0;
    while !e.is_set() {
        print("wait_for_event_timeout starting");
        let event_is_set = if timeouts < TIMEOUTS {
            e.wait_timeout(tenths(20))
        } else {
            e.wait();
            true
        };
        print(format_args!("event set: {event_is_set}"));
        if event_is_set || !how.looks {
            assert!(e.is_set(), "the event is processed before it is set");
            print("processing event");
        } else {
            assert!(how.does_other_work, "the event comes before the timeout");
            print(how.words.other_work);
            timeouts += 1;
        }
    }
}

/// E02: racers wait for one start signal.
pub const RACE: Model = Model {
    id: "E02",
    title: "the race",
    claim: "all racers start at the same signal, so who is started first has no advantage",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[
        Printed {
            source: "S2 2.6, the first run",
            variant: "as-printed",
            events: &[
                "rabbit: got to the goal",
                "lion: got to the goal",
                "turtle: got to the goal",
                "cheetah: got to the goal",
                "monkey: got to the goal",
                "cow: got to the goal",
                "horse: got to the goal",
                "tiger: got to the goal",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S2 2.6, the second run",
            variant: "as-printed",
            events: &[
                "lion: got to the goal",
                "turtle: got to the goal",
                "monkey: got to the goal",
                "horse: got to the goal",
                "cow: got to the goal",
                "tiger: got to the goal",
                "cheetah: got to the goal",
                "rabbit: got to the goal",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "eight racers come in in any of 40,320 orders, and nobody before the signal",
            program: || race(RACERS, true),
            loom: Loom::Cannot("it runs five threads at most, and this has nine"),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-two",
            note: "the two that won",
            program: || race(&["rabbit", "lion"], true),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-no-wait",
            note: "three racers, who do not wait for the signal",
            program: || race(&["rabbit", "turtle", "lion"], false),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

/// The document's racers.
const RACERS: &[&str] = &["rabbit", "turtle", "cheetah", "monkey", "cow", "horse", "tiger", "lion"];

/// Runs the program of E02; or its mutant, where nobody waits.
///
/// # Panics
///
/// Where somebody is off before the signal.
fn race(racers: &'static [&str], waits: bool) {
    program(move || {
        let start_signal = Arc::new(Event::new());
        for name in racers {
            let start_signal = start_signal.clone();
            let racer = Thread::named(*name, move || {
                if waits {
                    start_signal.wait();
                }
                assert!(start_signal.is_set(), "a racer is off before the signal");
                print("got to the goal");
            });
            racer.start().unwrap();
        }
        start_signal.set();
    });
}

/// E03: goods are collected while a gate is open, and released when there are a thousand.
pub const GATE_COLLECTOR: Model = Model {
    id: "E03",
    title: "the gate and the collector",
    claim: "five collects of 200 make 1000, the gate closes, the goods are released; three rounds, and both threads end",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[Printed {
        source: "S4 Event Object",
        variant: "as-printed",
        events: &[
            "Collector: collecting 0",
            "Collector: collecting 200",
            "Collector: collecting 400",
            "Collector: collecting 600",
            "Collector: collecting 800",
            "Releaser: close the gate and release goods",
            "Collector: waiting for the gate's opening",
            "Releaser: goods empty, open the gate",
            "Collector: collecting 0",
            "Collector: collecting 200",
            "Collector: collecting 400",
            "Collector: collecting 600",
            "Collector: collecting 800",
            "Releaser: close the gate and release goods",
            "Collector: waiting for the gate's opening",
            "Releaser: goods empty, open the gate",
            "Collector: collecting 0",
            "Collector: collecting 200",
            "Collector: collecting 400",
            "Collector: collecting 600",
            "Collector: collecting 800",
            "Releaser: close the gate and release goods",
            "Collector: collecting stops",
            "Releaser: goods empty, open the gate",
            "Releaser: release stops",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the releaser may miss the moment with exactly 1000 goods: it then looks, and the collector collects, without \
                   end",
            program: || gate_as_printed(Round::AS_PRINTED),
            loom: Loom::Cannot("it drops executions in which a thread looks forever, without a verdict"),
            expected: Readings::each(Expected::FailsAmong(1000, &[Livelock]), Expected::Holds),
        },
        Variant {
            name: "mutant-trusts-empty",
            note: "the claim: the goods are gone when the gate opens; a collector looks at the gate, the gate closes, and \
                   then it adds to what it had read. One round, without the executions that have no end",
            program: || gate_as_printed(Round { rounds: 1, collects: 6, trusts_empty: true }),
            loom: Loom::Cannot("it has no assumptions, which leave out the executions without an end"),
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
        Variant {
            name: "repaired",
            note: "looking and acting are one step, under the lock of a condition on which each waits for the other",
            program: || gate_repaired(Repaired::WHOLE),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-one-too-many",
            note: "the repaired collector goes on while there are not more than 1000",
            program: || gate_repaired(Repaired { full: MARK + 1, ..Repaired::WHOLE }),
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
        Variant {
            name: "mutant-no-notify",
            note: "the repaired releaser does not say that the goods are gone",
            program: || gate_repaired(Repaired { notify_release: false, ..Repaired::WHOLE }),
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Deadlock]), Expected::Holds),
        },
    ],
};

const COLLECT: i64 = 200;
const MARK: i64 = 1000;
const ROUNDS: i64 = 3;

/// How far it goes, and what the releaser takes for granted.
#[derive(Clone, Copy)]
struct Round {
    rounds: i64,
    /// The collector stops after so many: one more than the rounds take shows that there would be no end of them.
    collects: u32,
    /// Nobody adds while the gate is closed.
    trusts_empty: bool,
}

impl Round {
    const AS_PRINTED: Self = Round { rounds: ROUNDS, collects: 16, trusts_empty: false };
}

struct Shop {
    gate: Event,
    release_count: Variable,
    goods: Variable,
}

fn gate_as_printed(how: Round) {
    program(move || {
        let shop =
            Arc::new(Shop { gate: Event::new(), release_count: Variable::new(0), goods: Variable::new(0) });
        shop.gate.set();

        let collector = Thread::named("Collector", {
            let shop = shop.clone();
            move || collect(&shop, how)
        });
        collector.start().unwrap();

        let releaser = Thread::named("Releaser", {
            let shop = shop.clone();
            move || release(&shop, how)
        });
        releaser.start().unwrap();
    });
}

fn collect(shop: &Shop, how: Round) {
    let mut collects = 0;
    while shop.release_count.get() != how.rounds {
        if shop.gate.is_set() {
            let goods = shop.goods.get();
            print(format_args!("collecting {goods}"));
            shop.goods.set(goods + COLLECT);
            sleep(tenths(3));
            collects += 1;
            if collects == how.collects {
                return;
            }
        } else {
            print("waiting for the gate's opening");
            shop.gate.wait();
        }
    }
    print("collecting stops");
}

fn release(shop: &Shop, how: Round) {
    while shop.release_count.get() != how.rounds {
        let goods = shop.goods.get();
        if goods == MARK {
            shop.gate.clear();
            shop.release_count.set(shop.release_count.get() + 1);
            print("close the gate and release goods");
            shop.goods.set(0);
            sleep(tenths(10));
            if how.trusts_empty {
                assert_eq!(shop.goods.get(), 0, "the goods are gone");
            }
            print("goods empty, open the gate");
            shop.gate.set();
        } else {
            // Past the mark the releaser looks forever, which the program as printed shows.
            assume(goods < MARK || !how.trusts_empty);
            yield_now();
        }
    }
    print("release stops");
}

/// The repaired program and what its mutants get wrong.
#[derive(Clone, Copy)]
struct Repaired {
    /// The collector waits when there are as many goods as this.
    full: i64,
    notify_release: bool,
}

impl Repaired {
    const WHOLE: Self = Repaired { full: MARK, notify_release: true };
}

#[derive(Default)]
struct Goods {
    amount: i64,
    collects: u32,
    releases: i64,
}

fn gate_repaired(how: Repaired) {
    program(move || {
        let gate = Arc::new(Condition::over(Lock::new(Goods::default())));

        let collector = Thread::named("Collector", {
            let gate = gate.clone();
            move || {
                loop {
                    let mut goods = gate.lock();
                    goods.wait_for(|goods| goods.amount < how.full || goods.releases == ROUNDS);
                    if goods.releases == ROUNDS {
                        break;
                    }
                    goods.amount += COLLECT;
                    goods.collects += 1;
                    assert!(goods.amount <= MARK, "{} goods, past the mark of {MARK}", goods.amount);
                    if goods.amount == MARK {
                        goods.notify(1);
                    }
                    drop(goods);
                    sleep(tenths(3));
                }
            }
        });
        collector.start().unwrap();

        let releaser = Thread::named("Releaser", {
            let gate = gate.clone();
            move || {
                for _ in 0..ROUNDS {
                    let mut goods = gate.lock();
                    goods.wait_for(|goods| goods.amount == MARK);
                    goods.amount = 0;
                    goods.releases += 1;
                    if how.notify_release {
                        goods.notify(1);
                    }
                    drop(goods);
                    sleep(tenths(10));
                }
            }
        });
        releaser.start().unwrap();

        collector.join().unwrap();
        releaser.join().unwrap();
        let goods = gate.lock();
        assert_eq!(i64::from(goods.collects), ROUNDS * (MARK / COLLECT), "five collects a round");
        outcome(format_args!("{} rounds, {} collects", goods.releases, goods.collects));
    });
}
