//! Writes one module for each variant of each exercise, so that one test binary has them all.
//!
//! In the model-checking build the modules are the files themselves. In the plain build they are copies in which Selvedge's
//! names are std's: the same programs, to be run on real threads.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR").expect("cargo says where the package is"));
    let out = PathBuf::from(env::var("OUT_DIR").expect("cargo says where to write"));
    // loom, which gives a second opinion on other models, has neither the timeouts nor the names that these programs use.
    let is_on_loom = env::var("CARGO_FEATURE_UPSTREAM_LOOM").is_ok();
    let explores = env::var("CARGO_CFG_LOOM").is_ok() && !is_on_loom;
    println!("cargo::rustc-check-cfg=cfg(explores)");
    if explores {
        println!("cargo::rustc-cfg=explores");
    }
    let programs = root.join("programs");
    println!("cargo::rerun-if-changed={}", programs.display());

    let (mut modules, mut table, mut tests) = (String::new(), String::new(), String::new());
    for folder in entries(&programs).into_iter().filter(|path| path.is_dir()) {
        let exercise = stem(&folder);
        let module = exercise.replace('-', "_");
        let mut variants = String::new();
        for file in entries(&folder).into_iter().filter(|path| is_variant(path)) {
            let variant = stem(&file);
            let name = variant.replace('-', "_");
            let place = |file: &Path| match explores {
                true => file.to_owned(),
                false => on_real_threads(file, &out.join(&exercise)),
            };
            let (program, check) = (place(&file), place(&folder.join("check.rs")));
            let _ = write!(
                variants,
                "pub mod {name} {{ #[path = {program:?}] pub mod program; #[path = {check:?}] pub mod check; }}"
            );
            let _ = write!(
                table,
                "Program {{ exercise: {exercise:?}, variant: {variant:?}, check: {module}::{name}::check::check }},"
            );
        }
        let _ = write!(modules, "#[allow({ALLOWED})] mod {module} {{ {variants} }}");
        let _ = write!(tests, "#[test] fn {module}() {{ crate::exercise({exercise:?}); }}");
    }
    let table = format!("const PROGRAMS: &[Program] = &[{table}];");
    let text = format!("{modules} {table} mod each {{ {tests} }}");
    fs::write(out.join("programs.rs"), text).expect("the folder for what is generated can be written");
}

/// Programs are wrong on purpose, and not every variant uses all that the check or the start does.
const ALLOWED: &str = "unused, dead_code, missing_docs, clippy::all";

fn is_variant(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("check.rs")
}

/// The files of a folder, in the order of their names.
fn entries(folder: &Path) -> Vec<PathBuf> {
    let read = fs::read_dir(folder).expect("the exercises can be read");
    let mut found: Vec<_> = read.map(|entry| entry.expect("the exercises can be read").path()).collect();
    found.sort();
    found
}

fn stem(path: &Path) -> String {
    path.file_stem().expect("a file has a name").to_str().expect("the names are ASCII").to_owned()
}

/// Copies a program to `folder`, with std's names in the place of Selvedge's.
fn on_real_threads(file: &Path, folder: &Path) -> PathBuf {
    let text = fs::read_to_string(file).expect("the exercises can be read");
    let text = text.replace("selvedge::", "selvedge_exercises::native::");
    let copy = folder.join(file.file_name().expect("a file has a name"));
    fs::create_dir_all(folder).expect("the folder for what is generated can be written");
    fs::write(&copy, text).expect("the folder for what is generated can be written");
    copy
}
