//! Games from their beginning to their end.

mod common;

use common::{Random, game, models, press, wander};
use selvedge::{Checker, FailureKind, Verdict};
use selvedge_play::game::{How, Wish};
use selvedge_play::screen::text;
use selvedge_play::{Game, terminal};

/// Presses a key until the game has ended.
fn until_the_end(game: &mut Game, wishes: &[Wish]) {
    for _ in 0..200 {
        if game.ending().is_some() {
            return;
        }
        wishes.iter().for_each(|wish| game.grant(*wish));
    }
    panic!("it does not end:\n{}", text(game, 80, 24));
}

/// The game has failed as its replay does.
#[track_caller]
fn fails_as_it_replays(game: &Game, model: fn()) -> FailureKind {
    let ending = game.ending().expect("it has ended");
    let How::Failed { kind, .. } = &ending.how else { panic!("it is {:?}", ending.how) };
    let schedule = ending.schedule.parse().expect("it is a schedule");
    let report = Checker::new().replay(&schedule).run(model);
    let Verdict::Failed(failure) = report.verdict() else { panic!("it does not fail again: {report:?}") };
    assert_eq!(failure.kind, *kind);
    *kind
}

const BREAK: [(&str, fn(), FailureKind); 6] = [
    ("lost update", models::lost_update, FailureKind::Panic),
    ("crossed", models::crossed, FailureKind::Deadlock),
    ("letter", models::letter, FailureKind::Panic),
    ("unheard", models::unheard, FailureKind::Deadlock),
    ("dice", models::dice, FailureKind::Panic),
    ("lost update, again", models::lost_update, FailureKind::Panic),
];

#[test]
fn who_is_shown_the_checkers_schedule_sees_its_failure() {
    for (title, model, kind) in BREAK {
        let mut game = game(title, model);
        until_the_end(&mut game, &[Wish::Show]);
        assert_eq!(fails_as_it_replays(&game, model), kind, "{title}");
        let shortest = game.program().known.shortest().unwrap();
        assert_eq!(game.ending().unwrap().schedule, shortest.to_string(), "{title}");
    }
}

#[test]
fn who_follows_the_hints_breaks_it_with_no_more_switches_than_the_checker() {
    for (title, model, kind) in BREAK {
        let mut game = game(title, model);
        game.grant(Wish::Small);
        until_the_end(&mut game, &[Wish::Hint, Wish::Take]);
        assert_eq!(fails_as_it_replays(&game, model), kind, "{title}");
        assert!(game.switches() <= game.program().known.shortest().unwrap().switches(), "{title}");
    }
}

#[test]
fn a_hint_finds_another_way_where_the_checkers_was_left() {
    let mut game = game("lost update", models::lost_update);
    // The checker begins both before anybody adds.
    press(&mut game, "1 2");
    until_the_end(&mut game, &[Wish::Hint, Wish::Take]);
    fails_as_it_replays(&game, models::lost_update);
}

#[test]
fn a_hint_says_where_there_is_no_way_any_more() {
    let mut game = game("lost update", models::lost_update);
    press(&mut game, "1 1 2 2 h");
    let said = game.message().unwrap();
    assert!(said.starts_with("No way on from here breaks it: all were tried."), "{said}");
    press(&mut game, "u h enter");
    assert!(!game.message().unwrap_or_default().contains("No way"), "{:?}", game.message());
}

#[test]
fn a_small_step_is_asked_for_where_another_thread_comes_in_the_middle() {
    let mut game = game("unheard", models::unheard);
    until_the_end(&mut game, &[Wish::Hint, Wish::Take]);
    fails_as_it_replays(&game, models::unheard);
}

#[test]
fn what_is_taken_back_and_taken_again_looks_the_same() {
    for (title, model) in models::ALL {
        for seed in 1..=8 {
            let (mut game, mut random) = (game(title, model), Random(seed * 7_919));
            if seed % 2 == 0 {
                game.grant(Wish::Small);
            }
            let begin = text(&game, 80, 24);
            let mut screens = wander(&mut game, &mut random, 60);
            // What is said at the beginning is said once.
            game.grant(Wish::Undo);
            game.grant(Wish::Redo);
            *screens.last_mut().unwrap() = text(&game, 80, 24);
            assert!(game.ending().is_some() || screens.len() > 60, "{title}: it ends");
            for before in screens.iter().rev().skip(1) {
                game.grant(Wish::Undo);
                let same = *before == text(&game, 80, 24) || *before == begin;
                assert!(same, "{title}: taken back\n{}\nand before\n{before}", text(&game, 80, 24));
            }
            for after in &screens[1..] {
                game.grant(Wish::Redo);
                assert_eq!(*after, text(&game, 80, 24), "{title}: taken again");
            }
        }
    }
}

#[test]
fn every_end_is_what_its_schedule_replays() {
    for (title, model) in models::ALL {
        for seed in 1..=8 {
            let mut game = game(title, model);
            wander(&mut game, &mut Random(seed * 104_729), 80);
            let Some(ending) = game.ending() else { panic!("{title} does not end") };
            match &ending.how {
                How::Failed { .. } => drop(fails_as_it_replays(&game, model)),
                How::Passed { outcome } => {
                    let schedule = ending.schedule.parse().unwrap();
                    let report = Checker::new().replay(&schedule).run(model);
                    assert_eq!(report.outcomes().keys().next(), Some(outcome), "{title}");
                }
                How::Dropped(why) => assert_eq!(title, "waiting", "{why}"),
            }
        }
    }
}

#[test]
fn a_thread_goes_on_until_it_waits() {
    let mut game = game("crossed", models::crossed);
    press(&mut game, "g");
    assert_eq!(game.position().threads().len(), 3);
    press(&mut game, "g");
    assert!(game.taken().iter().skip(2).all(|taken| taken.thread == 1));
    assert_eq!(game.switches(), 1);
}

#[test]
fn what_replays_is_left_when_the_screen_is_gone() {
    let mut game = game("dice", models::dice);
    assert!(terminal::farewell(&game).is_empty(), "nothing has ended");
    until_the_end(&mut game, &[Wish::Show]);
    let said = terminal::farewell(&game);
    assert!(said.last().unwrap().starts_with("replay replay it with 1.0c-5"), "{said:?}");
}

#[test]
fn a_key_that_means_nothing_here_changes_nothing() {
    let mut game = game("lost update", models::lost_update);
    press(&mut game, "up");
    let before = text(&game, 80, 24);
    press(&mut game, "9");
    assert_eq!(game.message(), Some("There is no thread 9 here."));
    press(&mut game, "up");
    assert_eq!(text(&game, 80, 24), before);
}
