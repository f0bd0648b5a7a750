//! As [`std::sync`].

mod arc;
mod arc_traits;

pub use real::sync::*;

pub use arc::{Arc, Weak};

pub use selvedge::sync::{
    Barrier, BarrierWaitResult, Condvar, LazyLock, Mutex, MutexGuard, Once, OnceLock, OnceState, RwLock,
    RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult, mpsc,
};

/// As std's.
#[expect(clippy::declare_interior_mutable_const, reason = "std has it")]
#[deprecated(since = "1.38.0", note = "the `Once::new()` function is now preferred")]
pub const ONCE_INIT: Once = Once::new();

/// As [`std::sync::atomic`].
pub mod atomic {
    pub use real::sync::atomic::*;

    pub use selvedge::interpose::atomic::{
        AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16,
        AtomicU32, AtomicU64, AtomicUsize, compiler_fence, fence,
    };

    /// As std's.
    #[deprecated(since = "1.51.0", note = "use `hint::spin_loop` instead")]
    #[track_caller]
    pub fn spin_loop_hint() {
        selvedge::interpose::spin_loop();
    }

    macro_rules! inits {
        ($($name:ident: $atomic:ident = $value:expr;)*) => { $(
            /// As std's.
            #[expect(clippy::declare_interior_mutable_const, reason = "std has them")]
            #[deprecated(since = "1.34.0", note = "the `new` function is now preferred")]
            pub const $name: $atomic = $atomic::new($value);
        )* };
    }

    inits! {
        ATOMIC_BOOL_INIT: AtomicBool = false;
        ATOMIC_ISIZE_INIT: AtomicIsize = 0;
        ATOMIC_USIZE_INIT: AtomicUsize = 0;
    }
}
