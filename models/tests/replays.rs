//! Interleavings that fail, as `cargo explore --as-test` writes them. When a bug is mended, its `should_panic` goes,
//! and the test keeps it from coming back.

#![cfg(all(loom, not(feature = "upstream-loom")))]

use selvedge::{Checker, Time, Verdict};
use selvedge_models::registry;

/// livelock: Releaser repeats release_count.get and goods.get without end: no other thread will change release_count and goods.
#[test]
#[should_panic(expected = "livelock in Releaser")]
fn e03_as_printed_in_adversarial_time() {
    let example = registry::find("E03").expect("the example is there");
    let version = example.variant("as-printed").expect("the version is there");
    let schedule = "1.0uruyxyxsruyxyxs.1rrryxowrrr.=5x9.1ow.2rr.1rrrow.=5x3.2hrr.1rrrow.2hrr.0uyx.1u.0j";
    let schedule = schedule.parse().expect("it is a schedule");
    let checker = Checker::new().time(Time::Adversarial).specifications().replay(&schedule);
    if let Verdict::Failed(failure) = checker.run(version.program).verdict() {
        panic!("{failure}");
    }
}

/// lost update: Collector overwrites what Releaser wrote to goods, without having seen it.
#[test]
#[should_panic(expected = "panic in Releaser")]
fn e03_mutant_trusts_empty_in_adversarial_time() {
    let example = registry::find("E03").expect("the example is there");
    let version = example.variant("mutant-trusts-empty").expect("the version is there");
    let schedule = "1.0uruyxyxsruyxyxs.1rrryxowrrr.=5x4.1o.2rrurwyxow.1w.2ryx";
    let schedule = schedule.parse().expect("it is a schedule");
    let checker = Checker::new().time(Time::Adversarial).specifications().replay(&schedule);
    if let Verdict::Failed(failure) = checker.run(version.program).verdict() {
        panic!("{failure}");
    }
}

/// assertion: 1200 goods, past the mark of 1000.
#[test]
#[should_panic(expected = "panic in Collector")]
fn e03_mutant_one_too_many_in_adversarial_time() {
    let example = registry::find("E03").expect("the example is there");
    let version = example.variant("mutant-one-too-many").expect("the version is there");
    let schedule = "1.0ruyxyxs.1yxyxyxyxyrxyxyx";
    let schedule = schedule.parse().expect("it is a schedule");
    let checker = Checker::new().time(Time::Adversarial).specifications().replay(&schedule);
    if let Verdict::Failed(failure) = checker.run(version.program).verdict() {
        panic!("{failure}");
    }
}

/// deadlock: Collector and Releaser wait forever in goods.wait_for.
#[test]
#[should_panic(expected = "deadlock")]
fn e03_mutant_no_notify_in_adversarial_time() {
    let example = registry::find("E03").expect("the example is there");
    let version = example.variant("mutant-no-notify").expect("the version is there");
    let schedule = "1.0ruyxyxsruyxyxs.1yxyxyxyxyrxylwxmn.2yxylwxmn";
    let schedule = schedule.parse().expect("it is a schedule");
    let checker = Checker::new().time(Time::Adversarial).specifications().replay(&schedule);
    if let Verdict::Failed(failure) = checker.run(version.program).verdict() {
        panic!("{failure}");
    }
}

/// deadlock: Thread-1 waits for lock, which it holds itself.
#[test]
#[should_panic(expected = "deadlock")]
fn l01_mutant_no_release_in_adversarial_time() {
    let example = registry::find("L01").expect("the example is there");
    let version = example.variant("mutant-no-release").expect("the version is there");
    let schedule = "1.0uruyxyxsuruyxyxsyrrx.1yxoyorwoy.2yxoy";
    let schedule = schedule.parse().expect("it is a schedule");
    let checker = Checker::new().time(Time::Adversarial).specifications().replay(&schedule);
    if let Verdict::Failed(failure) = checker.run(version.program).verdict() {
        panic!("{failure}");
    }
}
