// Programs that are drawn: a few threads that read and write plain cells, with more or less of what orders them. Names say whose cells,
// atomics, locks and threads these are.

use super::names::*;

#[derive(Clone, Copy, Debug)]
enum Step {
    Read(usize),
    Write(usize),
    /// Under the lock.
    Locked(usize),
    Load(usize, Ordering),
    Store(usize, Ordering),
    Add(usize, Ordering),
    Fence(Ordering),
    /// The step after it is left out if what was loaded last is 0.
    IfSet,
}

struct Chance(u64);

impl Chance {
    fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % n as u64) as usize
    }

    fn step(&mut self) -> Step {
        let (cell, atomic) = (self.below(2), self.below(2));
        match self.below(12) {
            0 | 1 => Step::Read(cell),
            2 | 3 => Step::Write(cell),
            4 => Step::Locked(cell),
            5 | 6 => Step::Load(atomic, [Acquire, Acquire, Relaxed][self.below(3)]),
            7 | 8 => Step::Store(atomic, [Release, Release, Relaxed][self.below(3)]),
            9 => Step::Add(atomic, [AcqRel, Release, Acquire, Relaxed][self.below(4)]),
            10 => Step::Fence([AcqRel, Release, Acquire, SeqCst][self.below(4)]),
            _ => Step::IfSet,
        }
    }

    fn steps(&mut self) -> Vec<Step> {
        let mut steps: Vec<_> = (0..1 + self.below(3)).map(|_| self.step()).collect();
        // Many look before they touch.
        if self.below(2) == 0 {
            steps.extend([Step::Load(self.below(2), Acquire), Step::IfSet, Step::Read(self.below(2))]);
        }
        steps
    }
}

#[derive(Default)]
struct Shared {
    cells: Cells,
    atomics: [AtomicUsize; 2],
    lock: Mutex<()>,
}

impl Shared {
    fn run(&self, steps: &[Step]) {
        let mut loaded = 0;
        let mut steps = steps.iter();
        while let Some(step) = steps.next() {
            match *step {
                Step::Read(cell) => self.cells.read(cell),
                Step::Write(cell) => self.cells.write(cell),
                Step::Locked(cell) => {
                    let _held = self.lock.lock().unwrap();
                    self.cells.write(cell);
                }
                Step::Load(atomic, order) => loaded = self.atomics[atomic].load(order),
                Step::Store(atomic, order) => self.atomics[atomic].store(1, order),
                Step::Add(atomic, order) => loaded = self.atomics[atomic].fetch_add(1, order),
                Step::Fence(order) => fence(order),
                Step::IfSet if loaded == 0 => _ = steps.next(),
                Step::IfSet => {}
            }
        }
    }
}

/// Runs the program of this number.
pub fn run(number: u64) {
    let mut chance = Chance(number);
    let shared = Arc::new(Shared::default());
    let before = chance.steps();
    shared.run(&before[..1]);
    let threads: Vec<_> = (0..1 + chance.below(2))
        .map(|_| {
            let (shared, steps) = (shared.clone(), chance.steps());
            thread::spawn(move || shared.run(&steps))
        })
        .collect();
    shared.run(&chance.steps());
    for thread in threads {
        thread.join().unwrap();
    }
    shared.cells.read(0);
    shared.cells.write(1);
}
