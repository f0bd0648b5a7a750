//! `Barrier`.

use std::panic::Location;

use crate::engine::{self, Handle};
use crate::objects::{Barrier as Specification, Call, Object};

/// As [`std::sync::Barrier`].
#[derive(Debug)]
pub struct Barrier {
    handle: Handle,
    parties: u32,
}

/// As [`std::sync::BarrierWaitResult`].
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl Barrier {
    /// A barrier for `n` threads; 0 is as 1.
    pub const fn new(n: usize) -> Self {
        Barrier { handle: Handle::new(), parties: if n == 0 { 1 } else { n as u32 } }
    }

    /// As [`std::sync::Barrier::wait`]. The last that arrives is the leader.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let place = Location::caller();
        let ask = |operation, argument| {
            let object = Object::Barrier(Specification { parties: self.parties });
            engine::ask(&self.handle, object, Call { operation, argument }, place)
        };
        let before = ask(Specification::ARRIVE, 0);
        ask(Specification::DEPART, before);
        BarrierWaitResult((before + 1).is_multiple_of(self.parties))
    }
}

impl BarrierWaitResult {
    /// As [`std::sync::BarrierWaitResult::is_leader`].
    pub fn is_leader(&self) -> bool {
        self.0
    }
}
