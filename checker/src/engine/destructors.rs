//! Destructors of values that several handles share.
//!
//! What the owners of the handles did before they dropped them happens before the destructor that the last drop runs, as if every
//! drop were a release and the last an acquire. Where drops are no events ([`counted`](super::counted)) the graph does not
//! say so, and it is kept here what each owner knew. Who was last does not matter for that.

use std::mem::ManuallyDrop;

use super::run::Engine;
use super::{Stop, with};

/// What happens before an end besides what the graph says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Released {
    /// How many events of each lane.
    events: Vec<u32>,
    /// Up to which plain access of each lane, as [`Plain`](super::races::Plain) counts them.
    touches: Vec<u32>,
}

impl Released {
    pub(crate) fn clear(&mut self) {
        self.events.clear();
        self.touches.clear();
    }

    /// How many events of a lane.
    pub(super) fn events(&self, lane: u32) -> u32 {
        self.events.get(lane as usize).copied().unwrap_or(0)
    }

    /// Up to which plain access of a lane.
    pub(super) fn touches(&self, lane: u32) -> u32 {
        self.touches.get(lane as usize).copied().unwrap_or(0)
    }

    fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    fn add(&mut self, other: &Released) {
        join(&mut self.events, &other.events);
        join(&mut self.touches, &other.touches);
    }

    fn reach(&mut self, lane: u32, events: u32, touches: u32) {
        let len = lane as usize + 1;
        self.events.resize(self.events.len().max(len), 0);
        self.touches.resize(self.touches.len().max(len), 0);
        let (known, touched) = (&mut self.events[lane as usize], &mut self.touches[lane as usize]);
        (*known, *touched) = ((*known).max(events), (*touched).max(touches));
    }
}

fn join(one: &mut Vec<u32>, other: &[u32]) {
    one.resize(one.len().max(other.len()), 0);
    one.iter_mut().zip(other).for_each(|(one, other)| *one = (*one).max(*other));
}

/// The last handle of the value with this number is dropped: runs its destructor, of a type of this name, or of none where the
/// drops are events.
pub(crate) fn destroy(value: usize, name: Option<&'static str>, destructor: impl FnOnce()) {
    let released = with(|e| std::mem::take(e.run.ends.released(value)));
    let mut released = run(released, name, 1, destructor);
    // Its memory is used again.
    released.clear();
    with(|e| *e.run.ends.released(value) = released);
}

/// Runs destructors of values that the running thread has for itself, by something that is no event.
pub(crate) fn destroy_own(destructor: impl FnOnce()) {
    let lanes = with(|e| e.search.current.graph.lanes.len());
    let all = Released { events: vec![u32::MAX; lanes], touches: vec![u32::MAX; lanes] };
    let _ = run(all, None, 0, destructor);
}

fn run(mut released: Released, name: Option<&'static str>, arcs: u32, destructor: impl FnOnce()) -> Released {
    /// Ends the destructor also where it panics.
    struct Running {
        before: Released,
        outer: Option<&'static str>,
        ends: usize,
        arcs: u32,
    }
    impl Running {
        /// Leaves in `before` what was known in the destructor. `panics`: it did not come to its end.
        fn end(&mut self, panics: bool) {
            with(|e| {
                let before = std::mem::take(&mut self.before);
                self.before = e.end_destructor(before, self.outer, self.ends, panics);
                e.run.this_thread().destructors -= self.arcs;
            });
        }
    }
    impl Drop for Running {
        fn drop(&mut self) {
            self.end(true);
        }
    }
    let running = with(|e| {
        let ends = e.run.ends.len();
        e.run.checks_calls |= name.is_some();
        let thread = e.run.this_thread();
        thread.destructors += arcs;
        if !thread.released.is_empty() {
            released.add(&thread.released);
        }
        let before = std::mem::replace(&mut thread.released, released);
        Running { before, outer: std::mem::replace(&mut thread.destroys, name), ends, arcs }
    });
    destructor();
    let mut running = ManuallyDrop::new(running);
    running.end(false);
    std::mem::take(&mut running.before)
}

/// The running thread does something that can be told, which is no event.
pub(crate) fn acts() {
    if with(|e| e.run.checks_calls && e.acts_in_destructor()) {
        super::check_stop();
    }
}

impl Engine {
    /// The running thread gives up its handle of the value with this number, and others are left.
    pub(crate) fn release(&mut self, value: usize) {
        let (lane, done) = (self.run.running(), self.run.done());
        let known = self.search.current.graph.happens_before_of(lane, done);
        let touches = self.run.plain.touches();
        let released = self.run.ends.released(value);
        join(&mut released.events, known);
        released.reach(lane, done, touches);
        let own = &self.run.threads[lane as usize].released;
        if !own.is_empty() {
            let own = own.clone();
            self.run.ends.released(value).add(&own);
        }
    }

    /// Returns what was known in the destructor.
    fn end_destructor(
        &mut self,
        before: Released,
        outer: Option<&'static str>,
        ends: usize,
        panics: bool,
    ) -> Released {
        let does_nothing = self.run.ends.len() > ends && !panics;
        if !does_nothing {
            self.acts_in_destructor();
        }
        let thread = self.run.this_thread();
        thread.destroys = outer;
        std::mem::replace(&mut thread.released, before)
    }

    /// Whether the running thread runs a destructor of which nobody was to tell that it ran here: then drops of handles of such
    /// values are counted from now on, and the exploration begins again.
    pub(super) fn acts_in_destructor(&mut self) -> bool {
        let Some(name) = self.run.this_thread().destroys else { return false };
        if self.run.stop.is_none() {
            self.counted.count(name);
            self.run.stop = Some(Stop::Restart);
        }
        true
    }
}
