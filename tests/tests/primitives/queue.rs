//! `Queue` and its kin: nothing lost, nothing doubled, nobody left waiting.

use std::sync::Arc;
use std::time::Duration;

use selvedge_primitives::{
    GetError, LifoQueue, NoUnfinishedTask, PriorityQueue, PutError, Queue, ShutDown, SimpleQueue,
};
use selvedge_tests::{cell::Plain, thread, verify_bounded, verify_over_locks};

/// A time that has not passed by the time that a test ends, and may pass at once in a model.
const LONG: Duration = Duration::from_secs(3600);

/// loom does not finish the models that say so: it is kept to so many preemptions in each execution.
const PREEMPTIONS: usize = 2;

#[test]
fn a_thread_that_gets_an_item_sees_what_was_written_before_it_was_put() {
    verify_over_locks(|| {
        let queue = Arc::new((Queue::new(0), Plain::new(0)));
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.1.set(1);
                queue.0.put(()).unwrap();
            })
        };
        queue.0.get().unwrap();
        assert_eq!(queue.1.get(), 1);
        producer.join().unwrap();
    });
}

#[test]
fn a_thread_that_finds_room_sees_what_was_written_before_the_get_that_made_it() {
    verify_over_locks(|| {
        let queue = Arc::new((Queue::new(1), Plain::new(0)));
        queue.0.put(1).unwrap();
        let consumer = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.1.set(1);
                assert_eq!(queue.0.get(), Ok(1));
            })
        };
        queue.0.put(2).unwrap();
        assert_eq!(queue.1.get(), 1);
        consumer.join().unwrap();
        assert_eq!((queue.0.qsize(), queue.0.get()), (1, Ok(2)));
    });
}

#[test]
fn items_pass_in_order_through_a_queue_with_room_for_one() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(1));
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.put(1).unwrap();
                queue.put(2).unwrap();
            })
        };
        assert_eq!((queue.get(), queue.get()), (Ok(1), Ok(2)));
        producer.join().unwrap();
        assert!(queue.empty());
    });
}

#[test]
fn two_that_wait_for_items_are_woken_by_two_puts() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(SimpleQueue::new());
        let consumer = {
            let queue = queue.clone();
            thread::spawn(move || queue.get())
        };
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.put(1);
                queue.put(2);
            })
        };
        let mine = queue.get();
        let others = consumer.join().unwrap();
        assert_eq!(mine + others, 3);
        producer.join().unwrap();
    });
}

#[test]
fn two_that_wait_for_room_are_woken_by_two_gets() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || queue.put(2).unwrap())
        };
        let consumer = {
            let queue = queue.clone();
            thread::spawn(move || (queue.get().unwrap(), queue.get().unwrap()))
        };
        queue.put(4).unwrap();
        producer.join().unwrap();
        let (first, second) = consumer.join().unwrap();
        assert_eq!(first + second + queue.try_get().unwrap(), 7);
    });
}

#[test]
fn an_item_is_not_lost_on_one_who_gives_up() {
    let report = verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(SimpleQueue::new());
        let impatient = {
            let queue = queue.clone();
            thread::spawn(move || queue.get_timeout(LONG))
        };
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.put(1);
                queue.put(2);
            })
        };
        // One item is for this thread, whatever the impatient one does.
        let mine = queue.get();
        producer.join().unwrap();
        let others = impatient.join().unwrap();
        let left = queue.try_get();
        assert_eq!(mine + others.or(left).unwrap(), 3);
        assert!(others.is_none() || left.is_none());
        selvedge::outcome(others.is_some());
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn room_is_not_lost_on_one_who_gives_up() {
    let report = verify_over_locks(|| {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let impatient = {
            let queue = queue.clone();
            thread::spawn(move || queue.put_timeout(2, LONG))
        };
        assert_eq!(queue.get(), Ok(1));
        match impatient.join().unwrap() {
            Ok(()) => assert_eq!(queue.try_get(), Ok(2)),
            Err(error) => assert!(error == PutError::Full(2)),
        }
        assert_eq!(queue.try_get(), Err(GetError::Empty));
        selvedge::outcome(queue.qsize());
    });
    assert!(report.outcomes().keys().eq(["0"]));
}

#[test]
fn join_returns_when_every_task_is_done_and_sees_what_was_done() {
    verify_over_locks(|| {
        let queue = Arc::new((Queue::new(0), Plain::new(0)));
        queue.0.put(1).unwrap();
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                let item = queue.0.get().unwrap();
                queue.1.set(item);
                queue.0.task_done().unwrap();
            })
        };
        queue.0.join();
        assert_eq!(queue.1.get(), 1);
        worker.join().unwrap();
    });
}

