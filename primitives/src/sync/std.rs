//! The facade over the standard library.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ptr::NonNull;
use std::sync::{Arc, OnceLock, PoisonError};
use std::time::Duration;
pub(crate) use std::time::Instant;

use super::Identity;

pub(crate) use super::unspecified::{
    EventSpecification, LockSpecification, SemaphoreSpecification, joins_specified,
};
use std::hint::spin_loop;
pub(crate) use std::sync::atomic;
pub(crate) use std::thread::{sleep, yield_now};

/// Declares constructors: `const` on this backend, which loom's objects cannot be.
macro_rules! constructors {
    ($($(#[$meta:meta])* $vis:vis fn $name:ident($($arg:ident: $type:ty),* $(,)?) -> $ret:ty $body:block)*) => {
        $($(#[$meta])* $vis const fn $name($($arg: $type),*) -> $ret $body)*
    };
}

/// Declares statics. On loom they are made anew in each execution, by dereference.
macro_rules! statics {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        $($(#[$meta])* static $name: $type = $init;)*
    };
}

/// Declares thread-locals, as [`std::thread_local!`] does.
macro_rules! thread_locals {
    ($($(#[$meta:meta])* static $name:ident: $type:ty = $init:expr;)*) => {
        ::std::thread_local! { $($(#[$meta])* static $name: $type = const { $init };)* }
    };
}

pub(crate) use {constructors, statics, thread_locals};

/// When a wait gives up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Deadline {
    /// It does not.
    Never,
    /// At once: a poll, for which nobody looks at the clock.
    Now,
    /// At this time.
    At(Instant),
}

impl Deadline {
    /// The time `timeout` from now, and never where the clock cannot count so far.
    #[inline]
    pub(crate) fn after(timeout: Duration) -> Self {
        if timeout.is_zero() {
            return Deadline::Now;
        }
        Instant::now().checked_add(timeout).map_or(Deadline::Never, Deadline::At)
    }

    /// The time `instant`, which may have passed.
    #[inline]
    pub(crate) fn until(instant: Instant) -> Self {
        Deadline::At(instant)
    }
}

/// A mutex that does not poison: what it guards is never left half changed.
pub(super) struct Mutex<T>(std::sync::Mutex<T>);

pub(super) type MutexGuard<'a, T> = std::sync::MutexGuard<'a, T>;

impl<T> Mutex<T> {
    pub(super) const fn new(value: T) -> Self {
        Mutex(std::sync::Mutex::new(value))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(super) struct Condvar(std::sync::Condvar);

impl Condvar {
    pub(super) const fn new() -> Self {
        Condvar(std::sync::Condvar::new())
    }

    /// Wakes the one thread that waits.
    pub(super) fn notify(&self) {
        self.0.notify_one();
    }

    /// Waits once. Returns whether there is reason to wait again: false when the deadline has passed.
    pub(super) fn wait<'a, T>(
        &self,
        _mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        deadline: Deadline,
    ) -> (MutexGuard<'a, T>, bool) {
        let at = match deadline {
            Deadline::Never => return (self.0.wait(guard).unwrap_or_else(PoisonError::into_inner), true),
            Deadline::Now => return (guard, false),
            Deadline::At(at) => at,
        };
        let left = at.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return (guard, false);
        }
        let (guard, _) = self.0.wait_timeout(guard, left).unwrap_or_else(PoisonError::into_inner);
        (guard, true)
    }
}

/// Memory that is shared by some rule of the owner's own. loom checks the rule.
#[derive(Debug, Default)]
pub(crate) struct UnsafeCell<T: ?Sized>(std::cell::UnsafeCell<T>);

/// Leave to read and write the contents of an [`UnsafeCell`] for as long as it lives.
pub(crate) struct MutPtr<T: ?Sized>(NonNull<T>);

impl<T> UnsafeCell<T> {
    pub(crate) const fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    pub(crate) fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: ?Sized> UnsafeCell<T> {
    #[inline]
    pub(crate) fn get_mut(&self) -> MutPtr<T> {
        // SAFETY: a cell is not at address 0.
        MutPtr(unsafe { NonNull::new_unchecked(self.0.get()) })
    }
}

impl<T: ?Sized> MutPtr<T> {
    /// # Safety
    ///
    /// Nobody else has leave to read or write while this lives, no other reference from it is alive, and the cell
    /// outlives it.
    #[inline]
    #[expect(clippy::mut_from_ref, reason = "the pointer is leave to write; the caller promises to be alone")]
    pub(crate) unsafe fn deref(&self) -> &mut T {
        // SAFETY: the caller's promise.
        unsafe { &mut *self.0.as_ptr() }
    }
}

/// What an atomic word probably is, kept beside it. Reading this does not wait for a read-modify-write of the word to be done.
///
/// It may be wrong at any time, so it is only good for what a compare-and-swap checks.
pub(crate) struct Guess(atomic::AtomicUsize);

impl Guess {
    pub(crate) const fn new(value: usize) -> Self {
        Guess(atomic::AtomicUsize::new(value))
    }

    #[inline]
    pub(crate) fn get(&self) -> usize {
        self.0.load(atomic::Ordering::Relaxed)
    }

    #[inline]
    pub(crate) fn set(&self, value: usize) {
        self.0.store(value, atomic::Ordering::Relaxed);
    }
}

/// Waiting without blocking, for a short and bounded while.
///
/// A lock is mostly held for less time than it takes to put a thread to sleep and wake it. The first rounds keep the
/// processor, each twice as long as the one before; the later ones offer it to others, in case the holder needs it.
pub(crate) struct Spin {
    rounds: u32,
    /// When the first offer was made, where that is of interest.
    begun: Option<Instant>,
    /// Whether to stop when an offer has given a time slice away.
    hurries: bool,
}

impl Spin {
    const BUSY: u32 = 2;
    const ROUNDS: u32 = 14;
    /// After so many offers the clock is looked at.
    const OFFERS: u32 = 3;
    /// Offers that take longer have given a time slice away. The holder had the use of it, so more would bring nothing.
    const SLICE: Duration = Duration::from_millis(1);

    #[inline]
    pub(crate) const fn new() -> Self {
        Spin { rounds: 0, begun: None, hurries: false }
    }

    /// For those that wait for a turn, and are not in the line while they spin.
    #[inline]
    pub(crate) const fn for_turn() -> Self {
        Spin { rounds: 0, begun: None, hurries: true }
    }

    /// For those that have spun already.
    #[inline]
    pub(crate) const fn spent() -> Self {
        Spin { rounds: Self::ROUNDS, begun: None, hurries: false }
    }

    /// Spins one round; false when it is time to block instead.
    #[inline]
    pub(crate) fn spin(&mut self) -> bool {
        if self.rounds >= Self::ROUNDS {
            return false;
        }
        if self.rounds < Self::BUSY {
            for _ in 0..1 << self.rounds {
                spin_loop();
            }
        } else {
            if self.hurries && (self.rounds - Self::BUSY).is_multiple_of(Self::OFFERS) && self.is_late() {
                self.rounds = Self::ROUNDS;
                return false;
            }
            yield_now();
        }
        self.rounds += 1;
        true
    }

    /// Whether the offers have taken too long.
    fn is_late(&mut self) -> bool {
        match self.begun {
            Some(begun) => begun.elapsed() > Self::SLICE,
            None => {
                self.begun = Some(Instant::now());
                false
            }
        }
    }
}

/// When a queue of waiting threads hands over: at most once in half a millisecond, and the first time at once.
///
/// The time is in microseconds from an origin that all share, in 32 bits. Those wrap in 71 minutes; so once in a while a hand-over
/// comes half a millisecond later, and never does one stay away.
pub(super) struct Pace(u32);

impl Pace {
    const MICROSECONDS: u32 = 500;

    pub(super) const fn new() -> Self {
        Pace(0)
    }

    /// Whether it is time to hand over, or that is `asked` for; if so, the next time counts from here.
    pub(super) fn hands_over(&mut self, asked: bool) -> bool {
        static ORIGIN: OnceLock<Instant> = OnceLock::new();
        let passed = ORIGIN.get_or_init(Instant::now).elapsed().as_micros();
        #[expect(clippy::cast_possible_truncation, reason = "the clock wraps")]
        let now = (passed as u32).wrapping_add(Self::MICROSECONDS);
        let hands_over = asked || now.wrapping_sub(self.0) >= Self::MICROSECONDS;
        if hands_over {
            self.0 = now;
        }
        hands_over
    }
}

/// Runs `body` on a thread of its own, which `identity` then tells of, and `end` when its thread-locals have been dropped. The end of
/// the process waits for none.
///
/// The standard library drops a thread's locals in the reverse of the order in which they were first used. So `end` belongs to one
/// that is used before all others.
pub(crate) fn spawn(
    name: &str,
    _daemon: bool,
    identity: Arc<Identity>,
    body: impl FnOnce() + Send + 'static,
    end: impl FnOnce() + Send + 'static,
) -> std::io::Result<()> {
    // Given before the thread runs, so that nobody sees a running thread without a number.
    let ident = identity.ident_or(next_identity);
    // A name with a zero byte cannot be given to the operating system; the thread works without.
    let name = name.replace('\0', " ");
    let run = move || {
        END.with(|at_end| at_end.borrow_mut().0 = Some(Box::new(end)));
        IDENTITY.set(ident);
        identity.set_native(native_identity());
        body();
    };
    let builder = std::thread::Builder::new().name(name);
    let builder = match STACK_SIZE.load(atomic::Ordering::Relaxed) {
        0 => builder,
        bytes => builder.stack_size(bytes),
    };
    builder.spawn(run).map(drop)
}

/// How large the stacks of threads are that are started from here on; 0: as large as the standard library makes them.
static STACK_SIZE: atomic::AtomicUsize = atomic::AtomicUsize::new(0);

/// Says how large the stacks of threads are to be that are started from here on, and returns how large they were.
pub(crate) fn set_stack_size(bytes: usize) -> usize {
    // Relaxed: it publishes nothing but itself.
    STACK_SIZE.swap(bytes, atomic::Ordering::Relaxed)
}

/// How large the stacks of threads are that are started from here on.
pub(crate) fn stack_size() -> usize {
    STACK_SIZE.load(atomic::Ordering::Relaxed)
}

/// What is called when it is dropped.
struct AtEnd(Option<Box<dyn FnOnce()>>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        if let Some(end) = self.0.take() {
            end();
        }
    }
}

std::thread_local! {
    /// What a thread of ours does when its other thread-locals are gone.
    static END: RefCell<AtEnd> = const { RefCell::new(AtEnd(None)) };
    /// The thread's number; 0 before it has one. It has nothing to drop, and so can be asked for to the very end of the thread.
    static IDENTITY: Cell<u64> = const { Cell::new(0) };
}

/// Lets the operating system know the current thread by `name`, as far as it can: on Linux and Android by the first 15 bytes.
pub(crate) fn name_native(name: &str) {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        use std::ffi::{CString, c_int};

        const PR_SET_NAME: c_int = 15;
        unsafe extern "C" {
            /// prctl(2).
            fn prctl(option: c_int, ...) -> c_int;
        }
        let short = name.replace('\0', " ");
        let short =
            CString::new(&short[..short.floor_char_boundary(15)]).expect("the zero bytes were replaced");
        // SAFETY: the name ends with a zero byte and lives until the return.
        unsafe { prctl(PR_SET_NAME, short.as_ptr()) };
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = name;
}

fn next_identity() -> u64 {
    static NEXT: atomic::AtomicU64 = atomic::AtomicU64::new(1);
    // Relaxed: only that no two are equal matters.
    NEXT.fetch_add(1, atomic::Ordering::Relaxed)
}

/// A number for the current thread that no other thread of this process ever has; never 0.
#[inline]
pub(crate) fn thread_identity() -> u64 {
    IDENTITY.with(|identity| {
        if identity.get() == 0 {
            identity.set(next_identity());
        }
        identity.get()
    })
}

/// The operating system's number for the current thread.
pub(crate) fn native_identity() -> u64 {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        unsafe extern "C" {
            /// gettid(2).
            safe fn gettid() -> std::ffi::c_int;
        }
        gettid().cast_unsigned().into()
    }
    #[cfg(windows)]
    {
        #[link(name = "kernel32")]
        unsafe extern "system" {
            /// `GetCurrentThreadId` of processthreadsapi.h.
            safe fn GetCurrentThreadId() -> u32;
        }
        GetCurrentThreadId().into()
    }
    #[cfg(not(any(target_os = "linux", target_os = "android", windows)))]
    thread_identity()
}

/// Whether the end of a program leaves its daemons where they are.
pub(crate) const ABANDONS_DAEMONS: bool = true;

/// Records an operation for a report: nothing to do here.
#[inline(always)]
pub(crate) fn step<T: ?Sized>(_object: *const T, _operation: &'static str, _result: impl Display) {}

/// Records what an operation is made of: nothing to do here.
#[inline(always)]
pub(crate) fn part<T: ?Sized>(_object: *const T, _operation: &'static str) {}

/// Fails a model's execution with a panic that a thread has caught: there is none here.
#[inline(always)]
pub(crate) fn panicked(_payload: &(dyn std::any::Any + Send)) {}

/// Records a blocked operation for a report: nothing to do here.
#[inline(always)]
pub(crate) fn blocks<T: ?Sized>(_object: *const T, _operation: &'static str) {}

/// The place of a call whose end is to be recorded where no caller is known, as in a drop.
#[derive(Clone, Copy)]
pub(crate) struct Site;

impl Site {
    #[inline(always)]
    pub(crate) fn caller() -> Self {
        Site
    }

    /// Records an operation for a report: nothing to do here.
    #[inline(always)]
    pub(crate) fn step<T: ?Sized>(self, _object: *const T, _operation: &'static str, _result: impl Display) {}
}

/// Runs a unit test's body: once. On loom, in every interleaving.
#[cfg(test)]
pub(crate) fn model(body: impl Fn() + Send + Sync + 'static) {
    body();
}
