//! Buyers that enter purchases into a repository.

use std::sync::Arc;

use selvedge_models::dict::Dict;
use selvedge_primitives::{Lock, Thread, program};

use super::programs;

programs! { "check-then-act";
    "lock-each-call", "look and entry are under the lock, one after the other", || buyers(2, lock_each_call);
    "look-for-a-free-id", "a buyer looks for an id that nobody has", || buyers(2, look_for_a_free_id);
    "look-twice", "a buyer looks again, right before the entry", || buyers(2, look_twice);
    "one-hold", "look and entry are under one hold of the lock", || buyers(2, one_hold);
    "one-buyer", "one buyer, no lock", || buyers(1, unlocked);
    "two-buyers", "two buyers, no lock", || buyers(2, unlocked);
    "three-buyers", "three buyers, no lock", || buyers(3, unlocked);
    "three-buyers-one-hold", "three buyers, one hold of the lock", || buyers(3, one_hold);
}

struct Repository {
    lock: Lock,
    repo: Dict<&'static str>,
}

fn buyers(count: usize, create: fn(&Repository, &'static str)) {
    program(move || {
        let repository = Arc::new(Repository { lock: Lock::new(()), repo: Dict::new() });
        let buyer = |name| {
            let repository = repository.clone();
            Thread::named(name, move || create(&repository, name))
        };
        let buyers: Vec<_> = ["carlos", "juan", "mike"].into_iter().take(count).map(buyer).collect();
        buyers.iter().for_each(|buyer| buyer.start().unwrap());
        buyers.iter().for_each(|buyer| buyer.join().unwrap());
        assert_eq!(repository.repo.len(), count, "two purchases have the same id, and one is lost");
    });
}

fn unlocked(purchases: &Repository, name: &'static str) {
    let id = purchases.repo.len();
    purchases.repo.insert(id, name);
}

fn lock_each_call(purchases: &Repository, name: &'static str) {
    let id = {
        let _held = purchases.lock.lock();
        purchases.repo.len()
    };
    let _held = purchases.lock.lock();
    purchases.repo.insert(id, name);
}

fn look_for_a_free_id(purchases: &Repository, name: &'static str) {
    let mut id = 0;
    while purchases.repo.get(id).is_some() {
        id += 1;
    }
    let _held = purchases.lock.lock();
    purchases.repo.insert(id, name);
}

fn look_twice(purchases: &Repository, name: &'static str) {
    loop {
        let id = purchases.repo.len();
        if purchases.repo.len() == id {
            let _held = purchases.lock.lock();
            purchases.repo.insert(id, name);
            return;
        }
    }
}

fn one_hold(purchases: &Repository, name: &'static str) {
    let _held = purchases.lock.lock();
    let id = purchases.repo.len();
    purchases.repo.insert(id, name);
}
