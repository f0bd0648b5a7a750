//! A door for one. Ann goes first.

use selvedge::sync::{Condvar, Mutex};

pub struct Door {
    ann_is_through: Mutex<bool>,
    bell: Condvar,
}

impl Door {
    pub fn new() -> Self {
        Door { ann_is_through: Mutex::new(false), bell: Condvar::new() }
    }

    pub fn pass(&self, person: usize, go_through: impl FnOnce()) {
        let mut through = self.ann_is_through.lock().unwrap();
        if person == 0 {
            go_through();
            *through = true;
            self.bell.notify_one();
        } else {
            let _through = self.bell.wait_while(through, |through| !*through).unwrap();
            go_through();
        }
    }
}
