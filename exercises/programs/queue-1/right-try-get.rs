//! A kitchen and its waiters. A waiter takes a dish if there is one, in one step.

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
        while let Ok(dish) = self.dishes.try_get() {
            carry(dish);
        }
    }
}
