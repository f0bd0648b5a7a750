//! `Thread` and `program` on real threads.

use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

use selvedge_primitives::{
    JoinError, Local, Lock, StartError, Thread, active_count, current_thread, enumerate, get_ident,
    get_native_id, main_thread, program, set_excepthook, settrace,
};

/// Its drop panics, as the payload of a panic.
struct Malign;

impl Drop for Malign {
    fn drop(&mut self) {
        panic!("dropped");
    }
}

#[test]
fn a_panic_ends_its_own_thread_only_and_is_told_to_the_hook() {
    program(|| {
        let told = Arc::new(Lock::new(Vec::new()));
        {
            let told = told.clone();
            set_excepthook(move |args| {
                told.lock().push((args.thread.name(), args.message().map(str::to_owned)));
            });
        }
        let targets: [fn(); 3] = [|| panic!("plain"), || panic!("with {}", "arguments"), || panic_any(1)];
        for target in targets {
            let thread = Thread::new(target);
            thread.start().unwrap();
            thread.join().unwrap();
            assert!(!thread.is_alive());
        }
        let expected =
            [("Thread-1", Some("plain")), ("Thread-2", Some("with arguments")), ("Thread-3", None)];
        let expected = expected.map(|(name, message)| (name.to_owned(), message.map(str::to_owned)));
        assert_eq!(*told.lock(), expected);
    });
}

#[test]
fn a_panic_of_the_hook_ends_nothing_more() {
    program(|| {
        set_excepthook(|_| panic!("the hook"));
        let thread = Thread::new(|| panic_any(Malign));
        thread.start().unwrap();
        thread.join().unwrap();
        assert_eq!(active_count(), 1);
    });
}

#[test]
fn a_panic_whose_payload_panics_in_its_drop_leaves_the_end_as_it_is() {
    static LOCAL: Local<Slow> = Local::new();
    static DROPPED: AtomicBool = AtomicBool::new(false);

    /// Takes its time to be dropped.
    struct Slow;

    impl Drop for Slow {
        fn drop(&mut self) {
            std::thread::sleep(Duration::from_millis(100));
            DROPPED.store(true, Ordering::Relaxed);
        }
    }

    program(|| {
        let thread = Thread::new(|| {
            LOCAL.set(Slow);
            panic_any(Malign);
        });
        thread.start().unwrap();
        thread.join().unwrap();
        assert!(DROPPED.load(Ordering::Relaxed), "a join sees that the thread's values are dropped");
    });
}

#[test]
fn what_the_hook_is_told_shows_whose_panic_it_is_and_what_it_says() {
    program(|| {
        let (tell, told) = channel();
        set_excepthook(move |args| tell.send(format!("{args:?}")).unwrap());
        let thread = Thread::named("worker", || panic!("out of paper"));
        thread.start().unwrap();
        thread.join().unwrap();
        let shown = told.recv().unwrap();
        assert!(shown.starts_with("ExceptHookArgs { thread: <Thread(worker, started "), "{shown}");
        assert!(shown.ends_with("message: Some(\"out of paper\"), .. }"), "{shown}");
    });
}

#[test]
fn a_panic_of_the_trace_hook_is_one_of_the_thread() {
    program(|| {
        let told = Arc::new(AtomicUsize::new(0));
        {
            let told = told.clone();
            set_excepthook(move |_| {
                told.fetch_add(1, Ordering::Relaxed);
            });
        }
        settrace(|_| panic!("traced"));
        let thread = Thread::new(|| unreachable!("the trace hook has panicked"));
        thread.start().unwrap();
        thread.join().unwrap();
        assert_eq!(told.load(Ordering::Relaxed), 1);
    });
}

#[test]
fn a_panic_of_the_main_thread_waits_for_the_others_and_goes_on() {
    let ran = Arc::new(AtomicUsize::new(0));
    let (go, gone) = channel();
    let panic = {
        let ran = ran.clone();
        catch_unwind(AssertUnwindSafe(|| {
            program(move || {
                let thread = Thread::new(move || {
                    gone.recv().unwrap_err();
                    ran.fetch_add(1, Ordering::Relaxed);
                });
                thread.start().unwrap();
                // Dropped by the panic.
                let _go: std::sync::mpsc::Sender<()> = go;
                panic!("main");
            });
        }))
    };
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"main"));
    assert_eq!(ran.load(Ordering::Relaxed), 1);
}

#[test]
fn the_program_abandons_its_daemons() {
    let (end, ended) = channel::<()>();
    let daemon = program(|| {
        let daemon = Thread::new(move || assert!(ended.recv().is_err())).daemon(true);
        daemon.start().unwrap();
        daemon
    });
    assert!(daemon.is_alive());
    drop(end);
    daemon.join().unwrap();
}

