//! Whether a value is dropped by the last handle of an `Arc` of std's.
//!
//! The handles of such an `Arc` order all that their owners did before the end of the value, with atomics of which the engine
//! knows nothing. Models use it as often as the checker's own. So where an end seems to come too early, this looks at the calls that
//! are running: the last handle runs the destructor from `Arc::drop_slow`. The names of functions are looked up once for
//! each chain of calls.

use std::backtrace::Backtrace;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::ops::Range;

use crate::trace;

/// What calls the destructor of the value of an `Arc`: its name, and what stands before that or in the line after it; how
/// much is known depends on how the program was built.
const DROPS: &str = "drop_slow";
const TYPE: &str = "alloc::sync::Arc<";
const FILE: &str = "alloc/src/sync.rs";

thread_local! {
    /// How many such calls there are in chains of calls, by the digests of their addresses.
    static KNOWN: RefCell<BTreeMap<u64, usize>> = RefCell::default();
}

/// Where this module's thread-locals are.
pub(super) fn own_locals() -> [Range<usize>; 1] {
    [trace::span(&KNOWN)]
}

/// How many of std's `Arc`s run the destructor of their value now, one in the other. Where the program has no names, as many as
/// can be.
#[cold]
pub(super) fn destructors() -> usize {
    let chain = calls::digest();
    if let Some(known) = chain.and_then(|chain| KNOWN.with_borrow(|known| known.get(&chain).copied())) {
        return known;
    }
    let names = Backtrace::force_capture().to_string();
    let found = if names.contains("selvedge") {
        let lines: Vec<_> = names.lines().collect();
        let is_one = |(at, line): &(usize, &&str)| {
            let file = lines.get(at + 1).is_some_and(|next| next.contains(FILE));
            line.contains(DROPS) && (line.contains(TYPE) || file)
        };
        lines.iter().enumerate().filter(is_one).count()
    } else {
        usize::MAX
    };
    if let Some(chain) = chain {
        KNOWN.with_borrow_mut(|known| known.insert(chain, found));
    }
    found
}

#[cfg(all(target_os = "linux", target_env = "gnu", not(miri)))]
mod calls {
    use std::ffi::{c_int, c_void};

    unsafe extern "C" {
        fn _Unwind_Backtrace(
            frame: extern "C" fn(*mut c_void, *mut c_void) -> c_int,
            digest: *mut c_void,
        ) -> c_int;
        fn _Unwind_GetIP(context: *mut c_void) -> usize;
    }

    /// A digest of the addresses of the calls that are running.
    pub(super) fn digest() -> Option<u64> {
        extern "C" fn frame(context: *mut c_void, digest: *mut c_void) -> c_int {
            // SAFETY: the unwinder's context, and the number below, which nobody else uses meanwhile.
            let (address, digest) = unsafe { (_Unwind_GetIP(context), &mut *digest.cast::<u64>()) };
            *digest = (*digest ^ address as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29);
            0
        }
        let mut digest: u64 = 0;
        // SAFETY: the callback only reads the frame that it is given.
        unsafe { _Unwind_Backtrace(frame, (&raw mut digest).cast()) };
        Some(digest)
    }
}

#[cfg(not(all(target_os = "linux", target_env = "gnu", not(miri))))]
mod calls {
    pub(super) fn digest() -> Option<u64> {
        None
    }
}
