//! Plots as SVG: panels side by side over the same numbers of threads, and below them whose line is whose.
//!
//! A plot has a background of its own and follows the reader's preference for light or dark, so it is readable wherever it is
//! shown. Lines differ in colour and in their marks' shape.

use std::fmt::{self, Display, Write};

/// Whose a primitive is. Each has the same colour and mark in all plots.
#[derive(Clone, Copy)]
pub enum Maker {
    Selvedge,
    Std,
    ParkingLot,
    Crossbeam,
    Tokio,
    CPython,
}

impl Maker {
    fn class(self) -> &'static str {
        match self {
            Maker::Selvedge => "selvedge",
            Maker::Std => "std",
            Maker::ParkingLot => "parking-lot",
            Maker::Crossbeam => "crossbeam",
            Maker::Tokio => "tokio",
            Maker::CPython => "cpython",
        }
    }

    /// The mark of a value, around the origin.
    fn mark(self) -> &'static str {
        match self {
            Maker::Selvedge => "M-4-4h8v8h-8z",
            Maker::Std => "M0-4.5A4.5 4.5 0 1 1 0 4.5A4.5 4.5 0 1 1 0-4.5z",
            Maker::ParkingLot => "M0-5.5L5.5 0L0 5.5L-5.5 0z",
            Maker::Crossbeam => "M0-5L5 4H-5z",
            Maker::Tokio => "M0 5L5-4H-5z",
            Maker::CPython => "M-5-1.5h3.5v-3.5h3v3.5h3.5v3h-3.5v3.5h-3v-3.5h-3.5z",
        }
    }
}

/// One contestant's values, one for each place on the horizontal axis.
pub struct Line {
    pub name: &'static str,
    pub maker: Maker,
    pub values: Vec<f64>,
}

/// A diagram of its own.
pub struct Panel {
    pub title: &'static str,
    pub scale: Scale,
    pub lines: Vec<Line>,
}

/// How values are laid out on the vertical axis.
#[derive(Clone, Copy)]
pub enum Scale {
    /// From the power of ten below the smallest to the one above the largest.
    Logarithmic,
    /// From 0 to 1.
    Shares,
}

const WIDTH: f64 = 300.0;
const HEIGHT: f64 = 230.0;
/// Left of a panel, for the numbers of its axis.
const LEFT: f64 = 58.0;
/// Above the panels, for the titles.
const TOP: f64 = 72.0;
/// One entry of the legend.
const ENTRY: f64 = 22.0;

const STYLE: &str = "\
text{font:13px system-ui,sans-serif;fill:#333}.title{font-size:16px;font-weight:600}.number{font-size:12px;fill:#666}\
.paper{fill:#fff}.grid{stroke:#ddd;fill:none}.line{fill:none;stroke-width:1.6}.selvedge .line{stroke-width:3}\
.mark{stroke:#fff}\
.selvedge{--c:#0064c8}.std{--c:#555}.parking-lot{--c:#a8329a}.crossbeam{--c:#1b8a4b}.tokio{--c:#c2570c}.cpython{--c:#9a7d00}\
.line{stroke:var(--c)}.mark{fill:var(--c)}\
@media(prefers-color-scheme:dark){\
text{fill:#ddd}.number{fill:#aaa}.paper{fill:#16181c}.grid{stroke:#3a3d43}.mark{stroke:#16181c}\
.selvedge{--c:#5cb0ff}.std{--c:#c0c0c0}.parking-lot{--c:#e68ade}.crossbeam{--c:#5fd38d}.tokio{--c:#ff9d5c}\
.cpython{--c:#e3c84a}}";

