//! One interleaving again.

use anstream::{eprintln, print};
use selvedge::report::Terminal;
use selvedge::{FailureKind, Verdict};

use super::arguments::{Engine, Replay};
use super::screen::columns;
use super::select::{self, Misuse};
use super::status::Status;
use super::{Exploration, Explored, Trouble, as_test, registry};

pub(super) fn replay(asked: &Replay) -> Result<Status, Trouble> {
    if Engine::BUILT == Engine::Loom {
        return Err(Misuse::NotOnLoom { what: "replays no schedule" }.into());
    }
    let exploration = select::exploration(&asked.id, &asked.variant, asked.time)?;
    let checker = exploration.checker().workers(1).replay(&asked.schedule);
    let checker = if asked.outputs.html.is_some() { checker.nearest_passing() } else { checker };
    let report = checker.run(exploration.variant.program);
    if let Verdict::Failed(failure) = report.verdict()
        && failure.kind == FailureKind::Schedule
    {
        eprintln!("{exploration}: the schedule replays nothing: {}", failure.message);
        return Ok(Status::Inapplicable);
    }
    let explored = Explored::new(exploration, report);
    if asked.as_test {
        print!("{}", as_test::all(std::slice::from_ref(&explored)));
    } else {
        let sources = registry::sources();
        let text = Terminal::new(&explored.report, &sources).again(command(&exploration));
        let text = text.all(asked.look.all_steps).ascii(asked.look.ascii);
        print!("{}", text.colour(true).columns(columns()));
    }
    super::write(&asked.outputs, &[(exploration.to_string(), &explored.report)])?;
    match explored.report.verdict() {
        Verdict::Failed(_) => Ok(Status::Differs),
        Verdict::Verified | Verdict::Incomplete(_) => Ok(Status::AsRecorded),
    }
}

/// The command that replays a schedule of an exploration, which is its last argument.
pub(super) fn command(exploration: &Exploration) -> String {
    let Exploration { model, variant, reading, .. } = exploration;
    format!("cargo explore replay {} --variant {} --time {reading}", model.id, variant.name)
}
