//! Threads that fetch and save.

use std::collections::BTreeMap;
use std::sync::Arc;

use selvedge::FailureKind::Panic;
use selvedge_primitives::{Lock, Run, Thread, current_thread, enumerate, program};

use crate::console::print;
use crate::registry::{Expected, Loom, Model, Printed, Reachable, Readings, Variant};

/// T10: threads that fetch a page each and save it.
///
/// With every line of its four threads the program has 12!/(3!)^4 = 369,600 orders of lines, and more
/// of what the primitives do. The log of what is executed and got is left out where there are four; it is kept where there are two.
pub const CRAWLER: Model = Model {
    id: "T10",
    title: "the crawlers",
    claim: "started together, joined one by one, or daemons that are joined: every page is saved before the program ends",
    printed: &[
        Printed {
            source: "S2 2.3, first run, what is saved",
            variant: "as-printed",
            events: &[
                "Crawler-www.google.com.co: saving /tmp/google-co.html",
                "Crawler-www.google.com.ar: saving /tmp/google-ar.html",
                "Crawler-www.google.com.br: saving /tmp/google-br.html",
                "Crawler-www.google.cl: saving /tmp/google-cl.html",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S2 2.3, second run",
            variant: "as-printed-joined-in-turn",
            events: &[
                "Crawler-www.google.com.ar: executing get request",
                "Crawler-www.google.com.ar: got 200",
                "Crawler-www.google.com.ar: saving /tmp/google-ar.html",
                "Crawler-www.google.com.br: executing get request",
                "Crawler-www.google.com.br: got 200",
                "Crawler-www.google.com.br: saving /tmp/google-ar.html",
                "Crawler-www.google.com.co: executing get request",
                "Crawler-www.google.com.co: got 200",
                "Crawler-www.google.com.co: saving /tmp/google-co.html",
                "Crawler-www.google.cl: executing get request",
                "Crawler-www.google.cl: got 200",
                "Crawler-www.google.cl: saving /tmp/google-cl.html",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
        Printed {
            source: "S2 2.4, what is saved",
            variant: "as-printed-daemons",
            events: &[
                "Crawler-www.google.com.ar: saving /tmp/google-ar.html",
                "Crawler-www.google.cl: saving /tmp/google-cl.html",
                "Crawler-www.google.com.br: saving /tmp/google-br.html",
                "Crawler-www.google.com.co: saving /tmp/google-co.html",
            ],
            reachable: Readings::timeless(Reachable::Yes),
        },
    ],
    variants: &[
        Variant {
            name: "as-printed",
            note: "four crawlers that are started together save in any of 24 orders, all before the program ends",
            program: || all_are_saved(&FOUR, &crawl_all(&FOUR, Waits::Exit, Logs::Saves)),
            loom: FOUR_CRAWLERS,
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-whole-log",
            note: "two crawlers and every line of their log",
            program: || all_are_saved(&TWO, &crawl_all(&TWO, Waits::Exit, Logs::All)),
            loom: Loom::Bounded(3),
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-joined-in-turn",
            note: "one crawler after another, there is one order; two of them are given the same file, and a page is lost",
            program: || {
                let files = crawl_all(&SAME_FILE, Waits::InTurn, Logs::All);
                all_are_saved(&SAME_FILE[1..], &files);
            },
            loom: FOUR_CRAWLERS,
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "as-printed-daemons",
            note: "daemons that are joined through enumerate save every page before the main thread ends",
            program: || drop(crawl_all(&FOUR, Waits::JoinsDaemons, Logs::Saves)),
            loom: FOUR_CRAWLERS,
            expected: Readings::timeless(Expected::Holds),
        },
        Variant {
            name: "mutant-same-file",
            note: "the claim, of what was typed in the second run: the second page has overwritten the first",
            program: || all_are_saved(&SAME_FILE, &crawl_all(&SAME_FILE, Waits::InTurn, Logs::Saves)),
            loom: FOUR_CRAWLERS,
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
        Variant {
            name: "mutant-daemons",
            note: "daemons that nobody joins may save nothing before the main thread ends",
            program: || drop(crawl_all(&TWO, Waits::LeavesDaemons, Logs::Saves)),
            loom: Loom::Bounded(2),
            expected: Readings::timeless(Expected::Fails(&[Panic])),
        },
    ],
};

const FOUR_CRAWLERS: Loom = Loom::Bounded(1);

/// A host and the file for its page.
type Page = (&'static str, &'static str);

const FOUR: [Page; 4] = [
    ("www.google.com.ar", "/tmp/google-ar.html"),
    ("www.google.com.br", "/tmp/google-br.html"),
    ("www.google.com.co", "/tmp/google-co.html"),
    ("www.google.cl", "/tmp/google-cl.html"),
];
const TWO: [Page; 2] = [FOUR[0], FOUR[1]];
/// What is typed in the second run.
const SAME_FILE: [Page; 4] = [FOUR[0], ("www.google.com.br", "/tmp/google-ar.html"), FOUR[2], FOUR[3]];

#[derive(Clone, Copy, PartialEq)]
enum Waits {
    /// The program's end waits for the crawlers.
    Exit,
    /// Each crawler is joined before the next is started.
    InTurn,
    /// The crawlers are daemons that are joined through `enumerate`.
    JoinsDaemons,
    /// The crawlers are daemons that nobody joins.
    LeavesDaemons,
}

#[derive(Clone, Copy, PartialEq)]
enum Logs {
    All,
    Saves,
}

/// What each file holds: the page of a host.
type Files = BTreeMap<&'static str, Lock<&'static str>>;

struct MyCrawler {
    page: Page,
    files: Arc<Files>,
    logs: Logs,
}

impl Run for MyCrawler {
    fn run(self) {
        let (host, file_path) = self.page;
        if self.logs == Logs::All {
            print("executing get request");
            print("got 200");
        }
        print(format_args!("saving {file_path}"));
        *self.files[file_path].lock() = host;
    }
}

fn crawl_all(pages: &'static [Page], waits: Waits, logs: Logs) -> Arc<Files> {
    let files: Arc<Files> = Arc::new(pages.iter().map(|(_, path)| (*path, Lock::new(""))).collect());
    program({
        let files = files.clone();
        move || {
            let threads: Vec<_> = pages
                .iter()
                .map(|&page| {
                    let crawler = MyCrawler { page, files: files.clone(), logs };
                    Thread::named(format!("Crawler-{}", page.0), crawler)
                        .daemon(matches!(waits, Waits::JoinsDaemons | Waits::LeavesDaemons))
                })
                .collect();
            for t in &threads {
                t.start().unwrap();
                if waits == Waits::InTurn {
                    t.join().unwrap();
                }
            }
            if waits == Waits::JoinsDaemons {
                let current_thread = current_thread();
                for thread in enumerate().iter().filter(|t| **t != current_thread) {
                    thread.join().unwrap();
                }
            }
            if waits == Waits::JoinsDaemons || waits == Waits::LeavesDaemons {
                all_are_saved(pages, &files);
            }
        }
    });
    files
}

fn all_are_saved(pages: &[Page], files: &Files) {
    for (host, path) in pages {
        assert_eq!(*files[path].lock(), *host, "the page of {host} is in {path}");
    }
}
