//! Every example can be played.

#![cfg(all(loom, not(feature = "upstream-loom")))]

use std::time::Duration;

use selvedge::Verdict;
use selvedge_models::playing;
use selvedge_models::registry::{Exploration, MODELS};
use selvedge_play::game::{How, Wish};
use selvedge_play::screen::text;
use selvedge_play::{Game, Known};

fn all() -> impl Iterator<Item = Exploration> {
    MODELS.iter().flat_map(Exploration::of)
}

fn game(exploration: &Exploration, most: Duration) -> Game {
    Game::new(playing::program(exploration, "replay".to_owned(), most))
}

/// Numbers that look random, and are the same each time.
struct Random(u64);

impl Random {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n as u64) as usize
    }
}

/// Lets a thread go on that can, drawn at random. False at the end.
fn step(game: &mut Game, random: &mut Random) -> bool {
    let can: Vec<_> = (0..game.offers().len()).filter(|at| game.offers()[*at].take.is_some()).collect();
    if can.is_empty() {
        return false;
    }
    let wanted = can[random.below(can.len())];
    while game.chosen() != wanted {
        game.grant(if game.chosen() < wanted { Wish::Down } else { Wish::Up });
    }
    // Some threads go far before another does.
    game.grant(if random.below(3) == 0 { Wish::GoOn } else { Wish::Take });
    true
}

/// The end of a game is what its schedule replays.
fn replays(exploration: &Exploration, game: &Game) {
    let ending = game.ending().expect("it has ended");
    let schedule = ending.schedule.parse().expect("it is a schedule");
    let report = playing::checker(exploration).replay(&schedule).run(exploration.variant.program);
    match (&ending.how, report.verdict()) {
        (How::Failed { kind, .. }, Verdict::Failed(failure)) => {
            assert_eq!(failure.kind, *kind, "{exploration} along {schedule}");
        }
        // A replay lets daemons go on that were cut off.
        (How::Passed { .. }, _) if game.taken().last().is_some_and(|taken| taken.is_end) => {}
        (How::Passed { outcome }, Verdict::Incomplete(_)) => {
            assert_eq!(report.outcomes().keys().next(), Some(outcome), "{exploration} along {schedule}");
        }
        (How::Dropped(_), Verdict::Incomplete(_)) => {}
        (how, verdict) => panic!("{exploration} along {schedule}: {how:?} here, and {verdict:?} there"),
    }
}

/// So many steps are taken at most.
const STEPS: usize = 9;

#[test]
fn steps_at_random_lead_to_an_end_that_replays_and_are_taken_back_and_again() {
    let mut ended = 0;
    for (exploration, seed) in all().zip(1..) {
        let (mut game, mut random) = (game(&exploration, Duration::ZERO), Random(seed * 7_919));
        game.grant(Wish::Redo);
        let mut screens = vec![];
        let mut taken = vec![];
        for _ in 0..STEPS {
            if !step(&mut game, &mut random) {
                break;
            }
            taken.push(game.taken().len());
            screens.push(text(&game, 80, 24));
        }
        if game.ending().is_some() {
            ended += 1;
            replays(&exploration, &game);
        }
        for (before, count) in screens.iter().zip(&taken).rev().skip(1) {
            while game.taken().len() > *count {
                game.grant(Wish::Undo);
            }
            assert_eq!(text(&game, 80, 24), *before, "{exploration}: taken back");
        }
        for (after, count) in screens.iter().zip(&taken).skip(1) {
            while game.taken().len() < *count {
                game.grant(Wish::Redo);
            }
            assert_eq!(text(&game, 80, 24), *after, "{exploration}: taken again");
        }
    }
    println!("{ended} games came to an end");
    assert!(ended > 30, "only {ended} games came to an end");
}

/// Schedules with more steps take long to be shown.
const SHOWN: usize = 250;

#[test]
fn the_checkers_schedule_is_shown_to_the_failure_that_it_replays() {
    let mut shown = 0;
    let mut others = Vec::new();
    for exploration in all().filter(|e| e.expected.fails()) {
        let mut game = game(&exploration, Duration::from_secs(2));
        let Known::Breaks { schedule, .. } = &game.program().known else { continue };
        let schedule = schedule.clone();
        if schedule.steps() > SHOWN {
            continue;
        }
        for _ in 0..=schedule.steps() {
            if game.ending().is_some() {
                break;
            }
            game.grant(Wish::Show);
        }
        let ending = game.ending();
        let Some(How::Failed { .. }) = ending.map(|ending| &ending.how) else {
            panic!("{exploration} along {schedule}: {ending:?}\n{}", text(&game, 100, 40));
        };
        if ending.unwrap().schedule != schedule.to_string() {
            others.push(format!("{exploration}: {} in place of {schedule}", ending.unwrap().schedule));
        }
        replays(&exploration, &game);
        shown += 1;
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert!(shown > 20, "only {shown} were shown");
}
