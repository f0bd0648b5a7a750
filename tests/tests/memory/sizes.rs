//! The sizes are those of the documentation.

use std::mem::size_of;

use selvedge_primitives::{
    Barrier, BoundedSemaphore, Condition, Event, Lock, Queue, RLock, Semaphore, SimpleQueue,
};

/// Those of the machine that the figures are from: what waits is built on the operating system's mutex.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
#[test]
fn each_primitive_has_the_size_that_is_documented() {
    let actual = [
        ("`Lock`", size_of::<Lock>()),
        ("`RLock`", size_of::<RLock>()),
        ("`Condition` over a `Lock`", size_of::<Condition<Lock>>()),
        ("`Condition` over an `RLock`", size_of::<Condition>()),
        ("`Event`", size_of::<Event>()),
        ("`Semaphore`", size_of::<Semaphore>()),
        ("`BoundedSemaphore`", size_of::<BoundedSemaphore>()),
        ("`Barrier`", size_of::<Barrier>()),
        ("`Queue`", size_of::<Queue<u64>>()),
        ("`SimpleQueue`", size_of::<SimpleQueue<u64>>()),
    ];
    assert_eq!(documented(), actual);
}

/// What the documentation's table says of each.
#[cfg(all(target_os = "linux", target_pointer_width = "64"))]
fn documented() -> Vec<(&'static str, usize)> {
    let page = include_str!("../../../docs/performance.md");
    let (_, section) = page.split_once("\n## Size\n").expect("a section about sizes");
    let rows =
        section.lines().filter(|line| line.starts_with("| `")).map(|line| line.split('|').map(str::trim));
    rows.map(|mut fields| {
        (fields.nth(1).expect("a name"), fields.next().expect("a size").parse().expect("a number"))
    })
    .collect()
}

#[test]
fn what_is_guarded_adds_its_own_size_and_no_more() {
    assert_eq!(size_of::<Lock<[u64; 4]>>(), size_of::<Lock>() + size_of::<[u64; 4]>());
    assert_eq!(size_of::<RLock<[u64; 4]>>(), size_of::<RLock>() + size_of::<[u64; 4]>());
}
