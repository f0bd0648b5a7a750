//! A station that is to be called 103.

use std::sync::Arc;
use std::time::Duration;

use selvedge::thread;
use selvedge_exercises::Meeting;

use super::program::go_on_air;

pub fn check() {
    let morning = Arc::new(Meeting::new("the name is chosen while the speaker warms up"));
    let warming_up = morning.clone();
    let warm_up = move || {
        warming_up.attend();
        // By the clock the name is chosen when the speaker is warm.
        thread::sleep(Duration::from_millis(50));
    };
    let choose_name = || {
        morning.attend();
        103
    };
    assert_eq!(go_on_air(warm_up, choose_name), 103, "the speaker said another name");
    morning.tell();
}
