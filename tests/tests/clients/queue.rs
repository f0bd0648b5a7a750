//! The queues: items in an order, how many are unfinished, and whether it is shut down. Over the specification of the lock,
//! which `lock.rs` checks; over the lock itself most clients have too many executions.
//!
//! An item is a number in plain memory that is written before the put and read after the get, so that the checker finds a
//! race where the queue does not order the two; and it is tracked, so that an item that is lost is a leak.

use std::cmp::Ordering;

use proptest::prelude::*;
use selvedge::Checker;
use selvedge::alloc::Track;
use selvedge::cell::UnsafeCell;
use selvedge::linearizability::{
    Client, Effect, Effect::Continues, Effect::Returns, Implementation, Specification,
};
use selvedge_primitives::{GetError, LifoQueue, PriorityQueue, PutError, Queue, ShutDown, SimpleQueue};

use crate::{Timeout, linearizable, threads, timeout};

#[derive(Clone, Copy, Debug)]
enum Order {
    Fifo,
    Lifo,
    Smallest,
}

#[derive(Clone, Debug)]
struct Queues {
    order: Order,
    /// How many items there may be; 0 for any number.
    maxsize: usize,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Call {
    Put(u8),
    TryPut(u8),
    PutTimeout(u8, Timeout),
    Get,
    TryGet,
    GetTimeout(Timeout),
    TaskDone,
    Join,
    JoinTimeout(Timeout),
    Shutdown {
        immediate: bool,
    },
    Qsize,
    Full,
    /// A put that has counted its task.
    Putting(u8),
    /// A shutdown that has dropped so many items.
    Dropping(usize),
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Answer {
    Done,
    Item(u8),
    /// Not in time: there is no room, or no item.
    Missed,
    ShutDown,
    /// There is no unfinished task to declare done.
    NoTask,
    Said(bool),
    Size(usize),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
struct State {
    items: Vec<u8>,
    unfinished: usize,
    shut_down: bool,
    /// A put or a shutdown is at work. Others wait for that, but who asks for the size or for the tasks does not; and what such
    /// calls see is that no item is there whose task is not.
    at_work: bool,
}

fn put() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    let item = 0..3u8;
    prop_oneof![
        3 => item.clone().prop_map(Put),
        1 => item.clone().prop_map(TryPut),
        2 => (item, timeout()).prop_map(|(item, timeout)| PutTimeout(item, timeout)),
    ]
}

fn get() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![3 => Just(Get), 1 => Just(TryGet), 2 => timeout().prop_map(GetTimeout)]
}

fn call() -> impl Strategy<Value = Call> + Clone {
    use Call::*;
    prop_oneof![
        8 => put(),
        6 => get(),
        3 => Just(TaskDone),
        1 => Just(Join),
        2 => timeout().prop_map(JoinTimeout),
        2 => any::<bool>().prop_map(|immediate| Shutdown { immediate }),
        1 => Just(Qsize),
        1 => Just(Full),
    ]
}

impl Queues {
    fn is_full(&self, state: &State) -> bool {
        self.maxsize > 0 && state.items.len() >= self.maxsize
    }

    /// The place of the item whose turn it is.
    fn turn(&self, items: &[u8]) -> usize {
        match self.order {
            Order::Fifo => 0,
            Order::Lifo => items.len() - 1,
            Order::Smallest => (0..items.len()).min_by_key(|n| items[*n]).expect("there are items"),
        }
    }
}

impl Specification for Queues {
    type State = State;
    type Call = Call;
    type Answer = Answer;

    fn initial(&self) -> State {
        State::default()
    }

    fn apply(&self, state: &State, _thread: usize, call: &Call) -> Vec<Effect<Self>> {
        let mut state = state.clone();
        let looks =
            matches!(call, Call::TaskDone | Call::Join | Call::JoinTimeout(_) | Call::Qsize | Call::Full);
        let works = matches!(call, Call::Putting(_) | Call::Dropping(_));
        if state.at_work && !looks && !works {
            return vec![];
        }
        let answer = match call {
            Call::Put(_) | Call::TryPut(_) | Call::PutTimeout(..) if state.shut_down => Answer::ShutDown,
            Call::Put(item) | Call::TryPut(item) | Call::PutTimeout(item, _) if !self.is_full(&state) => {
                (state.unfinished, state.at_work) = (state.unfinished + 1, true);
                return vec![Continues(state, Call::Putting(*item))];
            }
            Call::Putting(item) => {
                state.items.push(*item);
                state.at_work = false;
                Answer::Done
            }
            Call::Put(_) => return vec![],
            Call::TryPut(_) | Call::PutTimeout(..) => Answer::Missed,
            Call::Get | Call::TryGet | Call::GetTimeout(_) if !state.items.is_empty() => {
                Answer::Item(state.items.remove(self.turn(&state.items)))
            }
            Call::Get | Call::TryGet | Call::GetTimeout(_) if state.shut_down => Answer::ShutDown,
            Call::Get => return vec![],
            Call::TryGet | Call::GetTimeout(_) => Answer::Missed,
            Call::TaskDone if state.unfinished == 0 => Answer::NoTask,
            Call::TaskDone => {
                state.unfinished -= 1;
                Answer::Done
            }
            Call::Join if state.unfinished > 0 => return vec![],
            Call::Join => Answer::Done,
            Call::JoinTimeout(_) => Answer::Said(state.unfinished == 0),
            Call::Shutdown { immediate } => {
                state.shut_down = true;
                if *immediate && !state.items.is_empty() {
                    let dropped = std::mem::take(&mut state.items).len();
                    state.at_work = true;
                    return vec![Continues(state, Call::Dropping(dropped))];
                }
                Answer::Done
            }
            Call::Dropping(items) => {
                state.unfinished -= state.unfinished.min(*items);
                state.at_work = false;
                Answer::Done
            }
            Call::Qsize => Answer::Size(state.items.len()),
            Call::Full => Answer::Said(self.is_full(&state)),
        };
        vec![Returns(state, answer)]
    }
}

struct Item(Track<UnsafeCell<u8>>);

// SAFETY: not sound in itself: the checker looks at every access, and an item that two threads reach without the queue's
// order between them fails its execution.
unsafe impl Sync for Item {}

impl Item {
    fn new(number: u8) -> Self {
        let item = Item(Track::new(UnsafeCell::new(0)));
        // SAFETY: nobody else has it yet.
        item.0.get_ref().with_mut(|place| unsafe { *place = number });
        item
    }

