//! A radio station whose speaker asks for the name three times.

use std::sync::Arc;

use selvedge::sync::Mutex;
use selvedge::thread;

pub fn go_on_air(warm_up: impl FnOnce() + Send + 'static, choose_name: impl FnOnce() -> u32) -> u32 {
    let name = Arc::new(Mutex::new(None));
    let speaker = thread::spawn({
        let name = name.clone();
        move || {
            warm_up();
            for _ in 0..2 {
                if let Some(name) = *name.lock().unwrap() {
                    return name;
                }
                thread::yield_now();
            }
            name.lock().unwrap().expect("the station has no name yet")
        }
    });
    let chosen = choose_name();
    *name.lock().unwrap() = Some(chosen);
    speaker.join().unwrap()
}
