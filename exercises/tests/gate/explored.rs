//! Every execution of every variant.

use selvedge_exercises::description::Exercise;
use selvedge_exercises::{Explored, Judgement, explore};

use super::{described, variant};

/// Explores the variants of one exercise, and collects what is not as described: one run then tells all of it.
pub(super) fn exercise(name: &str) {
    let exercise = described(name);
    let mut wrong = Vec::new();
    start_fails_as_declared(&exercise, &mut wrong);
    mends_are_judged_as_declared(&exercise, &mut wrong);
    assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
}

fn explored(exercise: &Exercise, file: &str) -> (Explored, Judgement) {
    let explored = Explored::of(&explore(&exercise.settings(), variant(&exercise.name, file)));
    let judgement = explored.judge(&exercise.description);
    println!("{:<24} {file:<32} {:>7} executions  {judgement:?}", exercise.name, explored.executions);
    (explored, judgement)
}

fn start_fails_as_declared(exercise: &Exercise, wrong: &mut Vec<String>) {
    let description = &exercise.description;
    let declared = Judgement::Fails { kind: description.fails.clone(), class: description.named.clone() };
    let (_, judgement) = explored(exercise, "start");
    if judgement != declared {
        wrong.push(format!("start: {judgement:?}, and declared is {declared:?}"));
    }
}

fn mends_are_judged_as_declared(exercise: &Exercise, wrong: &mut Vec<String>) {
    let description = &exercise.description;
    for mend in &description.wrong {
        let (_, judgement) = explored(exercise, &mend.file);
        if !matches!(&judgement, Judgement::Fails { kind, .. } if *kind == mend.fails) {
            wrong
                .push(format!("{}: {judgement:?}, and declared is that it fails: {}", mend.file, mend.fails));
        }
    }
    for mend in &description.over {
        let (explored, judgement) = explored(exercise, &mend.file);
        if judgement != (Judgement::TooMuch { gone: mend.gone.clone() }) {
            let outcomes = explored.outcomes();
            wrong.push(format!("{}: {judgement:?}, and declared is too much: {outcomes:?}", mend.file));
        }
    }
    for mend in &description.right {
        let (explored, judgement) = explored(exercise, &mend.file);
        if judgement != Judgement::Mended {
            let outcomes = explored.outcomes();
            wrong.push(format!("{}: {judgement:?}, and declared is right: {outcomes:?}", mend.file));
        }
    }
}
