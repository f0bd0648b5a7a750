//! Statics that are made on first use, and anew in each execution.

use std::any::Any;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use super::sync::OnceLock;
/// What loom's `lazy_static` has besides.
pub use super::thread::{AccessError, panicking, yield_now};
use crate::engine;

/// What [`lazy_static!`](macro@crate::lazy_static) declares.
pub struct Lazy<T> {
    #[doc(hidden)]
    pub init: fn() -> T,
    #[doc(hidden)]
    pub _p: PhantomData<fn(T)>,
}

/// The values of one execution by the addresses of their statics.
#[derive(Default)]
pub(crate) struct Lazies {
    values: Vec<(usize, Rc<dyn Any>)>,
    shut_down: bool,
}

impl Lazies {
    /// Begins anew, and leaks what is here.
    pub(crate) fn give_up(&mut self) {
        self.shut_down = false;
        if !self.values.is_empty() {
            std::mem::forget(std::mem::take(&mut self.values));
        }
    }
}

impl<T: 'static> Lazy<T> {
    /// The value, made by the first that asks; the others wait. It lives until the model's first thread has ended, and where
    /// there are [daemons](crate::thread::Builder::daemon) as long as they.
    ///
    /// # Panics
    ///
    /// After that; and outside of a model.
    #[track_caller]
    pub fn get(&'static self) -> &'static T {
        let key = std::ptr::from_ref(self).addr();
        let value = engine::with(|e| {
            let Lazies { values, shut_down } = &mut e.run.lazies;
            assert!(!*shut_down, "a lazy static is used after the model's first thread has ended");
            match values.iter().find(|(k, _)| *k == key) {
                Some((_, value)) => value.clone(),
                None => {
                    let value: Rc<dyn Any> = Rc::new(OnceLock::<T>::new());
                    values.push((key, value.clone()));
                    value
                }
            }
        });
        let once: *const OnceLock<T> = value.downcast_ref().expect("a static has values of one type");
        // SAFETY: the table keeps the value until the first thread has ended. A thread that uses it longer has a bug that
        // the real thing does not have: its statics are never dropped.
        unsafe { &*once }.get_or_init(self.init)
    }
}

impl<T> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Lazy { .. }")
    }
}

/// Drops the values, in the model's first thread: their destructors are part of the model. Where there are daemons, which may
/// still use them, the values stay.
pub(crate) fn shut_down() {
    let values = engine::with(|e| {
        if e.run.daemons {
            return Vec::new();
        }
        e.run.lazies.shut_down = true;
        std::mem::take(&mut e.run.lazies.values)
    });
    // The real thing never drops them: a thread that has used them has done so before.
    if !values.is_empty() {
        engine::destroy_own(|| drop(values));
    }
}
