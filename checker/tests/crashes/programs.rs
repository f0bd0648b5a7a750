//! The programs.

use std::time::Duration;

use selvedge::sync::Arc;
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::atomic::Ordering::SeqCst;
use selvedge::{Checker, thread};

/// Runs one of them.
pub fn run(program: &str) {
    match program {
        "double_panic" => double_panic(),
        "abort" => abort(),
        "abort_by_order" => abort_by_order(),
        "abort_at_once" => explore(|| std::process::abort()),
        "null" => null(),
        #[cfg(target_arch = "x86_64")]
        "illegal" => explore(|| {
            let x = AtomicUsize::new(0);
            if x.load(SeqCst) == 0 {
                // SAFETY: it ends the program.
                unsafe { std::arch::asm!("ud2") }
            }
        }),
        #[cfg(target_arch = "x86_64")]
        "division" => explore(|| {
            let x = AtomicUsize::new(0);
            let divisor = x.load(SeqCst) as u32;
            // SAFETY: it ends the program.
            unsafe { std::arch::asm!("div {0:e}", in(reg) divisor, inout("eax") 1 => _, inout("edx") 0 => _) }
        }),
        "overflow" => overflow(),
        "outside" => {
            explore(|| AtomicUsize::new(0).store(1, SeqCst));
            std::process::abort()
        }
        #[cfg(unix)]
        "own_handler" => own_handler(),
        "exit" => explore(|| {
            AtomicUsize::new(0).store(1, SeqCst);
            std::process::exit(0)
        }),
        "std_lock" => std_lock(),
        "std_gate" => std_gate(),
        "endless_loop" => endless_loop(Checker::new().max_duration(Duration::from_secs(1))),
        "endless_loop_without_limit" => endless_loop(Checker::new()),
        "slow" => slow(),
        other => panic!("there is no program {other}"),
    }
}

fn explore(model: impl Fn() + Send + Sync + 'static) {
    let report = Checker::new().run(model);
    println!("{}", report.verdict());
}

fn double_panic() {
    struct Panics;
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("in the destructor")
        }
    }
    explore(|| {
        let x = AtomicUsize::new(0);
        let _panics = Panics;
        assert_eq!(x.load(SeqCst), 1, "the first panic");
    });
}

fn abort() {
    explore(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        let other = thread::spawn(move || {
            theirs.store(1, SeqCst);
            std::process::abort()
        });
        x.store(2, SeqCst);
        other.join().unwrap();
    });
}

/// The second thread aborts where it sees one of two stores and not the other, which is not so in the first execution.
fn abort_by_order() {
    explore(|| {
        let (x, y) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (x1, y1) = (x.clone(), y.clone());
        let writer = thread::spawn(move || {
            x1.store(1, SeqCst);
            y1.store(1, SeqCst);
        });
        let reader = thread::spawn(move || {
            let seen = (x.load(SeqCst), y.load(SeqCst));
            if seen == (1, 0) {
                std::process::abort()
            }
        });
        writer.join().unwrap();
        reader.join().unwrap();
    });
}

fn null() {
    explore(|| {
        let x = AtomicUsize::new(0);
        let at: *const u8 = std::ptr::without_provenance(x.load(SeqCst));
        // SAFETY: it ends the program.
        println!("{}", unsafe { at.read_volatile() });
    });
}

#[expect(unconditional_recursion, reason = "it is to use up its stack")]
fn deep(n: u64) -> u64 {
    let more = [n; 64];
    deep(n + 1) + std::hint::black_box(&more)[3]
}

fn overflow() {
    explore(|| {
        let x = Arc::new(AtomicUsize::new(0));
        let theirs = x.clone();
        let other = thread::spawn(move || deep(theirs.load(SeqCst) as u64));
        x.load(SeqCst);
        other.join().unwrap();
    });
}

#[cfg(unix)]
fn own_handler() {
    extern "C" fn handle(_: libc::c_int) {
        let said = b"the program's own handler\n";
        // SAFETY: the bytes are there; the process ends.
        unsafe {
            libc::write(2, said.as_ptr().cast(), said.len());
            libc::_exit(33);
        }
    }
    // SAFETY: the handler does what one may do.
    unsafe { libc::signal(libc::SIGSEGV, handle as *const () as libc::sighandler_t) };
    null();
}

fn std_lock() {
    let checker = Checker::new().max_duration(Duration::from_secs(2));
    let report = checker.run(|| {
        let m = std::sync::Arc::new(std::sync::Mutex::new(0));
        let x = Arc::new(AtomicUsize::new(0));
        let (n, y) = (m.clone(), x.clone());
        let t = thread::spawn(move || {
            let _guard = n.lock().unwrap();
            y.store(1, SeqCst);
        });
        {
            let _guard = m.lock().unwrap();
            x.load(SeqCst);
        }
        t.join().unwrap();
    });
    println!("{}", report.verdict());
}

fn std_gate() {
    let checker = Checker::new().name("the gate").max_duration(Duration::from_secs(1));
    let report = checker.run(|| {
        let gate = std::sync::Arc::new((std::sync::Mutex::new(false), std::sync::Condvar::new()));
        let theirs = gate.clone();
        let opener = thread::spawn(move || {
            *theirs.0.lock().unwrap() = true;
            theirs.1.notify_all();
        });
        let mut open = gate.0.lock().unwrap();
        while !*open {
            open = gate.1.wait(open).unwrap();
        }
        drop(open);
        opener.join().unwrap();
    });
    println!("{}", report.verdict());
}

fn endless_loop(checker: Checker) {
    let report = checker.run(|| {
        let flag = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(false));
        let x = Arc::new(AtomicUsize::new(0));
        let (theirs, y) = (flag.clone(), x.clone());
        let setter = thread::spawn(move || {
            y.store(1, SeqCst);
            theirs.store(true, SeqCst);
        });
        x.load(SeqCst);
        while !flag.load(SeqCst) {
            std::hint::spin_loop();
        }
        setter.join().unwrap();
    });
    println!("{}", report.verdict());
}

/// Steps of more than a second, and a time that is over soon: slow is no hang while steps are made.
fn slow() {
    let report = Checker::new().max_duration(Duration::from_millis(100)).run(|| {
        let x = AtomicUsize::new(0);
        for n in 0..5 {
            std::thread::sleep(Duration::from_millis(700));
            x.store(n, SeqCst);
        }
    });
    println!("{}", report.verdict());
}
