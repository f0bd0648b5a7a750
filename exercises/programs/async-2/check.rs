//! One thread delivers, another awaits the delivery.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use selvedge::future::block_on;
use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge::{outcome, thread};
use selvedge_exercises::start;

use super::program::Delivery;

/// How far the parcel is.
const OPEN: u32 = 1;
const PACKED: u32 = 2;

/// Polls the delivery, and tells whether a poll came back while the parcel was packed.
struct Watched<'a> {
    delivery: &'a Delivery,
    progress: &'a AtomicU32,
    meanwhile: bool,
}

impl Future for Watched<'_> {
    type Output = (u32, bool);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<(u32, bool)> {
        let mut delivery = self.delivery;
        let before = self.progress.load(Relaxed);
        let polled = pin!(&mut delivery).poll(context);
        self.meanwhile |= before == OPEN && self.progress.load(Relaxed) == OPEN;
        polled.map(|parcel| (parcel, self.meanwhile))
    }
}

pub fn check() {
    let (delivery, progress) = (Arc::new(Delivery::new()), Arc::new(AtomicU32::new(0)));
    let shop = start("Shop", {
        let (delivery, progress) = (delivery.clone(), progress.clone());
        move || {
            delivery.deliver(|| {
                progress.store(OPEN, Relaxed);
                progress.store(PACKED, Relaxed);
                42
            });
        }
    });
    // By the clock the parcel is there before anybody asks.
    thread::sleep(Duration::from_millis(50));
    let (parcel, meanwhile) =
        block_on(Watched { delivery: &delivery, progress: &progress, meanwhile: false });
    assert_eq!(parcel, 42, "this is another parcel");
    shop.join().unwrap();
    if meanwhile {
        outcome("the delivery is polled while the parcel is packed");
    }
}
