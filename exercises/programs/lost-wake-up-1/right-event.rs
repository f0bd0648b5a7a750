//! A letter box with an event, which stays set.

use selvedge_primitives::Event;

pub struct Letterbox {
    has_letter: Event,
}

impl Letterbox {
    pub fn new() -> Self {
        Letterbox { has_letter: Event::new() }
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
