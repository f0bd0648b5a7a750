//! GenMC's litmus tests (`tests/correct/litmus`): how many executions each has in RC11 and in sequential consistency.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicI32, Ordering, fence};
use selvedge::{Checker, MemoryModel, assume, thread};

/// A test: its name, its executions in RC11 and in SC, and what its threads do. Those are between bars, and their steps
/// between semicolons, with the ordering at the end. `x` to `w` are shared, `a` to `d` are a thread's own.
///
/// What GenMC has as plain memory is relaxed here: that has as many executions, and no race to be found.
///
/// In two tests GenMC finds fewer in RC11, because it orders SeqCst events also by `sb; hb; sb`, where RC11 has
/// `sb|≠loc; hb; sb|≠loc` (`sb` is the order of the program, and `hb` happens-before).
/// - WWmerge1, 17: not `x = 2` and `y = 0` in the first thread with `x = 0` in the last. The stores of the second are to one
///   location, so in RC11 the first of them is not before what the acquiring load is before. In C++20 it is ("strongly happens
///   before"): RC11 has one execution more than C++20 here.
/// - Z6.U, 22: not `y += 1` before `y = 3` with `x = 0`, and either value in the second thread's load. GenMC has a read and a
///   write for an update, and takes the step between them for one of `sb`. In C++20 an update is one event, and the execution
///   is allowed, as in RC11.
type Litmus = (&'static str, u64, u64, &'static str);

