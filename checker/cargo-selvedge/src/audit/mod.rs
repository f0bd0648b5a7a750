//! The audit of memory orderings: each of a crate's is weakened, and its tests run again, until one of them fails.
//!
//! Nothing has to be written for it: the tests are those that there are, run one by one in processes of their own, with
//! the environment variable `SELVEDGE_WEAKEN` set. That a test fails is what refutes a weakening, whatever it fails by: a
//! data race, an assertion of the model, a deadlock, or what the test says of its report.
//!
//! To be quick it tries of each weakening only the tests that come to the place, first the test that the kept page names,
//! then those that refuted much in little time; what the first refutes, no other has to.

mod search;
mod sources;
mod table;
mod tests;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};
use std::{env, fs};

use anstream::{eprintln, print, println};
use clap::Args;

use search::{Runner, Search};
use sources::Sources;
use table::Kept;

type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// What is audited, and how.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Audit the orderings in files whose paths begin so; without it, all of the workspace
    #[arg(long = "in", value_name = "PATH")]
    files: Vec<String>,
    /// The longest that a test may take with an ordering weakened, in seconds
    #[arg(long, value_name = "SECONDS", default_value = "60", value_parser = seconds)]
    budget: Duration,
    /// How many tests run at once; without it, as many as the machine has cores
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Keep the table here; the tests that it names are tried first
    #[arg(long, value_name = "FILE")]
    page: Option<PathBuf>,
    /// Leave the page as it is, and fail where it is not what is found
    #[arg(long, requires = "page")]
    check: bool,
    /// Also weaken together what can be weakened alone
    #[arg(long)]
    together: bool,
    /// Run a crate that is written with loom on this folder's `loom` instead: the shim of selvedge
    #[arg(long, value_name = "FOLDER")]
    pub loom: Option<PathBuf>,
    /// The packages whose tests run, as for `cargo test`
    #[arg(short, long = "package", value_name = "SPEC")]
    packages: Vec<String>,
    /// The test targets that run, as for `cargo test`
    #[arg(long = "test", value_name = "NAME")]
    targets: Vec<String>,
    /// Further arguments for `cargo test`
    #[arg(last = true)]
    pub cargo: Vec<String>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "no number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
}

/// Audits with `cargo`, which is `cargo test` in the model-checking build. True where no ordering is stronger than needed
/// without a reason and the page is what it should be.
///
/// # Errors
///
/// Where the tests do not build, where one fails with the orderings as they are, and where something cannot be read or written.
pub fn run(options: &Options, mut cargo: Command) -> Result<bool, Trouble> {
    let begin = Instant::now();
    for package in &options.packages {
        cargo.args(["--package", package]);
    }
    for target in &options.targets {
        cargo.args(["--test", target]);
    }
    cargo.args(&options.cargo);
    let tests = tests::built(cargo)?;
    let built = begin.elapsed();
    let cores = std::thread::available_parallelism()?.get();
    let scratch = env::temp_dir().join(format!("selvedge-audit-{}", std::process::id()));
    let runner = Runner { workers: options.workers.unwrap_or(cores).max(1), budget: options.budget, scratch };
    let done = audit(options, &runner, tests, built);
    if runner.scratch.exists() {
        fs::remove_dir_all(&runner.scratch)?;
    }
    done
}

fn audit(
    options: &Options,
    runner: &Runner,
    tests: Vec<tests::Test>,
    built: Duration,
) -> Result<bool, Trouble> {
    let begin = Instant::now();
    let (models, late) = runner.models(tests)?;
    for test in &late {
        eprintln!("left out, for it takes more than {:?} as it is: {test}", options.budget);
    }
    let ran = begin.elapsed();
    let search = Search::new(runner, &models);
    let wanted = |file: &str| match options.files.as_slice() {
        [] => Path::new(file).is_relative(),
        files => files.iter().any(|wanted| file.starts_with(wanted)),
    };
    let sites: Vec<_> = search.sites().into_iter().filter(|(site, _)| wanted(site.place.file)).collect();
    if sites.is_empty() {
        return Err(
            "no test comes to an atomic there: are there loom tests, and do they use selvedge?".into()
        );
    }
    let sources = Sources::new(&workspace()?, sites.iter().map(|(site, _)| *site), &options.files)?;
    let kept = match &options.page {
        Some(page) if page.exists() => Some(fs::read_to_string(page)?),
        _ => None,
    };
    let rows = kept.as_deref().map(Kept::parse).unwrap_or_default();
    let found = search.each_alone(&sites, |site| rows.named(&sources, site))?;
    let together = if options.together { search.together(&found)? } else { Vec::new() };
    let page = table::page(&sources, &found, &together);
    eprintln!(
        "{} orderings, {} tests that come to them; {} weakened runs. Building took {:.1} s, the tests as they are {:.1} s, the \
         audit {:.1} s.",
        sites.len(),
        models.len(),
        search.runs.load(Relaxed),
        built.as_secs_f64(),
        ran.as_secs_f64(),
        (begin.elapsed() - ran).as_secs_f64(),
    );
    let unsettled = found.iter().filter(|found| !table::is_settled(&sources, found)).count();
    if unsettled > 0 {
        println!("{unsettled} orderings are stronger than the models need, and no comment says why");
    }
    let unreached = sources.unreached(&sites.iter().map(|(site, _)| *site).collect());
    for line in &unreached {
        println!(
            "{}:{}: no test comes to this ordering, or its function is `#[track_caller]`: {}",
            line.file, line.line, line.text
        );
    }
    let is_settled = unsettled == 0 && unreached.is_empty();
    match &options.page {
        None => print!("{page}"),
        Some(file) if options.check => {
            if kept.as_deref() == Some(&page) {
                return Ok(is_settled);
            }
            println!("{} is not what is found:", file.display());
            let kept = kept.unwrap_or_default();
            for line in kept.lines().filter(|line| !page.lines().any(|other| other == *line)) {
                println!("- {line}");
            }
            for line in page.lines().filter(|line| !kept.lines().any(|other| other == *line)) {
                println!("+ {line}");
            }
            return Ok(false);
        }
        Some(file) => {
            fs::write(file, &page)?;
            println!("wrote {}", file.display());
        }
    }
    Ok(is_settled)
}

/// The folder that the compiler is run in.
fn workspace() -> Result<PathBuf, Trouble> {
    let mut cargo = crate::cargo();
    let output = cargo.args(["locate-project", "--workspace", "--message-format=plain"]).output()?;
    let manifest = String::from_utf8(output.stdout)?;
    Ok(Path::new(manifest.trim()).parent().ok_or("there is no workspace here")?.to_owned())
}
