//! The command `learn`, from outside: what a learner types, reads and finds in the folder.

#![cfg(explores)]

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, thread};

/// A learner with an empty folder.
struct Learner {
    folder: PathBuf,
}

impl Learner {
    fn new(test: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
        if folder.exists() {
            fs::remove_dir_all(&folder).unwrap();
        }
        Learner { folder }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_learn"));
        command.args(arguments).arg("--folder").arg(&self.folder);
        command
    }

    fn types(&self, arguments: &[&str]) -> Said {
        self.command(arguments).output().unwrap().into()
    }

    /// Puts a variant in the place of the learner's program.
    fn pastes(&self, exercise: &str, variant: &str) {
        fs::copy(given(exercise, variant), self.program(exercise)).unwrap();
    }

    fn writes(&self, exercise: &str, text: &str) {
        fs::write(self.program(exercise), text).unwrap();
    }

    fn program(&self, exercise: &str) -> PathBuf {
        self.folder.join(format!("{exercise}.rs"))
    }
}

fn given(exercise: &str, variant: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("programs").join(exercise).join(format!("{variant}.rs"))
}

/// What the command said.
struct Said {
    status: i32,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
        Said { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
    }
}

impl Said {
    #[track_caller]
    fn expect(&self, status: i32, wanted: &[&str]) {
        let all = format!("{}{}", self.out, self.err);
        for wanted in wanted {
            assert!(all.contains(wanted), "`{wanted}` is not in:\n{all}");
        }
        assert_eq!(self.status, status, "{all}");
        assert!(!all.contains('\u{1b}'), "a pipe gets no colour:\n{all}");
    }
}

const NAME: &str = "lost-update-1";

#[test]
fn a_program_is_broken_mended_wrongly_mended_too_much_and_mended() {
    let learner = Learner::new("mend");
    learner.types(&["show", NAME]).expect(0, &["The till that forgets", "Edit", "lost-update-1.rs"]);
    let at_first = fs::read_to_string(learner.program(NAME)).unwrap();
    assert_eq!(at_first, fs::read_to_string(given(NAME, "start")).unwrap(), "a fresh copy");

    learner.types(&["check", NAME]).expect(1, &["FAIL  lost update", "pennies.store", "--replay"]);
    learner.pastes(NAME, "wrong-two-locks");
    learner.types(&["check", NAME]).expect(1, &["FAIL", "money is missing in the till", "pennies.lock"]);
    learner.types(&["answer", NAME]).expect(0, &["The answer is there when"]);
    learner.pastes(NAME, "over-lock-while-asking");
    learner.types(&["check", NAME]).expect(1, &["TOO MUCH", "both ask for their prices at once"]);
    learner.types(&["list"]).expect(0, &["0 of"]);

    learner.pastes(NAME, "right-lock");
    learner.types(&["check", NAME]).expect(0, &["MENDED", "none fails", "Why?"]);
    learner.types(&["list"]).expect(0, &["mended  lost-update-1", "1 of"]);
    learner.types(&["answer", NAME]).expect(0, &["Each of them is one step"]);
    learner.types(&[]).expect(0, &["You have mended 1 of", "The next is check-then-act-1"]);

    learner.types(&["reset", NAME]).expect(0, &["as it was at the beginning"]);
    assert_eq!(fs::read_to_string(learner.program(NAME)).unwrap(), at_first);
    learner.types(&["list"]).expect(0, &["next    lost-update-1", "0 of"]);
}

#[test]
fn hints_come_one_by_one_and_are_remembered() {
    let learner = Learner::new("hints");
    let first = learner.types(&["hint", NAME]);
    first.expect(0, &["Hint 1 of 3"]);
    assert!(!first.out.contains("Hint 2"), "{}", first.out);
    learner.types(&["hint", NAME]).expect(0, &["Hint 1 of 3", "Hint 2 of 3"]);
    learner.types(&["hint", NAME]).expect(0, &["Hint 3 of 3", "These are all hints."]);
    learner.types(&["hint", NAME]).expect(0, &["Hint 3 of 3"]);
    learner.types(&["list"]).expect(0, &["3 hints"]);
}

