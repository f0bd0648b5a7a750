//! Where nothing stands before the system's allocator, nothing is kept.

pub(super) fn free(_: *mut std::ffi::c_void) {}
