//! Stackful coroutines that run one closure after another on the same stack.
//!
//! Idle fibers are kept from exploration to exploration on their OS thread: mapping a stack takes longer than a small model.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::sync::Arc;

use corosensei::stack::{DefaultStack, Stack};
use corosensei::{Coroutine, CoroutineResult, Yielder};

use super::local_state::{self, Bounds};

/// What a fiber runs, once. It catches its own panics.
pub(crate) trait Task {
    fn run(self: Arc<Self>);
}

/// A task, of which others may hold what it leaves behind: the body of a thread and its result are one allocation.
pub(crate) type Job = Arc<dyn Task>;

/// Bytes of stack of a fiber that asks for no other size. Only pages that are touched cost memory.
pub(crate) const STACK: usize = 2 * 1024 * 1024;

/// How many idle fibers an OS thread keeps between explorations.
const KEPT: usize = 16;

thread_local! {
    /// Idle fibers that no engine has.
    #[expect(clippy::vec_box, reason = "as an execution has them")]
    pub(super) static KEPT_FIBERS: RefCell<Vec<Box<Fiber>>> = const { RefCell::new(Vec::new()) };
}

/// The idle fibers of this OS thread.
#[expect(clippy::vec_box, reason = "as an execution has them")]
pub(super) fn take_kept() -> Vec<Box<Fiber>> {
    KEPT_FIBERS.with_borrow_mut(std::mem::take)
}

/// Keeps idle fibers for the next engine of this OS thread.
#[expect(clippy::vec_box, reason = "as an execution has them")]
pub(super) fn keep(mut fibers: Vec<Box<Fiber>>) {
    fibers.truncate(KEPT);
    // Where the OS thread ends there is no next engine.
    let _ = KEPT_FIBERS.try_with(|kept| {
        let mut kept = kept.borrow_mut();
        if kept.is_empty() {
            *kept = fibers;
        }
    });
}

/// Why a fiber came back.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Return {
    /// It waits to be resumed in the middle of its job.
    Suspended,
    /// Its job has ended.
    Finished,
}

/// What the two sides of a fiber share.
struct Shared {
    yielder: Cell<*const Yielder<(), Return>>,
    job: Cell<Option<Job>>,
    /// Whether nothing is to be left on the stack of what ran there before.
    sweeps: Cell<bool>,
    /// The addresses of the stack.
    stack: Range<usize>,
    bounds: Cell<Bounds>,
    /// Below the frames of a job that waits.
    waits_at: Cell<usize>,
}

/// More than what a switch leaves on a stack below the frame that calls for it.
const SWITCH: usize = 256;

/// A coroutine that keeps its stack from job to job.
pub(crate) struct Fiber {
    coroutine: Coroutine<(), Return, ()>,
    shared: Box<Shared>,
    stack: usize,
    /// Whether a job is under way: its frames are on the stack.
    busy: bool,
}

impl Fiber {
    /// # Panics
    ///
    /// When the operating system has no memory for the stack.
    pub(crate) fn new(stack: usize) -> Self {
        let memory = DefaultStack::new(stack).expect("the operating system has memory for a fiber's stack");
        let bounds = Bounds { base: 0, limit: memory.limit().get() };
        let shared = Box::new(Shared {
            yielder: Cell::new(std::ptr::null()),
            job: Cell::new(None),
            sweeps: Cell::new(false),
            stack: memory.base().get() - stack..memory.base().get(),
            bounds: Cell::new(bounds),
            waits_at: Cell::new(0),
        });
        let at: *const Shared = &*shared;
        let coroutine = Coroutine::with_stack(memory, move |yielder, ()| {
            // SAFETY: `shared` is in a box that lives as long as the coroutine: they are dropped together.
            let shared = unsafe { &*at };
            shared.yielder.set(yielder);
            // The frames of jobs are below this one.
            let base = 0_u64;
            shared.bounds.set(Bounds { base: (&raw const base).addr(), ..bounds });
            while let Some(job) = shared.job.take() {
                if shared.sweeps.get() {
                    local_state::sweep_before(shared.bounds.get());
                }
                job.run();
                yielder.suspend(Return::Finished);
            }
        });
        Fiber { coroutine, shared, stack, busy: false }
    }

    pub(crate) fn stack(&self) -> usize {
        self.stack
    }

    /// Gives the fiber a job to begin when it is resumed. `sweeps`: its local state is looked at.
    pub(crate) fn set_job(&mut self, job: Job, sweeps: bool) {
        debug_assert!(!self.busy);
        self.shared.job.set(Some(job));
        self.shared.sweeps.set(sweeps);
        self.busy = true;
    }

    /// Runs until the job suspends itself or ends.
    pub(crate) fn resume(&mut self) -> Return {
        match self.coroutine.resume(()) {
            CoroutineResult::Yield(Return::Finished) | CoroutineResult::Return(()) => {
                self.busy = false;
                Return::Finished
            }
            CoroutineResult::Yield(Return::Suspended) => Return::Suspended,
        }
    }

    /// The words that a job under way has on its stack, or that it will find when it begins: where they lead is its memory.
    pub(super) fn roots(&self) -> Vec<usize> {
        if let Some(job) = self.shared.job.take() {
            let at = Arc::as_ptr(&job).addr();
            self.shared.job.set(Some(job));
            return vec![at];
        }
        let from = self.shared.waits_at.get();
        if !self.busy || !self.shared.stack.contains(&from) {
            return Vec::new();
        }
        let words = (from..self.shared.bounds.get().base).step_by(size_of::<usize>());
        // SAFETY: they are on the stack, whose frames wait.
        words
            .map(|word| unsafe { std::ptr::with_exposed_provenance::<usize>(word).read_volatile() })
            .collect()
    }

    /// What the job calls to suspend itself.
    pub(crate) fn suspender(&self) -> Suspender {
        Suspender(&*self.shared)
    }
}

impl Drop for Fiber {
    fn drop(&mut self) {
        // A job that never began is given up like one that did: its destructors would be events of no thread.
        std::mem::forget(self.shared.job.take());
        // SAFETY: an idle fiber owns nothing on its stack. A busy one belongs to an execution that is abandoned as a
        // whole: its other fibers never run again, what they own is leaked with them, and nothing else refers to the
        // stack.
        unsafe { self.coroutine.force_reset() };
    }
}

/// The way back from inside a job.
#[derive(Clone, Copy)]
pub(crate) struct Suspender(*const Shared);

impl Suspender {
    /// The addresses of the job's stack. The fiber must be alive.
    pub(super) fn stack(self) -> Range<usize> {
        // SAFETY: the caller's promise: what the fiber shares lives as long as it.
        unsafe { (*self.0).stack.clone() }
    }

    /// The bounds of the stack that the job runs on.
    pub(crate) fn bounds(self) -> Bounds {
        // SAFETY: the job is running, so its fiber with what it shares is alive.
        unsafe { (*self.0).bounds.get() }
    }

    /// Leaves the job until the fiber is resumed. To be called inside of the job alone.
    pub(crate) fn suspend(self) {
        let here = 0_usize;
        // SAFETY: the job is running, so its fiber with what it shares is alive, and its coroutine has set the yielder.
        unsafe {
            let shared = &*self.0;
            shared.waits_at.set(((&raw const here).addr() - SWITCH).max(shared.stack.start));
            (*shared.yielder.get()).suspend(Return::Suspended);
        }
    }
}
