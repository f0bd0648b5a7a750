//! What an `Arc` is made of, beside a value.

use std::borrow::Cow;
use std::ffi::{CStr, CString, OsStr, OsString};
use std::path::{Path, PathBuf};

use super::Arc;

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
                Arc::from_std(std::sync::Arc::from(value))
            }
        }
    )* };
}

from_what_std_takes! {
    [T: ?Sized] Box<T> => T,
    [T] Vec<T> => [T],
    [T: Clone] &[T] => [T],
    [T, const N: usize] [T; N] => [T],
    [] &str => str,
    [] String => str,
    [] &CStr => CStr,
    [] CString => CStr,
    [] &OsStr => OsStr,
    [] OsString => OsStr,
    [] &Path => Path,
    [] PathBuf => Path,
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
    #[track_caller]
    fn from(value: Arc<str>) -> Self {
        value.map(std::sync::Arc::from)
    }
}

impl<T> FromIterator<T> for Arc<[T]> {
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        Arc::from_std(items.into_iter().collect())
    }
}

/// As of std's: gives the handle back where the slice has another length.
impl<T, const N: usize> TryFrom<Arc<[T]>> for Arc<[T; N]> {
    type Error = Arc<[T]>;

    fn try_from(value: Arc<[T]>) -> Result<Self, Self::Error> {
        if value.len() != N {
            return Err(value);
        }
        Ok(value.map(|value| value.try_into().unwrap_or_else(|_| unreachable!("it has that length"))))
    }
}

impl<T: Default> Default for Arc<T> {
    #[track_caller]
    fn default() -> Self {
        Arc::new(T::default())
    }
}

impl Default for Arc<str> {
    #[track_caller]
    fn default() -> Self {
        Arc::from("")
    }
}

impl<T> Default for Arc<[T]> {
    #[track_caller]
    fn default() -> Self {
        Arc::from(Vec::new())
    }
}