#[test]
fn a_join_that_finds_all_done_sees_what_was_done() {
    verify_over_locks(|| {
        let queue = Arc::new((Queue::new(0), Plain::new(0)));
        queue.0.put(()).unwrap();
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.0.get().unwrap();
                queue.1.set(1);
                queue.0.task_done().unwrap();
            })
        };
        // By itself loom does not let the worker go first.
        thread::yield_now();
        if queue.0.join_timeout(Duration::ZERO) {
            assert_eq!(queue.1.get(), 1);
        }
        worker.join().unwrap();
    });
}

#[test]
fn two_joins_are_woken_by_the_last_task() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(0));
        queue.put(()).unwrap();
        let joiners = [0, 1].map(|_| {
            let queue = queue.clone();
            thread::spawn(move || queue.join())
        });
        queue.get().unwrap();
        queue.task_done().unwrap();
        for joiner in joiners {
            joiner.join().unwrap();
        }
    });
}

#[test]
fn join_sees_the_work_of_all_workers() {
    verify_bounded(PREEMPTIONS, || {
        let shared = Arc::new((Queue::new(0), [Plain::new(0), Plain::new(0)]));
        shared.0.put(0).unwrap();
        shared.0.put(1).unwrap();
        let workers = [0, 1].map(|_| {
            let shared = shared.clone();
            thread::spawn(move || {
                let place: usize = shared.0.get().unwrap();
                shared.1[place].set(1);
                shared.0.task_done().unwrap();
            })
        });
        shared.0.join();
        assert_eq!(shared.1[0].get() + shared.1[1].get(), 2);
        for worker in workers {
            worker.join().unwrap();
        }
    });
}

#[test]
fn a_timed_join_takes_nothing_from_another_join() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(0));
        queue.put(()).unwrap();
        let impatient = {
            let queue = queue.clone();
            thread::spawn(move || queue.join_timeout(LONG))
        };
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.get().unwrap();
                queue.task_done().unwrap();
            })
        };
        queue.join();
        assert!(queue.join_timeout(Duration::ZERO));
        impatient.join().unwrap();
        worker.join().unwrap();
    });
}

#[test]
fn a_thread_that_finds_no_task_unfinished_sees_what_was_done() {
    verify_over_locks(|| {
        let queue = Arc::new((Queue::new(0), Plain::new(0)));
        queue.0.put(()).unwrap();
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.1.set(1);
                queue.0.task_done().unwrap();
            })
        };
        if queue.0.unfinished_tasks() == 0 {
            assert_eq!(queue.1.get(), 1);
        }
        worker.join().unwrap();
    });
}

#[test]
fn tasks_are_declared_done_as_often_as_there_are_items_and_not_more() {
    verify_over_locks(|| {
        let queue = Arc::new(Queue::new(0));
        queue.put(()).unwrap();
        let other = {
            let queue = queue.clone();
            thread::spawn(move || queue.task_done())
        };
        let mine = queue.task_done();
        let others = other.join().unwrap();
        assert!(mine.is_ok() ^ others.is_ok());
        assert_eq!(queue.task_done(), Err(NoUnfinishedTask));
        queue.join();
    });
}

#[test]
fn a_worker_is_never_told_that_its_task_does_not_exist() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(0));
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                queue.get().unwrap();
                // By itself loom does not let the other one's task be done first.
                thread::yield_now();
                queue.task_done().unwrap();
            })
        };
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        queue.get().unwrap();
        queue.task_done().unwrap();
        worker.join().unwrap();
        queue.join();
    });
}

#[test]
fn a_shutdown_ends_the_wait_for_items() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::<()>::new(0));
        let consumers = [0, 1].map(|_| {
            let queue = queue.clone();
            thread::spawn(move || queue.get())
        });
        queue.shutdown(false);
        for consumer in consumers {
            assert_eq!(consumer.join().unwrap(), Err(ShutDown(())));
        }
    });
}

#[test]
fn a_shutdown_ends_the_wait_for_room_and_gives_the_item_back() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let producers = [2, 3].map(|item| {
            let queue = queue.clone();
            thread::spawn(move || assert_eq!(queue.put(item), Err(ShutDown(item))))
        });
        queue.shutdown(false);
        for producer in producers {
            producer.join().unwrap();
        }
        assert_eq!((queue.try_get(), queue.try_get()), (Ok(1), Err(GetError::ShutDown)));
    });
}

