//! Memory that is freed while it may be accessed, accessed or freed after that, or never freed.
//!
//! Each access must happen before the memory is freed. Of two that are not so ordered the one that runs second finds the other: what
//! frees memory looks for accesses that it does not come after, and an access finds that the memory is free, for nothing uses its
//! addresses again in the execution.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use super::shadow::{Access, By};
use super::source::{self, Asks, Known};
use super::with_shadow;
use crate::engine::heap::{self, Freed, Name};
use crate::engine::run::{End, Engine, Stop};
use crate::engine::{check_stop, shared, with};
use crate::harness::{Failure, FailureKind};
use crate::trace::{self, Place, Record};

/// Memory of which it is to be known where it is allocated and freed: of all explorations of this process.
static WANTED: Mutex<BTreeSet<Name>> = Mutex::new(BTreeSet::new());

/// How many there are.
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn wanted() -> std::sync::MutexGuard<'static, BTreeSet<Name>> {
    WANTED.lock().unwrap_or_else(PoisonError::into_inner)
}

thread_local! {
    /// Where memory was allocated that is wanted, in the execution that runs on this OS thread: the last is the newest.
    static ALLOCATED: RefCell<Allocated> = const { RefCell::new((0, Vec::new())) };
}

/// An execution, and what it has allocated that is wanted.
type Allocated = (u64, Vec<(Name, Asks)>);

/// Where this module's thread-local is.
pub(super) fn own_local() -> Range<usize> {
    trace::span(&ALLOCATED)
}

/// From the next time on it is known where the memory at this address is allocated and freed. Whether that is new.
fn want(memory: usize) -> bool {
    let new = heap::name(memory).is_some_and(|name| heap::ours(|| wanted().insert(name)));
    COUNT.fetch_add(usize::from(new), Ordering::Relaxed);
    new
}

/// Which memory this is, if it is wanted.
fn is_wanted(memory: usize) -> Option<Name> {
    if COUNT.load(Ordering::Relaxed) == 0 {
        return None;
    }
    heap::name(memory).filter(|name| wanted().contains(name))
}

/// Where memory is freed that is wanted. Reports show that.
pub(crate) fn place_of_free(memory: &Range<usize>) -> Option<Place> {
    is_wanted(memory.start)?;
    let place = source::of_call_of_heap().place();
    tell(memory.start, "free", place);
    place
}

/// Memory was allocated. Where, is written down if that is wanted, and reports show it.
pub(crate) fn allocated(memory: usize) {
    let Some(name) = is_wanted(memory) else { return };
    let asks = source::of_call_of_heap();
    tell(memory, "allocate", asks.place());
    let execution = with(|e| e.run.tag());
    heap::ours(|| {
        ALLOCATED.with_borrow_mut(|(of, allocated)| {
            if std::mem::replace(of, execution) != execution {
                allocated.clear();
            }
            allocated.push((name, asks));
        });
    });
}

/// Who has allocated memory: `None` if it has to be [wanted](want).
fn allocated_by(memory: usize, execution: u64) -> Option<Asks> {
    let name = heap::name(memory)?;
    ALLOCATED.with_borrow(|(of, allocated)| {
        let newest = allocated.iter().rev().find(|(of_name, _)| *of_name == name && *of == execution);
        newest.map(|(_, asks)| *asks)
    })
}

