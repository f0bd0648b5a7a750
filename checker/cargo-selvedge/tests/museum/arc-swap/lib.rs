//! arc-swap 1.9.1 (its issue 204): who stores does not see that another reads the old value, and frees it.

use std::sync::Arc;
use std::thread;

use arc_swap::ArcSwap;

#[test]
fn one_loads_what_another_replaces() {
    let shared = Arc::new(ArcSwap::from_pointee(1));
    let other = shared.clone();
    let stores = thread::spawn(move || other.store(Arc::new(2)));
    assert!(*shared.load_full() <= 2);
    stores.join().unwrap();
}
