//! Thread-locals: made in each thread that asks, dropped when it ends.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use crate::engine;

/// As [`std::thread::LocalKey`]; made by [`thread_local!`](crate::thread_local).
pub struct LocalKey<T> {
    #[doc(hidden)]
    pub init: fn() -> T,
    #[doc(hidden)]
    pub _p: PhantomData<fn(T)>,
}

/// As [`std::thread::AccessError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccessError;

impl fmt::Display for AccessError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("already destroyed")
    }
}

impl std::error::Error for AccessError {}

/// The values of one thread.
pub(crate) type Locals = Vec<Local>;

/// A value of one thread.
pub(crate) struct Local {
    /// The address of its key.
    key: usize,
    /// `None` where it is destroyed.
    value: Option<Rc<dyn Any>>,
    /// What has no destructor is never destroyed: destructors of others may use it, as they may with std's.
    has_destructor: bool,
}

impl Local {
    /// Where the value is.
    pub(crate) fn address(&self) -> Option<usize> {
        self.value.as_ref().map(|value| Rc::as_ptr(value).cast::<()>().addr())
    }

    /// The execution is given up, and its destructors are not run. What has a slot goes with the others.
    pub(crate) fn give_up(self) {
        if self.has_destructor || engine::has_slots() {
            std::mem::forget(self);
        }
    }

    fn new<T: 'static>(key: usize, value: T) -> Self {
        Local { key, value: Some(Rc::new(value)), has_destructor: std::mem::needs_drop::<T>() }
    }
}

impl<T: 'static> LocalKey<T> {
    /// As [`std::thread::LocalKey::with`].
    ///
    /// # Panics
    ///
    /// When the value is destroyed; and outside of a model.
    #[track_caller]
    pub fn with<F, R>(&'static self, f: F) -> R
    where
        F: FnOnce(&T) -> R,
    {
        self.try_with(f).expect("cannot access a thread-local during or after its destruction")
    }

    /// As [`std::thread::LocalKey::try_with`].
    ///
    /// # Errors
    ///
    /// When the value is destroyed.
    pub fn try_with<F, R>(&'static self, f: F) -> Result<R, AccessError>
    where
        F: FnOnce(&T) -> R,
    {
        let key = std::ptr::from_ref(self).addr();
        let found = with_locals(|locals| {
            locals.iter().find(|local| local.key == key).map(|local| local.value.clone())
        });
        let value = match found {
            Some(Some(value)) => value,
            Some(None) => return Err(AccessError),
            None => {
                // The initialiser may use other keys, or this one.
                let local = Local::new(key, (self.init)());
                let value = local.value.clone().expect("it has just been made");
                with_locals(|locals| locals.push(local));
                value
            }
        };
        Ok(f(value.downcast_ref().expect("a key has values of one type")))
    }
}

impl<T: 'static> LocalKey<T> {
    /// Makes `value` the thread's, where it has none: what the initialiser makes is not asked for. Else the value back.
    #[track_caller]
    fn begin_with(&'static self, value: T) -> Option<T> {
        let key = std::ptr::from_ref(self).addr();
        let is_new = with_locals(|locals| locals.iter().all(|local| local.key != key));
        if !is_new {
            return Some(value);
        }
        with_locals(|locals| locals.push(Local::new(key, value)));
        None
    }
}

impl<T: 'static> LocalKey<Cell<T>> {
    /// As [`std::thread::LocalKey::set`].
    ///
    /// # Panics
    ///
    /// When the value is destroyed; and outside of a model.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        if let Some(value) = self.begin_with(Cell::new(value)) {
            self.with(|cell| cell.set(value.into_inner()));
        }
    }

    /// As [`std::thread::LocalKey::get`].
    ///
    /// # Panics
    ///
    /// When the value is destroyed; and outside of a model.
    #[track_caller]
    pub fn get(&'static self) -> T
    where
        T: Copy,
    {
        self.with(Cell::get)
    }

    /// As [`std::thread::LocalKey::take`].
    ///
    /// # Panics
    ///
    /// When the value is destroyed; and outside of a model.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(Cell::take)
    }

    /// As [`std::thread::LocalKey::replace`].
    ///
    /// # Panics
    ///
    /// When the value is destroyed; and outside of a model.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T: 'static> LocalKey<RefCell<T>> {
    /// As [`std::thread::LocalKey::with_borrow`].
    ///
    /// # Panics
    ///
    /// When the value is mutably borrowed or destroyed; and outside of a model.
    #[track_caller]
    pub fn with_borrow<R>(&'static self, f: impl FnOnce(&T) -> R) -> R {
        self.with(|cell| f(&cell.borrow()))
    }

    /// As [`std::thread::LocalKey::with_borrow_mut`].
    ///
    /// # Panics
    ///
    /// When the value is borrowed or destroyed; and outside of a model.
    #[track_caller]
    pub fn with_borrow_mut<R>(&'static self, f: impl FnOnce(&mut T) -> R) -> R {
        self.with(|cell| f(&mut cell.borrow_mut()))
    }

    /// As [`std::thread::LocalKey::set`].
    ///
    /// # Panics
    ///
    /// When the value is borrowed or destroyed; and outside of a model.
    #[track_caller]
    pub fn set(&'static self, value: T) {
        if let Some(value) = self.begin_with(RefCell::new(value)) {
            self.with(|cell| *cell.borrow_mut() = value.into_inner());
        }
    }

    /// As [`std::thread::LocalKey::take`].
    ///
    /// # Panics
    ///
    /// When the value is borrowed or destroyed; and outside of a model.
    #[track_caller]
    pub fn take(&'static self) -> T
    where
        T: Default,
    {
        self.with(RefCell::take)
    }

    /// As [`std::thread::LocalKey::replace`].
    ///
    /// # Panics
    ///
    /// When the value is borrowed or destroyed; and outside of a model.
    #[track_caller]
    pub fn replace(&'static self, value: T) -> T {
        self.with(|cell| cell.replace(value))
    }
}

impl<T> fmt::Debug for LocalKey<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("LocalKey { .. }")
    }
}

fn with_locals<R>(f: impl FnOnce(&mut Locals) -> R) -> R {
    engine::acts();
    engine::with(|e| {
        let lane = e.run.running() as usize;
        f(&mut e.run.threads[lane].locals)
    })
}

/// Drops the running thread's values in the order in which they were made. A destructor may still make others.
pub(super) fn destroy() {
    let next = |locals: &mut Locals| {
        locals.iter_mut().filter(|local| local.has_destructor).find_map(|local| local.value.take())
    };
    while let Some(value) = with_locals(next) {
        drop(value);
    }
}
