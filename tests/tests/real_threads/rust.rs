//! What a user of Rust expects beyond Python: values that are joined, scopes, owned guards, deadlines, iterators, marker traits.

use std::cell::Cell;
use std::error::Error;
use std::panic::{AssertUnwindSafe, RefUnwindSafe, UnwindSafe, catch_unwind, panic_any};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::channel;
use std::time::Duration;

use selvedge_primitives::{
    Barrier, BoundedSemaphore, Condition, Event, GetError, Instant, LifoQueue, Local, Lock, NotLocked,
    NotOwner, OwnedLockGuard, OwnedPermit, OwnedRLockGuard, Permit, PriorityQueue, PutError, Queue, RLock,
    Semaphore, ShutDown, SimpleQueue, StartError, Thread, Timer, current_thread, gettrace, program, scope,
    set_excepthook, set_stack_size, settrace, spawn, stack_size, unset_excepthook, unset_trace,
};

const SOON: Duration = Duration::from_millis(2);

#[test]
fn a_join_returns_the_threads_value_or_the_payload_of_its_panic() {
    program(|| {
        let told = Arc::new(AtomicUsize::new(0));
        set_excepthook({
            let told = told.clone();
            move |_| {
                told.fetch_add(1, Relaxed);
            }
        });
        let value = spawn(|| vec![1, 2, 3]).unwrap();
        assert_eq!(value.thread().name(), "Thread-1");
        assert_eq!(value.join().unwrap(), [1, 2, 3]);
        let panics = spawn(|| -> u32 { panic_any(7_u8) }).unwrap();
        assert_eq!(panics.join().unwrap_err().downcast_ref(), Some(&7_u8));
        assert_eq!(told.load(Relaxed), 1, "the hook is told as well");
    });
}

#[test]
fn a_join_that_gives_up_returns_the_handle() {
    program(|| {
        let (end, ended) = channel::<()>();
        let value = spawn(move || ended.recv().is_err()).unwrap();
        let value = value.join_timeout(SOON).unwrap_err();
        let value = value.join_until(Instant::now() + SOON).unwrap_err();
        drop(end);
        assert!(value.join_timeout(Duration::MAX).unwrap().unwrap());
    });
}

#[test]
fn a_value_that_nobody_joins_is_dropped() {
    let kept = Arc::new(());
    program(|| {
        let held = kept.clone();
        drop(spawn(move || held).unwrap());
    });
    assert_eq!(Arc::strong_count(&kept), 1);
}

#[test]
fn a_closure_may_return_a_value_that_is_dropped() {
    static LOCAL: Local<u32> = Local::new();
    program(|| {
        let thread = Thread::new(|| LOCAL.set(7));
        thread.start().unwrap();
        thread.join().unwrap();
    });
}

