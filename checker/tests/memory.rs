//! Executions leave nothing behind: however many there are, as much memory is in use when an exploration is over.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::sync::atomic::{AtomicIsize, Ordering};

use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::{Checker, Verdict, thread};

/// The bytes in use.
static IN_USE: AtomicIsize = AtomicIsize::new(0);

struct Counts;

// SAFETY: it is the system's.
unsafe impl GlobalAlloc for Counts {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        IN_USE.fetch_add(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, memory: *mut u8, layout: Layout) {
        IN_USE.fetch_sub(layout.size() as isize, Ordering::Relaxed);
        // SAFETY: the caller's.
        unsafe { System.dealloc(memory, layout) }
    }
}

#[global_allocator]
static COUNTS: Counts = Counts;

struct Dropped;

impl Drop for Dropped {
    fn drop(&mut self) {}
}

selvedge::thread_local! {
    static COUNT: Cell<usize> = Cell::new(0);
    static WITH_DESTRUCTOR: Dropped = Dropped;
}

/// The bytes that are in use after an exploration of as many executions as there are orders of `threads`.
fn left_by(threads: usize, executions: u64) -> isize {
    let report = Checker::new().workers(1.try_into().unwrap()).run(move || {
        let shared = Arc::new(AtomicUsize::new(0));
        let add = |_| {
            let shared = shared.clone();
            thread::spawn(move || {
                COUNT.set(shared.fetch_add(1, Ordering::Relaxed));
                WITH_DESTRUCTOR.with(|_| ());
            })
        };
        let threads: Vec<_> = (0..threads).map(add).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
    assert_eq!((report.verdict(), report.executions()), (&Verdict::Verified, executions));
    drop(report);
    IN_USE.load(Ordering::Relaxed)
}

#[test]
fn an_execution_leaves_nothing() {
    // What is kept for the next exploration is as large as the largest.
    left_by(6, 720);
    let after_few = left_by(4, 24);
    let after_many = left_by(6, 720);
    assert!(after_many - after_few < 720, "{after_few} and {after_many} bytes");
}
