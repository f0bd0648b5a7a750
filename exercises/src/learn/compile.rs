//! A program that explores the learner's: rustc is called directly, with the libraries that cargo has built. That takes a
//! fraction of what cargo takes to find out that nothing else has changed.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use selvedge_exercises::description::Exercise;
use serde::Deserialize;

use crate::Trouble;
use crate::folder::Folder;

/// The libraries that programs use.
pub(crate) struct Libraries {
    /// Each with its name and its file.
    files: Vec<(&'static str, PathBuf)>,
}

const NAMES: [&str; 3] = ["selvedge", "selvedge_primitives", "selvedge_exercises"];

/// What cargo says about something that it has built, as far as it is of interest.
#[derive(Deserialize)]
struct Built {
    target: Target,
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

impl Libraries {
    /// Asks cargo, which builds what is missing: nothing, for `learn` itself uses them.
    pub(crate) fn find() -> Result<Self, Trouble> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["build", "--quiet", "--lib", "--message-format", "json", "--manifest-path"])
            .arg(manifest);
        cargo.args(["--config", "build.rustflags=['--cfg','loom']"]);
        if !cfg!(debug_assertions) {
            cargo.arg("--release");
        }
        let output = cargo.stderr(Stdio::inherit()).output();
        let output = output.map_err(|error| Trouble::Other(format!("cannot run cargo: {error}")))?;
        if !output.status.success() {
            return Err(Trouble::Other("cargo cannot build the libraries that programs use".to_owned()));
        }
        let said = String::from_utf8_lossy(&output.stdout);
        let built: Vec<Built> = said.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let files = NAMES.into_iter().map(|name| Some((name, library(&built, name)?)));
        let files = files.collect::<Option<Vec<_>>>();
        files
            .map(|files| Libraries { files })
            .ok_or_else(|| Trouble::Other("cargo does not say where the libraries are".to_owned()))
    }
}

fn library(built: &[Built], name: &str) -> Option<PathBuf> {
    let of = |built: &&Built| built.target.name == name && built.target.kind.iter().any(|kind| kind == "lib");
    let files: Vec<_> = built.iter().filter(of).flat_map(|built| &built.filenames).collect();
    let with = |ending: &str| {
        files.iter().find(|file| file.extension().is_some_and(|extension| extension == ending)).copied()
    };
    // Another build may replace the file that cargo puts beside the command, and not the one with a hash in its name.
    let hashed = with("rmeta").map(|file| file.with_extension("rlib")).filter(|file| file.exists());
    hashed.or_else(|| with("rlib").cloned())
}

/// Compiles the learner's program with the exercise's check. What rustc says about errors is printed.
///
/// Returns nothing where it does not compile.
pub(crate) fn compile(
    libraries: &Libraries,
    folder: &Folder,
    exercise: &Exercise,
    program: &Path,
) -> Result<Option<PathBuf>, Trouble> {
    let build = folder.build(exercise)?;
    let main = build.join("main.rs");
    let settings = exercise.settings();
    let text = format!(
        "#[path = {program:?}]\nmod program;\n#[path = {check:?}]\nmod check;\n\
         fn main() -> std::process::ExitCode {{\n    \
         let settings = selvedge_exercises::Settings {{ name: {name:?}.to_owned(), spurious_wakeups: {spurious} }};\n    \
         selvedge_exercises::main(&settings, check::check)\n}}\n",
        check = exercise.file("check"),
        name = settings.name,
        spurious = settings.spurious_wakeups,
    );
    fs::write(&main, text).map_err(|error| Trouble::file("write", &main, &error))?;
    let out = build.join("program");
    let mut rustc = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
    rustc.args(["--edition", "2024", "--cfg", "loom", "--crate-name", "program", "--cap-lints", "allow"]);
    // The libraries are optimised; the learner's program is a page, and the linker takes most of the time.
    rustc.args(["-C", "opt-level=0", "-C", "debuginfo=0", "-C", "strip=debuginfo"]);
    // Reports and errors name files as the learner does, from the root of the workspace.
    let mut from_root = root().into_os_string();
    from_root.push("/=");
    rustc.arg("--remap-path-prefix").arg(from_root);
    for (name, file) in &libraries.files {
        let mut library = std::ffi::OsString::from(format!("{name}="));
        library.push(file);
        rustc.arg("--extern").arg(library);
        if let Some(beside) = file.parent() {
            rustc.arg("-L").arg(dependency(&beside.join("deps"))).arg("-L").arg(dependency(beside));
        }
    }
    let status = rustc.arg("-o").arg(&out).arg(&main).status();
    let status = status.map_err(|error| Trouble::Other(format!("cannot run rustc: {error}")))?;
    Ok(status.success().then_some(out))
}

/// The root of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the package is in a workspace").to_owned()
}

fn dependency(folder: &Path) -> std::ffi::OsString {
    let mut path = std::ffi::OsString::from("dependency=");
    path.push(folder);
    path
}
