//! The GitHub action of this repository, `action.yml`: its steps are run here as a runner would, but for what is GitHub's own.

use std::fs;
use std::path::Path;
use std::process::Command;

use yaml_rust2::{Yaml, YamlLoader};

use super::{Newcomer, said};

fn yaml(file: &Path) -> Yaml {
    let text = fs::read_to_string(file).unwrap();
    let mut documents =
        YamlLoader::load_from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    assert_eq!(documents.len(), 1, "{}", file.display());
    documents.remove(0)
}

fn text<'a>(yaml: &'a Yaml, key: &str) -> &'a str {
    yaml[key].as_str().unwrap_or_else(|| panic!("no text `{key}` in {yaml:?}"))
}

pub(super) fn check(crate_: &Newcomer) {
    let action = yaml(&Newcomer::workspace().join("action.yml"));
    the_workflow_of_the_page_asks_for_what_there_is(crate_, &action);
    let steps = action["runs"]["steps"].as_vec().expect("steps");
    assert_eq!(text(&action["runs"], "using"), "composite");
    let runs: Vec<_> = steps.iter().filter(|step| step["run"].as_str().is_some()).collect();
    let [install, explore] = runs[..] else { panic!("two steps run something: {steps:?}") };
    it_installs_the_command(text(install, "run"));
    it_annotates_and_keeps_pages(crate_, text(explore, "run"));
    let uploaded =
        steps.iter().find(|step| step["uses"].as_str().is_some()).expect("a step that keeps the pages");
    assert_eq!(text(uploaded, "if"), "always()", "also where something fails");
    assert_eq!(text(&uploaded["with"], "path"), "${{ runner.temp }}/selvedge-found");
}

fn the_workflow_of_the_page_asks_for_what_there_is(crate_: &Newcomer, action: &Yaml) {
    let workflow = yaml(&crate_.folder.join(".github/workflows/models.yml"));
    let steps = workflow["jobs"]["models"]["steps"].as_vec().expect("steps");
    let ours = steps
        .iter()
        .find(|step| text(step, "uses").contains("/selvedge@"))
        .expect("a step that uses the action");
    for (input, _) in ours["with"].as_hash().expect("inputs") {
        let input = input.as_str().unwrap();
        assert!(!action["inputs"][input].is_badvalue(), "the action has no input `{input}`");
    }
}

/// Cargo knows the options, and the package is where the step looks for it.
fn it_installs_the_command(script: &str) {
    let help = Command::new("cargo").args(["install", "--help"]).output().unwrap();
    let mut words = script.split_whitespace();
    assert_eq!([words.next(), words.next()], [Some("cargo"), Some("install")]);
    for option in words.filter(|word| word.starts_with("--")) {
        assert!(said(&help).contains(option), "{option}");
    }
    let (_, folder) = script.split_once("$GITHUB_ACTION_PATH/").expect("it is in the repository");
    let folder = Newcomer::workspace().join(folder.split('"').next().unwrap());
    assert_eq!(folder, Path::new(env!("CARGO_MANIFEST_DIR")));
}

fn it_annotates_and_keeps_pages(crate_: &Newcomer, script: &str) {
    let runner = crate_.folder.join("runner");
    let programs = runner.join("selvedge/bin");
    fs::create_dir_all(&programs).unwrap();
    std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_cargo-selvedge"), programs.join("cargo-selvedge"))
        .unwrap();
    let file = crate_.folder.join("step.sh");
    fs::write(&file, script).unwrap();
    let environment = format!(
        "RUNNER_TEMP={0} GITHUB_STEP_SUMMARY={0}/summary.md COMMAND=test ARGUMENTS='-- --lib'",
        runner.display()
    );
    let output =
        crate_.run(&format!("{environment} bash --noprofile --norc -eo pipefail {}", file.display()));
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let annotation = "::error file=src/lib.rs,line=51,col=13,title=FAIL models%3A%3Athe_last_ticket_is_sold_once::lost update";
    assert!(said(&output).contains(annotation), "{}", said(&output));
    let summary = fs::read_to_string(runner.join("summary.md")).unwrap();
    assert!(summary.contains("**FAIL**"), "{summary}");
    for kept in ["models-the_last_ticket_is_sold_once.html", "junit.xml", "found.sarif"] {
        assert!(runner.join("selvedge-found").join(kept).exists(), "{kept}");
    }
}
