//! The nodes of an execution graph.

use std::ops::{BitAnd, BitOr};
use std::panic::Location;
use std::sync::atomic::Ordering;

use crate::objects::Call;

/// An event's name inside one graph: its place in the order of adding.
pub(crate) type Id = u32;

/// No event: the source of a read of the initial value, a lane without events, the end of a chain.
pub(crate) const NONE: Id = Id::MAX;

/// The deadline of what never times out. Others are in nanoseconds of virtual time; in adversarial time they are 0, and so is
/// the time: whatever has a deadline may time out.
pub(crate) const NEVER: u64 = u64::MAX;

/// What an event does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// A load.
    Read,
    /// The reading half of a read-modify-write. Its writing half, if it succeeds, is the next event of its thread.
    Update,
    /// A store.
    Write,
    /// The writing half of a read-modify-write.
    UpdateWrite,
    Fence,
    /// A call on an object. It never blocks; its thread goes on when a grant reads from it.
    Request,
    /// An object serves a request. It lives in the object's lane.
    Grant,
    /// Sees that a grant of the object notified the thread: there is nothing to choose, and what the object does besides
    /// is neither before nor after.
    Woken,
    /// Begins the thread whose lane is the location.
    Spawn,
    /// Sees the end of the thread whose lane is the location.
    Join,
    /// The thread has gone round without changing anything, and goes on with a reason: either it reads from a newer write of a
    /// location that it read in the round, or from the event of another thread that read what it wrote in the round before
    /// it took that back.
    Hint,
    /// A choice of the model's own, among `loc` alternatives.
    Choose,
    /// Time goes on to the first deadline of those who wait, since nobody else can go on (virtual time). It lives in the
    /// clock's lane. All events that were there are before it, and all that are added later are after it.
    Clock,
    /// Sees the ends of all unmarked threads, which are the end of the program. It and the request to the observer that
    /// follows it live in a lane of their own.
    End,
}

impl Kind {
    pub(crate) fn reads(self) -> bool {
        matches!(self, Kind::Read | Kind::Update)
    }

    pub(crate) fn writes(self) -> bool {
        matches!(self, Kind::Write | Kind::UpdateWrite)
    }
}

/// A memory ordering as three bits, so that what an access does with it is one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Mode(u8);

impl Mode {
    pub(crate) const RELAXED: Mode = Mode(0);
    const ACQUIRE: u8 = 1;
    const RELEASE: u8 = 2;
    const SEQ_CST: u8 = 4;

    pub(crate) fn acquires(self) -> bool {
        self.0 & Self::ACQUIRE != 0
    }

    pub(crate) fn releases(self) -> bool {
        self.0 & Self::RELEASE != 0
    }

    pub(crate) fn seq_cst(self) -> bool {
        self.0 & Self::SEQ_CST != 0
    }
}

/// What both are.
impl BitAnd for Mode {
    type Output = Mode;

    fn bitand(self, other: Mode) -> Mode {
        Mode(self.0 & other.0)
    }
}

/// What either is.
impl BitOr for Mode {
    type Output = Mode;

    fn bitor(self, other: Mode) -> Mode {
        Mode(self.0 | other.0)
    }
}

impl From<Mode> for Ordering {
    fn from(mode: Mode) -> Self {
        match (mode.seq_cst(), mode.acquires(), mode.releases()) {
            (true, ..) => Ordering::SeqCst,
            (_, true, true) => Ordering::AcqRel,
            (_, true, false) => Ordering::Acquire,
            (_, false, true) => Ordering::Release,
            _ => Ordering::Relaxed,
        }
    }
}

impl From<Ordering> for Mode {
    fn from(ordering: Ordering) -> Self {
        Mode(match ordering {
            Ordering::Acquire => Self::ACQUIRE,
            Ordering::Release => Self::RELEASE,
            Ordering::AcqRel => Self::ACQUIRE | Self::RELEASE,
            Ordering::SeqCst => Self::ACQUIRE | Self::RELEASE | Self::SEQ_CST,
            _ => 0,
        })
    }
}

/// With which values a read-modify-write succeeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Accepts {
    #[default]
    Any,
    Only(u64),
    AllBut(u64),
}

impl Accepts {
    #[inline]
    pub(crate) fn accepts(self, value: u64) -> bool {
        match self {
            Accepts::Any => true,
            Accepts::Only(expected) => value == expected,
            Accepts::AllBut(refused) => value != refused,
        }
    }
}

