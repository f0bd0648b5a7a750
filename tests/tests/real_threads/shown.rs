//! What people are shown: how mistakes are told, and how the primitives look in the middle of a program that is debugged.

use std::error::Error;
use std::io;
use std::time::Duration;

use selvedge_primitives::{
    AlreadyStarted, Barrier, BoundedSemaphore, BrokenBarrier, Condition, Event, GetError, JoinError,
    LifoQueue, Local, Lock, NoParties, NoUnfinishedTask, NotLocked, NotOwner, OtherLock, PriorityQueue,
    PutError, Queue, RLock, ReleaseError, Semaphore, ShutDown, SimpleQueue, StartError, Timer, program,
    scope, spawn,
};

#[test]
fn a_mistake_with_a_lock_says_which() {
    assert_eq!(NotLocked.to_string(), "release of a lock that nobody holds");
    assert_eq!(NotOwner.to_string(), "the calling thread does not hold the lock");
    assert_eq!(OtherLock.to_string(), "the guard holds another lock than the condition's own");
}

#[test]
fn a_mistake_with_a_semaphore_says_how_many_permits_there_may_be() {
    assert_eq!(ReleaseError::Zero.to_string(), "release of 0 permits, where at least 1 is accepted");
    let too_many = ReleaseError::TooMany { released: 3, available: 1, limit: 2 };
    assert_eq!(too_many.to_string(), "release of 3 permits to 1, where at most 2 are accepted in all");
}

#[test]
fn a_mistake_with_a_barrier_says_which() {
    assert_eq!(NoParties.to_string(), "a barrier for 0 parties, where at least 1 is accepted");
    assert_eq!(BrokenBarrier.to_string(), "the barrier is broken");
}

#[test]
fn a_mistake_with_a_thread_says_what_is_possible() {
    let again = StartError::AlreadyStarted;
    assert_eq!(again.to_string(), "start of a thread that was started before: once is all");
    assert!(again.source().is_none());
    let none_left = StartError::NoThread(io::Error::other("no memory"));
    assert_eq!(none_left.to_string(), "the operating system has no thread left");
    assert_eq!(none_left.source().map(ToString::to_string).as_deref(), Some("no memory"));

    let late = "change to a thread that was started before: daemon can be set until the start";
    assert_eq!(AlreadyStarted.to_string(), late);
    assert_eq!(JoinError::NotStarted.to_string(), "join of a thread that has not been started");
    assert_eq!(JoinError::Current.to_string(), "join of the current thread, which would wait forever");
    assert_eq!(JoinError::Foreign.to_string(), "join of a thread that was not started by `Thread::start`");
}

#[test]
fn a_mistake_with_a_queue_says_which_whatever_the_item_is() {
    struct Opaque;

    assert_eq!(ShutDown(Opaque).to_string(), "the queue was shut down");
    assert_eq!(format!("{:?}", ShutDown(Opaque)), "ShutDown(..)");
    assert_eq!(PutError::Full(Opaque).to_string(), "the queue is full");
    assert_eq!(format!("{:?}", PutError::Full(Opaque)), "Full(..)");
    assert_eq!(PutError::ShutDown(Opaque).to_string(), "the queue was shut down");
    assert_eq!(format!("{:?}", PutError::ShutDown(Opaque)), "ShutDown(..)");
    assert_eq!(GetError::Empty.to_string(), "the queue is empty");
    assert_eq!(GetError::ShutDown.to_string(), "the queue was shut down");
    let done = "a task was declared done, but none is unfinished: once for each item that was put is all";
    assert_eq!(NoUnfinishedTask.to_string(), done);
}

#[test]
fn an_item_that_was_not_put_is_taken_out_of_the_error() {
    assert_eq!(PutError::Full(7).into_inner(), 7);
    assert_eq!(PutError::ShutDown(8).into_inner(), 8);
}

#[test]
fn a_lock_is_shown_with_its_data_or_as_locked() {
    let lock = Lock::new(7);
    assert_eq!(format!("{lock:?}"), "Lock { data: 7 }");
    let guard = lock.lock();
    assert_eq!(format!("{guard:?} {lock:?}"), "7 Lock { data: <locked> }");
    drop(guard);
    assert!(!lock.locked(), "to be looked at is not to be taken");

    let lock = RLock::new(7);
    assert_eq!(format!("{lock:?}"), "RLock { data: 7 }");
    let guard = lock.lock();
    assert_eq!(format!("{guard:?} {lock:?}"), "7 RLock { data: 7 }", "to its owner");
    let shown = std::thread::scope(|s| s.spawn(|| format!("{lock:?}")).join().unwrap());
    assert_eq!(shown, "RLock { data: <locked> }", "to others");
    drop(guard);
    assert!(!lock.locked(), "to be looked at is not to be taken");
}

#[test]
fn a_condition_is_shown_with_its_lock_and_its_guard_as_the_data() {
    let condition = Condition::over(Lock::new(7));
    assert_eq!(format!("{condition:?}"), "Condition { lock: Lock { data: 7 } }");
    assert_eq!(format!("{:?}", condition.lock()), "7");
}

