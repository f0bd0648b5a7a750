//! A radio station whose speaker waits for the name. The lock guards it.

use std::sync::Arc;

use selvedge::sync::{Condvar, Mutex};
use selvedge::thread;

pub fn go_on_air(warm_up: impl FnOnce() + Send + 'static, choose_name: impl FnOnce() -> u32) -> u32 {
    let shared = Arc::new((Mutex::new(None), Condvar::new()));
    let speaker = thread::spawn({
        let shared = shared.clone();
        move || {
            warm_up();
            let (name, bell) = &*shared;
            let name = bell.wait_while(name.lock().unwrap(), |name| name.is_none()).unwrap();
            name.expect("the wait is over")
        }
    });
    let chosen = choose_name();
    *shared.0.lock().unwrap() = Some(chosen);
    shared.1.notify_one();
    speaker.join().unwrap()
}
