//! Signals of crashes, and the one that makes a thread stand still.
//!
//! A handler runs in the middle of anything, so these do what may be done there: they look at atomics and a thread-local
//! without a destructor, sleep, and call what handled the signal before. The stack is the thread's alternate one, since a
//! fiber whose stack is used up has none left; where std has not made one, one is made.
//!
//! A handler that was there before is called afterwards, std's for a stack that is used up among them; so the process dies as
//! it would have. One that the program installs later takes the place of this one, and no crash is told then. A program that
//! handles SIGSEGV and goes on is told of as if it crashed, and goes on.

use std::cell::{Cell, UnsafeCell};
use std::ffi::{c_int, c_void};
use std::mem::MaybeUninit;
use std::ptr;
use std::sync::atomic::AtomicI32;
use std::sync::atomic::Ordering::{Acquire, Relaxed, Release};
use std::time::Duration;

use super::{ASKED, CRASHED, FAILED, HERE, RUNS, STANDS, Slot};

/// The signals that a crash ends with.
const CRASHES: [c_int; 6] =
    [libc::SIGSEGV, libc::SIGBUS, libc::SIGILL, libc::SIGFPE, libc::SIGABRT, libc::SIGTRAP];

/// A process that ends by itself in code of a model; no signal has this number.
pub(super) const EXIT: c_int = 0;

/// For how long a thread that crashed waits to be told of, in milliseconds: the guard may need what it holds.
const WAITS: u32 = 15_000;

/// Bytes of an alternate stack.
const ALTERNATE: usize = 64 * 1024;

/// What handled a signal before.
struct Before([UnsafeCell<MaybeUninit<libc::sigaction>>; CRASHES.len()]);

// SAFETY: each is written once, before the handler is there that reads it.
unsafe impl Sync for Before {}

static BEFORE: Before = Before([const { UnsafeCell::new(MaybeUninit::zeroed()) }; CRASHES.len()]);

/// The signal that makes a thread stand still; 0: none is free.
static STOP: AtomicI32 = AtomicI32::new(0);

thread_local! {
    /// Whether this OS thread executes a model again to find a schedule: it may crash as the first did.
    static RETELLS: Cell<bool> = const { Cell::new(false) };
}

/// Nothing that happens on this OS thread is to end the process.
pub(super) fn retells() {
    RETELLS.set(true);
    alternate_stack();
}

pub(super) fn this_thread() -> usize {
    alternate_stack();
    // SAFETY: it has no conditions. The type is an integer or a pointer.
    unsafe { libc::pthread_self() as usize }
}

/// As `/proc` knows it.
#[cfg(target_os = "linux")]
pub(super) fn number_of_this_thread() -> u32 {
    // SAFETY: it has no conditions.
    unsafe { libc::gettid() }.unsigned_abs()
}

/// Handles crashes from now on, and exits.
pub(super) fn install() {
    for (signal, before) in CRASHES.iter().zip(&BEFORE.0) {
        // SAFETY: the actions are valid, the handler does what a handler may do, and `before` is not read yet.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = crashed as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK;
            libc::sigemptyset(&raw mut action.sa_mask);
            libc::sigaction(*signal, ptr::null(), before.get().cast());
            libc::sigaction(*signal, &raw const action, ptr::null_mut());
        }
    }
    // SAFETY: the function is there as long as the process.
    unsafe { libc::atexit(exits) };
}

/// Gives this thread a stack for handlers, where std has given it none.
fn alternate_stack() {
    // SAFETY: the structures are valid; the memory is leaked, so that the thread may use it to its end.
    unsafe {
        let mut now: libc::stack_t = std::mem::zeroed();
        libc::sigaltstack(ptr::null(), &raw mut now);
        if now.ss_flags & libc::SS_DISABLE != 0 {
            let memory = Box::leak(vec![0u8; ALTERNATE].into_boxed_slice());
            let stack = libc::stack_t { ss_sp: memory.as_mut_ptr().cast(), ss_flags: 0, ss_size: ALTERNATE };
            libc::sigaltstack(&raw const stack, ptr::null_mut());
        }
    }
}

extern "C" fn crashed(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    if RETELLS.get() {
        loop {
            nap();
        }
    }
    if let Some(slot) = HERE.get()
        && slot.is_in_model()
    {
        // SAFETY: the operating system calls this with a valid structure.
        let address = unsafe { (*info).si_addr() }.addr();
        wait_to_be_told(slot, signal, address);
    }
    as_before(signal, info, context);
}

/// What handled the signal before handles it.
fn as_before(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let Some(at) = CRASHES.iter().position(|s| *s == signal) else { return };
    // SAFETY: `install` has written it before this handler was there. A handler has one of two types, as its flags say, and is
    // called as the operating system would call it.
    unsafe {
        let before = BEFORE.0[at].get().cast::<libc::sigaction>();
        match (*before).sa_sigaction {
            libc::SIG_IGN => {}
            libc::SIG_DFL => {
                libc::sigaction(signal, before, ptr::null_mut());
                // What caused a fault does so again when this returns. A signal that was sent is sent again, and waits for
                // that.
                if (*info).si_code <= 0 {
                    libc::raise(signal);
                }
            }
            handler if (*before).sa_flags & libc::SA_SIGINFO != 0 => {
                type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);
                std::mem::transmute::<usize, Handler>(handler)(signal, info, context);
            }
            handler => std::mem::transmute::<usize, extern "C" fn(c_int)>(handler)(signal),
        }
    }
}

