//! What nothing that explores in one process can be faster than: stackful coroutines that are run again on the same stacks.

use corosensei::stack::DefaultStack;
use corosensei::{Coroutine, CoroutineResult};

const FIBERS: usize = 3;
const SWITCHES: usize = 4;

pub(crate) struct Fibers {
    stacks: Vec<DefaultStack>,
}

impl Fibers {
    pub(crate) fn new() -> Self {
        let stack = || DefaultStack::new(64 * 1024).expect("there is memory for a stack");
        Fibers { stacks: (0..FIBERS).map(|_| stack()).collect() }
    }

    /// Runs the fibers to their ends, in turn.
    pub(crate) fn execute(&mut self) {
        let fibers = self.stacks.drain(..).map(|stack| {
            Coroutine::with_stack(stack, |suspender, ()| {
                for _ in 0..SWITCHES {
                    suspender.suspend(());
                }
            })
        });
        let mut fibers: Vec<Coroutine<(), (), (), DefaultStack>> = fibers.collect();
        while !fibers.iter().all(Coroutine::done) {
            for fiber in &mut fibers {
                if !fiber.done() {
                    let (CoroutineResult::Yield(()) | CoroutineResult::Return(())) = fiber.resume(());
                }
            }
        }
        self.stacks.extend(fibers.into_iter().map(Coroutine::into_stack));
    }
}
