//! A kitchen and its waiters. The last thing in the queue says that there are no more dishes.

use selvedge_primitives::Queue;

pub struct Kitchen {
    dishes: Queue<Option<u32>>,
}

impl Kitchen {
    pub fn cook(dishes: u32) -> Self {
        let kitchen = Kitchen { dishes: Queue::new(0) };
        for dish in 0..dishes {
            kitchen.dishes.put(Some(dish)).unwrap();
        }
        kitchen.dishes.put(None).unwrap();
        kitchen
    }

    pub fn serve(&self, carry: impl Fn(u32)) {
        while let Some(dish) = self.dishes.get().unwrap() {
            carry(dish);
        }
    }
}
