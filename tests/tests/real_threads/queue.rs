//! `Queue` and its kin on real threads.

use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::thread;
use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{GetError, PriorityQueue, PutError, Queue, ShutDown, SimpleQueue};

const ITEMS: usize = 200;

/// How a thread puts and gets.
#[derive(Clone, Copy, Debug)]
enum Manner {
    Blocking,
    Timed,
    Polling,
}

fn manner() -> impl Strategy<Value = Manner> {
    prop_oneof![Just(Manner::Blocking), Just(Manner::Timed), Just(Manner::Polling)]
}

/// So short that many of them pass.
const SHORT: Duration = Duration::from_micros(20);

type Item = (usize, usize);

fn put(queue: &Queue<Item>, manner: Manner, mut item: Item) {
    loop {
        let put = match manner {
            Manner::Blocking => queue.put(item).map_err(|ShutDown(item)| PutError::ShutDown(item)),
            Manner::Timed => queue.put_timeout(item, SHORT),
            Manner::Polling => queue.try_put(item),
        };
        match put {
            Ok(()) => return,
            Err(PutError::Full(back)) => item = back,
            Err(PutError::ShutDown(_)) => unreachable!("the shutdown comes when all has been put"),
        }
        thread::yield_now();
    }
}

fn get(queue: &Queue<Item>, manner: Manner) -> Option<Item> {
    loop {
        let got = match manner {
            Manner::Blocking => queue.get().map_err(|_| GetError::ShutDown),
            Manner::Timed => queue.get_timeout(SHORT),
            Manner::Polling => queue.try_get(),
        };
        match got {
            Ok(item) => return Some(item),
            Err(GetError::ShutDown) => return None,
            Err(GetError::Empty) => thread::yield_now(),
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn every_item_is_got_once_and_each_producers_in_order(
        maxsize in 0..5usize,
        producers in prop::collection::vec(manner(), 1..4),
        consumers in prop::collection::vec(manner(), 1..4),
    ) {
        let queue = &Queue::new(maxsize);
        let done = &AtomicUsize::new(0);
        let producer_count = producers.len();
        let got: Vec<Vec<Item>> = thread::scope(|s| {
            let consumers: Vec<_> = consumers
                .iter()
                .map(|manner| {
                    s.spawn(|| {
                        let mut got = Vec::new();
                        while let Some(item) = get(queue, *manner) {
                            assert!(maxsize == 0 || queue.qsize() <= maxsize);
                            got.push(item);
                            done.fetch_add(1, Relaxed);
                            queue.task_done().unwrap();
                        }
                        got
                    })
                })
                .collect();
            let producers: Vec<_> = producers
                .iter()
                .enumerate()
                .map(|(number, manner)| {
                    s.spawn(move || (0..ITEMS).for_each(|item| put(queue, *manner, (number, item))))
                })
                .collect();
            for producer in producers {
                producer.join().unwrap();
            }
            queue.join();
            assert_eq!(done.load(Relaxed), ITEMS * producer_count, "join waits for every task");
            queue.shutdown(false);
            consumers.into_iter().map(|c| c.join().unwrap()).collect()
        });
        for items in &got {
            for producer in 0..producers.len() {
                let its: Vec<_> = items.iter().filter(|(p, _)| *p == producer).map(|(_, i)| *i).collect();
                prop_assert!(its.is_sorted(), "{its:?}");
            }
        }
        let mut all: Vec<_> = got.into_iter().flatten().collect();
        all.sort_unstable();
        let expected: Vec<_> = (0..producers.len()).flat_map(|p| (0..ITEMS).map(move |i| (p, i))).collect();
        prop_assert_eq!(all, expected);
        prop_assert!(queue.task_done().is_err());
    }
}

#[test]
fn an_immediate_shutdown_amid_traffic_ends_it_foreveryone() {
    for _ in 0..200 {
        let queue = &Queue::new(3);
        let (put, got) = (&AtomicUsize::new(0), &AtomicUsize::new(0));
        thread::scope(|s| {
            for _ in 0..2 {
                s.spawn(|| {
                    while queue.put(()).is_ok() {
                        put.fetch_add(1, Relaxed);
                    }
                });
                s.spawn(|| {
                    while queue.get().is_ok() {
                        got.fetch_add(1, Relaxed);
                        queue.task_done().unwrap();
                    }
                });
            }
            s.spawn(|| {
                while got.load(Relaxed) < 20 {
                    thread::yield_now();
                }
                queue.shutdown(true);
                queue.join();
            });
        });
        let lost = put.load(Relaxed) - got.load(Relaxed);
        assert!(lost <= 3, "only what was in the queue is dropped, not {lost}");
        assert!(queue.empty() && queue.task_done().is_err());
    }
}

#[test]
fn a_simple_queue_ends_each_of_its_gets() {
    let queue = &SimpleQueue::new();
    let sum = thread::scope(|s| {
        let consumers: Vec<_> =
            (0..3).map(|_| s.spawn(|| (0..ITEMS).map(|_| queue.get()).sum::<usize>())).collect();
        for item in 0..3 * ITEMS {
            queue.put(item);
        }
        consumers.into_iter().map(|c| c.join().unwrap()).sum::<usize>()
    });
    assert_eq!(sum, 3 * ITEMS * (3 * ITEMS - 1) / 2);
    assert!(queue.empty());
}

#[test]
fn a_comparison_that_panics_leaves_the_queue_usable_and_its_size_right() {
    #[derive(Debug, PartialEq, Eq)]
    struct Touchy(u32);

    impl PartialOrd for Touchy {
        fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
            Some(self.cmp(other))
        }
    }

    impl Ord for Touchy {
        fn cmp(&self, other: &Self) -> Ordering {
            assert!(self.0 != 13 && other.0 != 13, "unlucky");
            self.0.cmp(&other.0)
        }
    }

    let queue = PriorityQueue::new(0);
    queue.put(Touchy(1)).unwrap();
    assert!(catch_unwind(AssertUnwindSafe(|| queue.put(Touchy(13)))).is_err());
    assert_eq!(queue.qsize(), 2);
    let mut left = 2;
    while left > 0 {
        let _ = catch_unwind(AssertUnwindSafe(|| queue.get()));
        left -= 1;
        assert_eq!(queue.qsize(), left);
        queue.task_done().unwrap();
    }
    assert_eq!(queue.try_get(), Err(GetError::Empty));
    queue.join();
}

#[test]
fn waits_end_when_their_time_is_over() {
    let queue = Queue::new(1);
    assert_eq!(queue.get_timeout(Duration::from_millis(2)), Err(GetError::Empty));
    queue.put(1).unwrap();
    assert_eq!(queue.put_timeout(2, Duration::from_millis(2)), Err(PutError::Full(2)));
    assert!(!queue.join_timeout(Duration::from_millis(2)));
}
