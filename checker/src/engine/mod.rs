//! The engine: explores every execution graph of a model once.
//!
//! [`explore`] goes from graph to graph, and has the algorithm in ten lines. [`run`] executes the model along one graph.
//! [`graph`] and [`event`] are what it is made of, [`consistency`] says which graphs are executions, and [`revisit`] which earlier
//! reads a new write may be seen by. [`spin_until`] lets a thread wait for a condition on atomics. [`replay`] executes one graph
//! again in the order that reads best ([`linearise`]), or along a [`schedule`]. [`orderings`] weakens accesses for an audit.
//! [`work_sharing`] takes an exploration apart for several workers. The objects that block are specifications in
//! [`crate::objects`]. [`crate::api`] turns the model's calls into events.

mod behaviour;
mod bug_key;
mod consistency;
mod counted;
mod destructors;
mod driver;
mod ends;
mod event;
mod explore;
mod fiber;
mod graph;
mod guard;
mod guide;
mod handles;
mod heap;
mod history;
mod leaks;
mod linearise;
mod links;
mod local_state;
mod numbers;
mod orderings;
mod panicking;
mod preemptions;
mod psc;
mod races;
mod random;
mod replay;
mod revisit;
mod run;
mod schedule;
mod shared;
mod sharing;
mod spin_until;
mod stable_prefix;
mod stepping;
mod symmetry;
mod watch;
mod work_sharing;

use std::any::Any;
use std::cell::Cell;
use std::ops::Range;
use std::panic::Location;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use event::Id;

use crate::harness::Settings;
use crate::objects::{Call, Object, Observer};
use crate::trace::{self, Record};

pub use behaviour::Behaviour;
pub(crate) use counted::{Counted, Level};
pub(crate) use destructors::{acts, destroy, destroy_own};
pub(crate) use driver::{caught, estimate, explore, panicked, split, thread_locals, thread_locals_of_others};
pub(crate) use ends::{check_life, end_of, free, give_back, use_of};
pub(crate) use event::{Accepts, Mode};
pub(crate) use fiber::{Job, STACK, Task};
pub use graph::MemoryModel;
pub(crate) use handles::{Deed, Word};
#[cfg(all(target_os = "linux", target_env = "gnu", target_arch = "x86_64", not(miri)))]
pub use heap::door;
pub use heap::{Accesses, Memory};
pub(crate) use heap::{Hooks, begin as begin_heap, has_slots, is_in_slot, ours};
pub(crate) use history::{History, Judge, Made};
pub(crate) use linearise::Cost;
pub(crate) use numbers::ByNumber;
pub(crate) use orderings::Ledger;
use orderings::Orderings;
pub(crate) use races::Begun;
use random::Random;
pub(crate) use replay::{beside, replay};
pub use run::Time;
pub(crate) use run::{Asked, End, Engine, Handle, Learnt, Run, Spurious, Stop, Update};
pub use schedule::{InvalidSchedule, Schedule};
pub(crate) use spin_until::{Loaded, Waits, load as load_in_condition, wait_until};
pub use stepping::{Ahead, Holding, Move, Position, Standing, Thing, Thread};
pub(crate) use stepping::{moves, position};
pub(crate) use watch::{
    access as access_plain_memory, access_atomic, allocated as allocated_plain_memory,
    forget as forget_plain_memory, freed as freed_plain_memory, freed_twice, freed_wrongly, has_no_room,
    place_of_free, put_back_statics, write_static,
};

thread_local! {
    /// The engine that explores on this OS thread. Its fibers run on it too.
    static CURRENT: Cell<*mut Engine> = const { Cell::new(std::ptr::null_mut()) };
}

/// What an engine executes, for those that execute it again.
pub(crate) struct Origin {
    settings: NonNull<Settings>,
    pub(super) model: Arc<dyn Fn() + Send + Sync>,
}

impl Origin {
    /// # Safety
    ///
    /// The settings live as long as the engine that this is given to.
    unsafe fn new(settings: &Settings, model: Arc<dyn Fn() + Send + Sync>) -> Self {
        Origin { settings: settings.into(), model }
    }

    fn settings(&self) -> &Settings {
        // SAFETY: its maker promised that they are alive.
        unsafe { self.settings.as_ref() }
    }
}

/// An engine, kept behind a pointer: the fibers of its executions refer to it too.
pub(crate) struct Owned(*mut Engine);

