//! Two customers and two loaves.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Bakery;

pub fn check() {
    let bakery = Arc::new(Bakery::new());
    let bench = Arc::new(Meeting::new("both eat at once"));
    let customers = ["Ann", "Bob"].map(|name| {
        let (bakery, bench) = (bakery.clone(), bench.clone());
        start(name, move || bakery.buy(|| bench.attend()))
    });
    bakery.bake();
    bakery.bake();
    for customer in customers {
        customer.join().unwrap();
    }
    bench.tell();
}
