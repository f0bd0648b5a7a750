//! Lines that fit, in characters that everybody has.

/// How many columns of a terminal a text takes: none for marks that combine with the character before, two for wide ones.
///
/// After Unicode Standard Annex 11, by blocks: single characters of other widths inside of them are rare in programs.
pub(crate) fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(c: char) -> usize {
    match u32::from(c) {
        0x0300..=0x036f | 0x200b..=0x200f | 0x20d0..=0x20ff | 0xfe00..=0xfe0f | 0xe0100..=0xe01ef => 0,
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f => 2,
        0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1f64f | 0x1f680..=0x1f9ff | 0x20000..=0x3fffd => 2,
        _ => 1,
    }
}

/// The beginning of a text that takes at most so many columns.
pub(super) fn beginning(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let end = text.char_indices().find(|(_, c)| {
        taken += column(*c);
        taken > room
    });
    end.map_or(text, |(at, _)| &text[..at])
}

/// The end of a text that takes at most so many columns.
pub(super) fn end(text: &str, room: usize) -> &str {
    let mut taken = 0;
    let before = text.char_indices().rev().find(|(_, c)| {
        taken += column(*c);
        taken > room
    });
    before.map_or(text, |(at, c)| &text[at + c.len_utf8()..])
}

/// In ASCII: signs that reports use by what stands for them, others by their numbers.
pub fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '→' => out.push_str("->"),
            '…' => out.push_str("..."),
            '×' => out.push('x'),
            '≤' => out.push_str("<="),
            '│' => out.push('|'),
            '─' => out.push('-'),
            '↳' => out.push('^'),
            '↷' => out.push('*'),
            c if c.is_ascii() => out.push(c),
            c => out.extend(c.escape_unicode()),
        }
    }
    out
}

/// A message of several lines in one, the lines of `assert_eq!` in brackets.
pub(crate) fn one_line(message: &str) -> String {
    let mut lines = message.lines().map(str::trim).filter(|line| !line.is_empty());
    let first = lines.next().unwrap_or_default().to_owned();
    let rest: Vec<_> = lines.collect();
    if rest.is_empty() { first } else { format!("{first} ({})", rest.join(", ")) }
}

/// `text` in lines of at most `width`, broken between words.
pub fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        let length = columns(line);
        if length > 0 && length + 1 + columns(word) > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_broken_between_words() {
        assert_eq!(wrapped("one two three", 7), ["one two", "three"]);
        assert_eq!(wrapped("incomprehensible", 7), ["incomprehensible"], "a word stays whole");
    }

    #[test]
    fn wide_characters_take_two_columns_and_marks_take_none() {
        assert_eq!([columns("goods"), columns("品物"), columns("e\u{301}")], [5, 4, 1]);
        assert_eq!([beginning("品物 x", 3), end("x 品物", 3)], ["品", "物"]);
        assert_eq!([beginning("abc", 3), end("abc", 2)], ["abc", "bc"]);
    }

    #[test]
    fn what_an_assertion_compares_follows_its_message() {
        assert_eq!(one_line("it failed\n  left: 1\n right: 2"), "it failed (left: 1, right: 2)");
    }

    #[test]
    fn signs_have_names_in_ascii() {
        assert_eq!(ascii("a → b… é"), "a -> b... \\u{e9}");
    }
}
