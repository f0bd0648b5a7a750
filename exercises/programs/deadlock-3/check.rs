//! One apple is on the shelf, one is sold, and five are delivered.

use std::sync::Arc;
use std::time::Duration;

use selvedge::thread;
use selvedge_exercises::{Meeting, start};

use super::program::Shop;

pub fn check() {
    let shop = Arc::new(Shop::with_apples(1));
    let room = Arc::new(Meeting::new("one serves while the other unpacks"));
    let carrier = start("Carrier", {
        let (shop, room) = (shop.clone(), room.clone());
        move || {
            shop.deliver(|| {
                room.attend();
                5
            });
        }
    });
    let seller = start("Seller", {
        let (shop, room) = (shop.clone(), room.clone());
        move || {
            // By the clock the delivery has come.
            thread::sleep(Duration::from_millis(50));
            shop.sell(|| room.attend())
        }
    });
    carrier.join().unwrap();
    let left = seller.join().unwrap();
    room.tell();
    assert!(left == 0 || left == 5, "{left} apples cannot be left");
    assert_eq!(shop.orders(), u32::from(left == 0), "the number of orders is wrong: {left} apples were left");
}
