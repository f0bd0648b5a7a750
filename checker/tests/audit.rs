//! The audit of orderings: what is weakened, what refutes it, and what it means of several at once.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

use std::sync::atomic::Ordering::{self, AcqRel, Acquire, Relaxed, Release, SeqCst};

use selvedge::audit::{Answer, Audit, Operation, Site, Weakening, weakest};
use selvedge::cell::UnsafeCell;
use selvedge::sync::Arc;
use selvedge::sync::atomic::{AtomicUsize, fence};
use selvedge::{Checker, FailureKind, MemoryModel, Verdict, thread};

/// Plain memory, and a word that says whether it may be read.
struct Message {
    data: UnsafeCell<usize>,
    ready: AtomicUsize,
}

// SAFETY: the models order the accesses of the data, or are seen to race.
unsafe impl Sync for Message {}

impl Message {
    fn write(&self) {
        // SAFETY: the engine reports it where somebody else reads or writes.
        self.data.with_mut(|data| unsafe { *data = 1 });
    }

    fn read(&self) -> usize {
        // SAFETY: the engine reports it where somebody else writes.
        self.data.with(|data| unsafe { *data })
    }
}

/// One thread writes and says so by `send`; the other reads where `receive` says that it may.
fn message(send: fn(&AtomicUsize), receive: fn(&AtomicUsize) -> bool) {
    let shared = Arc::new(Message { data: UnsafeCell::new(0), ready: AtomicUsize::new(0) });
    let theirs = shared.clone();
    let other = thread::spawn(move || {
        theirs.write();
        send(&theirs.ready);
    });
    if receive(&shared.ready) {
        assert_eq!(shared.read(), 1);
    }
    other.join().unwrap();
}

fn audit(model: impl Fn() + Send + Sync + 'static) -> Audit {
    Checker::new().audit(model).unwrap_or_else(|report| panic!("{}", report.verdict()))
}

fn of(audit: &Audit, operation: Operation) -> &Answer {
    let mut found = audit.answers().iter().filter(|answer| answer.site.operation == operation);
    let answer = found.next().unwrap_or_else(|| panic!("no {operation:?} in\n{audit}"));
    assert!(found.next().is_none(), "several of {operation:?} in\n{audit}");
    answer
}

fn kind(verdict: &Verdict) -> FailureKind {
    match verdict {
        Verdict::Failed(failure) => failure.kind,
        other => panic!("{other}"),
    }
}

#[test]
fn a_message_needs_a_release_and_an_acquire_and_the_race_without_them_is_named() {
    let audit = audit(|| message(|ready| ready.store(1, Release), |ready| ready.load(Acquire) == 1));
    for (operation, ordering) in [(Operation::Store, Release), (Operation::Load, Acquire)] {
        let answer = of(&audit, operation);
        assert_eq!((answer.ordering, &answer.weakest[..]), (ordering, &[ordering][..]));
        let [(Relaxed, verdict)] = &answer.refuted[..] else { panic!("{audit}") };
        assert_eq!(kind(verdict), FailureKind::DataRace);
        assert_eq!(answer.site.place.file, file!());
    }
    assert!(audit.together().is_empty(), "nothing can be weakened alone, so nothing can together");
}

#[test]
fn what_is_stronger_than_needed_is_weakened_as_far_as_it_goes_alone_and_together() {
    let audit = audit(|| message(|ready| _ = ready.swap(1, SeqCst), |ready| ready.load(SeqCst) == 1));
    let (swap, load) = (of(&audit, Operation::Update), of(&audit, Operation::Load));
    assert_eq!((swap.ordering, &swap.weakest[..]), (SeqCst, &[Release][..]));
    assert_eq!((load.ordering, &load.weakest[..]), (SeqCst, &[Acquire][..]));
    let together = [(load.site, Acquire), (swap.site, Release)];
    for weakening in together.map(|(site, ordering)| Weakening { site, ordering }) {
        assert!(audit.together().contains(&weakening), "{weakening} is not among {:?}", audit.together());
    }
}

#[test]
fn success_and_failure_of_one_call_are_two_orderings() {
    let audit = audit(|| {
        let receive = |ready: &AtomicUsize| ready.compare_exchange(0, 2, AcqRel, Acquire) == Err(1);
        message(|ready| _ = ready.compare_exchange(0, 1, Release, Relaxed), receive);
    });
    let answers = |operation| {
        let answers = audit.answers().iter().filter(move |answer| answer.site.operation == operation);
        answers.map(|answer| (answer.ordering, answer.weakest.clone())).collect::<Vec<_>>()
    };
    // In the order of the source: the receiver is above the sender.
    assert_eq!(answers(Operation::Success), [(AcqRel, vec![Relaxed]), (Release, vec![Release])]);
    assert_eq!(answers(Operation::Failure), [(Acquire, vec![Acquire]), (Relaxed, vec![Relaxed])]);
}

