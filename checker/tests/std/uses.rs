// Uses of what std has, in one order: what each gives is the same with `lib` for std or for what is in its place.

use std::cell::{Cell, RefCell};
use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use lib::sync::atomic::{
    AtomicBool, AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16,
    AtomicU32, AtomicU64, AtomicUsize, Ordering, compiler_fence, fence,
};
use lib::sync::mpsc::{
    self, Receiver, RecvError, RecvTimeoutError, SendError, Sender, SyncSender, TryRecvError, TrySendError,
};
use lib::sync::{
    Arc, Barrier, BarrierWaitResult, Condvar, LazyLock, LockResult, Mutex, MutexGuard, ONCE_INIT, Once,
    OnceLock, OnceState, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard, TryLockError, TryLockResult,
    WaitTimeoutResult, Weak,
};
use lib::thread::{AccessError, Builder, JoinHandle, LocalKey, Scope, ScopedJoinHandle, Thread, ThreadId};
use lib::{hint, thread};

const MS: Duration = Duration::from_millis(1);

fn said(what: impl Debug) -> String {
    format!("{what:?}")
}

/// What `f` panics with, where that is words.
fn panic_of<R: Debug>(f: impl FnOnce() -> R) -> String {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => format!("no panic: {value:?}"),
        Err(panic) => match (panic.downcast_ref::<&str>(), panic.downcast_ref::<String>()) {
            (Some(words), _) => (*words).to_owned(),
            (_, Some(words)) => words.clone(),
            _ => "a panic".to_owned(),
        },
    }
}

/// Locks and releases while its thread unwinds.
struct Unwinds<F: FnMut()>(F);

impl<F: FnMut()> Drop for Unwinds<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}

pub(crate) fn mutexes() -> Vec<String> {
    let mut mutex: Mutex<u32> = Mutex::default();
    *mutex.get_mut().unwrap() += 1;
    let mutex = Arc::new(mutex);
    let guard: LockResult<MutexGuard<'_, u32>> = mutex.lock();
    let guard = guard.unwrap();
    let tried: TryLockResult<MutexGuard<'_, u32>> = mutex.try_lock();
    let mut all = vec![said(&guard), guard.to_string(), said(matches!(tried, Err(TryLockError::WouldBlock)))];
    drop((tried, guard));
    all.push(said(mutex.is_poisoned()));
    all.push(panic_of(|| {
        let _guard = mutex.lock().unwrap();
        panic!("poisons")
    }));
    all.push(said(mutex.is_poisoned()));
    let poisoned: PoisonError<MutexGuard<'_, u32>> = mutex.lock().unwrap_err();
    all.push(poisoned.to_string());
    drop(poisoned);
    all.push(mutex.try_lock().unwrap_err().to_string());
    all.push(panic_of(|| drop(mutex.lock().unwrap())));
    mutex.clear_poison();
    all.push(said(mutex.lock().is_ok()));
    all.push(panic_of(|| {
        let _unwinds = Unwinds(|| *mutex.lock().unwrap() += 1);
        panic!("poisons nothing")
    }));
    all.push(said(mutex.is_poisoned()));
    all.push(panic_of(|| {
        let _guard = mutex.lock().unwrap();
        panic!("poisons")
    }));
    let mut mutex = Arc::try_unwrap(mutex).ok().unwrap();
    all.push(said(mutex.get_mut().is_err()));
    all.push(said(mutex.into_inner().unwrap_err().into_inner()));
    all.push(said(Mutex::from(7).into_inner().unwrap()));
    all
}

