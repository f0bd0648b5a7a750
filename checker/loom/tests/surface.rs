//! Every public item of loom 0.7.3, used as a crate does that has it from there: this file compiles, and passes, with loom too.

use std::sync::LockResult;
use std::sync::TryLockResult;
use std::time::Duration;

use loom::sync::atomic::Ordering::{self, Relaxed, SeqCst};

/// The methods of an integer that is atomic.
macro_rules! integers {
    ($($atomic:ident $int:ty),*) => {$(
        {
            use loom::sync::atomic::$atomic as A;
            type Two = fn(&A, Ordering, Ordering, fn($int) -> Option<$int>) -> Result<$int, $int>;
            let _: fn($int) -> A = A::new;
            let _: unsafe fn(&A) -> $int = A::unsync_load;
            let _: fn(&mut A, fn(&mut $int)) = A::with_mut;
            let _: fn(&A, Ordering) -> $int = A::load;
            let _: fn(&A, $int, Ordering) = A::store;
            let _: [fn(&A, $int, Ordering) -> $int; 9] = [
                A::swap, A::fetch_add, A::fetch_sub, A::fetch_and, A::fetch_nand, A::fetch_or, A::fetch_xor, A::fetch_max, A::fetch_min,
            ];
            #[allow(deprecated)]
            let _: fn(&A, $int, $int, Ordering) -> $int = A::compare_and_swap;
            let _: [fn(&A, $int, $int, Ordering, Ordering) -> Result<$int, $int>; 2] =
                [A::compare_exchange, A::compare_exchange_weak];
            let _: [Two; 2] = [A::fetch_update, A::try_update];
            let _: fn(&A, Ordering, Ordering, fn($int) -> $int) -> $int = A::update;
            fn has<T: Default + From<$int> + std::fmt::Debug + Send + Sync>() {}
            has::<A>();
        }
    )*};
}

#[test]
fn atomics() {
    use loom::sync::atomic::{AtomicBool, AtomicPtr, AtomicUsize, fence, spin_loop_hint};
    integers!(AtomicU8 u8, AtomicU16 u16, AtomicU32 u32, AtomicU64 u64, AtomicUsize usize);
    integers!(AtomicI8 i8, AtomicI16 i16, AtomicI32 i32, AtomicI64 i64, AtomicIsize isize);
    type Two = fn(&AtomicBool, Ordering, Ordering, fn(bool) -> Option<bool>) -> Result<bool, bool>;
    let _: [Two; 2] = [AtomicBool::fetch_update, AtomicBool::try_update];
    let _: fn(&AtomicBool, Ordering, Ordering, fn(bool) -> bool) -> bool = AtomicBool::update;
    let _: [fn(&AtomicBool, bool, Ordering) -> bool; 5] = [
        AtomicBool::swap,
        AtomicBool::fetch_and,
        AtomicBool::fetch_nand,
        AtomicBool::fetch_or,
        AtomicBool::fetch_xor,
    ];
    type P = *mut u8;
    type Pointer = fn(&AtomicPtr<u8>, Ordering, Ordering, fn(P) -> Option<P>) -> Result<P, P>;
    let _: [Pointer; 2] = [AtomicPtr::fetch_update, AtomicPtr::try_update];
    let _: fn(&AtomicPtr<u8>, Ordering, Ordering, fn(P) -> P) -> P = AtomicPtr::update;
    let _: (fn(Ordering), fn()) = (fence, spin_loop_hint);
    struct HasNoDebug;
    loom::model(|| {
        assert_eq!(AtomicUsize::new(1).update(SeqCst, Relaxed, |n| n + 1), 1);
        assert!(!format!("{:?}", AtomicPtr::new(std::ptr::null_mut::<HasNoDebug>())).is_empty());
    });
}

