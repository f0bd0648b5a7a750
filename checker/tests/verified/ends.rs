//! The ends of objects: what is used after it was freed, what is freed twice, and correct programs that free what others used.

use std::mem::ManuallyDrop;
use std::ptr::null_mut;

use selvedge::alloc::{Layout, Track, alloc, dealloc};
use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicUsize, fence};
use selvedge::sync::{Arc, Barrier, Condvar, Mutex, Notify, Once, OnceLock, RwLock, mpsc};
use selvedge::{Checker, FailureKind, Report, Verdict, outcome, thread};

fn explored(f: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().run(f)
}

#[track_caller]
fn assert_fails(kind: FailureKind, f: impl Fn() + Send + Sync + 'static) -> Report {
    let report = explored(f);
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    assert_eq!(failure.kind, kind, "{failure}");
    assert!(report.counterexample().is_some_and(|c| c.schedule().is_some()), "{failure}");
    report
}

#[track_caller]
fn assert_verified(f: impl Fn() + Send + Sync + 'static) -> Report {
    let report = explored(f);
    assert_eq!(*report.verdict(), Verdict::Verified);
    report
}

/// A raw pointer that may go to another thread.
struct Raw<T>(*mut T);
impl<T> Clone for Raw<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Raw<T> {}
impl<T> Raw<T> {
    fn new(value: T) -> Self {
        Raw(Box::into_raw(Box::new(value)))
    }
    fn get(&self) -> &T {
        // SAFETY: that it holds is what the checker is asked.
        unsafe { &*self.0 }
    }
    fn free(self) {
        // SAFETY: as above.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// A thread takes a pointer and uses what is behind it, and the first thread frees that meanwhile.
fn freed_while_used<T: 'static>(make: fn() -> T, using: fn(&T)) -> impl Fn() + Send + Sync {
    move || {
        let p = Arc::new(AtomicPtr::new(Box::into_raw(Box::new(make()))));
        let q = p.clone();
        let t = thread::spawn(move || {
            let x = q.load(Acquire);
            if !x.is_null() {
                // SAFETY: whether it holds is what the checker is asked.
                using(unsafe { &*x })
            }
        });
        // SAFETY: whether it holds is what the checker is asked.
        drop(unsafe { Box::from_raw(p.swap(null_mut(), AcqRel)) });
        t.join().unwrap();
    }
}

/// A thread uses an object, and the first thread frees it when it has joined the other.
fn freed_after_a_join<T: 'static>(make: fn() -> T, using: fn(&T)) -> impl Fn() + Send + Sync {
    move || {
        let x = Raw::new(make());
        let t = thread::spawn(move || using(x.get()));
        using(x.get());
        t.join().unwrap();
        x.free();
    }
}

macro_rules! every_object {
    ($($name:ident: $make:expr, $using:expr;)*) => { $(
        mod $name {
            use super::*;

            #[test]
            fn freed_while_another_thread_uses_it_is_used_after_free() {
                assert_fails(FailureKind::UseAfterFree, freed_while_used(|| $make, $using));
            }

            #[test]
            fn freed_after_a_join_is_fine() {
                assert_verified(freed_after_a_join(|| $make, $using));
            }
        }
    )* };
}

every_object! {
    an_atomic: AtomicUsize::new(1), |x| { x.load(Relaxed); };
    an_atomic_that_is_written: AtomicUsize::new(1), |x| { x.fetch_add(1, SeqCst); };
    a_flag: AtomicBool::new(false), |x| x.store(true, Release);
    a_mutex: Mutex::new(1), |x| *x.lock().unwrap() += 1;
    a_mutex_that_is_tried: Mutex::new(1), |x| drop(x.try_lock());
    a_read_write_lock: RwLock::new(1), |x| { let _ = *x.read().unwrap(); };
    a_condition_variable: Condvar::new(), |x: &Condvar| x.notify_all();
    a_one_time_initialisation: Once::new(), |x: &Once| x.call_once(|| {});
    a_value_that_is_made_once: OnceLock::new(), |x: &OnceLock<u32>| { x.get_or_init(|| 1); };
    a_barrier: Barrier::new(1), |x: &Barrier| { x.wait(); };
    a_notification: Notify::new(), |x: &Notify| x.notify();
    a_semaphore: selvedge::specification::Semaphore::new(1, 1), |x: &selvedge::specification::Semaphore| { x.permits(); };
    a_channels_sender: mpsc::channel().0, |x: &mpsc::Sender<u32>| { let _ = x.send(1); };
    a_channels_bounded_sender: mpsc::sync_channel(1).0, |x: &mpsc::SyncSender<u32>| { let _ = x.try_send(1); };
}

