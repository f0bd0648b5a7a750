//! A kitchen and its waiters.

use selvedge_primitives::Queue;

pub struct Kitchen {
    dishes: Queue<u32>,
}

impl Kitchen {
    /// Cooks all dishes.
    pub fn cook(dishes: u32) -> Self {
        let kitchen = Kitchen { dishes: Queue::new(0) };
        for dish in 0..dishes {
            kitchen.dishes.put(dish).unwrap();
        }
        kitchen
    }

    /// A waiter carries dishes until there are no more.
    pub fn serve(&self, carry: impl Fn(u32)) {
        while !self.dishes.is_empty() {
            let dish = self.dishes.get().unwrap();
            carry(dish);
        }
    }
}
