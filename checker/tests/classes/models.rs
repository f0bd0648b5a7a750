//! Small programs with a bug each, as somebody would write them who has not heard of this checker's insides.

use std::time::Duration;

use selvedge::cell::UnsafeCell;
use selvedge::sync::atomic::AtomicBool;
use selvedge::sync::atomic::AtomicU32;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::{Arc, Condvar, Mutex};
use selvedge::{hint, thread};

fn named<T: 'static>(name: &str, body: impl FnOnce() -> T + 'static) -> thread::JoinHandle<T> {
    thread::Builder::new().name(name.to_owned()).spawn(body).unwrap()
}

/// Two people pay into one account, and each adds to the balance that it has read.
pub fn lost_update() {
    let balance = Arc::new(AtomicU32::new(100));
    let pay = |name, amount| {
        let balance = balance.clone();
        named(name, move || {
            let before = balance.load(SeqCst);
            balance.store(before + amount, SeqCst);
        })
    };
    let (ada, bob) = (pay("ada", 10), pay("bob", 20));
    ada.join().unwrap();
    bob.join().unwrap();
    assert_eq!(balance.load(SeqCst), 130, "money is lost");
}

/// Two people see that there is a seat, and both take it.
pub fn check_then_act() {
    let seats = Arc::new(Mutex::new(vec!["12A"]));
    let book = |name| {
        let seats = seats.clone();
        named(name, move || {
            let free = !seats.lock().unwrap().is_empty();
            if free {
                seats.lock().unwrap().pop().expect("there was a seat");
            }
        })
    };
    let (ada, bob) = (book("ada"), book("bob"));
    ada.join().unwrap();
    bob.join().unwrap();
}

/// The flag is looked at before the lock is taken, so that the notification can come between.
pub fn lost_wake_up() {
    let ready = Arc::new(AtomicBool::new(false));
    let gate = Arc::new((Mutex::new(()), Condvar::new()));
    let cook = {
        let (ready, gate) = (ready.clone(), gate.clone());
        named("cook", move || {
            let (_, served) = &*gate;
            ready.store(true, SeqCst);
            served.notify_one();
        })
    };
    let (table, served) = &*gate;
    if !ready.load(SeqCst) {
        let guard = table.lock().unwrap();
        drop(served.wait(guard).unwrap());
    }
    cook.join().unwrap();
}

/// Two transfers lock the same two accounts, each its own first.
pub fn deadlock_of_two() {
    let (savings, current) = (Arc::new(Mutex::new(50)), Arc::new(Mutex::new(50)));
    let ada = {
        let (savings, current) = (savings.clone(), current.clone());
        named("ada", move || {
            let mut from = savings.lock().unwrap();
            let mut to = current.lock().unwrap();
            *from -= 10;
            *to += 10;
        })
    };
    let bob = named("bob", move || {
        let mut from = current.lock().unwrap();
        let mut to = savings.lock().unwrap();
        *from -= 20;
        *to += 20;
    });
    ada.join().unwrap();
    bob.join().unwrap();
}

/// Three philosophers take the fork on their left, and then the one on their right.
pub fn deadlock_of_three() {
    dinner(&["Hypatia", "Plato", "Zeno"]);
}

