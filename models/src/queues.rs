//! Examples with `Queue`.

use std::sync::Arc;

use selvedge::FailureKind::{Deadlock, Livelock, Panic};
use selvedge::outcome;
use selvedge_primitives::{
    GetError, Lock, NoUnfinishedTask, PutError, Queue, Thread, program, sleep, yield_now,
};

use crate::console::print;
use crate::registry::{Evidence, Expected, Loom, Model, Printed, Reachable, Readings, Variant, tenths};
use crate::variable::Variable;

/// Q01: a producer puts when the queue is not full, a consumer gets when it is not empty.
pub const PRODUCER_CONSUMER: Model = Model {
    id: "Q01",
    title: "the producer, the queue and the consumer",
    claim: "first in first out, nothing lost, and each logs the size of the queue after its step",
    evidence: &[Evidence::Holds("as-printed"), Evidence::Holds("mutant-relies-on-size")],
    printed: &[Printed {
        source: "S3 Producer and Consumer with Queue, as far as it is shown",
        variant: "sampled-as-far-as-shown",
        events: &[
            "producer: Putting 2 : 1 items in queue",
            "producer: Putting 10 : 2 items in queue",
            "producer: Putting 6 : 3 items in queue",
            "producer: Putting 7 : 4 items in queue",
            "producer: Putting 1 : 5 items in queue",
            "consumer: Getting 2 : 4 items in queue",
            "consumer: Getting 10 : 3 items in queue",
            "producer: Putting 1 : 4 items in queue",
            "producer: Putting 8 : 5 items in queue",
            "consumer: Getting 6 : 4 items in queue",
            "producer: Putting 10 : 5 items in queue",
        ],
        reachable: Readings::both(Reachable::Yes),
    }],
    variants: &[
        Variant {
            name: "as-printed",
            note: "with one of each nobody blocks; the size that is logged may be that of another moment",
            program: || producer_consumer(Consumers::AS_PRINTED),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "sampled-as-far-as-shown",
            note: "of a program without an end, the eight items that are put and the three that are got in what is printed",
            program: as_far_as_shown,
            loom: Loom::Cannot("of eleven items the executions are too many even with one preemption"),
            expected: Readings::both(Expected::NoneDrawn(500)),
        },
        Variant {
            name: "mutant-relies-on-size",
            note: "the claim: the size that is logged after put counts the item; the consumer may have it already",
            program: || producer_consumer(Consumers { trusts_size: true, ..Consumers::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-second-consumer",
            note: "with a second consumer the look at the queue protects nothing: the other takes the item, and get waits",
            program: || producer_consumer(Consumers { count: 2, ..Consumers::AS_PRINTED }),
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Fails(&[Deadlock, Livelock])),
        },
        Variant {
            name: "repaired",
            note: "two consumers that wait in get, without looking first, until the producer shuts the queue down",
            program: || {
                producer_consumer(Consumers { count: 2, looks_first: false, ..Consumers::AS_PRINTED })
            },
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
    ],
};

/// The queue's size in the document.
const BUF_SIZE: usize = 10;

/// What is produced; in the document, random numbers forever.
const ITEMS: [u32; 2] = [2, 10];

#[derive(Clone, Copy)]
struct Consumers {
    count: u32,
    /// They look whether the queue is empty before they get, as the document does, and stop when all is consumed; else they
    /// wait in get until the queue is shut down.
    looks_first: bool,
    /// The producer takes the size that it logs for that after its step.
    trusts_size: bool,
}

impl Consumers {
    const AS_PRINTED: Self = Consumers { count: 1, looks_first: true, trusts_size: false };

    /// The size that is logged. What it shows is shown by the program as printed; where nobody looks before a get it is left out,
    /// since each look is one more step beside all others: 280,000 executions with it.
    fn size(self, q: &Queue<u32>) -> usize {
        if self.looks_first { q.qsize() } else { 0 }
    }
}

/// What a thread logged: each item, and the size of the queue that was logged with it.
type Log = Vec<(u32, usize)>;

fn producer_consumer(how: Consumers) {
    program(move || {
        let q = Arc::new(Queue::new(BUF_SIZE));

        let put = Arc::new(Lock::new(Log::new()));
        let producer = Thread::named("producer", {
            let (q, put) = (q.clone(), put.clone());
            move || produce(&q, how, &mut put.lock())
        });
        producer.start().unwrap();

        let got: Vec<_> = (0..how.count).map(|_| Arc::new(Lock::new(Log::new()))).collect();
        let left = Arc::new(Variable::new(ITEMS.len() as i64));
        let consumers: Vec<_> = got
            .iter()
            .map(|got| {
                let (q, got, left) = (q.clone(), got.clone(), left.clone());
                let consumer = Thread::named("consumer", move || consume(&q, &left, how, &mut got.lock()));
                consumer.start().unwrap();
                consumer
            })
            .collect();

        producer.join().unwrap();
        for consumer in &consumers {
            consumer.join().unwrap();
        }

        let items = |log: &Log| log.iter().map(|(item, _)| *item).collect::<Vec<_>>();
        let (put, got): (Log, Vec<Log>) =
            (put.lock().clone(), got.iter().map(|got| got.lock().clone()).collect());
        assert_eq!(items(&put), ITEMS, "the producer puts each item once, in order");
        for got in &got {
            assert!(
                items(got).is_sorted_by_key(|item| ITEMS.iter().position(|i| i == item)),
                "first in, first out"
            );
        }
        let mut all: Vec<_> = got.iter().flat_map(items).collect();
        all.sort_unstable();
        assert_eq!(all, ITEMS, "nothing is lost and nothing doubled");
        outcome(format_args!(
            "Putting {} Getting {}",
            show(&put),
            got.iter().map(show).collect::<Vec<_>>().join(" and ")
        ));
    });
}

fn show(log: &Log) -> String {
    if log.is_empty() {
        return "nothing".to_owned();
    }
    log.iter().map(|(item, size)| format!("{item}:{size}")).collect::<Vec<_>>().join(" ")
}

fn produce(q: &Queue<u32>, how: Consumers, log: &mut Log) {
    for item in ITEMS {
        while how.looks_first && q.full() {
            yield_now();
        }
        q.put(item).unwrap();
        let size = how.size(q);
        assert!(size <= BUF_SIZE, "{size} items in a queue of {BUF_SIZE}");
        assert!(size > 0 || !how.trusts_size, "no item in the queue, after one was put");
        log.push((item, size));
        sleep(tenths(5));
    }
    if !how.looks_first {
        q.shutdown(false);
    }
}

fn consume(q: &Queue<u32>, left: &Variable, how: Consumers, log: &mut Log) {
    while !how.looks_first || left.get() > 0 {
        if how.looks_first && q.empty() {
            yield_now();
            continue;
        }
        let Ok(item) = q.get() else { return };
        if how.looks_first {
            left.add(-1);
        }
        log.push((item, how.size(q)));
        sleep(tenths(5));
    }
}

/// What is put in the printed run, each with a pause after it in tenths of a second: the document draws both by lot.
const PUT: [(u32, u64); 8] = [(2, 4), (10, 4), (6, 4), (7, 4), (1, 8), (1, 1), (8, 5), (10, 5)];
/// The pauses after what is got.
const GOT: [u64; 3] = [2, 5, 5];

fn as_far_as_shown() {
    program(|| {
        let q = Arc::new(Queue::new(BUF_SIZE));
        let p = Thread::named("producer", {
            let q = q.clone();
            move || {
                for (item, pause) in PUT {
                    while q.full() {
                        yield_now();
                    }
                    q.put(item).unwrap();
                    print(format_args!("Putting {item} : {} items in queue", q.qsize()));
                    sleep(tenths(pause));
                }
            }
        });
        let c = Thread::named("consumer", move || {
            for (pause, (put, _)) in GOT.into_iter().zip(PUT) {
                while q.empty() {
                    yield_now();
                }
                let item = q.get().unwrap();
                assert_eq!(item, put, "first in, first out");
                print(format_args!("Getting {item} : {} items in queue", q.qsize()));
                sleep(tenths(pause));
            }
        });
        p.start().unwrap();
        sleep(tenths(20));
        c.start().unwrap();
        sleep(tenths(20));
    });
}

/// Q02: the ways of putting and getting.
pub const QUEUE_SEMANTICS: Model = Model {
    id: "Q02",
    title: "put and get, waiting or not",
    claim: "put waits for a free slot, for so long, or not at all, and get for an item; what there is not in time is an error",
    evidence: &[
        Evidence::Holds("as-printed"),
        Evidence::Holds("as-printed-waiting"),
        Evidence::Holds("as-printed-timeouts"),
    ],
    printed: &[],
    variants: &[
        Variant {
            name: "as-printed",
            note: "what does not wait, and what waits until its timeout, says that the queue is full or empty",
            program: alone,
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "as-printed-waiting",
            note: "put waits for the slot that get makes, get for the item, and join until both are done",
            program: || put_and_get(Work::WHOLE),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-timeouts",
            note: "a put and a get that wait for so long are done, or say that they are not; an item is never lost",
            program: put_and_get_in_time,
            loom: Loom::Bounded(2),
            expected: Readings::both(Expected::Holds),
        },
        Variant {
            name: "mutant-no-task-done",
            note: "the consumer does not say that it is done with an item",
            program: || put_and_get(Work { says_done: 0 }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Deadlock])),
        },
        Variant {
            name: "mutant-task-done-twice",
            note: "the consumer says twice that it is done with an item",
            program: || put_and_get(Work { says_done: 2 }),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

/// One thread alone: nobody makes room, and nobody puts what it could get.
fn alone() {
    program(|| {
        let q = Queue::new(1);
        assert_eq!(q.try_get(), Err(GetError::Empty));
        assert_eq!(q.get_timeout(tenths(10)), Err(GetError::Empty));
        q.put(1).unwrap();
        assert_eq!(q.try_put(2), Err(PutError::Full(2)));
        assert_eq!(q.put_timeout(2, tenths(10)), Err(PutError::Full(2)));
        assert_eq!(q.get(), Ok(1));
        q.try_put(3).unwrap();
        assert_eq!(q.get_timeout(tenths(10)), Ok(3));
        q.task_done().unwrap();
        q.task_done().unwrap();
        assert_eq!(q.task_done(), Err(NoUnfinishedTask));
        q.join();
    });
}

/// The program of Q02 with two threads, and what its mutants get wrong.
#[derive(Clone, Copy)]
struct Work {
    /// How often the consumer says that it is done with the item.
    says_done: usize,
}

impl Work {
    const WHOLE: Self = Work { says_done: 1 };
}

fn put_and_get(how: Work) {
    program(move || {
        let q = Arc::new(Queue::new(1));
        let done = Arc::new(Variable::new(0));
        let consumer = Thread::named("consumer", {
            let (q, done) = (q.clone(), done.clone());
            move || {
                for item in ITEMS {
                    assert_eq!(q.get(), Ok(item), "first in, first out");
                    done.add(1);
                    for _ in 0..how.says_done {
                        q.task_done().expect("each item is done once");
                    }
                }
            }
        });
        consumer.start().unwrap();
        for item in ITEMS {
            q.put(item).unwrap();
        }
        q.join();
        assert_eq!(done.get(), ITEMS.len() as i64, "join returns before all is done");
    });
}

fn put_and_get_in_time() {
    program(|| {
        let q = Arc::new(Queue::new(1));
        q.put(ITEMS[0]).unwrap();
        let consumer = Thread::named("consumer", {
            let q = q.clone();
            move || {
                assert_eq!(q.get(), Ok(ITEMS[0]));
                match q.get_timeout(tenths(10)) {
                    Ok(item) => print(format_args!("got {item}")),
                    Err(error) => print(error),
                }
            }
        });
        consumer.start().unwrap();
        match q.put_timeout(ITEMS[1], tenths(10)) {
            Ok(()) => print("put"),
            Err(error) => print(error),
        }
    });
}
