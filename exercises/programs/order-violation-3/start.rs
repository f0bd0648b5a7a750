//! A radio station.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::thread;

/// Goes on air, and returns what the speaker said.
pub fn go_on_air(warm_up: impl FnOnce() + Send + 'static, choose_name: impl FnOnce() -> u32) -> u32 {
    let name = Arc::new(Mutex::new(None));
    let speaker = thread::spawn({
        let name = name.clone();
        move || {
            warm_up();
            name.lock().unwrap().expect("the station has no name yet")
        }
    });
    let chosen = choose_name();
    *name.lock().unwrap() = Some(chosen);
    speaker.join().unwrap()
}
