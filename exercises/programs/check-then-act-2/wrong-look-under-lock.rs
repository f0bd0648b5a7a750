//! The members of a club. The look is made under the lock.

use selvedge::sync::Mutex;

pub struct Club {
    members: Mutex<Vec<u32>>,
}

impl Club {
    pub fn new() -> Self {
        Club { members: Mutex::new(Vec::new()) }
    }

    pub fn join(&self, number: u32, look_at_papers: impl FnOnce()) -> bool {
        look_at_papers();
        let is_free = !self.members.lock().unwrap().contains(&number);
        if is_free {
            self.members.lock().unwrap().push(number);
        }
        is_free
    }
}
