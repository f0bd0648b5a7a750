//! What watches over code of a model that does not come back.
//!
//! A thread of a model that waits for a lock of std, or loops without a call, holds up its OS thread; one that crashes takes
//! the process with it. Neither can be a verdict: what is known of it is told on standard error while the process still
//! runs, and the process ends with a failure.
//!
//! An OS thread that explores has a [`Slot`]. One thread of the process, the *guard*, looks at all slots a few times a second,
//! and is asleep while nothing is explored. It alone tells, and only of a thread that stands still in a [handler of a
//! signal](signals): so it reads an engine that nobody changes, and the handlers do nothing but say what happened, and wait.

#[cfg(target_os = "linux")]
mod outside;
mod report;
#[cfg(unix)]
mod signals;

use std::cell::Cell;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};
use std::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, AtomicU64, AtomicUsize};
use std::sync::{Mutex, MutexGuard, Once, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use super::run::Engine;
use crate::trace::Place;
use report::Fault;

/// How often the guard looks.
const TICK: Duration = Duration::from_millis(100);

/// After how many ticks without a switch of threads it is written down how far the engine has come.
const LOOK: u32 = 5;

/// In how many ticks after that it has to come further.
const PATIENCE: u32 = 95;

/// In how many where the time of the exploration is over.
const PATIENCE_WHEN_LATE: u32 = 10;

/// A thread that has not computed for so long and does not sleep either has not got a processor, or waits for a disk.
const COMPUTES: Duration = Duration::from_millis(500);

/// Exit status of a process in which a model did not come back: that of a Rust program that panicked.
const FAILED: i32 = 101;

/// Exit status where a model waits for what is no part of it: that says nothing about the model.
const TROUBLE: i32 = 2;

/// What the guard knows of an OS thread that explores. It is never freed, but used for one OS thread after the other.
#[derive(Default)]
pub(super) struct Slot {
    /// The engine that executes a model now.
    pub(super) engine: AtomicPtr<Engine>,
    /// Goes on by one at each switch between the engine and the model: odd while code of the model runs. Written by the OS
    /// thread alone.
    beat: AtomicU64,
    /// When the exploration is to be over, in milliseconds of the process's time; 0: never.
    deadline: AtomicU64,
    /// | from | to | by |
    /// |------|----|----|
    /// | `RUNS` | `ASKED` | the guard, who sends a signal |
    /// | `ASKED` | `STANDS` | the handler on the OS thread, which waits |
    /// | `ASKED`, `STANDS` | `RUNS` | the guard |
    /// | `RUNS`, `ASKED` | `CRASHED` | the handler of a crash, which waits |
    /// | `CRASHED` | `TOLD` | the guard |
    ///
    /// The handler's store is a release, the guard's load an acquire: what the OS thread did before it stood still is seen.
    state: AtomicU32,
    /// What the handler was called with.
    signal: AtomicU32,
    address: AtomicUsize,
    /// The OS thread, as the operating system knows it.
    thread: AtomicUsize,
    /// Its number there; 0: not known.
    number: AtomicU32,
    /// What the OS thread is called: the test.
    name: Mutex<Option<String>>,
    /// What threads of the model panicked with in this execution: the lane, the message and the place.
    panics: Mutex<Vec<(u32, String, Option<Place>)>>,
}

const RUNS: u32 = 0;
const ASKED: u32 = 1;
const STANDS: u32 = 2;
const CRASHED: u32 = 3;
const TOLD: u32 = 4;

/// The slot of OS threads that nobody watches.
static NOBODYS: Slot = Slot {
    engine: AtomicPtr::new(std::ptr::null_mut()),
    beat: AtomicU64::new(0),
    deadline: AtomicU64::new(0),
    state: AtomicU32::new(RUNS),
    signal: AtomicU32::new(0),
    address: AtomicUsize::new(0),
    thread: AtomicUsize::new(0),
    number: AtomicU32::new(0),
    name: Mutex::new(None),
    panics: Mutex::new(Vec::new()),
};

/// All slots, and those that no OS thread has.
static SLOTS: Mutex<(Vec<&'static Slot>, Vec<&'static Slot>)> = Mutex::new((Vec::new(), Vec::new()));

/// How many OS threads explore.
static EXPLORING: AtomicUsize = AtomicUsize::new(0);

/// Whether the guard sleeps until something is explored.
static ASLEEP: AtomicBool = AtomicBool::new(false);

static GUARD: OnceLock<Thread> = OnceLock::new();

thread_local! {
    /// This OS thread's slot.
    pub(super) static HERE: Cell<Option<&'static Slot>> = const { Cell::new(None) };
}

/// The slot of this OS thread.
pub(super) fn here() -> &'static Slot {
    HERE.get().unwrap_or(&NOBODYS)
}

