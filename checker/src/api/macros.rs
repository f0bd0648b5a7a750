//! The declarations of statics.

/// As [`std::thread_local!`]: values are made anew in each thread of each execution.
#[macro_export]
macro_rules! thread_local {
    () => {};
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = const { $init:expr } $(; $($rest:tt)*)?) => {
        $crate::thread_local!($(#[$attr])* $vis static $name: $t = $init);
        $($crate::thread_local!($($rest)*);)?
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr; $($rest:tt)*) => {
        $crate::thread_local!($(#[$attr])* $vis static $name: $t = $init);
        $crate::thread_local!($($rest)*);
    };
    ($(#[$attr:meta])* $vis:vis static $name:ident: $t:ty = $init:expr) => {
        $(#[$attr])* $vis static $name: $crate::thread::LocalKey<$t> = $crate::thread::LocalKey {
            init: (|| { $init }) as fn() -> $t,
            _p: ::core::marker::PhantomData,
        };
    };
}

/// As the crate `lazy_static`'s macro: the values are made on first use, anew in each execution.
#[macro_export]
macro_rules! lazy_static {
    () => {};
    ($(#[$attr:meta])* $vis:vis static ref $name:ident: $t:ty = $init:expr; $($rest:tt)*) => {
        #[allow(missing_copy_implementations, non_camel_case_types, dead_code)]
        $(#[$attr])*
        $vis struct $name {
            __private_field: (),
        }
        #[doc(hidden)]
        #[allow(non_upper_case_globals)]
        $vis static $name: $name = $name { __private_field: () };
        impl ::core::ops::Deref for $name {
            type Target = $t;

            #[track_caller]
            fn deref(&self) -> &$t {
                static LAZY: $crate::lazy_static::Lazy<$t> =
                    $crate::lazy_static::Lazy { init: || $init, _p: ::core::marker::PhantomData };
                LAZY.get()
            }
        }
        $crate::lazy_static!($($rest)*);
    };
}
