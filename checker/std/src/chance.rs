//! What the system is asked for random bytes by, in the C library's place.

use real::slice;

/// As the C library's. What it gives is the same in each execution of a test, and in each run.
///
/// # Safety
///
/// So many bytes may be written there.
#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(bytes: *mut u8, count: usize, _flags: u32) -> isize {
    // SAFETY: the caller's; it is written before it is a slice.
    let bytes = unsafe {
        bytes.write_bytes(0, count);
        slice::from_raw_parts_mut(bytes, count)
    };
    selvedge::interpose::fill_with_chance(bytes);
    count as isize
}
