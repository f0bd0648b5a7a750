//! `docs/quick-start.md` as a newcomer follows it: each file is written, each command is run, and what it prints is compared.

// It builds a crate of its own, the same whatever the build that this is part of: once is enough.
#![cfg(not(loom))]

mod action;
mod commands;

use std::env;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// What a reader does or sees.
#[derive(Debug)]
enum Block {
    /// Writes a file.
    File { name: String, text: String },
    /// Puts a function in place of one that has the same first line.
    Replacement { name: String, text: String },
    /// Types a line.
    Line(String),
    /// Compares what was printed.
    Printed(Vec<String>),
}

/// The blocks of the page, in order. The paragraph before a block names the file that it goes to.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut paragraph = String::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(language) = line.strip_prefix("```") else {
            let begins = paragraph.ends_with("\n\n");
            paragraph = if begins { String::new() } else { paragraph } + line + "\n";
            continue;
        };
        let text: Vec<_> = lines.by_ref().take_while(|line| *line != "```").map(str::to_owned).collect();
        let file = || named(&paragraph).unwrap_or_else(|| panic!("no file is named before {text:?}"));
        let whole = || text.join("\n") + "\n";
        match language {
            "sh" => blocks.extend(text.iter().cloned().map(Block::Line)),
            "text" => blocks.push(Block::Printed(text)),
            _ if paragraph.contains("Replace in `") => {
                blocks.push(Block::Replacement { name: file(), text: whole() });
            }
            _ => blocks.push(Block::File { name: file(), text: whole() }),
        }
        paragraph.clear();
    }
    blocks
}

/// The file of "In `src/lib.rs`:" and "Replace in `src/lib.rs`:".
fn named(paragraph: &str) -> Option<String> {
    let line = paragraph.trim_end().lines().last()?.strip_suffix("`:")?;
    line.rsplit_once("n `").map(|(_, name)| name.to_owned())
}

struct Newcomer {
    /// Where the newcomer is.
    folder: PathBuf,
    /// All that the newcomer makes.
    all: PathBuf,
    /// The programs that are installed.
    path: String,
    last: Option<(String, Output)>,
}

impl Newcomer {
    fn new() -> Self {
        // Below a workspace cargo would make a member of it. The same folder each time: what was built is used again.
        let own = Self::workspace().display().to_string().replace(['/', '.'], "-");
        let folder = env::temp_dir().join(format!("quick-start{own}"));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        Newcomer { folder: folder.clone(), all: folder, path: env::var("PATH").unwrap(), last: None }
    }

    fn workspace() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
    }

    fn does(&mut self, block: Block, blocks_left: usize) {
        match block {
            Block::File { name, text } => {
                let file = self.folder.join(name);
                fs::create_dir_all(file.parent().unwrap()).unwrap();
                fs::write(file, text).unwrap();
            }
            Block::Replacement { name, text } => self.replace(&name, &text),
            Block::Line(line) => self.types(&line),
            Block::Printed(lines) => self.compares(&lines, blocks_left),
        }
    }

    fn replace(&self, name: &str, text: &str) {
        let file = self.folder.join(name);
        let before = fs::read_to_string(&file).unwrap();
        let (first, last) = (text.lines().next().unwrap(), text.lines().last().unwrap());
        let start = before.find(first).unwrap_or_else(|| panic!("no `{first}` in {name}"));
        let end = start + before[start..].find(&format!("\n{last}\n")).unwrap() + last.len() + 2;
        fs::write(file, format!("{}{text}{}", &before[..start], &before[end..])).unwrap();
    }

    fn types(&mut self, line: &str) {
        self.check_last();
        if let Some(folder) = line.strip_prefix("cd ") {
            self.folder.push(folder);
        } else if line.starts_with("git clone ") {
            let folder = line.rsplit(' ').next().unwrap();
            symlink(Self::workspace(), self.folder.join(folder)).unwrap();
        } else if let Some(package) = line.strip_prefix("cargo install --path ") {
            self.installs(package);
        } else {
            let output = self.run(line);
            if line.starts_with("cargo new ") {
                // The versions that are here already.
                let lock = self.folder.join(line.rsplit(' ').next().unwrap()).join("Cargo.lock");
                fs::copy(Self::workspace().join("Cargo.lock"), lock).unwrap();
            }
            self.last = Some((line.to_owned(), output));
        }
    }

    /// The command is built already: as it would be installed.
    fn installs(&mut self, package: &str) {
        let installed = self.folder.join(package).canonicalize().unwrap();
        assert_eq!(installed, Path::new(env!("CARGO_MANIFEST_DIR")), "the package that is to be installed");
        let programs = Path::new(env!("CARGO_BIN_EXE_cargo-selvedge")).parent().unwrap();
        self.path = format!("{}:{}", programs.display(), self.path);
    }

    fn run(&self, line: &str) -> Output {
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(&self.folder).env("PATH", &self.path);
        shell.env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("quick-start-target"));
        shell.env("CARGO_NET_OFFLINE", "true").env("CARGO_TERM_COLOR", "never").env("NO_COLOR", "1");
        for variable in ["RUSTFLAGS", "RUST_BACKTRACE", "CARGO", "COLUMNS", "SELVEDGE_REPLAY"] {
            shell.env_remove(variable);
        }
        shell.output().unwrap()
    }

    /// A command whose output the page does not show is to pass, and so is one of which it shows no failure.
    fn check_last(&mut self) {
        if let Some((line, output)) = self.last.take() {
            assert!(output.status.success(), "`{line}` fails:\n{}", said(&output));
        }
    }

    fn compares(&mut self, lines: &[String], blocks_left: usize) {
        let (line, output) = self.last.take().expect("a command before what is printed");
        let fails = lines.iter().any(|line| line.starts_with("FAIL"));
        assert_eq!(output.status.success(), !fails, "`{line}`:\n{}", said(&output));
        let text = said(&output);
        let printed: Vec<_> = text.lines().map(str::trim_end).collect();
        let shows = |at: &[&str]| at.iter().zip(lines).all(|(printed, shown)| is_like(printed, shown));
        assert!(
            printed.windows(lines.len()).any(shows),
            "`{line}`, {blocks_left} blocks before the end of the page, does not print\n{}\nbut\n{text}",
            lines.join("\n")
        );
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.all);
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Whether a line is printed as the page shows it, whose `…` before ` s` stands for a time.
fn is_like(printed: &str, shown: &str) -> bool {
    match shown.split_once("in … s") {
        Some((before, after)) => {
            let time = printed.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
            time.is_some_and(|time| time.starts_with("in ") && time.ends_with(" s"))
        }
        None => printed == shown.trim_end(),
    }
}

