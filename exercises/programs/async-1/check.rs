//! One thread answers, another awaits the answer.

use std::future::Future;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};

use selvedge::future::block_on;
use selvedge::outcome;
use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge_exercises::start;

use super::program::Question;

/// How far the answer is.
const WORKED_ON: u32 = 1;
const WORKED_OUT: u32 = 2;

/// Polls the question, and tells whether a poll came back while the answer was worked out.
struct Watched<'a> {
    question: &'a Question,
    progress: &'a AtomicU32,
    meanwhile: bool,
}

impl Future for Watched<'_> {
    type Output = (u32, bool);

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<(u32, bool)> {
        let mut question = self.question;
        let before = self.progress.load(Relaxed);
        let polled = pin!(&mut question).poll(context);
        self.meanwhile |= before == WORKED_ON && self.progress.load(Relaxed) == WORKED_ON;
        polled.map(|answer| (answer, self.meanwhile))
    }
}

pub fn check() {
    let (question, progress) = (Arc::new(Question::new()), Arc::new(AtomicU32::new(0)));
    let oracle = start("Oracle", {
        let (question, progress) = (question.clone(), progress.clone());
        move || {
            question.answer(|| {
                progress.store(WORKED_ON, Relaxed);
                progress.store(WORKED_OUT, Relaxed);
                42
            });
        }
    });
    let (answer, meanwhile) =
        block_on(Watched { question: &question, progress: &progress, meanwhile: false });
    assert_eq!(answer, 42, "the answer is wrong");
    oracle.join().unwrap();
    if meanwhile {
        outcome("the question is polled while the answer is worked out");
    }
}
