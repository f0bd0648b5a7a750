//! Which ordering each access has: the one that the program names, unless an audit weakens it.

use std::collections::{BTreeMap, HashMap};
use std::panic::Location;
use std::ptr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use super::Engine;
use super::event::Mode;
use crate::audit::{Operation, Site, Weakening};
use crate::harness::Settings;

/// The strongest modes that were asked for, by site; shared by all workers.
pub(crate) type Ledger = Arc<Mutex<BTreeMap<Site, Mode>>>;

/// What an audit wants to know of orderings, and what it changes.
pub(crate) struct Orderings {
    weakened: Vec<Weakening>,
    ledger: Option<Ledger>,
    /// What is known of a call, by the address of its place: the compiler may make several of one place.
    known: HashMap<(*const Location<'static>, Operation), Known>,
}

struct Known {
    site: Site,
    /// No access here is stronger.
    most: Mode,
    /// What was asked for so far, together.
    asked: Mode,
}

impl Orderings {
    /// What `settings` ask for; `None` where orderings are those of the program and nobody wants to know them.
    pub(super) fn of(settings: &Settings) -> Option<Box<Self>> {
        let Settings { weakened, ledger, .. } = settings;
        let is_wanted = !weakened.is_empty() || ledger.is_some();
        is_wanted.then(|| {
            let (weakened, ledger) = (weakened.clone(), ledger.clone());
            Box::new(Orderings { weakened, ledger, known: HashMap::new() })
        })
    }

    fn mode(&mut self, place: &'static Location<'static>, operation: Operation, ordering: Ordering) -> Mode {
        let Orderings { weakened, known, .. } = self;
        let known = known.entry((ptr::from_ref(place), operation)).or_insert_with(|| {
            let site = Site { place: place.into(), operation };
            let of_site = weakened.iter().filter(|w| w.site == site);
            let most = of_site.fold(Mode::from(Ordering::SeqCst), |most, w| most & w.ordering.into());
            Known { site, most, asked: Mode::RELAXED }
        });
        let asked = ordering.into();
        known.asked = known.asked | asked;
        asked & known.most
    }
}

impl Drop for Orderings {
    /// Tells the others what was asked for here.
    fn drop(&mut self) {
        let Some(ledger) = &self.ledger else { return };
        let mut ledger = ledger.lock().unwrap_or_else(PoisonError::into_inner);
        for Known { site, asked, .. } in self.known.values() {
            let all = ledger.entry(*site).or_insert(Mode::RELAXED);
            *all = *all | *asked;
        }
    }
}

impl Engine {
    /// The mode of an access that the program wants to have `ordering`.
    #[inline]
    pub(crate) fn mode(
        &mut self,
        place: &'static Location<'static>,
        operation: Operation,
        ordering: Ordering,
    ) -> Mode {
        match &mut self.orderings {
            None => ordering.into(),
            Some(orderings) => orderings.mode(place, operation, ordering),
        }
    }
}
