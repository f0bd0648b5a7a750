//! Addresses in what is told, by numbers: an address is another in each run, and a report is the same to the byte.
//!
//! What is printed as a hexadecimal number is taken for an address where it lies near what the process has: a static, a block
//! of the allocator, or a stack. So a number that a model packs by itself stays what it is.

use std::borrow::Cow;
use std::sync::OnceLock;

/// How near, in bits of the distance, addresses of one kind lie to one another.
const NEAR: u32 = 40;

/// The least number that is taken for an address: less is a number far more often.
const LEAST: u64 = 1 << 32;

/// The addresses that were told, in the order of their numbers.
#[derive(Clone, Debug, Default)]
pub(crate) struct Numbers {
    known: Vec<u64>,
}

/// `text` with its addresses by their numbers in it.
pub(crate) fn numbered(text: String) -> String {
    match Numbers::default().told(&text) {
        Cow::Borrowed(_) => text,
        Cow::Owned(told) => told,
    }
}

impl Numbers {
    /// `text` with the number of each address in its place: `node 1` for the first that was told.
    pub(crate) fn told<'a>(&mut self, text: &'a str) -> Cow<'a, str> {
        let mut told = String::new();
        let mut rest = text;
        while let Some(at) = rest.find("0x") {
            let digits = &rest[at + 2..];
            let length = digits.bytes().take_while(u8::is_ascii_hexdigit).count();
            let is_number = !rest[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_')
                && !digits[length..].starts_with(|c: char| c.is_alphanumeric() || c == '_');
            let value = u64::from_str_radix(&digits[..length], 16).ok();
            match value.filter(|value| is_number && is_address(*value)) {
                Some(address) => {
                    told.push_str(&rest[..at]);
                    told.push_str(&format!("node {}", self.of(address)));
                }
                None => told.push_str(&rest[..at + 2 + length]),
            }
            rest = &digits[length..];
        }
        if told.is_empty() {
            return Cow::Borrowed(text);
        }
        told.push_str(rest);
        Cow::Owned(told)
    }

    fn of(&mut self, address: u64) -> usize {
        let known = self.known.iter().position(|known| *known == address);
        1 + known.unwrap_or_else(|| {
            self.known.push(address);
            self.known.len() - 1
        })
    }
}

/// Whether a number lies where the process has something.
fn is_address(value: u64) -> bool {
    static HERE: OnceLock<[u64; 3]> = OnceLock::new();
    let here = HERE.get_or_init(|| {
        let block = Box::new(0u64);
        let on_stack = 0u64;
        let addresses = [
            std::ptr::from_ref(&HERE).addr(),
            std::ptr::from_ref(&*block).addr(),
            std::ptr::from_ref(&on_stack).addr(),
        ];
        addresses.map(|address| address as u64)
    });
    value >= LEAST && here.iter().any(|at| at.abs_diff(value) >> NEAR == 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_the_number_of_its_first_appearance() {
        let (a, b) = (Box::new(1), Box::new(2));
        let text = format!("{:p} then {:?} and {:p}", a, std::ptr::from_ref(&*b), a);
        assert_eq!(numbered(text), "node 1 then node 2 and node 1");
    }

    #[test]
    fn a_number_that_is_no_address_stays() {
        for text in ["0x0", "0xdeadbeef", "0x100000002", "0xffffffffffffffff", "0x", "a0x12", "none"] {
            assert_eq!(numbered(text.to_owned()), text);
        }
    }
}