#[test]
fn a_cell_that_is_freed_while_it_is_read_is_used_after_free() {
    assert_fails(
        FailureKind::UseAfterFree,
        freed_while_used(
            || UnsafeCell::new(1),
            |x| {
                // SAFETY: whether it holds is what the checker is asked.
                x.with(|p| unsafe { *p });
            },
        ),
    );
}

#[test]
fn a_track_that_is_dropped_twice_is_freed_twice() {
    let report = assert_fails(FailureKind::DoubleFree, || {
        AtomicUsize::new(0).store(1, SeqCst);
        let t = Track::new(5);
        // SAFETY: whether it holds is what the checker is asked.
        drop(unsafe { std::ptr::read(&t) });
        drop(t);
    });
    assert!(report.verdict().to_string().contains("ends.rs"), "{}", report.verdict());
}

#[test]
fn memory_that_is_given_back_twice_is_freed_twice() {
    assert_fails(FailureKind::DoubleFree, || {
        let layout = Layout::new::<u64>();
        // SAFETY: whether it holds is what the checker is asked.
        let p = Raw(unsafe { alloc(layout) });
        // SAFETY: whether it holds is what the checker is asked.
        let t = thread::spawn(move || unsafe { dealloc({ p }.0, layout) });
        // SAFETY: whether it holds is what the checker is asked.
        unsafe { dealloc(p.0, layout) };
        t.join().unwrap();
    });
}

#[test]
fn a_box_that_is_freed_by_two_threads_is_freed_twice() {
    for kind in 0..3 {
        let report = explored(move || {
            let free: Box<dyn Fn()> = match kind {
                0 => {
                    let x = Raw::new(AtomicUsize::new(0));
                    Box::new(move || x.free())
                }
                1 => {
                    let x = Raw::new(Mutex::new(0));
                    Box::new(move || x.free())
                }
                _ => {
                    let x = Raw::new(UnsafeCell::new(0));
                    Box::new(move || x.free())
                }
            };
            let free = std::rc::Rc::new(free);
            let theirs = free.clone();
            let t = thread::spawn(move || theirs());
            free();
            t.join().unwrap();
        });
        let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
        assert_eq!(failure.kind, FailureKind::DoubleFree, "{failure}");
    }
}

/// Counts by hand, as `Arc` does.
struct Counted {
    count: AtomicUsize,
    value: UnsafeCell<u32>,
}

fn release(x: Raw<Counted>, order: std::sync::atomic::Ordering, fences: bool) {
    if x.get().count.fetch_sub(1, order) == 1 {
        if fences {
            fence(Acquire);
        }
        x.free();
    }
}

fn counted(order: std::sync::atomic::Ordering, fences: bool) -> Report {
    explored(move || {
        let x = Raw::new(Counted { count: AtomicUsize::new(2), value: UnsafeCell::new(0) });
        let t = thread::spawn(move || {
            // SAFETY: whether it holds is what the checker is asked.
            x.get().value.with(|p| unsafe { *p });
            release(x, order, fences)
        });
        // SAFETY: whether it holds is what the checker is asked.
        x.get().value.with(|p| unsafe { *p });
        release(x, order, fences);
        t.join().unwrap();
    })
}

#[test]
fn a_count_needs_a_release_and_an_acquire_before_the_end() {
    assert_eq!(*counted(Release, true).verdict(), Verdict::Verified);
    assert_eq!(*counted(AcqRel, false).verdict(), Verdict::Verified);
    for (order, fences) in [(Release, false), (Relaxed, true), (Relaxed, false), (Acquire, false)] {
        let report = counted(order, fences);
        let Verdict::Failed(failure) = report.verdict() else { panic!("{order:?} {fences}") };
        assert_eq!(failure.kind, FailureKind::UseAfterFree, "{order:?} {fences} {failure}");
    }
}

