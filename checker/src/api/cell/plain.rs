//! `Cell`.

use super::UnsafeCell;

/// As [`std::cell::Cell`].
#[derive(Debug, Default)]
pub struct Cell<T> {
    cell: UnsafeCell<T>,
}

impl<T> Cell<T> {
    /// A cell with a value.
    pub const fn new(value: T) -> Self {
        Cell { cell: UnsafeCell::new(value) }
    }

    /// As [`std::cell::Cell::set`].
    #[track_caller]
    pub fn set(&self, value: T) {
        drop(self.replace(value));
    }

    /// As [`std::cell::Cell::swap`].
    #[track_caller]
    pub fn swap(&self, other: &Self) {
        if !std::ptr::eq(self, other) {
            let (mine, theirs) = (self.cell.get_mut(), other.cell.get_mut());
            // SAFETY: the pointers are to two cells, and no reference to what is in a cell leaves it.
            mine.with(|a| theirs.with(|b| unsafe { std::ptr::swap(a, b) }));
        }
    }

    /// As [`std::cell::Cell::replace`].
    #[track_caller]
    pub fn replace(&self, value: T) -> T {
        // SAFETY: no reference to what is in a cell leaves it.
        self.cell.with_mut(|p| unsafe { p.replace(value) })
    }

    /// As [`std::cell::Cell::get`].
    #[track_caller]
    pub fn get(&self) -> T
    where
        T: Copy,
    {
        // SAFETY: no reference to what is in a cell leaves it.
        self.cell.with(|p| unsafe { *p })
    }

    /// As [`std::cell::Cell::take`].
    #[track_caller]
    pub fn take(&self) -> T
    where
        T: Default,
    {
        self.replace(T::default())
    }

    /// As [`std::cell::Cell::update`].
    #[track_caller]
    pub fn update(&self, f: impl FnOnce(T) -> T)
    where
        T: Copy,
    {
        self.set(f(self.get()));
    }

    /// As [`std::cell::Cell::into_inner`].
    pub fn into_inner(self) -> T {
        self.cell.into_inner()
    }
}

impl<T: Copy> Clone for Cell<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Cell::new(self.get())
    }
}

impl<T> From<T> for Cell<T> {
    fn from(value: T) -> Self {
        Cell::new(value)
    }
}

impl<T: PartialEq + Copy> PartialEq for Cell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq + Copy> Eq for Cell<T> {}

impl<T: PartialOrd + Copy> PartialOrd for Cell<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.get().partial_cmp(&other.get())
    }
}

impl<T: Ord + Copy> Ord for Cell<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.get().cmp(&other.get())
    }
}
