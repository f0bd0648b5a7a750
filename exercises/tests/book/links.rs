//! Every link leads somewhere, and every page is in the table of contents.

use std::collections::BTreeSet;
use std::path::Path;

use crate::page::{anchors, chapters, links, pages, read, root};

/// Why a link leads nowhere.
fn broken(page: &Path, text: &str, link: &str) -> Option<String> {
    let (file, anchor) = link.split_once('#').unwrap_or((link, ""));
    let target = if file.is_empty() { page.to_owned() } else { page.with_file_name("").join(file) };
    if !target.exists() {
        return Some(format!("{}: there is no {link}", page.display()));
    }
    let is_page = target.extension().is_some_and(|extension| extension == "md");
    let there = || if file.is_empty() { anchors(text) } else { anchors(&read(&target)) };
    let leads = anchor.is_empty() || !is_page || there().iter().any(|heading| heading == anchor);
    (!leads).then(|| format!("{}: no heading is {link}", page.display()))
}

#[test]
fn every_relative_link_leads_somewhere() {
    let mut wrong = Vec::new();
    for page in pages() {
        let text = read(&page);
        let all = links(&text);
        let relative = all.iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:"));
        wrong.extend(relative.filter(|link| !link.is_empty()).filter_map(|link| broken(&page, &text, link)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_table_of_contents_has_no_empty_chapter_and_every_page() {
    let contents = links(&read(&root().join("docs/SUMMARY.md")));
    assert!(contents.iter().all(|link| !link.is_empty()), "a chapter is empty: {contents:?}");
    let once: BTreeSet<_> = contents.iter().cloned().collect();
    assert_eq!(once.len(), contents.len(), "a page is twice in the table of contents");
    let docs = root().join("docs");
    let pages = pages().into_iter().filter_map(|page| Some(page.strip_prefix(&docs).ok()?.to_owned()));
    let pages = pages.map(|page| page.to_string_lossy().replace('\\', "/"));
    let pages: BTreeSet<_> = pages.filter(|page| page != "SUMMARY.md").collect();
    assert_eq!(once, pages, "the table of contents, and the pages that there are");
}

#[test]
fn every_chapter_says_something() {
    /// What a chapter is made of. The rest of a heading is the chapter's own.
    const SECTIONS: [&str; 9] = [
        "## The program",
        "## Why people believe it",
        "## Break it yourself",
        "## The interleaving that breaks it",
        "## The mend",
        "## Wrong mends",
        "## At other sizes",
        "## Exercises",
        "## A question",
    ];
    for name in chapters() {
        let text = crate::page::chapter(&name);
        let found: Vec<_> = text.lines().filter(|line| line.starts_with("## ")).collect();
        assert_eq!(found, SECTIONS, "the sections of {name}");
        let lines = |section: &str| section.lines().filter(|line| !line.trim().is_empty()).count();
        let empty = text.split("\n## ").find(|section| lines(section) < 2);
        assert_eq!(empty, None, "a section of {name} is empty");
        let answers = text.matches("<details>").count();
        assert!(answers >= 1, "the question of {name} has no answer");
    }
}

/// A comment that begins a line ends the paragraph before it.
#[test]
fn no_line_begins_with_a_count() {
    for name in chapters() {
        let text = crate::page::chapter(&name);
        let line = text.lines().find(|line| line.trim_start().starts_with("<!-- generated: count"));
        assert_eq!(line, None, "{name}: a paragraph falls apart here");
    }
}
