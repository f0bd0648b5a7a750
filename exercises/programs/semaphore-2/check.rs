//! Ann visits the museum; Bob does, and then tries again.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge::{outcome, trace};
use selvedge_exercises::start;

use super::program::Museum;

pub fn check() {
    let museum = Arc::new(Museum::new());
    let inside = Arc::new(AtomicU32::new(0));
    let visitors = [("Ann", 1), ("Bob", 2)].map(|(name, times)| {
        let (museum, inside) = (museum.clone(), inside.clone());
        start(name, move || {
            let visit = |_| {
                museum.visit(|| {
                    let others = inside.fetch_add(1, Relaxed);
                    trace::step("comes in", others + 1);
                    assert_eq!(others, 0, "two visitors are inside");
                    trace::step("goes out", inside.fetch_sub(1, Relaxed) - 1);
                })
            };
            (0..times).map(visit).filter(|is_in| *is_in).count()
        })
    });
    match visitors.map(|visitor| visitor.join().unwrap()) {
        [1, 2] => outcome("both visitors see the pictures"),
        _ => outcome("a visitor goes home"),
    }
}
