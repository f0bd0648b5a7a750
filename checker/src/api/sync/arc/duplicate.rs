//! What `make_mut` needs of a value.

use std::sync::Arc;

/// A value that a standard `Arc` can make another of.
pub trait Duplicate {
    /// Another value that is equal.
    fn duplicate(&self) -> Arc<Self>;

    /// Moves the value of the last handle out from under its `Weak`s.
    fn separate(this: &mut Arc<Self>);
}

impl<T: Clone> Duplicate for T {
    fn duplicate(&self) -> Arc<Self> {
        Arc::new(self.clone())
    }

    fn separate(this: &mut Arc<Self>) {
        Arc::make_mut(this);
    }
}

impl<T: Clone> Duplicate for [T] {
    fn duplicate(&self) -> Arc<Self> {
        Arc::from(self)
    }

    fn separate(this: &mut Arc<Self>) {
        Arc::make_mut(this);
    }
}

impl Duplicate for str {
    fn duplicate(&self) -> Arc<Self> {
        Arc::from(self)
    }

    fn separate(this: &mut Arc<Self>) {
        Arc::make_mut(this);
    }
}
