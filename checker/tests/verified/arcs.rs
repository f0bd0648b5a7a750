//! `Arc` and `Weak` have std's memory orderings, and their counts are seen by the threads that look.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::mem::ManuallyDrop;

use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize};
use selvedge::sync::{Arc, Weak};
use selvedge::{Checker, FailureKind, Report, Verdict, outcome, thread};

/// Plain memory that threads share.
#[derive(Default)]
struct Plain(UnsafeCell<u32>);

// SAFETY: what is shared of it is checked for races.
unsafe impl Sync for Plain {}

impl Plain {
    fn read(&self) -> u32 {
        // SAFETY: no reference leaves the cell.
        self.0.with(|p| unsafe { *p })
    }

    fn write(&self, value: u32) {
        // SAFETY: as above.
        self.0.with_mut(|p| unsafe { *p = value });
    }
}

/// A value with a destructor that does nothing.
struct Inert;

impl Drop for Inert {
    fn drop(&mut self) {}
}

/// A value whose destructor writes plain memory.
struct Writes(Plain);

impl Drop for Writes {
    fn drop(&mut self) {
        self.0.write(9);
    }
}

fn run(model: impl Fn() + Send + Sync + 'static) -> Report {
    Checker::new().run(model)
}

fn verified(model: impl Fn() + Send + Sync + 'static) -> Report {
    let report = run(model);
    assert!(report.verdict().is_verified(), "{:?}", report.verdict());
    report
}

fn fails(kind: FailureKind, model: impl Fn() + Send + Sync + 'static) {
    let report = run(model);
    match report.verdict() {
        Verdict::Failed(failure) => assert_eq!(failure.kind, kind, "{failure}"),
        other => panic!("{other:?} after {} executions", report.executions()),
    }
}

fn races(model: impl Fn() + Send + Sync + 'static) {
    fails(FailureKind::DataRace, model);
}

fn outcomes(report: &Report) -> BTreeSet<&str> {
    report.outcomes().keys().map(String::as_str).collect()
}

#[test]
fn strong_count_orders_nothing() {
    races(|| {
        let a = Arc::new(Plain::default());
        let b = a.clone();
        let t = thread::spawn(move || {
            b.write(1);
            drop(b);
        });
        if Arc::strong_count(&a) == 1 {
            a.write(2);
        }
        t.join().unwrap();
    });
}

#[test]
fn strong_count_sees_a_clone_that_lives_for_a_while() {
    let report = verified(|| {
        let a = Arc::new(5);
        let b = a.clone();
        let t = thread::spawn(move || drop(b.clone()));
        outcome(Arc::strong_count(&a));
        t.join().unwrap();
    });
    // All there can be: b, b and its clone, and neither.
    assert_eq!(outcomes(&report), BTreeSet::from(["1", "2", "3"]));
}

#[test]
fn strong_count_sees_a_clone_of_a_handle_that_stays() {
    let report = verified(|| {
        let a = Arc::new(5);
        let b = a.clone();
        let t = thread::spawn(move || {
            drop(b.clone());
            b
        });
        outcome(Arc::strong_count(&a));
        drop(t.join().unwrap());
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["2", "3"]));
}

#[test]
fn a_drop_that_is_not_the_last_acquires_nothing() {
    races(|| {
        let keep = Arc::new(Inert);
        let (a, b) = (keep.clone(), keep.clone());
        let s = Arc::new((Plain::default(), AtomicBool::new(false)));
        let (p, q) = (s.clone(), s.clone());
        let t = thread::spawn(move || {
            p.0.write(1);
            drop(a);
            p.1.store(true, Relaxed);
        });
        let u = thread::spawn(move || {
            if q.1.load(Relaxed) {
                drop(b);
                q.0.read();
            }
        });
        t.join().unwrap();
        u.join().unwrap();
        drop(keep);
    });
}

#[test]
fn the_last_drop_acquires_what_all_others_released() {
    fn model<T: 'static>(make: fn() -> T) -> impl Fn() {
        move || {
            let a = Arc::new(make());
            let b = a.clone();
            let s = Arc::new((Plain::default(), AtomicBool::new(false)));
            let p = s.clone();
            let t = thread::spawn(move || {
                p.0.write(1);
                drop(a);
                p.1.store(true, Relaxed);
            });
            if s.1.load(Relaxed) {
                drop(b);
                assert_eq!(s.0.read(), 1);
            }
            t.join().unwrap();
        }
    }
    verified(model(|| Inert));
    verified(model(|| 5));
}

