//! Examples with `Queue`.

use std::sync::Arc;

use selvedge::FailureKind::Deadlock;
use selvedge::outcome;
use selvedge_primitives::{Lock, Queue, Thread, program, sleep, yield_now};

use crate::registry::{Bound, Expected, Model, Variant, tenths};
use crate::variable::Variable;

/// Q01: a producer puts when the queue is not full, a consumer gets when it is not empty.
pub const PRODUCER_CONSUMER: Model = Model {
    id: "Q01",
    title: "the producer, the queue and the consumer",
    claim: "first in first out, nothing lost, and each logs the size of the queue after its step",
    variants: &[
        Variant {
            name: "as-printed",
            note: "with one of each nobody blocks; the size that is logged may be that of another moment",
            program: || producer_consumer(Consumers::AS_PRINTED),
            bound: Bound::Complete,
            expected: Expected::Holds,
        },
        Variant {
            name: "mutant-second-consumer",
            note: "with a second consumer the look at the queue protects nothing: the other takes the item, and get waits",
            program: || producer_consumer(Consumers { count: 2, ..Consumers::AS_PRINTED }),
            bound: Bound::Complete,
            expected: Expected::Fails(Deadlock),
        },
        Variant {
            name: "repaired",
            note: "both consumers get without waiting: looking and taking are one step",
            program: || {
                producer_consumer(Consumers { count: 2, looks_first: false, ..Consumers::AS_PRINTED })
            },
            bound: Bound::Complete,
            expected: Expected::Holds,
        },
    ],
};

/// The queue's size in the document.
const BUF_SIZE: usize = 10;

/// What is produced; in the document, random numbers for ever.
const ITEMS: [u32; 2] = [2, 10];

#[derive(Clone, Copy)]
struct Consumers {
    count: u32,
    /// Looks whether the queue is empty before it gets, as the document does.
    looks_first: bool,
}

impl Consumers {
    const AS_PRINTED: Self = Consumers { count: 1, looks_first: true };
}

/// What a thread logged: each item, and the size of the queue that was logged with it.
type Log = Vec<(u32, usize)>;

fn producer_consumer(how: Consumers) {
    program(move || {
        let q = Arc::new(Queue::new(BUF_SIZE));

        let put = Arc::new(Lock::new(Log::new()));
        let producer = Thread::named("producer", {
            let (q, put) = (q.clone(), put.clone());
            move || produce(&q, &mut put.lock())
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
    log.iter().map(|(item, size)| format!("{item}:{size}")).collect::<Vec<_>>().join(" ")
}

fn produce(q: &Queue<u32>, log: &mut Log) {
    for item in ITEMS {
        while q.full() {
            yield_now();
        }
        q.put(item).unwrap();
        let size = q.qsize();
        assert!(size <= BUF_SIZE, "{size} items in a queue of {BUF_SIZE}");
        log.push((item, size));
        sleep(tenths(5));
    }
}

fn consume(q: &Queue<u32>, left: &Variable, how: Consumers, log: &mut Log) {
    while left.get() > 0 {
        let item = match how.looks_first {
            true if q.empty() => None,
            true => q.get().ok(),
            false => q.try_get().ok(),
        };
        let Some(item) = item else {
            yield_now();
            continue;
        };
        left.add(-1);
        log.push((item, q.qsize()));
        sleep(tenths(5));
    }
}
