//! The gate is in `tests/`.
