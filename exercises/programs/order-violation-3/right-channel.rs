//! A radio station whose speaker is sent the name.

use selvedge::sync::mpsc::channel;
use selvedge::thread;

pub fn go_on_air(warm_up: impl FnOnce() + Send + 'static, choose_name: impl FnOnce() -> u32) -> u32 {
    let (sender, receiver) = channel();
    let speaker = thread::spawn(move || {
        warm_up();
        receiver.recv().unwrap()
    });
    sender.send(choose_name()).unwrap();
    speaker.join().unwrap()
}
