//! Memory that is freed while it may be accessed, or accessed or freed after that.
//!
//! Each access must happen before the memory is freed. Of two that are not so ordered the one that runs second finds the other: what
//! frees memory looks for accesses that it does not come after, and an access finds that the memory is free, for nothing uses its
//! addresses again in the execution.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::shadow::Access;
use super::source::{self, Known};
use super::with_shadow;
use crate::engine::heap::{self, Freed};
use crate::engine::run::{Engine, Stop};
use crate::engine::{check_stop, shared, with};
use crate::harness::FailureKind;
use crate::trace::{self, Place, Record};

/// Memory of which it is to be known where it is freed, by its address: of all explorations of this process.
static WANTED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());

/// How many there are.
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn wanted() -> std::sync::MutexGuard<'static, BTreeSet<usize>> {
    WANTED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// From the next time on it is known where this memory is freed. Whether that is new.
fn want(memory: usize) -> bool {
    let new = heap::ours(|| wanted().insert(memory));
    COUNT.fetch_add(usize::from(new), Ordering::Relaxed);
    new
}

/// Where memory is freed that is wanted. Reports show that.
pub(crate) fn place_of_free(memory: &Range<usize>) -> Option<Place> {
    if COUNT.load(Ordering::Relaxed) == 0 || !wanted().contains(&memory.start) {
        return None;
    }
    let place = source::of_free();
    tell_free(memory, place);
    place
}

fn tell_free(memory: &Range<usize>, place: Option<Place>) {
    if let Some(place) = place {
        trace::tell(|| Record::inner(place, std::ptr::without_provenance::<u8>(memory.start), "free"));
    }
}

/// The running thread is about to free memory.
pub(crate) fn freed(memory: &Range<usize>) {
    loop {
        let found = with(|e| {
            let (lane, tag, known) = (e.run.running(), e.run.tag(), e.known_before_free());
            with_shadow(|shadow| shadow.not_before(memory, tag, (lane, &known), source::is_ours))
        });
        let Some(Some(other)) = found else { return };
        match source::known_or_wanted(other.code) {
            Known::Ours => {}
            Known::Wanted => with(|e| _ = e.run.stop.get_or_insert(Stop::Restart)),
            Known::At(there) => {
                let here = source::of_free();
                let others = shared::destructors();
                tell_free(memory, here);
                if !with(|e| e.frees_too_early(memory.start, here, (other, there), others)) {
                    return;
                }
            }
        }
        check_stop();
    }
}

/// The running thread is about to free memory that is free.
#[cold]
pub(crate) fn freed_twice(memory: &Range<usize>, before: Freed) {
    let there = before.place;
    let known = there.is_some() || !want(memory.start);
    let here = source::of_free();
    tell_free(memory, here);
    with(|e| {
        if known {
            e.frees_twice(here, before);
        } else {
            e.run.stop.get_or_insert(Stop::Restart);
        }
    });
    check_stop();
}

/// The running thread is about to access memory that is free.
#[cold]
pub(super) fn is_used(now: Access, memory: &Range<usize>, before: Freed) {
    let Known::At(here) = source::look_up(now.code) else { return };
    let known = before.place.is_some() || !want(memory.start);
    with(|e| {
        if known {
            e.uses_freed(now, here, before);
        } else {
            e.run.stop.get_or_insert(Stop::Restart);
        }
    });
    check_stop();
}

impl Engine {
    /// So many events of each lane happen before the running thread frees memory: also those that it knows of as the last who drops
    /// a handle.
    fn known_before_free(&mut self) -> Vec<u32> {
        let mut known = self.happens_before().to_vec();
        let released = &self.run.this_thread().released;
        for (lane, known) in known.iter_mut().enumerate() {
            *known = (*known).max(released.events(lane as u32));
        }
        known
    }

    /// `others`: as many values of std's own `Arc`s may be in the middle of their destructors. Whether that stops the execution.
    fn frees_too_early(
        &mut self,
        memory: usize,
        here: Option<Place>,
        (other, there): (Access, Place),
        others: usize,
    ) -> bool {
        if self.acts_in_destructor() {
            return true;
        }
        if others > self.run.this_thread().destructors as usize {
            return false;
        }
        want(memory);
        let message = format!(
            "{} {} memory at {there} that {} frees{}, and the access does not happen before that",
            self.name_of(other.lane),
            if other.writes { "writes" } else { "reads" },
            self.name_of(self.run.running()),
            at(here),
        );
        source::have_raced([other.code, other.code]);
        self.run.plain.has_raced(there);
        self.fail_at(FailureKind::UseAfterFree, message, here);
        true
    }

    fn frees_twice(&mut self, here: Option<Place>, before: Freed) {
        let message = format!(
            "{} frees memory{} that {} has freed{}",
            self.name_of(self.run.running()),
            at(here),
            self.name_of(before.lane),
            at(before.place),
        );
        if let Some(there) = before.place {
            self.run.plain.has_raced(there);
        }
        self.fail_at(FailureKind::DoubleFree, message, here);
    }

    fn uses_freed(&mut self, now: Access, here: Place, before: Freed) {
        let message = format!(
            "{} {} memory at {here} that {} has freed{}",
            self.name_of(now.lane),
            if now.writes { "writes" } else { "reads" },
            self.name_of(before.lane),
            at(before.place),
        );
        source::have_raced([now.code, now.code]);
        if let Some(there) = before.place {
            self.run.plain.has_raced(there);
        }
        self.fail_at(FailureKind::UseAfterFree, message, Some(here));
    }
}

fn at(place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| format!(" at {place}"))
}