#[test]
fn an_item_put_before_the_shutdown_is_got() {
    verify_over_locks(|| {
        let queue = Arc::new(Queue::new(0));
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || queue.put(1).is_ok())
        };
        queue.shutdown(false);
        let got = queue.get().is_ok();
        assert_eq!(got, producer.join().unwrap());
    });
}

#[test]
fn an_immediate_shutdown_declares_done_what_it_drops() {
    verify_bounded(PREEMPTIONS, || {
        let queue = Arc::new(Queue::new(0));
        queue.put(Arc::new(())).unwrap();
        queue.put(Arc::new(())).unwrap();
        let worker = {
            let queue = queue.clone();
            thread::spawn(move || {
                if queue.get().is_ok() {
                    queue.task_done().unwrap();
                }
            })
        };
        let joiner = {
            let queue = queue.clone();
            thread::spawn(move || queue.join())
        };
        queue.shutdown(true);
        assert!(queue.empty());
        assert_eq!(queue.get(), Err(ShutDown(())));
        joiner.join().unwrap();
        worker.join().unwrap();
        assert_eq!(queue.task_done(), Err(NoUnfinishedTask));
    });
}

#[test]
fn an_immediate_shutdown_ends_the_wait_for_room() {
    verify_over_locks(|| {
        let queue = Arc::new(Queue::new(1));
        queue.put(1).unwrap();
        let producer = {
            let queue = queue.clone();
            thread::spawn(move || assert_eq!(queue.put(2), Err(ShutDown(2))))
        };
        queue.shutdown(true);
        producer.join().unwrap();
        queue.join();
    });
}

/// A thread that sees what `shows` looks for, in a queue that `begin` has prepared, sees what came before the `change` of another
/// thread; and it may be seen or not.
fn a_thread_that_sees<B, C, S>(begin: B, change: C, shows: S)
where
    B: Fn(&Queue<()>) + Send + Sync + 'static,
    C: Fn(&Queue<()>) + Clone + Send + Sync + 'static,
    S: Fn(&Queue<()>) -> bool + Send + Sync + 'static,
{
    let report = verify_over_locks(move || {
        let queue = Arc::new((Queue::new(0), Plain::new(0)));
        begin(&queue.0);
        let other = {
            let (queue, change) = (queue.clone(), change.clone());
            thread::spawn(move || {
                queue.1.set(1);
                change(&queue.0);
            })
        };
        let shows = shows(&queue.0);
        if shows {
            assert_eq!(queue.1.get(), 1);
        }
        selvedge::outcome(shows);
        other.join().unwrap();
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_thread_that_sees_that_the_queue_is_empty_sees_what_came_before_the_last_get() {
    a_thread_that_sees(|queue| queue.put(()).unwrap(), |queue| queue.get().unwrap(), Queue::empty);
}

#[test]
fn a_thread_that_sees_that_the_queue_is_empty_sees_what_came_before_the_shutdown_that_emptied_it() {
    a_thread_that_sees(|queue| queue.put(()).unwrap(), |queue| queue.shutdown(true), Queue::empty);
}

#[test]
fn a_thread_that_sees_an_item_in_the_queue_sees_what_came_before_the_put() {
    a_thread_that_sees(|_| (), |queue| queue.put(()).unwrap(), |queue| queue.qsize() == 1);
}

#[test]
fn the_size_never_exceeds_the_limit() {
    verify_over_locks(|| {
        let queue = Arc::new(Queue::new(1));
        let producers = [1, 2].map(|item| {
            let queue = queue.clone();
            thread::spawn(move || queue.try_put(item).is_ok())
        });
        assert!(queue.qsize() <= 1);
        let put = producers.map(|producer| producer.join().unwrap());
        assert!(put[0] ^ put[1]);
        assert!(queue.full());
    });
}

#[test]
fn the_last_in_is_the_first_out_and_the_smallest_comes_first() {
    verify_over_locks(|| {
        let (lifo, smallest) = (LifoQueue::new(0), PriorityQueue::new(0));
        for item in [2, 1, 3] {
            lifo.put(item).unwrap();
            smallest.put(item).unwrap();
        }
        assert_eq!([lifo.get(), lifo.get(), lifo.get()], [Ok(3), Ok(1), Ok(2)]);
        assert_eq!([smallest.get(), smallest.get(), smallest.get()], [Ok(1), Ok(2), Ok(3)]);
    });
}
