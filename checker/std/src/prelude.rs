//! As [`std::prelude`], with the attribute `test` that explores, and the macros of ours: std's come with the prelude too.

pub use real::prelude::*;

macro_rules! preludes {
    ($($name:ident)*) => { $(
        /// As std's.
        pub mod $name {
            pub use real::prelude::$name::*;

            pub use selvedge::thread_local;
            pub use selvedge_std_macros::test;
        }
    )* };
}

preludes!(v1 rust_2015 rust_2018 rust_2021 rust_2024);
