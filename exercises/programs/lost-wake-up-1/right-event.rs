//! A letter box with an event, which stays set.

use selvedge_primitives::Event;

pub struct Box {
    has_letter: Event,
}

impl Box {
    pub fn new() -> Self {
        Box { has_letter: Event::new() }
    }

    pub fn deliver(&self, write: impl FnOnce()) {
        write();
        self.has_letter.set();
    }

    pub fn fetch(&self, breakfast: impl FnOnce()) {
        breakfast();
        self.has_letter.wait();
    }
}
