//! Consumers that get what was put, until there is no more.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Queue, Thread, program};

use super::{programs, seconds};

programs! { "queue-without-shutdown";
    "look-first", "a consumer gets while the queue is not empty", || consumers(2, put, look_first);
    "one-last-item", "the producer puts one last item, and there are two consumers", || consumers(2, put_one_last, until_the_last);
    "give-up", "a consumer that waits for a second in vain goes home", || consumers(2, put, give_up);
    "throw-away", "the producer shuts the queue down at once, whatever is in it", || consumers(2, throw_away, until_shut_down);
    "one-consumer-looks-first", "one consumer gets while the queue is not empty", || consumers(1, put, look_first);
    "one-consumer", "one consumer waits in get, until the queue is shut down",
        || consumers(1, put_and_shut_down, until_shut_down);
    "two-consumers", "two consumers wait in get, until the queue is shut down", || consumers(2, put_and_shut_down, until_shut_down);
    "last-item-for-each", "the producer puts a last item for each consumer", || consumers(2, put_a_last_for_each, until_the_last);
}

/// The items. None is the last.
const ITEMS: u32 = 2;

struct Shop {
    q: Queue<Option<u32>>,
    consumed: Variable,
}

fn consumers(count: usize, produce: fn(&Shop), consume: fn(&Shop)) {
    program(move || {
        let shop = Arc::new(Shop { q: Queue::new(0), consumed: Variable::new(0) });
        let consumer = |n| {
            let shop = shop.clone();
            Thread::named(format!("consumer-{n}"), move || consume(&shop))
        };
        let consumers: Vec<_> = (1..=count).map(consumer).collect();
        consumers.iter().for_each(|consumer| consumer.start().unwrap());
        produce(&shop);
        consumers.iter().for_each(|consumer| consumer.join().unwrap());
        assert_eq!(shop.consumed.get(), i64::from(ITEMS), "an item is left in the queue");
    });
}

fn put(shop: &Shop) {
    for item in 0..ITEMS {
        shop.q.put(Some(item)).unwrap();
    }
}

fn put_one_last(shop: &Shop) {
    put(shop);
    shop.q.put(None).unwrap();
}

fn put_a_last_for_each(shop: &Shop) {
    put(shop);
    shop.q.put(None).unwrap();
    shop.q.put(None).unwrap();
}

fn put_and_shut_down(shop: &Shop) {
    put(shop);
    shop.q.shutdown(false);
}

fn throw_away(shop: &Shop) {
    put(shop);
    shop.q.shutdown(true);
}

fn look_first(shop: &Shop) {
    while !shop.q.is_empty() {
        shop.q.get().unwrap();
        shop.consumed.add(1);
    }
}

fn until_the_last(shop: &Shop) {
    while shop.q.get().unwrap().is_some() {
        shop.consumed.add(1);
    }
}

fn give_up(shop: &Shop) {
    while shop.q.get_timeout(seconds(1)).is_ok() {
        shop.consumed.add(1);
    }
}

fn until_shut_down(shop: &Shop) {
    while shop.q.get().is_ok() {
        shop.consumed.add(1);
    }
}
