//! `Thread` and `program`: run once, seen to end, told of while alive.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use selvedge_primitives::{
    AlreadyStarted, JoinError, Lock, Run, StartError, Thread, active_count, current_thread, enumerate,
    get_ident, main_thread, program, set_excepthook, settrace, yield_now,
};
#[cfg(loom)]
use selvedge_primitives::{get_native_id, set_stack_size, stack_size};
use selvedge_tests::{cell::Plain, thread, verify_over_locks};

/// A time that has not passed by the time that a test ends, and may pass at once in a model.
const LONG: Duration = Duration::from_secs(3600);

#[test]
fn a_thread_that_joins_sees_what_the_thread_wrote() {
    verify_over_locks(|| {
        program(|| {
            let cell = Arc::new(Plain::new(0));
            let writer = {
                let cell = cell.clone();
                Thread::new(move || cell.set(1))
            };
            writer.start().unwrap();
            writer.join().unwrap();
            assert_eq!(cell.get(), 1);
            assert!(!writer.is_alive());
            writer.join().unwrap();
        });
    });
}

#[test]
fn a_thread_that_sees_that_the_thread_is_not_alive_sees_what_it_wrote() {
    let report = verify_over_locks(|| {
        program(|| {
            let cell = Arc::new(Plain::new(0));
            let writer = {
                let cell = cell.clone();
                Thread::new(move || cell.set(1))
            };
            writer.start().unwrap();
            let alive = writer.is_alive();
            if !alive {
                assert_eq!(cell.get(), 1);
            }
            selvedge::outcome(alive);
        });
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn several_threads_join_one() {
    verify_over_locks(|| {
        let cell = Arc::new(Plain::new(0));
        let writer = {
            let cell = cell.clone();
            Thread::new(move || cell.set(1))
        };
        writer.start().unwrap();
        let joiner = {
            let (cell, writer) = (cell.clone(), writer.clone());
            thread::spawn(move || {
                writer.join().unwrap();
                assert_eq!(cell.get(), 1);
            })
        };
        writer.join().unwrap();
        assert_eq!(cell.get(), 1);
        joiner.join().unwrap();
    });
}

#[test]
fn a_timed_join_says_whether_the_thread_has_ended() {
    let report = verify_over_locks(|| {
        program(|| {
            let cell = Arc::new(Plain::new(0));
            let writer = {
                let cell = cell.clone();
                Thread::new(move || cell.set(1))
            };
            writer.start().unwrap();
            let ended = writer.join_timeout(LONG).unwrap();
            if ended {
                assert_eq!(cell.get(), 1);
            }
            writer.join().unwrap();
            assert_eq!(writer.join_timeout(Duration::ZERO), Ok(true));
            selvedge::outcome(ended);
        });
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn one_who_gives_up_joining_takes_nothing_from_another() {
    verify_over_locks(|| {
        let worker = Thread::new(|| ());
        worker.start().unwrap();
        let impatient = {
            let worker = worker.clone();
            thread::spawn(move || worker.join_timeout(LONG).unwrap())
        };
        worker.join().unwrap();
        impatient.join().unwrap();
    });
}

#[test]
fn of_two_starts_exactly_one_succeeds() {
    verify_over_locks(|| {
        program(|| {
            let runs = Arc::new(AtomicUsize::new(0));
            let worker = {
                let runs = runs.clone();
                Thread::new(move || {
                    runs.fetch_add(1, Ordering::Relaxed);
                })
            };
            let other = {
                let worker = worker.clone();
                thread::spawn(move || worker.start().is_ok())
            };
            let mine = worker.start().is_ok();
            assert!(mine ^ other.join().unwrap());
            worker.join().unwrap();
            assert_eq!(runs.load(Ordering::Relaxed), 1);
            assert!(matches!(worker.start(), Err(StartError::AlreadyStarted)));
        });
    });
}

#[test]
fn the_program_waits_for_threads_that_threads_started() {
    verify_over_locks(|| {
        let cell = Arc::new(Plain::new(0));
        {
            let cell = cell.clone();
            program(move || {
                let outer = Thread::new(move || {
                    let inner = Thread::new(move || cell.set(1));
                    inner.start().unwrap();
                });
                outer.start().unwrap();
            });
        }
        assert_eq!(cell.get(), 1);
    });
}

#[test]
fn the_main_thread_ends_before_the_program_does() {
    verify_over_locks(|| {
        let cell = Arc::new(Plain::new(0));
        {
            let cell = cell.clone();
            program(move || {
                let follower = {
                    let cell = cell.clone();
                    Thread::new(move || {
                        main_thread().join().unwrap();
                        assert!(!main_thread().is_alive());
                        assert_eq!(cell.get(), 1);
                        cell.set(2);
                    })
                };
                follower.start().unwrap();
                cell.set(1);
            });
        }
        assert_eq!(cell.get(), 2);
    });
}

#[test]
fn a_thread_is_listed_from_its_start_to_its_end() {
    let report = verify_over_locks(|| {
        program(|| {
            let worker = Thread::new(|| {
                assert!(enumerate().contains(&current_thread()));
                assert!(current_thread().is_alive());
                assert_eq!(current_thread().ident(), Some(get_ident()));
            });
            assert_eq!(enumerate(), [main_thread()]);
            worker.start().unwrap();
            let listed = enumerate().contains(&worker);
            assert!(listed || !worker.is_alive());
            worker.join().unwrap();
            assert_eq!(active_count(), 1);
            selvedge::outcome(listed);
        });
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["false", "true"]), "{:?}", report.outcomes());
    }
}

#[test]
fn the_trace_hook_sees_the_threads_that_are_started_after_it_is_set() {
    verify_over_locks(|| {
        program(|| {
            let traced = Arc::new(Lock::new(Vec::new()));
            let before = Thread::new(|| ());
            before.start().unwrap();
            {
                let traced = traced.clone();
                settrace(move |thread| traced.lock().push(thread.name()));
            }
            let after = Thread::new(|| ());
            after.start().unwrap();
            before.join().unwrap();
            after.join().unwrap();
            assert_eq!(*traced.lock(), ["Thread-2"]);
        });
    });
}

#[test]
fn misuse_is_an_error_and_not_a_wait() {
    verify_over_locks(|| {
        program(|| {
            let worker = Thread::new(|| assert_eq!(current_thread().join(), Err(JoinError::Current)));
            assert_eq!(worker.join(), Err(JoinError::NotStarted));
            assert_eq!(worker.ident(), None);
            assert_eq!(worker.native_id(), None);
            assert_eq!(main_thread().join(), Err(JoinError::Current));
            worker.start().unwrap();
            assert!(worker.ident().is_some() && worker.ident() != main_thread().ident());
            assert_eq!(worker.set_daemon(true), Err(AlreadyStarted));
            worker.join().unwrap();
            assert_eq!(worker.set_daemon(true), Err(AlreadyStarted));
        });
    });
}

#[test]
fn a_type_of_ones_own_is_what_a_thread_runs() {
    struct Adder {
        sum: Arc<Lock<u32>>,
        number: u32,
    }

    impl Run for Adder {
        fn run(self) {
            *self.sum.lock() += self.number;
        }
    }

    verify_over_locks(|| {
        program(|| {
            let sum = Arc::new(Lock::new(0));
            let adder = Thread::new(Adder { sum: sum.clone(), number: 2 });
            adder.start().unwrap();
            *sum.lock() += 1;
            adder.join().unwrap();
            assert_eq!(*sum.lock(), 3);
        });
    });
}

#[test]
fn what_nobody_joins_and_no_program_waits_for_ends_all_the_same() {
    let report = verify_over_locks(|| {
        let ran = Thread::new(|| selvedge::outcome("ran"));
        ran.start().unwrap();
    });
    if cfg!(loom) {
        assert!(report.outcomes().keys().eq(["ran"]), "{:?}", report.outcomes());
    }
}

#[test]
fn a_loop_that_polls_and_lets_others_go_first_ends() {
    verify_over_locks(|| {
        program(|| {
            let thread = Thread::new(|| ());
            thread.start().unwrap();
            while thread.is_alive() {
                yield_now();
            }
            assert_eq!(active_count(), 1);
        });
    });
}

#[cfg(loom)]
#[test]
fn a_thread_of_a_model_has_the_same_number_here_and_with_the_operating_system() {
    verify_over_locks(|| {
        program(|| {
            let thread = Thread::new(|| assert_eq!(get_native_id(), get_ident()));
            thread.start().unwrap();
            assert_eq!(thread.native_id(), thread.ident());
            assert_ne!(get_native_id(), thread.native_id().unwrap());
            thread.join().unwrap();
        });
    });
}

#[test]
fn names_are_counted_in_each_program_and_daemons_beget_daemons() {
    verify_over_locks(|| {
        program(|| {
            let first = Thread::new(|| ());
            let named = Thread::named("worker", || ());
            let second = Thread::new(|| {
                assert_eq!(current_thread().name(), "Thread-2");
                assert!(Thread::named("child", || ()).is_daemon());
            });
            assert_eq!([first.name(), named.name(), second.name()], ["Thread-1", "worker", "Thread-2"]);
            assert_eq!(main_thread().name(), "MainThread");
            assert!(!second.is_daemon());
            let second = second.daemon(true);
            assert!(second.is_daemon());
            second.start().unwrap();
            second.join().unwrap();
        });
    });
}

#[test]
fn a_thread_that_something_else_started_has_a_stand_in() {
    verify_over_locks(|| {
        // The first to ask counts as the main thread outside of a program.
        let main = current_thread();
        let other = {
            let main = main.clone();
            thread::spawn(move || {
                let me = current_thread();
                assert_eq!(me, current_thread());
                assert_ne!(me, main);
                assert!(me.is_alive() && me.is_daemon());
                assert!(me.name().starts_with("Dummy-"));
                assert_eq!(me.ident(), Some(get_ident()));
                me
            })
        };
        let dummy = other.join().unwrap();
        assert_eq!(dummy.join(), Err(JoinError::Foreign));
    });
}

#[test]
fn when_a_program_has_ended_its_threads_have_let_go_of_its_hooks() {
    verify_over_locks(|| {
        let hook = Arc::new(());
        program(|| {
            let held = hook.clone();
            set_excepthook(move |_| drop(held.clone()));
            let thread = Thread::new(|| ());
            thread.start().unwrap();
        });
        assert_eq!(Arc::strong_count(&hook), 1);
    });
}

#[cfg(loom)]
#[test]
fn a_thread_of_a_model_has_the_stack_that_its_engine_gives_it() {
    verify_over_locks(|| {
        program(|| {
            let thread = Thread::new(|| ());
            assert_eq!(set_stack_size(1 << 20), 0);
            thread.start().unwrap();
            thread.join().unwrap();
            assert_eq!(stack_size(), 0);
        });
    });
}
