//! Ann and Bob both want to be member 7.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Club;

pub fn check() {
    let club = Arc::new(Club::new());
    let desk = Arc::new(Meeting::new("both show their papers at once"));
    let applicants = ["Ann", "Bob"].map(|name| {
        let (club, desk) = (club.clone(), desk.clone());
        start(name, move || club.join(7, || desk.attend()))
    });
    let joined = applicants.map(|applicant| applicant.join().unwrap());
    desk.tell();
    assert!(joined != [true, true], "two members have the same number");
    assert!(joined != [false, false], "the number was free, and nobody got it");
    assert!(!club.join(7, || ()), "the number was given away, and is free again");
}