impl Owned {
    pub(crate) fn new(settings: &Settings) -> Self {
        let mut engine = Box::new(Engine {
            search: Default::default(),
            run: Run::new(settings.learnt.clone()),
            counted: Counted::default(),
            guide: None,
            random: None,
            orderings: Orderings::of(settings),
            origin: None,
        });
        engine.search.preemptions.bound = settings.preemption_bound;
        engine.run.specified = settings.specifications;
        engine.run.keeps_going = settings.keep_going;
        engine.run.reading = settings.time;
        let polls = if settings.spurious_polls { u32::MAX } else { 0 };
        engine.run.budgets = [settings.spurious_wakeups, settings.spurious_failures, polls, u32::MAX];
        engine.run.panics_reach_join = settings.panics_reach_join;
        engine.run.judge = settings.judge.clone();
        engine.run.limits.steps = settings.max_steps.unwrap_or(driver::MAX_STEPS);
        Owned(Box::into_raw(engine))
    }

    /// The engine between executions.
    pub(crate) fn engine(&mut self) -> &mut Engine {
        // SAFETY: the pointer is a box's, and no fiber runs.
        unsafe { &mut *self.0 }
    }

    /// Executes the model along the present graph and says how it ended. The model's calls find the engine meanwhile.
    pub(crate) fn execute(&mut self, model: Job) -> End {
        let before = CURRENT.replace(self.0);
        let slot = guard::here();
        slot.engine.store(self.0, Ordering::Relaxed);
        self.engine().run.begin_graph();
        let end = loop {
            // SAFETY: the pointer is a box's, `self` is borrowed, and `CURRENT` is it.
            let end = unsafe { run::execute(self.0, model.clone(), slot) };
            if end != End::Stopped(Stop::Again) {
                break end;
            }
            trace::begin(trace::records());
        };
        CURRENT.set(before);
        end
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the pointer came from a box, and nobody else frees it.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// Whether the caller is a thread of a model that is being explored.
pub(crate) fn in_model() -> bool {
    let engine = CURRENT.get();
    // SAFETY: as in `with`.
    !engine.is_null() && unsafe { &*engine }.run.is_running()
}

/// The lane of the running thread, for a panic that may have begun inside of the engine; `None` outside of a model.
fn running_lane() -> Option<u32> {
    let engine = CURRENT.get();
    // SAFETY: as in `with`.
    in_model().then(|| unsafe { &*engine }.run.running())
}

/// Calls the engine without waiting.
///
/// # Panics
///
/// Outside of a model.
pub(crate) fn with<R>(f: impl FnOnce(&mut Engine) -> R) -> R {
    let engine = CURRENT.get();
    assert!(
        !engine.is_null(),
        "selvedge's types work inside of a model only: call this from `selvedge::model` or `Checker::run`"
    );
    // SAFETY: the engine that set the pointer is executing the model: it has switched to this fiber and touches nothing
    // until it is switched back. `f` does not switch, and does not call this function.
    heap::ours(|| f(unsafe { &mut *engine }))
}

/// Calls the engine without waiting, where it runs this execution.
#[inline]
pub(crate) fn within<R>(execution: u64, f: impl FnOnce(&mut Engine) -> R) -> Option<R> {
    let engine = CURRENT.get();
    if engine.is_null() {
        return None;
    }
    // SAFETY: as in `with`.
    let engine = unsafe { &mut *engine };
    heap::ours(|| (engine.run.is_running() && engine.run.tag() == execution).then(|| f(engine)))
}

/// Calls the engine until it has an answer, letting other threads run meanwhile.
///
/// # Panics
///
/// Outside of a model.
#[inline]
pub(crate) fn call<R>(mut f: impl FnMut(&mut Engine) -> Option<R>) -> R {
    loop {
        let (answer, watches) = with(|e| (f(e), e.run.watches()));
        if let Some(answer) = answer {
            if watches {
                local_state::sweep(with(Engine::suspend_bounds), local_state::REACH);
            }
            return answer;
        }
        wait();
    }
}

/// The running thread is suspended, or its local state is looked at, which is that of the caller.
#[inline(always)]
fn wait() {
    let registers = with(Engine::looks_at);
    if registers.is_null() {
        with(Engine::suspend_point).suspend();
    } else {
        // SAFETY: they are the engine's.
        unsafe { local_state::save(registers) };
        with(Engine::looked);
    }
}

/// Nothing of the engine's calls stays on the running thread's stack below the caller's frame, while threads are looked at. Does
/// nothing outside of a model.
#[inline(always)]
pub(crate) fn sweep() {
    sweep_so_far(local_state::REACH);
}

/// As [`sweep`], after calls that reach so deep.
// Inline, for a frame of its own would stay, with registers of the caller's in it.
#[inline(always)]
fn sweep_so_far(reach: usize) {
    let stack = swept();
    if stack.base != 0 {
        local_state::sweep(stack, reach);
    }
}

/// The stack of the running thread, while threads are looked at; else none, at 0.
// What is inlined into users' code may tell of its accesses: this is not, and what it returns fits into registers.
#[inline(never)]
fn swept() -> local_state::Bounds {
    let engine = CURRENT.get();
    // SAFETY: as in `with`.
    let watches = !engine.is_null() && unsafe { &*engine }.run.watches();
    if watches { with(Engine::suspend_bounds) } else { local_state::Bounds::default() }
}

/// Asks an object and waits for its answer.
#[inline]
pub(crate) fn ask(handle: &Handle, object: Object, call: Call, place: &'static Location<'static>) -> u32 {
    ask_within(handle, object, call, Duration::MAX, place)
}

/// Asks an object and waits for its answer, or until the specification answers that the request has timed out.
#[inline]
pub(crate) fn ask_within(
    handle: &Handle,
    object: Object,
    call: Call,
    timeout: Duration,
    place: &'static Location<'static>,
) -> u32 {
    let answer = ask_and_wait(&Asked { handle, object, call, timeout, place });
    sweep();
    answer
}

fn ask_and_wait(asked: &Asked) -> u32 {
    let answer = self::call(|e| {
        e.request(asked)?;
        Some(e.answer())
    });
    let Asked { handle, object, call, place, .. } = *asked;
    let answer = answer.unwrap_or_else(|| {
        if trace::records() {
            tell_blocked(place, handle, object.name(call));
        }
        self::call(Engine::answer)
    });
    if trace::records() {
        tell(place, handle, object.name(call), || object.result(call, answer).to_owned());
    }
    answer
}

/// What is true of the state in which an object is left, for who has it alone; false outside of a model.
pub(crate) fn is_left(handle: &Handle, holds: impl FnOnce(&[u32]) -> bool) -> bool {
    in_model() && with(|e| holds(e.state_of(handle)))
}

/// Writes down what the running thread did, if somebody will read it.
#[inline]
pub(crate) fn tell<T: ?Sized>(
    place: &'static Location<'static>,
    object: *const T,
    operation: &'static str,
    result: impl FnOnce() -> String,
) {
    trace::tell(|| Record { result: result(), ..Record::inner(place.into(), object, operation) });
}

/// Writes down that the running thread waits, if somebody will read it.
#[cold]
pub(crate) fn tell_blocked<T: ?Sized>(
    place: &'static Location<'static>,
    object: *const T,
    operation: &'static str,
) {
    let step = || Record::inner(place.into(), object, operation);
    trace::tell(|| Record { result: "waits".to_owned(), blocks: true, ..step() });
}

/// Waits for the end of a thread, whose handle reports know by `object`.
pub(crate) fn join<T: ?Sized>(lane: u32, object: *const T, place: &'static Location<'static>) {
    let mut told = !trace::records();
    while with(|e| e.join(lane, place)).is_none() {
        if !told && with(|e| e.run.this_thread().is_joining()) {
            tell_blocked(place, object, "join");
            told = true;
        }
        with(Engine::suspend_point).suspend();
    }
}

/// Where the checker's thread-locals are on this thread, which makes those that have not been made. What they hold is the
/// same to each exploration: nothing, or what it binds anew.
fn own_locals() -> Vec<Range<usize>> {
    let here = [
        trace::span(&CURRENT),
        trace::span(&guard::HERE),
        trace::span(&panicking::UNWINDING),
        trace::span(&driver::PANICKED_AT),
        trace::span(&fiber::KEPT_FIBERS),
        driver::own_local(),
    ];
    here.into_iter()
        .chain(heap::own_locals())
        .chain(shared::own_locals())
        .chain(trace::own_locals())
        .chain(watch::own_locals())
        .chain(crate::api::interpose::own_locals())
        .collect()
}

/// Reports to the observer and returns how many reports there were before.
pub(crate) fn observe(place: &'static Location<'static>) -> u32 {
    let (call, timeout) = (Call { operation: Observer::REPORT, argument: 0 }, Duration::MAX);
    let ask = |e: &mut Engine| {
        let handle = &*e.run.observer.clone();
        e.request(&Asked { handle, object: Object::Observer, call, timeout, place })
    };
    self::call(ask);
    self::call(Engine::answer)
}

/// The running thread begins a call that the model's judge knows by this number.
pub(crate) fn begin_call(call: usize) {
    with(|e| {
        let (lane, at) = (e.run.running(), e.run.done());
        e.run.calls.begin(call, lane, at);
    });
}

/// The running thread ends a call.
pub(crate) fn end_call(call: usize, answer: impl Any) {
    with(|e| {
        let (lane, at) = (e.run.running(), e.run.done());
        e.run.calls.end(call, lane, at, Box::new(answer));
    });
}

/// The running thread's number for reports: 0 outside of a model.
pub(crate) fn running_thread() -> u64 {
    if in_model() { with(|e| u64::from(e.run.running())) } else { 0 }
}

/// How many events the running thread has done: 0 outside of a model.
pub(crate) fn events_done() -> u32 {
    if in_model() { with(|e| e.run.done()) } else { 0 }
}

/// Whether what the running thread does is cut short without a reason.
pub(crate) fn is_spurious(what: Spurious, place: &'static Location<'static>) -> bool {
    with(|e| e.run.budgets[what as usize]) > 0 && call(|e| e.choose_spurious(what, place))
}

/// Whether the running thread, which is about to write, may be waited behind by readers that come later.
pub(crate) fn announces(place: &'static Location<'static>) -> bool {
    // One that unwinds would be given up in the middle of that where it announces itself to nobody.
    with(|e| e.may_announce()) && !is_panicking() && call(|e| e.choose_to_announce(place))
}

/// The running thread goes no further unless `holds`, and the execution is dropped.
pub(crate) fn assume(holds: bool) {
    if !holds {
        with(|e| e.assumed());
        check_stop();
    }
}

/// The running thread goes on when `duration` has passed.
pub(crate) fn sleep(duration: Duration, place: &'static Location<'static>) {
    let step = || Record::inner(place.into(), std::ptr::null::<()>(), "sleep");
    trace::tell(|| Record { result: format!("{duration:?}"), blocks: true, ..step() });
    if with(|e| e.begin_sleep(duration, place)) {
        call(|e| e.wait_until(place));
    } else {
        hint(place);
    }
    with(|e| e.end_sleep(duration));
    tell(place, std::ptr::null::<()>(), "sleep", String::new);
}

/// The running thread says that it waits for something that others do.
pub(crate) fn hint(place: &'static Location<'static>) {
    if with(|e| e.pauses(place)) {
        with(Engine::suspend_point).suspend();
        check_stop();
    }
}

/// The running thread may write `memory` until it says that it [has](has_written). `scoped`: it is sure to say that, and the
/// memory is there until then.
#[inline]
pub(crate) fn writes<T: ?Sized>(memory: &T, scoped: bool) {
    if in_model() {
        with(|e| e.writes(std::ptr::from_ref(memory).cast(), size_of_val(memory), scoped));
    }
}

/// The running thread may have written plain memory, and nobody looks where.
pub(crate) fn has_changed() {
    if in_model() {
        with(Engine::has_changed_plain_memory);
    }
}

/// The running thread has given back the memory that it may have written.
#[inline]
pub(crate) fn has_written<T: ?Sized>(memory: *const T) {
    if in_model() {
        with(|e| e.has_written(memory.cast()));
    }
}

/// Whether the running thread unwinds; outside of a model, whether the OS thread does.
pub(crate) fn is_panicking() -> bool {
    std::thread::panicking() && (!in_model() || panicking::is(with(|e| e.run.running())))
}

/// Whether a thread that panics leaves what it holds poisoned, and its panic to the thread that joins it.
pub(crate) fn panics_reach_join() -> bool {
    with(|e| e.run.panics_reach_join)
}

/// The running thread's name for reports; `None` outside of a model.
pub(crate) fn running_name() -> Option<String> {
    in_model().then(|| with(|e| e.name_of(e.run.running())))
}

/// Does not return when the execution is to stop, or the running thread is given up.
pub(crate) fn check_stop() {
    call(|e| e.run.goes_on().then_some(()));
}
