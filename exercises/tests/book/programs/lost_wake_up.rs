//! Consumers that wait for a resource, and a producer that says that it is there.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Condition, Lock, Thread, program};

use super::{programs, seconds};

programs! { "lost-wake-up";
    "notify-twice", "the producer notifies twice", || consumers(1, wait_for_the_word, notify_twice);
    "look-before-the-lock", "the consumer looks for the resource, and then takes the lock to wait",
        || consumers(1, look_before_the_lock, produce);
    "wait-so-long", "the consumer waits for a second at most, and goes on", || consumers(1, wait_so_long, produce);
    "no-lock-for-the-change", "the producer makes the resource without the lock",
        || consumers(1, look_under_the_lock, change_without_the_lock);
    "one-consumer", "one consumer waits for the notification", || consumers(1, wait_for_the_word, produce);
    "two-consumers", "two consumers wait for the notification", || consumers(2, wait_for_the_word, produce);
    "one-consumer-looks", "one consumer waits for the resource", || consumers(1, look_under_the_lock, produce);
    "two-consumers-look", "two consumers wait for the resource", || consumers(2, look_under_the_lock, produce);
    "three-consumers-look", "three consumers wait for the resource", || consumers(3, look_under_the_lock, produce);
}

struct Shop {
    condition: Condition<Lock<()>>,
    available: Variable,
}

fn consumers(count: usize, consume: fn(&Shop), produce: fn(&Shop)) {
    program(move || {
        let condition = Condition::over(Lock::new(()));
        let shop = Arc::new(Shop { condition, available: Variable::new(0) });
        let thread = |name: String, body: fn(&Shop)| {
            let shop = shop.clone();
            let thread = Thread::named(name, move || body(&shop));
            thread.start().unwrap();
            thread
        };
        let mut threads: Vec<_> = (1..=count).map(|n| thread(format!("c{n}"), consume)).collect();
        threads.push(thread("p".to_owned(), produce));
        threads.iter().for_each(|thread| thread.join().unwrap());
    });
}

fn produce(shop: &Shop) {
    let mut held = shop.condition.lock();
    shop.available.set(1);
    held.notify_all();
}

fn notify_twice(shop: &Shop) {
    let mut held = shop.condition.lock();
    shop.available.set(1);
    held.notify_all();
    held.notify_all();
}

fn change_without_the_lock(shop: &Shop) {
    shop.available.set(1);
    shop.condition.lock().notify_all();
}

fn wait_for_the_word(shop: &Shop) {
    shop.condition.lock().wait();
}

fn look_before_the_lock(shop: &Shop) {
    if shop.available.get() == 0 {
        shop.condition.lock().wait();
    }
}

fn wait_so_long(shop: &Shop) {
    shop.condition.lock().wait_timeout(seconds(1));
    assert_eq!(shop.available.get(), 1, "a consumer takes what is not there");
}

fn look_under_the_lock(shop: &Shop) {
    let mut held = shop.condition.lock();
    while shop.available.get() == 0 {
        held.wait();
    }
}
