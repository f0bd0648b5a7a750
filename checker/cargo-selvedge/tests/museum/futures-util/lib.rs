//! RUSTSEC-2020-0062: two threads push futures into one set, which says that it may be shared but keeps its list in cells.

use std::future::ready;
use std::sync::Arc;
use std::thread;

use futures_util::stream::FuturesUnordered;

#[test]
fn two_push_into_one_set() {
    let set = Arc::new(FuturesUnordered::new());
    let other = set.clone();
    let pushes = thread::spawn(move || other.push(ready(1)));
    set.push(ready(2));
    pushes.join().unwrap();
    assert_eq!(set.len(), 2);
}