#[test]
fn threads_of_a_scope_borrow_and_have_ended_when_it_returns() {
    program(|| {
        let (mut words, ends) = (vec!["a".to_owned(), "bc".to_owned()], AtomicUsize::new(0));
        let lengths = scope(|s| {
            let handles: Vec<_> = words
                .iter_mut()
                .map(|word| {
                    let handle = s.spawn(|| {
                        word.push('!');
                        word.len()
                    });
                    handle.unwrap()
                })
                .collect();
            s.spawn(|| {
                std::thread::sleep(SOON);
                // One that nobody joins, started by one that nobody joins.
                s.spawn(|| {
                    std::thread::sleep(SOON);
                    ends.fetch_add(1, Relaxed)
                })
                .unwrap();
                ends.fetch_add(1, Relaxed)
            })
            .unwrap();
            handles.into_iter().map(|handle| handle.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!((lengths, words[1].as_str(), ends.into_inner()), (vec![2, 3], "bc!", 2));
    });
}

#[test]
fn a_scope_panics_for_a_thread_that_was_not_joined_and_not_for_one_that_was() {
    program(|| {
        set_excepthook(|_| ());
        let told =
            scope(|s| s.spawn(|| panic_any(1)).unwrap().join().unwrap_err().downcast_ref() == Some(&1));
        assert!(told);
        assert!(catch_unwind(|| scope(|s| s.spawn(|| panic_any(1)).map(drop).unwrap())).is_err());
    });
}

#[test]
fn hooks_can_be_asked_for_and_taken_back() {
    program(|| {
        assert!(gettrace().is_none());
        let (tell, told) = channel();
        settrace(move |thread| tell.send(thread.name()).unwrap());
        spawn(|| ()).unwrap().join().unwrap();
        gettrace().expect("it was set")(&current_thread());
        unset_trace();
        assert!(gettrace().is_none());
        spawn(|| ()).unwrap().join().unwrap();
        assert_eq!(told.iter().collect::<Vec<_>>(), ["Thread-1", "MainThread"]);

        let (tell, told) = channel();
        set_excepthook(move |args| tell.send(args.thread.name()).unwrap());
        assert!(spawn(|| panic_any(1)).unwrap().join().is_err());
        unset_excepthook();
        assert!(spawn(|| panic_any(1)).unwrap().join().is_err());
        assert_eq!(told.iter().collect::<Vec<_>>(), ["Thread-3"]);
    });
}

#[test]
fn a_stack_is_as_large_as_was_said() {
    assert_eq!(stack_size(), 0);
    assert_eq!(set_stack_size(64 << 20), 0);
    // To ask changes nothing: in Python it sets the default again.
    assert_eq!((stack_size(), stack_size()), (64 << 20, 64 << 20));
    // More than the default has room for.
    program(|| {
        let deep = spawn(|| {
            let large = std::hint::black_box([1_u8; 16 << 20]);
            large.iter().map(|byte| usize::from(*byte)).sum::<usize>()
        });
        assert_eq!(set_stack_size(0), 64 << 20);
        assert_eq!(deep.unwrap().join().unwrap(), 16 << 20);
    });
}

#[test]
fn a_wait_gives_up_at_its_deadline() {
    let soon = || Instant::now() + SOON;
    let (lock, rlock) = (Lock::new(()), Arc::new(RLock::new(())));
    lock.acquire();
    assert!(!lock.acquire_until(soon()) && lock.lock_until(soon()).is_none());
    rlock.acquire();
    let other = rlock.clone();
    std::thread::spawn(move || assert!(!other.acquire_until(soon()) && other.lock_until(soon()).is_none()))
        .join()
        .unwrap();
    let semaphore = Semaphore::new(0);
    assert!(!semaphore.acquire_until(soon()) && semaphore.permit_until(soon()).is_none());
    assert!(!Event::new().wait_until(soon()));
    let condition = Condition::new();
    assert!(condition.acquire_until(soon()) && condition.locked() && condition.is_locked());
    assert_eq!(condition.wait_until(soon()), Ok(false));
    assert_eq!(condition.wait_for_until(soon(), || false), Ok(false));
    assert_eq!(condition.wait_for_until(soon(), || true), Ok(true));
    condition.release_fair().unwrap();
    assert!(!condition.locked());
    let mut guard = condition.lock_until(soon()).unwrap();
    assert!(!guard.wait_until(soon()) && !guard.wait_for_until(soon(), |()| false));
    assert!(guard.wait_for_until(soon(), |()| true));
    assert!(Barrier::new(2).unwrap().wait_until(soon()).is_err());
    let queue = Queue::new(1);
    assert_eq!(queue.get_until(soon()), Err(GetError::Empty));
    queue.put_until(1, soon()).unwrap();
    assert_eq!(queue.put_until(2, soon()), Err(PutError::Full(2)));
    assert!(!queue.join_until(soon()));
    assert_eq!(SimpleQueue::<u32>::new().get_until(soon()), None);
    let (end, ended) = channel::<()>();
    program(|| {
        let thread = Thread::new(move || ended.recv());
        thread.start().unwrap();
        assert_eq!(thread.join_until(soon()), Ok(false));
        drop(end);
        assert_eq!(thread.join_until(Instant::now() + Duration::from_secs(3600)), Ok(true));
        let timer = Timer::new(Duration::MAX, || ());
        timer.start().unwrap();
        assert_eq!(timer.join_until(soon()), Ok(false));
        timer.cancel();
    });
    // A deadline that has passed is a poll.
    assert!(!lock.acquire_until(Instant::now()));
    lock.release().unwrap();
    assert!(lock.acquire_until(Instant::now()));
}

#[test]
fn what_is_there_before_the_deadline_is_had() {
    let late = || Instant::now() + Duration::from_secs(3600);
    let (lock, guards, rlock) = (Lock::new(1), RLock::new(2), RLock::new(()));
    assert_eq!(lock.lock_until(late()).map(|guard| *guard), Some(1));
    assert_eq!(guards.lock_until(late()).map(|guard| *guard), Some(2));
    assert!(rlock.acquire_until(late()) && rlock.is_locked());
    rlock.release().unwrap();
    assert!(!lock.is_locked() && !rlock.is_locked());

    let condition = Arc::new(Condition::new());
    assert!(!condition.is_locked());
    condition.acquire();
    let notifies = std::thread::spawn({
        let condition = condition.clone();
        move || {
            condition.acquire();
            condition.notify_all().unwrap();
            condition.release().unwrap();
        }
    });
    assert_eq!(condition.wait_until(late()), Ok(true));
    condition.release().unwrap();
    notifies.join().unwrap();

    let condition = Arc::new(Condition::over(Lock::new(false)));
    let mut guard = condition.lock();
    let notifies = std::thread::spawn({
        let condition = condition.clone();
        move || {
            for _ in 0..2 {
                let mut guard = condition.lock();
                *guard = true;
                guard.notify_all();
                while *guard {
                    guard.wait();
                }
            }
        }
    });
    for _ in 0..2 {
        assert!(!*guard, "it is not set yet");
        assert!(guard.wait_until(late()));
        assert!(*guard, "it was set before the notification");
        *guard = false;
        guard.notify_all();
    }
    drop(guard);
    notifies.join().unwrap();

    let queue = SimpleQueue::new();
    queue.put(3);
    assert_eq!(queue.get_until(late()), Some(3));
    program(|| {
        let timer = Timer::new(Duration::ZERO, || ());
        timer.start().unwrap();
        assert_eq!(timer.join_until(late()), Ok(true));
    });
}

#[test]
fn a_fair_release_of_what_is_held_frees_it_and_of_what_nobody_holds_is_an_error() {
    let condition = Condition::over(Lock::new(()));
    condition.acquire();
    assert_eq!(condition.release_fair(), Ok(()));
    assert!(!condition.is_locked());
    assert_eq!(Lock::new(()).release_fair(), Err(NotLocked));
    assert_eq!(RLock::new(()).release_fair(), Err(NotOwner));
    assert_eq!(Condition::over(Lock::new(())).release_fair(), Err(NotOwner));
    assert_eq!(Condition::over(RLock::new(())).release_fair(), Err(NotOwner));
}

#[test]
fn an_owned_guard_or_permit_goes_to_other_threads_and_releases_there() {
    let lock = Arc::new(Lock::new(1));
    let mut guard = lock.lock_owned();
    assert!(lock.try_lock_owned().is_none() && lock.is_locked());
    *guard += 1;
    assert_eq!(
        (format!("{guard:?}"), Arc::ptr_eq(OwnedLockGuard::source(&guard), &lock)),
        ("2".to_owned(), true)
    );
    std::thread::spawn(move || drop(guard)).join().unwrap();
    assert_eq!(lock.try_lock_owned().map(|guard| *guard), Some(2));

    let semaphore = Arc::new(BoundedSemaphore::new(1));
    let permit = semaphore.permit_owned();
    assert!(semaphore.try_permit_owned().is_none());
    assert_eq!(
        format!("{permit:?} {:?}", OwnedPermit::source(&permit)),
        "OwnedPermit { left: 0 } BoundedSemaphore { permits: 0, limit: 1 }"
    );
    std::thread::spawn(move || drop(permit)).join().unwrap();
    let permit = semaphore.try_permit_owned();
    assert!(permit.is_some() && Arc::new(Semaphore::new(1)).try_permit_owned().is_some());
}

#[test]
fn a_guard_that_owns_a_reentrant_lock_is_one_of_its_levels() {
    let lock = Arc::new(RLock::new(Cell::new(1)));
    let outer = lock.lock_owned();
    let inner = lock.try_lock_owned().expect("this thread has it");
    inner.set(outer.get() + 1);
    assert_eq!(
        (format!("{inner:?}"), Arc::ptr_eq(OwnedRLockGuard::source(&inner), &lock)),
        ("Cell { value: 2 }".to_owned(), true)
    );
    let others = |free| {
        let lock = lock.clone();
        std::thread::spawn(move || assert_eq!(lock.try_lock_owned().is_some(), free)).join().unwrap();
    };
    drop(outer);
    others(false);
    OwnedRLockGuard::release_fair(inner);
    others(true);
}

#[test]
fn a_guard_that_owns_its_lock_says_that_it_was_released_meanwhile() {
    let panics = |release: &dyn Fn()| catch_unwind(AssertUnwindSafe(release)).is_err();
    let (lock, rlock) = (Arc::new(Lock::new(())), Arc::new(RLock::new(())));
    let held = || {
        let guard = lock.lock_owned();
        lock.release().unwrap();
        guard
    };
    assert!(panics(&|| drop(held())));
    assert!(panics(&|| OwnedLockGuard::release_fair(held())));
    let held = || {
        let guard = rlock.lock_owned();
        rlock.release().unwrap();
        guard
    };
    assert!(panics(&|| drop(held())));
    assert!(panics(&|| OwnedRLockGuard::release_fair(held())));
    assert!(!lock.locked() && !rlock.locked());
    let semaphore = Arc::new(BoundedSemaphore::new(1));
    let held = || {
        let permit = semaphore.permit_owned();
        semaphore.release(1).unwrap();
        permit
    };
    assert!(panics(&|| drop(held())));
    assert!(panics(&|| OwnedPermit::release_fair(held())));
    assert!(semaphore.try_acquire() && !semaphore.try_acquire(), "one permit, as in the beginning");
}

#[test]
fn one_thread_is_notified() {
    let condition = Condition::over(Lock::new(0));
    std::thread::scope(|s| {
        s.spawn(|| {
            let mut number = condition.lock();
            *number += 1;
            number.notify_one();
        });
        condition.lock().wait_for(|number| *number > 0);
    });
    assert!(Condition::new().notify_one().is_err());
}

#[test]
fn a_barriers_action_may_change_what_it_has() {
    let (tell, told) = channel();
    let mut rounds = 0;
    let barrier = Barrier::new(2).unwrap().with_action(move || {
        rounds += 1;
        tell.send(rounds).unwrap();
    });
    std::thread::scope(|s| {
        let meet = || (0..3).all(|_| barrier.wait().is_ok());
        let other = s.spawn(meet);
        assert!(meet() && other.join().unwrap());
    });
    drop(barrier);
    assert_eq!(told.iter().collect::<Vec<_>>(), [1, 2, 3]);
}

#[test]
fn queues_have_defaults_iterators_and_rusts_names() {
    let (queue, last, smallest) = (Queue::default(), LifoQueue::default(), PriorityQueue::default());
    assert!(queue.is_empty() && !queue.is_full() && last.is_empty() && smallest.is_empty());
    for item in [2, 1, 3] {
        queue.put(item).unwrap();
        last.put(item).unwrap();
        smallest.put(item).unwrap();
    }
    assert_eq!((queue.len(), last.len(), smallest.len()), (3, 3, 3));
    assert_eq!(last.try_iter().collect::<Vec<_>>(), [3, 1, 2]);
    assert_eq!(queue.iter().take(1).collect::<Vec<_>>(), [2]);
    queue.shutdown(false);
    smallest.shutdown(false);
    assert_eq!(queue.iter().collect::<Vec<_>>(), [1, 3]);
    let mut sorted = vec![];
    for item in &smallest {
        sorted.push(item);
    }
    assert_eq!(sorted, [1, 2, 3]);
    let simple = SimpleQueue::new();
    simple.put(1);
    assert_eq!((simple.len(), simple.try_iter().count(), simple.is_empty()), (1, 1, true));
}

#[test]
fn what_may_be_sent_shared_and_used_after_a_panic_is_so() {
    fn is_shared<T: Send + Sync>() {}
    fn survives<T: UnwindSafe + RefUnwindSafe>() {}
    fn is_error<T: Error + Send + Sync>() {}

    is_error::<PutError<String>>();
    is_error::<ShutDown<String>>();
    is_error::<GetError>();
    is_error::<StartError>();
    is_shared::<OwnedPermit>();
    is_shared::<OwnedLockGuard<u32>>();
    is_shared::<Permit<'_>>();
    is_shared::<selvedge_primitives::JoinHandle<u32>>();
    survives::<Lock<std::cell::Cell<u32>>>();
    survives::<RLock<std::cell::Cell<u32>>>();
    survives::<Condition<Lock<std::cell::Cell<u32>>>>();
    survives::<Event>();
    survives::<Semaphore>();
    survives::<BoundedSemaphore>();
    survives::<Barrier>();
    survives::<Queue<std::cell::Cell<u32>>>();
    survives::<PriorityQueue<u32>>();
    survives::<SimpleQueue<std::cell::Cell<u32>>>();
    survives::<Thread>();
    survives::<Timer>();
    survives::<Local<std::cell::Cell<u32>>>();
}
