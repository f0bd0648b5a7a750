//! The members of a club.

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

    /// Looks at the papers, which takes a while, and enters the number. Says whether it was free.
    pub fn join(&self, number: u32, look_at_papers: impl FnOnce()) -> bool {
        look_at_papers();
        if self.contains(number) {
            return false;
        }
        self.enter(number);
        true
    }
}
