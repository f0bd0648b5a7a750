//! The station writes 1 and 1, then 2 and 2, while somebody reads.

use std::sync::Arc;

use selvedge::outcome;
use selvedge_exercises::start;

use super::program::Station;

pub fn check() {
    let station = Arc::new(Station::new());
    let writer = start("Writer", {
        let station = station.clone();
        move || {
            station.write(1);
            station.write(2);
        }
    });
    match station.read() {
        Some((0, 0)) => outcome("a reader trusts the pair from before"),
        Some((1, 1)) => outcome("a reader trusts the first pair"),
        Some((2, 2)) => outcome("a reader trusts the last pair"),
        Some((inside, outside)) => {
            panic!("a reader trusts {inside} and {outside}, which were not written together")
        }
        None => outcome("a reader goes away"),
    }
    writer.join().unwrap();
    assert_eq!(station.read(), Some((2, 2)), "the last pair is lost");
}
