//! Work items: parts of an exploration that are named by the way to them.

use std::fmt;
use std::str::FromStr;

use super::file::unquoted;
use super::{LoadError, Shard};
use crate::engine::Counted;

const FORMAT: &str = "selvedge-item 1";

/// A part of an exploration, for another process: see [`Checker::split`](crate::Checker::split).
///
/// As text, one line, it names the choices that lead to the part, with digests of what is met on the way; [`str::parse`]
/// reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkItem {
    pub(crate) shard: Shard,
    /// Which drops of handles the exploration counts.
    pub(crate) counted: Counted,
    /// Whether it explores that writers keep readers out while they wait.
    pub(crate) announces: bool,
    /// Which of the items that each execution leaves is taken, by the place in which one worker tries them.
    pub(crate) path: Vec<usize>,
    /// A digest of the item and of the graph that left it.
    pub(crate) digest: u64,
}

impl WorkItem {
    /// Which part of which exploration it is.
    pub fn shard(&self) -> &Shard {
        &self.shard
    }
}

impl fmt::Display for WorkItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let WorkItem {
            shard: Shard { model, number, of, settings, split },
            counted,
            announces,
            path,
            digest,
        } = self;
        let path: Vec<_> = path.iter().map(usize::to_string).collect();
        let (path, announces) = (path.join("."), u8::from(*announces));
        write!(
            f,
            "{FORMAT} {number} {of} {split:016x} {announces}{counted} {path} {digest:016x} {settings:?} {model:?}"
        )
    }
}

impl FromStr for WorkItem {
    type Err = LoadError;

    fn from_str(text: &str) -> Result<Self, LoadError> {
        let rest = text.strip_prefix(FORMAT).ok_or(LoadError::Format)?;
        read(rest.trim()).ok_or(LoadError::Line(1))
    }
}

fn read(text: &str) -> Option<WorkItem> {
    let mut words = text.splitn(7, ' ');
    let mut word = || words.next();
    let (number, of) = (word()?.parse().ok()?, word()?.parse().ok()?);
    let split = u64::from_str_radix(word()?, 16).ok()?;
    let (announces, counted) = word()?.split_at_checked(1)?;
    let announces = ["0", "1"].iter().position(|known| *known == announces)? == 1;
    let (counted, "") = Counted::read(counted) else { return None };
    let path = word()?.split('.').map(|step| step.parse().ok()).collect::<Option<_>>()?;
    let digest = u64::from_str_radix(word()?, 16).ok()?;
    // No setting has a quote in it.
    let (settings, model) = word()?.split_once("\" \"")?;
    let (settings, model) = (unquoted(&format!("{settings}\""))?, unquoted(&format!("\"{model}"))?);
    Some(WorkItem { shard: Shard { model, number, of, settings, split }, counted, announces, path, digest })
}
