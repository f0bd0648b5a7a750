//! The members of a club, as a set.

use std::collections::BTreeSet;

use selvedge::sync::Mutex;

pub struct Club {
    members: Mutex<BTreeSet<u32>>,
}

impl Club {
    pub fn new() -> Self {
        Club { members: Mutex::new(BTreeSet::new()) }
    }

    pub fn join(&self, number: u32, look_at_papers: impl FnOnce()) -> bool {
        look_at_papers();
        self.members.lock().unwrap().insert(number)
    }
}