/// Runs `f`, which explores, while the guard watches this OS thread.
pub(super) fn watched<T>(f: impl FnOnce() -> T) -> T {
    /// Leaves the slot to others, also where a callback panicked.
    struct Leave(&'static Slot);
    impl Drop for Leave {
        fn drop(&mut self) {
            HERE.set(None);
            if self.0.is_in_model() {
                self.0.switches();
            }
            EXPLORING.fetch_sub(1, Relaxed);
            lock(&SLOTS).1.push(self.0);
        }
    }
    begin();
    let slot = take_slot();
    slot.deadline.store(0, Relaxed);
    #[cfg(unix)]
    slot.thread.store(signals::this_thread(), Relaxed);
    #[cfg(target_os = "linux")]
    slot.number.store(signals::number_of_this_thread(), Relaxed);
    let name = thread::current().name().map(str::to_owned);
    *lock(&slot.name) = name;
    HERE.set(Some(slot));
    let _leave = Leave(slot);
    // Either the guard, about to sleep, sees that something is explored, or this sees that it sleeps.
    EXPLORING.fetch_add(1, SeqCst);
    if ASLEEP.load(SeqCst)
        && let Some(guard) = GUARD.get()
    {
        guard.unpark();
    }
    f()
}

fn take_slot() -> &'static Slot {
    let mut slots = lock(&SLOTS);
    slots.1.pop().unwrap_or_else(|| {
        let slot: &'static Slot = Box::leak(Box::default());
        slots.0.push(slot);
        slot
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says when the exploration of this OS thread is to be over.
pub(super) fn is_over_at(begin: Instant, most: Option<Duration>) {
    let end = most.and_then(|most| begin.checked_add(most));
    let end = end.map_or(0, |end| end.saturating_duration_since(epoch()).as_millis().max(1) as u64);
    here().deadline.store(end, Relaxed);
}

/// The process's time 0.
fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(Instant::now)
}

impl Slot {
    /// The engine gives this OS thread to code of the model, or gets it back.
    #[inline]
    pub(super) fn switches(&self) {
        self.beat.store(self.beat.load(Relaxed).wrapping_add(1), Relaxed);
    }

    /// Whether code of the model runs.
    #[inline]
    pub(super) fn is_in_model(&self) -> bool {
        self.beat.load(Relaxed) % 2 == 1
    }

    /// Until the value is dropped, what runs is the checker's own and may take long: the thread of the model does not hang
    /// meanwhile. No closure is called, which would stand among the calls that lead to what runs.
    pub(super) fn leaves_model(&self) -> LeftModel<'_> {
        let is_in_model = self.is_in_model();
        if is_in_model {
            self.switches();
        }
        LeftModel { slot: self, is_in_model }
    }

    /// A thread of the model panics.
    pub(super) fn panics(&self, lane: u32, message: String, place: Option<Place>) {
        lock(&self.panics).push((lane, message, place));
    }

    /// An execution begins after one with panics.
    pub(super) fn forgets_panics(&self) {
        lock(&self.panics).clear();
    }

    /// Waits for the guard to tell what happened. Called in a handler.
    #[cfg(unix)]
    fn is_told(&self) -> bool {
        self.state.load(Acquire) == TOLD
    }
}

/// Code of the checker's own runs in the midst of a model's.
pub(super) struct LeftModel<'a> {
    slot: &'a Slot,
    /// Whether code of the model ran before.
    is_in_model: bool,
}

impl Drop for LeftModel<'_> {
    fn drop(&mut self) {
        if self.is_in_model {
            self.slot.switches();
        }
    }
}

/// Begins the guard, once.
fn begin() {
    static BEGUN: Once = Once::new();
    BEGUN.call_once(|| {
        epoch();
        #[cfg(unix)]
        signals::install();
        // Without a guard nothing is told; nothing else needs it.
        if let Ok(guard) = thread::Builder::new().name("selvedge guard".to_owned()).spawn(keep_watch) {
            let _ = GUARD.set(guard.thread().clone());
        }
    });
}

/// For how long a thread of a model has not come back.
#[derive(Clone, Copy, Default)]
struct Stall {
    beat: u64,
    /// Since the beat, or since what was seen.
    ticks: u32,
    /// How far the engine had come after so many ticks, and how much time the OS thread had computed.
    seen: Option<(u32, Came, Option<Duration>)>,
}

/// How far an engine has come in an execution.
type Came = (u64, u32);

/// What the guard does.
fn keep_watch() {
    let mut stalls: Vec<Stall> = Vec::new();
    loop {
        sleep();
        let slots = lock(&SLOTS).0.clone();
        stalls.resize(slots.len(), Stall::default());
        for (slot, stall) in slots.into_iter().zip(&mut stalls) {
            if slot.state.load(Acquire) == CRASHED {
                report::tell(slot, &Fault::of(slot));
                slot.state.store(TOLD, Release);
                continue;
            }
            let beat = slot.beat.load(Relaxed);
            if beat % 2 == 0 || beat != stall.beat {
                *stall = Stall { beat, ..Stall::default() };
                continue;
            }
            stall.ticks += 1;
            look_at(slot, stall);
        }
    }
}

