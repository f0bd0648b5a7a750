//! Builds what stands in std's place.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, fs};

use serde::Deserialize;

use crate::Trouble;

/// The crates of `checker/std`, compiled.
pub(super) struct Facade {
    /// The compiled crates that take the names of std's.
    std: PathBuf,
    core: PathBuf,
    alloc: PathBuf,
    /// The machine that is built for, which is this one.
    target: String,
    /// Of all that is linked: another facade makes other units.
    digest: u64,
}

/// A line of what cargo tells of a build.
#[derive(Deserialize)]
struct Message {
    target: Option<Target>,
    #[serde(default)]
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}

impl Facade {
    /// Compiles what has changed. Cargo shows its progress.
    pub(super) fn build() -> Result<Self, Trouble> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../std");
        let manifest = folder.join("Cargo.toml").canonicalize().map_err(|error| {
            format!("what stands in std's place is not at {}: {error}. It belongs to the checkout that this command was built from", folder.display())
        })?;
        let target = host()?;
        let mut cargo = cargo_selvedge::cargo();
        cargo.args(["build", "--release", "--workspace", "--locked", "--target", &target]);
        cargo.args(["--message-format", "json-render-diagnostics", "--manifest-path"]).arg(&manifest);
        cargo.arg("--target-dir").arg(folder.join("target"));
        // The handles of std's that become those of trait objects are what stable Rust lets nobody else write.
        cargo.env("RUSTC_BOOTSTRAP", "selvedge_std");
        // What the user's build asks for is not for this one.
        for variable in ["RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER"] {
            cargo.env_remove(variable);
        }
        let output = cargo.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err("what stands in std's place does not compile with this toolchain".into());
        }
        let text = String::from_utf8(output.stdout)?;
        let messages: Vec<Message> =
            text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
        let library = |name: &str| {
            let of = |message: &&Message| message.target.as_ref().is_some_and(|target| target.name == name);
            let files = messages.iter().filter(of).flat_map(|message| &message.filenames);
            let found = files.into_iter().find(|file| file.extension().is_some_and(|e| e == "rlib"));
            found.cloned().ok_or_else(|| format!("cargo has not built {name}"))
        };
        let [std, core, alloc, selvedge] = [
            library("selvedge_std")?,
            library("selvedge_core")?,
            library("selvedge_alloc")?,
            library("selvedge")?,
        ];
        let mut digest = DefaultHasher::new();
        for file in [&std, &core, &alloc, &selvedge] {
            fs::read(file)?.hash(&mut digest);
        }
        Ok(Facade { std, core, alloc, target, digest: digest.finish() })
    }

    /// The compiled crates by the names that they take.
    pub(super) fn crates(&self) -> [(&'static str, &Path); 2] {
        [("std", &self.std), ("core", &self.core)]
    }

    /// What takes the place of alloc.
    pub(super) fn alloc(&self) -> &Path {
        &self.alloc
    }

    /// Where their dependencies are: those for this target, and macros, which run on the host.
    pub(super) fn dependencies(&self) -> [PathBuf; 2] {
        let beside = self.std.parent().unwrap_or(Path::new("")).join("deps");
        let host = beside.ancestors().nth(3).unwrap_or(Path::new("")).join("release/deps");
        [beside, host]
    }

    pub(super) fn target(&self) -> &str {
        &self.target
    }

    pub(super) fn digest(&self) -> u64 {
        self.digest
    }
}

/// The machine that the compiler runs on.
fn host() -> Result<String, Trouble> {
    let rustc = Command::new(rustc()).arg("-vV").output()?;
    let text = String::from_utf8(rustc.stdout)?;
    let host = text.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.ok_or("the compiler does not say what it runs on")?.to_owned())
}

pub(super) fn rustc() -> std::ffi::OsString {
    env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}
