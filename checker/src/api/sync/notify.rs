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

    /// As [`Notify::wait`], but it may return at any time without a notification.
    #[track_caller]
    pub(crate) fn wait_or_not(&self) {
        let call = Call { operation: Parker::TAKE, argument: 0 };
        engine::ask_within(&self.handle, Object::Parker, call, Duration::ZERO, Location::caller());
    }

    /// Waits for a notification and takes it.
    #[track_caller]
    pub fn wait(&self) {
        self.ask(Parker::TAKE, Location::caller());
    }
}
