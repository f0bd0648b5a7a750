//! A server and a client that meet at a barrier with a timeout.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Barrier, Thread, program};

use super::{programs, seconds};

programs! { "broken-barrier";
    "wait-longer", "the timeout is an hour", || meet(2, Some(3600), wait);
    "wait-again", "who finds the barrier broken waits again", || meet(2, Some(5), wait_again);
    "go-on", "who finds the barrier broken goes on", || meet(2, Some(5), go_on);
    "reset-and-wait-again", "who finds the barrier broken resets it, and waits again",
        || meet(2, Some(5), reset_and_wait_again);
    "one-party", "one party, with a timeout", || meet(1, Some(5), wait);
    "two-parties", "two parties, with a timeout", || meet(2, Some(5), wait);
    "three-parties", "three parties, with a timeout", || meet(3, Some(5), wait);
    "three-parties-patient", "three parties, without a timeout", || meet(3, None, wait);
}

struct Place {
    barrier: Barrier,
    parties: i64,
    come: Variable,
}

/// Each party says that it has come, and meets the others.
fn meet(parties: usize, timeout: Option<u64>, wait: fn(&Place)) {
    program(move || {
        let barrier = Barrier::new(parties).unwrap();
        let barrier = match timeout {
            Some(timeout) => barrier.with_timeout(seconds(timeout)),
            None => barrier,
        };
        let place = Arc::new(Place { barrier, parties: parties as i64, come: Variable::new(0) });
        let party = |name| {
            let place = place.clone();
            Thread::named(name, move || {
                place.come.add(1);
                wait(&place);
            })
        };
        let threads: Vec<_> = ["server", "client", "guest"].into_iter().take(parties).map(party).collect();
        threads.iter().for_each(|thread| thread.start().unwrap());
        threads.iter().for_each(|thread| thread.join().unwrap());
    });
}

fn wait(place: &Place) {
    place.barrier.wait().expect("all are there");
}

fn wait_again(place: &Place) {
    if place.barrier.wait().is_err() {
        place.barrier.wait().expect("all are there");
    }
}

fn go_on(place: &Place) {
    let _ = place.barrier.wait();
    assert_eq!(place.come.get(), place.parties, "a party goes on before the others have come");
}

fn reset_and_wait_again(place: &Place) {
    if place.barrier.wait().is_err() {
        place.barrier.reset();
        place.barrier.wait().expect("all are there");
    }
}
