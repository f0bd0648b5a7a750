//! RUSTSEC-2023-0031: who waits for another's attempt takes it for granted that it succeeds.

use std::sync::Arc;
use std::thread;

#[test]
fn an_attempt_fails_while_another_waits_for_it() {
    let once = Arc::new(spin::Once::<u32>::new());
    let other = once.clone();
    let fails = thread::spawn(move || _ = other.try_call_once(|| Err(())));
    assert_eq!(once.try_call_once::<_, ()>(|| Ok(7)), Ok(&7));
    fails.join().unwrap();
}