#[test]
fn the_end_may_come_first_or_last_in_the_order_that_is_explored() {
    for main_frees in [false, true] {
        assert_fails(FailureKind::UseAfterFree, move || {
            let x = Raw::new(AtomicU32::new(0));
            let act = move |frees: bool| if frees { x.free() } else { x.get().store(1, Relaxed) };
            let t = thread::spawn(move || act(!main_frees));
            act(main_frees);
            t.join().unwrap();
        });
    }
}

#[test]
fn an_object_on_a_stack_that_is_gone_is_used_after_free() {
    assert_fails(FailureKind::UseAfterFree, || {
        let t = {
            let x = AtomicU32::new(0);
            let p = Raw(&raw const x as *mut AtomicU32);
            thread::spawn(move || { p }.get().store(1, Relaxed))
        };
        t.join().unwrap();
    });
}

#[test]
fn the_thread_that_ended_an_object_may_not_use_it_either() {
    assert_fails(FailureKind::UseAfterFree, || {
        let x = Raw::new(AtomicU32::new(0));
        x.get().store(1, Relaxed);
        x.free();
        x.get().load(Relaxed);
    });
    assert_fails(FailureKind::UseAfterFree, || {
        let x = Raw::new(Mutex::new(0));
        let guard = x.get().lock().unwrap();
        x.free();
        drop(guard);
    });
}

#[test]
fn memory_that_is_used_again_is_another_object() {
    // Each thread makes and frees objects in the same places.
    assert_verified(|| {
        let work = || {
            for i in 0..3 {
                let x = Raw::new(AtomicU32::new(i));
                assert_eq!(x.get().fetch_add(1, Relaxed), i);
                x.free();
                let m = Raw::new(Mutex::new(i));
                *m.get().lock().unwrap() += 1;
                m.free();
            }
        };
        let t = thread::spawn(work);
        work();
        t.join().unwrap();
    });
    // A stale pointer does not reach the object that comes after.
    assert_fails(FailureKind::UseAfterFree, || {
        let p = Arc::new(AtomicPtr::new(Raw::new(AtomicU32::new(0)).0));
        let q = p.clone();
        let t = thread::spawn(move || {
            let x = Raw(q.load(Acquire));
            x.get().load(Relaxed);
        });
        Raw(p.load(Relaxed)).free();
        let y = Raw::new(AtomicU32::new(7));
        y.get().load(Relaxed);
        t.join().unwrap();
        y.free();
    });
}

/// A stack of Treiber's that frees what it pops.
mod stack {
    use super::*;

    struct Node {
        next: AtomicPtr<Node>,
        value: u32,
    }

    fn push(head: &AtomicPtr<Node>, value: u32) {
        let node = Raw::new(Node { next: AtomicPtr::new(null_mut()), value });
        loop {
            let old = head.load(Relaxed);
            node.get().next.store(old, Relaxed);
            if head.compare_exchange(old, node.0, Release, Relaxed).is_ok() {
                return;
            }
        }
    }

    fn pop(head: &AtomicPtr<Node>, frees: bool) -> Option<u32> {
        loop {
            let old = Raw(head.load(Acquire));
            if old.0.is_null() {
                return None;
            }
            let next = old.get().next.load(Relaxed);
            if head.compare_exchange(old.0, next, AcqRel, Relaxed).is_ok() {
                let value = old.get().value;
                if frees {
                    old.free();
                }
                return Some(value);
            }
        }
    }

    fn two_pop(frees: bool) -> Report {
        explored(move || {
            let head = Arc::new(AtomicPtr::new(null_mut()));
            push(&head, 1);
            push(&head, 2);
            let theirs = head.clone();
            let t = thread::spawn(move || {
                let value = pop(&theirs, frees);
                push(&theirs, 3);
                value
            });
            pop(&head, frees);
            t.join().unwrap();
        })
    }

    #[test]
    fn that_frees_what_others_read_is_used_after_free() {
        let report = two_pop(true);
        let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
        assert_eq!(failure.kind, FailureKind::UseAfterFree, "{failure}");
        assert_eq!(*two_pop(false).verdict(), Verdict::Verified);
    }
}