#[test]
fn the_last_line_of_a_report_runs_the_execution_again() {
    let learner = Learner::new("replay");
    let failed = learner.types(&["check", NAME]);
    let replay = failed.out.lines().find(|line| line.starts_with("replay ")).unwrap();
    let schedule = replay.rsplit(' ').next().unwrap();
    let again = learner.types(&["check", NAME, "--replay", schedule]);
    again.expect(1, &["FAIL  lost update"]);
    assert_eq!(failed.out, again.out, "the same to the byte");
    learner.pastes(NAME, "right-lock");
    let mended = learner.types(&["check", NAME, "--replay", schedule]);
    assert_ne!(mended.status, 0, "one execution proves nothing: {}", mended.out);
    learner.types(&["list"]).expect(0, &["0 of"]);
}

#[test]
fn what_cannot_be_checked_is_no_pass_and_says_why() {
    let learner = Learner::new("trouble");
    learner.types(&["show", NAME]).expect(0, &[]);
    learner.writes(NAME, "pub fn till( {");
    learner.types(&["check", NAME]).expect(2, &["error", "lost-update-1.rs", "DOES NOT COMPILE"]);

    let start = fs::read_to_string(given(NAME, "start")).unwrap();
    learner.writes(NAME, &start.replace("selvedge::sync", "std::sync"));
    learner.types(&["check", NAME]).expect(2, &["NOT EXPLORED", "lost-update-1.rs:3", "selvedge::sync"]);

    learner.writes(NAME, &start.replace("let price", "selvedge::assume(false);\nlet price"));
    learner.types(&["check", NAME]).expect(2, &["NOT EXPLORED", "may not choose its executions"]);

    learner.writes(NAME, &start.replace("let price", "std::process::abort();\nlet price"));
    learner.types(&["check", NAME]).expect(2, &["NOT EXPLORED", "crashed"]);

    learner.types(&["check", "lost-updat-1"]).expect(2, &["no exercise is called `lost-updat-1`", NAME]);
    learner.types(&["mend"]).expect(2, &["unrecognized subcommand"]);
}

#[test]
fn a_program_that_is_not_explored_to_the_end_is_no_pass() {
    let learner = Learner::new("endless");
    learner.types(&["show", NAME]).expect(0, &[]);
    let start = fs::read_to_string(given(NAME, "start")).unwrap();
    // Every round does something new, so there is no end to be seen.
    let endless = start.replace(
        "let price",
        "loop { self.pennies.fetch_add(1, SeqCst); }\n#[allow(unreachable_code)]\nlet price",
    );
    learner.writes(NAME, &endless);
    learner.types(&["check", NAME]).expect(3, &["INCOMPLETE", "That is no pass"]);
}

#[test]
fn a_program_is_checked_when_it_is_saved() {
    let learner = Learner::new("watch");
    let mut command = learner.command(&["watch", NAME]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (mut typed, said) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    let child = Arc::new(Mutex::new(child));
    end_after_a_while(child.clone());
    let mut lines = BufReader::new(said).lines().map(Result::unwrap);
    let mut until = |wanted: &str| {
        let found = lines.any(|line| line.contains(wanted));
        assert!(found, "`learn watch` ended before it said `{wanted}`");
    };
    until("Then type c");
    typed.write_all(b"c\n").unwrap();
    until("FAIL  lost update");
    until("For a hint");
    learner.pastes(NAME, "over-lock-while-asking");
    until("TOO MUCH");
    learner.pastes(NAME, "right-fetch-add");
    until("MENDED");
    typed.write_all(b"a\n").unwrap();
    until("Each of them is one step");
    typed.write_all(b"n\n").unwrap();
    until("check-then-act-1: The last seat");
    until("Then type c");
    typed.write_all(b"q\n").unwrap();
    assert_eq!(lines.next(), None, "it ends when it is told to");
    assert!(child.lock().unwrap().wait().unwrap().success());
}

/// A command that does not say what is waited for is ended, so that the test fails and does not hang.
fn end_after_a_while(child: Arc<Mutex<Child>>) {
    thread::spawn(move || {
        thread::sleep(Duration::from_secs(120));
        // It has mostly ended by then.
        let _ = child.lock().unwrap().kill();
    });
}