#[rustfmt::skip]
const TESTS: &[Litmus] = &[
    ("2+2W", 4, 3, "x = 1 rel; y = 2 rel | y = 1 rel; x = 2 rel"),
    ("2+2W+2sc+scf", 3, 3, "x = 1 sc; y = 2 sc | y = 1 rlx; fence sc; x = 2 rlx"),
    ("2+2W+3sc+rel1", 4, 3, "x = 1 sc; y = 2 sc | y = 1 rel; x = 2 sc"),
    ("2+2W+3sc+rel2", 4, 3, "x = 1 sc; y = 2 sc | y = 1 sc; x = 2 rel"),
    ("2+2W+4sc", 3, 3, "x = 1 sc; y = 2 sc | y = 1 sc; x = 2 sc"),
    ("2+2W+scfs", 3, 3, "x = 1 rlx; fence sc; y = 2 rlx | y = 1 rlx; fence sc; x = 2 rlx"),
    ("2CoWR", 4, 4, "a = y acq | a = x acq | x = 1 rel | y = 1 rel"),
    ("CoRR", 6, 6, "x = 1 rel; x = 2 rel | a = x acq; b = x acq"),
    ("CoRR0", 4, 4, "x = 1 rel | a = x acq | a = x acq"),
    ("CoRR1", 36, 36, "x = 1 rel | x = 2 rel | a = x acq; b = x acq | a = x acq"),
    ("CoRR2", 72, 72, "x = 1 rel | x = 2 rel | a = x acq; b = x acq | a = x acq; b = x acq"),
    ("CoRW", 3, 3, "a = x acq; x = 1 rel | x = 2 rel"),
    ("CoWR", 3, 3, "x = 1 rel; a = x acq | x = 2 rel"),
    ("IRIW-acq-sc", 16, 15, "x = 1 sc | a = x acq; b = y sc | a = y acq; b = x sc | y = 1 sc"),
    ("IRIWish", 28, 27, "x = 1 rlx | a = x rlx; y = a rel | a = x rlx; fence acqrel; b = y rlx | a = y rlx; fence acqrel; b = x rlx"),
    ("JLT", 8, 8, "x = 1 rel; a = y acq; b = x acq | x = 2 rel; a = x acq | y = 3 rel"),
    ("LB", 3, 3, "a = y acq; x = 1 rel | a = x acq; y = 1 rel"),
    ("LB+acq", 3, 3, "a = x acq; y = 1 rlx | a = y acq; x = 1 rlx"),
    ("LB+dep", 3, 3, "a = x rlx; y = a+1 rlx | a = y rlx; x = a+1 rlx"),
    ("LB+fr-fr-data+data", 18, 16, "a = x rlx; y = 1 rlx | a = y rlx; b = y rlx; x = 1 rlx | y = 2 rlx"),
    ("LB+incMPs", 15, 15, "a = x acq; z += 1 acqrel | z += 1 acqrel; y = 1 rel | a = y acq; w += 1 acqrel | w += 1 acqrel; x = 1 rel"),
    ("LB+rel", 3, 3, "a = x rlx; y = 1 rel | a = y rlx; x = 1 rel"),
    ("LB2", 3, 3, "a = x rlx; y = 1 rlx | a = y rlx; x = 1 rlx"),
    ("LB3", 7, 7, "a = x rlx; y = 1 rlx | a = y rlx; z = 1 rlx | a = z rlx; x = 1 rlx"),
    ("MCP-rrw", 6, 6, "x = 1 rel | x = 2 rel | a = x acq"),
    ("MP", 3, 3, "x = 1 rel; y = 1 rel | a = y acq; b = x acq"),
    ("MP+incMP", 7, 7, "a = y acq; z += 1 acqrel | z += 1 acqrel; a = x acq | x = 1 rel; y = 1 rel"),
    ("MP+rel+acq", 2, 2, "x = 1 rlx; y = 1 rel | a = y acq; if a > 0; b = x rlx"),
    ("MP+rel+acqf", 2, 2, "x = 1 rlx; y = 1 rel | a = y rlx; if a > 0; fence acq; b = x rlx"),
    ("MP+relf+acq", 2, 2, "x = 1 rlx; fence rel; y = 1 rlx | a = y acq; if a > 0; b = x rlx"),
    ("MP+relf+acqf", 2, 2, "x = 1 rlx; fence rel; y = 1 rlx | a = y rlx; if a > 0; fence acq; b = x rlx"),
    ("MP+rels+acq", 4, 3, "x = 1 rlx; y = 0 rel; y = 1 rlx | a = y acq; if a > 0; b = x rlx"),
    ("MP+rels+acqf", 4, 3, "x = 1 rlx; y = 0 rel; y = 1 rlx | a = y rlx; if a > 0; fence acq; b = x rlx"),
    ("MP2", 9, 9, "x = 1 rlx; z = 1 rlx; fence acqrel; y = 1 rlx; w = 1 rlx | a = y rlx; fence acqrel; b = x rlx | a = w rlx; fence acqrel; b = z rlx"),
    ("MPU+rel+acq", 6, 6, "x = 1 rlx; y = 1 rel | y += 1 rlx | a = y acq; if a > 1; x = 2 rlx"),
    ("MPU+rel+acqf", 6, 6, "x = 1 rlx; y = 1 rel | y += 1 rlx | a = y rlx; if a > 1; fence acq; x = 2 rlx"),
    ("MPU+relf+acq", 6, 6, "x = 1 rlx; fence rel; y = 1 rlx | y += 1 rlx | a = y acq; if a > 1; x = 2 rlx"),
    ("MPU+relf+acqf", 6, 6, "x = 1 rlx; fence rel; y = 1 rlx | y += 1 rlx | a = y rlx; if a > 1; fence acq; x = 2 rlx"),
    ("MPU+rels+acq", 13, 12, "x = 1 rlx; y = 0 rel; y = 1 rlx | y += 1 rlx | a = y acq; if a > 1; x = 2 rlx"),
    ("MPU+rels+acqf", 13, 12, "x = 1 rlx; y = 0 rel; y = 1 rlx | y += 1 rlx | a = y rlx; if a > 1; fence acq; x = 2 rlx"),
    ("MPU2+rel+acq", 14, 14, "x = 1 rlx; y = 1 rel | a = y cas 2 3 rlx | a = y cas 1 2 rlx | a = y acq; if a > 2; x = 2 rlx"),
    ("MPU2+rel+acqf", 14, 14, "x = 1 rlx; y = 1 rel | a = y cas 2 3 rlx | a = y cas 1 2 rlx | a = y rlx; if a > 2; fence acq; x = 2 rlx"),
    ("MPU2+relf+acq", 14, 14, "x = 1 rlx; fence rel; y = 1 rlx | a = y cas 2 3 rlx | a = y cas 1 2 rlx | a = y acq; if a > 2; x = 2 rlx"),
    ("MPU2+relf+acqf", 14, 14, "x = 1 rlx; fence rel; y = 1 rlx | a = y cas 2 3 rlx | a = y cas 1 2 rlx | a = y rlx; if a > 2; fence acq; x = 2 rlx"),
    ("MPU2+rels+acq", 36, 35, "x = 1 rlx; y = 0 rel; y = 1 rlx | a = y cas 2 3 rlx | a = y cas 1 2 rlx | a = y acq; if a > 2; x = 2 rlx"),
    ("MPU2+rels+acqf", 36, 35, "x = 1 rlx; y = 0 rel; y = 1 rlx | a = y cas 2 3 rlx | a = y cas 1 2 rlx | a = y rlx; if a > 2; fence acq; x = 2 rlx"),
    ("RMWFix", 4, 4, "a = y sc; if a > 0; x += 1 sc; x += 1 sc | x += 1 sc | y = 42 sc"),
    ("RWC+syncs", 7, 7, "x = 1 rlx | a = x rlx; fence sc; b = y rlx | y = 1 rlx; fence sc; a = x rlx"),
    ("S", 4, 3, "x = 2 rlx; y = 1 rlx | a = y rlx; x = 1 rlx"),
    ("S+rel+acq", 2, 2, "x = 1 rlx; y = 1 rel | a = y acq; if a > 0; x = 2 rlx"),
    ("S+rel+acqf", 2, 2, "x = 1 rlx; y = 1 rel | a = y rlx; if a > 0; fence acq; x = 2 rlx"),
    ("S+relf+acq", 2, 2, "x = 1 rlx; fence rel; y = 1 rlx | a = y acq; if a > 0; x = 2 rlx"),
    ("S+relf+acqf", 2, 2, "x = 1 rlx; fence rel; y = 1 rlx | a = y rlx; if a > 0; fence acq; x = 2 rlx"),
    ("S+rels+acq", 4, 3, "x = 1 rlx; y = 0 rel; y = 1 rlx | a = y acq; if a > 0; x = 2 rlx"),
    ("S+rels+acqf", 4, 3, "x = 1 rlx; y = 0 rel; y = 1 rlx | a = y rlx; if a > 0; fence acq; x = 2 rlx"),
    ("SB", 4, 3, "x = 1 rel; a = y acq | y = 1 rel; a = x acq"),
    ("SB+2sc+scf", 3, 3, "x = 1 sc; a = y sc | y = 1 rlx; fence sc; a = x rlx"),
    ("SB+3sc+acq", 4, 3, "x = 1 sc; a = y sc | y = 1 sc; a = x acq"),
    ("SB+3sc+rel", 4, 3, "x = 1 sc; a = y sc | y = 1 rel; a = x sc"),
    ("SB+4sc", 3, 3, "x = 1 sc; a = y sc | y = 1 sc; a = x sc"),
    ("SB+rfis", 4, 3, "x = 1 rel; a = x sc; b = y sc | y = 1 rel; a = y sc; b = x sc"),
    ("SB+scfs", 3, 3, "x = 1 rlx; fence sc; a = y rlx | y = 1 rlx; fence sc; a = x rlx"),
    ("TC1", 3, 3, "a = x rlx; if a > -1; y = 1 rlx | a = y rlx; x = a rlx"),
    ("TC2", 4, 4, "a = x rlx; b = x rlx; if a == b; y = 1 rlx | a = y rlx; x = a rlx"),
    ("W+RRR+W", 20, 20, "x = 1 rlx | a = x rlx; b = x rlx; c = x rlx | x = 2 rlx"),
    ("W+RWC", 7, 7, "x = 1 rlx; z = 1 rel | a = z acq; fence sc; b = y rlx | y = 1 rlx; fence sc; a = x rlx"),
    ("WRC+dep", 8, 7, "x = 1 rlx | a = x rlx; y = a rlx | a = y rlx; fence acqrel; b = x rlx"),
    ("WWR+2WR", 0, 0, "x = 1 sc; y = 1 sc; a = z sc; assume a == 0 | z = 1 sc; a = y sc; assume a == 2 | y = 2 sc; a = x sc; assume a == 0"),
    ("WWmerge1", 18, 15, "a = x acq; b = y sc | x = 1 sc; x = 2 sc | y = 1 sc; a = x sc"),
    ("WWmerge2", 8, 7, "a = x acq; b = y sc | x = 2 sc | y = 1 sc; a = x sc"),
    ("Z6+acq", 7, 7, "x = 1 rlx; fence sc; y = 1 rlx | a = y acq; z = 1 rlx | z = 2 rlx; fence sc; a = x rlx"),
    ("Z6.U", 24, 18, "x = 1 sc; y = 1 rel | y += 1 sc; a = y rlx | y = 3 sc; a = x sc"),
    ("atomicpo", 4, 3, "y = 1 rlx; fence acqrel; x = 1 rlx | a = x swap 1 rlx; b = y swap 1 rlx"),
    ("casdep", 2, 2, "a = x rlx; b = y cas a 1 rlx; z = b rlx | y = 2 rlx"),
    ("ccr", 2, 2, "a = x cas 0 42 rlx | a = x cas 0 17 rlx; b = x rlx"),
    ("cii", 6, 6, "a = x cas 1 2 rlx | x += 1 rlx | x += 1 rlx"),
    ("cumul-release", 8, 7, "x = 1 rlx; y = 1 rel | a = y rlx; z = a rlx | a = z rlx; fence acqrel; b = x rlx"),
    ("default", 12, 12, "a = x acq; b = x acq | x = 1 rel | x = 2 rel"),
    ("detour", 9, 9, "x = 1 rlx | a = z rlx; x = a-1 rlx; b = x rlx; y = b rlx | a = y rlx; z = a rlx"),
    ("fr+w+w+w+reads", 210, 210, "x = 1 rlx | x = 2 rlx | x = 3 rlx | a = x rlx; b = x rlx; c = x rlx; d = x rlx"),
    ("inc+inc+RR+W+RR", 600, 600, "x += 1 rlx | x += 1 rlx | a = x rlx; b = x rlx | x = 42 rlx | a = x rlx; b = x rlx"),
    ("inc2w", 6, 6, "x += 1 rlx | x = 4 rel | x += 2 rlx"),
    ("isa2", 7, 7, "x = 1 rlx; y = 1 rel | a = y acq; z = 1 rel | a = z acq; b = x rlx"),
    ("ori", 5, 5, "x += 1 rlx; y = 1 rel | a = x cas 0 1 acq | a = y rlx; if a > 0; x = 4 rel"),
    ("peterZ", 7, 7, "x = 1 rlx; fence sc; a = y rlx | y = 1 rlx; z = 1 rel | a = z acq; fence sc; b = x rlx"),
    ("po-loc", 3, 3, "a = y rlx; fence acqrel; b = x rlx; x = 1 rlx | a = x rlx; y = a rlx"),
    ("psc-ar", 1, 0, "a = y rlx; assume a == 1; fence sc; b = z rlx; assume b == 0 | z = 1 rlx; fence sc; x = 1 rlx | a = x rlx; if a == 1; y = 1 rlx"),
    ("rel-B-cumul-acq", 16, 14, "x = 1 rlx; y = 1 rel | a = y rlx; z = a rlx | a = z rlx; fence acqrel; b = x rlx | a = y acq"),
    ("rel-pporf", 3, 3, "a = x rlx; z = 1 rel; y = 1 rel | a = y rlx; x = 1 rlx"),
    ("relacq-B-cumul", 8, 7, "x = 1 rlx; y = 1 rel | a = y acq; z = 1 rlx | a = z rlx; fence acqrel; b = x rlx"),
    ("relseq", 20, 16, "x = 1 rlx; y = 1 rel; y = 2 rlx | a = y swap 3 rlx | a = y rlx; fence acqrel; b = x rlx"),
    ("rfi-preserved", 3, 3, "a = x rlx; y = 1 rel; b = y rlx; z = b rlx | a = z rlx; x = a rlx"),
    ("rii", 3, 3, "a = x rlx; x += 1 rlx | x += 1 rlx"),
    ("rinc+wr", 3, 3, "x += 1 rlx | x = 2 rlx; a = x rlx"),
    ("riwi", 3, 3, "a = y rlx; x += 1 rlx | x += 1 rlx; y = 1 rel"),
    ("small0", 9, 9, "a = x acq | a = x acq; x = 1 rel | x = 2 rel"),
    ("small1", 8, 8, "a = y acq; b = z acq; c = x acq | x = 1 rel | y = 1 rel; z = 1 rel"),
    ("viktor-relseq", 180, 180, "x += 1 rlx; x += 1 rlx | x += 1 acq; x += 1 rlx | x += 1 rel | x += 1 rlx"),
    ("wcii", 24, 24, "x = 5 rel | a = x cas 1 2 rlx | x += 1 rlx | x += 1 rlx"),
    ("wrw", 22, 22, "x = 1 rel | a = x rlx; x = 0 rel | a = x rlx; x = 1 rel"),
];

