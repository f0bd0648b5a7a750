//! A round is tried before it counts as idle: memory outside of the stack is not seen, so the thread goes the round again and again
//! with the same answers, and does something else in the end if the round counts there.

use super::learnt::add;
use super::{Arrival, Place, TRIED};
use crate::engine::local_state::Digest;
use crate::engine::run::{Engine, Stop};

/// A thread goes round with the same answers.
pub(super) struct Trial {
    pub(super) lane: u32,
    /// Its events from the one to the other are the round.
    pub(super) begin: u32,
    pub(super) end: u32,
    pub(super) left: u32,
    pub(super) place: Place,
    pub(super) digest: Digest,
    /// What it is in now, at the end of the round.
    pub(super) now: Option<Digest>,
}

impl Engine {
    /// The running thread has come to where the graph knows no more of it, and it is not its turn. The round that ends here is tried
    /// at once: when others have run, plain memory may be another, and a trial says nothing. Returns whether it is.
    #[cold]
    pub(in crate::engine::run) fn tries_early(&mut self, place: Place) -> bool {
        let (lane, end) = (self.run.running, self.run.done());
        let knows_more = self.search.current.graph.lanes[lane as usize].events.len() > end as usize;
        if self.is_led() {
            return false;
        }
        if knows_more || !self.run.goes_on() || self.run.rounds.looks || self.evaluates() {
            return false;
        }
        if self.is_tried() {
            return matches!(self.tries_again(place), Arrival::Again);
        }
        if !self.run.rounds.watches(place) || self.run.rounds.unseen.contains(&place) {
            return false;
        }
        let Some(begin) = self.begin_of_round(place, &|_| false) else { return false };
        self.idle(lane, begin, end).is_some()
            && matches!(self.begins_trial(begin, place), Some(Arrival::Again))
    }

    /// Tries the round that the running thread has come to the end of, if that is wanted and no other has run meanwhile.
    pub(in crate::engine::run) fn begins_trial(&mut self, begin: u32, place: Place) -> Option<Arrival> {
        let (lane, end) = (self.run.running, self.run.done());
        if self.is_led()
            || self.run.rounds.tried.contains(&(lane, end))
            || !self.has_run_alone(begin)
            || !self.run.rounds.wants_trial(place)
        {
            return None;
        }
        let visits = &self.run.threads[lane as usize].circle.visits;
        let digest = visits.last().expect("it has been looked at").digest;
        let trial = Trial { lane, begin, end, left: TRIED, place, digest, now: Some(digest) };
        self.run.rounds.trial = Some(trial);
        Some(self.tries_again(place))
    }

    /// Whether the running thread tries a round: it waits for nothing then.
    pub(in crate::engine::run) fn is_tried(&self) -> bool {
        self.run.rounds.trial.as_ref().is_some_and(|trial| trial.lane == self.run.running)
    }

    /// Whether a guide says who goes on, or that nobody does: a trial would be steps for it.
    pub(in crate::engine::run) fn is_led(&self) -> bool {
        self.is_stepped() || self.guide.as_ref().is_some_and(|guide| !guide.is_at_the_end())
    }

    /// Whether no other thread has run since the running one did its event `begin`.
    pub(in crate::engine::run) fn has_run_alone(&self, begin: u32) -> bool {
        let visits = &self.run.threads[self.run.running as usize].circle.visits;
        visits.iter().rev().find(|v| v.at == begin).is_some_and(|v| v.turns == self.run.turns)
    }

    /// The running thread is where the round that is tried ends.
    pub(in crate::engine::run) fn tries_again(&mut self, place: Place) -> Arrival {
        let Some(trial) = &mut self.run.rounds.trial else { return Arrival::GoesOn };
        if trial.place != place || trial.now.take() != Some(trial.digest) {
            self.leaves_trial();
            return Arrival::Waits;
        }
        let (lane, begin, end) = (trial.lane, trial.begin, trial.end);
        if trial.left == 0 {
            self.run.rounds.trial = None;
            add(&mut self.run.rounds.shared.known().confirmed, place);
            self.run.rounds.tried.push((lane, end));
            self.run.stop.get_or_insert(Stop::Again);
            return Arrival::Waits;
        }
        trial.left -= 1;
        self.run.done[lane as usize] = begin;
        self.run.left += end - begin;
        Arrival::Again
    }

    /// Whether the running thread tries a round. It does something else there than it did before, so it counts in memory that is not
    /// seen.
    #[cold]
    pub(in crate::engine) fn leaves_trial(&mut self) -> bool {
        let lane = self.run.running;
        let Some(trial) = self.run.rounds.trial.take_if(|trial| trial.lane == lane) else { return false };
        let rounds = &mut self.run.rounds;
        rounds.unseen.push(trial.place);
        // Where such a round has counted as idle before, all is to be explored again.
        let has_counted = rounds.shared.is_unseen(trial.place);
        self.run.stop = Some(if has_counted { Stop::Relearn } else { Stop::Again });
        self.run.threads[lane as usize].given_up = true;
        true
    }
}
