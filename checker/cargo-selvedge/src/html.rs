//! One report as one page: no network, readable without scripts, in print, in the dark, and from the keyboard.

use std::collections::BTreeMap;

use minijinja::value::Value;
use minijinja::{AutoEscape, Environment, context};

use crate::abridged::Abridged;
use crate::document::Document;
use crate::drawing;

const TEMPLATE: &str = include_str!("../templates/report.html");

/// Renders `document`, or as much of it as fits a page: it says what it leaves out.
pub fn render(document: &Document) -> String {
    let Abridged { document, undrawn, unseen } = &Abridged::of(document);
    let mut environment = Environment::new();
    environment.set_auto_escape_callback(|_| AutoEscape::Html);
    environment.add_template("report", TEMPLATE).expect("the template is part of this crate");
    let template = environment.get_template("report").expect("it was added");
    let drawn = document.counterexample.as_ref().filter(|_| undrawn.is_none());
    let drawing = drawn.map(drawing::draw);
    let passing =
        document.counterexample.as_ref().and_then(|f| f.passing.as_ref()).map(drawing::draw_passing);
    let samples: BTreeMap<_, _> = document.samples.iter().map(|s| (&s.outcome, &s.schedule)).collect();
    let json = serde_json::to_string(document).expect("strings and numbers are JSON");
    let values = context! {
        document => document,
        samples => samples,
        undrawn => undrawn.map(|operations| thousands(operations as u64)),
        unseen => (*unseen > 0).then(|| thousands(*unseen as u64)),
        word => document.word(),
        headline => document.headline(),
        executions => thousands(document.executions),
        blocked => thousands(document.blocked),
        memory => document.counterexample.as_ref().and_then(|f| f.memory).map(|memory| memory.sentence()),
        drawing => drawing.map(Value::from_safe_string),
        passing => passing.map(Value::from_safe_string),
        // A script ends at the first `</script`, whatever is around it.
        json => Value::from_safe_string(json.replace("</", "<\\/")),
    };
    template.render(values).expect("the template uses what it is given")
}

/// A count with its thousands set apart.
pub fn thousands(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}
