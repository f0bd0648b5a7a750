//! What std says of the machine, and its older names.

use std::io;
use std::num::NonZero;
use std::time::Duration;

use super::{park_timeout, sleep};

/// As [`std::thread::available_parallelism`], but 2 on every machine: a model does the same everywhere, and what is right for
/// one thread at a time alone is not what it is about.
///
/// # Errors
///
/// None; the signature is std's.
pub fn available_parallelism() -> io::Result<NonZero<usize>> {
    Ok(NonZero::<usize>::MIN.saturating_add(1))
}

/// As [`sleep`], in milliseconds, by std's older name.
#[track_caller]
pub fn sleep_ms(ms: u32) {
    sleep(Duration::from_millis(ms.into()));
}

/// As [`park_timeout`], in milliseconds, by std's older name.
#[track_caller]
pub fn park_timeout_ms(ms: u32) {
    park_timeout(Duration::from_millis(ms.into()));
}

/// A thread of a model is no thread of the operating system's, and has no such name.
#[cfg(unix)]
impl<T> std::os::unix::thread::JoinHandleExt for super::JoinHandle<T> {
    /// # Panics
    ///
    /// Always.
    fn as_pthread_t(&self) -> std::os::unix::thread::RawPthread {
        panic!("a thread of a model has no pthread_t")
    }

    /// # Panics
    ///
    /// Always.
    fn into_pthread_t(self) -> std::os::unix::thread::RawPthread {
        panic!("a thread of a model has no pthread_t")
    }
}
