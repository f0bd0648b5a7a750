//! Programs that were made to be counted, and algorithms that are as small (`tests/correct/synthetic`).

use std::sync::Arc;

use selvedge::hint::{spin_loop, spin_until};
use selvedge::sync::atomic::Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst};
use selvedge::sync::atomic::{AtomicUsize, fence};
use selvedge::thread::yield_now;

use crate::{complete, complete_but_for_livelocks, gives_up, in_threads};

/// Shared memory, zeros at first.
type Memory = [AtomicUsize; 16];

/// How many executions there are where `threads` threads do this, each told its number.
fn counted(threads: usize, body: impl Fn(usize, &Memory) + Send + Sync + Clone + 'static) -> [u64; 2] {
    complete(together(threads, body))
}

fn together(
    threads: usize,
    body: impl Fn(usize, &Memory) + Send + Sync + Clone + 'static,
) -> impl Fn() + Send + Sync + Clone + 'static {
    move || {
        let memory = Arc::new(Memory::default());
        in_threads((0..threads).map(|thread| {
            let (body, memory) = (body.clone(), memory.clone());
            move || body(thread, &memory)
        }));
    }
}

fn all() -> bool {
    std::env::var("SELVEDGE_CASES").is_ok_and(|cases| cases == "full")
}

/// The first `few` of these, and all where all cases are asked for.
fn with_threads<T>(few: usize, wanted: impl IntoIterator<Item = T>) -> impl Iterator<Item = (usize, T)> {
    wanted.into_iter().take(if all() { usize::MAX } else { few }).enumerate()
}

#[test]
fn coa() {
    for (n, wanted) in with_threads(4, [[4, 4], [16, 15], [144, 130], [2_304, 2_028], [57_600, 49_776]]) {
        let found = counted(n + 2, |thread, [x, y, z, ..]| match thread {
            0 => {
                x.store(1, Release);
                y.load(Acquire);
                x.load(Acquire);
            }
            1 => {
                x.store(2, Release);
                z.load(Acquire);
                x.load(Acquire);
            }
            _ => {
                y.store(thread, Release);
                z.store(thread, Release);
            }
        });
        assert_eq!(found, wanted, "{n}");
    }
}

#[test]
fn n_writers() {
    let found = counted(6, |thread, [x, ..]| match thread {
        0 => {
            x.load(Acquire);
        }
        _ => x.store(thread, Release),
    });
    assert_eq!(found, [720, 720]);
}

/// Thread `n` changes `n` to `n + 1`.
#[test]
fn casrot() {
    for (n, wanted) in with_threads(7, [2, 5, 14, 43, 144, 523, 2_048, 8_597]) {
        let found = counted(n + 2, |thread, [x, ..]| {
            let _ = x.compare_exchange(thread, thread + 1, Relaxed, Relaxed);
        });
        assert_eq!(found, [wanted; 2], "{n}");
    }
}

#[test]
fn wcas() {
    for (n, wanted) in with_threads(7, [5, 13, 33, 81, 193, 449, 1_025, 2_305]) {
        let found = counted(n + 3, |thread, [x, ..]| match thread {
            0 => x.store(2, Release),
            _ => {
                let _ = x.compare_exchange(2, 3, Relaxed, Relaxed);
            }
        });
        assert_eq!(found, [wanted; 2], "{n}");
    }
}

#[test]
fn casw() {
    for (n, wanted) in with_threads(3, [6, 66, 1_200, 32_880]) {
        let found = counted(n + 2, |thread, [x, ..]| {
            let _ = x.compare_exchange(0, 1, Relaxed, Relaxed);
            x.store(thread + 3, Release);
        });
        assert_eq!(found, [wanted; 2], "{n}");
    }
}

#[test]
fn cinc() {
    for (n, wanted) in with_threads(2, [8, 216, 13_824]) {
        let found = counted(n + 2, |_, [x, y, z, ..]| {
            for place in [x, y, z] {
                place.fetch_add(1, Relaxed);
            }
        });
        assert_eq!(found, [wanted; 2], "{n}");
    }
}

#[test]
fn lastzero() {
    for (n, wanted) in [(5, 64), (10, 3_328), (15, 147_456)].into_iter().take(if all() { 3 } else { 2 }) {
        let found = counted(n + 1, move |thread, array| match thread {
            0 => {
                let _ = (0..=n).rev().find(|i| array[*i].load(Acquire) == 0);
            }
            _ => array[thread].store(array[thread - 1].load(Acquire) + 1, Release),
        });
        assert_eq!(found, [wanted; 2], "{n}");
    }
}

/// A thread that looks at most 41 times and then gives up: it sees the flag the first time, the second, and so on, or never.
/// So it is whatever it says between two looks.
#[test]
fn publish() {
    for hint in [|| {}, spin_loop, yield_now] {
        let found = counted(2, move |thread, [x, flag, ..]| match thread {
            0 => {
                x.store(42, Release);
                flag.store(1, Release);
            }
            _ => {
                for _ in 0..41 {
                    if flag.load(Acquire) == 1 {
                        assert_eq!(x.load(Acquire), 42);
                        return;
                    }
                    hint();
                }
            }
        });
        assert_eq!(found, [42, 42]);
    }
}

