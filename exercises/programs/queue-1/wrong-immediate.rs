//! A kitchen and its waiters. The queue is shut down when the first dish is at the table.

use selvedge_primitives::Queue;

pub struct Kitchen {
    dishes: Queue<u32>,
}

impl Kitchen {
    pub fn cook(dishes: u32) -> Self {
        let kitchen = Kitchen { dishes: Queue::new(0) };
        for dish in 0..dishes {
            kitchen.dishes.put(dish).unwrap();
        }
        kitchen
    }

    pub fn serve(&self, carry: impl Fn(u32)) {
        while let Ok(dish) = self.dishes.get() {
            carry(dish);
            if self.dishes.qsize() <= 1 {
                self.dishes.shutdown(true);
            }
        }
    }
}
