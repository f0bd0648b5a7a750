//! What is generated on the pages of the book is what the tools say.

use std::collections::{BTreeSet, HashMap};
use std::fmt::Write as _;
use std::sync::{Arc, LazyLock, Mutex, OnceLock};
use std::{env, fs};

use cargo_selvedge::html::thousands;
use selvedge::report::{Sources, Story, Terminal};
use selvedge::{Checker, Limit, Report, Time, Verdict};
use selvedge_exercises::description::Course;
use selvedge_models::registry::{self, Exploration, Reading};

use crate::drawings;
use crate::page::{Part, chapters, parts, read, root, whole};
use crate::programs::{self, Program};

/// As wide as a page of the book shows without a scroll bar, and as what the tools print where there is no terminal.
const COLUMNS: usize = 100;

/// An interleaving that has no more steps is told in full.
const SHORT: usize = 60;

/// A chapter's program that has more executions than this is too large for a chapter.
const MANY: u64 = 50_000;

/// A program of a chapter or of an example, and what was found.
struct Seen {
    name: String,
    note: &'static str,
    report: Report,
    sources: Sources,
    /// What replays a schedule, where there is a command for that.
    again: Option<String>,
}

impl Seen {
    /// `chapter/program` or `ID/variant`; with `@virtual` by the clock.
    fn new(asked: &str) -> Self {
        let (name, reading) = match asked.split_once('@') {
            Some((name, "virtual")) => (name, Reading::Virtual),
            _ => (asked, Reading::Adversarial),
        };
        match programs::find(name) {
            Some(program) => Self::of_a_chapter(program, reading),
            None => Self::of_an_example(name, reading),
        }
    }

    fn of_a_chapter(program: &Program, reading: Reading) -> Self {
        let time = if reading == Reading::Virtual { Time::Virtual } else { Time::Adversarial };
        let checker = Checker::new().name(program.name).time(time).specifications().keep_going();
        let report = checker.max_executions(MANY).run(program.check);
        let mut sources = Sources::default();
        sources.add(program.file(), read(&root().join(program.file())));
        let name = format!("{}{}", program.name, by_the_clock(reading));
        Seen { name, note: program.note, report, sources, again: None }
    }

    fn of_an_example(asked: &str, reading: Reading) -> Self {
        let find = || {
            let (id, variant) = asked.split_once('/')?;
            let model = registry::find(id)?;
            Exploration::of(model).find(|e| e.variant.name == variant && e.reading == reading)
        };
        let exploration = find().unwrap_or_else(|| panic!("`{asked}` is no program"));
        let (id, variant) = (exploration.model.id, exploration.variant);
        Seen {
            name: format!("{id} {}{}", variant.name, by_the_clock(reading)),
            note: variant.note,
            report: exploration.run(),
            sources: registry::sources(),
            again: Some(format!("cargo explore replay {id} --variant {} --time {reading}", variant.name)),
        }
    }

    /// The interleaving that fails.
    fn told(&self) -> String {
        let terminal = Terminal::new(&self.report, &self.sources).columns(COLUMNS);
        let terminal = match &self.again {
            Some(again) => terminal.again(again.as_str()),
            None => terminal,
        };
        let steps = self.report.counterexample().map_or(0, |c| c.interleaving().steps().len());
        let text = match terminal.to_string() {
            text if text.contains(" left out") && steps <= SHORT => terminal.all(true).to_string(),
            text => text,
        };
        let has_command = self.again.is_some();
        let lines = text.lines().filter(|line| has_command || !line.starts_with("replay "));
        lines.map(|line| format!("{}\n", line.trim_end())).collect()
    }

    /// What was found, as the report begins.
    fn headline(&self) -> String {
        self.told().lines().take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
    }

    fn count(&self) -> String {
        let (failing, all) = (thousands(self.report.failing()), thousands(self.report.executions()));
        let drawn = if self.report.sample().is_some() { " that are drawn at random" } else { "" };
        match self.report.verdict() {
            Verdict::Verified if all == "1" => "the only execution".to_owned(),
            Verdict::Failed(_) if all == "1" => "the only execution".to_owned(),
            Verdict::Verified => format!("all {all} executions"),
            Verdict::Failed(_) if failing == all => format!("all {all} executions{drawn}"),
            Verdict::Failed(_) => format!("{failing} of {all} executions{drawn}"),
            Verdict::Incomplete(_) => format!("none of {all} executions{drawn}"),
        }
    }

    fn verdict(&self) -> String {
        let class = || {
            let found = self.report.counterexample().map(|c| Story::of(c, &self.sources).class.name());
            found.unwrap_or("no counterexample")
        };
        match self.report.verdict() {
            Verdict::Verified => format!("holds in {}", self.count()),
            Verdict::Failed(_) => format!("**fails** in {}: {}", self.count(), class()),
            Verdict::Incomplete(Limit::Loop { .. }) => "**never ends**".to_owned(),
            Verdict::Incomplete(_) => format!("incomplete: {} fails", self.count()),
        }
    }
}

fn by_the_clock(reading: Reading) -> &'static str {
    if reading == Reading::Virtual { ", by the clock" } else { "" }
}

