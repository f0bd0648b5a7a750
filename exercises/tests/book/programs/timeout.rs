//! A timer that somebody cancels.

use std::sync::Arc;

use selvedge_models::Variable;
use selvedge_primitives::{Lock, Timer, program, sleep};

use super::{programs, seconds};

programs! { "timeout";
    "wait-much-longer", "the timer waits for an hour", || order(3600, cancel);
    "look-and-cancel", "cancelled if the flag does not say that it has fired", || order(3, look_and_cancel);
    "alive-and-cancel", "cancelled if the timer is alive", || order(3, alive_and_cancel);
    "cancel-and-look", "cancelled, and then a look at the flag", || order(3, cancel_and_look);
    "answer-of-cancel", "cancelled, and the answer of cancel is believed", || order(3, answer_of_cancel);
    "decided-under-the-lock", "who comes first under the lock decides", decided_under_the_lock;
}

struct Order {
    timer: Timer,
    fired: Arc<Variable>,
}

/// `cancel` says whether it came in time; then the timer may not fire.
fn order(interval: u64, cancel: fn(&Order) -> bool) {
    let (in_time, fired) = program(move || {
        let fired = Arc::new(Variable::new(0));
        let timer = Timer::new(seconds(interval), {
            let fired = fired.clone();
            move || fired.set(1)
        });
        timer.thread().set_name("timer");
        timer.start().unwrap();
        sleep(seconds(2));
        (cancel(&Order { timer, fired: fired.clone() }), fired)
    });
    assert_ne!(in_time, fired.get() == 1, "cancelled and fired, or neither");
}

fn cancel(order: &Order) -> bool {
    order.timer.cancel();
    true
}

fn look_and_cancel(order: &Order) -> bool {
    let in_time = order.fired.get() == 0;
    if in_time {
        order.timer.cancel();
    }
    in_time
}

fn alive_and_cancel(order: &Order) -> bool {
    let in_time = order.timer.is_alive();
    order.timer.cancel();
    in_time
}

fn cancel_and_look(order: &Order) -> bool {
    order.timer.cancel();
    order.fired.get() == 0
}

fn answer_of_cancel(order: &Order) -> bool {
    order.timer.cancel()
}

fn decided_under_the_lock() {
    let (in_time, fired) = program(|| {
        let (decided, fired) = (Arc::new(Lock::new(false)), Arc::new(Variable::new(0)));
        let timer = Timer::new(seconds(3), {
            let (decided, fired) = (decided.clone(), fired.clone());
            move || {
                let mut decided = decided.lock();
                if !*decided {
                    *decided = true;
                    fired.set(1);
                }
            }
        });
        timer.start().unwrap();
        sleep(seconds(2));
        let mut decided = decided.lock();
        let in_time = !*decided;
        *decided = true;
        (in_time, fired)
    });
    assert_ne!(in_time, fired.get() == 1, "cancelled and fired, or neither");
}