/// One event. Edges are here, values are not: addresses and what else a value may hold differ between executions.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Event {
    /// The thread, or the object for a grant.
    pub(crate) lane: u32,
    /// The place in its lane, from 0.
    pub(crate) index: u32,
    pub(crate) kind: Kind,
    pub(crate) mode: Mode,
    /// Whether its thread has said right before it that others may go first.
    pub(crate) offers: bool,
    /// The location of an access; the object's lane of a request or grant; the child's lane of a spawn or join.
    pub(crate) loc: u32,
    /// The event before it in program order; the one that began the thread, for its first; `NONE` for the first of all and of an
    /// object.
    pub(crate) po_pred: Id,
    /// The source of a read (`NONE`: the initial value), the request of a grant, the grant of a request.
    pub(crate) rf: Id,
    /// The place of a write in its location's modification order, from 1; 0 is the initial value's.
    pub(crate) co_pos: u32,
    /// The last added read that reads from this write.
    pub(crate) readers: Id,
    /// The read that was added before this one and has the same source.
    pub(crate) next_reader: Id,
    /// The read before this one in the same lane of the same location.
    pub(crate) previous_read: Id,
    /// One more than the index of the last release fence of the lane, this event included; 0: none.
    pub(crate) fence: u32,
    /// Which alternative a grant or a choice took; for a read 1 where a condition waits with it; for the writing half of an
    /// update 1 where it writes what was read; for a spawn see [`Event::begins`]; for a hint how many events before it are
    /// the round.
    pub(crate) alternative: u32,
    /// What the object answers, for a grant.
    pub(crate) answer: u32,
    /// Where the object's state after a grant is kept: offset and length.
    pub(crate) state: (u32, u32),
    /// What is asked, for a request.
    pub(crate) call: Call,
    /// For a request, when it may be served as timed out; for a tick of the clock, the time from then on.
    pub(crate) deadline: u64,
    /// For an update: with which values it succeeds, and the orderings of success and failure.
    pub(crate) accepts: Accepts,
    pub(crate) on_failure: Mode,
    pub(crate) on_success: Mode,
    pub(crate) place: &'static Location<'static>,
}

impl Event {
    pub(crate) fn new(
        kind: Kind,
        lane: u32,
        index: u32,
        loc: u32,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Self {
        Event {
            lane,
            index,
            kind,
            mode,
            offers: false,
            loc,
            po_pred: NONE,
            rf: NONE,
            co_pos: 0,
            readers: NONE,
            next_reader: NONE,
            previous_read: NONE,
            fence: 0,
            alternative: 0,
            answer: 0,
            state: (0, 0),
            call: Call::default(),
            deadline: NEVER,
            accepts: Accepts::Any,
            on_failure: mode,
            on_success: mode,
            place,
        }
    }

    /// Of a spawn, whether it begins a daemon, and which member of a group of identical threads, from 1, or 0.
    pub(crate) fn begins(&self) -> (bool, u32) {
        (self.alternative & 1 == 1, self.alternative >> 1)
    }

    pub(crate) fn set_begins(&mut self, daemon: bool, member: u32) {
        self.alternative = member << 1 | u32::from(daemon);
    }

    /// Whether it is a read with which a condition waits: its thread comes to it when there is something to read.
    pub(crate) fn awaits(&self) -> bool {
        self.kind == Kind::Read && self.alternative == 1
    }

    /// Whether its thread has offered right before it that others go first, or waits there for them.
    pub(crate) fn lets_others_go_first(&self) -> bool {
        self.offers || self.kind == Kind::Hint
    }

    /// Of a hint, the events of its lane that are the round.
    pub(crate) fn round(&self) -> std::ops::Range<u32> {
        self.index - self.alternative..self.index
    }

    /// Whether it is a hint that saw a change of what its thread read, and not that another thread looked.
    pub(crate) fn awaits_change(&self) -> bool {
        self.kind == Kind::Hint && self.call.operation == 0
    }

    /// The writing half that follows this update. `idle`: it writes what was read.
    pub(crate) fn writing_half(&self, idle: bool) -> Event {
        let half =
            Event::new(Kind::UpdateWrite, self.lane, self.index + 1, self.loc, self.on_success, self.place);
        Event { alternative: idle.into(), ..half }
    }

    /// Whether it is an update that writes what it has read. Who waits for a change does not wait for that: two threads that
    /// spin with a swap would wake each other forever.
    pub(crate) fn is_idle(&self) -> bool {
        self.kind == Kind::UpdateWrite && self.alternative == 1
    }

    /// Whether it is an access of an atomic or a fence, and so subject to the memory model's order of SeqCst.
    pub(crate) fn is_access_or_fence(&self) -> bool {
        self.kind.reads() || self.kind.writes() || self.kind == Kind::Fence
    }
}
