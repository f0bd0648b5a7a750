//! Whether the arrows of a page are there for a reason.

use std::collections::BTreeSet;

use cargo_selvedge::{Document, Step};

/// Every arrow goes along something that orders, or carries a value: a thread's own steps, its start and its end, or something that
/// one thread changes and another then sees. That is more than happens before, and less than the order in which the steps were told.
pub(super) fn check(document: &Document) {
    let finding = document.counterexample.as_ref().expect("it fails");
    let steps = &finding.steps;
    let place = |number: usize| {
        steps.iter().position(|step| step.number == Some(number)).expect("a number is a step's")
    };
    for (at, step) in steps.iter().enumerate() {
        for from in step.after.iter().chain(&step.sees).map(|number| place(*number)) {
            assert!(
                reaches(steps, from, at),
                "{}: an arrow from {} to {}, which nothing connects",
                document.name,
                steps[from].text(),
                step.text()
            );
        }
        let seen = step.sees.map(place);
        assert!(
            seen.is_none_or(|write| changes(&steps[write])),
            "{}: {} is no write",
            document.name,
            steps[at].text()
        );
    }
}

fn changes(step: &Step) -> bool {
    step.effect != "reads" && step.effect != "misses"
}

/// Whether there is a way from a step to a later one.
fn reaches(steps: &[Step], from: usize, to: usize) -> bool {
    let mut reached = BTreeSet::from([from]);
    for next in from + 1..=to {
        if reached.iter().any(|step| connects(steps, *step, next)) {
            reached.insert(next);
        }
    }
    reached.contains(&to)
}

fn connects(steps: &[Step], one: usize, next: usize) -> bool {
    let (before, after) = (&steps[one], &steps[next]);
    let is_first = !steps[..next].iter().any(|step| step.thread == after.thread);
    let is_last = !steps[one + 1..].iter().any(|step| step.thread == before.thread);
    let own = before.thread == after.thread;
    let object = before.object.is_some() && before.object == after.object;
    let value = object && changes(before) && after.effect != "writes";
    own || value || (before.operation == "spawn" && is_first) || (is_last && after.operation == "join")
}
