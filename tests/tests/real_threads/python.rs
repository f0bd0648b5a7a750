//! Sentences of Python's documentation of `threading` and `queue`, in its order: those that no model and no other test has.

use std::panic::{panic_any, resume_unwind, set_hook, take_hook};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

use selvedge_primitives::{
    Barrier, BoundedSemaphore, BrokenBarrier, Condition, Event, GetError, JoinError, LifoQueue, Lock,
    NoUnfinishedTask, NotOwner, PriorityQueue, PutError, Queue, RLock, Semaphore, ShutDown, SimpleQueue,
    Thread, Timer, active_count, current_thread, enumerate, get_ident, get_native_id, main_thread, program,
    set_excepthook, sleep, yield_now,
};

/// A time that passes in the test.
const SOON: Duration = Duration::from_millis(2);

/// Waits until `holds`.
fn until(holds: impl Fn() -> bool) {
    while !holds() {
        yield_now();
    }
}

mod functions {
    use super::*;

    #[test]
    fn threads_are_listed_with_daemons_and_stand_ins_but_not_before_their_start_nor_after_their_end() {
        program(|| {
            let (end, ended) = channel::<()>();
            let daemon = Thread::new(move || ended.recv().is_err()).daemon(true);
            let unborn = Thread::new(|| ());
            let dead = Thread::new(|| ());
            dead.start().unwrap();
            dead.join().unwrap();
            assert_eq!((enumerate(), active_count()), (vec![main_thread()], 1));
            daemon.start().unwrap();
            assert_eq!((enumerate(), active_count()), (vec![main_thread(), daemon.clone()], 2));
            assert!(!unborn.is_alive() && !dead.is_alive());
            drop(end);
            daemon.join().unwrap();
        });
        let stand_in = || enumerate().contains(&current_thread()) && enumerate().len() == active_count();
        assert!(std::thread::spawn(stand_in).join().unwrap());
    }

    #[test]
    fn a_panic_of_the_hook_is_told_to_the_panic_hook_of_std() {
        /// What only this test panics with.
        struct OfTheHook;

        let told = Arc::new(AtomicUsize::new(0));
        let before = take_hook();
        set_hook(Box::new({
            let told = told.clone();
            move |info| match info.payload().is::<OfTheHook>() {
                true => drop(told.fetch_add(1, Relaxed)),
                false => before(info),
            }
        }));
        program(|| {
            set_excepthook(|_| panic_any(OfTheHook));
            Thread::new(|| resume_unwind(Box::new("in silence"))).start().unwrap();
        });
        assert_eq!(told.load(Relaxed), 1);
    }

    #[test]
    fn a_thread_that_unwinds_without_a_panic_is_told_to_the_hook_alone() {
        program(|| {
            let (tell, told) = channel();
            set_excepthook(move |args| tell.send(args.message().map(str::to_owned)).unwrap());
            let ends = Thread::new(|| resume_unwind(Box::new("an exit")));
            ends.start().unwrap();
            ends.join().unwrap();
            assert_eq!(told.recv().unwrap().as_deref(), Some("an exit"));
        });
    }

    #[test]
    fn the_numbers_of_a_thread_are_not_0_and_stay_when_it_has_ended() {
        program(|| {
            let thread = Thread::new(|| ());
            assert_eq!((thread.ident(), thread.native_id()), (None, None));
            thread.start().unwrap();
            thread.join().unwrap();
            assert!(thread.ident() > Some(0) && thread.native_id() > Some(0));
            assert!(get_ident() > 0 && get_native_id() > 0);
        });
    }
}

mod threads {
    use super::*;

    #[test]
    fn a_thread_is_joined_many_times_before_and_after_its_end() {
        program(|| {
            let (end, ended) = channel::<()>();
            let thread = Thread::new(move || ended.recv().is_err());
            assert_eq!(thread.join(), Err(JoinError::NotStarted));
            assert_eq!(thread.join_timeout(SOON), Err(JoinError::NotStarted));
            thread.start().unwrap();
            assert_eq!(thread.join_timeout(SOON), Ok(false));
            assert!(thread.is_alive());
            drop(end);
            for _ in 0..2 {
                assert_eq!((thread.join(), thread.join_timeout(Duration::ZERO)), (Ok(()), Ok(true)));
            }
            assert!(!thread.is_alive());
        });
    }

    #[test]
    fn several_threads_may_have_one_name() {
        program(|| {
            let (one, two) = (Thread::named("worker", || ()), Thread::named("worker", || ()));
            assert_eq!(one.name(), two.name());
            assert_ne!(one, two);
        });
    }

