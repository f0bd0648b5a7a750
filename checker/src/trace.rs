//! What each thread does in the execution that is running, recorded where it happens, for any engine.
//!
//! The primitives call [`step`] right after the access that makes an operation take effect, so that the order of steps
//! is the order in which they took effect, whatever the engine. Outside of an exploration every call does nothing.

use std::any::Any;
use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::fmt::{self, Display};
use std::ops::Range;
use std::panic::Location;
use std::ptr;
use std::sync::atomic::Ordering;
use std::thread::LocalKey;

use crate::addresses::{Numbers, numbered};

/// A source line.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
    /// The column, from 1.
    pub column: u32,
}

impl Place {
    /// The place that called the function that calls this, through every `#[track_caller]` between.
    #[track_caller]
    pub fn caller() -> Self {
        Location::caller().into()
    }

    /// Whether it is in the standard library: a drop at the end of a scope is called from there.
    pub(crate) fn is_of_rust(&self) -> bool {
        self.file.starts_with("/rustc/") || self.file.contains("/lib/rustlib/")
    }
}

impl From<&'static Location<'static>> for Place {
    fn from(location: &'static Location<'static>) -> Self {
        Place { file: location.file(), line: location.line(), column: location.column() }
    }
}

impl Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl fmt::Debug for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

/// One operation of one thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Step {
    /// The thread, an index into [`Execution::threads`].
    pub thread: usize,
    /// What it is done to, numbered in the order of first use; `None` where that is not known.
    pub object: Option<usize>,
    /// The operation's name: `acquire`, `set`, `get`.
    pub operation: &'static str,
    /// The value written or read, or what became of the call; may be empty.
    pub result: String,
    /// Whether the thread blocks in it; the same operation is recorded again when it goes on.
    pub blocks: bool,
    /// Whether it is an access that a larger operation is made of, such as the atomics of a lock.
    pub inner: bool,
    /// Of an access of an atomic, with which ordering it was made.
    pub ordering: Option<Ordering>,
    /// Where the model called it.
    pub place: Place,
}

/// One execution, as far as it has come.
#[derive(Clone, Debug, Default)]
pub struct Execution {
    /// The names of the threads in the order in which they first took a step.
    pub threads: Vec<String>,
    /// The operations, in the order in which they took effect.
    pub steps: Vec<Step>,
    /// What [`outcome`](crate::outcome) was told, each with its place in the order of the calls.
    outcomes: Vec<(u32, String)>,
    /// For each step how many events its thread had done when it was recorded, as the engine counts them.
    pub(crate) done: Vec<u32>,
    /// The engine's own identity of each thread, in the order of `threads`.
    pub(crate) identities: Vec<u64>,
    /// The address of each object, in the order of their numbers.
    objects: Vec<usize>,
}

impl Execution {
    /// What an observer has seen: all that [`outcome`](crate::outcome) was told, in order.
    pub(crate) fn outcome(mut self) -> String {
        self.outcomes.sort_by_key(|(number, _)| *number);
        let seen: Vec<_> = self.outcomes.into_iter().map(|(_, seen)| seen).collect();
        numbered(seen.join("; "))
    }

    /// What the thread is called that the engine knows as `identity`.
    #[cfg(all(loom, feature = "upstream-loom"))]
    pub(crate) fn name_of(&self, identity: u64) -> Option<&str> {
        let thread = self.identities.iter().position(|i| *i == identity)?;
        Some(&self.threads[thread])
    }

    /// A sentence on each thread that waits: in what operation, and where; of nobody where no operation was recorded.
    pub(crate) fn who_waits(&self) -> Option<String> {
        let last = |thread| self.steps.iter().rfind(|s| s.thread == thread && !s.inner);
        let waits: Vec<_> = (0..self.threads.len())
            .filter_map(|thread| last(thread).filter(|s| s.blocks))
            .map(|s| format!("{} waits in {} at {}", self.threads[s.thread], s.operation, s.place))
            .collect();
        (!waits.is_empty()).then(|| waits.join(", "))
    }

    fn object(&mut self, address: usize) -> Option<usize> {
        if address == 0 {
            return None;
        }
        Some(self.objects.iter().position(|o| *o == address).unwrap_or_else(|| {
            self.objects.push(address);
            self.objects.len() - 1
        }))
    }

