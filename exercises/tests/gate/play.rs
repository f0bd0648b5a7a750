//! Every exercise can be played: who is shown the checker's schedule sees the failure that the description names.

use selvedge_play::Game;
use selvedge_play::game::{How, Wish};

use super::{course, variant};

#[test]
fn the_checkers_schedule_breaks_each_program_step_by_step() {
    for exercise in course().exercises() {
        let name = &exercise.name;
        let program = selvedge_exercises::program(
            &exercise.settings(),
            exercise.description.story.clone(),
            variant(name, "start"),
        );
        let mut game = Game::new(program);
        let schedule = game.program().known.shortest().expect("it breaks").clone();
        for _ in 0..=schedule.steps() {
            if game.ending().is_some() {
                break;
            }
            game.grant(Wish::Show);
        }
        let ending = game.ending();
        let Some(How::Failed { kind, .. }) = ending.map(|ending| &ending.how) else {
            panic!("{name} along {schedule}: {ending:?}");
        };
        assert_eq!(kind.to_string(), exercise.description.fails.replace('-', " "), "{name}");
        assert_eq!(ending.unwrap().schedule, schedule.to_string(), "{name}");
    }
}

#[test]
fn a_program_that_is_mended_is_not_broken_by_always_letting_another_go_on() {
    for exercise in course().exercises() {
        let name = &exercise.name;
        let mend = &exercise.description.right[0].file;
        let settings = exercise.settings();
        let program = selvedge_exercises::program(&settings, String::new(), variant(name, mend));
        let mut game = Game::new(program);
        for round in 0..60 {
            let last = game.taken().last().map(|taken| taken.thread);
            let offers = game.offers();
            let can = |at: &usize| offers[*at].take.is_some();
            let other = (0..offers.len()).filter(can).find(|at| Some(offers[*at].thread) != last);
            let any = (0..offers.len()).filter(can).nth(round % 2).or((0..offers.len()).find(can));
            let Some(wanted) = other.or(any) else { break };
            while game.chosen() != wanted {
                game.grant(if game.chosen() < wanted { Wish::Down } else { Wish::Up });
            }
            game.grant(Wish::Take);
        }
        let how = game.ending().map(|ending| &ending.how);
        assert!(!matches!(how, Some(How::Failed { .. })), "{name} with {mend}: {how:?}");
    }
}