/// Explored once for all pages.
fn seen(asked: &str) -> Arc<Seen> {
    type Slot = Arc<OnceLock<Arc<Seen>>>;
    static SEEN: LazyLock<Mutex<HashMap<String, Slot>>> = LazyLock::new(Mutex::default);
    let slot = SEEN.lock().unwrap().entry(asked.to_owned()).or_default().clone();
    slot.get_or_init(|| Arc::new(Seen::new(asked))).clone()
}

/// What has to stand where this is asked for.
fn generated(asked: &str) -> String {
    let (what, of) = asked.split_once(' ').unwrap_or((asked, ""));
    match what {
        "told" => fenced("text", &seen(of).told()),
        "drawn" => block(&picture(of)),
        "verdict" => fenced("text", &seen(of).headline()),
        "count" => seen(of).count(),
        "table" => block(&table(of)),
        "outcomes" => fenced("text", &outcomes(of)),
        "printed" => fenced("text", &printed(of)),
        "code" => fenced("rust,ignore", &code(of)),
        "exercises" => block(&exercises(of)),
        _ => panic!("nothing is known of `{asked}`"),
    }
}

/// Where the drawing of a program is, from the folder of the chapters.
fn drawn_in(program: &str) -> String {
    format!("drawings/{}.svg", program.replace('/', "-").to_lowercase())
}

/// A drawing, whose file is compared as the page is.
fn picture(of: &str) -> String {
    let seen = seen(of);
    let file = root().join("docs/chapters").join(drawn_in(of));
    let drawing = drawings::drawing(&seen.name, &seen.report, &seen.sources);
    if is_update() {
        fs::write(&file, &drawing).expect("the book can be written");
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    let differing = kept.lines().zip(drawing.lines()).find(|(kept, now)| kept != now);
    assert!(
        kept == drawing,
        "{} is another drawing now: {differing:?}; INSTA_UPDATE=always writes it anew",
        file.display()
    );
    format!("![The interleaving, drawn: a lane for each thread]({})", drawn_in(of))
}

fn is_update() -> bool {
    env::var("INSTA_UPDATE").is_ok_and(|update| update == "always")
}

fn block(text: &str) -> String {
    format!("\n\n{}\n\n", text.trim_end())
}

fn fenced(language: &str, text: &str) -> String {
    block(&format!("```{language}\n{}\n```", text.trim_end()))
}

fn table(of: &str) -> String {
    let row = |asked: &str| {
        let seen = seen(asked);
        format!("| `{}` | {} | {} |\n", seen.name, seen.note, seen.verdict())
    };
    let rows: String = of.split_whitespace().map(row).collect();
    format!("| program | | verdict |\n|---|---|---|\n{rows}")
}

/// Every outcome that an observer may see, with the number of executions that show it.
fn outcomes(of: &str) -> String {
    let seen = seen(of);
    let lines =
        seen.report.outcomes().iter().map(|(outcome, n)| format!("{:>10}  {outcome}\n", thousands(*n)));
    format!("executions  outcome\n{}", lines.collect::<String>())
}

/// A run that a document prints: `ID`, and its number among those of the example.
fn printed(of: &str) -> String {
    let (id, number) = of.split_once(' ').unwrap_or((of, "1"));
    let model = registry::find(id).unwrap_or_else(|| panic!("{id} is no example"));
    let number: usize = number.parse().expect("a run has a number");
    let printed = model.printed.get(number - 1).unwrap_or_else(|| panic!("{id} prints fewer runs"));
    printed.events.iter().map(|event| format!("{event}\n")).collect()
}

/// Text of programs: `chapter/program`, or a file and the names of what is in it.
fn code(of: &str) -> String {
    if let Some(program) = programs::find(of) {
        let function = program.name.replace('-', "_");
        return item(&read(&root().join(program.file())), &function);
    }
    let mut words = of.split_whitespace();
    let file = words.next().unwrap_or_default();
    let file = match file.split_once('/') {
        Some(_) => root().join(file),
        None => root().join(format!("{}/{file}", programs::FOLDER)),
    };
    let text = read(&file);
    words.map(|name| item(&text, name)).collect::<Vec<_>>().join("\n")
}

/// An item of a source text by its name, moved to the left. Its documentation is left out.
fn item(text: &str, name: &str) -> String {
    let is_it = |line: &str| {
        let line = line.trim_start().trim_start_matches("pub ").trim_start_matches("const ");
        let declared = ["fn ", "struct ", "enum ", "impl ", "static ", "type "]
            .into_iter()
            .find_map(|keyword| line.strip_prefix(keyword));
        let after = declared.unwrap_or(line).strip_prefix(name);
        declared.is_some() && after.is_some_and(|after| after.starts_with(['(', ' ', '<', ';', ':']))
    };
    let lines: Vec<_> = text.lines().collect();
    let begin = lines.iter().position(|line| is_it(line)).unwrap_or_else(|| panic!("there is no {name}"));
    let indent = lines[begin].len() - lines[begin].trim_start().len();
    let closes = |line: &&str| {
        line.len() - line.trim_start().len() == indent && (line.trim() == "}" || line.trim() == "};")
    };
    let is_one_line = lines[begin].ends_with(';') || lines[begin].ends_with('}');
    let end = match is_one_line {
        true => begin,
        false => begin + lines[begin..].iter().position(closes).expect("an item has an end"),
    };
    lines[begin..=end].iter().map(|line| format!("{}\n", line.get(indent..).unwrap_or_default())).collect()
}

/// The exercises of a class.
fn exercises(class: &str) -> String {
    let course = Course::read().unwrap_or_else(|error| panic!("{error}"));
    let of_class = course.exercises().filter(|exercise| exercise.description.class == class);
    let row = |exercise: &selvedge_exercises::description::Exercise| {
        let (name, title) = (&exercise.name, &exercise.description.title);
        format!("| `{name}` | {title} | `cargo learn check {name}` |\n")
    };
    let rows: String = of_class.map(row).collect();
    assert!(!rows.is_empty(), "there is no class `{class}`");
    format!("| exercise | title | checks your mend |\n|---|---|---|\n{rows}")
}

/// Compares what is generated on a chapter's page with what the tools say. `INSTA_UPDATE=always` writes it anew.
fn is_what_the_tools_say(name: &str) {
    let file = root().join(format!("docs/chapters/{name}.md"));
    let (kept, mut differing) = (read(&file), String::new());
    let parts: Vec<_> = parts(&kept);
    let text = |part: &Part<'_>| match part {
        Part::Prose(_) => String::new(),
        Part::Generated { asked, .. } => generated(asked),
    };
    let texts: Vec<_> = parts.iter().map(text).collect();
    for (part, found) in parts.iter().zip(&texts) {
        if let Part::Generated { asked, kept } = part
            && kept != found
        {
            writeln!(differing, "\n`{asked}` is now\n{}", found.trim()).expect("a string takes all");
        }
    }
    if is_update() {
        let now = parts.into_iter().zip(&texts).map(|(part, found)| match part {
            Part::Generated { asked, .. } => Part::Generated { asked, kept: found },
            prose @ Part::Prose(_) => prose,
        });
        fs::write(&file, whole(now)).expect("the book can be written");
        return;
    }
    assert!(
        differing.is_empty(),
        "{}: not what the tools say; INSTA_UPDATE=always writes it anew:\n{differing}",
        file.display()
    );
}

