//! Two waiters carry two dishes.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge_exercises::{Meeting, start};

use super::program::Kitchen;

pub fn check() {
    let kitchen = Arc::new(Kitchen::cook(2));
    let (hall, table) = (Arc::new(Meeting::new("both carry at once")), Arc::new(AtomicU32::new(0)));
    let waiters = ["Ann", "Bob"].map(|name| {
        let (kitchen, hall, table) = (kitchen.clone(), hall.clone(), table.clone());
        start(name, move || {
            kitchen.serve(|_| {
                hall.attend();
                table.fetch_add(1, Relaxed);
            });
        })
    });
    for waiter in waiters {
        waiter.join().unwrap();
    }
    hall.tell();
    assert_eq!(table.load(Relaxed), 2, "dishes are missing at the table");
}
