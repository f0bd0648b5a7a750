//! The members of a club. They are looked at before the papers, and after.

use selvedge::sync::Mutex;

pub struct Club {
    members: Mutex<Vec<u32>>,
}

impl Club {
    pub fn new() -> Self {
        Club { members: Mutex::new(Vec::new()) }
    }

    fn contains(&self, number: u32) -> bool {
        self.members.lock().unwrap().contains(&number)
    }

    fn enter(&self, number: u32) {
        self.members.lock().unwrap().push(number);
    }

    pub fn join(&self, number: u32, look_at_papers: impl FnOnce()) -> bool {
        if self.contains(number) {
            return false;
        }
        look_at_papers();
        if self.contains(number) {
            return false;
        }
        self.enter(number);
        true
    }
}