fn tell(memory: usize, operation: &'static str, place: Option<Place>) {
    if let Some(place) = place {
        trace::tell(|| Record::inner(place, std::ptr::without_provenance::<u8>(memory), operation));
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
        match source::known_or_wanted(other.by) {
            Known::Ours => {}
            Known::Wanted => with(|e| _ = e.run.stop.get_or_insert(Stop::Restart)),
            Known::At(there) => {
                let here = source::of_call_of_heap().place();
                let others = shared::destructors();
                tell(memory.start, "free", here);
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
    let here = source::of_call_of_heap().place();
    tell(memory.start, "free", here);
    with(|e| {
        if known {
            e.frees_twice(memory.start, here, before);
        } else {
            e.run.stop.get_or_insert(Stop::Restart);
        }
    });
    check_stop();
}

/// The running thread is about to free what is no beginning of memory that was allocated.
#[cold]
pub(crate) fn freed_wrongly() {
    let here = source::of_call_of_heap().place();
    with(|e| {
        let frees = format!("{} frees memory{}", e.name_of(e.run.running()), at(here));
        let message = format!("{frees} by an address at which none was allocated");
        e.fail_at(FailureKind::DoubleFree, message, here);
    });
    check_stop();
}

/// There is no address left for memory that the running thread allocates. It ends with its next call of the checker.
#[cold]
pub(crate) fn has_no_room() {
    with(|e| {
        let message = "the model's memory has no addresses left: it has too many threads, allocates too much, or leaks in each execution";
        e.fail_at(FailureKind::ModelLimit, message.to_owned(), None);
    });
}

/// The running thread is about to access memory that is free.
#[cold]
pub(super) fn is_used(by: By, writes: bool, memory: &Range<usize>, before: Freed) {
    let Known::At(here) = source::known_of(by) else { return };
    let known = before.place.is_some() || !want(memory.start);
    with(|e| {
        if known {
            e.uses_freed((by, writes), here, memory.start, before);
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
        let Some(allocated) = self.place_of(memory) else { return true };
        let message = format!(
            "{} {} memory at {there} that {} frees{}, and the access does not happen before that{allocated}",
            self.name_of(other.lane),
            other.verb(),
            self.name_of(self.run.running()),
            at(here),
        );
        source::have_raced([other.by; 2]);
        self.run.plain.has_raced(there);
        self.fail_at(FailureKind::UseAfterFree, message, here);
        true
    }

    fn frees_twice(&mut self, memory: usize, here: Option<Place>, before: Freed) {
        let Some(allocated) = self.place_of(memory) else { return };
        let message = format!(
            "{} frees memory{} that {} has freed{}{allocated}",
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

    fn uses_freed(&mut self, (by, writes): (By, bool), here: Place, memory: usize, before: Freed) {
        let Some(allocated) = self.place_of(memory) else { return };
        let message = format!(
            "{} {} memory at {here} that {} has freed{}{allocated}",
            self.name_of(self.run.running()),
            by.verb(writes),
            self.name_of(before.lane),
            at(before.place),
        );
        source::have_raced([by; 2]);
        if let Some(there) = before.place {
            self.run.plain.has_raced(there);
        }
        self.fail_at(FailureKind::UseAfterFree, message, Some(here));
    }
}

impl Engine {
    /// Where memory was allocated, in words. Where that is not known yet, the exploration begins again.
    pub(super) fn place_of(&mut self, memory: usize) -> Option<String> {
        match allocated_by(memory, self.run.tag()) {
            Some(Asks::User(Some(place))) => Some(format!("; it was allocated at {place}")),
            Some(_) => Some(String::new()),
            // Wanted, and yet not known: nobody comes by who would say.
            None if !want(memory) => Some(String::new()),
            None => {
                self.run.stop.get_or_insert(Stop::Restart);
                None
            }
        }
    }

    /// An execution that ends with memory that nothing leads to is a failure, where that is asked for.
    pub(in crate::engine) fn look_for_leaks(&mut self, end: End) -> End {
        if !self.run.memory.leaks || !matches!(end, End::Complete) {
            return end;
        }
        let execution = self.run.tag();
        for memory in heap::leaked(self) {
            let place = match allocated_by(memory.start, execution) {
                None if want(memory.start) => return End::Stopped(Stop::Restart),
                // What keeps the buffers of its streams is not followed.
                Some(Asks::Streams) => continue,
                Some(Asks::User(place)) => place,
                None => None,
            };
            let what = if place.is_some() { "the memory that was allocated here" } else { "memory" };
            let message =
                format!("{what} is still there when the execution has ended, and nothing leads to it");
            self.run.leaked = Some(Failure { kind: FailureKind::Leak, message, thread: None, place });
            break;
        }
        end
    }
}

fn at(place: Option<Place>) -> String {
    place.map_or_else(String::new, |place| format!(" at {place}"))
}