#[test]
fn a_clone_acquires_nothing() {
    races(|| {
        let a = Arc::new(5);
        let b = a.clone();
        let s = Arc::new((Plain::default(), AtomicBool::new(false)));
        let p = s.clone();
        let t = thread::spawn(move || {
            p.0.write(1);
            drop(b);
            p.1.store(true, Relaxed);
        });
        if s.1.load(Relaxed) {
            drop(a.clone());
            s.0.read();
        }
        t.join().unwrap();
    });
}

#[test]
fn an_upgrade_that_fails_acquires_nothing() {
    races(|| {
        let s = Arc::new(Plain::default());
        let p = s.clone();
        let a = Arc::new(5);
        let w = Arc::downgrade(&a);
        let t = thread::spawn(move || {
            p.write(1);
            drop(a);
        });
        if w.upgrade().is_none() {
            s.read();
        }
        t.join().unwrap();
    });
}

#[test]
fn an_upgrade_that_succeeds_acquires() {
    verified(|| {
        let s = Arc::new((Plain::default(), AtomicBool::new(false)));
        let p = s.clone();
        let a = Arc::new(5);
        let (b, w) = (a.clone(), Arc::downgrade(&a));
        let t = thread::spawn(move || {
            p.0.write(1);
            drop(b);
            p.1.store(true, Relaxed);
        });
        if s.1.load(Relaxed) && w.upgrade().is_some() {
            s.0.read();
        }
        t.join().unwrap();
        drop(a);
    });
}

#[test]
fn try_unwrap_acquires_where_it_succeeds() {
    fn model(fails: bool) -> impl Fn() {
        move || {
            let s = Arc::new(Plain::default());
            let p = s.clone();
            let a = Arc::new(5);
            let b = a.clone();
            let t = thread::spawn(move || {
                p.write(1);
                drop(b);
            });
            match Arc::try_unwrap(a) {
                Ok(_) => _ = s.read(),
                Err(_) if fails => _ = s.read(),
                Err(_) => {}
            }
            t.join().unwrap();
        }
    }
    verified(model(false));
    races(model(true));
}

#[test]
fn exactly_one_gets_the_value_by_into_inner() {
    let report = verified(|| {
        let a = Arc::new(5);
        let b = a.clone();
        let t = thread::spawn(move || Arc::into_inner(b));
        let mine = Arc::into_inner(a);
        let theirs = t.join().unwrap();
        outcome(format!("{mine:?} {theirs:?}"));
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["None Some(5)", "Some(5) None"]));
}

#[test]
fn nobody_may_get_it_by_try_unwrap() {
    let report = verified(|| {
        let a = Arc::new(5);
        let b = a.clone();
        let t = thread::spawn(move || Arc::try_unwrap(b).ok());
        let mine = Arc::try_unwrap(a).ok();
        outcome(format!("{mine:?} {:?}", t.join().unwrap()));
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["None None", "None Some(5)", "Some(5) None"]));
}

#[test]
fn get_mut_comes_after_the_drops_of_all_others() {
    let report = verified(|| {
        let mut a = Arc::new(Plain::default());
        let b = a.clone();
        let t = thread::spawn(move || {
            b.write(1);
            drop(b);
        });
        let got = Arc::get_mut(&mut a).map(|plain| plain.write(2));
        outcome(got.is_some());
        t.join().unwrap();
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["false", "true"]));
}

#[test]
fn get_mut_comes_after_a_weak_that_was_upgraded() {
    verified(|| {
        let mut a = Arc::new(Plain::default());
        let weak = Arc::downgrade(&a);
        let t = thread::spawn(move || {
            if let Some(b) = weak.upgrade() {
                b.write(1);
            }
            drop(weak);
        });
        if let Some(plain) = Arc::get_mut(&mut a) {
            plain.write(2);
        }
        t.join().unwrap();
    });
}

#[test]
fn a_weak_may_be_made_and_dropped_before_get_mut_or_while_it_waits() {
    let report = verified(|| {
        let mut a = Arc::new(5);
        let b = a.clone();
        let t = thread::spawn(move || {
            let weak = Arc::downgrade(&b);
            drop(b);
            weak.upgrade().is_some()
        });
        let got = Arc::get_mut(&mut a).is_some();
        outcome(format!("{got} {}", t.join().unwrap()));
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["false true", "true true"]));
}

#[test]
fn make_mut_clones_moves_or_stays() {
    let report = verified(|| {
        let mut a = Arc::new(1);
        let b = a.clone();
        let t = thread::spawn(move || *b);
        *Arc::make_mut(&mut a) += 1;
        let theirs = t.join().unwrap();
        outcome(format!("{} {theirs}", *a));
        let weak = Arc::downgrade(&a);
        *Arc::make_mut(&mut a) += 1;
        assert!(weak.upgrade().is_none());
        let mut text: Arc<str> = Arc::from("ab");
        let other = text.clone();
        Arc::make_mut(&mut text).make_ascii_uppercase();
        assert_eq!((&*text, &*other), ("AB", "ab"));
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["2 1"]));
}

