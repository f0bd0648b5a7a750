//! What could go wrong in the documents' programs, as far as a reader would suspect, and which exploration decides it.

use crate::registry::Explored;

/// Something that may go wrong in a program.
#[derive(Clone, Copy, Debug)]
pub struct Hazard {
    /// The example.
    pub id: &'static str,
    /// What may go wrong.
    pub what: &'static str,
    /// The variant whose exploration decides it: it is confirmed where some execution fails, and refuted where all were
    /// explored and none does.
    pub variant: &'static str,
    /// What is on record.
    pub confirmed: bool,
}

impl Hazard {
    /// Whether some execution of the variant fails, in some reading of time.
    pub fn is_confirmed(&self, explored: &[Explored]) -> bool {
        explored.iter().any(|e| {
            let it = &e.exploration;
            it.model.id == self.id && it.variant.name == self.variant && e.goes_wrong()
        })
    }
}

const fn confirmed(id: &'static str, what: &'static str, variant: &'static str) -> Hazard {
    Hazard { id, what, variant, confirmed: true }
}

const fn refuted(id: &'static str, what: &'static str, variant: &'static str) -> Hazard {
    Hazard { id, what, variant, confirmed: false }
}

/// In the documents' order.
pub const HAZARDS: &[Hazard] = &[
    confirmed(
        "T01",
        "a thread may find the loop's variable further on than it was at its start",
        "mutant-late-argument",
    ),
    confirmed("T01", "a second start of the same thread is an error", "mutant-started-twice"),
    refuted(
        "T02",
        "the second constructor call may shift a name to another thread",
        "as-printed-constructed-twice",
    ),
    refuted("T03", "a line of the log may be torn by another thread's", "as-printed"),
    confirmed(
        "T04",
        "that the daemon comes to its end is an outcome, and no promise",
        "mutant-relies-on-daemon",
    ),
    confirmed("T04", "that the daemon is cut off is no promise either", "mutant-relies-on-cut-off"),
    confirmed("T06", "a slow thread makes a join with a timeout say the opposite", "mutant-relies-on-clock"),
    refuted("T07", "the main thread may join itself", "as-printed"),
    confirmed("T09", "one of two additions is lost, and the main thread looks forever", "as-printed"),
    confirmed("T10", "two crawlers are given the same file, and the last to write wins", "mutant-same-file"),
    confirmed("T10", "daemons that nobody joins save nothing", "mutant-daemons"),
    confirmed("T11", "the other thread has ended before it is counted", "mutant-relies-on-two"),
    confirmed("T12", "the program never ends", "as-printed"),
    confirmed("M01", "the cancellation loses its race, and both timers fire", "mutant-relies-on-cancel"),
    refuted("M02", "the timer fires twice, or before its delay", "as-printed"),
    confirmed("E01", "a wait that times out is taken for the event", "mutant-timeout-taken-for-set"),
    refuted("E02", "somebody is off before the signal", "as-printed"),
    confirmed(
        "E03",
        "the goods pass the mark and are never equal to it again: both threads loop forever",
        "as-printed",
    ),
    confirmed("E03", "the gate closes between the collector's look and its addition", "mutant-trusts-empty"),
    confirmed(
        "E03",
        "goods are read and written without a lock, so that an update is lost",
        "mutant-trusts-empty",
    ),
    confirmed("E03", "the releaser busy-waits: it repeats its look forever, and never blocks", "as-printed"),
    refuted("L01", "an addition under the lock is lost", "as-printed"),
    confirmed("L02", "without a lock an addition is lost", "as-printed-sum"),
    confirmed("L03", "the number of tries has no bound", "as-printed"),
    refuted("L04", "the lock stays taken when the body fails", "as-printed-bodies-fail"),
    confirmed("L05", "without the lock money is lost or made up", "mutant-unlocked"),
    confirmed(
        "L06",
        "`all` lets the map out of the lock, and it is read while it is written",
        "mutant-buyers-together",
    ),
    confirmed("L06", "without `with` the lock is kept where the body fails", "mutant-no-finally"),
    refuted("L06", "buyers that run one after the other lose a purchase", "as-printed"),
    confirmed("L07", "a semaphore of each auditor's own limits nothing", "as-printed"),
    confirmed("R01", "the second acquisition of a plain lock never returns", "as-printed-blocking"),
    confirmed("R02", "the other thread keeps what it got, and the first waits forever", "as-printed"),
    confirmed(
        "R02",
        "a release by a thread that does not own the lock is an error",
        "mutant-release-not-owned",
    ),
    confirmed("C01", "the notification comes before the wait, and the consumer waits forever", "as-printed"),
    confirmed("C02", "with `if` for `while` a consumer takes what is gone", "mutant-if-for-while"),
    refuted("C02", "a wake-up is lost, or an item is consumed twice", "as-printed"),
    refuted("S01", "more threads are in the pool than there are permits", "as-printed"),
    confirmed(
        "S02",
        "a release too many is told to a thread that did nothing wrong",
        "mutant-release-meanwhile",
    ),
    confirmed("B01", "a slow thread breaks the barrier for both", "as-printed-both-pass"),
    refuted("B01", "the client connects before the server has started", "as-printed"),
    confirmed("Q01", "the size that is logged is that of another moment", "mutant-relies-on-size"),
    confirmed(
        "Q01",
        "with a second consumer the look at the queue does not protect the get",
        "mutant-second-consumer",
    ),
    refuted("Q01", "an item is lost, doubled or out of order", "as-printed"),
    refuted("Q02", "an item is lost where a put or a get times out", "as-printed-timeouts"),
    refuted("D01", "a value crosses from one thread to another", "as-printed"),
    refuted("D02", "the initialiser runs twice in a thread, or not at all", "as-printed"),
    refuted("D03", "a value crosses from one thread to another", "as-printed"),
];
