//! What goes wrong when a primitive is misused, a type for each way.

use std::error::Error;
use std::fmt;

/// A release of a lock that nobody holds. Python raises `RuntimeError: release unlocked lock`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotLocked;

impl fmt::Display for NotLocked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("release of a lock that nobody holds")
    }
}

impl Error for NotLocked {}
