//! The handles of threads.

// On loom `thread` is loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::sync::{Arc, Mutex, PoisonError};

use selvedge::thread::{JoinHandle, Thread};
use selvedge::{Checker, FailureKind, Verdict, choose, thread};

/// What `does` fails with, at a place of this file, in an execution that finds the handle of a thread of the one before it.
#[track_caller]
fn refusal(does: impl Fn(JoinHandle<()>) + Send + Sync + 'static) -> String {
    // Not the model's own: it lives through executions.
    let kept: Arc<Mutex<Option<JoinHandle<()>>>> = Arc::default();
    let report = Checker::new().run(move || {
        choose(2);
        let before = kept.lock().unwrap_or_else(PoisonError::into_inner).replace(thread::spawn(|| ()));
        before.into_iter().for_each(&does);
    });
    match report.verdict() {
        Verdict::Failed(failure) => {
            assert_eq!(failure.place.map(|place| place.file), Some(file!()));
            failure.message.clone()
        }
        other => panic!("{other}"),
    }
}

#[test]
fn a_handle_works_in_its_own_execution_only() {
    let joined = refusal(|handle| handle.join().unwrap());
    assert!(joined.contains("a thread can be joined in its own execution only"), "{joined}");
    let unparked = refusal(|handle| handle.thread().unpark());
    assert!(unparked.contains("a thread can be unparked in its own execution only"), "{unparked}");
    let asked = refusal(|handle| assert!(handle.is_finished()));
    assert!(
        asked.contains("a thread can be asked whether it has ended in its own execution only"),
        "{asked}"
    );
}

#[test]
fn every_handle_of_a_thread_is_the_same_thread() {
    let report = Checker::new().run(|| {
        let named = |name: &str| thread::Builder::new().name(name.to_owned());
        let other = named("other").spawn(|| {
            thread::park();
            thread::current()
        });
        let other = other.unwrap();
        let (id, handle): (_, Thread) = (other.thread().id(), other.thread().clone());
        handle.unpark();
        let own = other.join().unwrap();
        assert_eq!((own.id(), own.name(), handle.name()), (id, Some("other"), Some("other")));
        assert_ne!(id, thread::current().id());
        assert_eq!(thread::current().name(), None);
    });
    report.assert_verified();
}

#[test]
fn a_token_that_one_execution_leaves_is_none_in_the_next() {
    let report = Checker::new().run(|| match choose(2) {
        0 => thread::current().unpark(),
        _ => thread::park(),
    });
    match report.verdict() {
        Verdict::Failed(failure) => assert_eq!(failure.kind, FailureKind::Deadlock),
        other => panic!("{other}"),
    }
    assert_eq!(report.executions(), 2);
}

/// A thread is one object of a report, and the token that it waits for another.
#[test]
fn reports_tell_a_thread_from_its_token() {
    let report = Checker::new().run(|| {
        let worker = thread::spawn(|| {
            thread::park();
            thread::park();
        });
        worker.thread().unpark();
        worker.join().unwrap();
    });
    let told = report.counterexample().expect("it deadlocks").to_string();
    assert!(told.contains("park → waits") && !told.contains("worker."), "{told}");
}
