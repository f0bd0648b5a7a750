//! Two clerks report, and a bookkeeper adds an entry.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Ledger;

pub fn check() {
    let ledger = Arc::new(Ledger::new());
    let desk = Arc::new(Meeting::new("both clerks read at once"));
    let clerks = ["Ann", "Bob"].map(|name| {
        let (ledger, desk) = (ledger.clone(), desk.clone());
        start(name, move || {
            let (sum, average) = ledger.report(|| desk.attend());
            assert!(sum == 6 || sum == 12, "no such entries make {sum}");
            assert!(average == 3 || average == 4, "no such entries have an average of {average}");
        })
    });
    ledger.add(6);
    for clerk in clerks {
        clerk.join().unwrap();
    }
    desk.tell();
}
