//! `Notify`, loom's own.

use std::panic::Location;
use std::time::Duration;

use crate::engine::{self, Handle};
use crate::objects::{Call, Object, Parker};

/// One notification for one waiter, to build mocks of other primitives with. It does not wake spuriously.
#[derive(Debug, Default)]
pub struct Notify {
    handle: Handle,
}

impl Notify {
    /// Without a notification.
    pub const fn new() -> Self {
        Notify { handle: Handle::new() }
    }

    fn ask(&self, operation: u8, place: &'static Location<'static>) {
        engine::ask(&self.handle, Object::Parker, Call { operation, argument: 0 }, place);
    }

    /// Notifies the waiter, or the next one. A second notification before a wait adds nothing.
    #[track_caller]
    pub fn notify(&self) {
        self.ask(Parker::OFFER, Location::caller());
    }

    /// Waits for a notification and takes it.
    #[track_caller]
    pub fn wait(&self) {
        self.wait_at(Location::caller());
    }

    pub(crate) fn wait_at(&self, place: &'static Location<'static>) {
        self.ask(Parker::TAKE, place);
    }

    /// A wait that ends without a notification. Where there is one it ends for that, which is explored without this.
    pub(crate) fn is_not_notified(&self, place: &'static Location<'static>) {
        let call = Call { operation: Parker::TAKE, argument: 0 };
        let took = engine::ask_within(&self.handle, Object::Parker, call, Duration::ZERO, place);
        engine::assume(took == 0);
    }
}
