//! `syscall`, in the C library's place: calls of futexes are the model's, where the futex is.
//!
//! Locks that are written with the system's futex come here: those of other crates, and those of people's own.

use real::ffi::{c_int, c_long};
use real::time::Duration;

use selvedge::interpose::futex::{self, Waited};

#[cfg(target_arch = "x86_64")]
const FUTEX: c_long = 202;
#[cfg(target_arch = "aarch64")]
const FUTEX: c_long = 98;

/// The operations of futex(2), and the bits that say more of them.
const WAIT: c_int = 0;
const WAKE: c_int = 1;
const WAIT_BITSET: c_int = 9;
const WAKE_BITSET: c_int = 10;
const REALTIME: c_int = 256;
const PRIVATE: c_int = 128;

const EAGAIN: c_int = 11;
const ETIMEDOUT: c_int = 110;

/// As the C library's.
#[repr(C)]
struct Timespec {
    seconds: i64,
    nanoseconds: i64,
}

unsafe extern "C" {
    fn __errno_location() -> *mut c_int;
    fn clock_gettime(clock: c_int, now: *mut Timespec) -> c_int;
}

/// As the C library's.
///
/// # Safety
///
/// As of the call that is asked for.
#[unsafe(no_mangle)]
unsafe extern "C-unwind" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    let word: *const u32 = real::ptr::with_exposed_provenance(a as usize);
    if number == FUTEX && futex::is_futex(word) {
        let operation = b as c_int;
        let timeout: *const Timespec = real::ptr::with_exposed_provenance(d as usize);
        // SAFETY: the caller's: the word is there, and the timeout where there is one.
        unsafe {
            match operation & !(PRIVATE | REALTIME) {
                WAIT => return wait(word, c as u32, relative(timeout, None)),
                WAIT_BITSET => return wait(word, c as u32, relative(timeout, Some(operation))),
                WAKE | WAKE_BITSET => {
                    futex::wake(word, c as u32);
                    return 0;
                }
                // The others are the system's, which knows nobody that waits here.
                _ => {}
            }
        }
    }
    // SAFETY: the caller's.
    let returned = unsafe { enter(number, [a, b, c, d, e, f]) };
    if (-4095..0).contains(&returned) {
        return failed(-returned as c_int);
    }
    returned
}

unsafe fn wait(word: *const u32, expected: u32, timeout: Option<Duration>) -> c_long {
    // SAFETY: the caller's.
    match unsafe { futex::wait(word, expected, timeout) } {
        Waited::Woken => 0,
        Waited::Changed => failed(EAGAIN),
        Waited::TimedOut => failed(ETIMEDOUT),
    }
}

/// How long a wait lasts: as it is said, or until the time that is said on the clock of an operation.
///
/// # Safety
///
/// The time is there, or the pointer is null.
unsafe fn relative(time: *const Timespec, until: Option<c_int>) -> Option<Duration> {
    // SAFETY: the caller's.
    let time = duration(unsafe { time.as_ref() }?);
    let Some(operation) = until else { return Some(time) };
    let clock = c_int::from(operation & REALTIME == 0);
    let mut now = Timespec { seconds: 0, nanoseconds: 0 };
    // SAFETY: the clock is there, and so is the room.
    unsafe { clock_gettime(clock, &raw mut now) };
    Some(time.saturating_sub(duration(&now)))
}

fn duration(time: &Timespec) -> Duration {
    Duration::new(time.seconds.max(0) as u64, time.nanoseconds.clamp(0, 999_999_999) as u32)
}

fn failed(error: c_int) -> c_long {
    // SAFETY: every OS thread has one.
    unsafe { *__errno_location() = error };
    -1
}

/// The system call itself.
///
/// # Safety
///
/// As of the call.
#[cfg(target_arch = "x86_64")]
unsafe fn enter(number: c_long, arguments: [c_long; 6]) -> c_long {
    let [a, b, c, d, e, f] = arguments;
    let returned;
    // SAFETY: the caller's; the registers are those of the system's convention.
    unsafe {
        core::arch::asm!(
            "syscall",
            inlateout("rax") number => returned,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    returned
}

/// The system call itself.
///
/// # Safety
///
/// As of the call.
#[cfg(target_arch = "aarch64")]
unsafe fn enter(number: c_long, arguments: [c_long; 6]) -> c_long {
    let [a, b, c, d, e, f] = arguments;
    let returned;
    // SAFETY: the caller's; the registers are those of the system's convention.
    unsafe {
        core::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => returned,
            in("x1") b,
            in("x2") c,
            in("x3") d,
            in("x4") e,
            in("x5") f,
            options(nostack),
        );
    }
    returned
}
