//! Lines that fit, in characters that everybody has.

/// In ASCII: signs that reports use by what stands for them, others by their numbers.
pub(crate) fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '→' => out.push_str("->"),
            '…' => out.push_str("..."),
            '×' => out.push('x'),
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
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        let length = line.chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
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
    fn what_an_assertion_compares_follows_its_message() {
        assert_eq!(one_line("it failed\n  left: 1\n right: 2"), "it failed (left: 1, right: 2)");
    }

    #[test]
    fn signs_have_names_in_ascii() {
        assert_eq!(ascii("a → b… é"), "a -> b... \\u{e9}");
    }
}
