//! Explorations that are shared: by workers in one process, and by shards in several.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::atomic::AtomicU64;
use std::sync::atomic::Ordering::{Relaxed, SeqCst};
use std::sync::{Arc as StdArc, Mutex as StdMutex};
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use selvedge::sync::atomic::AtomicUsize;
use selvedge::sync::{Arc, Mutex};
use selvedge::{
    Checker, FailureKind, Limit, LoadError, Report, Shards, SumError, Verdict, WorkItem, choose, outcome,
    thread,
};

/// All that a report says but the time.
fn told(report: &Report) -> String {
    let text = format!("{report:#?}");
    let lines = text.lines().filter(|line| !line.starts_with("    elapsed: "));
    lines.collect::<Vec<_>>().join("\n")
}

#[derive(Clone, Debug)]
enum Op {
    Load(usize),
    Store(usize, usize),
    Add(usize),
    Locked(usize),
    Choose,
    Assume(usize),
    Count,
    /// Fails where the location has this value.
    Refuse(usize, usize),
    /// Takes two locks in this order.
    Both(bool),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0..2usize).prop_map(Op::Load),
        4 => (0..2usize, 1..3usize).prop_map(|(x, v)| Op::Store(x, v)),
        3 => (0..2usize).prop_map(Op::Add),
        3 => (0..2usize).prop_map(Op::Locked),
        1 => Just(Op::Choose),
        1 => (0..2usize).prop_map(Op::Assume),
        1 => Just(Op::Count),
        1 => (0..2usize, 0..6usize).prop_map(|(x, v)| Op::Refuse(x, v)),
        1 => any::<bool>().prop_map(Op::Both),
    ]
}

type Program = Vec<Vec<Op>>;

fn programs() -> impl Strategy<Value = Program> {
    vec(vec(op(), 1..4), 2..4)
}

#[derive(Default)]
struct Shared {
    locations: [AtomicUsize; 2],
    locks: [Mutex<usize>; 2],
}

fn body(program: &Program) -> impl Fn() + Send + Sync + 'static {
    let program = program.clone();
    move || {
        let shared = Arc::new(Shared::default());
        let begin = |ops: &Vec<Op>| {
            let (shared, ops) = (shared.clone(), ops.clone());
            thread::spawn(move || ops.iter().map(|op| run(&shared, op)).collect::<Vec<_>>())
        };
        let threads: Vec<_> = program.iter().map(begin).collect();
        let seen: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        outcome(format!("{seen:?}"));
    }
}

fn run(shared: &Arc<Shared>, op: &Op) -> usize {
    match *op {
        Op::Load(x) => shared.locations[x].load(Relaxed),
        Op::Store(x, v) => {
            shared.locations[x].store(v, SeqCst);
            v
        }
        Op::Add(x) => shared.locations[x].fetch_add(1, Relaxed),
        Op::Locked(m) => {
            let mut value = shared.locks[m].lock().unwrap();
            *value += 1;
            *value
        }
        Op::Choose => choose(3),
        Op::Assume(x) => {
            let seen = shared.locations[x].load(SeqCst);
            selvedge::assume(seen < 2);
            seen
        }
        Op::Count => Arc::strong_count(shared),
        Op::Refuse(x, v) => {
            assert_ne!(shared.locations[x].load(SeqCst), v, "refused");
            v
        }
        Op::Both(swapped) => {
            let (a, b) = if swapped { (1, 0) } else { (0, 1) };
            let _first = shared.locks[a].lock().unwrap();
            *shared.locks[b].lock().unwrap()
        }
    }
}

/// The OS threads that counted an execution, over all explorations that are given this.
#[derive(Clone, Default)]
struct Counted(StdArc<StdMutex<BTreeSet<String>>>);

/// A checker whose workers take turns.
fn checker(workers: usize, counted: &Counted) -> Checker {
    let counted = counted.clone();
    Checker::new().workers(workers).on_behaviour(move |_| {
        counted.0.lock().unwrap().insert(format!("{:?}", std::thread::current().id()));
        std::thread::yield_now();
    })
}