/// A test for each chapter, so that they run side by side.
macro_rules! each_chapter {
    ($($name:ident)*) => {
        mod each {
            $(
                #[test]
                fn $name() {
                    super::is_what_the_tools_say(&stringify!($name).replace('_', "-"));
                }
            )*
        }

        #[test]
        fn each_chapter_is_compared() {
            let compared = [$(stringify!($name)),*].map(|name| name.replace('_', "-"));
            assert_eq!(chapters(), compared);
        }
    };
}

each_chapter! {
    aba blocking_in_async_code broken_barrier check_then_act deadlock double_checked_locking livelock lost_update
    lost_wake_up order_violation publication_without_release queue_without_shutdown semaphore_that_limits_nothing
    stale_read starvation timeout
}

/// A program that a chapter has and does not show is as good as none.
#[test]
fn every_program_of_a_chapter_is_on_its_page() {
    for program in programs::all() {
        let page = crate::page::chapter(program.chapter);
        let name = format!("{}/{}", program.chapter, program.name);
        let shown = parts(&page).iter().any(|part| match part {
            Part::Generated { asked, .. } => asked.split(' ').any(|word| word == name),
            Part::Prose(_) => false,
        });
        assert!(shown, "{name} is on no page");
    }
}

/// What is not explored to its end proves nothing.
#[test]
fn every_program_of_a_chapter_is_explored_completely() {
    let mut incomplete = String::new();
    for program in programs::all() {
        let name = format!("{}/{}", program.chapter, program.name);
        let seen = seen(&name);
        println!("{name:<50} {}", seen.verdict());
        println!("{}", seen.headline());
        if matches!(seen.report.verdict(), Verdict::Incomplete(_)) {
            writeln!(incomplete, "{name}: {}", seen.verdict()).unwrap();
        }
    }
    assert!(incomplete.is_empty(), "not explored completely:\n{incomplete}");
}

#[test]
fn every_drawing_is_on_a_page() {
    let asked = |name: &String| {
        let page = crate::page::chapter(name);
        let asked = parts(&page).into_iter().filter_map(|part| match part {
            Part::Generated { asked, .. } => Some(drawn_in(asked.strip_prefix("drawn ")?)),
            Part::Prose(_) => None,
        });
        asked.collect::<Vec<_>>()
    };
    let shown: BTreeSet<_> = chapters().iter().flat_map(asked).collect();
    let files = fs::read_dir(root().join("docs/chapters/drawings")).expect("there are drawings");
    let files = files.map(|file| file.expect("the folder can be read").file_name());
    let there: BTreeSet<_> = files.map(|name| format!("drawings/{}", name.to_string_lossy())).collect();
    assert_eq!(shown, there, "the drawings that pages show, and those that there are");
}
