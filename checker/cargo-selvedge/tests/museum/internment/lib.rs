//! RUSTSEC-2020-0017: the last handle of a value is dropped while the value is interned again, and frees what the new handle has.

use internment::ArcIntern;
use std::thread;

#[test]
fn a_value_is_interned_again_while_its_last_handle_is_dropped() {
    let last = ArcIntern::new(7);
    let drops = thread::spawn(move || drop(last));
    let again = ArcIntern::new(7);
    drops.join().unwrap();
    assert_eq!(*again, 7);
    // What becomes of it is not at stake.
    std::mem::forget(again);
}
