//! Examples with `Barrier`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Panic};
use selvedge_primitives::{Barrier, BrokenBarrier, Thread, program};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Readings, Variant, tenths};
use crate::variable::Variable;

/// B01: a client connects when the server has started.
pub const CLIENT_SERVER: Model = Model {
    id: "B01",
    title: "the client and the server",
    claim: "a barrier of two, with a timeout of 5 s, keeps the client from connecting before the server has started",
    evidence: &[Evidence::Holds("as-printed")],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the client connects to a server that has started, or the barrier breaks and both are told",
            program: || client_server(Meeting::AS_PRINTED),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-both-pass",
            note: "both pass: not where one of them may be slower than the timeout",
            program: || client_server(Meeting { has_to_pass: true, ..Meeting::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
        Variant {
            name: "repaired",
            note: "without a timeout they wait for each other however slow they are, and meet again at the same barrier",
            program: || client_server(Meeting { rounds: 2, ..Meeting::PATIENT }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "repaired-abort",
            note: "a client that cannot come says so, and the server does not wait for it; after a reset they meet",
            program: abort_and_reset,
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-no-wait",
            note: "the client does not wait at the barrier",
            program: || client_server(Meeting { client_waits: false, ..Meeting::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-third-party",
            note: "the barrier is for one more than ever comes, and has no timeout",
            program: || client_server(Meeting { parties: 3, ..Meeting::PATIENT }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Deadlock])),
        },
    ],
};

/// The program of B01, and what its mutants get wrong.
#[derive(Clone, Copy)]
struct Meeting {
    parties: usize,
    timeout: bool,
    /// How often they meet; in the document once, and behind the barrier each loops forever.
    rounds: i64,
    client_waits: bool,
    /// A broken barrier is a failure.
    has_to_pass: bool,
}

impl Meeting {
    const AS_PRINTED: Self =
        Meeting { parties: 2, timeout: true, rounds: 1, client_waits: true, has_to_pass: false };
    const PATIENT: Self = Meeting { timeout: false, has_to_pass: true, ..Self::AS_PRINTED };
}

fn client_server(how: Meeting) {
    program(move || {
        let b = Barrier::new(how.parties).unwrap();
        meet(&Arc::new(if how.timeout { b.with_timeout(tenths(50)) } else { b }), how);
    });
}

/// The server and the client from their start to their end.
fn meet(b: &Arc<Barrier>, how: Meeting) {
    let started = Arc::new(Variable::new(0));
    let passed = Arc::new(Variable::new(0));
    let server = Thread::named("server", {
        let (b, started, passed) = (b.clone(), started.clone(), passed.clone());
        move || {
            for round in 1..=how.rounds {
                started.set(round);
                if let Err(BrokenBarrier) = b.wait() {
                    print("the barrier is broken");
                    return;
                }
                passed.add(1);
                print("accepts");
            }
        }
    });
    let client = Thread::named("client", {
        let (b, passed) = (b.clone(), passed.clone());
        move || {
            for round in 1..=how.rounds {
                if how.client_waits && b.wait().is_err() {
                    print("the barrier is broken");
                    return;
                }
                assert!(started.get() >= round, "the client connects before the server has started");
                passed.add(1);
                print("connects");
            }
        }
    });
    server.start().unwrap();
    client.start().unwrap();
    server.join().unwrap();
    client.join().unwrap();
    let passed = passed.get();
    assert!(passed == 0 || passed == 2 * how.rounds, "one passes and the other does not");
    assert!(passed > 0 || !how.has_to_pass, "nobody passes");
}

fn abort_and_reset() {
    program(|| {
        let b = Arc::new(Barrier::new(2).unwrap());
        let server = Thread::named("server", {
            let b = b.clone();
            move || assert_eq!(b.wait(), Err(BrokenBarrier), "the server passes, and no client has come")
        });
        let client = Thread::named("client", {
            let b = b.clone();
            move || b.abort()
        });
        server.start().unwrap();
        client.start().unwrap();
        server.join().unwrap();
        client.join().unwrap();

        assert!(b.is_broken());
        b.reset();
        meet(&b, Meeting::PATIENT);
    });
}