    #[test]
    fn the_main_thread_is_the_one_that_began_the_program_and_no_daemon() {
        program(|| {
            assert_eq!(main_thread(), current_thread());
            assert!(!main_thread().is_daemon() && !Thread::new(|| ()).is_daemon());
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_operating_system_knows_a_thread_by_as_much_of_its_name_as_it_has_room_for() {
        program(|| {
            let (tell, told) = channel();
            for name in ["short", "a name with more than 15 bytes"] {
                let tell = tell.clone();
                let native = || std::fs::read_to_string("/proc/thread-self/comm").unwrap();
                let thread = Thread::named(name, move || tell.send(native()).unwrap());
                thread.start().unwrap();
                thread.join().unwrap();
                assert_eq!(thread.name(), name);
            }
            drop(tell);
            assert_eq!(told.iter().collect::<Vec<_>>(), ["short\n", "a name with mor\n"]);
        });
    }
}

mod locks {
    use super::*;

    #[test]
    fn one_release_lets_exactly_one_of_those_that_wait_proceed() {
        let (lock, passed) = (Lock::new(()), AtomicUsize::new(0));
        lock.acquire();
        std::thread::scope(|s| {
            for _ in 0..3 {
                s.spawn(|| {
                    lock.acquire();
                    passed.fetch_add(1, Relaxed);
                });
            }
            for released in 1..=3 {
                lock.release().unwrap();
                until(|| passed.load(Relaxed) == released);
                sleep(SOON);
                assert_eq!(passed.load(Relaxed), released);
                assert!(lock.locked(), "the thread that proceeded has it");
            }
        });
    }

    #[test]
    fn only_the_last_release_of_a_reentrant_lock_lets_another_thread_proceed() {
        let (lock, passed) = (RLock::new(()), AtomicUsize::new(0));
        lock.acquire();
        assert!(lock.try_acquire() && lock.acquire_timeout(SOON), "the owner never waits");
        std::thread::scope(|s| {
            s.spawn(|| {
                lock.acquire();
                passed.fetch_add(1, Relaxed);
                lock.release().unwrap();
            });
            for _ in 0..2 {
                lock.release().unwrap();
                sleep(SOON);
                assert_eq!((passed.load(Relaxed), lock.locked()), (0, true));
            }
            lock.release().unwrap();
        });
        assert_eq!((passed.into_inner(), lock.locked()), (1, false));
    }
}

mod conditions {
    use super::*;

    #[test]
    fn a_condition_has_a_reentrant_lock_by_default_and_acquires_and_releases_the_lock_that_it_was_given() {
        let condition = Condition::new();
        condition.acquire();
        assert!(condition.try_acquire(), "this thread has it");
        condition.release().unwrap();
        condition.release().unwrap();
        assert_eq!(condition.release(), Err(NotOwner));

        let lock = Lock::new(());
        let (one, two) = (Condition::over(&lock), Condition::over(&lock));
        one.acquire();
        assert!(lock.locked() && two.locked() && !two.try_acquire(), "they share the lock");
        two.release().unwrap();
        assert!(!lock.locked() && !one.locked());
    }

    #[test]
    fn a_notify_wakes_as_many_as_it_says_of_those_that_have_waited_longest_and_no_more() {
        let condition = Condition::over(Lock::new((0, Vec::new())));
        std::thread::scope(|s| {
            for number in 0..4 {
                let condition = &condition;
                s.spawn(move || {
                    let mut held = condition.lock();
                    held.0 += 1;
                    held.wait();
                    held.1.push(number);
                });
                until(|| condition.lock().0 == number + 1);
            }
            let woken = |n: usize| {
                until(|| condition.lock().1.len() == n);
                sleep(SOON);
                let mut woken = condition.lock().1.clone();
                woken.sort_unstable();
                woken
            };
            condition.lock().notify(0);
            assert_eq!(woken(0), []);
            condition.lock().notify(2);
            assert_eq!(woken(2), [0, 1]);
            condition.lock().notify_one();
            assert_eq!(woken(3), [0, 1, 2]);
            condition.lock().notify_all();
            assert_eq!(woken(4), [0, 1, 2, 3]);
            condition.lock().notify(9);
        });
    }

    #[test]
    fn a_thread_that_was_notified_returns_when_the_lock_is_released_and_not_before() {
        let (condition, returned) = (Condition::over(Lock::new(false)), AtomicUsize::new(0));
        std::thread::scope(|s| {
            s.spawn(|| {
                let mut waits = condition.lock();
                *waits = true;
                waits.wait();
                returned.fetch_add(1, Relaxed);
            });
            until(|| *condition.lock());
            let mut held = condition.lock();
            held.notify_all();
            sleep(SOON);
            assert_eq!(returned.load(Relaxed), 0, "a notify does not release the lock");
        });
        assert_eq!(returned.into_inner(), 1);
    }
}

mod semaphores {
    use super::*;

    #[test]
    fn a_semaphore_counts_releases_less_acquires_from_1_where_nothing_else_is_said() {
        let semaphore = Semaphore::default();
        assert!(semaphore.try_acquire() && !semaphore.try_acquire() && !semaphore.acquire_timeout(SOON));
        semaphore.release(3).unwrap();
        assert!((0..3).all(|_| semaphore.try_acquire()) && !semaphore.try_acquire());

        let bounded = BoundedSemaphore::default();
        assert!(bounded.release(1).is_err(), "one more than in the beginning");
        assert!(bounded.try_acquire() && !bounded.try_acquire());
        bounded.release(1).unwrap();
    }

    #[test]
    fn a_release_lets_as_many_threads_proceed_as_it_has_permits() {
        let (semaphore, passed) = (Semaphore::new(0), AtomicUsize::new(0));
        std::thread::scope(|s| {
            for _ in 0..4 {
                s.spawn(|| {
                    semaphore.acquire();
                    passed.fetch_add(1, Relaxed);
                });
            }
            for (n, in_all) in [(1, 1), (2, 3), (1, 4)] {
                semaphore.release(n).unwrap();
                until(|| passed.load(Relaxed) == in_all);
                sleep(SOON);
                assert_eq!(passed.load(Relaxed), in_all);
            }
        });
        assert!(!semaphore.try_acquire());
    }
}

#[test]
fn an_event_is_clear_at_first_and_no_wait_blocks_while_it_is_set() {
    let event = Event::default();
    assert!(!event.is_set() && !event.wait_timeout(Duration::ZERO));
    event.set();
    event.wait();
    assert!(event.is_set() && event.wait_timeout(Duration::ZERO) && event.wait_until(Instant::now()));
    event.clear();
    assert!(!event.is_set() && !event.wait_timeout(SOON));
}

#[test]
fn a_timer_that_has_fired_cannot_be_cancelled_any_more() {
    program(|| {
        let fired = Arc::new(Event::new());
        let timer = Timer::new(Duration::ZERO, {
            let fired = fired.clone();
            move || fired.set()
        });
        assert!(!timer.is_alive() && !fired.wait_timeout(SOON), "it waits for its start");
        timer.start().unwrap();
        fired.wait();
        assert!(!timer.cancel());
        timer.join().unwrap();
        assert!(!timer.is_alive());
    });
}

mod barriers {
    use super::*;

    #[test]
    fn a_wait_has_the_timeout_of_its_barrier_unless_it_has_one_of_its_own() {
        let barrier = Barrier::new(2).unwrap().with_timeout(SOON);
        let begin = Instant::now();
        assert_eq!(barrier.wait(), Err(BrokenBarrier));
        assert!(begin.elapsed() >= SOON && barrier.is_broken());
        barrier.reset();
        std::thread::scope(|s| {
            let waits = s.spawn(|| barrier.wait_timeout(Duration::MAX));
            until(|| barrier.n_waiting() == 1);
            sleep(2 * SOON);
            assert_eq!(barrier.wait(), Ok(1), "the last to come does not wait");
            assert_eq!(waits.join().unwrap(), Ok(0));
        });
        let patient = Barrier::new(2).unwrap().with_timeout(Duration::MAX);
        assert_eq!(patient.wait_timeout(SOON), Err(BrokenBarrier));
    }

    #[test]
    fn each_thread_has_an_index_of_its_own_from_0_to_the_parties_less_1() {
        let barrier = Barrier::new(3).unwrap();
        assert_eq!((barrier.parties(), barrier.n_waiting(), barrier.is_broken()), (3, 0, false));
        for _ in 0..3 {
            let mut indexes = std::thread::scope(|s| {
                let waits = [0; 3].map(|_| s.spawn(|| barrier.wait().unwrap()));
                waits.map(|wait| wait.join().unwrap())
            });
            indexes.sort_unstable();
            assert_eq!(indexes, [0, 1, 2]);
        }
    }
}

mod queues {
    use super::*;

    #[test]
    fn a_queue_of_size_0_has_no_limit() {
        let queue = Queue::new(0);
        assert!((0..10_000).all(|item| queue.try_put(item).is_ok()));
        assert!(!queue.full() && queue.qsize() == 10_000 && queue.maxsize() == 0);
    }

    #[test]
    fn what_does_not_block_says_full_or_empty_at_once() {
        let queue = Queue::new(1);
        assert_eq!(queue.try_get(), Err(GetError::Empty));
        queue.try_put(1).unwrap();
        assert!(queue.full() && !queue.empty());
        assert_eq!(queue.try_put(2), Err(PutError::Full(2)));
        assert_eq!(queue.try_get(), Ok(1));
    }

    #[test]
    fn entries_are_retrieved_first_last_or_lowest_first() {
        let (fifo, lifo, lowest) = (Queue::new(0), LifoQueue::new(0), PriorityQueue::new(0));
        for entry in [(2, "b"), (3, "c"), (1, "a")] {
            fifo.put(entry).unwrap();
            lifo.put(entry).unwrap();
            lowest.put(entry).unwrap();
        }
        let numbers = |entries: Vec<(u32, &str)>| entries.iter().map(|entry| entry.0).collect::<Vec<_>>();
        assert_eq!(numbers(fifo.try_iter().collect()), [2, 3, 1]);
        assert_eq!(numbers(lifo.try_iter().collect()), [1, 3, 2]);
        assert_eq!(numbers(lowest.try_iter().collect()), [1, 2, 3]);
    }

    #[test]
    fn a_join_returns_when_every_item_was_taken_and_declared_done() {
        let queue = Queue::new(0);
        queue.join();
        for item in 0..3 {
            queue.put(item).unwrap();
        }
        for left in [3, 2, 1] {
            assert_eq!((queue.unfinished_tasks(), queue.join_timeout(Duration::ZERO)), (left, false));
            queue.get().unwrap();
            queue.task_done().unwrap();
        }
        queue.join();
        assert_eq!(queue.task_done(), Err(NoUnfinishedTask));
    }

    #[test]
    fn a_queue_that_was_shut_down_is_wound_down_by_its_gets_and_their_tasks() {
        let queue = Queue::new(0);
        queue.put(1).unwrap();
        queue.put(2).unwrap();
        queue.shutdown(false);
        queue.shutdown(false);
        assert!(queue.is_shut_down());
        assert_eq!(queue.put(3), Err(ShutDown(3)));
        assert_eq!(queue.try_put(3), Err(PutError::ShutDown(3)));
        assert_eq!(queue.put_timeout(3, SOON), Err(PutError::ShutDown(3)));
        std::thread::scope(|s| {
            let joins = s.spawn(|| queue.join());
            assert_eq!((queue.get(), queue.try_get()), (Ok(1), Ok(2)));
            queue.task_done().unwrap();
            assert!(!joins.is_finished());
            queue.task_done().unwrap();
            joins.join().unwrap();
        });
        assert_eq!(queue.get(), Err(ShutDown(())));
        assert_eq!(queue.try_get(), Err(GetError::ShutDown));
        assert_eq!(queue.get_timeout(SOON), Err(GetError::ShutDown));
    }

    #[test]
    fn an_immediate_shutdown_drains_the_queue_and_leaves_the_tasks_that_were_taken() {
        let queue = Queue::new(0);
        for item in 0..3 {
            queue.put(item).unwrap();
        }
        assert_eq!(queue.get(), Ok(0));
        queue.shutdown(true);
        assert!(queue.empty());
        assert_eq!(queue.get(), Err(ShutDown(())));
        assert_eq!((queue.unfinished_tasks(), queue.join_timeout(SOON)), (1, false));
        queue.task_done().unwrap();
        queue.join();
        assert_eq!(queue.task_done(), Err(NoUnfinishedTask));
        // As soft as the next one is, what was drained does not come back.
        queue.shutdown(false);
        assert_eq!(queue.try_get(), Err(GetError::ShutDown));
    }

    /// Puts itself back, once, when it is dropped.
    struct Returning(Arc<SimpleQueue<Option<Returning>>>);

    impl Drop for Returning {
        fn drop(&mut self) {
            self.0.put(None);
        }
    }

    #[test]
    fn a_destructor_may_put_into_the_queue_from_which_its_item_came() {
        let queue = Arc::new(SimpleQueue::new());
        queue.put(Some(Returning(queue.clone())));
        drop(queue.get());
        assert!(queue.get().is_none() && queue.empty());

        /// Tries to put another into the queue that drops it.
        struct Stubborn(Arc<Queue<Stubborn>>, Arc<AtomicUsize>);

        impl Drop for Stubborn {
            fn drop(&mut self) {
                self.1.fetch_add(1, Relaxed);
                if self.1.load(Relaxed) == 1 {
                    assert!(self.0.try_put(Stubborn(self.0.clone(), self.1.clone())).is_err());
                }
            }
        }

        let (queue, drops) = (Arc::new(Queue::new(0)), Arc::new(AtomicUsize::new(0)));
        queue.put(Stubborn(queue.clone(), drops.clone())).unwrap();
        queue.shutdown(true);
        assert_eq!(drops.load(Relaxed), 2);
    }
}

#[test]
fn a_sleep_lasts_as_long_as_it_says_or_longer() {
    let begin = Instant::now();
    sleep(SOON);
    assert!(begin.elapsed() >= SOON);
}
