//! In which order a queue gives back what was put into it.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::drops::Payload;

/// The items of a queue.
pub(super) trait Storage {
    type Item;

    /// Whether there are no items, and how many there are otherwise.
    fn len(&self) -> usize;

    /// Adds an item. Returns what a comparison has panicked with, should one do so; the item is in all the same.
    fn push(&mut self, item: Self::Item) -> Result<(), Payload>;

    /// Removes the item whose turn it is. Returns what a comparison has panicked with, should one do so; the item is out all the
    /// same.
    fn pop(&mut self) -> Result<Option<Self::Item>, Payload>;

    /// Removes all items.
    fn take(&mut self) -> Vec<Self::Item>;
}

/// First in, first out.
pub(super) struct Fifo<T>(VecDeque<T>);

impl<T> Fifo<T> {
    pub(super) const fn new() -> Self {
        Fifo(VecDeque::new())
    }
}

impl<T> Storage for Fifo<T> {
    type Item = T;

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<(), Payload> {
        self.0.push_back(item);
        Ok(())
    }

    #[inline]
    fn pop(&mut self) -> Result<Option<T>, Payload> {
        Ok(self.0.pop_front())
    }

    fn take(&mut self) -> Vec<T> {
        std::mem::take(&mut self.0).into()
    }
}

/// Last in, first out.
pub(super) struct Lifo<T>(Vec<T>);

impl<T> Lifo<T> {
    pub(super) const fn new() -> Self {
        Lifo(Vec::new())
    }
}

impl<T> Storage for Lifo<T> {
    type Item = T;

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<(), Payload> {
        self.0.push(item);
        Ok(())
    }

    #[inline]
    fn pop(&mut self) -> Result<Option<T>, Payload> {
        Ok(self.0.pop())
    }

    fn take(&mut self) -> Vec<T> {
        std::mem::take(&mut self.0)
    }
}

/// The smallest first; which of two equal ones, is not said.
pub(super) struct Smallest<T>(BinaryHeap<Reverse<T>>);

impl<T: Ord> Smallest<T> {
    pub(super) const fn new() -> Self {
        Smallest(BinaryHeap::new())
    }
}

impl<T: Ord> Storage for Smallest<T> {
    type Item = T;

    #[inline]
    fn len(&self) -> usize {
        self.0.len()
    }

    #[inline]
    fn push(&mut self, item: T) -> Result<(), Payload> {
        catch_unwind(AssertUnwindSafe(|| self.0.push(Reverse(item))))
    }

    #[inline]
    fn pop(&mut self) -> Result<Option<T>, Payload> {
        catch_unwind(AssertUnwindSafe(|| self.0.pop().map(|Reverse(item)| item)))
    }

    fn take(&mut self) -> Vec<T> {
        std::mem::take(&mut self.0).into_iter().map(|Reverse(item)| item).collect()
    }
}
