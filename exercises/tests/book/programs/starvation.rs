//! Readers that read again while they read, and a writer that waits.

use std::sync::Arc;

use selvedge::sync::RwLock;
use selvedge::thread::yield_now;
use selvedge_exercises::start;

use super::programs;

programs! { "starvation";
    "read-again", "a reader reads again while it reads", || ledger(1, true, read_again);
    "give-way", "the reader gives way before it reads again", || ledger(1, true, give_way);
    "try-to-read-again", "the reader tries to read again until it may", || ledger(1, true, try_to_read_again);
    "read-once", "the reader reads once, and hands on what it has read", || ledger(1, true, read_once);
    "readers-alone", "two readers that read again, and no writer", || ledger(2, false, read_again);
    "two-readers", "two readers that read again, and a writer", || ledger(2, true, read_again);
    "two-readers-once", "two readers that read once, and a writer", || ledger(2, true, read_once);
}

type Ledger = RwLock<Vec<u32>>;

fn ledger(readers: usize, is_written: bool, read: fn(&Ledger)) {
    let ledger = Arc::new(Ledger::new(vec![2, 4]));
    let reader = |name| {
        let ledger = ledger.clone();
        start(name, move || read(&ledger))
    };
    let mut threads: Vec<_> = ["Ann", "Bob"].into_iter().take(readers).map(reader).collect();
    if is_written {
        let ledger = ledger.clone();
        threads.push(start("Writer", move || ledger.write().unwrap().push(6)));
    }
    threads.into_iter().for_each(|thread| thread.join().unwrap());
}

fn read_again(ledger: &Ledger) {
    let entries = ledger.read().unwrap();
    let sum: u32 = entries.iter().sum();
    let count = ledger.read().unwrap().len();
    assert!(sum as usize / count >= 3);
}

fn give_way(ledger: &Ledger) {
    let entries = ledger.read().unwrap();
    let sum: u32 = entries.iter().sum();
    yield_now();
    let count = ledger.read().unwrap().len();
    assert!(sum as usize / count >= 3);
}

fn try_to_read_again(ledger: &Ledger) {
    let entries = ledger.read().unwrap();
    let sum: u32 = entries.iter().sum();
    let count = loop {
        if let Ok(again) = ledger.try_read() {
            break again.len();
        }
        yield_now();
    };
    assert!(sum as usize / count >= 3);
}

fn read_once(ledger: &Ledger) {
    let entries = ledger.read().unwrap();
    let sum: u32 = entries.iter().sum();
    let count = entries.len();
    assert!(sum as usize / count >= 3);
}