    fn number(&self) -> u8 {
        // SAFETY: the checker has just found that nobody writes.
        self.0.get_ref().with(|place| unsafe { *place })
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number().cmp(&other.number())
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.number() == other.number()
    }
}

impl Eq for Item {}

fn was_put(put: Result<(), PutError<Item>>) -> Answer {
    match put {
        Ok(()) => Answer::Done,
        Err(PutError::Full(_)) => Answer::Missed,
        Err(PutError::ShutDown(_)) => Answer::ShutDown,
    }
}

fn was_got(got: Result<Item, GetError>) -> Answer {
    match got {
        Ok(item) => Answer::Item(item.number()),
        Err(GetError::Empty) => Answer::Missed,
        Err(GetError::ShutDown) => Answer::ShutDown,
    }
}

fn clients(order: Order) -> impl Strategy<Value = (Queues, Client<Call>)> {
    let maxsize = prop_oneof![3 => Just(1usize), 1 => Just(2), 2 => Just(0)];
    (maxsize, threads(call())).prop_map(move |(maxsize, threads)| {
        let gets = vec![Call::TryGet; 3];
        let after = [Call::Qsize, Call::JoinTimeout(Timeout::Zero)].into_iter().chain(gets);
        (Queues { order, maxsize }, Client::new(threads).after(after))
    })
}

/// A test of one type.
macro_rules! queue {
    ($test:ident, $queue:ident, $name:literal, $order:expr) => {
        #[test]
        fn $test() {
            let object = Implementation {
                make: |queues: &Queues| $queue::new(queues.maxsize),
                call: |queue: &$queue<Item>, call: &Call| match call {
                    Call::Put(item) => match queue.put(Item::new(*item)) {
                        Ok(()) => Answer::Done,
                        Err(ShutDown(_)) => Answer::ShutDown,
                    },
                    Call::TryPut(item) => was_put(queue.try_put(Item::new(*item))),
                    Call::PutTimeout(item, timeout) => {
                        was_put(queue.put_timeout(Item::new(*item), (*timeout).into()))
                    }
                    Call::Get => was_got(queue.get().map_err(|ShutDown(())| GetError::ShutDown)),
                    Call::TryGet => was_got(queue.try_get()),
                    Call::GetTimeout(timeout) => was_got(queue.get_timeout((*timeout).into())),
                    Call::TaskDone => queue.task_done().map_or(Answer::NoTask, |()| Answer::Done),
                    Call::Join => {
                        queue.join();
                        Answer::Done
                    }
                    Call::JoinTimeout(timeout) => Answer::Said(queue.join_timeout((*timeout).into())),
                    Call::Shutdown { immediate } => {
                        queue.shutdown(*immediate);
                        Answer::Done
                    }
                    Call::Qsize => Answer::Size(queue.qsize()),
                    Call::Full => Answer::Said(queue.full()),
                    Call::Putting(_) | Call::Dropping(_) => {
                        unreachable!("no client calls what a call comes to")
                    }
                },
            };
            linearizable($name, Checker::new().specifications(), clients($order), object);
        }
    };
}

queue!(every_client_finds_a_queue_items_in_order, Queue, "queue", Order::Fifo);
queue!(every_client_finds_a_lifo_queue_items_in_reverse, LifoQueue, "lifo_queue", Order::Lifo);
queue!(
    every_client_finds_a_priority_queue_its_smallest_item,
    PriorityQueue,
    "priority_queue",
    Order::Smallest
);

#[test]
fn every_client_finds_a_simple_queue_items_in_order() {
    let call = prop_oneof![4 => (0..3u8).prop_map(Call::Put), 5 => get(), 1 => Just(Call::Qsize)];
    let clients = threads(call).prop_map(|threads| {
        let after = [Call::Qsize].into_iter().chain(vec![Call::TryGet; 3]);
        (Queues { order: Order::Fifo, maxsize: 0 }, Client::new(threads).after(after))
    });
    let object = Implementation {
        make: |_: &Queues| SimpleQueue::new(),
        call: |queue: &SimpleQueue<Item>, call: &Call| {
            let got = match call {
                Call::Put(item) => {
                    queue.put(Item::new(*item));
                    return Answer::Done;
                }
                Call::Qsize => return Answer::Size(queue.qsize()),
                Call::Get => Some(queue.get()),
                Call::TryGet => queue.try_get(),
                Call::GetTimeout(timeout) => queue.get_timeout((*timeout).into()),
                _ => unreachable!("a simple queue has no such call"),
            };
            was_got(got.ok_or(GetError::Empty))
        },
    };
    linearizable("simple_queue", Checker::new().specifications(), clients, object);
}
