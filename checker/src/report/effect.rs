//! What an operation means, read off its name and what became of it: the calls of the primitives, of this crate's types in
//! std's shape, and of the atomics are all that reports know.

use crate::trace::Step;

/// What a step does to its object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Effect<'a> {
    /// Has a lock, or a permit, from here on.
    Takes,
    /// Does not get it.
    Misses,
    /// Gives it back.
    Gives,
    /// Comes to wait.
    Waits,
    /// Wakes threads that wait, if there are any.
    Notifies { nobody: bool },
    /// Sees a value.
    Reads(&'a str),
    /// Replaces a value, whatever it was.
    Writes,
    /// Replaces a value by what it makes of it, in one step.
    Updates,
    /// None of these.
    Other,
}

impl<'a> Effect<'a> {
    pub(super) fn of(step: &'a Step) -> Self {
        let result = step.result.as_str();
        match step.operation {
            _ if step.blocks => Effect::Waits,
            _ if result.starts_with("size ") => Effect::Updates,
            "lock" | "acquire" | "permit" | "read" | "write" => Effect::Takes,
            "try_lock" | "lock_timeout" | "try_acquire" | "acquire_timeout" | "try_permit"
            | "permit_timeout" | "try_read" | "try_write" => {
                if result == "true" {
                    Effect::Takes
                } else {
                    Effect::Misses
                }
            }
            "release" if matches!(result, "not locked" | "not owner") => Effect::Other,
            "release" | "unlock" | "unlock_read" | "unlock_write" => Effect::Gives,
            "notify" | "notify_one" | "notify_all" => Effect::Notifies { nobody: result == "nobody waits" },
            // A cell's pointer to read or to write through.
            "with" | "get" if result.is_empty() => Effect::Reads(result),
            "plain read" => Effect::Reads(result),
            "with_mut" | "get_mut" | "plain write" => Effect::Writes,
            "get" | "load" | "is_set" | "locked" | "qsize" | "empty" | "full" | "is_alive" | "len" => {
                Effect::Reads(result)
            }
            "set" | "store" | "clear" | "end" => Effect::Writes,
            _ if result.starts_with("fails, is ") => Effect::Reads(result),
            "add" | "insert" | "swap" | "compare_exchange" => Effect::Updates,
            name if name.starts_with("fetch_") => Effect::Updates,
            _ => Effect::Other,
        }
    }

    /// The word for machines.
    pub(super) fn name(self) -> &'static str {
        match self {
            Effect::Takes => "takes",
            Effect::Misses => "misses",
            Effect::Gives => "gives",
            Effect::Waits => "waits",
            Effect::Notifies { .. } => "notifies",
            Effect::Reads(_) => "reads",
            Effect::Writes => "writes",
            Effect::Updates => "updates",
            Effect::Other => "other",
        }
    }

    pub(super) fn changes(self) -> bool {
        matches!(self, Effect::Writes | Effect::Updates)
    }
}
