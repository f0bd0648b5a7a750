//! What must be gone when an execution ends.

use std::collections::BTreeMap;
use std::panic::Location;

type Place = &'static Location<'static>;

/// What was allocated in the execution that is running, with the places where.
#[derive(Default)]
pub(crate) struct Leaks {
    tickets: Vec<Option<Place>>,
    addresses: BTreeMap<usize, Place>,
}

impl Leaks {
    pub(crate) fn is_empty(&self) -> bool {
        self.tickets.is_empty() && self.addresses.is_empty()
    }

    pub(crate) fn clear(&mut self) {
        self.tickets.clear();
        self.addresses.clear();
    }

    pub(crate) fn add(&mut self, address: usize, place: Place) {
        self.addresses.insert(address, place);
    }

    /// Whether it was there.
    pub(crate) fn remove(&mut self, address: usize) -> bool {
        self.addresses.remove(&address).is_some()
    }

    pub(crate) fn issue(&mut self, place: Place) -> usize {
        self.tickets.push(Some(place));
        self.tickets.len() - 1
    }

    pub(crate) fn give_back(&mut self, ticket: usize) {
        if let Some(ticket) = self.tickets.get_mut(ticket) {
            *ticket = None;
        }
    }

    /// The place, first in the source, that something came from which is still there.
    pub(crate) fn first(&self) -> Option<Place> {
        let alive = self.addresses.values().chain(self.tickets.iter().flatten());
        alive.copied().min_by_key(|at| (at.file(), at.line(), at.column()))
    }
}
