//! `Queue`, `LifoQueue`, `PriorityQueue` and `SimpleQueue`, one thread at a time.

use std::time::Duration;

use proptest::prelude::*;
use selvedge_primitives::{
    GetError, LifoQueue, NoUnfinishedTask, PriorityQueue, PutError, Queue, ShutDown, SimpleQueue,
};

#[derive(Clone, Copy, Debug)]
enum Operation {
    Put(u8),
    TryPut(u8),
    PutTimeout(u8, u64),
    Get,
    TryGet,
    GetTimeout(u64),
    TaskDone,
    JoinTimeout(u64),
    Shutdown(bool),
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    use Operation::*;
    let operation = prop_oneof![
        4 => any::<u8>().prop_map(Put),
        4 => any::<u8>().prop_map(TryPut),
        2 => (any::<u8>(), 0..2u64).prop_map(|(item, timeout)| PutTimeout(item, timeout)),
        4 => Just(Get),
        4 => Just(TryGet),
        2 => (0..2u64).prop_map(GetTimeout),
        4 => Just(TaskDone),
        2 => (0..2u64).prop_map(JoinTimeout),
        1 => any::<bool>().prop_map(Shutdown),
    ];
    prop::collection::vec(operation, 0..60)
}

#[derive(Clone, Copy, Debug)]
enum Order {
    Fifo,
    Lifo,
    Smallest,
}

/// What a queue is, with nobody else around.
struct Specification {
    order: Order,
    maxsize: usize,
    items: Vec<u8>,
    unfinished: usize,
    shut_down: bool,
}

impl Specification {
    fn new(order: Order, maxsize: usize) -> Self {
        Specification { order, maxsize, items: Vec::new(), unfinished: 0, shut_down: false }
    }

    fn full(&self) -> bool {
        self.maxsize > 0 && self.items.len() == self.maxsize
    }

    fn put(&mut self, item: u8) -> Result<(), PutError<u8>> {
        if self.shut_down {
            return Err(PutError::ShutDown(item));
        }
        if self.full() {
            return Err(PutError::Full(item));
        }
        self.items.push(item);
        self.unfinished += 1;
        Ok(())
    }

    fn get(&mut self) -> Result<u8, GetError> {
        if self.items.is_empty() {
            return Err(if self.shut_down { GetError::ShutDown } else { GetError::Empty });
        }
        let turn = match self.order {
            Order::Fifo => 0,
            Order::Lifo => self.items.len() - 1,
            Order::Smallest => (0..self.items.len()).min_by_key(|i| self.items[*i]).unwrap(),
        };
        Ok(self.items.remove(turn))
    }

    fn task_done(&mut self) -> Result<(), NoUnfinishedTask> {
        self.unfinished = self.unfinished.checked_sub(1).ok_or(NoUnfinishedTask)?;
        Ok(())
    }

    fn shutdown(&mut self, immediate: bool) {
        self.shut_down = true;
        if immediate {
            self.unfinished = self.unfinished.saturating_sub(self.items.len());
            self.items.clear();
        }
    }
}

/// A test of one type: each operation that would not wait forever, on both.
macro_rules! agrees {
    ($test:ident, $queue:ident, $order:expr) => {
        proptest! {
            #[test]
            fn $test(maxsize in 0..4usize, operations in operations()) {
                let queue = $queue::new(maxsize);
                let mut specification = Specification::new($order, maxsize);
                for operation in operations {
                    match operation {
                        Operation::Put(item) if specification.shut_down || !specification.full() => {
                            let put = specification.put(item).map_err(|e| ShutDown(e.into_inner()));
                            prop_assert_eq!(queue.put(item), put);
                        }
                        Operation::Get if specification.shut_down || !specification.items.is_empty() => {
                            prop_assert_eq!(queue.get(), specification.get().map_err(|_| ShutDown(())));
                        }
                        Operation::Put(item) | Operation::TryPut(item) => {
                            prop_assert_eq!(queue.try_put(item), specification.put(item));
                        }
                        Operation::PutTimeout(item, timeout) => {
                            let put = queue.put_timeout(item, Duration::from_micros(timeout));
                            prop_assert_eq!(put, specification.put(item));
                        }
                        Operation::Get | Operation::TryGet => {
                            prop_assert_eq!(queue.try_get(), specification.get());
                        }
                        Operation::GetTimeout(timeout) => {
                            let get = queue.get_timeout(Duration::from_micros(timeout));
                            prop_assert_eq!(get, specification.get());
                        }
                        Operation::TaskDone => {
                            prop_assert_eq!(queue.task_done(), specification.task_done());
                        }
                        Operation::JoinTimeout(timeout) => {
                            let done = specification.unfinished == 0;
                            if done {
                                queue.join();
                            }
                            prop_assert_eq!(queue.join_timeout(Duration::from_micros(timeout)), done);
                        }
                        Operation::Shutdown(immediate) => {
                            queue.shutdown(immediate);
                            specification.shutdown(immediate);
                        }
                    }
                    prop_assert_eq!(queue.qsize(), specification.items.len());
                    prop_assert_eq!(queue.empty(), specification.items.is_empty());
                    prop_assert_eq!(queue.full(), specification.full());
                    prop_assert_eq!(queue.is_shut_down(), specification.shut_down);
                    prop_assert_eq!(queue.unfinished_tasks(), specification.unfinished);
                }
            }
        }
    };
}

agrees!(a_queue_agrees_with_its_specification, Queue, Order::Fifo);
agrees!(a_lifo_queue_agrees_with_its_specification, LifoQueue, Order::Lifo);
agrees!(a_priority_queue_agrees_with_its_specification, PriorityQueue, Order::Smallest);

proptest! {
    #[test]
    fn a_simple_queue_agrees_with_its_specification(operations in operations()) {
        let queue = SimpleQueue::new();
        let mut specification = Specification::new(Order::Fifo, 0);
        for operation in operations {
            match operation {
                Operation::Put(item) | Operation::TryPut(item) | Operation::PutTimeout(item, _) => {
                    queue.put(item);
                    specification.put(item).unwrap();
                }
                Operation::Get if !specification.items.is_empty() => {
                    prop_assert_eq!(queue.get(), specification.get().unwrap());
                }
                Operation::GetTimeout(timeout) => {
                    let get = queue.get_timeout(Duration::from_micros(timeout));
                    prop_assert_eq!(get, specification.get().ok());
                }
                _ => prop_assert_eq!(queue.try_get(), specification.get().ok()),
            }
            prop_assert_eq!(queue.qsize(), specification.items.len());
            prop_assert_eq!(queue.empty(), specification.items.is_empty());
        }
    }
}
