//! Small programs to play. Screens show their lines.

use selvedge::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use selvedge::sync::{Arc, Condvar, Mutex};
use selvedge::{outcome, thread};

fn start(name: &str, f: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    thread::Builder::new().name(name.to_owned()).spawn(f).unwrap()
}

/// Two who add to a number, each in two steps.
pub fn lost_update() {
    let pennies = Arc::new(AtomicU32::new(0));
    let sellers = ["Ann", "Bob"].map(|name| {
        let pennies = pennies.clone();
        start(name, move || {
            let seen = pennies.load(SeqCst);
            pennies.store(seen + 5, SeqCst);
        })
    });
    for seller in sellers {
        seller.join().unwrap();
    }
    assert_eq!(pennies.load(SeqCst), 10, "money is missing");
}

/// The same, mended.
pub fn one_step() {
    let pennies = Arc::new(AtomicU32::new(0));
    let theirs = pennies.clone();
    let ann = start("Ann", move || {
        theirs.fetch_add(5, SeqCst);
    });
    pennies.fetch_add(5, SeqCst);
    ann.join().unwrap();
    outcome(pennies.load(SeqCst));
}

/// Two locks in two orders.
pub fn crossed() {
    let locks = Arc::new((Mutex::new(1), Mutex::new(2)));
    let theirs = locks.clone();
    let ann = start("Ann", move || {
        let fork = theirs.0.lock().unwrap();
        let knife = theirs.1.lock().unwrap();
        assert!(*fork < *knife);
    });
    let theirs = locks.clone();
    let bob = start("Bob", move || {
        let knife = theirs.1.lock().unwrap();
        let fork = theirs.0.lock().unwrap();
        assert!(*fork < *knife);
    });
    ann.join().unwrap();
    bob.join().unwrap();
}

/// A letter whose arrival is told with too weak an ordering.
pub fn letter() {
    let (letter, arrived) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicBool::new(false)));
    let (their_letter, their_arrived) = (letter.clone(), arrived.clone());
    let post = start("Post", move || {
        their_letter.store(7, Relaxed);
        their_arrived.store(true, Relaxed);
    });
    if arrived.load(Acquire) {
        assert_eq!(letter.load(Relaxed), 7, "the letter is not there");
    }
    post.join().unwrap();
}

/// A notification that nobody hears: who waits looks before, and not under the lock.
pub fn unheard() {
    let bell = Arc::new((Mutex::new(()), Condvar::new(), AtomicBool::new(false)));
    let theirs = bell.clone();
    let sleeper = start("Sleeper", move || {
        if !theirs.2.load(SeqCst) {
            let lock = theirs.0.lock().unwrap();
            drop(theirs.1.wait(lock).unwrap());
        }
        outcome("awake");
    });
    bell.2.store(true, SeqCst);
    bell.1.notify_one();
    sleeper.join().unwrap();
}

/// More threads than a small terminal has lanes for.
pub fn crowd() {
    let count = Arc::new(AtomicU32::new(0));
    let threads = ["Ann", "Bob", "Cid", "Dot", "Eve", "Fay", "Gus"].map(|name| {
        let count = count.clone();
        start(name, move || {
            count.fetch_add(1, SeqCst);
        })
    });
    for thread in threads {
        thread.join().unwrap();
    }
    assert_eq!(count.load(SeqCst), 7);
}

/// What the model chooses for itself.
pub fn dice() {
    let eyes = selvedge::choose(6) + 1;
    assert_ne!(eyes, 6, "six");
}

/// A loop that waits.
pub fn waiting() {
    let open = Arc::new(AtomicBool::new(false));
    let theirs = open.clone();
    let guest = start("Guest", move || {
        while !theirs.load(Acquire) {
            thread::yield_now();
        }
        outcome("in");
    });
    open.store(true, Release);
    guest.join().unwrap();
}

/// All of them.
pub const ALL: [(&str, fn()); 8] = [
    ("lost update", lost_update),
    ("one step", one_step),
    ("crossed", crossed),
    ("letter", letter),
    ("unheard", unheard),
    ("crowd", crowd),
    ("dice", dice),
    ("waiting", waiting),
];
