//! RUSTSEC-2023-0031: who waits for an initialisation that fails takes it for done, and reads what was never written.

use std::sync::Arc;
use std::thread;

#[test]
fn one_initialises_while_another_fails_to() {
    let once = Arc::new(spin::Once::<u32>::new());
    let other = once.clone();
    let fails = thread::spawn(move || _ = other.try_call_once(|| Err::<u32, ()>(())));
    assert_eq!(*once.call_once(|| 7), 7);
    fails.join().unwrap();
}