    fn thread(&mut self, identity: u64) -> usize {
        self.identities.iter().position(|i| *i == identity).unwrap_or_else(|| {
            self.identities.push(identity);
            self.threads.push(match crate::engine::running_name() {
                Some(name) => name,
                None if self.identities.len() == 1 => "MainThread".to_owned(),
                None => format!("thread {}", self.identities.len() - 1),
            });
            self.identities.len() - 1
        })
    }
}

thread_local! {
    /// Whether steps are written down.
    static RECORDS: Cell<bool> = const { Cell::new(false) };
    /// The execution that this OS thread explores. Fibers of one exploration share their OS thread.
    static EXECUTION: RefCell<Option<Execution>> = const { RefCell::new(None) };
}

/// Where this thread's thread-locals are.
pub(crate) fn own_locals() -> [Range<usize>; 2] {
    [span(&RECORDS), span(&EXECUTION)]
}

/// Where a thread-local is on this thread.
pub(crate) fn span<T>(local: &'static LocalKey<T>) -> Range<usize> {
    local.with(|value| {
        let at = ptr::from_ref(value).addr();
        at..at + size_of::<T>()
    })
}

/// Forgets the execution that was recorded and starts the next one, whose steps are written down if `records`.
pub(crate) fn begin(records: bool) {
    RECORDS.set(records);
    EXECUTION.with_borrow_mut(|e| match e {
        // Most executions record nothing, and millions of them pass here.
        Some(e) if e.threads.is_empty() && e.outcomes.is_empty() => {}
        _ => *e = Some(Execution::default()),
    });
}

/// Whether somebody will read the steps that are recorded; outcomes are always read.
#[inline]
pub(crate) fn records() -> bool {
    RECORDS.get()
}

/// Takes what was recorded since [`begin`]; `None` if nothing was begun.
pub(crate) fn end() -> Option<Execution> {
    let mut execution = EXECUTION.take();
    if let Some(execution) = &mut execution {
        // Addresses differ from run to run, and are good for nothing once all objects have their numbers.
        execution.objects.clear();
        let mut numbers = Numbers::default();
        for step in &mut execution.steps {
            if let Cow::Owned(told) = numbers.told(&step.result) {
                step.result = told;
            }
        }
    }
    execution
}

/// What an observer has seen since [`begin`]: all that [`outcome`](crate::outcome) was told, in order.
pub(crate) fn outcome() -> String {
    let told = |e: &Option<Execution>| e.as_ref().is_some_and(|e| !e.outcomes.is_empty());
    // Many models tell nothing, and millions of executions end here.
    if EXECUTION.with_borrow(told) { end().unwrap_or_default().outcome() } else { String::new() }
}

/// Applies `f` to the execution that is running, if one is.
pub(crate) fn with<R>(f: impl FnOnce(&mut Execution) -> R) -> Option<R> {
    EXECUTION.try_with(|e| e.try_borrow_mut().ok()?.as_mut().map(f)).ok().flatten()
}

/// Says what the current thread is called in reports where loom explores, which knows no names. Before that it is `MainThread`
/// or `thread N`. This crate's own engine calls threads what their builders do.
#[cfg(all(loom, feature = "upstream-loom"))]
pub fn name_thread(name: &str) {
    if !records() {
        return;
    }
    let identity = thread_identity();
    with(|execution| {
        let thread = execution.thread(identity);
        execution.threads[thread] = name.to_owned();
    });
}

/// Records that the current thread did `operation`, and what became of it; the place is the caller's.
#[track_caller]
pub fn step(operation: &'static str, result: impl Display) {
    step_at(Place::caller(), ptr::null::<()>(), operation, result);
}

/// As [`step`], and says on what: a report tells objects apart by their addresses, and shows none.
#[track_caller]
pub fn step_on<T: ?Sized>(object: *const T, operation: &'static str, result: impl Display) {
    step_at(Place::caller(), object, operation, result);
}

/// As [`step_on`], at a place that the caller has kept.
pub fn step_at<T: ?Sized>(place: Place, object: *const T, operation: &'static str, result: impl Display) {
    tell(|| Record { result: result.to_string(), ..Record::new(place, object, operation) });
}

