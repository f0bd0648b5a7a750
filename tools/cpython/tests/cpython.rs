//! CPython's own tests pass with the primitives in the place of its types (see `suite.py`).

use std::env::consts::{DLL_PREFIX, DLL_SUFFIX};
use std::path::Path;
use std::process::Command;

#[test]
fn cpythons_own_tests_pass() {
    let python = std::env::var("PYO3_PYTHON").unwrap_or_else(|_| "python3".into());
    let has_tests = Command::new(&python).args(["-c", "import test.lock_tests"]).output();
    let has_tests = has_tests.unwrap_or_else(|error| panic!("{python} does not start: {error}"));
    assert!(
        has_tests.status.success(),
        "{python} was installed without the package `test`; name one that has it with PYO3_PYTHON"
    );
    let this = std::env::current_exe().expect("a test knows where it is");
    let built = this.parent().expect("a program is in a folder");
    let library = built.join(format!("{DLL_PREFIX}selvedge_cpython{DLL_SUFFIX}"));
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("suite.py");
    let run = Command::new(&python).arg(suite).arg(library).output().expect("it started just now");
    assert!(
        run.status.success(),
        "{}\n{}\n{}",
        run.status,
        String::from_utf8_lossy(&run.stdout),
        String::from_utf8_lossy(&run.stderr)
    );
}