#[test]
fn what_is_moved_has_not_ended() {
    assert_verified(|| {
        let x = AtomicU32::new(0);
        x.store(1, Relaxed);
        let x = Box::new(x);
        let mut all = vec![*x];
        all.reserve(100);
        let x = std::sync::Arc::new(all.pop().unwrap());
        let theirs = x.clone();
        let t = thread::spawn(move || theirs.fetch_add(1, Relaxed));
        t.join().unwrap();
        assert_eq!(x.load(Relaxed), 2);
    });
    assert_verified(|| {
        let x = Mutex::new(AtomicU32::new(1));
        let mut x = x.into_inner().unwrap();
        *x.get_mut() += 1;
        let x = ManuallyDrop::new(x);
        assert_eq!(x.load(Relaxed), 2);
        let kept = ManuallyDrop::into_inner(x);
        assert_eq!(kept.into_inner(), 2);
        std::mem::forget(AtomicU32::new(1));
    });
}

#[test]
fn an_arc_orders_every_use_before_its_end() {
    // Nobody joins: the last to drop is the one or the other.
    let report = assert_verified(|| {
        let x = Arc::new((AtomicU32::new(0), Mutex::new(0)));
        let theirs = x.clone();
        thread::spawn(move || {
            theirs.0.store(1, Relaxed);
            *theirs.1.lock().unwrap() += 1;
        });
        x.0.load(Relaxed);
    });
    assert_eq!(report.executions(), 2);
    // Not what comes after the drop.
    assert_fails(FailureKind::UseAfterFree, || {
        let x = Arc::new(AtomicU32::new(0));
        let theirs = x.clone();
        let t = thread::spawn(move || {
            let p = Raw(Arc::as_ptr(&theirs) as *mut AtomicU32);
            drop(theirs);
            p.get().load(Relaxed);
        });
        drop(x);
        t.join().unwrap();
    });
}

#[test]
fn an_arc_of_stds_orders_every_use_before_its_end() {
    struct Both(AtomicU32, std::sync::Arc<Mutex<u32>>);
    for joins in [false, true] {
        assert_verified(move || {
            let x = std::sync::Arc::new(Both(AtomicU32::new(0), std::sync::Arc::new(Mutex::new(0))));
            let (theirs, inner) = (x.clone(), x.1.clone());
            let t = thread::spawn(move || {
                theirs.0.store(1, Relaxed);
                drop(theirs);
                *inner.lock().unwrap() += 1;
            });
            x.0.load(Relaxed);
            if joins {
                t.join().unwrap();
            }
            drop(x);
        });
    }
    // In one of ours.
    assert_verified(|| {
        let x = Arc::new(std::sync::Arc::new(AtomicU32::new(0)));
        let (theirs, inner) = (x.clone(), (*x).clone());
        thread::spawn(move || {
            theirs.store(1, Relaxed);
            drop(theirs);
            inner.store(2, Relaxed);
        });
        x.load(Relaxed);
    });
    // Not what comes after the drop.
    assert_fails(FailureKind::UseAfterFree, || {
        let x = std::sync::Arc::new(AtomicU32::new(0));
        let theirs = x.clone();
        let t = thread::spawn(move || {
            let p = Raw(std::sync::Arc::as_ptr(&theirs) as *mut AtomicU32);
            drop(theirs);
            p.get().load(Relaxed);
        });
        x.load(Relaxed);
        drop(x);
        t.join().unwrap();
    });
}

#[test]
fn an_arc_of_objects_adds_no_behaviours_by_its_end() {
    let report = assert_verified(|| {
        let x = Arc::new(AtomicU32::new(0));
        for _ in 0..3 {
            let x = x.clone();
            thread::spawn(move || x.fetch_add(1, Relaxed));
        }
    });
    assert_eq!(report.executions(), 6);
}

