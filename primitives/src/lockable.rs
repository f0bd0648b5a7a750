//! What a condition needs of its lock, for both locks and for those that are shared.

use std::ops::Deref;
use std::sync::Arc;

use crate::condition::ConditionGuard;
use crate::lock::{Lock, LockGuard, OwnedLockGuard};
use crate::rlock::{OwnedRLockGuard, RLock, RLockGuard};
use crate::sync::Deadline;

/// A lock that a [`Condition`](crate::Condition) can be made over: a [`Lock`] or an [`RLock`] of its own, or one that is
/// shared as a reference or an [`Arc`].
///
/// An `RLock` has to guard data that is [`Sync`]: a wait gives up all levels at once, so while it waits a thread may have
/// other guards whose data it looks at.
///
/// The trait is sealed: a lock that is not the same at each look would let a condition make a guard for a lock that it has
/// not taken.
///
/// ```compile_fail,E0277
/// use selvedge_primitives::{Lock, Lockable};
///
/// struct Fickle(Lock<u32>);
///
/// impl Lockable for Fickle {
///     type Base = Lock<u32>;
///
///     fn base(&self) -> &Lock<u32> {
///         &self.0
///     }
/// }
/// ```
pub trait Lockable: sealed::Sealed {
    /// The lock itself.
    type Base: sealed::Base + ?Sized;

    #[doc(hidden)]
    fn base(&self) -> &Self::Base;
}

/// A guard under which a [`Condition`](crate::Condition) can be waited for: that of a lock, which it may own, of a condition, or a
/// borrowed one.
///
/// The trait is sealed: something else that claims to hold a lock would let a wait give up the lock under the guard of
/// another thread.
///
/// ```compile_fail,E0277
/// use selvedge_primitives::{Held, Lock};
///
/// struct Pretender<'a>(&'a Lock<u32>, ());
///
/// impl std::ops::Deref for Pretender<'_> {
///     type Target = ();
///
///     fn deref(&self) -> &() {
///         &self.1
///     }
/// }
///
/// impl Held for Pretender<'_> {
///     type Base = Lock<u32>;
///
///     fn base(&self) -> &Lock<u32> {
///         self.0
///     }
///
///     fn suspend(&mut self) {}
///
///     fn resume(&mut self) {}
/// }
/// ```
pub trait Held: Deref + sealed::Sealed {
    /// The lock that is held.
    type Base: sealed::Base + ?Sized;

    #[doc(hidden)]
    fn base(&self) -> &Self::Base;

    /// Says that the lock is about to be given up.
    #[doc(hidden)]
    fn suspend(&mut self);

    /// Says that the lock was taken back.
    #[doc(hidden)]
    fn resume(&mut self);
}

pub(crate) mod sealed {
    use super::*;

    /// Nobody else can name it, so nobody else can implement what needs it.
    pub trait Sealed {}

    impl<T: ?Sized> Sealed for Lock<T> {}
    impl<T: ?Sized> Sealed for RLock<T> {}
    impl<T: Sealed + ?Sized> Sealed for &T {}
    impl<T: Sealed + ?Sized> Sealed for Arc<T> {}
    impl<T: ?Sized> Sealed for LockGuard<'_, T> {}
    impl<T: ?Sized> Sealed for RLockGuard<'_, T> {}
    impl<T: ?Sized> Sealed for OwnedLockGuard<T> {}
    impl<T: ?Sized> Sealed for OwnedRLockGuard<T> {}
    impl<G: Held> Sealed for ConditionGuard<'_, G> {}
    impl<T: Sealed + ?Sized> Sealed for &mut T {}

    /// The operations that both locks have.
    pub trait Base {
        /// What the lock guards.
        type Data: ?Sized;
        /// What holding it looks like.
        type Guard<'a>: Held<Base = Self, Target = Self::Data>
        where
            Self: 'a;

        /// Takes the lock, or gives up at the deadline, which is asked for where it is needed.
        fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool;

        /// Frees the lock, or one level of it. False if that is an error.
        fn release(&self) -> bool;

        /// As `release`, and hands the lock over where threads wait.
        fn release_fair(&self) -> bool;

        /// Whether any thread holds the lock.
        fn is_locked(&self) -> bool;

        /// Whether the calling thread holds the lock, as far as the lock knows.
        fn is_held(&self) -> bool;

        /// Frees the lock with all its levels and says how many; `None` if that is an error.
        fn release_all(&self) -> Option<usize>;

        /// What reports know the lock by.
        fn object(&self) -> *const ();