fn cases(ordinary: u32, full: u32) -> Config {
    let cases = if std::env::var("SELVEDGE_CASES").is_ok_and(|n| n == "full") { full } else { ordinary };
    Config { cases, failure_persistence: None, rng_seed: RngSeed::Fixed(4), ..Config::default() }
}

proptest! {
    #![proptest_config(cases(150, 3_000))]

    #[test]
    fn the_report_is_the_same_for_any_number_of_workers(
        program in programs(), keep_going in any::<bool>(), most in prop_oneof![2 => Just(None), 1 => (0..60u64).prop_map(Some)],
    ) {
        let report = |workers| {
            let mut checker = checker(workers, &Counted::default());
            if keep_going {
                checker = checker.keep_going();
            }
            if let Some(most) = most {
                checker = checker.max_executions(most);
            }
            told(&checker.run(body(&program)))
        };
        let one = report(1);
        for workers in [2, 4] {
            prop_assert_eq!(&one, &report(workers), "{} workers", workers);
        }
    }

    #[test]
    fn shards_sum_to_the_whole(program in programs(), of in 1..4usize) {
        let whole = Checker::new().run(body(&program));
        let shard = |number| Checker::new().shard(number, of).run(body(&program));
        match Shards::sum((1..=of).map(shard)) {
            Ok(sum) if whole.verdict().is_verified() => {
                prop_assert_eq!(sum.verdict(), whole.verdict());
                prop_assert_eq!(sum.executions(), whole.executions());
                prop_assert_eq!(sum.blocked(), whole.blocked());
                prop_assert_eq!(sum.outcomes(), whole.outcomes());
            }
            Ok(sum) => prop_assert_eq!(sum.verdict().word(), whole.verdict().word()),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

/// Enough executions for every worker to have some.
fn adds(threads: usize) -> impl Fn() + Send + Sync + 'static {
    move || {
        let x = Arc::new(AtomicUsize::new(0));
        let add = |_| {
            let x = x.clone();
            thread::spawn(move || x.fetch_add(1, Relaxed))
        };
        let threads: Vec<_> = (0..threads).map(add).collect();
        let seen: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        outcome(seen[0]);
    }
}

#[test]
fn several_workers_explore_what_one_does_and_all_of_them_do() {
    let counted = Counted::default();
    let one = checker(1, &Counted::default()).run(adds(6)).assert_verified();
    assert_eq!(one.executions(), 720);
    let four = checker(4, &counted).run(adds(6));
    assert_eq!(told(&one), told(&four));
    assert_eq!(counted.0.lock().unwrap().len(), 4);
}

#[test]
fn a_failure_is_the_first_that_one_worker_meets() {
    // Several failures, in different subtrees, of which the workers meet another first.
    let model = || {
        let (a, b) = (choose(40), choose(40));
        assert!((a, b) != (25, 3) && (a, b) != (31, 7) && (a, b) != (9, 9), "{a} and {b}");
    };
    let one = Checker::new().run(model);
    assert!(one.executions() > 50);
    for workers in [2, 3, 4, 8] {
        assert_eq!(told(&one), told(&checker(workers, &Counted::default()).run(model)), "{workers} workers");
        let going = |workers| told(&checker(workers, &Counted::default()).keep_going().run(model));
        assert_eq!(going(1), going(workers), "{workers} workers");
    }
}

#[test]
fn a_limit_is_reached_where_one_worker_reaches_it() {
    for most in [1, 2, 100, 719, 720, 721] {
        let report = |workers| checker(workers, &Counted::default()).max_executions(most).run(adds(6));
        let one = report(1);
        assert_eq!(one.executions(), most.min(720));
        assert_eq!(one.verdict().is_verified(), most >= 720);
        for workers in [2, 4] {
            assert_eq!(told(&one), told(&report(workers)), "{most} executions, {workers} workers");
        }
    }
}

#[test]
fn executions_that_are_dropped_behind_a_limit_are_not_reported() {
    // Ten dropped ones behind every twenty that are counted.
    let model = || {
        choose(30);
        selvedge::assume(choose(30) < 20);
    };
    for most in (20..600).step_by(20) {
        let report = |workers| checker(workers, &Counted::default()).max_executions(most).run(model);
        let one = report(1);
        assert_eq!(one.blocked(), (most / 20 - 1) * 10);
        for workers in [2, 3, 4] {
            assert_eq!(told(&one), told(&report(workers)), "{most} executions, {workers} workers");
        }
    }
}

#[test]
fn a_duration_is_a_limit_for_all_workers() {
    let limit = Duration::from_millis(30);
    let report = Checker::new().workers(2).max_duration(limit).run(adds(12));
    assert_eq!(*report.verdict(), Verdict::Incomplete(Limit::Duration(limit)));
    assert!(report.executions() > 1);
}

/// A stress test takes long to execute once.
#[test]
fn a_duration_ends_an_execution_in_its_midst() {
    let limit = Duration::from_millis(100);
    let checker = || Checker::new().max_steps(u64::MAX).max_duration(limit);
    let endless = || {
        let count = Arc::new(AtomicUsize::new(0));
        let adds = |n: usize| (0..n).for_each(|_| _ = count.fetch_add(1, Relaxed));
        let other = thread::spawn({
            let count = count.clone();
            move || _ = count.load(Relaxed)
        });
        adds(usize::MAX);
        other.join().unwrap();
    };
    let report = checker().run(endless);
    assert_eq!(*report.verdict(), Verdict::Incomplete(Limit::Duration(limit)));
    assert_eq!(report.executions(), 0);
    let drawn = checker().random(1, 10).run(endless);
    assert!(matches!(drawn.verdict(), Verdict::Incomplete(_)), "{}", drawn.verdict());
    assert_eq!(drawn.executions(), 0);
}

#[test]
fn a_late_question_for_the_handles_of_an_arc_begins_again_for_all_workers() {
    let model = || {
        let shared = Arc::new(AtomicUsize::new(0));
        let threads: Vec<_> = (0..3)
            .map(|n| {
                let shared = shared.clone();
                thread::spawn(move || {
                    if shared.fetch_add(1, SeqCst) == 0 && n == 2 { Arc::strong_count(&shared) } else { 0 }
                })
            })
            .collect();
        let seen: Vec<_> = threads.into_iter().map(|t| t.join().unwrap()).collect();
        outcome(format!("{seen:?}"));
    };
    let one = Checker::new().run(model).assert_verified();
    for workers in [2, 4] {
        assert_eq!(told(&one), told(&checker(workers, &Counted::default()).run(model)));
    }
}

#[test]
fn statics_are_fresh_in_each_execution_of_each_worker() {
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    static LIST: Mutex<Vec<usize>> = Mutex::new(Vec::new());
    let model = || {
        let push = |n| {
            thread::spawn(move || {
                COUNT.fetch_add(1, SeqCst);
                LIST.lock().unwrap().push(n);
            })
        };
        let threads: Vec<_> = (0..4).map(push).collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
        assert_eq!(COUNT.load(SeqCst), 4);
        let list = std::mem::take(&mut *LIST.lock().unwrap());
        outcome(format!("{list:?}"));
    };
    let report = |workers| Checker::new().workers(workers).run(model).assert_verified();
    let one = report(1);
    assert_eq!(one.executions(), 24 * 24);
    assert_eq!(told(&one), told(&report(4)));
}

#[test]
fn data_that_workers_would_share_is_a_limit_of_the_model() {
    let outside = StdArc::new((Mutex::new(0), AtomicUsize::new(0)));
    let model = move |locks: bool, company: usize| {
        let outside = outside.clone();
        let workers = StdMutex::new(BTreeSet::new());
        move || {
            choose(2_000);
            let here = format!("{:?}", std::thread::current().id());
            let workers = {
                let mut workers = workers.lock().unwrap();
                workers.insert(here);
                workers.len()
            };
            if workers < company {
                // Until the others have come, which on a busy machine takes longer than everything that there is to do.
                std::thread::sleep(Duration::from_millis(1));
            }
            outside.1.fetch_add(1, SeqCst);
            if locks {
                *outside.0.lock().unwrap() = 0;
            }
        }
    };
    let counted = Counted::default();
    let _atomics = checker(2, &counted).run(model(false, 2)).assert_verified();
    let report = checker(2, &counted).run(model(true, 2));
    let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
    assert_eq!(failure.kind, FailureKind::ModelLimit, "{failure}");
    assert!(failure.message.contains("outside of the model"), "{failure}");
    let _alone = Checker::new().run(model(true, 1)).assert_verified();
}

#[test]
fn no_number_of_workers_means_as_many_as_there_are_cores() {
    assert_eq!(told(&Checker::new().workers(0).run(adds(4))), told(&Checker::new().run(adds(4))));
}

#[test]
#[should_panic(expected = "a callback's own")]
fn a_callback_that_panics_takes_all_workers_with_it() {
    let calls = AtomicU64::new(0);
    let tell = move |_: &_| assert!(calls.fetch_add(1, Relaxed) < 50, "a callback's own");
    let _report = Checker::new().workers(3).on_behaviour(tell).run(adds(6));
}

#[test]
fn progress_tells_an_estimate_and_comes_to_all_executions() {
    for workers in [1, 2] {
        let told = StdArc::new(StdMutex::new(Vec::new()));
        let sink = told.clone();
        let report = Checker::new()
            .workers(workers)
            .on_progress(move |progress| sink.lock().unwrap().push(progress))
            // So slow that there is something to tell.
            .on_behaviour(|_| std::thread::sleep(Duration::from_micros(500)))
            .run(|| assert!(choose(2000) < 2000))
            .assert_verified();
        let told = told.lock().unwrap();
        assert_eq!(told.last().unwrap().executions, report.executions());
        assert!(told.iter().any(|p| p.estimate == Some(2000)), "{told:?}");
        for progress in told.iter() {
            assert!(progress.estimate.is_none_or(|e| e > progress.executions), "{progress:?}");
            assert!(progress.explored.is_none_or(|e| (0.0..=1.0).contains(&e)), "{progress:?}");
        }
    }
}

#[test]
fn an_estimate_is_near_the_number_of_executions() {
    let readers = || {
        let x = Arc::new(AtomicUsize::new(0));
        for n in 0..9 {
            let x = x.clone();
            thread::spawn(move || if n == 0 { x.store(1, Relaxed) } else { assert!(x.load(Relaxed) < 2) });
        }
    };
    assert_eq!(Checker::new().run(readers).executions(), 256);
    let estimate = Checker::new().estimate(3000, readers);
    assert!((128..512).contains(&estimate), "{estimate}");
    let estimate = Checker::new().estimate(3000, adds(6));
    assert!((360..1440).contains(&estimate), "{estimate}");
    let estimate = |model: fn()| Checker::new().estimate(10, model);
    assert_eq!(estimate(|| ()), 1);
    assert_eq!(estimate(|| panic!("always")), 1, "an execution that fails is one");
    assert_eq!(estimate(|| selvedge::assume(false)), 0, "one that is dropped is none");
    assert_eq!(estimate(|| assert_eq!(Arc::strong_count(&Arc::new(0)), 1)), 1, "drops are counted");
}

fn shards(of: usize) -> Vec<Report> {
    (1..=of).map(|number| Checker::new().name("adds").shard(number, of).run(adds(6))).collect()
}

#[test]
fn a_shard_is_never_verified_and_its_part_is_the_same_for_any_number_of_workers() {
    for number in 1..=3 {
        let report = |workers| Checker::new().workers(workers).shard(number, 3).run(adds(6));
        assert_eq!(*report(1).verdict(), Verdict::Incomplete(Limit::Shard { number, of: 3 }));
        assert!(!report(1).complete());
        assert_eq!(told(&report(1)), told(&report(3)));
    }
}

#[test]
fn shards_have_about_equal_parts() {
    let of = 3;
    let shard = |number| Checker::new().shard(number, of).run(adds(7)).executions();
    let sizes: Vec<_> = (1..=of).map(shard).collect();
    assert_eq!(sizes.iter().sum::<u64>(), 5040);
    assert!(sizes.iter().all(|size| (1000..2500).contains(size)), "{sizes:?}");
}

#[test]
fn missing_repeated_and_foreign_shards_are_named() {
    let sum = |reports: &[&Report]| Shards::sum(reports.iter().copied().cloned());
    let [a, b, c] = &shards(3)[..] else { panic!("three shards") };
    assert_eq!(sum(&[c, a, b]).unwrap().assert_verified().executions(), 720);
    assert_eq!(sum(&[a, c]).unwrap_err(), SumError::Missing(vec![2]));
    assert_eq!(sum(&[b]).unwrap_err(), SumError::Missing(vec![1, 3]));
    assert_eq!(sum(&[a, b, c, b]).unwrap_err(), SumError::Repeated(vec![2]));
    assert_eq!(sum(&[]).unwrap_err(), SumError::Empty);
    assert_eq!(sum(&[a, &Checker::new().run(adds(2))]).unwrap_err(), SumError::Whole { report: 1 });
    let foreign = |report: Report| sum(&[a, b, &report]).unwrap_err().to_string();
    let checker = || Checker::new().name("adds");
    assert!(foreign(Checker::new().name("other").shard(3, 3).run(adds(6))).contains("the model's name"));
    assert!(foreign(checker().shard(3, 4).run(adds(6))).contains("the number of shards"));
    assert!(
        foreign(checker().memory_model(selvedge::MemoryModel::Sc).shard(3, 3).run(adds(6)))
            .contains("a setting")
    );
    assert!(foreign(checker().shard(3, 3).run(adds(5))).contains("the program"));
}

#[test]
fn a_shard_that_reached_a_limit_leaves_the_sum_incomplete() {
    let limited = |number: usize| {
        let checker = Checker::new().shard(number, 2);
        if number == 2 { checker.max_executions(5) } else { checker }.run(adds(7))
    };
    let sum = Shards::sum((1..=2).map(limited)).unwrap();
    assert_eq!(*sum.verdict(), Verdict::Incomplete(Limit::Executions(5)));
}

#[test]
fn a_shard_that_fails_makes_the_sum_fail() {
    let model = || assert_ne!(choose(1000), 777, "777");
    let reports = || (1..=3).map(move |number| Checker::new().shard(number, 3).run(model));
    assert_eq!(reports().filter(|r| r.verdict().word() == "failed").count(), 1);
    let sum = Shards::sum(reports()).unwrap();
    assert_eq!(sum.verdict().word(), "failed");
    assert!(sum.counterexample().is_some());
}

#[test]
#[should_panic(expected = "there is no shard 4/3: the first is 1/3, the last is 3/3")]
fn a_shard_that_there_is_not_is_refused() {
    let _checker = Checker::new().shard(4, 3);
}

#[test]
#[should_panic(expected = "there is no shard 0/3")]
fn shards_are_counted_from_one() {
    let _checker = Checker::new().shard(0, 3);
}

#[test]
fn work_items_sum_to_the_whole_in_any_order() {
    let checker = || Checker::new().name("adds");
    let (first, items) = checker().split(30, adds(6));
    assert!((30..100).contains(&items.len()), "{}", items.len());
    let explore = |item: &WorkItem| checker().item(item.to_string().parse().unwrap()).run(adds(6));
    let reports: Vec<_> = items.iter().rev().map(explore).chain([first]).collect();
    let sum = Shards::sum(reports.clone()).unwrap();
    assert_eq!(told(&sum), told(&Checker::new().run(adds(6))));
    assert_eq!(Shards::sum(reports[1..].to_vec()).unwrap_err(), SumError::Missing(vec![items.len() + 1]));
    let twice = [&reports[..], &reports[..1]].concat();
    assert_eq!(Shards::sum(twice).unwrap_err(), SumError::Repeated(vec![items.len() + 1]));
}

#[test]
fn a_work_item_of_another_model_is_refused() {
    let (_, items) = Checker::new().split(30, adds(6));
    let refused = |report: Report| {
        let Verdict::Failed(failure) = report.verdict() else { panic!("{}", report.verdict()) };
        assert_eq!(failure.kind, FailureKind::ModelLimit);
    };
    for item in &items {
        let checker = || Checker::new().item(item.clone());
        refused(checker().run(adds(3)));
        refused(checker().run(|| drop(choose(1000).to_string())));
        refused(checker().name("other").run(adds(6)));
        refused(checker().max_steps(1000).run(adds(6)));
    }
    assert!(matches!("selvedge-item 1 nonsense".parse::<WorkItem>(), Err(LoadError::Line(1))));
    assert!(matches!("nonsense".parse::<WorkItem>(), Err(LoadError::Format)));
}

/// Where a shard's process writes its report, and which shard that is: `number/of:file`.
const SHARD: &str = "SELVEDGE_TEST_SHARD";

/// Does nothing but in a process that [`three_shards_in_three_processes_sum_to_the_whole`] starts.
#[test]
fn one_shard_of_a_process() {
    let Ok(shard) = std::env::var(SHARD) else { return };
    let (shard, file) = shard.split_once(':').unwrap();
    let (number, of) = shard.split_once('/').unwrap();
    let checker = Checker::new().name("adds").shard(number.parse().unwrap(), of.parse().unwrap());
    checker.run(adds(7)).save(file).unwrap();
}

#[test]
fn three_shards_in_three_processes_sum_to_the_whole() {
    let folder = std::env::temp_dir().join(format!("selvedge-shards-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = |number: usize| folder.join(format!("{number}.txt"));
    let processes: Vec<_> = (1..=3)
        .map(|number| {
            Command::new(std::env::current_exe().unwrap())
                .args(["--exact", "one_shard_of_a_process"])
                .env(SHARD, format!("{number}/3:{}", file(number).display()))
                .stdout(std::process::Stdio::null())
                .spawn()
                .unwrap()
        })
        .collect();
    for mut process in processes {
        assert!(process.wait().unwrap().success());
    }
    let load = |number| Report::load(file(number)).unwrap();
    let sum = Shards::sum([load(1), load(2), load(3)]).unwrap();
    let whole = Checker::new().run(adds(7)).assert_verified();
    assert_eq!(told(&sum), told(&whole));
    assert_eq!(sum.executions(), 5040);
    assert_eq!(Shards::sum([load(1), load(3)]).unwrap_err(), SumError::Missing(vec![2]));
    assert_eq!(Shards::sum([load(1), load(2), load(3), load(1)]).unwrap_err(), SumError::Repeated(vec![1]));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let texts = ["plain", "two\nlines, \"quotes\", a \\ and \u{7} and \u{301}", "", "end 0"];
    let fails = Checker::new().keep_going().name("a \"model\"").shard(1, 1).run(move || {
        let n = choose(texts.len());
        outcome(texts[n]);
        assert!(n != 2, "{}", texts[1]);
    });
    let incomplete = Checker::new().max_executions(3).run(|| {
        choose(5);
    });
    let late = Checker::new().max_duration(Duration::ZERO).run(|| {
        choose(5);
    });
    let verified = Checker::new().run(|| {
        choose(5);
    });
    for report in [fails, incomplete, late, verified, Checker::new().run(|| ()), shards(2).remove(1)] {
        let text = report.to_text();
        let read: Report = text.parse().unwrap();
        assert_eq!(read.to_text(), text);
        assert_eq!(read.verdict(), report.verdict());
        assert_eq!(read.outcomes(), report.outcomes());
        assert_eq!(read.shard(), report.shard());
        assert_eq!(read.elapsed(), report.elapsed());
    }
}

#[test]
fn half_a_report_and_a_changed_one_are_no_reports() {
    let text = shards(2).remove(0).to_text();
    assert!(matches!(text[..text.len() / 2].parse::<Report>(), Err(LoadError::Damaged)));
    assert!(matches!(text.replace("shard 1", "shard 2").parse::<Report>(), Err(LoadError::Damaged)));
    assert!(matches!("something else".parse::<Report>(), Err(LoadError::Format)));
    assert!(matches!(Report::load("no such file"), Err(LoadError::Io(_))));
}