pub(crate) fn rwlocks() -> Vec<String> {
    let mut lock: RwLock<u32> = RwLock::default();
    *lock.get_mut().unwrap() += 1;
    let first: LockResult<RwLockReadGuard<'_, u32>> = lock.read();
    let first = first.unwrap();
    let second: TryLockResult<RwLockReadGuard<'_, u32>> = lock.try_read();
    let mut all = vec![said(&first), second.as_ref().unwrap().to_string()];
    let written: TryLockResult<RwLockWriteGuard<'_, u32>> = lock.try_write();
    all.push(written.unwrap_err().to_string());
    drop((first, second));
    let mut guard = lock.write().unwrap();
    *guard += 1;
    all.push(guard.to_string());
    all.push(said(lock.try_read().is_err()));
    let guard = RwLockWriteGuard::downgrade(guard);
    all.push(said((*guard, lock.try_read().is_ok(), lock.try_write().is_ok())));
    drop(guard);
    all.push(panic_of(|| {
        let _guard = lock.read().unwrap();
        panic!("a reader")
    }));
    all.push(said(lock.is_poisoned()));
    all.push(panic_of(|| {
        let _guard = lock.write().unwrap();
        panic!("a writer")
    }));
    all.push(said(lock.is_poisoned()));
    all.push(said(lock.read().is_err()));
    all.push(said(lock.write().is_err()));
    all.push(said(lock.try_read().unwrap_err().to_string()));
    all.push(said(lock.try_write().unwrap_err().to_string()));
    let guard = RwLockWriteGuard::downgrade(lock.write().unwrap_err().into_inner());
    all.push(said(*guard));
    drop(guard);
    lock.clear_poison();
    all.push(said((lock.is_poisoned(), lock.read().is_ok())));
    all.push(panic_of(|| {
        let _unwinds = Unwinds(|| *lock.write().unwrap() += 1);
        panic!("poisons nothing")
    }));
    all.push(said(lock.into_inner().unwrap()));
    all.push(said(RwLock::from(7).into_inner().unwrap()));
    all
}

pub(crate) fn onces() -> Vec<String> {
    let once = ONCE_INIT;
    let mut all = vec![said(once.is_completed())];
    all.push(panic_of(|| once.call_once(|| panic!("init"))));
    all.push(panic_of(|| once.call_once(|| ())));
    all.push(panic_of(|| once.wait()));
    all.push(said(once.is_completed()));
    all.push(panic_of(|| once.call_once_force(|state: &OnceState| panic!("{}", state.is_poisoned()))));
    once.call_once_force(|state| all.push(said(state.is_poisoned())));
    once.call_once(|| unreachable!());
    once.call_once_force(|_| unreachable!());
    once.wait();
    once.wait_force();
    all.push(said(once.is_completed()));
    let once = Once::new();
    once.call_once_force(|state| all.push(said(state.is_poisoned())));
    all
}

pub(crate) fn once_locks() -> Vec<String> {
    let mut lock: OnceLock<u32> = OnceLock::default();
    let mut all = vec![said((lock.get().copied(), lock.get_mut().copied()))];
    all.push(panic_of(|| lock.get_or_init(|| panic!("init")).to_owned()));
    all.push(said(lock.get()));
    all.push(said((*lock.get_or_init(|| 1), *lock.get_or_init(|| 2), *lock.wait())));
    all.push(said(lock.set(3)));
    *lock.get_mut().unwrap() += 1;
    all.push(said((lock.clone() == lock, OnceLock::from(5) == lock)));
    all.push(said((lock.take(), lock.get().copied(), lock.take())));
    all.push(said((lock.set(4), lock.get().copied())));
    all.push(said(lock.into_inner()));
    all
}

pub(crate) fn lazy_locks() -> Vec<String> {
    let calls = Cell::new(0);
    let mut lazy = LazyLock::new(|| {
        calls.set(calls.get() + 1);
        calls.get()
    });
    let mut all =
        vec![said(LazyLock::get(&lazy)), said((*LazyLock::force(&lazy), *lazy, LazyLock::get(&lazy)))];
    *LazyLock::force_mut(&mut lazy) += 1;
    *lazy += 1;
    all.push(said((*lazy, LazyLock::get_mut(&mut lazy).copied())));
    let lazy: LazyLock<u32> = LazyLock::new(|| panic!("init"));
    all.push(panic_of(|| *lazy));
    all.push(panic_of(|| *lazy));
    all.push(said(LazyLock::get(&lazy)));
    all.push(said(*LazyLock::<u32>::default()));
    all
}

