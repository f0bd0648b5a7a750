//! What is told of a thread that hangs or crashes, on standard error.
//!
//! First what is known at once, then the schedule: the model is executed again for that, up to the last event before, on an
//! OS thread of its own that nobody waits for longer than some seconds.

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::atomic::Ordering::{Acquire, Relaxed};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Came, Slot, lock};
use crate::engine::replay::Replayer;
use crate::engine::run::Engine;
use crate::engine::{Origin, Schedule};
use crate::report::one_line;
use crate::trace::Place;

/// For how long a schedule is waited for.
const SCHEDULE: Duration = Duration::from_secs(5);

/// How near its end an access is that uses up a stack, in bytes: what lies behind its end is not the program's.
const OVER: usize = 64 * 1024;

/// What happened to a thread of a model.
pub(super) enum Fault {
    /// It crashed with this signal, for an access of this address.
    Crashes(u32, usize),
    /// It ends the process.
    Exits,
    /// It has not come back from a step.
    Hangs {
        after: Duration,
        /// Whether the time of the exploration is over.
        late: bool,
        /// Whether it computes, where that is known.
        works: Option<bool>,
        /// The call in which it waits for what is outside of the process.
        outside: Option<&'static str>,
    },
}

impl Fault {
    /// Of a slot whose OS thread has crashed.
    pub(super) fn of(slot: &Slot) -> Self {
        match slot.signal.load(Relaxed) {
            0 => Fault::Exits,
            signal => Fault::Crashes(signal, slot.address.load(Relaxed)),
        }
    }
}

/// How far the engine of a slot has come, whose OS thread stands still.
pub(super) fn came(slot: &Slot) -> Came {
    engine_of(slot).map_or_else(Came::default, |engine| engine.run.came())
}

fn engine_of(slot: &Slot) -> Option<&Engine> {
    // SAFETY: its OS thread is in the middle of executing a model on it, and stands still until this is told.
    unsafe { slot.engine.load(Acquire).as_ref() }
}

/// Tells of a thread. Its OS thread stands still.
pub(super) fn tell(slot: &Slot, fault: &Fault) {
    let Some(engine) = engine_of(slot) else { return };
    let lane = engine.run.running();
    if !engine.run.is_running() {
        return;
    }
    let name = engine.name_of(lane);
    let test = lock(&slot.name).clone().filter(|name| name != "main");
    let model = engine.origin.as_ref().map(|origin| origin.settings().name.clone());
    let model = model.filter(|name| !name.is_empty()).or_else(|| test.clone());
    let mut text = String::from("\nselvedge: ");
    let of = model.map_or_else(String::new, |model| format!(" of `{model}`"));
    let _ = match fault {
        Fault::Crashes(signal, address) => writeln!(text, "{name}{of} {}", crash(engine, *signal, *address)),
        Fault::Exits => writeln!(text, "{name}{of} ends the process in the middle of an execution"),
        Fault::Hangs { after, late, works, outside } => {
            let over = if *late { ", and the time of the exploration is over" } else { "" };
            let _ = writeln!(text, "{name}{of} has not come back from a step for {:.0?}{over}", after);
            let _ = match outside {
                Some(call) => writeln!(text, "  {}", waits_outside(call)),
                None => writeln!(text, "  {}", why(*works)),
            };
            Ok(())
        }
    };
    let place = engine.run.threads.get(lane as usize).and_then(|thread| thread.place);
    let _ = match place {
        Some(place) => writeln!(text, "  last call to the checker: {}", Place::from(place)),
        None => writeln!(text, "  last call to the checker: none, it has only begun"),
    };
    let panics = lock(&slot.panics);
    for (n, (_, message, place)) in panics.iter().filter(|(l, ..)| *l == lane).enumerate() {
        let at = place.map_or_else(String::new, |place| format!(" at {place}"));
        let first = if n == 0 { "first panic" } else { "then a panic" };
        let _ = writeln!(text, "  {first}{at}: {}", one_line(message));
    }
    drop(panics);
    print(&text);
    let schedule = match (&engine.guide, &engine.origin) {
        (Some(guide), _) => Some(Schedule { counted: engine.counted.clone(), steps: guide.done().to_vec() }),
        (None, Some(origin)) => found_again(engine, lane, origin),
        (None, None) => None,
    };
    let text = match schedule {
        Some(schedule) => {
            let test = test.map_or_else(String::new, |test| format!(" {test}"));
            format!(
                "  schedule that leads there: {schedule}\n  to follow it: SELVEDGE_REPLAY={schedule} cargo test{test}\n"
            )
        }
        None => "  schedule that leads there: none; the model does not do the same again\n".to_owned(),
    };
    print(&text);
}