/// The files of a folder by their names, without what cargo writes.
fn files(folder: &Path) -> Vec<(String, String)> {
    let names = ["Cargo.toml", "clippy.toml", "src/lib.rs", "src/sync.rs"];
    names.map(|name| (name.to_owned(), fs::read_to_string(folder.join(name)).unwrap())).into()
}

/// What a line replays.
fn schedule(line: &str) -> String {
    let (_, rest) = line.split_once("SELVEDGE_REPLAY=").unwrap();
    rest.split(' ').next().unwrap().to_owned()
}

#[test]
fn each_line_of_the_page_does_what_the_page_says() {
    let page = fs::read_to_string(Newcomer::workspace().join("docs/quick-start.md")).unwrap();
    let mut newcomer = Newcomer::new();
    let mut blocks = blocks(&page);
    assert!(blocks.iter().filter(|block| matches!(block, Block::Printed(_))).count() >= 3, "{blocks:#?}");
    for left in (0..blocks.len()).rev() {
        newcomer.does(blocks.remove(0), left);
    }
    newcomer.check_last();

    newcomer.types("cargo fmt --check");
    newcomer.check_last();
    let template = Newcomer::workspace().join("examples/quick-start");
    for ((name, page), (_, kept)) in files(&newcomer.folder).into_iter().zip(files(&template)) {
        let here = page.replace("\"../selvedge/checker\"", "\"../../checker\"");
        assert_eq!(
            here,
            kept.replace("\n[workspace]\n", ""),
            "examples/quick-start/{name} is not the page's"
        );
    }

    // The chapter that goes on from there has another model of the same crate.
    let chapter = fs::read_to_string(Newcomer::workspace().join("docs/gating-your-code.md")).unwrap();
    let model = chapter.split("```rust\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    let file = newcomer.folder.join("src/lib.rs");
    let text = fs::read_to_string(&file).unwrap();
    let models = text.trim_end().strip_suffix('}').unwrap();
    fs::write(&file, format!("{models}\n{model}}}\n")).unwrap();
    newcomer.types("RUSTFLAGS='--cfg loom' cargo test no_more_tickets");
    newcomer.compares(&["test models::no_more_tickets_are_sold_than_there_are ... ok".to_owned()], 0);
    let replay = |page: &str| page.lines().find(|line| line.contains("SELVEDGE_REPLAY=1")).map(schedule);
    assert_eq!(replay(&chapter), replay(&page), "the chapter's replay is the page's");

    // The lint that the page ends with sees what it is for.
    fs::write(
        &file,
        text + "\n/// A lock.\npub static LOCK: std::sync::Mutex<()> = std::sync::Mutex::new(());\n",
    )
    .unwrap();
    let output = newcomer.run("RUSTFLAGS='--cfg loom' cargo clippy -- -D warnings");
    assert!(!output.status.success() && said(&output).contains("use crate::sync"), "{}", said(&output));

    fs::write(&file, model_of_the_page(&page)).unwrap();
    commands::check(&newcomer);
    fs::write(&file, model_of_the_page(&page)).unwrap();
    action::check(&newcomer);
}

/// The page's crate before the mend.
fn model_of_the_page(page: &str) -> String {
    let first = |block| match block {
        Block::File { name, text } if name == "src/lib.rs" => Some(text),
        _ => None,
    };
    blocks(page).into_iter().find_map(first).unwrap()
}
