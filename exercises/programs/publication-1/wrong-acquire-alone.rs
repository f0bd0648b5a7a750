//! A newspaper whose readers are careful.

use selvedge::sync::atomic::{
    AtomicBool, AtomicU32,
    Ordering::{Acquire, Relaxed},
};

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
        self.flag.store(true, Relaxed);
    }

    pub fn read(&self) -> Option<u32> {
        let is_out = self.flag.load(Acquire);
        is_out.then(|| self.page.load(Acquire))
    }
}
