//! A newspaper whose page is under a lock. That there is one is the flag.

use selvedge::sync::Mutex;

pub struct Newspaper {
    page: Mutex<Option<u32>>,
}

impl Newspaper {
    pub fn new() -> Self {
        Newspaper { page: Mutex::new(None) }
    }

    pub fn publish(&self, news: u32) {
        *self.page.lock().unwrap() = Some(news);
    }

    pub fn read(&self) -> Option<u32> {
        *self.page.lock().unwrap()
    }
}
