//! The members of a club. The lock is held all the time.

use selvedge::sync::Mutex;

pub struct Club {
    members: Mutex<Vec<u32>>,
}

impl Club {
    pub fn new() -> Self {
        Club { members: Mutex::new(Vec::new()) }
    }

    pub fn join(&self, number: u32, look_at_papers: impl FnOnce()) -> bool {
        let mut members = self.members.lock().unwrap();
        look_at_papers();
        let is_free = !members.contains(&number);
        if is_free {
            members.push(number);
        }
        is_free
    }
}
