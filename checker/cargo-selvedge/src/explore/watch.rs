//! Whose loads and stores of plain memory are watched: the compiler has these crates tell of each.

use std::fmt;
use std::process::Stdio;
use std::str::FromStr;

use crate::Trouble;

/// How the wrapper of the compiler, and the tests, are told.
pub(crate) const WATCH: &str = "SELVEDGE_EXPLORE_WATCH";

/// The crates whose accesses are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Watch {
    All,
    None,
    /// Those of these names, with `_` for `-`.
    Some(Vec<String>),
}

impl FromStr for Watch {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let name = |name: &str| {
            let name = name.trim().replace('-', "_");
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_');
            is_name.then_some(name)
        };
        match text {
            "all" => Ok(Watch::All),
            "none" => Ok(Watch::None),
            names => names.split(',').map(name).collect::<Option<_>>().map(Watch::Some).ok_or_else(|| {
                "it is `all`, `none`, or names of crates with commas between them, as in `my-crate,its_dependency`".to_owned()
            }),
        }
    }
}

impl fmt::Display for Watch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Watch::All => f.write_str("all"),
            Watch::None => f.write_str("none"),
            Watch::Some(names) => f.write_str(&names.join(",")),
        }
    }
}

impl Watch {
    /// Whether this crate's accesses are watched.
    pub(crate) fn includes(&self, name: &str) -> bool {
        match self {
            Watch::All => true,
            Watch::None => false,
            Watch::Some(names) => names.iter().any(|known| known == name),
        }
    }

    /// That there is a crate of each name, among what is built here.
    pub(super) fn check(&self) -> Result<(), Trouble> {
        let Watch::Some(names) = self else { return Ok(()) };
        let output = cargo_selvedge::cargo()
            .args(["metadata", "--format-version", "1"])
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err("cargo does not say which crates there are".into());
        }
        let known: serde_json::Value = serde_json::from_slice(&output.stdout)?;
        let targets = known["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .flat_map(|package| package["targets"].as_array());
        let known: Vec<_> =
            targets.flatten().filter_map(|target| Some(target["name"].as_str()?.replace('-', "_"))).collect();
        match names.iter().find(|name| !known.contains(name)) {
            Some(name) => {
                Err(format!("`--watch {self}`: there is no crate `{name}` here, nor among the dependencies")
                    .into())
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_are_named_as_cargo_and_as_the_compiler_name_them() {
        let some: Watch = "my-crate, other_one".parse().unwrap();
        assert!(some.includes("my_crate") && some.includes("other_one") && !some.includes("other"));
        assert_eq!(some.to_string().parse(), Ok(some));
        assert!(Watch::All.includes("any") && !Watch::None.includes("any"));
    }

    #[test]
    fn what_is_no_name_is_refused() {
        for wrong in ["", "a,,b", "a b", "crate/path"] {
            assert!(wrong.parse::<Watch>().is_err(), "{wrong:?}");
        }
    }
}
