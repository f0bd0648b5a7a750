//! What the source calls the object of an operation: the word before the dot.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::{env, fs};

use crate::trace::{Place, Step};

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

    /// `goods.get` for a step whose source line says `self.goods.get()`; `get` where the source is not to be had.
    pub fn describe(&self, step: &Step) -> String {
        match self.receiver(step.place) {
            Some(receiver) => format!("{receiver}.{}", step.operation),
            None => step.operation.to_owned(),
        }
    }

    /// The text of a file, where it is to be had.
    pub(super) fn text(&self, file: &str) -> Option<Cow<'_, str>> {
        match self.texts.get(file) {
            Some(text) => Some(Cow::Borrowed(&**text)),
            None => Some(Cow::Owned(read(file)?)),
        }
    }

    /// The name before the dot of the method call at `place`: a method's place is that of its name.
    pub(super) fn receiver(&self, place: Place) -> Option<String> {
        let text = self.text(place.file)?;
        let line = text.lines().nth(place.line as usize - 1)?;
        let before: String = line.chars().take(place.column as usize - 1).collect();
        let path = before.trim_end().strip_suffix('.')?;
        let name = path.rsplit(|c: char| !(c.is_alphanumeric() || c == '_')).next()?;
        (!name.is_empty()).then(|| name.to_owned())
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

    fn described(line: &'static str, column: u32) -> String {
        let mut sources = Sources::default();
        sources.add("model.rs", line);
        let place = Place { file: "model.rs", line: 1, column };
        sources.describe(&Step {
            thread: 0,
            object: None,
            operation: "get",
            result: String::new(),
            blocks: false,
            inner: false,
            place,
        })
    }

    #[test]
    fn an_object_is_called_what_the_source_calls_it() {
        assert_eq!(described("goods.get();", 7), "goods.get");
        assert_eq!(described("    if self.goods.get() == 1 {", 19), "goods.get");
        assert_eq!(described("let x = shop(1).get();", 17), "get", "a call's result has no name");
    }

    #[test]
    fn a_place_outside_of_the_source_has_no_object() {
        assert_eq!(described("goods.get();", 400), "get");
        assert_eq!(described("get();", 1), "get");
    }
}