/// What a thread writes or compares with: a number, or what it has read and a number.
#[derive(Clone, Copy)]
struct Value {
    register: Option<usize>,
    plus: i32,
}

#[derive(Clone, Copy)]
enum Step {
    Store(usize, Value, Ordering),
    Load(usize, usize, Ordering),
    Add(usize, i32, Ordering),
    Swap(usize, usize, i32, Ordering),
    Cas(usize, usize, Value, i32, Ordering),
    Fence(Ordering),
    /// The thread ends here unless the first is greater than the second.
    IfGreater(usize, i32),
    IfEqual(usize, Value),
    Assume(usize, i32),
}

fn shared(word: &str) -> usize {
    "xyzw".find(word).unwrap_or_else(|| panic!("{word} is not shared"))
}

fn own(word: &str) -> usize {
    "abcd".find(word).unwrap_or_else(|| panic!("{word} is no thread's own"))
}

fn value(word: &str) -> Value {
    let (register, rest) = word.split_at(word.len().min(1));
    match "abcd".find(register) {
        Some(register) => {
            Value { register: Some(register), plus: if rest.is_empty() { 0 } else { number(rest) } }
        }
        None => Value { register: None, plus: number(word) },
    }
}

fn number(word: &str) -> i32 {
    word.parse().unwrap_or_else(|_| panic!("{word} is no number"))
}

