//! `Barrier`: rounds without end, and none begins before the last has ended for all.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use selvedge_primitives::Barrier;

use crate::{soak, threads};

#[test]
fn nobody_is_more_than_a_round_ahead() {
    soak(|| {
        const ROUNDS: usize = 2_000;
        const PARTIES: usize = 3;
        let (barrier, come) = (Barrier::new(PARTIES).unwrap(), AtomicUsize::new(0));
        threads(PARTIES, |_| {
            for round in 0..ROUNDS {
                come.fetch_add(1, Relaxed);
                barrier.wait().unwrap();
                let come = come.load(Relaxed);
                assert!(
                    ((round + 1) * PARTIES..(round + 2) * PARTIES).contains(&come),
                    "{come} in round {round}"
                );
            }
        });
    });
}

#[test]
fn more_threads_than_parties_meet_in_any_company_and_each_index_comes_up_equally_often() {
    soak(|| {
        const EACH: usize = 1_000;
        let barrier = Barrier::new(2).unwrap().with_action(std::thread::yield_now);
        let (passed, indices) = (AtomicUsize::new(0), AtomicUsize::new(0));
        threads(4, |_| {
            for _ in 0..EACH {
                // When the others are through, the thread that is left alone would wait forever.
                let Ok(index) = barrier.wait() else { return };
                passed.fetch_add(1, Relaxed);
                indices.fetch_add(index, Relaxed);
            }
            barrier.abort();
        });
        let (passed, indices) = (passed.into_inner(), indices.into_inner());
        assert!(passed >= EACH);
        assert_eq!(passed, 2 * indices, "as many came second as came first");
    });
}
