//! Whether an object does what a sequential specification says: linearizability, in every execution of a client.
//!
//! A [`Specification`] is a state machine that says what each call answers in each state, and when it blocks. A [`Client`] is
//! a few threads that make a few calls each. [`Client::explore`] explores the client completely and asks of every execution
//! whether its calls could have been made one after another:
//!
//! - what they answered is what the specification answers in that order;
//! - the order respects the one that the execution has, see below;
//! - where nobody can go on, each call that has not returned is one that blocks in the state at the end. (A deadlock is no
//!   failure by itself: a client that acquires twice has one.)
//!
//! ```
//! use selvedge::linearizability::{Client, Effect, Implementation, Specification};
//! use selvedge::sync::Mutex;
//! use selvedge::Checker;
//!
//! /// A number that is counted up.
//! #[derive(Clone, Debug)]
//! struct Counter;
//!
//! #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
//! enum Call {
//!     Add(u32),
//! }
//!
//! impl Specification for Counter {
//!     type State = u32;
//!     type Call = Call;
//!     type Answer = u32;
//!
//!     fn initial(&self) -> u32 {
//!         0
//!     }
//!
//!     fn apply(&self, count: &u32, _thread: usize, Call::Add(n): &Call) -> Vec<Effect<Self>> {
//!         vec![Effect::Returns(count + n, *count)]
//!     }
//! }
//!
//! let client = Client::new([vec![Call::Add(1)], vec![Call::Add(2)]]);
//!
//! let right = Implementation {
//!     make: |_: &Counter| Mutex::new(0),
//!     call: |count: &Mutex<u32>, Call::Add(n): &Call| {
//!         let mut count = count.lock().unwrap();
//!         *count += n;
//!         *count - n
//!     },
//! };
//! let _verified = client.explore(&Checker::new(), &Counter, right).assert_verified();
//!
//! let wrong = Implementation {
//!     call: |count: &Mutex<u32>, Call::Add(n): &Call| {
//!         let before = *count.lock().unwrap();
//!         *count.lock().unwrap() = before + n;
//!         before
//!     },
//!     ..right
//! };
//! let report = client.explore(&Checker::new(), &Counter, wrong);
//! assert!(report.verdict().to_string().contains("Add(1) answers 0"), "{}", report.verdict());
//! ```
//!
//! With the feature `proptest`, [`Clients`] generates clients, explores each, and shrinks one that fails.
//!
//! # Which order
//!
//! M. Herlihy and J. Wing, "Linearizability: A Correctness Condition for Concurrent Objects", TOPLAS 1990, ask of a *history*,
//! a sequence of begins and ends of calls, that calls can be put into a legal sequence in which one that ended before another
//! began comes first. An execution graph is no history: it stands for every schedule that keeps its order, and those differ
//! in which call ends before which. Which order counts depends on the memory model.
//!
//! **Under [`MemoryModel::Sc`]** a graph stands for interleavings. An object is linearizable if every history of every
//! interleaving is, so a graph passes if *each* of its interleavings does. They are not listed: only the order of begins and
//! ends matters, and a schedule in which an end comes earlier, or a begin later, allows no more sequences. So calls end as soon
//! as the graph lets them, each choice of the call that begins next is followed, and the states that the specification may be
//! in are carried along (G. Lowe, "Testing for linearizability", CCPE 2017, has that as just-in-time linearization).
//!
//! **Under [`MemoryModel::Rc11`]** there is no time that all threads share: of two calls one is before the other for a client
//! only where the first one's end *happens before* the other's begin. A graph passes if *some* sequence that extends this partial
//! order is legal. This is linearizability for partially ordered executions (S. Doherty, B. Dongol, H. Wehrheim, J. Derrick,
//! "Making Linearizability Compositional for Partially Ordered Executions", iFM 2018, and A. Raad, M. Doko, L. Rožić, O. Lahav,
//! V. Vafeiadis, "On Library Correctness under Weak Memory Consistency", POPL 2019, where the order of a library's calls has
//! to extend happens-before). To demand more would be wrong: a relaxed look at a flag may be old, and nobody can tell. The
//! sequence is searched as J. Wing and C. Gong do, "Testing and Verifying Concurrent Objects", JPDC 1993, and no state is
//! visited twice.
//!
//! Neither contains the other. The first sees what a clock on the wall would see; the second sees weak behaviours, but
//! asks only for what threads learn through the object itself, and through the start and the end of the client's threads.
//! [`Clients`] explores under both.
//!
//! That one call synchronises with another is not looked at. Where an object publishes data, let the calls reach plain memory
//! ([`cell`](crate::cell)), and the checker finds the data race.
//!
//! # How calls are seen
//!
//! The begin and the end of a call are no steps of the execution: each is a place between two steps of its thread. So
//! marking them adds no execution to the exploration. A begin counts as late as it can, just before the call's first step,
//! and an end as early as it can; two calls of which either may have come first in time are concurrent.
//!
//! # What a specification can say
//!
//! - A call *blocks* in a state where it has no effect. It goes on when another call has changed the state.
//! - A call that may go one way or the other has several effects. A timed call that may time out whenever it would block has the
//!   effect of timing out in the states where it would block, and only there: in
//!   [adversarial time](crate::Time::Adversarial) every such timeout is explored.
//! - A call that has effects at several moments says at each but the last how it [continues](Effect::Continues). A wait for a
//!   condition enlists and releases the lock in one step, and takes the lock back in a later one. (W. Scherer and M. Scott,
//!   "Nonblocking Concurrent Data Structures with Condition Synchronization", DISC 2004, so take a blocking call apart into a
//!   request and its follow-up.)
//! - What happens without a call, such as the end of a timer, is what the object does [by itself](Specification::by_itself).

mod client;
#[cfg(feature = "proptest")]
mod generate;
mod judge;
mod schedules;
mod sequences;

pub use client::{Client, Implementation};
#[cfg(feature = "proptest")]
pub use generate::{Clients, Explored, Failing};

#[cfg(doc)]
use crate::MemoryModel;

use std::fmt::Debug;

/// What an object does when one call is made at a time, as a state machine.
pub trait Specification: Send + Sync + 'static {
    /// What the object is.
    type State: Clone + Ord + Debug + Send + 'static;
    /// A call with its arguments, or what is left of one that [continues](Effect::Continues).
    type Call: Clone + Ord + Debug + Send + Sync + 'static;
    /// What a call returns.
    type Answer: Clone + Ord + Debug + Send + 'static;

    /// The state of a new object.
    fn initial(&self) -> Self::State;

    /// What `call` may do in `state` when the client's `thread` makes it; nothing where it blocks.
    ///
    /// Thread 0 is the model's first thread, which also makes the calls before and after the others run.
    fn apply(&self, state: &Self::State, thread: usize, call: &Self::Call) -> Vec<Effect<Self>>;

    /// The states that the object may change to by itself.
    ///
    /// An object that may has to, sooner or later: where nobody can go on, it is in a state in which it may not.
    fn by_itself(&self, state: &Self::State) -> Vec<Self::State> {
        let _ = state;
        Vec::new()
    }
}

/// What a call does in a state.
#[derive(Clone, Debug)]
pub enum Effect<S: Specification + ?Sized> {
    /// It changes the state, returns the answer, and has no other effect.
    Returns(S::State, S::Answer),
    /// It changes the state and has yet to do what this other call does.
    Continues(S::State, S::Call),
}