#[test]
fn weak_counts_are_seen() {
    let report = verified(|| {
        let a = Arc::new(5);
        let b = a.clone();
        let t = thread::spawn(move || drop(Arc::downgrade(&b)));
        outcome(Arc::weak_count(&a));
        t.join().unwrap();
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["0", "1"]));
    let report = verified(|| {
        let a = Arc::new(5);
        let weak = Arc::downgrade(&a);
        let t = thread::spawn(move || drop(a));
        outcome(format!("{} {}", weak.strong_count(), weak.weak_count()));
        t.join().unwrap();
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["0 0", "1 0", "1 1"]));
}

#[test]
fn a_cyclic_value_is_seen_whole_or_not_at_all() {
    let report = verified(|| {
        let threads = RefCell::new(None);
        let whole = Arc::new_cyclic(|weak: &Weak<Plain>| {
            let weak = weak.clone();
            let t = thread::spawn(move || weak.upgrade().map(|plain| plain.read()));
            *threads.borrow_mut() = Some(t);
            let plain = Plain::default();
            plain.write(7);
            plain
        });
        let seen = threads.take().unwrap().join().unwrap();
        outcome(format!("{seen:?}"));
        drop(whole);
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["None", "Some(7)"]));
}

#[test]
fn a_handle_made_of_a_stale_pointer_is_a_use_after_free() {
    fails(FailureKind::UseAfterFree, || {
        let cell = Arc::new(AtomicPtr::new(Arc::into_raw(Arc::new(41)).cast_mut()));
        let theirs = cell.clone();
        let t = thread::spawn(move || {
            let new = Arc::into_raw(Arc::new(43)).cast_mut();
            // SAFETY: the pointer that was there came from `into_raw`, and is nobody else's now.
            drop(unsafe { Arc::from_raw(theirs.swap(new, AcqRel)) });
        });
        let p = cell.load(Acquire);
        // SAFETY: it is not: the value may be gone. That is what is to be found.
        unsafe { Arc::increment_strong_count(p) };
        // SAFETY: as above.
        outcome(*unsafe { Arc::from_raw(p) });
        t.join().unwrap();
        // SAFETY: nobody else uses it any more.
        drop(unsafe { Arc::from_raw(cell.load(Acquire)) });
    });
}

/// The value lives as long as the handles that are counted through a pointer, whether the counts are seen or not.
#[test]
fn a_handle_that_is_counted_through_a_pointer_keeps_the_value() {
    struct Told(AtomicUsize, std::sync::Arc<std::cell::Cell<u32>>);
    impl Drop for Told {
        fn drop(&mut self) {
            self.1.set(self.1.get() + 1);
        }
    }
    for looks in [false, true] {
        verified(move || {
            let ends = std::sync::Arc::default();
            let a = Arc::new(Told(AtomicUsize::new(0), std::sync::Arc::clone(&ends)));
            let p = Arc::into_raw(a.clone());
            // SAFETY: there is a handle for each that is made of the pointer.
            let theirs = unsafe {
                Arc::increment_strong_count(p);
                Arc::increment_strong_count(p);
                Arc::decrement_strong_count(p);
                [Arc::from_raw(p), Arc::from_raw(p)]
            };
            let t = thread::spawn(move || theirs.map(|theirs| theirs.0.fetch_add(1, Relaxed)));
            a.0.load(Relaxed);
            if looks {
                assert!((1..=3).contains(&Arc::strong_count(&a)));
            }
            t.join().unwrap();
            assert_eq!(ends.get(), 0);
            drop(a);
            assert_eq!(ends.get(), 1);
        });
    }
}

#[test]
fn a_clone_through_a_pointer_to_a_handle_that_lives_is_none() {
    let report = verified(|| {
        let a = Arc::new(AtomicUsize::new(0));
        let p = Arc::as_ptr(&a);
        let address = Arc::new(AtomicPtr::new(p.cast_mut()));
        let theirs = address.clone();
        let t = thread::spawn(move || {
            // SAFETY: the first thread drops its handle after this one has ended.
            let b = ManuallyDrop::new(unsafe { Arc::from_raw(theirs.load(Relaxed).cast_const()) });
            let c = Arc::clone(&b);
            c.fetch_add(1, Relaxed);
        });
        a.fetch_add(1, Relaxed);
        t.join().unwrap();
        outcome(a.load(Relaxed));
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["2"]));
}

