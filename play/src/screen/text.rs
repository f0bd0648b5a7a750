//! Texts that fit.

use ratatui::text::Span;

/// How many columns a text has.
pub(super) fn columns(text: &str) -> usize {
    Span::raw(text).width()
}

/// A text that has at most so many columns, cut at its end where it says so.
pub(super) fn cut(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for c in text.chars() {
        kept.push(c);
        if columns(&kept) + 1 > room {
            kept.pop();
            break;
        }
    }
    if room > 0 { kept + "…" } else { kept }
}

/// A call that has at most so many columns. What became of it says more than its object: so that is cut first.
pub(super) fn cut_call(text: &str, room: usize) -> String {
    let call = text.split(' ').next().unwrap_or_default();
    let over = columns(text).saturating_sub(room);
    if over > 0
        && let Some((object, _)) = call.split_once('.')
        && let Some(left) = columns(object).checked_sub(over + 1)
        && left >= 2
    {
        let kept: String = object.chars().take(left).collect();
        return format!("{kept}…{}", &text[object.len()..]);
    }
    cut(text, room)
}

/// A text in exactly so many columns.
pub(super) fn cell(text: &str, room: usize) -> String {
    let text = cut_call(text, room);
    let rest = room.saturating_sub(columns(&text));
    text + &" ".repeat(rest)
}

/// A text in lines of so many columns. A word that is longer is broken.
pub(super) fn wrapped(text: &str, room: usize) -> Vec<String> {
    let room = room.max(1);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is one");
        let taken = columns(last);
        if taken > 0 && taken + 1 + columns(word) <= room {
            last.push(' ');
            last.push_str(word);
            continue;
        }
        if taken > 0 {
            lines.push(String::new());
        }
        for c in word.chars() {
            let last = lines.last_mut().expect("there is one");
            if columns(last) + columns(c.encode_utf8(&mut [0; 4])) > room {
                lines.push(String::new());
            }
            lines.last_mut().expect("there is one").push(c);
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_became_of_a_call_is_kept() {
        assert_eq!(cut_call("condition.wait → waits", 16), "co….wait → waits");
        assert_eq!(cut_call("lock", 16), "lock");
        assert_eq!(cut("品物 goods", 4), "品…");
    }

    #[test]
    fn a_long_word_is_broken_and_nothing_is_lost() {
        let lines = wrapped("1.0ururururur and more", 6);
        assert!(lines.iter().all(|line| columns(line) <= 6), "{lines:?}");
        assert_eq!(lines, ["1.0uru", "rururu", "r and", "more"]);
    }
}