#[test]
fn the_load_of_a_fetch_update_has_the_ordering_of_its_failure() {
    let audit = audit(|| {
        let receive = |ready: &AtomicUsize| ready.fetch_update(Relaxed, SeqCst, |_| None) == Err(1);
        message(|ready| ready.store(1, Release), receive);
    });
    assert_eq!(of(&audit, Operation::Failure).weakest, [Acquire]);
    assert!(audit.answers().iter().all(|answer| answer.site.operation != Operation::Load), "{audit}");
}

#[test]
fn a_fence_that_nothing_needs_can_go_and_one_of_two_that_do_the_same_but_not_both() {
    let sends: fn(&AtomicUsize) = |ready| {
        fence(Release);
        ready.store(1, Relaxed);
    };
    let audit = audit(move || {
        message(sends, |ready| {
            let is_ready = ready.load(Relaxed) == 1;
            fence(Acquire);
            fence(AcqRel);
            is_ready
        });
    });
    let fences: Vec<_> = audit.answers().iter().filter(|a| a.site.operation == Operation::Fence).collect();
    let [send, first, second] = fences[..] else { panic!("{audit}") };
    assert_eq!(send.weakest, [Release]);
    assert_eq!(kind(&send.refuted[0].1), FailureKind::DataRace, "a relaxed fence is none");
    assert_eq!((&first.weakest[..], &second.weakest[..]), (&[Relaxed][..], &[Relaxed][..]));
    let together: Vec<_> = audit.together().iter().map(|weakening| weakening.ordering).collect();
    assert_eq!(together, [Relaxed, Acquire], "the first goes, and the second is all that is left");
}

#[test]
fn store_buffering_needs_sequential_consistency_at_every_access() {
    let audit = audit(|| {
        let (x, y) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (their_x, their_y) = (x.clone(), y.clone());
        let other = thread::spawn(move || {
            their_x.store(1, SeqCst);
            their_y.load(SeqCst)
        });
        y.store(1, SeqCst);
        let mine = x.load(SeqCst);
        assert!(mine + other.join().unwrap() > 0);
    });
    assert_eq!(audit.answers().len(), 4);
    for answer in audit.answers() {
        assert!(answer.is_minimal(), "{audit}");
        assert_eq!(kind(&answer.refuted[0].1), FailureKind::Panic);
    }
}

#[test]
fn accesses_of_one_place_that_differ_are_weakened_to_the_same() {
    fn add(word: &AtomicUsize, ordering: Ordering) -> usize {
        word.fetch_add(1, ordering)
    }
    let report = Checker::new().record_orderings().run(|| {
        let word = AtomicUsize::new(0);
        add(&word, Acquire);
        add(&word, Release);
    });
    let sites: Vec<_> = report.orderings().iter().collect();
    let [(site, AcqRel)] = sites[..] else { panic!("{sites:?}") };
    let weakening = Weakening { site: *site, ordering: Release };
    let weakened = Checker::new().weaken(weakening).record_orderings().run(|| {
        message(|ready| _ = add(ready, Release), |ready| add(ready, Acquire) == 1);
    });
    assert_eq!(
        kind(weakened.verdict()),
        FailureKind::DataRace,
        "the acquire is weakened, the release is not"
    );
    assert_eq!(weakened.orderings()[site], AcqRel, "what is recorded is what the source has");
}

#[test]
fn orderings_are_recorded_by_all_workers() {
    let explore = |workers| {
        let model = || message(|ready| ready.store(1, Release), |ready| ready.load(Acquire) == 1);
        Checker::new().workers(workers).record_orderings().run(model).orderings().clone()
    };
    assert_eq!(explore(2), explore(1));
    assert_eq!(explore(1).len(), 2);
}

fn passed() {
    message(|ready| ready.store(1, Release), |ready| ready.load(Acquire) == 1);
}

#[test]
fn a_message_is_passed() {
    let _verified = Checker::new().run(passed).assert_verified();
}

