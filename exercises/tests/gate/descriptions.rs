//! Descriptions are whole, and speak of what is there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use super::{PROGRAMS, course, described};

#[test]
fn every_exercise_is_in_one_part_of_the_course() {
    let course = course();
    let listed: Vec<_> = course.exercises().map(|exercise| exercise.name.as_str()).collect();
    let once: BTreeSet<_> = listed.iter().copied().collect();
    assert_eq!(listed.len(), once.len(), "an exercise is in two parts");
    let there: BTreeSet<_> = PROGRAMS.iter().map(|program| program.exercise).collect();
    assert_eq!(once, there, "course.toml, and the folders below programs");
}

#[test]
fn every_variant_is_described_and_there() {
    for exercise in course().exercises() {
        let description = &exercise.description;
        let wrong = description.wrong.iter().map(|mend| mend.file.as_str());
        let over = description.over.iter().map(|mend| mend.file.as_str());
        let right = description.right.iter().map(|mend| mend.file.as_str());
        let described: BTreeSet<_> = wrong.chain(over).chain(right).chain(["start"]).collect();
        let of_exercise = PROGRAMS.iter().filter(|program| program.exercise == exercise.name);
        let there: BTreeSet<_> = of_exercise.map(|program| program.variant).collect();
        assert_eq!(described, there, "{}: what is described, and the files", exercise.name);
        assert!(description.wrong.len() >= 2, "{}: one wrong mend is not enough", exercise.name);
        assert!(!description.over.is_empty(), "{}: no mend does too much", exercise.name);
        assert!(!description.right.is_empty(), "{}: no mend is right", exercise.name);
    }
}

#[test]
fn every_text_says_something() {
    for exercise in course().exercises() {
        let d = &exercise.description;
        let mends = d.wrong.iter().map(|mend| &mend.because);
        let mends = mends.chain(d.over.iter().map(|mend| &mend.because));
        let mends = mends.chain(d.right.iter().map(|mend| &mend.because));
        let texts = [&d.title, &d.class, &d.story, &d.guards, &d.why, &d.answer];
        let texts =
            texts.into_iter().chain(&d.hints).chain(mends).chain(d.good.iter().map(|good| &good.gone));
        for text in texts {
            assert!(!text.trim().is_empty(), "{}: a text is empty", exercise.name);
        }
        assert!(d.why.trim_end().ends_with('?'), "{}: why is no question", exercise.name);
        assert!(d.hints[0].trim_end().ends_with('?'), "{}: the first hint is no question", exercise.name);
    }
}

#[test]
fn what_a_mend_takes_away_is_good() {
    for exercise in course().exercises() {
        let description = &exercise.description;
        let good: BTreeSet<_> = description.good.iter().map(|good| good.outcome.as_str()).collect();
        for mend in &description.over {
            assert!(
                good.contains(mend.gone.as_str()),
                "{}: {} takes away {}",
                exercise.name,
                mend.file,
                mend.gone
            );
        }
        for outcome in good {
            let told = fs::read_to_string(exercise.file("check")).unwrap().contains(outcome);
            assert!(told, "{}: the check never tells `{outcome}`", exercise.name);
        }
    }
}

#[test]
fn every_class_has_an_exercise_and_a_harder_one() {
    let mut classes: BTreeMap<String, usize> = BTreeMap::new();
    for exercise in course().exercises() {
        *classes.entry(exercise.description.class.clone()).or_default() += 1;
    }
    for (class, exercises) in classes {
        assert!(exercises >= 2, "{class} has {exercises}");
    }
}

#[test]
fn programs_use_what_they_may() {
    for program in PROGRAMS {
        let file = described(program.exercise).file(program.variant);
        let misused = selvedge_exercises::misused(&fs::read_to_string(&file).unwrap());
        assert_eq!(misused, None, "{}: {}", program.exercise, program.variant);
    }
}

#[test]
fn the_book_lists_every_exercise() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/exercises.md");
    let (page, table) = (fs::read_to_string(page).unwrap(), course().table());
    assert!(page.contains(&table), "the table of docs/exercises.md has to be\n\n{table}");
}
