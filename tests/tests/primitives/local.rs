//! `Local`: no value crosses threads, and each is dropped where it lived.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use selvedge_primitives::{Local, Lock, Thread, get_ident, program};
use selvedge_tests::verify_over_locks;

#[test]
fn each_thread_has_a_value_of_its_own() {
    verify_over_locks(|| {
        program(|| {
            let local = Arc::new(Local::new());
            local.set(0);
            let others = [1, 2].map(|number| {
                let local = local.clone();
                Thread::new(move || {
                    assert_eq!(local.get(), None);
                    assert_eq!(local.set(number), None);
                    assert_eq!(local.get(), Some(number));
                })
            });
            for other in &others {
                other.start().unwrap();
            }
            assert_eq!(local.get(), Some(0));
        });
    });
}

#[test]
fn the_initialiser_runs_once_in_each_thread_that_touches_the_local() {
    verify_over_locks(|| {
        program(|| {
            let local: Arc<Local<u64>> = Arc::new(Local::with_init(get_ident));
            let other = {
                let local = local.clone();
                Thread::new(move || {
                    assert_eq!(local.set(0), Some(get_ident()));
                    assert_eq!(local.get(), Some(0));
                    assert_eq!(local.take(), Some(0));
                    assert_eq!(local.get(), None, "it has run");
                })
            };
            other.start().unwrap();
            other.join().unwrap();
            assert_eq!(local.get(), Some(get_ident()));
        });
    });
}

/// Counts its drops in the thread that made it. Not `Send`.
struct Counted {
    drops: Arc<Lock<Vec<u64>>>,
    _here: Rc<Cell<()>>,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.lock().push(get_ident());
    }
}

#[test]
fn a_value_is_dropped_by_its_own_thread_before_the_join_returns() {
    verify_over_locks(|| {
        program(|| {
            let drops = Arc::new(Lock::new(Vec::new()));
            let local = Arc::new(Local::new());
            let other = {
                let (local, drops) = (local.clone(), drops.clone());
                Thread::new(move || {
                    local.set(Counted { drops, _here: Rc::default() });
                    drop(local);
                })
            };
            other.start().unwrap();
            other.join().unwrap();
            // Kept until here: otherwise the thread's would be the last handle, whose drop takes the value with it.
            drop(local);
            assert_eq!(*drops.lock(), [other.ident().unwrap()]);
        });
    });
}
