//! Threads that want the same thing for a while, and what each got of it.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::thread;
use std::time::{Duration, Instant};

/// What a crowd of threads did.
pub struct Run {
    /// How many turns each thread had.
    pub turns: Vec<u64>,
    /// The longest time between two turns of one thread.
    pub longest: Duration,
    /// From the first thread's begin to the last one's end.
    pub elapsed: Duration,
}

impl Run {
    /// Turns in a microsecond.
    pub fn throughput(&self) -> f64 {
        self.turns.iter().sum::<u64>() as f64 / self.elapsed.as_secs_f64() / 1e6
    }

    /// The smallest share to the largest.
    pub fn fairness(&self) -> f64 {
        let (least, most) = (self.turns.iter().min().unwrap(), self.turns.iter().max().unwrap());
        *least as f64 / (*most).max(1) as f64
    }
}

/// Each thread takes its turn again and again until the time is up. Between two turns it reads the clock, and does nothing else.
pub fn crowd(threads: usize, time: Duration, turn: impl Fn() + Sync) -> Run {
    run(threads, |_, clock| {
        while clock.elapsed() < time {
            turn();
            clock.turn();
        }
    })
}

/// As [`crowd`], where a turn takes all threads: they have equally many, and the first says which is the last.
pub fn together(threads: usize, time: Duration, meet: impl Fn() + Sync) -> Run {
    let last = AtomicU64::new(u64::MAX);
    run(threads, |thread, clock| {
        for round in 0.. {
            if thread == 0 && clock.elapsed() >= time {
                // Said before they meet, so all know by the end of this very round.
                last.store(round, Relaxed);
            }
            meet();
            clock.turn();
            if last.load(Relaxed) == round {
                return;
            }
        }
    })
}

/// As [`crowd`], where the turn goes round: a thread waits for it and passes it to the next, until the first one has seen that
/// the time is up.
pub fn ring(
    threads: usize,
    time: Duration,
    wait: impl Fn(usize) + Sync,
    pass_to: impl Fn(usize) + Sync,
) -> Run {
    let over = AtomicBool::new(false);
    run(threads, |thread, clock| {
        if thread == 0 {
            pass_to(0);
        }
        loop {
            wait(thread);
            if thread == 0 && clock.elapsed() >= time {
                over.store(true, Relaxed);
            }
            // Looked at while the turn is here: in the round in which it is said, each learns of it with the turn, and none before.
            let is_last = over.load(Relaxed);
            pass_to((thread + 1) % threads);
            clock.turn();
            if is_last {
                return;
            }
        }
    })
}

/// As [`crowd`], where every other thread puts and the rest get, or one does both in turn. A turn is a put or a get.
pub fn pairs(threads: usize, time: Duration, put: impl Fn(u64) + Sync, get: impl Fn() -> u64 + Sync) -> Run {
    /// What each that puts puts last: it ends one of those that get, of whom there are as many.
    const END: u64 = u64::MAX;
    run(threads, |thread, clock| {
        if threads == 1 {
            while clock.elapsed() < time {
                put(0);
                clock.turn();
                get();
                clock.turn();
            }
        } else if thread % 2 == 0 {
            while clock.elapsed() < time {
                put(0);
                clock.turn();
            }
            put(END);
        } else {
            while get() != END {
                clock.turn();
            }
        }
    })
}

/// One thread's turns.
struct Clock {
    begin: Instant,
    now: Instant,
    turns: u64,
    longest: Duration,
}

impl Clock {
    fn start() -> Self {
        let now = Instant::now();
        Clock { begin: now, now, turns: 0, longest: Duration::ZERO }
    }

    /// How long this thread has been at it, at its last turn.
    fn elapsed(&self) -> Duration {
        self.now - self.begin
    }

    /// The thread has had a turn.
    fn turn(&mut self) {
        let now = Instant::now();
        self.longest = self.longest.max(now - self.now);
        self.now = now;
        self.turns += 1;
    }
}

/// Runs `body` on so many threads, each with its number and its clock, from when all are there.
fn run(threads: usize, body: impl Fn(usize, &mut Clock) + Sync) -> Run {
    let (start, body) = (&Barrier::new(threads), &body);
    let clocks: Vec<Clock> = thread::scope(|scope| {
        let one = |thread| {
            scope.spawn(move || {
                start.wait();
                let mut clock = Clock::start();
                body(thread, &mut clock);
                clock
            })
        };
        let all: Vec<_> = (0..threads).map(one).collect();
        all.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let begin = clocks.iter().map(|clock| clock.begin).min().unwrap();
    let end = clocks.iter().map(|clock| clock.now).max().unwrap();
    Run {
        turns: clocks.iter().map(|clock| clock.turns).collect(),
        longest: clocks.iter().map(|clock| clock.longest).max().unwrap(),
        elapsed: end - begin,
    }
}
