//! `Event`: a flag.

use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::Event;

use crate::config;

#[derive(Clone, Debug)]
enum Operation {
    Set,
    Clear,
    Wait,
    WaitTimeout(Duration),
}

fn operation() -> impl Strategy<Value = Operation> {
    use Operation::*;
    let timeout = prop_oneof![Just(Duration::ZERO), Just(Duration::from_nanos(1)), Just(Duration::MAX)];
    prop_oneof![Just(Set), Just(Clear), Just(Wait), timeout.prop_map(WaitTimeout)]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn an_event_is_a_flag(operations in prop::collection::vec(operation(), 0..40)) {
        let (event, mut set) = (Event::new(), false);
        for operation in operations {
            match operation {
                Operation::Set => {
                    event.set();
                    set = true;
                }
                Operation::Clear => {
                    event.clear();
                    set = false;
                }
                Operation::Wait | Operation::WaitTimeout(Duration::MAX) if !set => {}
                Operation::Wait => event.wait(),
                Operation::WaitTimeout(timeout) => prop_assert_eq!(event.wait_timeout(timeout), set),
            }
            prop_assert_eq!(event.is_set(), set);
        }
    }
}
