//! RUSTSEC-2022-0006: who goes through the values finds a bucket before what is in it is there.

use std::thread;
use thread_local::ThreadLocal;

#[test]
fn values_are_gone_through_while_a_bucket_is_made() {
    let values = ThreadLocal::new();
    let enter = || _ = values.get_or(|| 7);
    // The buckets of the first two threads are made with the map.
    enter();
    thread::scope(|scope| {
        let second = scope.spawn(|| {
            enter();
            thread::scope(|scope| _ = scope.spawn(enter));
        });
        assert!(values.iter().all(|value| *value == 7));
        second.join().unwrap();
    });
}