        /// Takes the lock back with so many levels, however long it takes.
        fn restore(&self, operation: &'static str, levels: usize);

        /// # Safety
        ///
        /// The calling thread has acquired the lock and makes no other guard for that.
        unsafe fn guard(&self) -> Self::Guard<'_>;
    }
}

impl<T: ?Sized> sealed::Base for Lock<T> {
    type Data = T;
    type Guard<'a>
        = LockGuard<'a, T>
    where
        T: 'a;

    #[track_caller]
    fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        self.raw.acquire(operation, deadline)
    }

    fn release(&self) -> bool {
        self.raw.release()
    }

    fn release_fair(&self) -> bool {
        self.raw.release_fair()
    }

    fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    fn object(&self) -> *const () {
        std::ptr::from_ref(&self.raw).cast()
    }

    /// A lock does not know its holder; somebody holds it.
    fn is_held(&self) -> bool {
        self.raw.is_locked()
    }

    fn release_all(&self) -> Option<usize> {
        self.raw.release().then_some(1)
    }

    #[track_caller]
    fn restore(&self, operation: &'static str, _levels: usize) {
        self.raw.acquire(operation, || Deadline::Never);
    }

    #[track_caller]
    unsafe fn guard(&self) -> LockGuard<'_, T> {
        // SAFETY: the caller's promise.
        unsafe { Lock::guard(self) }
    }
}

impl<T: ?Sized + Send + Sync> sealed::Base for RLock<T> {
    type Data = T;
    type Guard<'a>
        = RLockGuard<'a, T>
    where
        T: 'a;

    #[track_caller]
    fn acquire(&self, operation: &'static str, deadline: impl FnOnce() -> Deadline) -> bool {
        self.raw.acquire(operation, deadline)
    }

    fn release(&self) -> bool {
        self.raw.release()
    }

    fn release_fair(&self) -> bool {
        self.raw.release_fair()
    }

    fn is_locked(&self) -> bool {
        self.raw.is_locked()
    }

    fn object(&self) -> *const () {
        std::ptr::from_ref(self.raw.object()).cast()
    }

    fn is_held(&self) -> bool {
        self.raw.is_owned()
    }

    fn release_all(&self) -> Option<usize> {
        self.raw.release_all()
    }

    #[track_caller]
    fn restore(&self, operation: &'static str, levels: usize) {
        self.raw.restore(operation, levels);
    }

    #[track_caller]
    unsafe fn guard(&self) -> RLockGuard<'_, T> {
        // SAFETY: the caller's promise.
        unsafe { RLock::guard(self) }
    }
}

impl<T: ?Sized> Lockable for Lock<T> {
    type Base = Self;

    fn base(&self) -> &Self {
        self
    }
}

impl<T: ?Sized + Send + Sync> Lockable for RLock<T> {
    type Base = Self;

    fn base(&self) -> &Self {
        self
    }
}

impl<L: Lockable + ?Sized> Lockable for &L {
    type Base = L::Base;

    fn base(&self) -> &L::Base {
        (**self).base()
    }
}

impl<L: Lockable + ?Sized> Lockable for Arc<L> {
    type Base = L::Base;

    fn base(&self) -> &L::Base {
        (**self).base()
    }
}

impl<'a, T: ?Sized> Held for LockGuard<'a, T> {
    type Base = Lock<T>;

    fn base(&self) -> &Lock<T> {
        LockGuard::source(self)
    }

    fn suspend(&mut self) {
        LockGuard::suspend(self);
    }

    fn resume(&mut self) {
        LockGuard::resume(self);
    }
}

impl<T: ?Sized + Send + Sync> Held for RLockGuard<'_, T> {
    type Base = RLock<T>;

    fn base(&self) -> &RLock<T> {
        RLockGuard::source(self)
    }

    /// The data is reached through the lock, not through a pointer of the guard's own.
    fn suspend(&mut self) {}

    fn resume(&mut self) {}
}

impl<T: ?Sized> Held for OwnedLockGuard<T> {
    type Base = Lock<T>;

    fn base(&self) -> &Lock<T> {
        OwnedLockGuard::source(self)
    }

    fn suspend(&mut self) {
        OwnedLockGuard::suspend(self);
    }

    fn resume(&mut self) {
        OwnedLockGuard::resume(self);
    }
}

impl<T: ?Sized + Send + Sync> Held for OwnedRLockGuard<T> {
    type Base = RLock<T>;

    fn base(&self) -> &RLock<T> {
        OwnedRLockGuard::source(self)
    }

    /// The data is reached through the lock, not through a pointer of the guard's own.
    fn suspend(&mut self) {}

    fn resume(&mut self) {}
}

impl<G: Held> Held for &mut G {
    type Base = G::Base;

    fn base(&self) -> &G::Base {
        (**self).base()
    }

    fn suspend(&mut self) {
        (**self).suspend();
    }

    fn resume(&mut self) {
        (**self).resume();
    }
}
