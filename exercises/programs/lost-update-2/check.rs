//! Ten apples are on the shelf; five are delivered, and one is sold.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Shelf;

pub fn check() {
    let shelf = Arc::new(Shelf::with_apples(10));
    let shop = Arc::new(Meeting::new("one unpacks while the other serves"));
    let carrier = start("Carrier", {
        let (shelf, shop) = (shelf.clone(), shop.clone());
        move || {
            shelf.deliver(|| {
                shop.attend();
                5
            });
        }
    });
    let seller = start("Seller", {
        let (shelf, shop) = (shelf.clone(), shop.clone());
        move || shelf.sell(|| shop.attend())
    });
    carrier.join().unwrap();
    seller.join().unwrap();
    shop.tell();
    assert_eq!(shelf.apples(), 14, "the shelf does not have the apples that it should");
}
