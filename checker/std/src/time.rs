//! As [`std::time`]: instants are of the model's clock. What day it is a model does not know: `SystemTime` is std's.

pub use real::time::*;

pub use selvedge::time::Instant;
