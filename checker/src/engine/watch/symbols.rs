//! Where the statics of the program begin and end, as its file says (System V ABI, "Symbol Table").
//!
//! Read once, when it is first asked for. A program without symbols has no statics that are known.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::OnceLock;

use crate::engine::{guard, heap};

/// What is larger is not taken as a whole.
const LARGEST: u64 = 1 << 20;

/// A symbol of this type is data.
const OBJECT: u8 = 1;

/// A section of this type has symbols.
const SYMBOLS: u32 = 2;

/// A segment of this type is in memory.
const LOADED: u32 = 1;

/// How long a symbol, the header of a section, and that of a segment are.
const SYMBOL: usize = 24;
const HEADER: usize = 64;
const SEGMENT: usize = 56;

/// The static that an address is in.
pub(super) fn static_at(address: usize) -> Option<Range<usize>> {
    static STATICS: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    let statics = STATICS.get_or_init(|| {
        let _left = guard::here().leaves_model();
        heap::ours(|| read().unwrap_or_default())
    });
    let after = statics.partition_point(|found| found.start <= address);
    statics[..after].last().filter(|found| found.contains(&address)).cloned()
}

/// Where the program keeps what it may write to.
pub(in crate::engine) fn writable_image() -> &'static [Range<usize>] {
    static WRITABLE: OnceLock<Vec<Range<usize>>> = OnceLock::new();
    WRITABLE.get_or_init(|| heap::ours(|| read_writable().unwrap_or_default()))
}

fn read_writable() -> Option<Vec<Range<usize>>> {
    const WRITABLE: u32 = 2;
    let file = File::open("/proc/self/exe").ok()?;
    let header: [u8; HEADER] = read_at(&file, 0, HEADER)?.try_into().ok()?;
    let segments = segments(&header, &file)?;
    let moved = moved(&segments)?;
    let range = |segment: &[u8]| {
        let start = moved.wrapping_add(u64_at(segment, 16) as usize);
        start..start + u64_at(segment, 40) as usize
    };
    let writable = segments
        .chunks_exact(SEGMENT)
        .filter(|segment| u32_at(segment, 0) == LOADED && u32_at(segment, 4) & WRITABLE != 0);
    Some(writable.map(range).collect())
}

/// All statics, by their addresses.
fn read() -> Option<Vec<Range<usize>>> {
    let file = File::open("/proc/self/exe").ok()?;
    let header: [u8; HEADER] = read_at(&file, 0, HEADER)?.try_into().ok()?;
    // Of 64 bits, the least significant byte first.
    if header[..6] != *b"\x7fELF\x02\x01" {
        return None;
    }
    let (sections, count) = (u64_at(&header, 40), u16_at(&header, 60));
    let sections = read_at(&file, sections, HEADER * usize::from(count))?;
    let symbols = sections.chunks_exact(HEADER).find(|section| u32_at(section, 4) == SYMBOLS)?;
    let symbols = read_at(&file, u64_at(symbols, 24), usize::try_from(u64_at(symbols, 32)).ok()?)?;
    let moved = moved(&segments(&header, &file)?)?;
    let object = |symbol: &[u8]| {
        let (kind, start, size) = (symbol[4] & 0xf, u64_at(symbol, 8), u64_at(symbol, 16));
        let start = moved.wrapping_add(start as usize);
        (kind == OBJECT && (1..=LARGEST).contains(&size)).then(|| start..start + size as usize)
    };
    let mut statics: Vec<_> = symbols.chunks_exact(SYMBOL).filter_map(object).collect();
    statics.sort_unstable_by_key(|found| (found.start, found.end));
    // Of two names for one static, one will do.
    statics.dedup_by_key(|found| found.start);
    Some(statics)
}

/// The headers of the program's segments.
fn segments(header: &[u8], file: &File) -> Option<Vec<u8>> {
    let (segments, count) = (u64_at(header, 32), u16_at(header, 56));
    read_at(file, segments, SEGMENT * usize::from(count))
}

/// How far from where its file says the program is in memory.
fn moved(segments: &[u8]) -> Option<usize> {
    unsafe extern "C" {
        static __executable_start: u8;
    }
    let first = segments.chunks_exact(SEGMENT).find(|segment| u32_at(segment, 0) == LOADED)?;
    Some((&raw const __executable_start).addr().wrapping_sub(u64_at(first, 16) as usize))
}

fn read_at(file: &File, at: u64, len: usize) -> Option<Vec<u8>> {
    let mut bytes = vec![0; len];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes)
}

fn u16_at(bytes: &[u8], at: usize) -> u16 {
    u16::from_le_bytes([bytes[at], bytes[at + 1]])
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    u32::from(u16_at(bytes, at)) | u32::from(u16_at(bytes, at + 2)) << 16
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    u64::from(u32_at(bytes, at)) | u64::from(u32_at(bytes, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    static WORDS: [std::sync::atomic::AtomicU64; 5] = [const { std::sync::atomic::AtomicU64::new(3) }; 5];

    #[test]
    fn a_static_is_found_from_any_of_its_bytes() {
        let here = (&raw const WORDS).addr();
        let all = here..here + size_of_val(&WORDS);
        assert_eq!(static_at(all.start), Some(all.clone()));
        assert_eq!(static_at(all.end - 1), Some(all.clone()));
        assert_ne!(static_at(all.end), Some(all));
        let on_stack = 0;
        assert_eq!(static_at((&raw const on_stack).addr()), None);
    }
}
