//! What kind of bug a counterexample shows.

/// The classes of bug that reports tell apart, by the names under which they are taught.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum BugClass {
    /// A write replaces a value that its thread has not seen.
    LostUpdate,
    /// A thread acts on something that has changed since it looked.
    CheckThenAct,
    /// Steps of a thread that were to be one are not: another thread comes between.
    AtomicityViolation,
    /// A thread looks before another has done what it relies on.
    OrderViolation,
    /// A notification comes before the wait that it was meant for.
    LostWakeUp,
    /// Threads wait for one another, or for what nobody gives back.
    Deadlock,
    /// Threads go on forever without getting anywhere.
    Livelock,
    /// Two accesses of plain memory, one a write, are not ordered.
    DataRace,
    /// A thread uses what has ended, or may have.
    UseAfterFree,
    /// Something ends twice.
    DoubleFree,
    /// A thread reads a value although a newer one was written.
    StaleRead,
    /// Some gave up waiting at a barrier, and broke it for all.
    BrokenBarrier,
    /// A cancellation comes after what it was to prevent.
    LateCancel,
    /// An assertion does not hold, and no better reason was found.
    Assertion,
    /// Something was never given back.
    Leak,
    /// Calls answer what they answer in no sequence.
    NotLinearizable,
    /// The model is not what can be explored.
    Model,
}

impl BugClass {
    /// The name in words: `lost update`.
    pub fn name(self) -> &'static str {
        match self {
            BugClass::LostUpdate => "lost update",
            BugClass::CheckThenAct => "check-then-act",
            BugClass::AtomicityViolation => "atomicity violation",
            BugClass::OrderViolation => "order violation",
            BugClass::LostWakeUp => "lost wake-up",
            BugClass::Deadlock => "deadlock",
            BugClass::Livelock => "livelock",
            BugClass::DataRace => "data race",
            BugClass::UseAfterFree => "use after free",
            BugClass::DoubleFree => "double free",
            BugClass::StaleRead => "stale read",
            BugClass::BrokenBarrier => "broken barrier",
            BugClass::LateCancel => "late cancel",
            BugClass::Assertion => "assertion",
            BugClass::Leak => "leak",
            BugClass::NotLinearizable => "not linearizable",
            BugClass::Model => "model",
        }
    }
}
