//! How the command ends.

use std::process::ExitCode;

/// What a caller is told by the exit status.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// Every verdict is the one on record; a replay does not fail.
    AsRecorded,
    /// A verdict is another; a replay fails.
    Differs,
    /// The command cannot be carried out.
    Trouble,
    /// Nothing fails that should not, but not everything was explored.
    Incomplete,
    /// The schedule that was to be replayed no longer applies.
    Inapplicable,
    /// Ctrl-C, as shells report it: 128 and the number of the signal.
    Stopped,
}

impl From<Status> for ExitCode {
    fn from(status: Status) -> Self {
        ExitCode::from(match status {
            Status::AsRecorded => 0,
            Status::Differs => 1,
            Status::Trouble => 2,
            Status::Incomplete => 3,
            Status::Inapplicable => 4,
            Status::Stopped => 130,
        })
    }
}
