//! The limits of loom that are on record where it gives no second opinion, or another one. What loom learns to do makes one of
//! these fail: then the record is out of date.

#![cfg(all(loom, feature = "upstream-loom"))]

use std::collections::BTreeSet;

use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::{Checker, outcome, thread};

/// What a thread sees of a location beside another that looks at it by `look` and then writes 1.
fn seen(look: fn(&AtomicUsize) -> usize) -> BTreeSet<String> {
    let report = Checker::new().run(move || {
        let it = Arc::new(AtomicUsize::new(0));
        let theirs = it.clone();
        let other = thread::spawn(move || {
            look(&theirs);
            theirs.store(1, SeqCst);
        });
        outcome(look(&it));
        other.join().unwrap();
    });
    report.outcomes().keys().cloned().collect()
}

/// It keeps the last access of each location alone, and compares a write with that: a load that came before is forgotten.
#[test]
fn it_tries_no_write_before_a_load_that_another_load_came_after() {
    assert_eq!(seen(|it| it.load(SeqCst)), ["0".to_owned()].into());
}

/// So the models look by read-modify-writes on loom.
#[test]
fn it_tries_all_orders_of_read_modify_writes() {
    assert_eq!(seen(|it| it.fetch_add(0, SeqCst)), ["0".to_owned(), "1".to_owned()].into());
}
