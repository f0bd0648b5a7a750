//! A kitchen and its waiters. A waiter holds a lock to look into the queue.

use selvedge::sync::Mutex;
use selvedge_primitives::Queue;

pub struct Kitchen {
    looking: Mutex<()>,
    dishes: Queue<u32>,
}

impl Kitchen {
    pub fn cook(dishes: u32) -> Self {
        let kitchen = Kitchen { looking: Mutex::new(()), dishes: Queue::new(0) };
        for dish in 0..dishes {
            kitchen.dishes.put(dish).unwrap();
        }
        kitchen
    }

    pub fn serve(&self, carry: impl Fn(u32)) {
        while self.has_dishes() {
            carry(self.dishes.get().unwrap());
        }
    }

    fn has_dishes(&self) -> bool {
        let _looking = self.looking.lock().unwrap();
        !self.dishes.is_empty()
    }
}
