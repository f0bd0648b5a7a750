//! The page in a browser, where one is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use cargo_selvedge::{Document, html};

use crate::documents;

const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "chrome"];

fn browser() -> Option<&'static str> {
    let runs = |name: &&&str| {
        let mut command = Command::new(name);
        command.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    };
    BROWSERS.iter().find(runs).copied()
}

/// The page of a document, and `script` that runs at its end.
fn page(document: &Document, name: &str, script: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("pages");
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join(name).with_extension("html");
    let page = html::render(document).replace("</body>", &format!("<script>{script}</script></body>"));
    fs::write(&file, page).unwrap();
    file
}

/// The number of the step that the page shows as the present one, when it has loaded.
fn step_shown(browser: &str, file: &Path, fragment: &str) -> Option<u32> {
    let output = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=2000", "--dump-dom"])
        .arg(format!("--user-data-dir={}", file.with_extension("profile").display()))
        .arg(format!("file://{}{fragment}", file.display()))
        .output()
        .unwrap();
    let dom = String::from_utf8(output.stdout).unwrap();
    assert!(
        dom.contains("</html>"),
        "the browser shows no page: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    let rows: Vec<_> = dom.split("<tr ").filter(|row| row.starts_with("id=\"s")).collect();
    let now: Vec<_> =
        rows.iter().filter(|row| row.split('>').next().unwrap().contains("class=\"now\"")).collect();
    assert!(now.len() <= 1, "{} steps are the present one", now.len());
    let number = now.first()?.strip_prefix("id=\"s")?.split('"').next()?;
    number.parse().ok()
}

#[test]
fn links_and_keys_choose_the_step() {
    let Some(browser) = browser() else {
        eprintln!("skipped: none of {BROWSERS:?} is installed");
        return;
    };
    let document = documents().remove(0);
    assert_eq!(document.name, "lost update");
    let steps = document.counterexample.as_ref().unwrap().operations().count() as u32;
    let plain = page(&document, "plain", "");
    assert_eq!(step_shown(browser, &plain, ""), Some(steps), "the last step, where it fails");
    assert_eq!(step_shown(browser, &plain, "#step=3"), Some(3), "a link to a step");
    assert_eq!(step_shown(browser, &plain, "#step=99"), Some(steps), "a link to a step that is not there");

    let press = |keys: &[&str]| {
        let presses = keys
            .iter()
            .map(|key| format!("dispatchEvent(new KeyboardEvent('keydown', {{ key: '{key}' }}));"));
        page(&document, &format!("keys-{}", keys.join("-")), &presses.collect::<String>())
    };
    // The last step reads what the one before it wrote, and that one, a write, sees nothing.
    for (keys, step) in [
        (&["Home"][..], 1),
        (&["k"], steps - 1),
        (&["Home", "j", "ArrowDown"], 3),
        (&["Home", "k"], 1),
        (&["w"], steps - 1),
        (&["w", "w"], steps - 1),
        (&["Home", "w"], 1),
    ] {
        assert_eq!(step_shown(browser, &press(keys), ""), Some(step), "{keys:?}");
    }
}
