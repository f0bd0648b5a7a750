//! A collector that adds goods, and a releaser that waits for exactly so many: one round of E03, in small.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Event, Thread, program, yield_now};

use super::programs;

programs! { "livelock";
    "at-least", "the releaser waits for at least as many", || round(2, 3, at_least);
    "look-twice-as-often", "the releaser looks twice in each round", || round(2, 3, look_twice_as_often);
    "one-collect", "the mark is reached by one collect, and one more comes", || round(1, 2, exactly);
    "two-collects", "the mark is reached by two collects, and one more comes", || round(2, 3, exactly);
    "no-collect-more", "the mark is reached by two collects, and no more come", || round(2, 2, exactly);
}

/// What a collect adds.
const COLLECT: i64 = 200;

struct Shop {
    gate: Event,
    goods: Variable,
    /// How many goods are released at a time.
    mark: i64,
}

fn round(collects_to_mark: i64, collects: i64, release: fn(&Shop)) {
    program(move || {
        let shop =
            Arc::new(Shop { gate: Event::new(), goods: Variable::new(0), mark: collects_to_mark * COLLECT });
        shop.gate.set();
        let collector = Thread::named("Collector", {
            let shop = shop.clone();
            move || {
                for _ in 0..collects {
                    if shop.gate.is_set() {
                        shop.goods.set(shop.goods.get() + COLLECT);
                    }
                }
            }
        });
        let releaser = Thread::named("Releaser", {
            let shop = shop.clone();
            move || release(&shop)
        });
        collector.start().unwrap();
        releaser.start().unwrap();
    });
}

fn exactly(shop: &Shop) {
    while shop.goods.get() != shop.mark {
        yield_now();
    }
    shop.gate.clear();
}

fn at_least(shop: &Shop) {
    while shop.goods.get() < shop.mark {
        yield_now();
    }
    shop.gate.clear();
    assert_eq!(shop.goods.get(), shop.mark, "more goods leave than the books say");
}

fn look_twice_as_often(shop: &Shop) {
    while shop.goods.get() != shop.mark && shop.goods.get() != shop.mark {
        yield_now();
    }
    shop.gate.clear();
}