/// The process ends by itself.
extern "C" fn exits() {
    if let Some(slot) = HERE.get()
        && slot.is_in_model()
    {
        wait_to_be_told(slot, EXIT, 0);
        end(FAILED);
    }
}

/// Says what has happened to this thread, and waits until it is told.
fn wait_to_be_told(slot: &Slot, signal: c_int, address: usize) {
    slot.signal.store(signal.unsigned_abs(), Relaxed);
    slot.address.store(address, Relaxed);
    for from in [RUNS, ASKED] {
        if slot.state.compare_exchange(from, CRASHED, Release, Relaxed).is_ok() {
            let mut left = WAITS;
            while !slot.is_told() && left > 0 {
                nap();
                left -= 1;
            }
            return;
        }
    }
}

/// Makes the OS thread of a slot come to [`stands`]; false where no signal is free for that.
pub(super) fn stop(slot: &Slot) -> bool {
    let signal = match STOP.load(Relaxed) {
        0 => choose_stop(),
        signal => signal,
    };
    // SAFETY: the slot is in a state in which its OS thread does not end: it is in the middle of a model.
    signal != 0 && unsafe { libc::pthread_kill(slot.thread.load(Relaxed) as libc::pthread_t, signal) } == 0
}

/// Takes the first signal that nobody handles. By default the first is ignored: one that comes too late does nothing.
fn choose_stop() -> c_int {
    for signal in [libc::SIGURG, libc::SIGWINCH, libc::SIGUSR2, libc::SIGUSR1] {
        // SAFETY: the actions are valid, and the handler does what a handler may do.
        unsafe {
            let mut before: libc::sigaction = std::mem::zeroed();
            libc::sigaction(signal, ptr::null(), &raw mut before);
            if before.sa_sigaction == libc::SIG_DFL {
                let mut action: libc::sigaction = std::mem::zeroed();
                action.sa_sigaction = stands as *const () as usize;
                action.sa_flags = libc::SA_ONSTACK | libc::SA_RESTART;
                libc::sigemptyset(&raw mut action.sa_mask);
                libc::sigaction(signal, &raw const action, ptr::null_mut());
                STOP.store(signal, Relaxed);
                return signal;
            }
        }
    }
    0
}

extern "C" fn stands(_: c_int) {
    let Some(slot) = HERE.get() else { return };
    if slot.state.compare_exchange(ASKED, STANDS, Release, Relaxed).is_ok() {
        while slot.state.load(Acquire) == STANDS {
            nap();
        }
    }
}

/// Sleeps for a millisecond, and leaves what the interrupted code knows of its last error.
fn nap() {
    let time = libc::timespec { tv_sec: 0, tv_nsec: 1_000_000 };
    let before = std::io::Error::last_os_error().raw_os_error();
    // SAFETY: the structure is valid.
    unsafe { libc::nanosleep(&raw const time, ptr::null_mut()) };
    restore_error(before);
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn restore_error(code: Option<i32>) {
    // SAFETY: it is this thread's own.
    unsafe { *error_number() = code.unwrap_or(0) };
}

#[cfg(target_os = "linux")]
unsafe fn error_number() -> *mut c_int {
    // SAFETY: it has no conditions.
    unsafe { libc::__errno_location() }
}

#[cfg(target_os = "android")]
unsafe fn error_number() -> *mut c_int {
    // SAFETY: it has no conditions.
    unsafe { libc::__errno() }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn restore_error(_: Option<i32>) {}

/// How much time an OS thread has computed.
#[cfg(target_os = "linux")]
pub(super) fn computed(thread: usize) -> Option<Duration> {
    // SAFETY: the thread is in the middle of a model, and the structures are valid.
    unsafe {
        let mut clock: libc::clockid_t = 0;
        let mut time: libc::timespec = std::mem::zeroed();
        let known = libc::pthread_getcpuclockid(thread as libc::pthread_t, &raw mut clock) == 0
            && libc::clock_gettime(clock, &raw mut time) == 0;
        known.then(|| Duration::new(time.tv_sec as u64, time.tv_nsec as u32))
    }
}

/// Ends the process, and runs nothing.
pub(super) fn end(status: i32) -> ! {
    // SAFETY: it has no conditions.
    unsafe { libc::_exit(status) }
}

/// What a signal is called, and what it says.
pub(super) fn name(signal: u32) -> (&'static str, &'static str) {
    match signal as c_int {
        libc::SIGSEGV => ("SIGSEGV", "it uses memory that is not there"),
        libc::SIGBUS => ("SIGBUS", "it uses memory that is not there"),
        libc::SIGILL => ("SIGILL", "an instruction that does not exist, as where a program stops itself"),
        libc::SIGFPE => ("SIGFPE", "it divides by zero"),
        libc::SIGABRT => ("SIGABRT", "it aborts"),
        libc::SIGTRAP => ("SIGTRAP", "it stops for a debugger"),
        _ => ("a signal", "it crashes"),
    }
}
