//! RUSTSEC-2020-0017: the last handle of a value is dropped while the value is interned again, and frees what the new handle has.

use internment::ArcIntern;
use std::thread;

#[test]
fn a_value_is_interned_again_while_it_is_dropped() {
    // What finds the table is not at stake.
    let _other = ArcIntern::new(0);
    let drops = thread::spawn(|| drop(ArcIntern::new(7)));
    let again = ArcIntern::new(7);
    assert_eq!(*again, 7);
    drop(again);
    drops.join().unwrap();
}