fn dinner(philosophers: &[&'static str]) {
    let forks: Vec<_> = philosophers.iter().map(|_| Arc::new(Mutex::new(()))).collect();
    let dine = |(seat, name): (usize, &&'static str)| {
        let (left, right) = (forks[seat].clone(), forks[(seat + 1) % forks.len()].clone());
        named(name, move || {
            let _first = left.lock().unwrap();
            let _second = right.lock().unwrap();
        })
    };
    let philosophers: Vec<_> = philosophers.iter().enumerate().map(dine).collect();
    for philosopher in philosophers {
        philosopher.join().unwrap();
    }
}

/// A spinning lock that is not given back on the way out that is seldom taken.
pub fn livelock() {
    let busy = Arc::new(AtomicBool::new(false));
    let queue = Arc::new(AtomicU32::new(1));
    let work = |name| {
        let (busy, queue) = (busy.clone(), queue.clone());
        named(name, move || {
            while busy.swap(true, Acquire) {
                hint::spin_loop();
            }
            if queue.load(Relaxed) == 0 {
                return;
            }
            queue.store(0, Relaxed);
            busy.store(false, Release);
        })
    };
    let workers = [work("first"), work("second"), work("third")];
    for worker in workers {
        worker.join().unwrap();
    }
}

/// Two threads each raise a flag and go in if the other's is down. Release and acquire do not order a write before a
/// later read, so both may find the other's down.
pub fn data_race() {
    let flags = Arc::new((AtomicBool::new(false), AtomicBool::new(false)));
    let ledger = Arc::new(UnsafeCell::new(0));
    let ada = {
        let (flags, ledger) = (flags.clone(), ledger.clone());
        named("ada", move || {
            let (mine, theirs) = &*flags;
            mine.store(true, Release);
            if !theirs.load(Acquire) {
                // SAFETY: none; the checker stops the thread that comes second.
                ledger.with_mut(|total| unsafe { *total += 1 });
            }
        })
    };
    let bob = named("bob", move || {
        let (theirs, mine) = &*flags;
        mine.store(true, Release);
        if !theirs.load(Acquire) {
            // SAFETY: as above.
            ledger.with_mut(|total| unsafe { *total += 2 });
        }
    });
    ada.join().unwrap();
    bob.join().unwrap();
}

/// A ledger that is written and then told to be ready, with a store that orders nothing.
#[allow(dead_code, reason = "the pages have a data race already")]
pub fn relaxed_flag() {
    let (ready, ledger) = (Arc::new(AtomicBool::new(false)), Arc::new(UnsafeCell::new(0)));
    let ada = {
        let (ready, ledger) = (ready.clone(), ledger.clone());
        named("ada", move || {
            // SAFETY: none; the checker stops the thread that comes second.
            ledger.with_mut(|total| unsafe { *total = 1 });
            ready.store(true, Relaxed);
        })
    };
    if ready.load(Acquire) {
        // SAFETY: as above.
        ledger.with(|total| assert_eq!(unsafe { *total }, 1));
    }
    ada.join().unwrap();
}

/// A price and a flag that says that it was updated, neither of which orders anything.
pub fn stale_read() {
    let (price, updated) = (Arc::new(AtomicU32::new(3)), Arc::new(AtomicBool::new(false)));
    let shop = {
        let (price, updated) = (price.clone(), updated.clone());
        named("shop", move || {
            price.store(5, Relaxed);
            updated.store(true, Relaxed);
        })
    };
    let buyer = named("buyer", move || {
        if updated.load(Relaxed) {
            assert_eq!(price.load(Relaxed), 5, "the price that was updated");
        }
    });
    shop.join().unwrap();
    buyer.join().unwrap();
}

/// A place where threads wait for one another, but not forever.
struct Barrier {
    parties: usize,
    arrived: Mutex<(usize, bool)>,
    complete: Condvar,
}

#[derive(Debug)]
enum Failed {
    TimedOut,
    BrokenBarrier,
}

impl Barrier {
    fn wait(&self, patience: Duration) -> Result<(), Failed> {
        let mut arrived = self.arrived.lock().unwrap();
        arrived.0 += 1;
        if arrived.0 == self.parties {
            self.complete.notify_all();
        }
        while arrived.0 < self.parties && !arrived.1 {
            let (guard, how) = self.complete.wait_timeout(arrived, patience).unwrap();
            arrived = guard;
            if how.timed_out() && arrived.0 < self.parties && !arrived.1 {
                arrived.1 = true;
                self.complete.notify_all();
                return Err(Failed::TimedOut);
            }
        }
        if arrived.1 { Err(Failed::BrokenBarrier) } else { Ok(()) }
    }
}

/// One rower is at the start in time, the other is not.
pub fn broken_barrier() {
    let start = Arc::new(Barrier { parties: 2, arrived: Mutex::new((0, false)), complete: Condvar::new() });
    let late = {
        let start = start.clone();
        named("late", move || {
            thread::sleep(Duration::from_secs(2));
            if let Err(failed @ Failed::BrokenBarrier) = start.wait(Duration::from_secs(1)) {
                panic!("all are at the start: {failed:?}");
            }
        })
    };
    let _gave_up = start.wait(Duration::from_secs(1));
    late.join().unwrap();
}

/// An alarm that is called off while it makes up its mind.
pub fn late_cancel() {
    let (cancelled, rang) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicBool::new(false)));
    let alarm = {
        let (cancelled, rang) = (cancelled.clone(), rang.clone());
        named("alarm", move || {
            thread::sleep(Duration::from_secs(30));
            if !cancelled.load(SeqCst) {
                rang.store(true, SeqCst);
            }
        })
    };
    cancelled.store(true, SeqCst);
    alarm.join().unwrap();
    assert!(!rang.load(SeqCst), "the alarm was called off");
}

