//! Counts the words of a book, a thread a page, in a scope.

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge::thread;

pub fn count_words(pages: [u32; 2], read: impl Fn(u32) -> u32 + Send + Sync + 'static) -> u32 {
    let (sum, read) = (AtomicU32::new(0), &read);
    thread::scope(|scope| {
        for page in pages {
            let sum = &sum;
            scope.spawn(move || sum.fetch_add(read(page), Relaxed));
        }
    });
    sum.load(Relaxed)
}
