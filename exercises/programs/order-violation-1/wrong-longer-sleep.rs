//! Counts the words of a book, a thread a page. It waits a second, to be sure.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
use selvedge::thread;

pub fn count_words(pages: [u32; 2], read: impl Fn(u32) -> u32 + Send + Sync + 'static) -> u32 {
    let (sum, read) = (Arc::new(AtomicU32::new(0)), Arc::new(read));
    for page in pages {
        let (sum, read) = (sum.clone(), read.clone());
        thread::spawn(move || sum.fetch_add(read(page), SeqCst));
    }
    thread::sleep(Duration::from_secs(1));
    sum.load(SeqCst)
}
