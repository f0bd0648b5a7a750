//! Screens, as they are read.

mod common;

use common::{game, models, press};
use insta::assert_snapshot;
use selvedge_play::screen::text;

#[test]
fn the_beginning() {
    assert_snapshot!(text(&game("lost update", models::lost_update), 80, 24));
}

#[test]
fn the_middle_with_values_and_switches() {
    let mut game = game("lost update", models::lost_update);
    press(&mut game, "1 1 2 3 3");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn a_failure_beside_the_checkers_shortest_schedule() {
    let mut game = game("lost update", models::lost_update);
    press(&mut game, "1 1 2 3 2 3 g");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn threads_that_are_blocked_and_who_has_what() {
    let mut game = game("crossed", models::crossed);
    press(&mut game, "1 1 2 3 2");
    assert_snapshot!(text(&game, 80, 24));
    press(&mut game, "3");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn a_thread_that_cannot_go_on_says_why() {
    let mut game = game("crossed", models::crossed);
    press(&mut game, "1 1 2 3 2 2");
    assert_snapshot!(game.message().unwrap());
}

#[test]
fn a_verified_program_at_its_end() {
    let mut game = game("one step", models::one_step);
    press(&mut game, "1 1 2 1 1 1");
    assert_snapshot!(text(&game, 80, 24));
    press(&mut game, "h");
    assert_snapshot!(game.message().unwrap());
}

#[test]
fn a_passing_execution_of_a_program_that_breaks() {
    let mut game = game("lost update", models::lost_update);
    press(&mut game, "1 1 2 2 3 3 g");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn a_value_is_chosen_where_memory_is_weak() {
    let mut game = game("letter", models::letter);
    press(&mut game, "1 2 2 1");
    assert_snapshot!(text(&game, 80, 24));
    press(&mut game, "enter 1");
    assert_snapshot!(text(&game, 80, 24));
    press(&mut game, "down enter");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn what_the_model_chooses_is_chosen() {
    let mut game = game("dice", models::dice);
    press(&mut game, "down down");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn more_threads_than_lanes() {
    let mut game = game("crowd", models::crowd);
    press(&mut game, "1 1 1 1 1 1 1 4 8 2");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn small_steps() {
    let mut game = game("unheard", models::unheard);
    press(&mut game, "i 1 2 2 2 2");
    assert_snapshot!(text(&game, 80, 24));
}

#[test]
fn a_wide_terminal_and_one_that_is_too_small() {
    let mut game = game("crossed", models::crossed);
    press(&mut game, "1 1 2 3");
    assert_snapshot!(text(&game, 120, 30));
    assert_snapshot!(text(&game, 50, 12));
}

#[test]
fn the_help() {
    let mut game = game("lost update", models::lost_update);
    press(&mut game, "?");
    assert_snapshot!(text(&game, 80, 24));
    press(&mut game, "x".replace('x', "h").as_str());
    assert!(text(&game, 80, 24).contains("who goes next?"));
}

#[test]
fn the_page_shows_screens_as_they_are() {
    let page = include_str!("../../docs/play.md");
    for keys in ["1 1 2 3 3", "1 1 2 3 2 3 g"] {
        let mut game = game("lost update", models::lost_update);
        press(&mut game, keys);
        let shown = text(&game, 80, 24);
        assert!(page.contains(&shown), "docs/play.md does not show\n{shown}");
    }
}

#[test]
fn the_page_has_the_keys() {
    let page = include_str!("../../docs/play.md");
    for key in ["`g`", "`u`", "`r`", "`h`", "`s`", "`n`", "`i`", "`?`", "`q`"] {
        assert!(page.contains(&format!("| {key}")), "{key}");
        assert!(
            selvedge_play::keys::HELP.iter().any(|(keys, _)| keys.contains(key.trim_matches('`'))),
            "{key}"
        );
    }
}

#[test]
fn no_line_is_lost_at_the_smallest_size() {
    for (title, model) in models::ALL {
        let mut game = game(title, model);
        let mut random = common::Random(5);
        common::wander(&mut game, &mut random, 40);
        let (columns, lines) = selvedge_play::screen::LEAST;
        let shown = text(&game, columns, lines);
        assert!(shown.contains("q quit") || shown.contains("h hint"), "{shown}");
    }
}