#[test]
fn a_program_returns_what_its_main_closure_returns() {
    assert_eq!(program(|| program(|| 1) + 1), 2);
}

#[test]
fn programs_side_by_side_and_one_in_the_other_know_nothing_of_each_other() {
    let (tell, told) = channel();
    let outer_main = program(|| {
        let outer = Thread::new(move || {
            let main = program(|| {
                assert_eq!(enumerate(), [current_thread()]);
                assert_eq!(Thread::new(|| ()).name(), "Thread-1");
                main_thread()
            });
            assert_ne!(main, current_thread());
            assert!(!main.is_alive());
            assert_eq!(current_thread().name(), "Thread-1");
            assert_eq!(Thread::new(|| ()).name(), "Thread-2");
            tell.send(()).unwrap();
        });
        outer.start().unwrap();
        outer.join().unwrap();
        main_thread()
    });
    told.recv().expect("nothing failed in the outer thread");
    assert!(!outer_main.is_alive());
}

#[test]
fn numbers_are_the_threads_own() {
    program(|| {
        let (tell, told) = channel();
        let thread = Thread::new(move || tell.send((get_ident(), get_native_id())).unwrap());
        thread.start().unwrap();
        let numbers = (thread.ident().unwrap(), thread.native_id().unwrap());
        assert_eq!(told.recv().unwrap(), numbers);
        let main = (main_thread().ident().unwrap(), main_thread().native_id().unwrap());
        assert_eq!((get_ident(), get_native_id()), main);
        assert!(numbers.0 != main.0 && numbers.1 != main.1);
        thread.join().unwrap();
        assert_eq!(thread.ident(), Some(numbers.0));
    });
}

#[test]
fn a_thread_that_something_else_started_is_listed_once_until_it_ends() {
    let times = |thread: &Thread| enumerate().iter().filter(|listed| *listed == thread).count();
    let foreign = std::thread::spawn(move || (current_thread(), times(&current_thread())));
    let (thread, listed) = foreign.join().unwrap();
    assert_eq!(listed, 1);
    assert!(!thread.is_alive());
    assert_eq!(times(&thread), 0);
}

#[test]
fn a_thread_can_be_renamed() {
    let thread = Thread::named("before", || ());
    thread.set_name("after");
    assert_eq!(thread.name(), "after");
}

#[test]
fn the_threads_are_shown_as_python_shows_them() {
    program(|| {
        let thread = Thread::new(|| ()).daemon(true);
        assert_eq!(format!("{thread:?}"), "<Thread(Thread-1, initial daemon)>");
        thread.start().unwrap();
        thread.join().unwrap();
        let ident = thread.ident().unwrap();
        assert_eq!(format!("{thread:?}"), format!("<Thread(Thread-1, stopped daemon {ident})>"));
    });
}

#[test]
fn threads_that_have_ended_are_forgotten() {
    program(|| {
        for _ in 0..300 {
            let thread = Thread::new(|| ());
            thread.start().unwrap();
            thread.join().unwrap();
        }
        assert_eq!(enumerate(), [main_thread()]);
    });
}

#[test]
fn every_thread_of_many_starters_runs_once_before_the_program_ends() {
    let ran = Arc::new(AtomicUsize::new(0));
    {
        let ran = ran.clone();
        program(move || {
            for _ in 0..8 {
                let ran = ran.clone();
                let starter = Thread::new(move || {
                    for _ in 0..50 {
                        let ran = ran.clone();
                        let thread = Thread::new(move || {
                            ran.fetch_add(1, Ordering::Relaxed);
                        });
                        thread.start().unwrap();
                    }
                });
                starter.start().unwrap();
            }
        });
    }
    assert_eq!(ran.load(Ordering::Relaxed), 400);
}

/// Is run by the test below, in a process where no thread can be started.
#[test]
fn a_start_that_finds_no_thread_left_fails() {
    if std::env::var_os("RUST_MIN_STACK").is_none() {
        return;
    }
    program(|| {
        let thread = Thread::new(|| unreachable!("there is no thread left"));
        for _ in 0..2 {
            assert!(matches!(thread.start(), Err(StartError::NoThread(_))));
            assert!(!thread.is_alive());
            assert_eq!(thread.ident(), None);
            assert!(thread.join().is_err());
            assert_eq!(enumerate(), [main_thread()]);
        }
    });
    // A thread that joins it meanwhile finds a thread that is under way, and then one that was never started.
    let thread = Thread::new(|| unreachable!("there is no thread left"));
    let over = AtomicBool::new(false);
    let of_its_own = || std::thread::Builder::new().stack_size(1 << 20);
    std::thread::scope(|scope| {
        let joins = || {
            while !over.load(Ordering::Relaxed) {
                assert_eq!(thread.join(), Err(JoinError::NotStarted));
            }
        };
        let joining = of_its_own().spawn_scoped(scope, joins).unwrap();
        for _ in 0..20_000 {
            assert!(matches!(thread.start(), Err(StartError::NoThread(_))));
        }
        over.store(true, Ordering::Relaxed);
        joining.join().unwrap();
    });
    // Of the others nobody is forgotten, and of it nothing is kept.
    let (tell, told) = channel();
    let (end, ended) = channel::<()>();
    let foreign = move || {
        tell.send(current_thread()).unwrap();
        assert!(ended.recv().is_err());
    };
    let foreign = (of_its_own().spawn(foreign).unwrap(), told.recv().unwrap());
    let kept = Arc::new(());
    let held = kept.clone();
    let thread = Thread::new(move || drop(held));
    assert!(thread.start().is_err());
    assert!(enumerate().contains(&foreign.1));
    drop(thread);
    assert_eq!(Arc::strong_count(&kept), 1);
    drop(end);
    foreign.0.join().unwrap();
    println!("it does");
}

