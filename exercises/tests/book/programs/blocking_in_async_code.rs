//! An event that a future waits for.

use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use selvedge::future::block_on;
use selvedge::sync::Mutex;
use selvedge::sync::atomic::{AtomicBool, Ordering::SeqCst};
use selvedge_exercises::start;

use super::programs;

programs! { "blocking-in-async-code";
    "look-then-leave", "look at the flag, then leave the waker", || wait(look_then_leave, set);
    "look-twice", "look at the flag twice, then leave the waker", || wait(look_twice, set);
    "wake-twice", "wake twice", || wait(look_then_leave, wake_twice);
    "wake-first", "leave the waker, then look; wake, then set the flag", || wait(leave_then_look, wake_first);
    "block", "the future waits until the flag is set, in poll", || wait(block, set);
    "block-with-the-setter", "the same, and the setter is a task of the same thread", || one_thread(block);
    "leave-then-look", "leave the waker, then look at the flag", || wait(leave_then_look, set);
    "set-before", "the event is set before anybody waits", || set_before(look_then_leave);
}

struct Event {
    is_set: AtomicBool,
    waker: Mutex<Option<Waker>>,
}

type Look = fn(&Event, &Waker) -> Poll<()>;

struct Wait {
    event: Arc<Event>,
    look: Look,
}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        (self.look)(&self.event, context.waker())
    }
}

fn event() -> Arc<Event> {
    Arc::new(Event { is_set: AtomicBool::new(false), waker: Mutex::new(None) })
}

fn wait(look: Look, set: fn(&Event)) {
    let event = event();
    let setter = start("Setter", {
        let event = event.clone();
        move || set(&event)
    });
    block_on(Wait { event, look });
    setter.join().unwrap();
}

fn set_before(look: Look) {
    let event = event();
    set(&event);
    block_on(Wait { event, look });
}

/// An executor's thread with two tasks: one waits, the other sets.
fn one_thread(look: Look) {
    let executor = start("Executor", move || {
        let event = event();
        let mut waits = Wait { event: event.clone(), look };
        block_on(poll_fn(move |context| {
            let polled = Pin::new(&mut waits).poll(context);
            if polled.is_pending() {
                set(&event);
            }
            polled
        }));
    });
    executor.join().unwrap();
}

fn look_then_leave(event: &Event, waker: &Waker) -> Poll<()> {
    if event.is_set.load(SeqCst) {
        return Poll::Ready(());
    }
    *event.waker.lock().unwrap() = Some(waker.clone());
    Poll::Pending
}

fn look_twice(event: &Event, waker: &Waker) -> Poll<()> {
    if event.is_set.load(SeqCst) || event.is_set.load(SeqCst) {
        return Poll::Ready(());
    }
    *event.waker.lock().unwrap() = Some(waker.clone());
    Poll::Pending
}

fn leave_then_look(event: &Event, waker: &Waker) -> Poll<()> {
    *event.waker.lock().unwrap() = Some(waker.clone());
    match event.is_set.load(SeqCst) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    }
}

fn block(event: &Event, _: &Waker) -> Poll<()> {
    while !event.is_set.load(SeqCst) {
        selvedge::thread::yield_now();
    }
    Poll::Ready(())
}

fn wake(event: &Event) {
    let waker = event.waker.lock().unwrap().take();
    if let Some(waker) = waker {
        waker.wake();
    }
}

fn set(event: &Event) {
    event.is_set.store(true, SeqCst);
    wake(event);
}

fn wake_twice(event: &Event) {
    event.is_set.store(true, SeqCst);
    wake(event);
    wake(event);
}

fn wake_first(event: &Event) {
    wake(event);
    event.is_set.store(true, SeqCst);
}
