//! A postman delivers one letter, and Ann fetches it.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Letterbox;

pub fn check() {
    let letters = Arc::new(Letterbox::new());
    let morning = Arc::new(Meeting::new("the letter is written during breakfast"));
    let postman = start("Postman", {
        let (letters, morning) = (letters.clone(), morning.clone());
        move || letters.deliver(|| morning.attend())
    });
    let ann = start("Ann", {
        let morning = morning.clone();
        move || letters.fetch(|| morning.attend())
    });
    postman.join().unwrap();
    ann.join().unwrap();
    morning.tell();
}