fn ordering(word: &str) -> Ordering {
    match word {
        "rlx" => Ordering::Relaxed,
        "acq" => Ordering::Acquire,
        "rel" => Ordering::Release,
        "acqrel" => Ordering::AcqRel,
        "sc" => Ordering::SeqCst,
        _ => panic!("{word} is no ordering"),
    }
}

fn step(text: &str) -> Step {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["fence", order] => Step::Fence(ordering(order)),
        ["if", register, ">", than] => Step::IfGreater(own(register), number(than)),
        ["if", register, "==", to] => Step::IfEqual(own(register), value(to)),
        ["assume", register, "==", to] => Step::Assume(own(register), number(to)),
        [at, "+=", by, order] => Step::Add(shared(at), number(by), ordering(order)),
        [to, "=", at, "swap", new, order] => Step::Swap(own(to), shared(at), number(new), ordering(order)),
        [to, "=", at, "cas", old, new, order] => {
            Step::Cas(own(to), shared(at), value(old), number(new), ordering(order))
        }
        [to, "=", from, order] if "abcd".contains(to) => Step::Load(own(to), shared(from), ordering(order)),
        [at, "=", new, order] => Step::Store(shared(at), value(new), ordering(order)),
        _ => panic!("{text} is no step"),
    }
}

/// What a thread does.
fn run(steps: &[Step], memory: &[AtomicI32; 4]) {
    let mut own = [0; 4];
    let of = |own: &[i32; 4], v: Value| v.register.map_or(0, |r| own[r]) + v.plus;
    for step in steps {
        match *step {
            Step::Store(at, new, order) => memory[at].store(of(&own, new), order),
            Step::Load(to, at, order) => own[to] = memory[at].load(order),
            Step::Add(at, by, order) => drop(memory[at].fetch_add(by, order)),
            Step::Swap(to, at, new, order) => own[to] = memory[at].swap(new, order),
            Step::Cas(to, at, old, new, order) => {
                let (Ok(read) | Err(read)) =
                    memory[at].compare_exchange(of(&own, old), new, order, failing(order));
                own[to] = read;
            }
            Step::Fence(order) => fence(order),
            Step::IfGreater(register, than) if own[register] <= than => return,
            Step::IfEqual(register, to) if own[register] != of(&own, to) => return,
            Step::Assume(register, to) => assume(own[register] == to),
            Step::IfGreater(..) | Step::IfEqual(..) => {}
        }
    }
}

