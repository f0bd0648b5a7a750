//! Ann takes a key and then another; Bob takes two and hangs the first one back.

use std::sync::Arc;

use selvedge::outcome;
use selvedge::sync::atomic::{AtomicBool, Ordering::Relaxed};
use selvedge_exercises::start;

use super::program::Hook;

/// Who has which key.
struct Guests([AtomicBool; 3]);

impl Guests {
    fn gets(&self, key: usize) {
        assert!(!self.0[key].swap(true, Relaxed), "a key was given to two guests");
    }

    fn gives_back(&self, key: usize) {
        self.0[key].store(false, Relaxed);
    }
}

pub fn check() {
    let hook = Arc::new(Hook::new());
    let guests = Arc::new(Guests([false; 3].map(AtomicBool::new)));
    let bob = start("Bob", {
        let (hook, guests) = (hook.clone(), guests.clone());
        move || {
            let first = hook.take();
            first.inspect(|key| guests.gets(*key));
            let second = hook.take();
            second.inspect(|key| guests.gets(*key));
            if let Some(key) = first {
                guests.gives_back(key);
                hook.hang(key);
            }
            first.is_some() && second.is_some()
        }
    });
    for _ in 0..2 {
        hook.take().inspect(|key| guests.gets(*key));
    }
    if bob.join().unwrap() {
        outcome("Bob has two keys at once");
    }
}