pub(crate) fn condvars() -> Vec<String> {
    let (mutex, condvar) = (Mutex::new(0), Condvar::new());
    let mut all = Vec::new();
    let waited: LockResult<(MutexGuard<'_, i32>, WaitTimeoutResult)> =
        condvar.wait_timeout(mutex.lock().unwrap(), MS);
    let (guard, result) = waited.unwrap();
    all.push(said((*guard, result.timed_out())));
    let (guard, in_time) = condvar.wait_timeout_ms(guard, 1).unwrap();
    all.push(said((*guard, in_time)));
    let (guard, result) = condvar.wait_timeout_while(guard, MS, |n| *n == 0).unwrap();
    all.push(said((*guard, result.timed_out())));
    let (mut guard, result) = condvar.wait_timeout_while(guard, MS, |n| *n == 1).unwrap();
    all.push(said((*guard, result.timed_out())));
    *guard = 1;
    let guard = condvar.wait_while(guard, |n| *n == 0).unwrap();
    all.push(said(*guard));
    drop(guard);
    condvar.notify_one();
    condvar.notify_all();
    let shared = Arc::new((Mutex::new(false), Condvar::default()));
    let theirs = shared.clone();
    let other = thread::spawn(move || {
        *theirs.0.lock().unwrap() = true;
        theirs.1.notify_one();
    });
    let mut guard = shared.0.lock().unwrap();
    while !*guard {
        guard = shared.1.wait(guard).unwrap();
    }
    all.push(said(*guard));
    drop(guard);
    other.join().unwrap();
    all
}

pub(crate) fn barriers() -> Vec<String> {
    let barrier = Arc::new(Barrier::new(2));
    let theirs = barrier.clone();
    let other = thread::spawn(move || theirs.wait().is_leader());
    let mine: BarrierWaitResult = barrier.wait();
    let alone: bool = Barrier::new(1).wait().is_leader();
    vec![said(mine.is_leader() != other.join().unwrap()), said(alone)]
}

pub(crate) fn channels() -> Vec<String> {
    let (sender, receiver): (Sender<u32>, Receiver<u32>) = mpsc::channel();
    let empty: Result<u32, TryRecvError> = receiver.try_recv();
    let late: Result<u32, RecvTimeoutError> = receiver.recv_timeout(MS);
    let mut all = vec![said((empty, late))];
    sender.send(1).unwrap();
    sender.clone().send(2).unwrap();
    all.push(said((receiver.recv(), receiver.recv_timeout(MS))));
    drop(sender);
    let gone: Result<u32, RecvError> = receiver.recv();
    all.push(said((gone, receiver.try_recv(), receiver.recv_timeout(MS))));
    let (sender, receiver): (SyncSender<u32>, _) = mpsc::sync_channel(1);
    sender.send(1).unwrap();
    let full: Result<(), TrySendError<u32>> = sender.try_send(2);
    all.push(said(full));
    drop(receiver);
    let unsent: Result<(), SendError<u32>> = sender.send(3);
    all.push(said((unsent, sender.try_send(4))));
    let error: Box<dyn std::error::Error> = Box::new(sender.send(5).unwrap_err());
    all.push(error.to_string());
    all
}

pub(crate) fn iterators_of_channels() -> Vec<String> {
    let sent = || {
        let (sender, receiver) = mpsc::channel();
        (0..3).for_each(|n| sender.send(n).unwrap());
        (sender, receiver)
    };
    let mut all = Vec::new();
    let (sender, receiver) = sent();
    let tried: mpsc::TryIter<'_, i32> = receiver.try_iter();
    all.push(said(tried.collect::<Vec<_>>()));
    sender.send(7).unwrap();
    drop(sender);
    let iter: mpsc::Iter<'_, i32> = receiver.iter();
    all.push(said(iter.collect::<Vec<_>>()));
    let (sender, receiver) = sent();
    drop(sender);
    for n in &receiver {
        all.push(said(n));
        if n == 1 {
            break;
        }
    }
    let rest: mpsc::IntoIter<i32> = receiver.into_iter();
    all.push(said(rest.collect::<Vec<_>>()));
    let (sender, receiver) = mpsc::channel();
    let other = thread::spawn(move || (0..3).for_each(|n| sender.send(n).unwrap()));
    for n in receiver {
        all.push(said(n));
    }
    other.join().unwrap();
    all
}

macro_rules! integer {
    ($all:ident, $($name:ident: $int:ty),* $(,)?) => { $({
        let (o, r) = (Ordering::SeqCst, Ordering::Relaxed);
        let mut x = $name::new(5);
        *x.get_mut() += 1;
        $all.push(said((&x, $name::default(), $name::from(3), x.load(Ordering::Acquire))));
        x.store(9, Ordering::Release);
        $all.push(said((x.swap(12, o), x.compare_exchange(12, 13, o, r), x.compare_exchange(12, 14, o, o))));
        $all.push(said((x.compare_and_swap(13, 15, o), x.compare_and_swap(13, 16, Ordering::AcqRel))));
        // It may fail for no reason with std.
        while x.compare_exchange_weak(15, 17, o, r).is_err() {}
        $all.push(said((x.fetch_add(<$int>::MAX, o), x.fetch_sub(<$int>::MAX, o), x.fetch_and(24, o))));
        $all.push(said((x.fetch_nand(9, o), x.fetch_or(3, o), x.fetch_xor(5, o), x.fetch_max(20, o))));
        $all.push(said((x.fetch_min(2, o), x.fetch_update(o, r, |n| n.checked_add(1)))));
        $all.push(said((x.fetch_update(o, r, |_| None), x.try_update(o, r, |n| Some(n ^ 1)))));
        $all.push(said((x.try_update(o, r, |_| None), x.update(o, r, |n| n | 8), x.into_inner())));
    })* };
}

pub(crate) fn integers() -> Vec<String> {
    let mut all = Vec::new();
    integer!(all, AtomicU8: u8, AtomicU16: u16, AtomicU32: u32, AtomicU64: u64, AtomicUsize: usize);
    integer!(all, AtomicI8: i8, AtomicI16: i16, AtomicI32: i32, AtomicI64: i64, AtomicIsize: isize);
    all
}

pub(crate) fn booleans() -> Vec<String> {
    let (o, r) = (Ordering::SeqCst, Ordering::Relaxed);
    let mut x = AtomicBool::new(false);
    *x.get_mut() = true;
    let mut all = vec![said((&x, AtomicBool::default(), AtomicBool::from(true), x.load(o)))];
    x.store(false, o);
    all.push(said((
        x.swap(true, o),
        x.compare_exchange(true, false, o, r),
        x.compare_exchange(true, false, o, r),
    )));
    all.push(said((x.compare_and_swap(false, true, o), x.fetch_and(true, o), x.fetch_nand(true, o))));
    all.push(said((x.fetch_or(true, o), x.fetch_xor(true, o), x.fetch_not(o), x.load(r))));
    all.push(said((
        x.fetch_update(o, r, |b| Some(!b)),
        x.try_update(o, r, |_| None),
        x.update(o, r, |b| !b),
    )));
    while x.compare_exchange_weak(true, false, o, r).is_err() {}
    all.push(said(x.into_inner()));
    all
}

/// Of no trait that a pointer's debugging could need.
struct Plain(#[allow(dead_code)] u16);

pub(crate) fn pointers() -> Vec<String> {
    let (o, r) = (Ordering::SeqCst, Ordering::Relaxed);
    let mut values = [Plain(1), Plain(2), Plain(3), Plain(4)];
    let base = values.as_mut_ptr();
    let mut x = AtomicPtr::new(std::ptr::null_mut());
    *x.get_mut() = base;
    let told = said(&x) == said(base) && format!("{x:p}") == format!("{base:p}");
    let mut all = vec![said((told, AtomicPtr::<Plain>::default().load(r).is_null()))];
    let by = |p: *mut Plain| p.addr().wrapping_sub(base.addr()) as isize;
    all.push(said((by(x.fetch_ptr_add(3, o)), by(x.fetch_ptr_sub(1, o)), by(x.load(o)))));
    all.push(said((by(x.fetch_byte_add(3, o)), by(x.fetch_byte_sub(3, o)), by(x.load(o)))));
    all.push(said((by(x.fetch_or(1, o)), by(x.fetch_and(!1, o)), by(x.fetch_xor(1, o)), by(x.load(o)))));
    x.store(base, o);
    let next = base.wrapping_add(1);
    all.push(said((by(x.swap(next, o)), x.compare_exchange(next, base, o, r).is_ok())));
    all.push(said((x.compare_exchange(next, base, o, r).is_ok(), by(x.compare_and_swap(base, next, o)))));
    let up = |p: *mut Plain| Some(p.wrapping_add(1));
    all.push(said((
        x.fetch_update(o, r, up).map(by),
        x.try_update(o, r, up).map(by),
        x.try_update(o, r, |_| None).map_err(by),
    )));
    all.push(said((by(x.update(o, r, |p| p.wrapping_sub(1))), by(x.into_inner()))));
    all.push(said(AtomicPtr::from(base).into_inner() == base));
    all
}

pub(crate) fn fences() -> Vec<String> {
    for order in [Ordering::Acquire, Ordering::Release, Ordering::AcqRel, Ordering::SeqCst] {
        fence(order);
        compiler_fence(order);
    }
    lib::sync::atomic::spin_loop_hint();
    let relaxed = [Ordering::Relaxed, Ordering::SeqCst][hint::black_box(0)];
    vec![
        said(catch_unwind(|| compiler_fence(relaxed)).is_err()),
        said(catch_unwind(|| fence(relaxed)).is_err()),
    ]
}

pub(crate) fn threads() -> Vec<String> {
    let handle: JoinHandle<u32> = thread::spawn(|| 7);
    let id: ThreadId = handle.thread().id();
    let mut all = vec![said((id == handle.thread().id(), id == thread::current().id()))];
    let result: thread::Result<u32> = handle.join();
    all.push(said(result.unwrap()));
    let panicked = thread::spawn(|| panic!("words")).join().unwrap_err();
    all.push(said(panicked.downcast_ref::<&str>()));
    all.push(said(thread::panicking()));
    let here: Thread = thread::current();
    here.unpark();
    thread::park();
    thread::current().unpark();
    thread::park_timeout(MS);
    thread::current().unpark();
    thread::park_timeout_ms(1);
    thread::park_timeout_ms(1);
    thread::sleep(MS);
    thread::sleep_ms(1);
    all.push(said(thread::available_parallelism().unwrap().get() > 0));
    all
}

pub(crate) fn builders() -> Vec<String> {
    let named = Builder::new().name("named".to_owned()).stack_size(1 << 20);
    let handle: std::io::Result<JoinHandle<_>> = named.spawn(|| thread::current().name().map(str::to_owned));
    let mut all = vec![said(handle.unwrap().join().unwrap())];
    let mut n = 1;
    thread::scope(|scope| {
        let handle = Builder::new().name("scoped".to_owned()).spawn_scoped(scope, || {
            n += 1;
            thread::current().name().map(str::to_owned)
        });
        all.push(said(handle.unwrap().join().unwrap()));
    });
    let borrowed = &mut n;
    // SAFETY: it is joined here.
    let handle = unsafe { Builder::new().spawn_unchecked(|| *borrowed += 1) };
    handle.unwrap().join().unwrap();
    all.push(said(n));
    all
}

pub(crate) fn scopes() -> Vec<String> {
    let mut numbers = [1, 2];
    let sum = thread::scope(|scope: &Scope<'_, '_>| {
        let [a, b] = &mut numbers;
        let handle: ScopedJoinHandle<'_, i32> = scope.spawn(|| {
            *a += 1;
            *a
        });
        scope.spawn(|| *b += 1);
        handle.join().unwrap()
    });
    vec![said((sum, numbers))]
}

