//! Examples with `Local`: data of which each thread has its own.

use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge_primitives::{Local, Lock, Thread, program};

use crate::console::print;
use crate::registry::{Expected, Loom, Model, Printed, Reachable, Readings, Variant};

/// D01: two threads and the main thread set a value and see their own.
///
/// The documents draw the values by lot; here they are those of the runs that are printed. Notebooks count on the default names
/// of the cells before; here the first is Thread-1.
pub const LOCAL: Model = Model {
    id: "D01",
    title: "a value of each thread's own",
    claim: "a value is seen by the thread that has set it and by no other",
    printed: &[
        Printed {
            source: "S0 Thread-specific Data",
            variant: "as-printed",
            events: &[
                "MainThread: No value yet",
                "MainThread: value=1000",
                "Thread-1: No value yet",
                "Thread-2: No value yet",
                "Thread-1: value=57",
                "Thread-2: value=11",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S1 §14",
            variant: "as-printed-57-1",
            events: &[
                "MainThread: No value yet",
                "MainThread: value=1000",
                "Thread-1: No value yet",
                "Thread-2: No value yet",
                "Thread-1: value=57",
                "Thread-2: value=1",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S3 threading.local()",
            variant: "as-printed-999",
            events: &[
                "MainThread: No value yet",
                "MainThread: value=999",
                "Thread-1: No value yet",
                "Thread-1: value=51",
                "Thread-2: No value yet",
                "Thread-2: value=19",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "no value crosses threads, whatever the order",
            program: || local::<Local<u32>>(1000, [57, 11]),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-57-1",
            note: "the same with the values of another run",
            program: || local::<Local<u32>>(1000, [57, 1]),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-999",
            note: "the same with the values of a third document",
            program: || local::<Local<u32>>(999, [51, 19]),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-global",
            note: "a global in the place of the thread's own value: the threads see the main thread's",
            program: || local::<Global>(1000, [57, 11]),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

/// Where a value is kept.
trait Data: Default + Send + Sync + 'static {
    fn value(&self) -> Option<u32>;
    fn set(&self, value: u32);
}

impl Data for Local<u32> {
    fn value(&self) -> Option<u32> {
        self.get()
    }

    fn set(&self, value: u32) {
        self.set(value);
    }
}

/// A value that all threads share.
type Global = Lock<Option<u32>>;

impl Data for Global {
    fn value(&self) -> Option<u32> {
        *self.lock()
    }

    fn set(&self, value: u32) {
        *self.lock() = Some(value);
    }
}

fn show_value(data: &impl Data, own: Option<u32>) {
    let value = data.value();
    match value {
        None => print("No value yet"),
        Some(value) => print(format_args!("value={value}")),
    }
    assert_eq!(value, own, "a thread sees what it has set, and nothing before");
}

fn local<D: Data>(main_value: u32, values: [u32; 2]) {
    program(move || {
        let data = Arc::new(D::default());
        show_value(&*data, None);
        data.set(main_value);
        show_value(&*data, Some(main_value));

        for value in values {
            let data = data.clone();
            let t = Thread::new(move || {
                show_value(&*data, None);
                data.set(value);
                show_value(&*data, Some(value));
            });
            t.start().unwrap();
        }
    });
}

/// D02: an initial value for each thread.
pub const LOCAL_INIT: Model = Model {
    id: "D02",
    title: "an initial value for each thread",
    claim: "every thread starts with the same value, which an initialiser sets in each of them",
    printed: &[
        Printed {
            source: "S0 Thread-specific Data, with a subclass",
            variant: "as-printed",
            events: &[
                "MainThread: Initializing",
                "MainThread: value=1000",
                "Thread-1: Initializing",
                "Thread-2: Initializing",
                "Thread-1: value=1000",
                "Thread-2: value=1000",
                "Thread-1: value=35",
                "Thread-2: value=88",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S3 Subclassing threading.local",
            variant: "as-printed-other-field",
            events: &[
                "MainThread: Initializing",
                "MainThread: value=999",
                "Thread-1: Initializing",
                "Thread-1: value=999",
                "Thread-1: value=999",
                "Thread-2: Initializing",
                "Thread-2: value=999",
                "Thread-2: value=999",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "the initialiser runs once in each thread, the main thread among them",
            program: || initialised(Writes::Shown),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-other-field",
            note: "the threads write to another field than the one that they show: 999 twice",
            program: || initialised(Writes::Another),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-set-by-main",
            note: "no initialiser: what the main thread sets, the others do not see",
            program: set_by_main,
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Writes {
    Shown,
    Another,
}

/// The fields of the documents' subclass.
#[derive(Clone, Copy)]
struct MyLocal {
    val: u32,
    value: Option<u32>,
}

/// How often this thread has run the initialiser.
static INITIALISED: Local<u32> = Local::with_init(|| 0);

fn my_local<const VAL: u32>() -> MyLocal {
    print("Initializing");
    INITIALISED.with_mut(|count| *count += 1);
    MyLocal { val: VAL, value: None }
}

fn show_initialised(data: &Local<MyLocal>) -> u32 {
    let MyLocal { val, .. } = data.get().expect("there is an initialiser");
    print(format_args!("value={val}"));
    assert_eq!(INITIALISED.get(), Some(1), "how often the initialiser ran in this thread");
    val
}

fn initialised(writes: Writes) {
    program(move || {
        INITIALISED.set(0);
        let (initial, data, values) = match writes {
            Writes::Shown => (1000, Local::with_init(my_local::<1000>), [35, 88]),
            Writes::Another => (999, Local::with_init(my_local::<999>), [35, 88]),
        };
        let data = Arc::new(data);
        assert_eq!(show_initialised(&data), initial);

        for own in values {
            let data = data.clone();
            let t = Thread::new(move || {
                assert_eq!(show_initialised(&data), initial, "what a thread starts with");
                data.with_mut(|data| match writes {
                    Writes::Shown => data.val = own,
                    Writes::Another => data.value = Some(own),
                });
                let shown = if writes == Writes::Shown { own } else { initial };
                assert_eq!(show_initialised(&data), shown, "what a thread sees in the end");
            });
            t.start().unwrap();
        }
    });
}

fn set_by_main() {
    program(|| {
        let data = Arc::new(Local::new());
        data.set(1000);
        for _ in 0..2 {
            let data = data.clone();
            let t = Thread::new(move || assert_eq!(data.get(), Some(1000), "what a thread starts with"));
            t.start().unwrap();
        }
    });
}

/// D03: each thread makes its own.
///
/// With both lines of each of its four threads the program has 8!/2^4 = 2,520 orders of lines, and in each
/// all that the program's end does. So the first lines are printed with three threads, and left out with four.
pub const LOCAL_IN_RUN: Model = Model {
    id: "D03",
    title: "a local made by its thread",
    claim: "each thread finds no value, sets its own, and sees it",
    printed: &[Printed {
        source: "S2 2.9, second lines",
        variant: "as-printed",
        events: &[
            "Thread-1: process_id 567",
            "Thread-2: process_id 477",
            "Thread-3: process_id 812",
            "Thread-4: process_id 981",
        ],
        reachable: Readings::timeless(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "four threads and what they see in the end",
            program: || in_run(&[567, 477, 812, 981], Lines::Second),
            loom: Loom::Bounded(1),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-three",
            note: "three threads and all that they print",
            program: || in_run(&[567, 477, 812], Lines::Both),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-one-for-all",
            note: "one value that is made before the threads are, for all of them",
            program: || one_for_all(&[567, 477]),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

#[derive(Clone, Copy, PartialEq)]
enum Lines {
    Both,
    Second,
}

fn in_run(process_ids: &'static [u32], lines: Lines) {
    program(move || {
        for &process_id in process_ids {
            let t = Thread::new(move || my_method(&Local::default(), process_id, lines));
            t.start().unwrap();
        }
    });
}

fn one_for_all(process_ids: &'static [u32]) {
    program(move || {
        let data = Arc::new(Global::default());
        for &process_id in process_ids {
            let data = data.clone();
            let t = Thread::new(move || my_method(&*data, process_id, Lines::Both));
            t.start().unwrap();
        }
    });
}

fn my_method(data: &impl Data, process_id: u32, lines: Lines) {
    assert_eq!(data.value(), None, "a thread starts without a value");
    if lines == Lines::Both {
        print("data does not have a value yet");
    }
    data.set(process_id);
    assert_eq!(data.value(), Some(process_id), "a thread sees what it has set");
    print(format_args!("process_id {process_id}"));
}
