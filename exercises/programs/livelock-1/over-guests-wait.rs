//! A dinner. When there are two guests, the next one waits for dinner.

use selvedge::sync::{Condvar, Mutex};

pub struct Dinner {
    table: Mutex<(u32, bool)>,
    bell: Condvar,
}

impl Dinner {
    pub fn new() -> Self {
        Dinner { table: Mutex::new((0, false)), bell: Condvar::new() }
    }

    pub fn come(&self) {
        let table = self.table.lock().unwrap();
        let mut table = self.bell.wait_while(table, |(guests, served)| *guests == 2 && !*served).unwrap();
        table.0 += 1;
        self.bell.notify_all();
    }

    pub fn serve(&self) -> u32 {
        let table = self.table.lock().unwrap();
        let mut table = self.bell.wait_while(table, |(guests, _)| *guests != 2).unwrap();
        table.1 = true;
        self.bell.notify_all();
        table.0
    }
}
