//! A readers-writer lock. A write release synchronises with the acquisitions that follow, a read release with the next
//! write acquisition: readers do not synchronise with one another. A thread that releases it while it panics leaves it
//! poisoned if it held it for writing, as the documentation of std::sync::RwLock says.
//!
//! Which of those that wait gets the lock is open. A read that comes while a writer waits may be served at once, or be held
//! back until a writer has had the lock: std promises neither, and says that a thread which reads while it reads may
//! deadlock. A lock that holds readers back does so from the moment at which it notes that a writer waits, which is when the
//! writer [announces](RwLock::ANNOUNCE) itself: after it has found the lock held, and at the latest when the lock is its own.
//! From then on and as long as it is read, nobody else comes to read it (std's for Linux: `WRITERS_WAITING` in
//! `sys/sync/rwlock/futex.rs`). When the lock is free in between, some forget the note and some do not, so a `try_read` may
//! go either way.
//!
//! A read that is held back and served later is as one that came later. So an announcement matters in two cases only: a
//! `try_read` fails by it, or nobody goes on while a reader waits. Which programs have these, and which announcements are
//! explored, says the engine (`announcements`).

use super::{Call, Request, Served, Specification};

/// State: flags and, above them, the number of writers that have announced themselves; the number of readers; the number
/// of the last write release plus 1 (0: none); the numbers of the read releases since.
pub(crate) struct RwLock;

/// The lock is held by a writer.
const WRITTEN: u32 = 1;
/// The lock is read, and nobody else comes to read it.
const REFUSES: u32 = 2;
const POISONED: u32 = 4;
/// One writer that has announced itself.
const ANNOUNCED: u32 = 8;

impl RwLock {
    /// Answers [`LOCKED`](Self::LOCKED) or [`POISONED`](Self::POISONED).
    pub(crate) const READ: u8 = 0;
    /// The same; 0 without the lock.
    pub(crate) const TRY_READ: u8 = 1;
    /// As [`READ`](Self::READ).
    pub(crate) const WRITE: u8 = 2;
    /// As [`TRY_READ`](Self::TRY_READ).
    pub(crate) const TRY_WRITE: u8 = 3;
    pub(crate) const UNLOCK_READ: u8 = 4;
    pub(crate) const UNLOCK_WRITE: u8 = 5;
    /// Releases a lock that is written, and poisons it.
    pub(crate) const POISON: u8 = 6;
    /// From writing to reading.
    pub(crate) const DOWNGRADE: u8 = 7;
    /// Answers whether it is poisoned.
    pub(crate) const LOOK: u8 = 8;
    /// It is poisoned no longer.
    pub(crate) const CLEAR: u8 = 9;
    /// A writer has found the lock held. It goes on with [`WRITE_ANNOUNCED`](Self::WRITE_ANNOUNCED).
    pub(crate) const ANNOUNCE: u8 = 10;
    /// As [`WRITE`](Self::WRITE).
    pub(crate) const WRITE_ANNOUNCED: u8 = 11;

    pub(crate) const LOCKED: u32 = 1;
    pub(crate) const POISONED: u32 = 2;

    /// Whether a lock in this state is poisoned.
    pub(crate) fn is_poisoned(state: &[u32]) -> bool {
        state.first().is_some_and(|flags| flags & POISONED != 0)
    }

    /// Whether readers wait because a writer does.
    pub(crate) fn refuses(state: &[u32]) -> bool {
        state.first().is_some_and(|flags| flags & REFUSES != 0)
    }

    /// Whether nobody holds the lock.
    pub(crate) fn is_free(state: &[u32]) -> bool {
        matches!(state, [] | [_, 0, ..]) && state.first().is_none_or(|flags| flags & WRITTEN == 0)
    }
}

impl Specification for RwLock {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative, .. } = request;
        let (flags, readers, released, reads) = match state {
            [] => (0, 0, 0, &[][..]),
            [flags, readers, released, reads @ ..] => (*flags, *readers, *released, reads),
            _ => unreachable!("a state has three numbers or more"),
        };
        let is_free = Self::is_free(state);
        let locked = if flags & POISONED == 0 { Self::LOCKED } else { Self::POISONED };
        let keep = |served: &mut Served, flags: u32, readers: u32| {
            served.state.extend([flags, readers, released]);
            served.state.extend_from_slice(reads);
        };
        if alternative > 0 {
            let may_fail = call.operation == Self::TRY_READ
                && alternative == 1
                && flags & (WRITTEN | REFUSES) == 0
                && flags >= ANNOUNCED;
            keep(served, if is_free { flags } else { flags | REFUSES }, readers);
            return may_fail.then_some(());
        }
        match call.operation {
            Self::READ | Self::TRY_READ if flags & (WRITTEN | REFUSES) == 0 => {
                keep(served, flags, readers + 1);
                served.acquires.extend(released.checked_sub(1));
                served.answer = locked;
            }
            Self::WRITE | Self::TRY_WRITE | Self::WRITE_ANNOUNCED if is_free => {
                let waited = if call.operation == Self::WRITE_ANNOUNCED { ANNOUNCED } else { 0 };
                served.state.extend([(flags | WRITTEN) - waited, 0, 0]);
                served.acquires.extend(released.checked_sub(1));
                served.acquires.extend_from_slice(reads);
                served.answer = locked;
            }
            Self::ANNOUNCE if !is_free => {
                let refuses = if readers > 0 { REFUSES } else { 0 };
                keep(served, (flags | refuses) + ANNOUNCED, readers);
            }
            Self::READ | Self::WRITE | Self::WRITE_ANNOUNCED | Self::ANNOUNCE => return None,
            Self::TRY_READ | Self::TRY_WRITE => keep(served, flags, readers),
            Self::UNLOCK_READ => {
                keep(served, if readers == 1 { flags & !REFUSES } else { flags }, readers - 1);
                served.state.push(number);
            }
            Self::UNLOCK_WRITE => served.state.extend([flags & !WRITTEN, 0, number + 1]),
            Self::POISON => served.state.extend([flags & !WRITTEN | POISONED, 0, number + 1]),
            Self::DOWNGRADE => served.state.extend([flags & !WRITTEN, 1, number + 1]),
            Self::LOOK => {
                keep(served, flags, readers);
                served.answer = (flags & POISONED != 0).into();
            }
            _ => keep(served, flags & !POISONED, readers),
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        vec![state.first().copied().unwrap_or(0), state.get(1).copied().unwrap_or(0)]
    }

    fn waits_for(&self, call: Call) -> &'static str {
        if call.operation == Self::READ { "a read lock" } else { "a write lock" }
    }

    fn result(&self, call: Call, answer: u32) -> &'static str {
        match call.operation {
            Self::TRY_READ | Self::TRY_WRITE => ["false", "true", "poisoned"][answer as usize],
            Self::ANNOUNCE => "waits",
            _ => "",
        }
    }

    fn takes(&self, call: Call, answer: u32) -> Option<bool> {
        match call.operation {
            Self::UNLOCK_READ | Self::UNLOCK_WRITE | Self::POISON => Some(false),
            Self::DOWNGRADE | Self::LOOK | Self::CLEAR | Self::ANNOUNCE => None,
            _ => (answer != 0).then_some(true),
        }
    }

    fn name(&self, call: Call) -> &'static str {
        [
            "read",
            "try_read",
            "write",
            "try_write",
            "unlock_read",
            "unlock_write",
            "unlock_write",
            "downgrade",
            "is_poisoned",
            "clear_poison",
            "write",
            "write",
        ][call.operation as usize]
    }
}
