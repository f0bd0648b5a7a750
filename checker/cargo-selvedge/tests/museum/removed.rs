//! Published channels in copies that wake nobody: the deadlock is found, and the channels as they are published are verified.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{SECONDS, explored_in, prepared};

/// What wakes a receiver, by crate: the file, the text, and what takes its place.
const WAKE_UPS: [(&str, &str, &str, &str); 3] = [
    ("async-channel", "src/lib.rs", "self.channel.recv_ops.notify_additional(1);", ""),
    ("crossbeam-channel", "src/waker.rs", "inner.try_select();\n                inner.notify();", ""),
    ("flume", "src/signal.rs", "self.0.unpark();", ""),
];

#[test]
fn a_channel_that_wakes_nobody_deadlocks() {
    let (said, _) = explored_in(&prepared("removed", "current.lock"), SECONDS, &["--locked"]);
    assert!(said.contains("3 tests: 3 verified"), "{said}");
    let published = prepared("removed", "current.lock");
    let patched = published.with_file_name("patched");
    fs::create_dir_all(patched.join("src")).unwrap();
    fs::copy(published.join("src/lib.rs"), patched.join("src/lib.rs")).unwrap();
    let mut manifest = fs::read_to_string(published.join("Cargo.toml")).unwrap() + "\n[patch.crates-io]\n";
    for (name, file, text, instead) in WAKE_UPS {
        let copy = patched.join("without").join(name);
        copy_all(&source_of(&published, name), &copy);
        let source = fs::read_to_string(copy.join(file)).unwrap();
        assert!(source.contains(text), "{name} has no such line");
        fs::write(copy.join(file), source.replace(text, instead)).unwrap();
        manifest += &format!("{name} = {{ path = \"without/{name}\" }}\n");
    }
    fs::write(patched.join("Cargo.toml"), manifest).unwrap();
    fs::copy(published.join("Cargo.lock"), patched.join("Cargo.lock")).unwrap();
    let (said, _) = explored_in(&patched, SECONDS, &[]);
    assert!(said.contains("3 tests: 3 failed"), "{said}");
    assert_eq!(said.matches("FAIL  deadlock").count(), 3, "{said}");
}

/// The folder of a dependency's source, as cargo has it.
fn source_of(package: &Path, name: &str) -> PathBuf {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked"])
        .current_dir(package)
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let found = packages.iter().find(|package| package["name"] == name).unwrap();
    Path::new(found["manifest_path"].as_str().unwrap()).parent().unwrap().to_owned()
}

fn copy_all(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (from, to) = {
            let entry = entry.unwrap();
            (entry.path(), to.join(entry.file_name()))
        };
        if from.is_dir() {
            copy_all(&from, &to);
        } else {
            fs::write(&to, fs::read(&from).unwrap()).unwrap();
        }
    }
}
