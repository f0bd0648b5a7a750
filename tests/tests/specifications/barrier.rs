//! `Barrier`: those that have come, or broken.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread::{JoinHandle, spawn, yield_now};
use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{Barrier, BrokenBarrier, NoParties};

use crate::config;

#[derive(Clone, Debug)]
enum Operation {
    Wait,
    WaitTimeoutZero,
    Abort,
    Reset,
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    prop_oneof![6 => Just(Wait), 1 => Just(WaitTimeoutZero), 1 => Just(Abort), 1 => Just(Reset)]
}

/// The threads that wait, in the order of their coming; none where the barrier is broken.
#[derive(Default)]
struct Waiting(Vec<JoinHandle<Result<usize, BrokenBarrier>>>);

impl Waiting {
    /// All have come: each has the index of its coming.
    fn pass(&mut self) {
        for (index, thread) in self.0.drain(..).enumerate() {
            assert_eq!(thread.join().unwrap(), Ok(index));
        }
    }

    fn fail(&mut self) {
        for thread in self.0.drain(..) {
            assert_eq!(thread.join().unwrap(), Err(BrokenBarrier));
        }
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_barrier_is_those_that_have_come_or_broken(
        parties in 1..4usize,
        operations in prop::collection::vec(operation(), 0..12),
    ) {
        let actions = Arc::new(AtomicUsize::new(0));
        let ran = actions.clone();
        let barrier = Barrier::new(parties).unwrap().with_action(move || {
            ran.fetch_add(1, Relaxed);
        });
        let barrier = Arc::new(barrier);
        let (mut waiting, mut broken, mut rounds) = (Waiting::default(), false, 0);
        for operation in operations {
            let last = waiting.0.len() + 1 == parties;
            match operation {
                Operation::Wait if !broken && !last => {
                    let its = barrier.clone();
                    waiting.0.push(spawn(move || its.wait()));
                    // Where it never comes to this the test hangs, which is how a lost arrival fails.
                    while barrier.n_waiting() != waiting.0.len() {
                        yield_now();
                    }
                }
                Operation::Wait | Operation::WaitTimeoutZero => {
                    let said = match operation {
                        Operation::Wait => barrier.wait(),
                        _ => barrier.wait_timeout(Duration::ZERO),
                    };
                    if !broken && last {
                        prop_assert_eq!(said, Ok(parties - 1));
                        waiting.pass();
                        rounds += 1;
                    } else {
                        prop_assert_eq!(said, Err(BrokenBarrier));
                        waiting.fail();
                        broken = true;
                    }
                }
                Operation::Abort => {
                    barrier.abort();
                    waiting.fail();
                    broken = true;
                }
                Operation::Reset => {
                    barrier.reset();
                    waiting.fail();
                    broken = false;
                }
            }
            prop_assert_eq!(barrier.is_broken(), broken);
            prop_assert_eq!(barrier.n_waiting(), waiting.0.len());
            prop_assert_eq!(barrier.parties(), parties);
            prop_assert_eq!(actions.load(Relaxed), rounds);
        }
        barrier.abort();
        waiting.fail();
    }
}

#[test]
fn a_barrier_for_nobody_is_refused() {
    assert_eq!(Barrier::new(0).err(), Some(NoParties));
}

#[test]
fn a_panic_in_the_action_breaks_the_barrier_and_goes_on_in_its_thread() {
    let barrier = Arc::new(Barrier::new(2).unwrap().with_action(|| panic!("the action does")));
    let come = || {
        let barrier = barrier.clone();
        spawn(move || barrier.wait())
    };
    let threads = [come(), come()];
    let ends = threads.map(|t| t.join());
    assert_eq!(ends.iter().filter(|e| e.is_err()).count(), 1, "one runs the action");
    assert_eq!(ends.iter().filter(|e| matches!(e, Ok(Err(BrokenBarrier)))).count(), 1, "and the other fails");
    assert!(barrier.is_broken());
}
