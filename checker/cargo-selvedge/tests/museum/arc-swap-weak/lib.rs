//! arc-swap 1.9.4 (its issue 214): who replaces a weak handle pays the debt of a strong one, in the wrong count.

use std::sync::{Arc, Weak};
use std::thread;

use arc_swap::{ArcSwap, ArcSwapWeak};

#[test]
fn a_strong_handle_is_read_while_a_weak_one_is_replaced() {
    let value = Arc::new(1);
    let weak = ArcSwapWeak::new(Arc::downgrade(&value));
    let strong = ArcSwap::new(value);
    let replaces = thread::spawn(move || weak.store(Weak::new()));
    assert_eq!(**strong.load(), 1);
    replaces.join().unwrap();
    assert_eq!(**strong.load(), 1);
}