#[test]
fn a_handle_too_many_that_is_dropped_is_a_double_free() {
    fails(FailureKind::DoubleFree, || {
        let a = Arc::new(5);
        let p = Arc::as_ptr(&a);
        // SAFETY: it is not: the handle is the caller's still. That is what is to be found.
        drop(unsafe { Arc::from_raw(p) });
        drop(a);
    });
}

#[test]
fn a_weak_lives_as_a_pointer() {
    verified(|| {
        let a = Arc::new(5);
        let p = Arc::downgrade(&a).into_raw();
        assert_eq!(p, Arc::as_ptr(&a));
        // SAFETY: the pointer came from `into_raw`.
        let weak = unsafe { Weak::from_raw(p) };
        assert_eq!((Arc::weak_count(&a), weak.upgrade().as_deref()), (1, Some(&5)));
        drop(a);
        assert!(weak.upgrade().is_none());
        let none = Weak::<u32>::new();
        assert_eq!((none.strong_count(), none.weak_count()), (0, 0));
        // SAFETY: the pointer came from `into_raw`.
        assert!(unsafe { Weak::from_raw(none.into_raw()) }.upgrade().is_none());
    });
}

#[test]
fn an_arc_is_made_of_what_std_makes_one_of() {
    verified(|| {
        let slice: Arc<[u32]> = (0..3).collect();
        assert_eq!(*slice, [0, 1, 2]);
        assert_eq!(Arc::<[u32]>::from(vec![0, 1, 2]), slice);
        assert_eq!(*Arc::<[u32]>::from(&[4, 5][..]), [4, 5]);
        assert_eq!(&*Arc::<str>::from(String::from("text")), "text");
        assert_eq!(Arc::<dyn Fn() -> u32>::from(Box::new(|| 3_u32) as Box<dyn Fn() -> u32>)(), 3);
        let array: Arc<[u32; 3]> = slice.try_into().unwrap();
        assert!(array > Arc::new([0, 1, 1]));
        assert_eq!(Arc::unwrap_or_clone(array), [0, 1, 2]);
        let any = Arc::<dyn std::any::Any + Send + Sync>::from(Box::new(5_u8) as Box<_>);
        assert_eq!(any.downcast::<u8>().map(|five| *five).ok(), Some(5));
        assert!(std::collections::HashSet::from([Arc::new(1)]).contains(&Arc::new(1)));
    });
}

#[test]
fn handles_that_nobody_counts_cost_no_executions() {
    fn executions<T: 'static>(threads: usize, make: fn() -> T, add: fn(&T)) -> u64 {
        let report = verified(move || {
            let shared = Arc::new(make());
            let handles: Vec<_> = (0..threads).map(|_| shared.clone()).collect();
            drop(shared);
            for handle in handles {
                thread::spawn(move || {
                    let other = handle.clone();
                    add(&other);
                    drop(other);
                });
            }
        });
        report.executions()
    }
    for threads in 1..5 {
        assert_eq!(
            executions(threads, || AtomicUsize::new(0), |x| _ = x.fetch_add(1, SeqCst)),
            (1..=threads as u64).product::<u64>()
        );
    }
}

#[test]
fn what_comes_after_the_end_of_all_others_is_known_without_counting() {
    let report = verified(|| {
        let shared = Arc::new(Inert);
        let threads: Vec<_> = (0..4)
            .map(|_| {
                let theirs = shared.clone();
                thread::spawn(move || drop((theirs.clone(), theirs)))
            })
            .collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!((Arc::strong_count(&shared), Arc::weak_count(&shared)), (1, 0));
        assert!(Arc::try_unwrap(shared).is_ok());
    });
    assert_eq!(report.executions(), 1);
}

#[test]
fn the_destructor_comes_after_what_all_owners_did() {
    verified(|| {
        let a = Arc::new(Writes(Plain::default()));
        let (b, c) = (a.clone(), a.clone());
        thread::spawn(move || b.0.read());
        thread::spawn(move || drop(c));
        a.0.read();
    });
}

#[test]
fn any_owner_may_be_the_last() {
    struct Tells(Arc<AtomicUsize>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let last = thread::current().name().map_or(0, |name| name.parse().unwrap());
            self.0.store(last, Release);
        }
    }
    let report = verified(|| {
        let last = Arc::new(AtomicUsize::new(9));
        let a = Arc::new(Tells(last.clone()));
        let spawn = |n: u32| {
            let theirs = a.clone();
            thread::Builder::new().name(n.to_string()).spawn(move || drop(theirs)).unwrap()
        };
        let threads = [spawn(1), spawn(2)];
        drop(a);
        threads.into_iter().for_each(|t| t.join().unwrap());
        outcome(last.load(Acquire));
    });
    assert_eq!(outcomes(&report), BTreeSet::from(["0", "1", "2"]));
}