/// A value that says when it was made and dropped.
struct Counted(Cell<u32>);

lib::thread_local! {
    static NUMBER: Cell<u32> = const { Cell::new(1) };
    static LIST: RefCell<Vec<u32>> = RefCell::new(vec![1]);
    static MADE: Cell<u32> = { LIST.with_borrow_mut(|list| list.push(100)); Cell::new(5) };
    static COUNTED: Counted = const { Counted(Cell::new(0)) };
}

pub(crate) fn cells_of_threads() -> Vec<String> {
    fn key<T>(key: &'static LocalKey<T>) -> &'static LocalKey<T> {
        key
    }
    let uses = || {
        let mut all = vec![said((NUMBER.get(), NUMBER.replace(2), NUMBER.take(), NUMBER.get()))];
        NUMBER.set(7);
        all.push(said(key(&NUMBER).with(Cell::get)));
        LIST.with_borrow_mut(|list| list.push(2));
        all.push(said(LIST.with_borrow(Vec::clone)));
        all.push(said((LIST.replace(vec![3]), LIST.take())));
        LIST.set(vec![4]);
        // What is set first is not made first.
        MADE.set(6);
        all.push(said((MADE.get(), LIST.with_borrow(Vec::clone))));
        let tried: Result<u32, AccessError> = COUNTED.try_with(|counted| {
            counted.0.set(counted.0.get() + 1);
            counted.0.get()
        });
        all.push(said(tried.unwrap()));
        all
    };
    // Each thread has its own.
    let mut all = thread::spawn(uses).join().unwrap();
    all.extend(thread::spawn(uses).join().unwrap());
    all
}

pub(crate) fn hints() -> Vec<String> {
    hint::spin_loop();
    hint::cold_path();
    // SAFETY: it holds.
    unsafe { hint::assert_unchecked(true) };
    vec![said((hint::black_box(3), hint::select_unpredictable(true, 1, 2)))]
}

pub(crate) fn allocations() -> Vec<String> {
    use lib::alloc::{Layout, alloc, alloc_zeroed, dealloc, realloc};
    let layout = Layout::array::<u8>(4).unwrap();
    // SAFETY: each pointer is used within its layout, and not after it was given back.
    unsafe {
        let zeroed = alloc_zeroed(layout);
        let mut all = vec![said(zeroed.cast::<[u8; 4]>().read())];
        dealloc(zeroed, layout);
        let pointer = alloc(layout);
        pointer.cast::<[u8; 4]>().write([1, 2, 3, 4]);
        let larger = realloc(pointer, layout, 8);
        larger.add(4).cast::<[u8; 4]>().write([5, 6, 7, 8]);
        all.push(said(larger.cast::<[u8; 8]>().read()));
        let smaller = realloc(larger, Layout::array::<u8>(8).unwrap(), 2);
        all.push(said(smaller.cast::<[u8; 2]>().read()));
        dealloc(smaller, Layout::array::<u8>(2).unwrap());
        all
    }
}

pub(crate) fn joins_by_their_operating_system() -> Vec<String> {
    #[cfg(unix)]
    fn has_extension<T>(_: &impl std::os::unix::thread::JoinHandleExt, value: T) -> T {
        value
    }
    #[cfg(not(unix))]
    fn has_extension<J, T>(_: &J, value: T) -> T {
        value
    }
    let handle = thread::spawn(|| 3);
    let mut all = vec![said(has_extension(&handle, 1))];
    all.push(said(handle.join().unwrap()));
    let weak: Weak<u32> = Weak::new();
    all.push(said(weak.upgrade()));
    all
}