#[test]
fn an_event_is_shown_as_set_or_not() {
    let event = Event::new();
    assert_eq!(format!("{event:?}"), "Event { set: false }");
    event.set();
    assert_eq!(format!("{event:?}"), "Event { set: true }");
}

#[test]
fn a_semaphore_is_shown_with_its_permits_and_so_is_one_of_them() {
    let semaphore = Semaphore::new(2);
    let permit = semaphore.permit();
    assert_eq!(format!("{permit:?} {semaphore:?}"), "Permit { left: 1 } Semaphore { permits: 1 }");
    drop(permit);
    assert_eq!(format!("{semaphore:?}"), "Semaphore { permits: 2 }");
    let semaphore = BoundedSemaphore::new(3);
    semaphore.acquire();
    assert_eq!(format!("{semaphore:?}"), "BoundedSemaphore { permits: 2, limit: 3 }");
}

#[test]
fn a_barrier_is_shown_with_those_that_wait_or_as_broken() {
    let barrier = Barrier::new(2).unwrap();
    assert_eq!(barrier.parties(), 2);
    std::thread::scope(|s| {
        s.spawn(|| barrier.wait());
        while barrier.n_waiting() == 0 {
            std::thread::yield_now();
        }
        assert_eq!(format!("{barrier:?}"), "Barrier { parties: 2, n_waiting: 1, broken: false, .. }");
        barrier.abort();
    });
    assert_eq!(format!("{barrier:?}"), "Barrier { parties: 2, n_waiting: 0, broken: true, .. }");
}

#[test]
fn a_queue_is_shown_with_its_sizes_and_whether_it_was_shut_down() {
    let queue = Queue::new(2);
    queue.put(7).unwrap();
    assert_eq!(format!("{queue:?}"), "Queue { qsize: 1, maxsize: 2, shut_down: false }");
    queue.shutdown(true);
    assert_eq!(format!("{queue:?}"), "Queue { qsize: 0, maxsize: 2, shut_down: true }");
    let (last, smallest) = (LifoQueue::<u8>::new(3), PriorityQueue::<u8>::new(0));
    assert_eq!(format!("{last:?}"), "LifoQueue { qsize: 0, maxsize: 3, shut_down: false }");
    assert_eq!(format!("{smallest:?}"), "PriorityQueue { qsize: 0, maxsize: 0, shut_down: false }");
    let simple = SimpleQueue::new();
    simple.put(7);
    assert_eq!(format!("{simple:?}"), "SimpleQueue { qsize: 1, maxsize: 0, shut_down: false }");
    let queue = Queue::<u8>::new(0);
    assert_eq!(format!("{:?}", queue.iter()), "Items(Queue { qsize: 0, maxsize: 0, shut_down: false })");
}

#[test]
fn a_handle_is_shown_with_its_thread_and_a_scope_by_its_name() {
    program(|| {
        let handle = spawn(|| ()).unwrap();
        assert_eq!(format!("{handle:?}"), format!("JoinHandle({:?})", handle.thread()));
        handle.join().unwrap();
    });
    scope(|s| {
        let handle = s.spawn(|| ()).unwrap();
        assert_eq!(format!("{handle:?}"), format!("ScopedJoinHandle({:?})", handle.thread()));
        assert_eq!(format!("{s:?}"), "Scope { .. }");
    });
}

#[test]
fn a_local_is_shown_with_the_threads_own_value() {
    let local = Local::new();
    assert_eq!(format!("{local:?}"), "Local(Some(None))");
    local.set(7);
    assert_eq!(format!("{local:?}"), "Local(Some(Some(7)))");
    local.with_mut(|_| assert_eq!(format!("{local:?}"), "Local(None)", "while it is changed"));
}

#[test]
fn a_timer_is_shown_as_pending_cancelled_or_fired() {
    // Outside of a program this might be a stand-in, and the timer a daemon.
    program(|| {
        let timer = Timer::new(Duration::from_secs(3600), || ());
        assert!(format!("{timer:?}").ends_with("initial)>, state: \"pending\" }"), "{timer:?}");
        timer.start().unwrap();
        assert!(timer.is_alive());
        assert!(timer.cancel());
        timer.join().unwrap();
        assert!(!timer.is_alive());
        assert!(format!("{timer:?}").ends_with("state: \"cancelled\" }"), "{timer:?}");
        let timer = Timer::new(Duration::ZERO, || ());
        timer.start().unwrap();
        timer.join().unwrap();
        assert!(format!("{timer:?}").ends_with("state: \"fired\" }"), "{timer:?}");
    });
}

#[test]
fn what_a_lock_guards_is_reached_through_the_lock_or_taken_out_of_it() {
    let mut lock = Lock::from(7);
    *lock.get_mut() += 1;
    assert_eq!(lock.into_inner(), 8);
    let mut lock = RLock::from(7);
    *lock.get_mut() += 1;
    assert_eq!(lock.into_inner(), 8);
    let condition = Condition::over(Lock::new(7));
    assert_eq!(*condition.source().lock(), 7);
    assert_eq!(condition.into_inner().into_inner(), 7);
}
