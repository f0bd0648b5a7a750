//! RUSTSEC-2021-0072: who aborts a task of a local set drops it in a thread that it may not be sent to.

use std::cell::Cell;
use std::rc::Rc;
use std::thread;

use tokio::task::LocalSet;

#[test]
fn a_local_task_is_aborted_from_another_thread() {
    let local = LocalSet::new();
    let count = Rc::new(Cell::new(0));
    let of_task = count.clone();
    let task = local.spawn_local(async move { of_task.set(1) });
    let aborts = thread::spawn(move || task.abort());
    drop(count.clone());
    drop(local);
    aborts.join().unwrap();
    assert_eq!(count.get(), 0);
}
