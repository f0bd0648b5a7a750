//! A newspaper comes out while a reader comes by.

use std::sync::Arc;

use selvedge::outcome;
use selvedge_exercises::start;

use super::program::Newspaper;

pub fn check() {
    let newspaper = Arc::new(Newspaper::new());
    let editor = start("Editor", {
        let newspaper = newspaper.clone();
        move || newspaper.publish(1969)
    });
    match newspaper.read() {
        Some(news) => {
            assert_eq!(news, 1969, "the flag was up, and the page was empty");
            outcome("the reader reads the news");
        }
        None => outcome("the reader goes away"),
    }
    editor.join().unwrap();
}
