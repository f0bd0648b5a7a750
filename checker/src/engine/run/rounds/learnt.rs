//! What all engines that explore the same model have found out about its loops.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::Place;

/// What all engines that explore the same model have found out about its loops.
///
/// It decides which events there are, so two engines with other knowledge explore other trees. Whatever is added to what an
/// engine decides by (`watched`, `unseen`, `untried`), all begin again with it: the tree of the last exploration is that
/// of one knowledge, whichever engine found it out, and when. There are few such calls, and most are met by the first executions.
#[derive(Clone, Debug, Default)]
pub(crate) struct Learnt(Arc<Mutex<Known>>);

#[derive(Clone, Debug, Default)]
pub(super) struct Known {
    /// The calls at which local states are looked at.
    pub(super) watched: Vec<Place>,
    /// The calls at which rounds never count as idle.
    pub(super) unseen: Vec<Place>,
    /// The calls at which a round counts as idle only after the same was gone several times.
    pub(super) untried: Vec<Place>,
    /// The calls at which a trial was passed.
    pub(super) confirmed: Vec<Place>,
    /// The calls at which a thread stopped after an idle round.
    pub(super) stopped: Vec<Place>,
}

/// Two of them are never told apart: it is what was found out, and no setting.
impl PartialEq for Learnt {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

pub(super) fn add(places: &mut Vec<Place>, place: Place) {
    if !places.contains(&place) {
        places.push(place);
    }
}

impl Learnt {
    /// What is known now, for one who keeps to himself what he finds out.
    pub(crate) fn copied(&self) -> Learnt {
        Learnt(Arc::new(Mutex::new(self.known().clone())))
    }

    pub(super) fn known(&self) -> MutexGuard<'_, Known> {
        // Nothing panics while it is held.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A round at `place` does something else in the end. Whether such a round has counted as idle.
    pub(super) fn is_unseen(&self, place: Place) -> bool {
        let mut known = self.known();
        add(&mut known.unseen, place);
        known.stopped.contains(&place)
    }

    /// A thread stops at `place`; false where that is known to be wrong.
    pub(super) fn stops(&self, place: Place) -> bool {
        let mut known = self.known();
        add(&mut known.stopped, place);
        !known.unseen.contains(&place)
    }

    /// After an exploration: whether threads stopped where no trial could be made, so that all is to be explored again with more
    /// rounds at such places.
    pub(crate) fn wants_more_rounds(&self) -> bool {
        let known = &mut *self.known();
        let before = known.untried.len();
        for place in std::mem::take(&mut known.stopped) {
            if !known.confirmed.contains(&place) {
                add(&mut known.untried, place);
            }
        }
        known.untried.len() > before
    }
}
