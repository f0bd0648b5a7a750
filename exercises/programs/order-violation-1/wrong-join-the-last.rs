//! Counts the words of a book, a thread a page. The last thread is joined.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::thread;

pub fn count_words(pages: [u32; 2], read: impl Fn(u32) -> u32 + Send + Sync + 'static) -> u32 {
    let (sum, read) = (Arc::new(AtomicU32::new(0)), Arc::new(read));
    let mut last = None;
    for page in pages {
        let (sum, read) = (sum.clone(), read.clone());
        last = Some(thread::spawn(move || sum.fetch_add(read(page), SeqCst)));
    }
    last.unwrap().join().unwrap();
    sum.load(SeqCst)
}
