//! Interleavings as drawings: those of the reports' pages, as files that a page of the book shows.

use cargo_selvedge::{Document, html};
use selvedge::Report;
use selvedge::report::{Sources, json};

/// The colours of the reports' pages, in the light and in the dark.
const STYLE: &str = "svg{--text:#1d2327;--dim:#5c6770;--card:#fff;--line:#d9d5cb;--bad:#b3261e;--hold:#2f6fb0}\
    @media(prefers-color-scheme:dark){svg{--text:#e6e3dc;--dim:#a0a7ad;--card:#1d2125;--line:#363c42;--bad:#ff8a80;--hold:#7fb4e8}}\
    text{font:12px ui-monospace,'DejaVu Sans Mono',monospace;fill:var(--text)}.name{font-weight:700;font-size:13px}\
    .number{fill:var(--dim);text-anchor:end}.life{stroke:var(--line);stroke-width:2}\
    .dot{fill:var(--card);stroke:var(--text);stroke-width:2}.noted{stroke:var(--bad);fill:var(--bad)}.hold{fill:var(--hold)}\
    .wait,.sees,.orders{stroke:var(--dim)}.hatch,.tip{fill:var(--dim)}.sees{stroke-dasharray:4 3}.band,.hit{fill:transparent}\
    .paper{fill:var(--card)}";

/// The drawing of the interleaving that fails, as a file of its own.
///
/// # Panics
///
/// Where none fails, or too many steps would have to be drawn.
pub(crate) fn drawing(name: &str, report: &Report, sources: &Sources) -> String {
    let document: Document =
        serde_json::from_str(&json(name, report, sources)).expect("a report can be read");
    let page = html::render(&document);
    let begin = page.find("<svg ").unwrap_or_else(|| panic!("{name} is not drawn"));
    let end = begin + page[begin..].find("</svg>").expect("a drawing has an end");
    let (head, body) = page[begin..end].split_once('>').expect("a tag has an end");
    let attribute = |name: &str| {
        let (_, after) = head.split_once(&format!(" {name}=\"")).expect("a drawing says how large it is");
        let (value, _) = after.split_once('"').expect("a value has an end");
        value.parse::<usize>().expect("it is a number")
    };
    // The last letters of the last lane stand out, and a picture is cut there.
    let (width, height) = (attribute("width") + 12, attribute("height"));
    let head = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\""
    );
    // Nothing is on the page that the steps could lead to. A line for each thing makes a difference that can be read.
    let body = body.replace("<a href=", "<g data-to=").replace("</a>", "</g>").replace("><", ">\n<");
    let paper = "<rect width=\"100%\" height=\"100%\" class=\"paper\"/>";
    format!("{head}>\n<style>{STYLE}</style>\n{paper}\n{}\n</svg>\n", body.trim())
}
