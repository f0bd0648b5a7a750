//! `Local`: two threads that take turns, on several locals.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};

use proptest::prelude::*;
use selvedge_primitives::{Local, Thread, program};

const THREADS: usize = 2;
const LOCALS: usize = 3;
/// What the initialised one of the locals begins with.
const INITIAL: u8 = 255;

#[derive(Clone, Copy, Debug)]
enum Operation {
    Get,
    Set(u8),
    Add(u8),
    Take,
    /// Drops the local and makes another one in its place.
    Replace,
}

fn operations() -> impl Strategy<Value = Vec<(usize, usize, Operation)>> {
    use Operation::*;
    let operation = prop_oneof![
        Just(Get),
        any::<u8>().prop_map(Set),
        any::<u8>().prop_map(Add),
        Just(Take),
        Just(Replace)
    ];
    prop::collection::vec((0..THREADS, 0..LOCALS, operation), 0..60)
}

static ALIVE: AtomicUsize = AtomicUsize::new(0);

/// A number that counts how many of its kind there are.
struct Counted(u8);

impl Counted {
    fn new(number: u8) -> Self {
        ALIVE.fetch_add(1, Ordering::Relaxed);
        Counted(number)
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        ALIVE.fetch_sub(1, Ordering::Relaxed);
    }
}

fn local(number: usize) -> Arc<Local<Counted>> {
    Arc::new(if number == 0 { Local::with_init(|| Counted::new(INITIAL)) } else { Local::new() })
}

fn number(counted: Option<Counted>) -> Option<u8> {
    counted.map(|c| c.0)
}

/// What a thread sees of the operation.
fn apply(local: &Local<Counted>, operation: Operation) -> Option<u8> {
    match operation {
        Operation::Get | Operation::Replace => local.with(|c| c.0),
        Operation::Set(value) => number(local.set(Counted::new(value))),
        Operation::Add(value) => local.with_mut(|c| {
            c.0 = c.0.wrapping_add(value);
            c.0
        }),
        Operation::Take => number(local.take()),
    }
}

type Call = (Arc<Local<Counted>>, Operation);

fn serve(calls: Receiver<Call>, results: Sender<Option<u8>>) {
    for (local, operation) in calls {
        let result = apply(&local, operation);
        // Before the answer: who asked is to hold the last handle.
        drop(local);
        results.send(result).unwrap();
    }
}

fn agrees(operations: &[(usize, usize, Operation)]) -> Result<(), TestCaseError> {
    let threads: Vec<_> = (0..THREADS)
        .map(|_| {
            let ((calls, served), (answers, results)) = (channel(), channel());
            Thread::new(move || serve(served, answers)).start().unwrap();
            (calls, results)
        })
        .collect();
    let mut locals: Vec<_> = (0..LOCALS).map(local).collect();
    let mut specification: HashMap<(usize, usize), Option<u8>> = HashMap::new();
    for (thread, at, operation) in operations {
        let initial = if *at == 0 { Some(INITIAL) } else { None };
        let value = specification.entry((*thread, *at)).or_insert(initial);
        let expected = match operation {
            Operation::Get | Operation::Replace => *value,
            Operation::Set(new) => value.replace(*new),
            Operation::Add(more) => {
                *value = value.map(|v| v.wrapping_add(*more));
                *value
            }
            Operation::Take => value.take(),
        };
        let (calls, results) = &threads[*thread];
        calls.send((locals[*at].clone(), *operation)).unwrap();
        prop_assert_eq!(results.recv().unwrap(), expected);
        if let Operation::Replace = operation {
            locals[*at] = local(*at);
            specification.retain(|(_, other), _| other != at);
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn locals_agree_with_their_specification(operations in operations()) {
        program(|| agrees(&operations))?;
        prop_assert_eq!(ALIVE.load(Ordering::Relaxed), 0, "every value is dropped by the end of its thread");
    }
}