/// A thread writes until it has read its own value twice, or six times: GenMC unrolls the loop so often, and ends it then.
#[test]
fn commits() {
    let found = counted(2, |thread, [x, ..]| {
        let mut committed = 0;
        for _ in 0..6 {
            if committed == 2 {
                return;
            }
            x.store(thread + 1, Release);
            committed += usize::from(x.load(Acquire) == thread + 1);
        }
    });
    assert_eq!(found, [1_734, 1_734]);
}

#[test]
fn eratosthenes() {
    let found = counted(2, |_, naturals| {
        for i in 0..5 {
            if naturals[i].load(Acquire) == 0 {
                naturals[i].store(1, Release);
                (2 * i + 2..5).step_by(i + 2).for_each(|j| naturals[j].store(2, Release));
            }
        }
    });
    assert_eq!(found, [1_512, 398]);
}

/// G. Peterson, "Myths about the Mutual Exclusion Problem", 1981, with orderings that are too weak.
#[test]
fn peterson() {
    let found = counted(2, |me, memory| {
        let [_, _, turn, x, ..] = memory;
        memory[me].store(1, Release);
        turn.store(1 - me, Release);
        spin_until(|| memory[1 - me].load(Acquire) != 1 || turn.load(Acquire) != 1 - me);
        x.store(me, Release);
        x.load(Acquire);
        memory[me].store(0, Release);
    });
    assert_eq!(found, [22, 4]);
}

/// L. Lamport, "A Fast Mutual Exclusion Algorithm", TOCS 1987.
#[test]
fn lamport() {
    let found = counted(2, |thread, memory| {
        let (me, [x, y, ..]) = (thread + 1, memory);
        let busy = |thread: usize| &memory[thread + 2];
        loop {
            busy(me).store(1, SeqCst);
            x.store(me, SeqCst);
            if y.load(SeqCst) != 0 {
                busy(me).store(0, SeqCst);
                spin_until(|| y.load(SeqCst) == 0);
                continue;
            }
            y.store(me, SeqCst);
            if x.load(SeqCst) == me {
                break;
            }
            busy(me).store(0, SeqCst);
            for other in 1..=2 {
                spin_until(|| busy(other).load(SeqCst) == 0);
            }
            if y.load(SeqCst) == me {
                break;
            }
            spin_until(|| y.load(SeqCst) == 0);
        }
        y.store(0, SeqCst);
        busy(me).store(0, SeqCst);
    });
    assert_eq!(found, [16, 16]);
}

/// B. Szymanski, "A Simple Solution to Lamport's Concurrent Programming Problem with Linear Wait", ICS 1988.
#[test]
fn szymanski() {
    let found = complete_but_for_livelocks(together(2, |me, memory| {
        let (mine, theirs, x) = (&memory[me], &memory[1 - me], &memory[2]);
        let says = |what| {
            mine.store(what, Relaxed);
            fence(SeqCst);
        };
        says(1);
        spin_until(|| theirs.load(Relaxed) < 3);
        says(3);
        if theirs.load(Relaxed) == 1 {
            says(2);
            spin_until(|| theirs.load(Relaxed) == 4);
        }
        says(4);
        spin_until(|| theirs.load(Relaxed) < 2);
        x.store(me, Relaxed);
        x.load(Relaxed);
        assert_eq!(x.load(Relaxed), me);
        fence(SeqCst);
        spin_until(|| !(2..=3).contains(&theirs.load(Relaxed)));
        mine.store(0, Relaxed);
    }));
    assert_eq!(found, [6, 6]);
}

/// The queue of Herlihy and Wing with four threads.
#[test]
fn hwqueue_ra() {
    let found = counted(4, |thread, memory| {
        let (back, items) = (&memory[15], &memory[..15]);
        let put = |value| items[back.fetch_add(1, AcqRel)].store(value, Release);
        let take = || {
            let back = back.load(Acquire);
            for item in &items[..back] {
                if item.swap(0, AcqRel) != 0 {
                    return;
                }
            }
            gives_up();
        };
        match thread {
            0 => {
                put(1);
                take();
            }
            1 => {
                put(2);
                put(3);
            }
            2 => {
                take();
                put(4);
            }
            _ => {
                take();
                take();
            }
        }
    });
    assert_eq!(found, [5_483, 5_155]);
}

#[test]
fn big() {
    if all() {
        let found = counted(4, |thread, [x, y, z, w, ..]| {
            let read = |places: &[&AtomicUsize]| {
                for place in places {
                    place.load(Acquire);
                }
            };
            let write = |places: &[&AtomicUsize]| {
                for n in 1..=3 {
                    places.iter().for_each(|place| place.store(n, Release));
                }
            };
            match thread {
                0 => read(&[x, y, z, w, x, y, z]),
                1 => read(&[x, y, z]),
                2 => write(&[x, y]),
                _ => write(&[z, w]),
            }
        });
        assert_eq!(found, [82_472, 69_112]);
    }
}

#[test]
fn fib_bench() {
    if all() {
        let found = counted(3, |thread, [x, y, ..]| {
            for _ in 0..5 * usize::from(thread < 2) {
                let sum = x.load(Acquire) + y.load(Acquire);
                [x, y][thread].store(sum, Release);
            }
            if thread == 2 && x.load(Acquire) <= 144 {
                y.load(Acquire);
            }
        });
        assert_eq!(found, [525_630, 218_243]);
    }
}
