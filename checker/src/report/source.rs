//! What the source calls the object of an operation: the word before the dot.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::{env, fs};

use crate::trace::Place;

/// Source texts by file name, as the compiler named them; a file that is not here is looked for on disk.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    texts: BTreeMap<String, Cow<'static, str>>,
}

impl Sources {
    /// Adds a text that the program carries.
    pub fn add(&mut self, file: impl Into<String>, text: impl Into<Cow<'static, str>>) {
        self.texts.insert(file.into(), text.into());
    }

    /// The text of a file, where it is to be had.
    pub(super) fn text(&self, file: &str) -> Option<Cow<'_, str>> {
        match self.texts.get(file) {
            Some(text) => Some(Cow::Borrowed(&**text)),
            None => Some(Cow::Owned(read(file)?)),
        }
    }

    /// The line of a place, without the space around it.
    pub fn line(&self, place: Place) -> Option<String> {
        let text = self.text(place.file)?;
        let line = text.lines().nth(place.line as usize - 1)?;
        Some(line.trim().to_owned())
    }

    /// The name before the dot of the method call at `place`: a method's place is that of its name.
    pub(super) fn receiver(&self, place: Place) -> Option<String> {
        let text = self.text(place.file)?;
        let line = text.lines().nth(place.line as usize - 1)?;
        let before: String = line.chars().take(place.column as usize - 1).collect();
        let path = before.trim_end().strip_suffix('.')?;
        // The fields of a tuple have numbers, which say nothing without the tuple.
        let is_number = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_digit());
        let word = |path: &str| {
            let begins =
                path.char_indices().rev().take_while(|(_, c)| c.is_alphanumeric() || *c == '_').last();
            begins.map_or(path.len(), |(at, _)| at)
        };
        let mut at = word(path);
        while is_number(path[at..].split('.').next().unwrap_or_default())
            && let Some(before) = path[..at].strip_suffix('.')
        {
            at = word(before);
        }
        let name = &path[at..];
        (!name.is_empty() && !name.starts_with('.') && !is_number(name)).then(|| name.to_owned())
    }
}

/// Reads a file that the compiler named from the root of its workspace, while tests run somewhere below.
fn read(file: &str) -> Option<String> {
    let here = env::current_dir().ok()?;
    here.ancestors().find_map(|directory| fs::read_to_string(directory.join(file)).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn receiver(line: &'static str, column: u32) -> Option<String> {
        let mut sources = Sources::default();
        sources.add("model.rs", line);
        sources.receiver(Place { file: "model.rs", line: 1, column })
    }

    #[test]
    fn an_object_is_called_what_the_source_calls_it() {
        assert_eq!(receiver("goods.get();", 7).as_deref(), Some("goods"));
        assert_eq!(receiver("    if self.goods.get() == 1 {", 19).as_deref(), Some("goods"));
        assert_eq!(receiver("let x = shop(1).get();", 17), None, "a call's result has no name");
        assert_eq!(
            receiver("self.pair.1.load(SeqCst);", 13).as_deref(),
            Some("pair.1"),
            "a field of a tuple"
        );
        assert_eq!(receiver("pair.0.1.load(SeqCst);", 10).as_deref(), Some("pair.0.1"));
        assert_eq!(receiver("pair().1.load(SeqCst);", 10), None, "a field of nothing that has a name");
    }

    #[test]
    fn a_place_outside_of_the_source_has_no_object() {
        assert_eq!(receiver("goods.get();", 400), None);
        assert_eq!(receiver("get();", 1), None);
    }
}