#[test]
fn a_destructor_in_an_arc_that_does_something_runs_on_every_thread() {
    struct Tells(AtomicU32);
    impl Drop for Tells {
        fn drop(&mut self) {
            outcome(thread::current().name().unwrap_or("first"));
        }
    }
    let report = assert_verified(|| {
        let x = Arc::new(Tells(AtomicU32::new(0)));
        let theirs = x.clone();
        let t = thread::Builder::new().name("second".to_owned());
        let t = t.spawn(move || theirs.0.load(Relaxed)).unwrap();
        drop(x);
        t.join().unwrap();
    });
    assert_eq!(report.outcomes().keys().collect::<Vec<_>>(), ["first", "second"]);
    // One that names its thread and does no more.
    struct Names(std::rc::Rc<std::cell::Cell<Option<thread::ThreadId>>>);
    impl Drop for Names {
        fn drop(&mut self) {
            self.0.set(Some(thread::current().id()));
        }
    }
    let report = assert_verified(|| {
        let who = std::rc::Rc::default();
        let x = Arc::new(Names(std::rc::Rc::clone(&who)));
        let theirs = x.clone();
        let t = thread::spawn(move || drop(theirs));
        drop(x);
        t.join().unwrap();
        outcome(who.get() == Some(thread::current().id()));
    });
    assert_eq!(report.outcomes().len(), 2);
}

#[test]
fn what_a_thread_returns_and_nobody_takes_ends_in_order() {
    assert_verified(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let theirs = flag.clone();
        let t = thread::spawn(move || {
            let x = AtomicU32::new(0);
            x.store(1, Relaxed);
            theirs.store(true, Relaxed);
            x
        });
        flag.load(Relaxed);
        drop(t);
    });
    assert_verified(|| {
        let flag = Arc::new(AtomicBool::new(false));
        let theirs = flag.clone();
        let t = thread::spawn(move || {
            let x = AtomicU32::new(0);
            x.store(1, Relaxed);
            theirs.store(true, Relaxed);
            x
        });
        flag.load(Relaxed);
        assert_eq!(t.join().unwrap().into_inner(), 1);
    });
}

#[test]
fn a_message_that_is_not_received_ends_in_order() {
    assert_verified(|| {
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || {
            let x = AtomicU32::new(0);
            x.store(1, Relaxed);
            let _ = sender.send(x);
        });
        drop(receiver);
    });
}

#[test]
fn a_guard_counts_to_its_last_use() {
    // The guard of the cell is dropped after the release.
    let guarded = |uses_late: bool| {
        explored(move || {
            let x = Arc::new((AtomicBool::new(false), UnsafeCell::new(0)));
            let theirs = x.clone();
            let t = thread::spawn(move || {
                let p = theirs.1.get_mut();
                // SAFETY: whether it holds is what the checker is asked.
                unsafe { *p.deref() = 1 };
                theirs.0.store(true, Release);
                AtomicU32::new(0).load(SeqCst);
                if uses_late {
                    // SAFETY: whether it holds is what the checker is asked.
                    p.with(|p| unsafe { *p = 2 });
                }
                drop(p);
            });
            if x.0.load(Acquire) {
                // SAFETY: whether it holds is what the checker is asked.
                x.1.with(|p| assert_eq!(unsafe { *p }, 1));
            }
            t.join().unwrap();
        })
    };
    assert_eq!(*guarded(false).verdict(), Verdict::Verified);
    let report = guarded(true);
    assert!(
        matches!(report.verdict(), Verdict::Failed(f) if f.kind == FailureKind::DataRace),
        "{}",
        report.verdict()
    );
}

#[test]
fn a_guard_may_outlive_the_cell_while_nobody_uses_it() {
    assert_verified(|| {
        let x = Raw::new(UnsafeCell::new(0));
        let p = x.get().get();
        AtomicU32::new(0).load(SeqCst);
        x.free();
        drop(p);
    });
    assert_fails(FailureKind::UseAfterFree, || {
        let x = Raw::new(UnsafeCell::new(0));
        let p = x.get().get();
        AtomicU32::new(0).load(SeqCst);
        x.free();
        // SAFETY: whether it holds is what the checker is asked.
        unsafe { p.deref() };
    });
}

#[test]
fn statics_thread_locals_and_lazy_statics_do_not_end_too_early() {
    static STATIC: AtomicU32 = AtomicU32::new(0);
    selvedge::thread_local! {
        static LOCAL: Arc<AtomicU32> = Arc::new(AtomicU32::new(1));
    }
    assert_verified(|| {
        let t = thread::spawn(|| {
            STATIC.fetch_add(1, Relaxed);
            LOCAL.with(|x| x.fetch_add(1, Relaxed));
            LOCAL.with(|x| x.clone())
        });
        STATIC.load(Relaxed);
        LOCAL.with(|x| x.load(Relaxed));
        assert_eq!(t.join().unwrap().load(Relaxed), 2);
    });
}
