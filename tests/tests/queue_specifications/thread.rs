//! `Thread`: several threads, each of which goes on until it is told to end.

use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{
    AlreadyStarted, JoinError, StartError, Thread, active_count, enumerate, main_thread, program,
};

const THREADS: usize = 3;

#[derive(Clone, Copy, Debug)]
enum Operation {
    Start,
    End,
    Join,
    JoinTimeout(u64),
    SetDaemon(bool),
    SetName(u8),
}

fn operations() -> impl Strategy<Value = Vec<(usize, Operation)>> {
    use Operation::*;
    let operation = prop_oneof![
        Just(Start),
        Just(End),
        Just(Join),
        (0..2u64).prop_map(JoinTimeout),
        any::<bool>().prop_map(SetDaemon),
        any::<u8>().prop_map(SetName),
    ];
    prop::collection::vec((0..THREADS, operation), 0..40)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Initial,
    Alive,
    Ended,
}

/// What a thread is, as far as its maker can see.
struct Specification {
    phase: Phase,
    daemon: bool,
    name: String,
}

impl Specification {
    fn join(&self) -> Result<bool, JoinError> {
        match self.phase {
            Phase::Initial => Err(JoinError::NotStarted),
            phase => Ok(phase == Phase::Ended),
        }
    }
}

fn thread(number: usize) -> (Thread, Sender<()>, Specification) {
    let (end, ended) = channel();
    let thread = Thread::new(move || {
        // An error is an end too: the sender is gone.
        let _ = ended.recv();
    });
    let name = format!("Thread-{}", number + 1);
    (thread, end, Specification { phase: Phase::Initial, daemon: false, name })
}

fn agrees(operations: &[(usize, Operation)]) -> Result<(), TestCaseError> {
    let mut threads: Vec<_> = (0..THREADS).map(thread).collect();
    let mut started = vec![main_thread()];
    for (number, operation) in operations {
        let (thread, end, specification) = &mut threads[*number];
        match operation {
            Operation::Start if specification.phase == Phase::Initial => {
                prop_assert!(thread.start().is_ok());
                specification.phase = Phase::Alive;
                started.push(thread.clone());
            }
            Operation::Start => prop_assert!(matches!(thread.start(), Err(StartError::AlreadyStarted))),
            Operation::End if specification.phase == Phase::Alive => {
                end.send(()).unwrap();
                prop_assert_eq!(thread.join(), Ok(()));
                specification.phase = Phase::Ended;
                started.retain(|other| other != thread);
            }
            // Would wait forever.
            Operation::End | Operation::Join if specification.phase == Phase::Alive => {}
            Operation::End | Operation::Join => {
                prop_assert_eq!(thread.join(), specification.join().map(drop));
            }
            Operation::JoinTimeout(timeout) => {
                let join = thread.join_timeout(Duration::from_micros(*timeout));
                prop_assert_eq!(join, specification.join());
            }
            Operation::SetDaemon(daemon) => {
                let possible = specification.phase == Phase::Initial;
                prop_assert_eq!(thread.set_daemon(*daemon), possible.then_some(()).ok_or(AlreadyStarted));
                if possible {
                    specification.daemon = *daemon;
                }
            }
            Operation::SetName(name) => {
                thread.set_name(name.to_string());
                specification.name = name.to_string();
            }
        }
        prop_assert_eq!(thread.is_alive(), specification.phase == Phase::Alive);
        prop_assert_eq!(thread.is_daemon(), specification.daemon);
        prop_assert_eq!(thread.name(), &*specification.name);
        prop_assert_eq!(thread.ident().is_some(), specification.phase != Phase::Initial);
        prop_assert_eq!(thread.native_id().is_some(), specification.phase != Phase::Initial);
        prop_assert_eq!(enumerate(), &*started);
        prop_assert_eq!(active_count(), started.len());
    }
    Ok(())
}

proptest! {
    #[test]
    fn threads_agree_with_their_specification(operations in operations()) {
        program(|| agrees(&operations))?;
    }
}
