//! A radio station that is named before anything else.

use selvedge::thread;

pub fn go_on_air(warm_up: impl FnOnce() + Send + 'static, choose_name: impl FnOnce() -> u32) -> u32 {
    let name = choose_name();
    let speaker = thread::spawn(move || {
        warm_up();
        name
    });
    speaker.join().unwrap()
}
