//! What must be gone when an execution ends.

use std::collections::BTreeMap;
use std::panic::Location;

use super::ends::End;

type Place = &'static Location<'static>;

/// What was allocated in the execution that is running, with the places where.
#[derive(Default)]
pub(crate) struct Leaks {
    tickets: Vec<Ticket>,
    addresses: BTreeMap<usize, Ticket>,
}

/// What has become of something that must be gone.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Ticket {
    /// It is still there, and came from this place.
    Held(Place),
    Gone(End),
    Forgotten,
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
        self.addresses.insert(address, Ticket::Held(place));
    }

    /// What was known of the memory at this address, which is given back; `None`: nothing was allocated there.
    pub(super) fn remove(&mut self, address: usize, end: End) -> Option<Ticket> {
        self.addresses.get_mut(&address).map(|ticket| ticket.end(end))
    }

    pub(crate) fn issue(&mut self, place: Place) -> usize {
        self.tickets.push(Ticket::Held(place));
        self.tickets.len() - 1
    }

    /// Nothing is to be given back for this ticket.
    pub(crate) fn forget(&mut self, ticket: usize) {
        if ticket < self.tickets.len() {
            self.tickets[ticket] = Ticket::Forgotten;
        }
    }

    /// What was known of what gives its ticket back.
    pub(super) fn give_back(&mut self, ticket: usize, end: End) -> Option<Ticket> {
        self.tickets.get_mut(ticket).map(|ticket| ticket.end(end))
    }

    /// The place, first in the source, that something came from which is still there.
    pub(crate) fn first(&self) -> Option<Place> {
        let held = |ticket: &Ticket| match ticket {
            Ticket::Held(place) => Some(*place),
            Ticket::Gone(_) | Ticket::Forgotten => None,
        };
        self.addresses
            .values()
            .chain(&self.tickets)
            .filter_map(held)
            .min_by_key(|at| (at.file(), at.line(), at.column()))
    }
}

impl Ticket {
    /// What it was before it was gone. The first end is kept.
    fn end(&mut self, end: End) -> Ticket {
        let before = *self;
        if let Ticket::Held(_) = before {
            *self = Ticket::Gone(end);
        }
        before
    }
}