fn failing(order: Ordering) -> Ordering {
    if order == Ordering::Acquire { order } else { Ordering::Relaxed }
}

fn executions(model: MemoryModel, threads: &[Vec<Step>]) -> u64 {
    let threads = threads.to_vec();
    let report = Checker::new().memory_model(model).run(move || {
        let memory = Arc::new(<[AtomicI32; 4]>::default());
        let begin = |steps: &Vec<Step>| {
            let (steps, memory) = (steps.clone(), memory.clone());
            thread::spawn(move || run(&steps, &memory))
        };
        let threads: Vec<_> = threads.iter().map(begin).collect();
        threads.into_iter().for_each(|t| t.join().unwrap());
    });
    report.assert_verified().executions()
}

/// The order in which threads begin is no matter.
#[test]
fn litmus_tests_have_as_many_executions_as_in_genmc() {
    let mut wrong = Vec::new();
    for (name, rc11, sc, program) in TESTS {
        let mut threads: Vec<Vec<Step>> =
            program.split('|').map(|thread| thread.split(';').map(step).collect()).collect();
        for _ in 0..2 {
            let found = [MemoryModel::Rc11, MemoryModel::Sc].map(|model| executions(model, &threads));
            if found != [*rc11, *sc] {
                wrong.push(format!("{name}: {found:?} and not [{rc11}, {sc}]"));
            }
            threads.reverse();
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
