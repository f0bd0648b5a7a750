//! Interleavings that fail, as `cargo explore --as-test` writes them. When a bug is mended, its `should_panic` goes,
//! and the test keeps it from coming back.

#![cfg(all(loom, not(feature = "upstream-loom")))]

use selvedge::{Checker, Time, Verdict};
use selvedge_models::registry;

/// assertion: 1200 goods, past the mark of 1000: no release will see 1000 again, and both loop for ever.
#[test]
#[should_panic(expected = "panic in Collector")]
fn e03_as_printed_in_adversarial_time() {
    let example = registry::find("E03").expect("the example is there");
    let version = example.variant("as-printed").expect("the version is there");
    let schedule = "1.0uruyxyxs.1rrryxowrrr.=5x4.1yx";
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

/// deadlock: Collector and Releaser wait for ever in goods.wait_for.
#[test]
#[should_panic(expected = "deadlock")]
fn e03_mutant_no_notify_in_adversarial_time() {
    let example = registry::find("E03").expect("the example is there");
    let version = example.variant("mutant-no-notify").expect("the version is there");
    let schedule = "1.0ruyxyxsruyxyxsrlumn.1yxyxyxyxyrxylwxmn.2yxylwxmn";
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
    let schedule = "1.0uruyxyxsuruyxyxsyrrrxrlumn.1yxoyorwoy.2yxoy";
    let schedule = schedule.parse().expect("it is a schedule");
    let checker = Checker::new().time(Time::Adversarial).specifications().replay(&schedule);
    if let Verdict::Failed(failure) = checker.run(version.program).verdict() {
        panic!("{failure}");
    }
}
