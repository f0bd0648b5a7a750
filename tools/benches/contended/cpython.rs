//! CPython's own primitives in a process of their own, where the machine has a `python3`.

use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

use crate::crowd::Run;

const SCRIPT: &str = include_str!("crowd.py");

/// Which Python there is, and whether its threads share a global lock.
pub fn version() -> Option<&'static str> {
    static VERSION: OnceLock<Option<String>> = OnceLock::new();
    VERSION.get_or_init(|| python(&["version"])).as_deref()
}

/// Lets so many of Python's threads at the primitive of that name, for so long.
pub fn run(name: &str, threads: usize, time: Duration) -> Run {
    let said = python(&[name, &threads.to_string(), &time.as_secs_f64().to_string()]);
    let said = said.expect("a Python that has told its version runs the script");
    let mut lines = said.lines();
    let mut numbers =
        || lines.next().expect("three lines").split(' ').map(|number| number.parse::<u64>().unwrap());
    Run {
        turns: numbers().collect(),
        longest: Duration::from_nanos(numbers().sum()),
        elapsed: Duration::from_nanos(numbers().sum()),
    }
}

/// What the script says.
fn python(arguments: &[&str]) -> Option<String> {
    let output = Command::new("python3").args(["-c", SCRIPT]).args(arguments).output().ok()?;
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap().trim().to_owned())
}
