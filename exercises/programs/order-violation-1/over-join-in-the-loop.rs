//! Counts the words of a book, a thread a page, one after the other.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::thread;

pub fn count_words(pages: [u32; 2], read: impl Fn(u32) -> u32 + Send + Sync + 'static) -> u32 {
    let (sum, read) = (Arc::new(AtomicU32::new(0)), Arc::new(read));
    for page in pages {
        let (sum, read) = (sum.clone(), read.clone());
        thread::spawn(move || sum.fetch_add(read(page), SeqCst)).join().unwrap();
    }
    sum.load(SeqCst)
}
