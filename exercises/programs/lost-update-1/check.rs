//! Two cashiers sell for 5 and for 3 pennies.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Till;

pub fn check() {
    let till = Arc::new(Till::new());
    let asking = Arc::new(Meeting::new("both ask for their prices at once"));
    let cashiers = [("Ann", 5), ("Bob", 3)].map(|(name, price)| {
        let (till, asking) = (till.clone(), asking.clone());
        start(name, move || {
            till.sell(|| {
                asking.attend();
                price
            });
        })
    });
    for cashier in cashiers {
        cashier.join().unwrap();
    }
    asking.tell();
    assert_eq!(till.pennies(), 8, "money is missing in the till");
}
