//! The shards of explorations, added up.

use std::path::PathBuf;

use cargo_selvedge::Outputs;
use selvedge::{Report, Shards};

use super::arguments::Format;
use super::exploring::Found;
use super::{Exploration, Explored, MODELS, Status, Trouble, json, list};

pub(super) fn sum(files: &[PathBuf], format: Format, outputs: &Outputs) -> Result<Status, Trouble> {
    let mut shards: Vec<(String, Report)> = Vec::new();
    for file in files {
        let trouble = |what: &dyn std::fmt::Display| Trouble::Other(format!("{}: {what}", file.display()));
        let report = Report::load(file).map_err(|error| trouble(&error))?;
        let shard =
            report.shard().ok_or_else(|| trouble(&"the report of a whole exploration, not of a shard"))?;
        shards.push((shard.model.clone(), report));
    }
    let all = || MODELS.iter().flat_map(Exploration::of);
    if let Some((name, _)) = shards.iter().find(|(name, _)| !all().any(|e| e.to_string() == *name)) {
        return Err(Trouble::Other(format!("there is no exploration `{name}`")));
    }
    let mut found = Found::default();
    for exploration in all() {
        let name = exploration.to_string();
        let of_it: Vec<_> =
            shards.iter().filter(|(model, _)| *model == name).map(|(_, r)| r.clone()).collect();
        if of_it.is_empty() {
            continue;
        }
        let report = Shards::sum(of_it).map_err(|error| Trouble::Other(format!("{name}: {error}")))?;
        found.explored.push(Explored::new(exploration, report));
    }
    match format {
        Format::Json => json::print(&found),
        Format::Text => list::print_variants(&found),
    }
    let named: Vec<_> = found.explored.iter().map(|e| (e.exploration.to_string(), &e.report)).collect();
    super::write(outputs, &named)?;
    Ok(found.status())
}
