//! loom by another: cargo is told to take the shim in its place, and the user's lock file stays as it is.
//!
//! Cargo writes down in the lock file what it takes. So the file is put back when the tests have run, also after Ctrl-C; while
//! they run it may be another. A lock file that has an older loom keeps cargo from taking the shim: then loom is updated first,
//! in that file alone.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::{fs, io};

use serde::Deserialize;

use crate::Trouble;

/// The shim in the place of loom, until this is dropped.
pub(crate) struct Patch {
    setting: String,
    /// Puts the lock file back.
    _lock: Kept,
}

/// A lock file that is put back.
struct Kept {
    file: PathBuf,
    /// `None`: there was none.
    before: Option<Vec<u8>>,
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    version: String,
    manifest_path: PathBuf,
}

impl Patch {
    /// Of the crate here, or the one whose manifest `arguments` name, with the shim in `folder`.
    ///
    /// # Errors
    ///
    /// When cargo does not take the shim, because no package depends on a loom that it can take the place of.
    pub(crate) fn new(folder: &Path, arguments: &[String]) -> Result<Self, Trouble> {
        let shim = fs::canonicalize(folder.join("Cargo.toml"))
            .map_err(|error| format!("--loom {}: there is no shim: {error}", folder.display()))?;
        let folder = std::path::absolute(folder)?;
        let setting = format!("patch.crates-io.loom.path={:?}", folder.display().to_string());
        let manifest = manifest_of(arguments);
        // From here on the child gets Ctrl-C, and this lives on to put the file back.
        let _ = ctrlc::set_handler(|| ());
        let patch = Patch { setting, _lock: Kept::new(&manifest)? };
        let looms = patch.looms(&manifest)?;
        if looms.iter().any(|loom| loom.manifest_path == shim) {
            return Ok(patch);
        }
        // Of what is here already if possible.
        if !looms.is_empty() && !patch.update(&manifest, true)? {
            patch.update(&manifest, false)?;
        }
        let looms = if looms.is_empty() { looms } else { patch.looms(&manifest)? };
        if looms.iter().any(|loom| loom.manifest_path == shim) {
            return Ok(patch);
        }
        let versions: Vec<_> = looms.iter().map(|loom| loom.version.as_str()).collect();
        let uses = match versions[..] {
            [] => "no package depends on loom".to_owned(),
            _ => format!("what is here depends on loom {}", versions.join(" and ")),
        };
        Err(format!(
            "--loom is not used: {uses}, and the shim in {} takes the place of loom {} alone",
            folder.display(),
            version_of(&shim)?
        )
        .into())
    }

    /// What cargo is to be told.
    pub(crate) fn setting(&self) -> &str {
        &self.setting
    }

    /// The looms that cargo takes.
    fn looms(&self, manifest: &[String]) -> Result<Vec<Package>, Trouble> {
        let mut command = cargo_selvedge::cargo();
        command.args(["metadata", "--format-version=1", "--quiet", "--config", &self.setting]).args(manifest);
        let output = command.stderr(Stdio::inherit()).output()?;
        if !output.status.success() {
            return Err("cargo does not find out what the crate depends on".into());
        }
        let Metadata { mut packages } = serde_json::from_slice(&output.stdout)?;
        packages.retain(|package| package.name == "loom");
        for package in &mut packages {
            package.manifest_path = fs::canonicalize(&package.manifest_path)?;
        }
        Ok(packages)
    }

    /// Takes the newest loom that may be taken.
    fn update(&self, manifest: &[String], offline: bool) -> io::Result<bool> {
        let mut command = cargo_selvedge::cargo();
        command.args(["update", "--quiet", "loom", "--config", &self.setting]).args(manifest);
        command.args(offline.then_some("--offline"));
        Ok(command.stdout(Stdio::null()).stderr(Stdio::null()).status()?.success())
    }
}

impl Kept {
    fn new(manifest: &[String]) -> Result<Self, Trouble> {
        let mut command = cargo_selvedge::cargo();
        command.args(["locate-project", "--workspace", "--message-format=plain"]).args(manifest);
        let output = command.stderr(Stdio::inherit()).output()?;
        let root = PathBuf::from(String::from_utf8(output.stdout)?.trim());
        if !output.status.success() || root.as_os_str().is_empty() {
            return Err("there is no crate here".into());
        }
        let file = root.with_file_name("Cargo.lock");
        let before = match fs::read(&file) {
            Ok(bytes) => Some(bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(format!("{}: {error}", file.display()).into()),
        };
        Ok(Kept { file, before })
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        let done = match &self.before {
            Some(before) if fs::read(&self.file).is_ok_and(|now| now == *before) => Ok(()),
            Some(before) => fs::write(&self.file, before),
            None if self.file.exists() => fs::remove_file(&self.file),
            None => Ok(()),
        };
        if let Err(error) = done {
            anstream::eprintln!("error: {} is not as it was: {error}", self.file.display());
        }
    }
}

/// The arguments that name the manifest, if any do.
fn manifest_of(arguments: &[String]) -> Vec<String> {
    let option = "--manifest-path";
    let own = arguments.iter().take_while(|argument| *argument != "--");
    let at = own.clone().position(|argument| argument.starts_with(option));
    at.map_or_else(Vec::new, |at| {
        let many = if arguments[at] == option { 2 } else { 1 };
        arguments[at..].iter().take(many).cloned().collect()
    })
}

/// The version in a manifest.
fn version_of(manifest: &Path) -> io::Result<String> {
    let text = fs::read_to_string(manifest)?;
    let line = text.lines().find_map(|line| line.strip_prefix("version = "));
    Ok(line.unwrap_or_default().trim_matches('"').to_owned())
}