/// Two who wait for each other, among more threads than a terminal has room for that only look in.
#[allow(dead_code, reason = "a page has room for all of them")]
pub fn banquet() {
    let (bread, salt) = (Arc::new(Mutex::new(1)), Arc::new(Mutex::new(1)));
    let reach = |name, first: &Arc<Mutex<i32>>, second: &Arc<Mutex<i32>>| {
        let (first, second) = (first.clone(), second.clone());
        named(name, move || {
            let one = first.lock().unwrap();
            drop(second.lock().unwrap());
            drop(one);
        })
    };
    let guests: Vec<_> = ["anna", "ben", "cleo", "dora", "emil", "fay", "gus", "hal", "ida"]
        .into_iter()
        .map(|name| {
            let seen = Arc::new(AtomicU32::new(0));
            named(name, move || seen.store(1, Relaxed))
        })
        .collect();
    let two = [reach("Xenia", &bread, &salt), reach("Yorick", &salt, &bread)];
    for guest in guests.into_iter().chain(two) {
        guest.join().unwrap();
    }
}

/// As many philosophers as a terminal has room for, and more to say of each than it has lines.
#[allow(dead_code, reason = "a page has room for all of them")]
pub fn crowded() {
    dinner(&["Anaxagoras", "Aristotle", "Democritus", "Heraclitus", "Pythagoras", "Socrates", "Thales"]);
}

/// One counts the guests twice, and takes it for granted that nobody comes between.
pub fn atomicity_violation() {
    let guests = Arc::new(AtomicU32::new(1));
    let door = {
        let guests = guests.clone();
        named("door", move || guests.fetch_add(1, SeqCst))
    };
    let plates = guests.load(SeqCst);
    let chairs = guests.load(SeqCst);
    assert_eq!(plates, chairs, "somebody has no plate");
    door.join().unwrap();
}

/// A counter that is freed while somebody who saw it open may still count.
pub fn use_after_free() {
    let (closed, hits) = (Arc::new(AtomicBool::new(false)), Box::into_raw(Box::new(AtomicU32::new(0))));
    let visitor = {
        let closed = closed.clone();
        named("visitor", move || {
            if !closed.load(Acquire) {
                // SAFETY: none; the checker stops the thread that comes second.
                unsafe { &*hits }.fetch_add(1, Relaxed);
            }
        })
    };
    let owner = named("owner", move || {
        closed.store(true, Release);
        // SAFETY: as above.
        drop(unsafe { Box::from_raw(hits) });
    });
    visitor.join().unwrap();
    owner.join().unwrap();
}

/// Two threads that each see that they are last, since they count and look in two steps.
pub fn double_free() {
    let (count, ticket) = (Arc::new(AtomicU32::new(2)), Box::into_raw(Box::new(AtomicU32::new(0))));
    let leave = |name: &str| {
        let count = count.clone();
        named(name, move || {
            count.fetch_sub(1, AcqRel);
            if count.load(Acquire) == 0 {
                // SAFETY: none; the checker stops the thread that comes second.
                drop(unsafe { Box::from_raw(ticket) });
            }
        })
    };
    let (one, other) = (leave("one"), leave("other"));
    one.join().unwrap();
    other.join().unwrap();
}

/// Names of which a character takes two columns of a terminal.
#[allow(dead_code, reason = "a page has no columns")]
pub fn wide_names() {
    let count = Arc::new(AtomicU32::new(0));
    let threads = ["消費者", "생산자"].map(|name| {
        let count = count.clone();
        named(name, move || count.store(count.load(SeqCst) + 1, SeqCst))
    });
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    assert_eq!(count.load(SeqCst), 2, "結果が違う");
}