/// A picture of the panels. All of them have the same lines.
pub fn svg(title: &str, threads: &[usize], panels: &[Panel]) -> String {
    let legend = TOP + HEIGHT + 60.0;
    let rows = panels[0].lines.len().div_ceil(panels.len());
    let (width, height) = ((LEFT + WIDTH) * panels.len() as f64 + 24.0, legend + ENTRY * rows as f64);
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n\
         <rect class=\"paper\" width=\"{width}\" height=\"{height}\" rx=\"6\"/>\n",
        Escaped(title),
    );
    text(&mut out, "title", LEFT, 28.0, "start", title);
    for (i, panel) in panels.iter().enumerate() {
        draw(&mut out, panel, threads, LEFT + (LEFT + WIDTH) * i as f64);
    }
    for (i, line) in panels[0].lines.iter().enumerate() {
        let x = LEFT + (LEFT + WIDTH) * (i / rows) as f64;
        let y = legend + ENTRY * (i % rows) as f64;
        writeln!(
            out,
            "<g class=\"{}\" transform=\"translate({x} {y})\"><path class=\"line\" d=\"M0 0h28\"/>\
             <path class=\"mark\" transform=\"translate(14 0)\" d=\"{}\"/></g>",
            line.maker.class(),
            line.maker.mark(),
        )
        .unwrap();
        text(&mut out, "", x + 36.0, y + 4.5, "start", line.name);
    }
    out + "</svg>\n"
}

/// One panel, whose left edge is at `left`.
fn draw(out: &mut String, panel: &Panel, threads: &[usize], left: f64) {
    let bottom = TOP + HEIGHT;
    let values = || panel.lines.iter().flat_map(|line| &line.values).copied();
    let (low, high, ticks) = match panel.scale {
        Scale::Shares => (0.0, 1.0, vec![0.0, 0.25, 0.5, 0.75, 1.0]),
        Scale::Logarithmic => {
            let low = values().fold(f64::INFINITY, f64::min).log10().floor();
            let high = values().fold(f64::NEG_INFINITY, f64::max).log10().ceil().max(low + 1.0);
            let ticks = (low as i32..=high as i32).map(|power| 10f64.powi(power)).collect();
            (low, high, ticks)
        }
    };
    let height_of = |value: f64| {
        let place = match panel.scale {
            Scale::Shares => value,
            Scale::Logarithmic => value.log10(),
        };
        bottom - HEIGHT * (place - low) / (high - low)
    };
    let place_of = |i: usize| left + 14.0 + (WIDTH - 28.0) * i as f64 / (threads.len() - 1) as f64;

    text(out, "", left, TOP - 14.0, "start", panel.title);
    for tick in ticks {
        let y = height_of(tick);
        writeln!(out, "<path class=\"grid\" d=\"M{left:.1} {y:.1}h{WIDTH}\"/>").unwrap();
        text(out, "number", left - 8.0, y + 4.0, "end", tick);
    }
    for (i, n) in threads.iter().enumerate() {
        text(out, "number", place_of(i), bottom + 18.0, "middle", n);
    }
    text(out, "number", left + WIDTH / 2.0, bottom + 36.0, "middle", "threads");
    for line in &panel.lines {
        let points: Vec<_> =
            line.values.iter().enumerate().map(|(i, value)| (place_of(i), height_of(*value))).collect();
        let joined: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        write!(
            out,
            "<g class=\"{}\"><polyline class=\"line\" points=\"{}\"/>",
            line.maker.class(),
            joined.join(" ")
        )
        .unwrap();
        for (x, y) in points {
            write!(
                out,
                "<path class=\"mark\" transform=\"translate({x:.1} {y:.1})\" d=\"{}\"/>",
                line.maker.mark()
            )
            .unwrap();
        }
        out.push_str("</g>\n");
    }
}

fn text(out: &mut String, class: &str, x: f64, y: f64, anchor: &str, what: impl Display) {
    let what = what.to_string();
    writeln!(
        out,
        "<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{}</text>",
        Escaped(&what)
    )
    .unwrap();
}

/// Text between tags.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for character in self.0.chars() {
            match character {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                _ => f.write_char(character)?,
            }
        }
        Ok(())
    }
}
