//! RUSTSEC-2019-0013: the lock's orderings let a reader see what was there before the writer that it comes after.

use std::sync::Arc;
use std::thread;

#[test]
fn one_reads_what_another_writes() {
    let count = Arc::new(spin::RwLock::new(0));
    let other = count.clone();
    let writes = thread::spawn(move || *other.write() += 1);
    assert!(*count.read() <= 1);
    writes.join().unwrap();
}