/// Waits for the next tick, or until something is explored.
fn sleep() {
    if EXPLORING.load(Relaxed) > 0 {
        return thread::park_timeout(TICK);
    }
    ASLEEP.store(true, SeqCst);
    if EXPLORING.load(SeqCst) == 0 {
        thread::park();
    }
    ASLEEP.store(false, SeqCst);
}

/// Looks at a thread that has not come back for some ticks.
fn look_at(slot: &'static Slot, stall: &mut Stall) {
    let deadline = slot.deadline.load(Relaxed);
    let is_late = deadline > 0 && epoch().elapsed().as_millis() as u64 >= deadline;
    let patience = if is_late { PATIENCE_WHEN_LATE } else { PATIENCE };
    let waits = if stall.seen.is_some() { patience } else { LOOK };
    if stall.ticks < waits {
        return;
    }
    let sleeps = sleeps(slot);
    let outside = outside(slot);
    let stands = stand_still(slot);
    if slot.beat.load(Relaxed) == stall.beat {
        let came = if stands { report::came(slot) } else { Came::default() };
        match stall.seen {
            // One that calls the checker comes back. One that a debugger holds is not to blame.
            Some((before, seen, computed)) if came == seen && !report::is_debugged() => {
                let works = self::computed(slot).zip(computed);
                let works = works.map(|(now, then)| now.saturating_sub(then) > COMPUTES);
                if works != Some(false) || sleeps != Some(false) {
                    let after = TICK * (before + stall.ticks);
                    let outside = outside.filter(|_| works != Some(true));
                    report::tell(slot, &Fault::Hangs { after, late: is_late, works, outside });
                    end(if outside.is_some() { TROUBLE } else { FAILED });
                }
                stall.seen = Some((before + LOOK, seen, computed));
                stall.ticks -= LOOK;
            }
            _ => {
                let before = if stall.seen.is_some() { 0 } else { stall.ticks };
                *stall = Stall { beat: stall.beat, ticks: 0, seen: Some((before, came, computed(slot))) };
            }
        }
    }
    slot.state.store(RUNS, Release);
}

/// Makes the OS thread stand still in a handler; false where it does not come to one.
fn stand_still(slot: &'static Slot) -> bool {
    #[cfg(unix)]
    if slot.state.compare_exchange(RUNS, ASKED, Relaxed, Relaxed).is_ok() && signals::stop(slot) {
        for _ in 0..100 {
            if slot.state.load(Acquire) == STANDS {
                return true;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
    let _ = (slot, ASKED, STANDS);
    false
}

/// Whether the OS thread sleeps at this moment, where that is known.
fn sleeps(slot: &Slot) -> Option<bool> {
    let number = slot.number.load(Relaxed);
    if number == 0 {
        return None;
    }
    // `stat` has the command in parentheses, whatever it contains, and then a letter for the state (proc(5)).
    let stat = std::fs::read_to_string(format!("/proc/self/task/{number}/stat")).ok()?;
    Some(stat.rsplit_once(')')?.1.trim_start().starts_with('S'))
}

/// The call in which the OS thread waits for what is outside of the process at this moment, where that is known.
fn outside(slot: &Slot) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    return Some(slot.number.load(Relaxed)).filter(|number| *number != 0).and_then(outside::call_of);
    #[cfg(not(target_os = "linux"))]
    {
        let _ = slot;
        None
    }
}

/// How much time the OS thread has computed, where that is known.
fn computed(slot: &Slot) -> Option<Duration> {
    #[cfg(target_os = "linux")]
    return signals::computed(slot.thread.load(Relaxed));
    #[cfg(not(target_os = "linux"))]
    {
        let _ = slot;
        None
    }
}

/// Ends the process at once: what runs at its end may wait for the thread that hangs.
fn end(status: i32) -> ! {
    #[cfg(unix)]
    signals::end(status);
    #[cfg(not(unix))]
    std::process::exit(status)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn a_thread_that_waits_sleeps_and_one_that_computes_does_not() {
        let slot: &'static Slot = Box::leak(Box::default());
        assert_eq!(sleeps(slot), None);
        let ends = std::sync::Arc::new(AtomicBool::new(false));
        let theirs = ends.clone();
        let computes = thread::spawn(move || {
            slot.number.store(signals::number_of_this_thread(), Relaxed);
            while !theirs.load(Relaxed) {
                std::hint::spin_loop();
            }
            slot.number.store(0, Relaxed);
            thread::park();
        });
        while slot.number.load(Relaxed) == 0 {
            thread::yield_now();
        }
        let number = slot.number.load(Relaxed);
        assert_eq!(sleeps(slot), Some(false));
        ends.store(true, Relaxed);
        while slot.number.load(Relaxed) != 0 {
            thread::yield_now();
        }
        slot.number.store(number, Relaxed);
        while sleeps(slot) == Some(false) {
            thread::yield_now();
        }
        computes.thread().unpark();
        computes.join().unwrap();
    }
}
