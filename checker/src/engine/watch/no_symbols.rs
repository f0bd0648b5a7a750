//! Where nothing says where statics begin and end, none is known.

use std::ops::Range;

pub(in crate::engine) fn writable_image() -> Vec<Range<usize>> {
    Vec::new()
}

pub(super) fn static_at(_: usize) -> Option<Range<usize>> {
    None
}