/// Records what `make` makes, if somebody reads it. What that leaves on the stack, addresses in the heap among it, would make
/// each round of a loop another: so it is not in line, and swept away.
#[inline]
pub(crate) fn tell(make: impl FnOnce() -> Record) {
    #[cold]
    #[inline(never)]
    fn swept(make: impl FnOnce() -> Record) {
        call(make);
        if crate::engine::in_model() {
            crate::engine::sweep();
        }
    }
    #[inline(never)]
    fn call(make: impl FnOnce() -> Record) {
        crate::engine::ours(|| record(make()));
    }
    if records() {
        swept(make);
    }
}

/// Records a step that the present operation is made of: the wait for a condition gives a lock back, which only readers of
/// every detail want to see, but which says who holds it.
#[track_caller]
pub fn part<T: ?Sized>(object: *const T, operation: &'static str) {
    let place = Place::caller();
    tell(|| Record { inner: true, ..Record::new(place, object, operation) });
}

/// Records that the current thread blocks in `operation` on an object; the place is the caller's.
#[track_caller]
pub fn blocks_on<T: ?Sized>(object: *const T, operation: &'static str) {
    blocks_at(Place::caller(), object, operation);
}

/// As [`blocks_on`], at a place that the caller has kept.
pub fn blocks_at<T: ?Sized>(place: Place, object: *const T, operation: &'static str) {
    tell(|| Record { result: "waits".to_owned(), blocks: true, ..Record::new(place, object, operation) });
}

/// A step before its thread and object have numbers.
pub(crate) struct Record {
    pub(crate) place: Place,
    pub(crate) object: usize,
    pub(crate) operation: &'static str,
    pub(crate) result: String,
    pub(crate) blocks: bool,
    pub(crate) inner: bool,
    pub(crate) ordering: Option<Ordering>,
}

impl Record {
    pub(crate) fn new<T: ?Sized>(place: Place, object: *const T, operation: &'static str) -> Self {
        Record {
            place,
            object: object.addr(),
            operation,
            result: String::new(),
            blocks: false,
            inner: false,
            ordering: None,
        }
    }

    /// An access that an operation is made of, on an object of the engine. What a primitive is made of may begin at the
    /// primitive's own address, and is another object: it is known by the address after.
    pub(crate) fn inner<T: ?Sized>(place: Place, object: *const T, operation: &'static str) -> Self {
        let step = Record::new(place, object, operation);
        let object = if step.object == 0 { 0 } else { step.object + 1 };
        Record { object, inner: true, ..step }
    }
}

fn record(record: Record) {
    let (identity, done) = (thread_identity(), crate::engine::events_done());
    let steps = with(|execution| {
        let Record { place, object, operation, result, blocks, inner, ordering } = record;
        let (thread, object) = (execution.thread(identity), execution.object(object));
        execution.steps.push(Step { thread, object, operation, result, blocks, inner, ordering, place });
        execution.done.push(done);
        execution.steps.len()
    });
    #[cfg(all(loom, feature = "upstream-loom"))]
    crate::upstream::check_length(steps.unwrap_or(0));
    #[cfg(not(all(loom, feature = "upstream-loom")))]
    let _ = steps;
}

/// Keeps what an observer is told as the call with this number; without one, after all others.
pub(crate) fn observe(number: Option<u32>, seen: String) {
    with(|execution| {
        let number = number.unwrap_or(execution.outcomes.len() as u32);
        execution.outcomes.push((number, seen));
    });
}

/// The engine's number for the current thread: 0 for the model's first thread and outside of an exploration.
pub fn thread_identity() -> u64 {
    #[cfg(all(loom, feature = "upstream-loom"))]
    if !crate::engine::in_model() {
        return crate::upstream::current_thread();
    }
    crate::engine::running_thread()
}

/// Says that a panic has ended the current thread, where a primitive has caught it and lets nobody else see it: the
/// execution fails. loom's explorations hear of every panic as it begins.
pub fn panicked(payload: &(dyn Any + Send)) {
    #[cfg(not(all(loom, feature = "upstream-loom")))]
    if crate::engine::in_model() {
        crate::engine::panicked(payload);
        crate::engine::check_stop();
    }
    #[cfg(all(loom, feature = "upstream-loom"))]
    let _ = payload;
}

/// What a panic said.
pub(crate) fn panic_message(payload: &(dyn Any + Send)) -> String {
    payload
        .downcast_ref::<&str>()
        .map(|s| (*s).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .map_or_else(|| "a panic with a payload that is not a string".to_owned(), numbered)
}