#[test]
fn a_thread_that_could_not_be_started_is_one_that_was_not_started() {
    // More than any address space: the test's own thread is the first one, which needs none.
    let run = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "thread::a_start_that_finds_no_thread_left_fails",
            "--test-threads=1",
            "--nocapture",
        ])
        .env("RUST_MIN_STACK", (1u64 << 60).to_string())
        .output()
        .unwrap();
    let output = String::from_utf8_lossy(&run.stdout);
    assert!(
        run.status.success() && output.contains("it does"),
        "{output}{}",
        String::from_utf8_lossy(&run.stderr)
    );
}

#[test]
fn a_join_gives_up_when_its_time_is_over() {
    program(|| {
        let (end, ended) = channel::<()>();
        let thread = Thread::new(move || assert!(ended.recv().is_err()));
        thread.start().unwrap();
        assert_eq!(thread.join_timeout(Duration::from_millis(5)), Ok(false));
        drop(end);
        assert_eq!(thread.join_timeout(Duration::MAX), Ok(true));
    });
}

thread_local! {
    /// What a thread drops at its very end.
    static AT_THE_END: RefCell<Option<Slow>> = const { RefCell::new(None) };
}

/// Takes its time to be dropped, and says then who drops it.
struct Slow(std::sync::mpsc::Sender<Thread>);

impl Drop for Slow {
    fn drop(&mut self) {
        std::thread::sleep(Duration::from_millis(50));
        // Nobody listens where the test has failed.
        let _ = self.0.send(current_thread());
    }
}

#[test]
fn a_join_waits_until_the_threads_own_locals_are_dropped() {
    program(|| {
        let (tell, told) = channel();
        let thread =
            Thread::new(move || AT_THE_END.with(|slot| slot.replace(Some(Slow(tell)))).map_or((), drop));
        thread.start().unwrap();
        thread.join().unwrap();
        assert_eq!(told.try_recv().as_ref(), Ok(&thread), "it is itself to the last");
        assert_eq!(enumerate(), [main_thread()]);
    });
}

#[test]
fn the_end_of_a_program_waits_until_its_threads_own_locals_are_dropped() {
    let (tell, told) = channel();
    program(|| {
        let thread =
            Thread::new(move || AT_THE_END.with(|slot| slot.replace(Some(Slow(tell)))).map_or((), drop));
        thread.start().unwrap();
    });
    assert!(told.try_recv().is_ok());
}

#[test]
fn the_main_thread_is_always_listed() {
    let (tell, told) = channel();
    let main = program(|| {
        let main = main_thread();
        let asks = Thread::new({
            let main = main.clone();
            move || {
                main.join().unwrap();
                tell.send((enumerate(), active_count(), current_thread())).unwrap();
            }
        });
        asks.start().unwrap();
        main
    });
    let (listed, count, asked) = told.recv().unwrap();
    assert!(!main.is_alive());
    assert_eq!((listed, count), (vec![main, asked], 2));
}

#[cfg(target_os = "linux")]
#[test]
fn a_thread_that_renames_itself_is_known_to_the_operating_system_by_its_new_name() {
    let native_name = || std::fs::read_to_string("/proc/thread-self/comm").unwrap();
    program(|| {
        let (tell, told) = channel();
        let thread = Thread::named("before", move || {
            for name in ["after", "0123456789abcdef", "0123456789abc\u{e9}x", "a\0b"] {
                current_thread().set_name(name);
                assert_eq!(current_thread().name(), name);
                tell.send(native_name()).unwrap();
            }
        });
        thread.start().unwrap();
        thread.join().unwrap();
        let known: Vec<_> = told.iter().collect();
        assert_eq!(known, ["after\n", "0123456789abcde\n", "0123456789abc\u{e9}\n", "a b\n"]);
        let mine = native_name();
        thread.set_name("another");
        assert_eq!(native_name(), mine, "who renames another keeps its name");
    });
}