#[test]
fn the_environment_weakens_every_model_and_the_report_says_so_where_it_says_how_to_replay_it() {
    let report = Checker::new().record_orderings().run(passed);
    let (site, _) = report.orderings().iter().find(|(_, ordering)| **ordering == Release).unwrap();
    let weakened = |ordering| {
        let weakening = Weakening { site: *site, ordering }.to_string();
        let mut test = std::process::Command::new(std::env::current_exe().unwrap());
        test.args(["--exact", "a_message_is_passed"]).env("SELVEDGE_WEAKEN", &weakening);
        let output = test.output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("1 test") && text.contains("a_message_is_passed"), "{text}");
        assert!(
            output.status.success() || text.contains(&format!("SELVEDGE_WEAKEN='{weakening}' ")),
            "{text}"
        );
        output.status.success()
    };
    assert!(weakened(SeqCst), "no weaker");
    assert!(!weakened(Relaxed));
}

#[test]
fn nothing_is_recorded_that_nobody_asked_for() {
    let report = Checker::new().run(|| AtomicUsize::new(0).store(1, Release));
    assert!(report.orderings().is_empty());
}

#[test]
fn a_model_that_fails_as_it_is_has_no_audit() {
    let race = || message(|ready| ready.store(1, Relaxed), |ready| ready.load(Acquire) == 1);
    let report = Checker::new().audit(race).unwrap_err();
    assert_eq!(kind(report.verdict()), FailureKind::DataRace);
}

#[test]
fn what_does_not_end_within_the_limit_is_not_taken_for_verified() {
    // Four executions as it is; with the acquire weakened one more, which does not fail.
    let model = || {
        let (x, y) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let (their_x, their_y) = (x.clone(), y.clone());
        let other = thread::spawn(move || {
            their_x.store(1, Relaxed);
            their_y.store(1, Release);
        });
        let _seen = (y.load(Acquire), x.load(Relaxed));
        other.join().unwrap();
    };
    let executions = Checker::new().run(model).executions();
    let audit = Checker::new().max_executions(executions).audit(model).unwrap();
    let load = audit.answers().iter().find(|answer| answer.ordering == Acquire).unwrap();
    assert!(load.is_minimal());
    assert!(matches!(load.refuted[..], [(Relaxed, Verdict::Incomplete(_))]), "{audit}");
}

#[test]
fn under_sequential_consistency_only_races_tell_orderings_apart() {
    let checker = Checker::new().memory_model(MemoryModel::Sc);
    let audit = checker
        .audit(|| message(|ready| ready.store(1, SeqCst), |ready| ready.load(SeqCst) == 1))
        .unwrap_or_else(|report| panic!("{}", report.verdict()));
    assert_eq!(of(&audit, Operation::Store).weakest, [Release]);
}

#[test]
fn a_weakening_and_its_text_are_the_same() {
    let text = "some folder/lib.rs:12:20 success=Relaxed";
    let weakening: Weakening = text.parse().unwrap();
    let Weakening { site, ordering } = weakening;
    assert_eq!((site.place.file, site.place.line, site.place.column), ("some folder/lib.rs", 12, 20));
    assert_eq!((site.operation, ordering), (Operation::Success, Relaxed));
    assert_eq!(weakening.to_string(), text);
    assert_eq!(site.to_string().parse::<Site>().as_ref(), Ok(&site));
    for wrong in
        ["", "lib.rs:1:2=Relaxed", "lib.rs:1:2 success", "lib.rs:1:2 success=Weak", "lib.rs:1 load=Relaxed"]
    {
        assert!(wrong.parse::<Weakening>().is_err(), "`{wrong}` says nothing");
    }
}

#[test]
fn nothing_is_tried_below_what_fails_and_nothing_twice() {
    let asked = |operation, from, holding: &[Ordering]| {
        let mut asked = Vec::new();
        let weakest = weakest(operation, from, |ordering| {
            asked.push(ordering);
            holding.contains(&ordering)
        });
        (weakest, asked)
    };
    assert_eq!(asked(Operation::Load, SeqCst, &[]), (vec![SeqCst], vec![Acquire]));
    assert_eq!(asked(Operation::Store, SeqCst, &[Release]), (vec![Release], vec![Release, Relaxed]));
    let all = [AcqRel, Acquire, Release, Relaxed];
    assert_eq!(asked(Operation::Update, SeqCst, &all), (vec![Relaxed], all.to_vec()));
    let both = (vec![Acquire, Release], all.to_vec());
    assert_eq!(asked(Operation::Update, SeqCst, &[AcqRel, Acquire, Release]), both);
    let one = (vec![Release], vec![AcqRel, Acquire, Release]);
    assert_eq!(asked(Operation::Fence, SeqCst, &[AcqRel, Release]), one);
}
