//! A main thread that relies on what another thread does last.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Event, Thread, program, sleep};

use super::{programs, seconds};

programs! { "order-violation";
    "sleep-longer", "the main thread sleeps longer than the daemon", || daemons(1, sleep_longer);
    "look-whether-it-is-alive", "the main thread waits a little if the daemon is alive", || daemons(1, look_whether_it_is_alive);
    "says-done-too-early", "the daemon sets an event right before its last line", says_done_too_early;
    "says-done", "the daemon sets an event after its last line", says_done;
    "no-daemon", "nobody is started", || daemons(0, rely);
    "one-daemon", "one daemon, no join", || daemons(1, rely);
    "two-daemons", "two daemons, no join", || daemons(2, rely);
    "two-daemons-joined", "two daemons, both joined", || daemons(2, join_all);
    "two-daemons-one-joined", "two daemons, the first is joined", || daemons(2, join_first);
}

/// Starts daemons, and asserts that each has come to its last line when `wait` returns.
fn daemons(count: usize, wait: fn(&[Thread])) {
    program(move || {
        let exited = Arc::new(Variable::new(0));
        let daemon = |_| {
            let exited = exited.clone();
            let body = move || {
                sleep(seconds(1));
                exited.add(1);
            };
            Thread::named("daemon", body).daemon(true)
        };
        let daemons: Vec<_> = (0..count).map(daemon).collect();
        daemons.iter().for_each(|daemon| daemon.start().unwrap());
        wait(&daemons);
        assert_eq!(exited.get(), count as i64, "a daemon has not come to its last line");
    });
}

fn rely(_: &[Thread]) {}

fn sleep_longer(_: &[Thread]) {
    sleep(seconds(60));
}

fn look_whether_it_is_alive(daemons: &[Thread]) {
    if daemons[0].is_alive() {
        sleep(seconds(60));
    }
}

fn join_all(daemons: &[Thread]) {
    for daemon in daemons {
        daemon.join().unwrap();
    }
}

fn join_first(daemons: &[Thread]) {
    daemons[0].join().unwrap();
}

fn says_done_too_early() {
    program(|| {
        let (done, exited) = (Arc::new(Event::new()), Arc::new(Variable::new(0)));
        let daemon = Thread::named("daemon", {
            let (done, exited) = (done.clone(), exited.clone());
            move || {
                done.set();
                exited.set(1);
            }
        });
        daemon.daemon(true).start().unwrap();
        done.wait();
        assert_eq!(exited.get(), 1, "the daemon has not come to its last line");
    });
}

fn says_done() {
    program(|| {
        let (done, exited) = (Arc::new(Event::new()), Arc::new(Variable::new(0)));
        let daemon = Thread::named("daemon", {
            let (done, exited) = (done.clone(), exited.clone());
            move || {
                exited.set(1);
                done.set();
            }
        });
        daemon.daemon(true).start().unwrap();
        done.wait();
        assert_eq!(exited.get(), 1, "the daemon has not come to its last line");
    });
}