#[test]
fn locks_and_what_waits() {
    use loom::sync::{Barrier, Condvar, Mutex, MutexGuard, Notify, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult};
    type T = u8;
    let _: (fn(T) -> Mutex<T>, fn(Mutex<T>) -> LockResult<T>) = (Mutex::new, Mutex::into_inner);
    let _: for<'a> fn(&'a Mutex<T>) -> LockResult<MutexGuard<'a, T>> = Mutex::lock;
    let _: for<'a> fn(&'a Mutex<T>) -> TryLockResult<MutexGuard<'a, T>> = Mutex::try_lock;
    let _: for<'a> fn(&'a mut Mutex<T>) -> LockResult<&'a mut T> = Mutex::get_mut;
    let _: (fn(T) -> RwLock<T>, fn(RwLock<T>) -> LockResult<T>) = (RwLock::new, RwLock::into_inner);
    let _: for<'a> fn(&'a RwLock<T>) -> LockResult<RwLockReadGuard<'a, T>> = RwLock::read;
    let _: for<'a> fn(&'a RwLock<T>) -> TryLockResult<RwLockReadGuard<'a, T>> = RwLock::try_read;
    let _: for<'a> fn(&'a RwLock<T>) -> LockResult<RwLockWriteGuard<'a, T>> = RwLock::write;
    let _: for<'a> fn(&'a RwLock<T>) -> TryLockResult<RwLockWriteGuard<'a, T>> = RwLock::try_write;
    let _: for<'a> fn(&'a mut RwLock<T>) -> LockResult<&'a mut T> = RwLock::get_mut;
    type Waits = for<'a> fn(&Condvar, MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>>;
    let _: (fn() -> Condvar, Waits) = (Condvar::new, Condvar::wait);
    type WaitsFor = for<'a> fn(&Condvar, MutexGuard<'a, T>, Duration) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)>;
    let _: WaitsFor = Condvar::wait_timeout;
    let _: [fn(&Condvar); 2] = [Condvar::notify_one, Condvar::notify_all];
    let _: fn(&WaitTimeoutResult) -> bool = WaitTimeoutResult::timed_out;
    let _: (fn() -> Notify, [fn(&Notify); 2]) = (Notify::new, [Notify::notify, Notify::wait]);
    let _: fn(usize) -> Barrier = Barrier::new;
    let _ = Barrier::wait;
    fn unsized_too(_: &RwLock<[u8]>, _: &Mutex<[u8]>) {}
    let _ = unsized_too;
    fn has<T: std::fmt::Debug>() {}
    has::<(Mutex<T>, RwLock<T>, RwLockReadGuard<'_, T>, RwLockWriteGuard<'_, T>, Condvar, Notify)>();
}

#[test]
fn arcs_and_channels() {
    use loom::sync::{Arc, mpsc};
    use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError};
    type T = u8;
    let _: (fn(T) -> Arc<T>, fn(Arc<T>) -> Result<T, Arc<T>>) = (Arc::new, Arc::try_unwrap);
    let _: fn(T) -> std::pin::Pin<Arc<T>> = Arc::pin;
    let _: fn(std::sync::Arc<T>) -> Arc<T> = Arc::from_std;
    let _: fn(&Arc<T>) -> usize = Arc::strong_count;
    let _: [unsafe fn(*const T); 2] = [Arc::increment_strong_count, Arc::decrement_strong_count];
    let _: for<'a> fn(&'a mut Arc<T>) -> Option<&'a mut T> = Arc::get_mut;
    let _: fn(&Arc<T>, &Arc<T>) -> bool = Arc::ptr_eq;
    let _: (fn(Arc<T>) -> *const T, unsafe fn(*const T) -> Arc<T>) = (Arc::into_raw, Arc::from_raw);
    let _: fn(&Arc<T>) -> *const T = Arc::as_ptr;
    let _: fn() -> (mpsc::Sender<T>, mpsc::Receiver<T>) = mpsc::channel;
    let _: fn(&mpsc::Sender<T>, T) -> Result<(), SendError<T>> = mpsc::Sender::send;
    let _: fn(&mpsc::Receiver<T>) -> Result<T, RecvError> = mpsc::Receiver::recv;
    let _: fn(&mpsc::Receiver<T>, Duration) -> Result<T, RecvTimeoutError> = mpsc::Receiver::recv_timeout;
    let _: fn(&mpsc::Receiver<T>) -> Result<T, TryRecvError> = mpsc::Receiver::try_recv;
}

loom::thread_local! {
    static LOCAL: std::cell::Cell<u32> = std::cell::Cell::new(1);
}

loom::lazy_static! {
    static ref LAZY: u32 = 2;
}

