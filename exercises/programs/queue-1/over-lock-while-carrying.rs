//! A kitchen and its waiters, one at a time.

use selvedge::sync::Mutex;
use selvedge_primitives::Queue;

pub struct Kitchen {
    dishes: Mutex<Queue<u32>>,
}

impl Kitchen {
    pub fn cook(dishes: u32) -> Self {
        let queue = Queue::new(0);
        for dish in 0..dishes {
            queue.put(dish).unwrap();
        }
        Kitchen { dishes: Mutex::new(queue) }
    }

    pub fn serve(&self, carry: impl Fn(u32)) {
        loop {
            let dishes = self.dishes.lock().unwrap();
            if dishes.is_empty() {
                return;
            }
            carry(dishes.get().unwrap());
        }
    }
}
