//! The prices change from 10 to 20 while somebody reads them.

use std::sync::Arc;

use selvedge::outcome;
use selvedge_exercises::start;

use super::program::Prices;

pub fn check() {
    let prices = Arc::new(Prices::new());
    let owner = start("Owner", {
        let prices = prices.clone();
        move || prices.change(20)
    });
    match prices.read() {
        Some((10, 10)) => outcome("a reader trusts the old prices"),
        Some((20, 20)) => outcome("a reader trusts the new prices"),
        Some((apple, pear)) => panic!("a reader trusts {apple} and {pear}, which do not belong together"),
        None => outcome("a reader goes away"),
    }
    owner.join().unwrap();
    assert_eq!(prices.read(), Some((20, 20)), "the prices did not change");
}
