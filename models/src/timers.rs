//! Examples with `Timer`.

use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge_primitives::{Timer, program, sleep};

use crate::console::print;
use crate::registry::{Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// M01: two timers, of which one is cancelled before it is due.
pub const TIMER_CANCEL: Model = Model {
    id: "M01",
    title: "the timer that is cancelled",
    claim: "of two timers with the same delay the second is cancelled before it is due: only the first fires",
    printed: &[
        Printed {
            source: "S2 2.5",
            variant: "as-printed-three-seconds",
            events: &[
                "MainThread: starting timers",
                "MainThread: waiting before canceling t2",
                "MainThread: canceling t2",
                "MainThread: done",
                "t1: worker running",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S3 Timer with threads",
            variant: "as-printed-joined",
            events: &[
                "MainThread: starting timers",
                "MainThread: waiting before canceling t2",
                "MainThread: canceling t2",
                "MainThread: before cancel t2.is_alive() true",
                "MainThread: after cancel t2.is_alive() false",
                "t1: worker running",
                "MainThread: done",
            ],
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "0.3 seconds, cancelled after 0.2: a main thread that is slow cancels too late, and both fire",
            program: || _ = cancel_second(3, 2),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-three-seconds",
            note: "3 seconds, cancelled after 2",
            program: || _ = cancel_second(30, 20),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-joined",
            note: "5 seconds, cancelled after 2; a cancelled timer ends, but who looks at once may find it alive still",
            program: cancel_and_join,
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-relies-on-cancel",
            note: "the claim: the second timer has not fired, although a main thread may be slow",
            program: || assert_eq!(cancel_second(30, 20), [1, 0], "how often each timer fired"),
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
        Variant {
            name: "mutant-cancels-when-due",
            note: "the claim, with a cancel that comes when the timer is due",
            program: || assert_eq!(cancel_second(30, 30), [1, 0], "how often each timer fired"),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

/// A timer that has a name and counts how often it fires.
fn timer(name: &str, interval: u64, what: &'static str) -> (Timer, Arc<Variable>) {
    let fired = Arc::new(Variable::new(0));
    let timer = Timer::new(tenths(interval), {
        let fired = fired.clone();
        move || {
            print(what);
            fired.add(1);
        }
    });
    timer.thread().set_name(name);
    (timer, fired)
}

/// Returns how often each timer fired.
fn cancel_second(interval: u64, cancel_after: u64) -> [i64; 2] {
    let (cancelled, first, second) = program(move || {
        let (t1, first) = timer("t1", interval, "worker running");
        let (t2, second) = timer("t2", interval, "worker running");

        print("starting timers");
        t1.start().unwrap();
        t2.start().unwrap();

        print("waiting before canceling t2");
        sleep(tenths(cancel_after));
        print("canceling t2");
        let cancelled = t2.cancel();
        print("done");
        (cancelled, first, second)
    });
    let fired = [first.get(), second.get()];
    assert_eq!(fired, [1, i64::from(!cancelled)], "a timer fires once, or never if its cancel was in time");
    fired
}

fn cancel_and_join() {
    program(|| {
        let (t1, first) = timer("t1", 50, "worker running");
        let (t2, second) = timer("t2", 50, "worker running");

        print("starting timers");
        t1.start().unwrap();
        t2.start().unwrap();

        print("waiting before canceling t2");
        sleep(tenths(20));
        print("canceling t2");
        print(format_args!("before cancel t2.is_alive() {}", t2.is_alive()));
        let cancelled = t2.cancel();
        sleep(tenths(20));
        print(format_args!("after cancel t2.is_alive() {}", t2.is_alive()));

        t1.join().unwrap();
        t2.join().unwrap();
        let fired = [first.get(), second.get()];
        assert_eq!(
            fired,
            [1, i64::from(!cancelled)],
            "a timer fires once, or never if its cancel was in time"
        );
        print("done");
    });
}

/// M02: one timer.
pub const TIMER_HELLO: Model = Model {
    id: "M02",
    title: "the timer that says hello",
    claim: "the function is called once, when the delay has passed",
    printed: &[
        Printed {
            source: "S3 Timer Object, what will be printed",
            variant: "as-printed-three-seconds",
            events: &["hello: hello, Timer"],
            reachable: Readings::both(Reachable::Yes),
        },
        Printed {
            source: "S4 Timer Objects, what will be printed",
            variant: "as-printed",
            events: &["hello: hello, world"],
            reachable: Readings::both(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "30 seconds; the program's end waits for the call",
            program: || hello(300, "hello, world", None),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-three-seconds",
            note: "3 seconds",
            program: || hello(30, "hello, Timer", None),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-waits-by-sleep",
            note: "the main thread sleeps a little longer than the delay and relies on the call",
            program: || hello(30, "hello, Timer", Some(31)),
            loom: Loom::Bounded(2),
            expected: Readings::each(Expected::Fails(&[Panic]), Expected::Holds),
        },
        Variant {
            name: "mutant-looks-early",
            note: "the main thread relies on the call a little before the delay has passed",
            program: || hello(30, "hello, Timer", Some(29)),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
    ],
};

fn hello(interval: u64, what: &'static str, looks_after: Option<u64>) {
    let fired = program(move || {
        let (t, fired) = timer("hello", interval, what);
        t.start().unwrap();
        if let Some(looks_after) = looks_after {
            sleep(tenths(looks_after));
            assert_eq!(fired.get(), 1, "the timer has fired");
        }
        fired
    });
    assert_eq!(fired.get(), 1, "the timer fires once");
}
