//! RUSTSEC-2021-0093: a thief that is on its way through several tasks looks for them in a buffer that their owner has replaced, and
//! finds one that the owner has popped.

use crossbeam_deque::Worker;
use std::thread;

/// A buffer has as many places at first.
const PLACES: usize = 64;

#[test]
fn a_task_is_stolen_that_its_owner_has_popped() {
    let own = Worker::new_lifo();
    let push = |tasks: usize| (0..tasks).for_each(|task| own.push(Box::new(task)));
    let pop = |tasks: usize| (0..tasks).for_each(|_| drop(own.pop()));
    // The buffer has grown, and one task more is left in it than a smaller one is made for.
    push(PLACES + 1);
    pop(PLACES / 2);
    let stealer = own.stealer();
    let thief = thread::spawn(move || {
        let stolen = Worker::new_lifo();
        _ = stealer.steal_batch(&stolen);
    });
    // It is replaced, and what comes into the new one is not in that which the thief has.
    pop(PLACES / 2 - 2);
    push(1);
    thief.join().unwrap();
}
