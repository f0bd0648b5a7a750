//! How long a thread waits for a lock whose holder sleeps or works inside of it and takes it again at once.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use selvedge_primitives::{BoundedSemaphore, Condition, Lock, RLock, Semaphore};

/// Runs a closure while it holds something; without one, has it for a moment, as one does who has to wait for it.
type Hold = Box<dyn Fn(Option<fn()>) + Sync>;

/// How often a thread wants the lock in a round.
const WAITS: usize = 20;
/// What it does in between.
const GAP: Duration = Duration::from_millis(2);
/// When a holder stops at the latest: beside some it would go on for minutes.
const ENOUGH: Duration = Duration::from_secs(1);

struct Contestant {
    name: &'static str,
    make: fn() -> Hold,
}

/// Peers, and ours. parking_lot hands its locks over every half a millisecond in version 0.12, and in 0.13 only when it is asked to.
const CONTESTANTS: [Contestant; 12] = [
    Contestant {
        name: "std Mutex",
        make: || {
            let lock = Mutex::new(());
            Box::new(move |body| {
                let _held = lock.lock().unwrap();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "parking_lot 0.13 Mutex",
        make: || {
            let lock = parking_lot::Mutex::new(());
            Box::new(move |body| {
                let _held = lock.lock();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "parking_lot 0.12 Mutex",
        make: || {
            let lock = parking_lot_0_12::Mutex::new(());
            Box::new(move |body| {
                let _held = lock.lock();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "Lock",
        make: || {
            let lock = Lock::new(());
            Box::new(move |body| {
                let _held = lock.lock();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "Semaphore",
        make: || {
            let semaphore = Semaphore::new(1);
            Box::new(move |body| {
                let _held = semaphore.permit();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "BoundedSemaphore",
        make: || {
            let semaphore = BoundedSemaphore::new(1);
            Box::new(move |body| {
                let _held = semaphore.permit();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "parking_lot 0.13 ReentrantMutex",
        make: || {
            let lock = parking_lot::ReentrantMutex::new(());
            Box::new(move |body| {
                let _held = lock.lock();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "parking_lot 0.12 ReentrantMutex",
        make: || {
            let lock = parking_lot_0_12::ReentrantMutex::new(());
            Box::new(move |body| {
                let _held = lock.lock();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "RLock",
        make: || {
            let lock = RLock::new(());
            Box::new(move |body| {
                let _held = lock.lock();
                body.unwrap_or(|| ())();
            })
        },
    },
    Contestant {
        name: "parking_lot 0.13 Condvar, a wait that times out",
        make: || {
            let shared = (parking_lot::Mutex::new(()), parking_lot::Condvar::new());
            Box::new(move |body| {
                let mut held = shared.0.lock();
                match body {
                    Some(body) => body(),
                    None => _ = shared.1.wait_for(&mut held, Duration::from_nanos(1)),
                }
            })
        },
    },
    Contestant {
        name: "parking_lot 0.12 Condvar, a wait that times out",
        make: || {
            let shared = (parking_lot_0_12::Mutex::new(()), parking_lot_0_12::Condvar::new());
            Box::new(move |body| {
                let mut held = shared.0.lock();
                match body {
                    Some(body) => body(),
                    None => _ = shared.1.wait_for(&mut held, Duration::from_nanos(1)),
                }
            })
        },
    },
    Contestant {
        name: "Condition, a wait that times out",
        make: || {
            let condition = Condition::over(Lock::new(()));
            Box::new(move |body| {
                let mut held = condition.lock();
                match body {
                    Some(body) => body(),
                    None => _ = held.wait_timeout(Duration::from_nanos(1)),
                }
            })
        },
    },
];

const HOLDERS: [(&str, fn()); 4] = [
    ("sleeps 0.1 ms", || thread::sleep(Duration::from_micros(100))),
    ("sleeps 0.3 ms", || thread::sleep(Duration::from_micros(300))),
    ("sleeps 5 ms", || thread::sleep(Duration::from_millis(5))),
    ("works 0.3 ms", || {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_micros(300) {
            std::hint::spin_loop();
        }
    }),
];

/// Prints the longest of some waits, the median over so many rounds.
pub fn print(rounds: usize, median: impl Fn(Vec<f64>) -> f64) {
    println!("\nHolders: the longest of {WAITS} waits, in milliseconds; in brackets, the median wait\n");
    print!("| holder |");
    for (holder, _) in HOLDERS {
        print!(" {holder} |");
    }
    println!("\n|---|{}", "---:|".repeat(HOLDERS.len()));
    // What the rounds took, for each contestant and each holder.
    let mut taken = vec![vec![(vec![], vec![]); HOLDERS.len()]; CONTESTANTS.len()];
    for round in 0..rounds {
        for (which, (_, work)) in HOLDERS.iter().enumerate() {
            for turn in 0..CONTESTANTS.len() {
                let contestant = (round + turn) % CONTESTANTS.len();
                let mut waits = wait(&(CONTESTANTS[contestant].make)(), *work);
                waits.sort_by(f64::total_cmp);
                taken[contestant][which].0.push(waits[waits.len() - 1]);
                taken[contestant][which].1.push(waits[waits.len() / 2]);
            }
        }
    }
    for (contestant, taken) in CONTESTANTS.iter().zip(taken) {
        print!("| {} |", contestant.name);
        for (longest, typical) in taken {
            print!(" {:.2} ({:.2}) |", median(longest), median(typical));
        }
        println!();
    }

    println!(
        "\nTen turns beside a holder that sleeps 0.1 ms, and the first item of a producer that sleeps 5 ms under its"
    );
    println!(
        "condition, in milliseconds\n\n| what | std | parking_lot 0.13 | parking_lot 0.12 | ours |\n|---|---:|---:|---:|---:|"
    );
    let row = |name: &str, contestants: [&dyn Fn() -> f64; 4]| {
        let all = contestants.map(|contestant| median((0..rounds).map(|_| contestant()).collect()));
        println!("| {name} | {:.2} | {:.2} | {:.2} | {:.2} |", all[0], all[1], all[2], all[3]);
    };
    let ten = |which: usize| move || ten_turns(&(CONTESTANTS[which].make)());
    row("ten turns", [&ten(0), &ten(1), &ten(2), &ten(3)]);
    row(
        "first item",
        [&std_first_item, &parking_lot_first_item, &parking_lot_0_12_first_item, &our_first_item],
    );
}

/// How long each wait took beside a thread that holds it for `work` again and again, in milliseconds.
fn wait(hold: &Hold, work: fn()) -> Vec<f64> {
    beside(hold, work, || {
        let (begin, mut waits) = (Instant::now(), vec![]);
        while waits.is_empty() || waits.len() < WAITS && begin.elapsed() < ENOUGH {
            let from = Instant::now();
            hold(None);
            waits.push(from.elapsed().as_secs_f64() * 1e3);
            thread::sleep(GAP);
        }
        waits
    })
}

fn ten_turns(hold: &Hold) -> f64 {
    beside(hold, HOLDERS[0].1, || {
        let begin = Instant::now();
        for _ in 0..10 {
            thread::sleep(Duration::from_micros(100));
            hold(None);
        }
        begin.elapsed().as_secs_f64() * 1e3
    })
}

/// What `body` returns beside a thread that holds it for `work` again and again.
fn beside<R>(hold: &Hold, work: fn(), body: impl FnOnce() -> R) -> R {
    let over = &AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(move || {
            let begin = Instant::now();
            while !over.load(Relaxed) && begin.elapsed() < ENOUGH {
                hold(Some(work));
            }
        });
        thread::sleep(Duration::from_millis(5));
        let result = body();
        over.store(true, Relaxed);
        result
    })
}

/// When the consumer has the first item of `produce`, which puts one a turn until it is told that this is over.
fn first_item(produce: impl Fn() + Send, consume: impl FnOnce()) -> f64 {
    let over = &AtomicBool::new(false);
    thread::scope(|scope| {
        let begin = Instant::now();
        scope.spawn(move || {
            while !over.load(Relaxed) && begin.elapsed() < ENOUGH {
                produce();
            }
        });
        consume();
        over.store(true, Relaxed);
        begin.elapsed().as_secs_f64() * 1e3
    })
}

const PRODUCING: Duration = Duration::from_millis(5);

fn std_first_item() -> f64 {
    let (items, more) = (Mutex::new(VecDeque::new()), Condvar::new());
    let produce = || {
        let mut items = items.lock().unwrap();
        items.push_back(1);
        thread::sleep(PRODUCING);
        more.notify_one();
    };
    first_item(produce, || drop(more.wait_while(items.lock().unwrap(), |items| items.is_empty())))
}

fn parking_lot_first_item() -> f64 {
    let (items, more) = (parking_lot::Mutex::new(VecDeque::new()), parking_lot::Condvar::new());
    let produce = || {
        let mut items = items.lock();
        items.push_back(1);
        thread::sleep(PRODUCING);
        more.notify_one();
    };
    first_item(produce, || more.wait_while(&mut items.lock(), |items| items.is_empty()))
}

fn parking_lot_0_12_first_item() -> f64 {
    let (items, more) = (parking_lot_0_12::Mutex::new(VecDeque::new()), parking_lot_0_12::Condvar::new());
    let produce = || {
        let mut items = items.lock();
        items.push_back(1);
        thread::sleep(PRODUCING);
        more.notify_one();
    };
    first_item(produce, || more.wait_while(&mut items.lock(), |items| items.is_empty()))
}

fn our_first_item() -> f64 {
    let items = Condition::over(Lock::new(VecDeque::new()));
    let produce = || {
        let mut items = items.lock();
        items.push_back(1);
        thread::sleep(PRODUCING);
        items.notify(1);
    };
    first_item(produce, || items.lock().wait_for(|items| !items.is_empty()))
}
