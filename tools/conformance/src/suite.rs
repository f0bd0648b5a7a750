//! Which tests there are, and how they are built: from the registry's own source files, in packages that are made for the
//! purpose beside the build's other products.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

/// A published crate whose loom tests are run.
pub(crate) struct Crate {
    pub(crate) name: &'static str,
    version: &'static str,
    /// Its features that the tests need. The tests have features of the same names.
    features: &'static [&'static str],
    /// Files of its `tests` folder; none: all.
    files: &'static [&'static str],
    /// What else these use, as lines of a manifest.
    uses: &'static str,
}

pub(crate) static CRATES: [Crate; 5] = [
    Crate {
        name: "loom",
        version: "0.7.3",
        features: &["futures"],
        files: &[],
        uses: "futures-util = '0.3'",
    },
    Crate {
        name: "concurrent-queue",
        version: "2.5.0",
        features: &["loom"],
        files: &["loom"],
        uses: "loom = '0.7'",
    },
    Crate {
        name: "event-listener",
        version: "5.4.2",
        features: &["loom"],
        files: &["loom"],
        uses: "loom = '0.7'\nwaker-fn = '1'",
    },
    Crate { name: "left-right", version: "0.11.8", features: &[], files: &["loom"], uses: "loom = '0.7'" },
    Crate { name: "parking", version: "2.2.1", features: &["loom"], files: &["loom"], uses: "loom = '0.7'" },
];

pub(crate) struct Test {
    /// The crate that it is from.
    pub(crate) of: &'static Crate,
    /// The file and the test.
    pub(crate) name: String,
    pub(crate) name_in_program: String,
    pub(crate) program: PathBuf,
    pub(crate) ignored: bool,
}

/// Builds the tests of the crates that are wanted.
pub(crate) fn tests(is_wanted: impl Fn(&str) -> bool) -> Result<Vec<Test>, String> {
    let program = std::env::current_exe().map_err(|e| e.to_string())?;
    let target = program.ancestors().nth(2).expect("cargo puts a program two folders deep");
    let root = target.join("conformance");
    let sources = sources(&root.join("sources"))?;
    let suite = root.join("suite");
    let members: Vec<_> = CRATES.iter().filter(|c| is_wanted(c.name)).collect();
    let names: Vec<_> = members.iter().map(|c| format!("'{}'", c.name)).collect();
    let shim = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../checker/loom");
    write(
        &suite.join("Cargo.toml"),
        &format!(
            "[workspace]\nresolver = '3'\nmembers = [{}]\n\n[patch.crates-io]\nloom = {{ path = {shim:?} }}\n",
            names.join(", ")
        ),
    )?;
    for member in members {
        let found = sources.iter().find(|p| p["name"] == member.name && p["version"] == member.version);
        let package =
            found.ok_or_else(|| format!("cargo did not fetch {} {}", member.name, member.version))?;
        write(&suite.join(member.name).join("Cargo.toml"), &manifest(member, package)?)?;
        write(&suite.join(member.name).join("lib.rs"), "")?;
    }
    let mut built = cargo(&suite, "--cfg loom --cap-lints allow");
    built.args(["test", "--workspace", "--no-run", "--release", "--message-format", "json"]);
    built.arg("--target-dir").arg(root.join("build"));
    let mut tests = Vec::new();
    for message in output(&mut built)?.lines().filter_map(|l| serde_json::from_str::<Value>(l).ok()) {
        let Some(program) = message["executable"].as_str().filter(|_| message["target"]["kind"][0] == "test")
        else {
            continue;
        };
        let manifest = Path::new(message["manifest_path"].as_str().unwrap_or_default());
        let folder = manifest.parent().and_then(Path::file_name).unwrap_or_default();
        let of = CRATES.iter().find(|c| folder == c.name).ok_or("a test of no crate was built")?;
        let file = message["target"]["name"].as_str().unwrap_or_default();
        let list = |which: &[&str]| {
            let mut list = Command::new(program);
            output(list.args(["--list", "--format", "terse"]).args(which))
        };
        let ignored = list(&["--ignored"])?;
        for name in list(&[])?.lines().filter_map(|l| l.strip_suffix(": test")) {
            tests.push(Test {
                of,
                name: format!("{file}::{name}"),
                name_in_program: name.to_owned(),
                program: program.into(),
                ignored: ignored.lines().any(|l| l.strip_suffix(": test") == Some(name)),
            });
        }
    }
    Ok(tests)
}

