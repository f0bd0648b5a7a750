//! Small programs whose verdict was derived by hand: what is right is verified, what is wrong fails, and nothing else happens.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod arcs;
