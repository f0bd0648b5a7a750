//! What an `Arc` has of its value, and what it is made of.

use real::borrow::{Borrow, Cow, ToOwned};
use real::boxed::Box;
use real::cmp::Ordering;
use real::error::Error;
use real::ffi::{CStr, CString, OsStr, OsString};
use real::fmt;
use real::hash::{Hash, Hasher};
use real::path::{Path, PathBuf};
use real::prelude::v1::*;
use real::sync as std_sync;

use super::Arc;

impl<T: ?Sized> AsRef<T> for Arc<T> {
    fn as_ref(&self) -> &T {
        self
    }
}

impl<T: ?Sized> Borrow<T> for Arc<T> {
    fn borrow(&self) -> &T {
        self
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

impl<T: ?Sized> fmt::Pointer for Arc<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Arc::as_ptr(self).fmt(f)
    }
}

impl<T: ?Sized + Error> Error for Arc<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        (**self).source()
    }
}

impl<T: ?Sized + PartialEq> PartialEq for Arc<T> {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

impl<T: ?Sized + Eq> Eq for Arc<T> {}

impl<T: ?Sized + PartialOrd> PartialOrd for Arc<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        (**self).partial_cmp(&**other)
    }
}

impl<T: ?Sized + Ord> Ord for Arc<T> {
    fn cmp(&self, other: &Self) -> Ordering {
        (**self).cmp(&**other)
    }
}

impl<T: ?Sized + Hash> Hash for Arc<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (**self).hash(state);
    }
}

impl<T: Default> Default for Arc<T> {
    #[track_caller]
    fn default() -> Self {
        Arc::new(T::default())
    }
}

impl<T> From<T> for Arc<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Arc::new(value)
    }
}

macro_rules! from_what_std_takes {
    ($([$($of:tt)*] $from:ty => $to:ty),* $(,)?) => { $(
        impl<$($of)*> From<$from> for Arc<$to> {
            #[track_caller]
            fn from(value: $from) -> Self {
                Arc::made(std_sync::Arc::from(value))
            }
        }
    )* };
}

from_what_std_takes! {
    [T: ?Sized] Box<T> => T,
    [T] Vec<T> => [T],
    [T: Clone] &[T] => [T],
    [T: Clone] &mut [T] => [T],
    [T, const N: usize] [T; N] => [T],
    [] &str => str,
    [] &mut str => str,
    [] String => str,
    [] &CStr => CStr,
    [] CString => CStr,
    [] &OsStr => OsStr,
    [] OsString => OsStr,
    [] &Path => Path,
    [] PathBuf => Path,
}

macro_rules! defaults {
    ($([$($of:tt)*] $to:ty),* $(,)?) => { $(
        impl<$($of)*> Default for Arc<$to> {
            #[track_caller]
            fn default() -> Self {
                Arc::made(std_sync::Arc::default())
            }
        }
    )* };
}

defaults! {
    [] str,
    [] CStr,
    [T] [T],
}

impl<'a, B> From<Cow<'a, B>> for Arc<B>
where
    B: ?Sized + ToOwned,
    Arc<B>: From<&'a B> + From<B::Owned>,
{
    #[track_caller]
    fn from(value: Cow<'a, B>) -> Self {
        match value {
            Cow::Borrowed(value) => Arc::from(value),
            Cow::Owned(value) => Arc::from(value),
        }
    }
}

impl From<Arc<str>> for Arc<[u8]> {
    fn from(value: Arc<str>) -> Self {
        // SAFETY: the bytes of a `str` are a slice, and the counts are found by the same address.
        unsafe { Arc::from_raw(Arc::into_raw(value) as *const [u8]) }
    }
}

impl<T> FromIterator<T> for Arc<[T]> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Arc::made(items.into_iter().collect())
    }
}

impl<T, const N: usize> TryFrom<Arc<[T]>> for Arc<[T; N]> {
    type Error = Arc<[T]>;

    fn try_from(value: Arc<[T]>) -> Result<Self, Self::Error> {
        if value.len() != N {
            return Err(value);
        }
        // SAFETY: it has that length, and the counts are found by the same address.
        Ok(unsafe { Arc::from_raw(Arc::into_raw(value).cast::<[T; N]>()) })
    }
}
