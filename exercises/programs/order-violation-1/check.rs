//! A book of two pages, of 7 and 8 words.

use std::sync::Arc;

use selvedge_exercises::Meeting;

use super::program::count_words;

pub fn check() {
    let library = Arc::new(Meeting::new("both pages are read at once"));
    let reading = library.clone();
    let words = count_words([7, 8], move |page| {
        reading.attend();
        page
    });
    library.tell();
    assert_eq!(words, 15, "a page was not counted");
}