#[test]
fn threads_and_statics() {
    use loom::thread::{AccessError, Builder, JoinHandle, LocalKey, Thread, ThreadId};
    let _: (fn() -> Thread, [fn(); 2]) = (loom::thread::current, [loom::thread::park, loom::thread::yield_now]);
    let _: fn() -> bool = loom::thread::panicking;
    let _: (fn(&Thread) -> ThreadId, fn(&Thread) -> Option<&str>, fn(&Thread)) = (Thread::id, Thread::name, Thread::unpark);
    let _: (fn() -> Builder, fn(Builder, String) -> Builder) = (Builder::new, Builder::name);
    let _: fn(Builder, usize) -> Builder = Builder::stack_size;
    let _: fn(JoinHandle<u8>) -> std::thread::Result<u8> = JoinHandle::join;
    let _: fn(&JoinHandle<u8>) -> &Thread = JoinHandle::thread;
    let _: &'static LocalKey<std::cell::Cell<u32>> = &LOCAL;
    let _: fn() = loom::lazy_static::yield_now;
    let _: fn() -> bool = loom::lazy_static::panicking;
    fn is_one(_: loom::lazy_static::AccessError) -> Option<AccessError> {
        None
    }
    let _ = is_one;
    loom::model(|| {
        let other = Builder::new().name("other".to_owned()).spawn(|| LOCAL.try_with(|n| n.get() + *LAZY).ok()).unwrap();
        assert_eq!(other.join().unwrap(), Some(3));
        LOCAL.with(|n| assert_eq!(n.get(), 1));
    });
}

#[test]
fn memory() {
    use loom::alloc::{Layout, Track, alloc, alloc_zeroed, dealloc};
    use loom::cell::{Cell, ConstPtr, MutPtr, UnsafeCell};
    type T = u8;
    let _: [unsafe fn(Layout) -> *mut u8; 2] = [alloc, alloc_zeroed];
    let _: unsafe fn(*mut u8, Layout) = dealloc;
    let _: (fn(T) -> Track<T>, fn(Track<T>) -> T) = (Track::new, Track::into_inner);
    let _: (fn(&Track<T>) -> &T, fn(&mut Track<T>) -> &mut T) = (Track::get_ref, Track::get_mut);
    let _: (fn(T) -> Cell<T>, fn(&Cell<T>, T), fn(&Cell<T>, &Cell<T>)) = (Cell::new, Cell::set, Cell::swap);
    let _: fn(&Cell<T>, T) -> T = Cell::replace;
    let _: [fn(&Cell<T>) -> T; 2] = [Cell::get, Cell::take];
    let _: fn(Cell<T>) -> T = Cell::into_inner;
    let _: (fn(T) -> UnsafeCell<T>, fn(UnsafeCell<T>) -> T) = (UnsafeCell::new, UnsafeCell::into_inner);
    let _: fn(&UnsafeCell<T>, fn(*const T)) = UnsafeCell::with;
    let _: fn(&UnsafeCell<T>, fn(*mut T)) = UnsafeCell::with_mut;
    let _: (fn(&UnsafeCell<T>) -> ConstPtr<T>, fn(&UnsafeCell<T>) -> MutPtr<T>) = (UnsafeCell::get, UnsafeCell::get_mut);
    let _: unsafe fn(&ConstPtr<T>) -> &T = ConstPtr::deref;
    let _: fn(&ConstPtr<T>, fn(*const T)) = ConstPtr::with;
    // Not all of a type's lifetimes can be named here.
    let _ = |p: &MutPtr<T>| p.with(|p: *mut T| p.is_null());
}

#[test]
fn models_and_what_is_told_to_them() {
    use loom::model::Builder;
    let _: (usize, [fn(); 3]) = (loom::MAX_THREADS, [loom::explore, loom::stop_exploring, loom::skip_branch]);
    let _: (fn(), unsafe fn() -> !) = (loom::hint::spin_loop, loom::hint::unreachable_unchecked);
    let mut builder = Builder::new();
    builder.max_threads = 3;
    builder.max_branches = 100;
    builder.max_permutations = Some(1_000_000);
    builder.max_duration = None;
    builder.preemption_bound = None;
    builder.checkpoint_file = None;
    builder.checkpoint_interval = 10;
    builder.expect_explicit_explore = false;
    builder.location = false;
    builder.log = false;
    builder.check(|| ());
    loom::model(|| ());
    loom::model::model(|| ());
}

#[test]
fn threads_that_share_nothing_pass_as_on_loom() {
    loom::model(|| {
        let other = loom::thread::spawn(|| 1);
        assert_eq!(other.join().unwrap(), 1);
    });
}

#[cfg(feature = "futures")]
#[test]
fn futures() {
    use loom::future::{AtomicWaker, block_on};
    use std::task::Waker;
    let _: (fn() -> AtomicWaker, fn(&AtomicWaker, Waker)) = (AtomicWaker::new, AtomicWaker::register);
    let _: (fn(&AtomicWaker, &Waker), fn(&AtomicWaker)) = (AtomicWaker::register_by_ref, AtomicWaker::wake);
    let _: fn(&AtomicWaker) -> Option<Waker> = AtomicWaker::take_waker;
    loom::model(|| assert_eq!(block_on(async { 3 }), 3));
}