/// How a thread crashes.
fn crash(engine: &Engine, signal: u32, address: usize) -> String {
    #[cfg(unix)]
    let (name, says) = super::signals::name(signal);
    #[cfg(not(unix))]
    let (name, says) = ("a signal", "it crashes");
    let _ = signal;
    let stack = engine.run.stack_of_running();
    let over =
        stack.as_ref().is_some_and(|s| (s.start.saturating_sub(OVER)..s.start + OVER).contains(&address));
    let over = over && ["SIGSEGV", "SIGBUS"].contains(&name);
    match stack {
        Some(stack) if over => format!(
            "crashes with {name}: its stack of {} KiB is used up (`thread::Builder::stack_size` gives a thread more)",
            (stack.end - stack.start) / 1024
        ),
        _ => format!("crashes with {name}: {says}"),
    }
}

/// Of a thread that waits for what is no part of the model.
fn waits_outside(call: &str) -> String {
    format!(
        "it waits in the system call `{call}` for what is outside of the model: a file, a socket, a process, a timer or a signal; while it does, no other thread of the model can run. The checker does not explore this: leave it out of the model"
    )
}

/// Why a thread hangs, and what to do.
fn why(works: Option<bool>) -> &'static str {
    match works {
        Some(true) => {
            "it computes: a loop without a call to the checker, which waits for a change that no other thread can make meanwhile"
        }
        Some(false) => {
            "it is blocked in the operating system: a lock or channel of std or of another crate, held by a thread of the model that waits for its turn; use those of `selvedge::sync`"
        }
        None => {
            "it loops without a call to the checker, or waits for a lock of std or of another crate; use those of `selvedge::sync`"
        }
    }
}

/// The schedule of an engine that stands still.
fn found_again(engine: &Engine, lane: u32, origin: &Origin) -> Option<Schedule> {
    struct Shared<'a>(&'a Engine, &'a Origin);
    // SAFETY: nobody changes what is referred to, and the process ends when this is told, or has been waited for.
    unsafe impl Send for Shared<'_> {}
    let shared = Shared(engine, origin);
    // SAFETY: the OS thread that these belong to stands still, and the process ends after that.
    let shared = unsafe { std::mem::transmute::<Shared<'_>, Shared<'static>>(shared) };
    let (send, found) = mpsc::channel();
    let look = move || {
        let Shared(engine, origin) = { shared };
        #[cfg(unix)]
        super::signals::retells();
        let mut teller = Replayer::new(origin.settings(), origin.model.clone(), &engine.counted);
        let _ = send.send(teller.so_far(engine, lane));
    };
    thread::Builder::new().spawn(look).ok()?;
    found.recv_timeout(SCHEDULE).ok().flatten()
}

fn print(text: &str) {
    // Not captured by a test harness: the process ends before that shows anything.
    let mut out = std::io::stderr();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}

/// Whether somebody holds the process with a debugger.
pub(super) fn is_debugged() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    status.lines().any(|line| line.strip_prefix("TracerPid:").is_some_and(|pid| pid.trim() != "0"))
}
