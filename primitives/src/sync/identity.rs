//! The numbers by which a thread is known.

use std::sync::OnceLock;

/// A thread's number here and its number with the operating system.
///
/// Each is written once, by the backend, and read by anyone. The reads are not explored: whether the numbers are there is
/// decided by the start of the thread, which is.
pub(crate) struct Identity {
    ident: OnceLock<u64>,
    native: OnceLock<u64>,
    /// Whether it is of a thread that something else has started.
    #[cfg(all(loom, not(feature = "upstream-loom")))]
    adopted: bool,
}

impl Identity {
    pub(crate) const fn new() -> Self {
        Identity {
            ident: OnceLock::new(),
            native: OnceLock::new(),
            #[cfg(all(loom, not(feature = "upstream-loom")))]
            adopted: false,
        }
    }

    /// Those of the current thread.
    pub(crate) fn current() -> Self {
        Identity {
            ident: OnceLock::from(super::thread_identity()),
            native: OnceLock::from(super::native_identity()),
            #[cfg(all(loom, not(feature = "upstream-loom")))]
            adopted: true,
        }
    }

    /// The number here, which is known as soon as [`spawn`](super::spawn) has returned.
    pub(crate) fn ident(&self) -> Option<u64> {
        self.ident.get().copied()
    }

    /// The number with the operating system, which is known as soon as the thread runs.
    pub(crate) fn native(&self) -> Option<u64> {
        self.native.get().copied()
    }

    /// The number here of a thread that the backend has started, and that is not the current one.
    #[cfg(all(loom, not(feature = "upstream-loom")))]
    pub(super) fn of_other(&self) -> Option<u64> {
        self.ident().filter(|number| !self.adopted && *number != super::thread_identity())
    }

    /// The number here: `number` where none was given before.
    pub(super) fn ident_or(&self, number: impl FnOnce() -> u64) -> u64 {
        *self.ident.get_or_init(number)
    }

    pub(super) fn set_native(&self, number: u64) {
        self.native.set(number).expect("one thread runs for each identity");
    }
}