/// Has cargo fetch the crates, and returns what it says of each package.
fn sources(folder: &Path) -> Result<Vec<Value>, String> {
    let mut manifest =
        "[package]\nname = 'sources'\nedition = '2024'\n\n[lib]\npath = 'lib.rs'\n\n[workspace]\n\n\
                        [dependencies]\n"
            .to_owned();
    for c in &CRATES {
        writeln!(manifest, "{} = '={}'", c.name, c.version).unwrap();
    }
    write(&folder.join("Cargo.toml"), &manifest)?;
    write(&folder.join("lib.rs"), "")?;
    let version = output(Command::new("rustc").arg("-vV"))?;
    let host =
        version.lines().find_map(|l| l.strip_prefix("host: ")).ok_or("rustc does not name its host")?;
    let mut metadata = cargo(folder, "--cfg loom");
    let told = output(metadata.args(["metadata", "--format-version", "1", "--filter-platform", host]))?;
    let mut told: Value = serde_json::from_str(&told).map_err(|e| e.to_string())?;
    match told["packages"].take() {
        Value::Array(packages) => Ok(packages),
        _ => Err("cargo metadata names no packages".to_owned()),
    }
}

/// A package whose tests are the crate's own files.
fn manifest(of: &Crate, package: &Value) -> Result<String, String> {
    let source = package["manifest_path"].as_str().map(Path::new).and_then(Path::parent);
    let folder = source.ok_or("cargo metadata names no folder")?.join("tests");
    let mut files: Vec<String> = of.files.iter().map(|f| format!("{f}.rs")).collect();
    if files.is_empty() {
        let entries = fs::read_dir(&folder).map_err(|e| format!("{}: {e}", folder.display()))?;
        files = entries.flatten().map(|e| e.file_name().to_string_lossy().into_owned()).collect();
        files.retain(|f| f.ends_with(".rs"));
        files.sort();
    }
    let own: String = of.features.iter().map(|f| format!("{f} = []\n")).collect();
    let mut manifest = format!(
        "[package]\nname = 'tests-of-{name}'\nedition = {edition}\nautotests = false\n\n\
         [lib]\npath = 'lib.rs'\n\n\
         [features]\ndefault = {features:?}\n{own}\n\
         [dependencies]\n{name} = {{ version = '={version}', features = {features:?} }}\n{uses}\n",
        name = of.name,
        edition = package["edition"],
        version = of.version,
        features = of.features,
        uses = of.uses,
    );
    for file in files {
        let path = folder.join(&file);
        write!(manifest, "\n[[test]]\nname = '{}'\npath = {path:?}\n", &file[..file.len() - 3]).unwrap();
    }
    Ok(manifest)
}

fn cargo(folder: &Path, flags: &str) -> Command {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(folder).env("RUSTFLAGS", flags);
    cargo
}

fn output(command: &mut Command) -> Result<String, String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|e| format!("{command:?}: {e}"))?;
    if !output.status.success() {
        return Err(format!("{command:?} failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|e| e.to_string())
}

/// Leaves a file alone that is as wanted, so that cargo does not build what has not changed.
fn write(path: &Path, text: &str) -> Result<(), String> {
    if fs::read_to_string(path).is_ok_and(|old| old == text) {
        return Ok(());
    }
    let folder = path.parent().expect("a file is in a folder");
    fs::create_dir_all(folder)
        .and_then(|()| fs::write(path, text))
        .map_err(|e| format!("{}: {e}", path.display()))
}
