//! A newspaper whose readers wait.

use selvedge::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed, Release},
};
use selvedge::thread;

pub struct Newspaper {
    page: AtomicU32,
    flag: AtomicBool,
}

impl Newspaper {
    pub fn new() -> Self {
        Newspaper { page: AtomicU32::new(0), flag: AtomicBool::new(false) }
    }

    pub fn publish(&self, news: u32) {
        self.page.store(news, Relaxed);
        self.flag.store(true, Release);
    }

    pub fn read(&self) -> Option<u32> {
        while !self.flag.load(Acquire) {
            thread::yield_now();
        }
        Some(self.page.load(Relaxed))
    }
}
