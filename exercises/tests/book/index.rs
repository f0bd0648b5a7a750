//! Every example, every class and every exercise has its place in the book.

use std::collections::BTreeSet;

use selvedge_exercises::description::Course;
use selvedge_models::registry::MODELS;

use crate::page::{Part, chapter, chapters, links, parts, read, root};

fn course() -> Course {
    Course::read().unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn every_class_has_a_chapter_and_every_chapter_a_class() {
    let classes: BTreeSet<_> = course().exercises().map(|exercise| exercise.chapter()).collect();
    let there: BTreeSet<_> = chapters().into_iter().collect();
    assert_eq!(classes, there, "the classes of the exercises, and docs/chapters");
}

#[test]
fn every_exercise_is_in_its_chapter() {
    for exercise in course().exercises() {
        let text = chapter(&exercise.chapter());
        assert!(text.contains(&format!("`{}`", exercise.name)), "{} is not in its chapter", exercise.name);
    }
}

/// A row of the index.
struct Row {
    id: String,
    title: String,
    place: String,
}

/// The rows of the table of `docs/examples.md`.
fn rows() -> Vec<Row> {
    let page = read(&root().join("docs/examples.md"));
    let lines = page.lines().filter(|line| line.starts_with("| `"));
    lines
        .map(|line| {
            let mut cells = line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned());
            let mut next = || cells.next().unwrap_or_default();
            Row { id: next().replace('`', ""), title: next(), place: next() }
        })
        .collect()
}

#[test]
fn every_example_is_in_the_index_once() {
    let rows = rows();
    let listed: Vec<_> = rows.iter().map(|row| (row.id.as_str(), row.title.as_str())).collect();
    let there: Vec<_> = MODELS.iter().map(|model| (model.id, model.title)).collect();
    assert_eq!(listed, there, "the rows of docs/examples.md, and the examples");
}

/// A chapter that an example is in names it.
#[test]
fn every_example_is_in_the_chapter_that_the_index_names() {
    for Row { id, place, .. } in rows() {
        let chapters: Vec<_> = links(&place);
        if chapters.is_empty() {
            assert!(
                place.starts_with("no chapter: "),
                "{id} is in no chapter, and the index does not say why"
            );
        }
        for link in chapters.iter().filter_map(|link| link.strip_prefix("chapters/")) {
            let text = chapter(link.trim_end_matches(".md"));
            assert!(text.contains(&id), "{id} is not in {link}");
        }
    }
}

/// Numbers and programs that nobody would notice when they are no longer so.
#[test]
fn what_changes_is_generated() {
    for name in chapters() {
        let text = chapter(&name);
        for part in parts(&text) {
            let Part::Prose(prose) = part else { continue };
            assert!(!prose.contains("```rust"), "{name}: Rust stands outside of what is generated");
            assert!(!prose.contains("│"), "{name}: an interleaving stands outside of what is generated");
            let mut words = prose.split_whitespace().collect::<Vec<_>>();
            words.retain(|word| !word.is_empty());
            for pair in words.windows(2) {
                let is_number = pair[0].chars().next().is_some_and(|c| c.is_ascii_digit());
                assert!(
                    !(is_number && pair[1].starts_with("execution")),
                    "{name}: `{}` stands outside of what is generated",
                    pair.join(" ")
                );
            }
        }
    }
}
