//! Examples with `Event`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge::outcome;
use selvedge_primitives::{Condition, Event, Lock, Thread, program, sleep, yield_now};

use crate::registry::{Expected, Loom, Model, Readings, Variant, tenths};
use crate::variable::Variable;

/// E03: goods are collected while a gate is open, and released when there are a thousand.
pub const GATE_COLLECTOR: Model = Model {
    id: "E03",
    title: "the gate and the collector",
    claim: "five collects of 200 make 1000, the gate closes, the goods are released; three rounds, and both threads end",
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the collector looks at the gate, then adds: between the two nobody stops it, and past 1000 nobody \
                   ever sees exactly 1000 again",
            program: gate_as_printed,
            loom: Loom::Bounded(2),
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

struct Shop {
    gate: Event,
    release_count: Variable,
    goods: Variable,
}

fn gate_as_printed() {
    program(|| {
        let shop =
            Arc::new(Shop { gate: Event::new(), release_count: Variable::new(0), goods: Variable::new(0) });
        shop.gate.set();

        let collector = Thread::named("Collector", {
            let shop = shop.clone();
            move || collect(&shop)
        });
        collector.start().unwrap();

        let releaser = Thread::named("Releaser", {
            let shop = shop.clone();
            move || release(&shop)
        });
        releaser.start().unwrap();
    });
}

fn collect(shop: &Shop) {
    while shop.release_count.get() != ROUNDS {
        if shop.gate.is_set() {
            let goods = shop.goods.get() + COLLECT;
            assert!(
                goods <= MARK,
                "{goods} goods, past the mark of {MARK}: no release will see {MARK} again, and both loop for ever"
            );
            shop.goods.set(goods);
            sleep(tenths(3));
        } else {
            shop.gate.wait();
        }
    }
}

fn release(shop: &Shop) {
    while shop.release_count.get() != ROUNDS {
        if shop.goods.get() == MARK {
            shop.gate.clear();
            shop.release_count.set(shop.release_count.get() + 1);
            shop.goods.set(0);
            sleep(tenths(10));
            shop.gate.set();
        } else {
            yield_now();
        }
    }
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
