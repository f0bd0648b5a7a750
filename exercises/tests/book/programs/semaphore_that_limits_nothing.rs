//! Auditors of whom so many may be in at once.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Lock, Semaphore, Thread, program};

use super::programs;

programs! { "semaphore-that-limits-nothing";
    "made-when-needed", "who finds no semaphore makes one", || auditors(2, 1, made_when_needed);
    "look-under-the-lock", "who finds no semaphore makes one, under a lock", || auditors(2, 1, look_under_the_lock);
    "release-first", "an auditor gives a permit back before it takes one", || auditors(2, 1, release_first);
    "ask-how-many-are-in", "an auditor looks how many are in, and goes in", || auditors(2, 1, ask_how_many_are_in);
    "as-many-as-permits", "two auditors, each with a semaphore of its own, of whom two may be in",
        || auditors(2, 2, own);
    "one-too-many", "two auditors, each with a semaphore of its own, of whom one may be in", || auditors(2, 1, own);
    "three-shared", "three auditors and one semaphore; one may be in", || auditors(3, 1, shared);
}

struct Office {
    shared: Semaphore,
    /// Where it is made when it is needed.
    slot: Lock<Option<Arc<Semaphore>>>,
    permits: usize,
    inside: Variable,
}

impl Office {
    fn audit(&self) {
        self.inside.add(1);
        let inside = self.inside.get();
        assert!(inside <= self.permits as i64, "{inside} auditors are in, of whom {} may be", self.permits);
        self.inside.add(-1);
    }
}

fn auditors(count: usize, permits: usize, enter: fn(&Office)) {
    program(move || {
        let (shared, slot) = (Semaphore::new(permits), Lock::new(None));
        let office = Arc::new(Office { shared, slot, permits, inside: Variable::new(0) });
        let auditor = |n| {
            let office = office.clone();
            Thread::named(format!("Auditor-{n}"), move || enter(&office))
        };
        let auditors: Vec<_> = (0..count).map(auditor).collect();
        auditors.iter().for_each(|auditor| auditor.start().unwrap());
        auditors.iter().for_each(|auditor| auditor.join().unwrap());
    });
}

fn own(office: &Office) {
    let semaphore = Semaphore::new(office.permits);
    let _permit = semaphore.permit();
    office.audit();
}

fn shared(office: &Office) {
    let _permit = office.shared.permit();
    office.audit();
}

fn made_when_needed(office: &Office) {
    let found = office.slot.lock().clone();
    let semaphore = found.unwrap_or_else(|| {
        let made = Arc::new(Semaphore::new(office.permits));
        *office.slot.lock() = Some(made.clone());
        made
    });
    let _permit = semaphore.permit();
    office.audit();
}

fn look_under_the_lock(office: &Office) {
    let semaphore = {
        let mut slot = office.slot.lock();
        slot.get_or_insert_with(|| Arc::new(Semaphore::new(office.permits))).clone()
    };
    let _permit = semaphore.permit();
    office.audit();
}

fn release_first(office: &Office) {
    office.shared.release(1).unwrap();
    office.shared.acquire();
    office.audit();
}

fn ask_how_many_are_in(office: &Office) {
    while office.inside.get() >= office.permits as i64 {
        selvedge_primitives::yield_now();
    }
    office.audit();
}
