//! Two of Linux's locks that spin: of readers and writers, and the queue of J. Mellor-Crummey and M. Scott ("Algorithms for
//! Scalable Synchronization on Shared-Memory Multiprocessors", TOCS 1991).

use std::collections::BTreeSet;
use std::sync::Arc;

use selvedge::hint::spin_until;
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release};
use selvedge::sync::atomic::{AtomicI32, AtomicUsize};

use selvedge::{MemoryModel, thread};

use crate::{Guarded, complete, complete_but_for_livelocks, explored, gives_up, in_threads};

/// What a writer takes, and what is there while nobody is inside: a reader takes 1.
const BIAS: i32 = 0x0010_0000;

struct ReadersAndWriters {
    left: AtomicI32,
    /// Whether a thread tries again that has failed and put back what it took.
    tries_again: bool,
}

impl ReadersAndWriters {
    /// Takes `share` where `is_free` holds of what was there before; else puts it back, waits and tries again. Returns what was
    /// there, and whether it has failed before.
    fn lock(&self, share: i32, is_free: fn(i32) -> bool) -> (i32, bool) {
        let mut has_failed = false;
        loop {
            let left = self.left.fetch_sub(share, Acquire);
            if is_free(left) {
                return (left, has_failed);
            }
            has_failed = true;
            self.left.fetch_add(share, Relaxed);
            if !self.tries_again {
                gives_up();
            }
            spin_until(|| is_free(self.left.load(Relaxed)));
        }
    }

    fn unlock(&self, share: i32) {
        self.left.fetch_add(share, Release);
    }
}

/// Each of two threads reads and then writes. What they saw: for each thread what was left of the lock when it took its shares,
/// and whether it has failed before.
fn readers_that_write(tries_again: bool) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let lock = ReadersAndWriters { left: AtomicI32::new(BIAS), tries_again };
        let shared = Arc::new((lock, Guarded::<u32>::default()));
        let clients = [(); 2].map(|()| {
            let shared = shared.clone();
            thread::spawn(move || {
                let (lock, data) = &*shared;
                let read = lock.lock(1, |left| left > 0);
                data.read();
                lock.unlock(1);
                let wrote = lock.lock(BIAS, |left| left == BIAS);
                data.write(|n| *n += 1);
                lock.unlock(BIAS);
                [read, wrote]
            })
        });
        let seen = clients.map(|client| client.join().unwrap());
        if tries_again {
            selvedge::outcome(format!("{seen:?}"));
        }
    }
}

/// Nobody's attempt fails where a thread's read and the other's write follow one another: of the 20 orders of two threads'
/// three steps (begin to read, end to read, write) the 6 drop out in which one writes while the other reads. GenMC counts
/// these 14: it cuts a loop that has taken back what it added.
#[test]
fn linuxrwlocks() {
    assert_eq!(complete(readers_that_write(false)), [14, 14]);
}

/// A round that has failed need not be gone twice, so the executions are not counted.
#[test]
fn linuxrwlocks_that_try_again() {
    let mut outcomes = BTreeSet::new();
    let executions = orders(&mut vec![BIAS], &mut [Client::default(); 2], &mut outcomes);
    let report = explored(MemoryModel::Rc11, readers_that_write(true)).assert_verified();
    assert_eq!(report.outcomes().keys().cloned().collect::<BTreeSet<_>>(), outcomes);
    assert!(report.executions() <= executions, "{} of {executions}", report.executions());
}

/// How far a thread has come with reading and then writing.
#[derive(Clone, Copy, Default)]
struct Client {
    /// How many locks it has had, and what it saw then.
    had: usize,
    seen: [(i32, bool); 2],
    /// Whether it has failed since.
    has_failed: bool,
    state: State,
}

#[derive(Clone, Copy, Default)]
enum State {
    #[default]
    Outside,
    Inside,
    /// It took its share from a lock that was not free.
    Failed,
    /// It has put its share back, with the value at this place.
    Waiting(usize),
}

/// In how many ways the executions go on after the lock had these values, and what is seen in the end. All that changes it are
/// updates, so their order is the modification order. A thread that has failed waits with a load, which reads any value between
/// its own last one and the one that it takes its share from that lets it go on.
fn orders(values: &mut Vec<i32>, clients: &mut [Client; 2], outcomes: &mut BTreeSet<String>) -> u64 {
    if clients.iter().all(|client| client.had == 2) {
        outcomes.insert(format!("{:?}", clients.map(|client| client.seen)));
        return 1;
    }
    let last = *values.last().unwrap();
    let mut ways = 0;
    for who in 0..2 {
        let before = clients[who];
        let Some(share) = [1, BIAS].get(before.had) else { continue };
        let is_free = |left: &&i32| if *share == 1 { **left > 0 } else { **left == BIAS };
        let (change, loads) = match before.state {
            State::Outside => (-share, 1),
            State::Waiting(own) => (-share, values[own..].iter().filter(is_free).count() as u64),
            State::Inside | State::Failed => (*share, 1),
        };
        if loads == 0 {
            continue;
        }
        let client = &mut clients[who];
        match before.state {
            State::Outside | State::Waiting(_) if is_free(&&last) => {
                client.state = State::Inside;
                client.seen[client.had] = (last, client.has_failed);
            }
            State::Outside | State::Waiting(_) => (client.state, client.has_failed) = (State::Failed, true),
            State::Inside => *client = Client { had: before.had + 1, seen: before.seen, ..Client::default() },
            State::Failed => client.state = State::Waiting(values.len()),
        }
        values.push(last + change);
        ways += loads * orders(values, clients, outcomes);
        values.pop();
        clients[who] = before;
    }
    ways
}

/// A thread's place in the queue: who comes next, and whether the lock was handed over.
#[derive(Default)]
struct Place {
    next: AtomicUsize,
    granted: AtomicUsize,
}

#[derive(Default)]
struct Mcs {
    tail: AtomicUsize,
    places: [Place; 2],
}

impl Mcs {
    fn place(&self, number: usize) -> &Place {
        &self.places[number - 1]
    }

    fn lock(&self, me: usize) {
        let mine = self.place(me);
        mine.granted.store(0, Relaxed);
        mine.next.store(0, Relaxed);
        let before = self.tail.swap(me, AcqRel);
        if before != 0 {
            self.place(before).next.store(me, Relaxed);
            spin_until(|| mine.granted.load(Acquire) != 0);
        }
    }

    fn unlock(&self, me: usize) {
        let mine = self.place(me);
        let mut next = mine.next.load(Relaxed);
        if next == 0 {
            if self.tail.compare_exchange(me, 0, Release, Relaxed).is_ok() {
                return;
            }
            spin_until(|| mine.next.load(Relaxed) != 0);
            next = mine.next.load(Relaxed);
        }
        self.place(next).granted.store(1, Release);
    }
}

/// Each of two threads writes once. Where a thread's own 0 in `granted` comes after the 1 that the other stores there, it
/// waits forever: the other has learnt of it by relaxed accesses, so nothing says that the 0 is older. (Linux relies on
/// dependencies, which RC11 does not know.) In GenMC that execution is blocked.
#[test]
fn mcs_spinlock() {
    let found = complete_but_for_livelocks(|| {
        let shared = Arc::new((Mcs::default(), Guarded::<u32>::default()));
        in_threads((1..=2).map(|me| {
            let shared = shared.clone();
            move || {
                let (lock, data) = &*shared;
                lock.lock(me);
                data.write(|n| *n += 1);
                lock.unlock(me);
            }
        }));
    });
    assert_eq!(found, [6, 6]);
}
