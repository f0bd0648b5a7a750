//! A radio station whose speaker takes some more time.

use std::sync::Arc;
use std::time::Duration;

use selvedge::sync::Mutex;
use selvedge::thread;

pub fn go_on_air(warm_up: impl FnOnce() + Send + 'static, choose_name: impl FnOnce() -> u32) -> u32 {
    let name = Arc::new(Mutex::new(None));
    let speaker = thread::spawn({
        let name = name.clone();
        move || {
            warm_up();
            thread::sleep(Duration::from_millis(50));
            name.lock().unwrap().expect("the station has no name yet")
        }
    });
    let chosen = choose_name();
    *name.lock().unwrap() = Some(chosen);
    speaker.join().unwrap()
}
