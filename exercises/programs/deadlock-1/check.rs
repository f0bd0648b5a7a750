//! Ann and Bob send each other money, Cleo sends some between two other accounts, and then, or meanwhile, all is added up.

use std::sync::Arc;

use selvedge_exercises::{Meeting, start};

use super::program::Bank;

pub fn check() {
    let bank = Arc::new(Bank::new());
    let desk = Arc::new(Meeting::new("Ann's and Cleo's receipts are written at once"));
    let customers = [("Ann", 0, 1), ("Bob", 1, 0), ("Cleo", 2, 3)].map(|(name, from, to)| {
        let (bank, desk) = (bank.clone(), desk.clone());
        start(name, move || {
            bank.transfer(from, to, 5, || {
                if name != "Bob" {
                    desk.attend();
                }
            });
        })
    });
    assert_eq!(bank.total(), 40, "the bank has lost money, or made some");
    for customer in customers {
        customer.join().unwrap();
    }
    desk.tell();
    assert_eq!(bank.total(), 40, "the bank has lost money, or made some");
}
