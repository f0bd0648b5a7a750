//! The two counts of a value, with std's orderings.
//!
//! What a thread does to a count is an event only where somebody can tell ([`crate::engine::Counted`]). Then a count is an atomic, and
//! this is what std does to it: an increment is relaxed; a decrement releases, and the one that takes the last away acquires what
//! all others released; a look is relaxed, and acquires only where it succeeds in something. The weak count is one more than
//! the number of `Weak`s while there are strong handles, and `LOCKED` while one of them looks whether it is the only one.
//!
//! Where drops alone are events, a word counts them: who clones does not matter for who is last.

use std::mem::ManuallyDrop;
use std::panic::Location;
use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};

use crate::engine::{self, Accepts, Deed, Engine, Handle, Level, Mode, Update, Word};
use crate::harness::FailureKind;

type Place = &'static Location<'static>;

const LOCKED: usize = usize::MAX;

/// What the handles of one value share.
pub(crate) struct Counts {
    /// Of the value's type, as it was made.
    name: &'static str,
    /// The value's number in its execution.
    value: u32,
    execution: u64,
    level: Level,
    words: [Atomic; 2],
    ticket: usize,
}

/// A count whose changes are events.
struct Atomic {
    /// Ends when nobody can reach it any more, which is nobody's doing.
    handle: ManuallyDrop<Handle>,
    initial: u64,
}

/// What the drop of a handle was.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fell {
    /// Others are left.
    Others,
    /// The last. `told`: the graph says that all others happen before it.
    Last { told: bool },
}

impl Counts {
    /// Of a value of a type of this name that is made here, with so many strong handles and a weak one.
    pub(in crate::api) fn new(name: &'static str, strong: usize, place: Place) -> Self {
        engine::with(|e| {
            let level = e.counted.level(name);
            let first = |count: usize| if level == Level::Counts { count as u64 } else { 0 };
            let word = |count| Atomic { handle: ManuallyDrop::new(Handle::new()), initial: first(count) };
            Counts {
                name,
                value: e.run.handles.add(name, strong, 1),
                execution: e.run.tag(),
                level,
                words: [word(strong), word(1)],
                ticket: e.run.leaks.issue(place),
            }
        })
    }

    /// Whether the execution that the value was made in is running.
    pub(in crate::api) fn is_here(&self) -> bool {
        engine::within(self.execution, |_| ()).is_some()
    }

    /// Another handle, made of one that is alive.
    pub(in crate::api) fn rise(&self, word: Word, place: Place) {
        self.raise(word, Deed::Rises, place);
    }

    /// Another handle, made of a pointer: others may have dropped theirs.
    pub(in crate::api) fn rise_by_pointer(&self, word: Word, place: Place) {
        self.raise(word, Deed::Takes, place);
    }

    fn raise(&self, word: Word, deed: Deed, place: Place) {
        if !self.is_here() {
            return;
        }
        let before = if self.level == Level::Counts {
            self.set(word, |n| n + 1);
            self.touch(word);
            self.words[word as usize].update("fetch_add", Relaxed, place, |n| n.wrapping_add(1))
        } else {
            self.quiet(word, |n| (deed, n + 1))
        };
        if before == 0 {
            self.fails(FailureKind::UseAfterFree, word, "makes a handle of", place);
        }
    }

    /// A handle is dropped: whether it was the last. Then what the owners of all others did before happens before this.
    pub(in crate::api) fn fall(&self, word: Word, place: Place) -> bool {
        match self.level {
            Level::Counts => self.fall_seen(word, place),
            Level::Drops => {
                self.words[word as usize].update("fetch_add", Release, place, |n| n + 1);
                engine::with(|e| e.has_dropped(self.value, word));
                let is_last = self.fall_quietly(word, place, |_, fell| fell == Fell::Last { told: true });
                if is_last {
                    fence(place);
                }
                is_last
            }
            Level::Nothing => self.fall_quietly(word, place, |_, fell| matches!(fell, Fell::Last { .. })),
        }
    }

    /// A handle is dropped, whose drop the graph knows already or does not know at all: what `then` makes of that, in one call of the
    /// engine with it.
    #[inline]
    fn fall_quietly<R>(&self, word: Word, place: Place, then: impl FnOnce(&mut Engine, Fell) -> R) -> R {
        let fallen = engine::within(self.execution, |e| {
            let before = e.does(self.value, word, |n| (Deed::Drops, n.saturating_sub(1)))?;
            let fell = match before {
                0 => return Some(Err(())),
                1 if self.level == Level::Drops => Fell::Last { told: true },
                1 => Fell::Last { told: e.owe_drops(self.value, word) },
                _ => Fell::Others,
            };
            Some(Ok(then(e, fell)))
        });
        match self.here(fallen) {
            Ok(answer) => answer,
            Err(()) => {
                self.fails(FailureKind::DoubleFree, word, "drops a handle of", place);
                unreachable!("its thread goes no further")
            }
        }
    }

    /// As [`Counts::fall`], where the caller tells whether it was the last.
    pub(in crate::api) fn fall_seen(&self, word: Word, place: Place) -> bool {
        let before = match self.level {
            Level::Counts => {
                self.words[word as usize].update("fetch_sub", Release, place, |n| n.wrapping_sub(1))
            }
            _ => self.quiet(word, |n| (Deed::Swaps, n.saturating_sub(1))),
        };
        if before == 0 {
            self.fails(FailureKind::DoubleFree, word, "drops a handle of", place);
        }
        if self.level == Level::Counts {
            self.set(word, |n| n - 1);
        }
        if before == 1 {
            self.acquire(place);
        }
        before == 1
    }

    /// What the owners of all other handles did before they dropped them happens before this.
    pub(in crate::api) fn acquire(&self, place: Place) {
        // Where the count is no event nothing is found out by it that does not happen before.
        if self.level == Level::Counts {
            fence(place);
        }
    }

    /// A strong handle is dropped, which `drops` does; it is told whether this is the last, which drops the value too. `name`: of the value's type, where it has a
    /// destructor. `is_told`: whether the end of the value does something that others see.
    pub(in crate::api) fn fall_with(
        &self,
        name: Option<&'static str>,
        is_told: bool,
        place: Place,
        drops: impl FnOnce(bool),
    ) {
        /// The value is gone, also where its destructor panics.
        struct Ends<'a>(&'a Counts, Place);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                self.0.end(self.1);
            }
        }
        let fell = if self.level == Level::Nothing {
            self.fall_quietly(Word::Strong, place, |e, fell| {
                if name.is_some() {
                    e.shares();
                }
                if is_told && fell == Fell::Others {
                    e.release(self.ticket);
                }
                fell
            })
        } else {
            if name.is_some() {
                engine::with(Engine::shares);
            }
            if self.fall(Word::Strong, place) { Fell::Last { told: true } } else { Fell::Others }
        };
        let Fell::Last { told } = fell else { return drops(false) };
        let _ends = Ends(self, place);
        if is_told {
            // By the name that it was made under: a handle may be one to a `dyn Trait`.
            let name = name.map(|_| self.name).filter(|_| !told);
            engine::destroy(self.ticket, name, || drops(true));
        } else {
            drops(true);
        }
    }

    /// The value was never there.
    pub(in crate::api) fn give_up(&self) {
        engine::with(|e| e.run.leaks.forget(self.ticket));
    }

    /// The value is gone, and with it the weak handle that all strong ones had.
    pub(in crate::api) fn end(&self, place: Place) {
        let others_may = engine::with(|e| {
            e.run.leaks.forget(self.ticket);
            e.run.handles.was_touched(self.value, Word::Weak)
        });
        if others_may {
            self.fall(Word::Weak, place);
        }
    }

    /// How many there are.
    pub(in crate::api) fn look(&self, word: Word, order: Ordering, place: Place) -> usize {
        match self.level {
            Level::Counts => self.words[word as usize].load(order, place),
            _ => self.quiet(word, |n| (Deed::Looks, n)),
        }
    }

    /// A strong handle made of a weak one, if there is a strong one.
    pub(in crate::api) fn upgrade(&self, place: Place) -> bool {
        let before = match self.level {
            Level::Counts => self.words[0].try_update(
                ["fetch_add", "load"],
                Accepts::AllBut(0),
                [Acquire, Relaxed],
                place,
                |n| n + 1,
            ),
            _ => self.quiet(Word::Strong, |n| if n > 0 { (Deed::Swaps, n + 1) } else { (Deed::Looks, 0) }),
        };
        if before > 0 && self.level == Level::Counts {
            self.set(Word::Strong, |n| n + 1);
        }
        before > 0
    }

    /// A weak handle made of a strong one.
    pub(in crate::api) fn downgrade(&self, place: Place) {
        if self.level != Level::Counts {
            self.quiet(Word::Weak, |n| (Deed::Takes, n + 1));
        } else {
            let accepts = Accepts::AllBut(LOCKED as u64);
            let names = ["fetch_add", "load"];
            while self.words[1].try_update(names, accepts, [Acquire, Relaxed], place, |n| n + 1) == LOCKED {
                engine::hint(place);
            }
            self.touch(Word::Weak);
            self.set(Word::Weak, |n| n + 1);
        }
    }

    /// Takes the value from its last strong handle, if that is the last.
    pub(in crate::api) fn take_last(&self, order: Ordering, place: Place) -> bool {
        let before = match self.level {
            Level::Counts => {
                let names = ["compare_exchange"; 2];
                self.words[0].try_update(names, Accepts::Only(1), [order, Relaxed], place, |_| 0)
            }
            _ => self.quiet(Word::Strong, |n| if n == 1 { (Deed::Swaps, 0) } else { (Deed::Looks, n) }),
        };
        if before == 1 && self.level == Level::Counts {
            self.set(Word::Strong, |_| 0);
        }
        before == 1
    }

    /// What [`Counts::take_last`] took is there again.
    pub(in crate::api) fn give_back(&self, place: Place) {
        match self.level {
            Level::Counts => {
                self.words[0].store(1, place);
                self.set(Word::Strong, |_| 1);
            }
            _ => _ = self.quiet(Word::Strong, |_| (Deed::Swaps, 1)),
        }
    }

    /// The value is there, whose handles were made before it.
    pub(in crate::api) fn begin(&self, place: Place) {
        match self.level {
            Level::Counts => {
                self.words[0].update("fetch_add", Release, place, |n| n + 1);
                self.set(Word::Strong, |_| 1);
            }
            _ => _ = self.quiet(Word::Strong, |_| (Deed::Swaps, 1)),
        }
    }

    /// Whether a strong handle is the only one of either kind.
    pub(in crate::api) fn is_unique(&self, place: Place) -> bool {
        if self.level != Level::Counts {
            let locks = |n: usize| (if n == 1 { Deed::Swaps } else { Deed::Looks }, n);
            return self.quiet(Word::Weak, locks) == 1 && self.quiet(Word::Strong, |n| (Deed::Looks, n)) == 1;
        }
        let names = ["compare_exchange"; 2];
        self.touch(Word::Weak);
        if self.words[1].try_update(names, Accepts::Only(1), [Acquire, Relaxed], place, |_| LOCKED) != 1 {
            return false;
        }
        let strong = self.words[0].load(Acquire, place);
        self.words[1].store(1, place);
        strong == 1
    }

    /// How many `Weak`s there are, as a strong handle sees it.
    pub(in crate::api) fn weak_count(&self, place: Place) -> usize {
        match self.look(Word::Weak, Relaxed, place) {
            LOCKED => 0,
            count => count - 1,
        }
    }

    /// The same as a weak handle sees it.
    pub(in crate::api) fn weak_count_by_weak(&self, place: Place) -> usize {
        let weak = self.look(Word::Weak, Acquire, place);
        if self.look(Word::Strong, Relaxed, place) == 0 { 0 } else { weak.wrapping_sub(1) }
    }

    /// Does to a count that is no event what `deed` says of it, and leaves so many there. Returns how many there were.
    fn quiet(&self, word: Word, deed: impl FnOnce(usize) -> (Deed, usize)) -> usize {
        self.here(engine::within(self.execution, |e| e.does(self.value, word, deed)))
    }

    /// What the engine answered.
    ///
    /// # Panics
    ///
    /// Where it runs another execution than the value was made in.
    #[inline]
    fn here<R>(&self, answer: Option<Option<R>>) -> R {
        match answer {
            Some(Some(answer)) => answer,
            Some(None) => loop {
                // It does not return, since the exploration begins again.
                engine::check_stop();
            },
            None => panic!("an `Arc` is used in another execution than it was made in: make it in the model"),
        }
    }

    /// Changes the count at this moment of the run, and returns what it is then.
    fn set(&self, word: Word, change: impl FnOnce(usize) -> usize) -> usize {
        engine::with(|e| {
            let now = e.run.handles.now(self.value, word);
            *now = change(*now);
            *now
        })
    }

    fn touch(&self, word: Word) {
        engine::with(|e| e.run.handles.touch(self.value, word));
    }

    /// The running thread uses a handle that stands for nothing, and goes no further.
    #[cold]
    fn fails(&self, kind: FailureKind, word: Word, does: &str, place: Place) {
        let what = match word {
            Word::Strong => "an `Arc` whose last handle was dropped before",
            Word::Weak => "an `Arc` whose memory was freed before",
        };
        engine::with(|e| {
            let message = format!("{} {does} {what}", e.name_of(e.run.running()));
            e.fail(kind, message, Some(place));
        });
        engine::check_stop();
    }
}

impl Atomic {
    fn load(&self, order: Ordering, place: Place) -> usize {
        let value = engine::call(|e| e.load(&self.handle, self.initial, order.into(), place)) as usize;
        engine::tell(place, &*self.handle, "load", || value.to_string());
        value
    }

    /// Releases.
    fn store(&self, value: usize, place: Place) {
        engine::call(|e| e.store(&self.handle, self.initial, value as u64, Release.into(), place));
        engine::tell(place, &*self.handle, "store", || value.to_string());
    }

    /// Returns what was there.
    fn update(
        &self,
        name: &'static str,
        order: Ordering,
        place: Place,
        apply: impl Fn(usize) -> usize,
    ) -> usize {
        self.try_update([name; 2], Accepts::Any, [order; 2], place, apply)
    }

    /// Returns what was there, which was replaced if it is one that `accepts` does: in one step, since the loads of a loop
    /// that fails see nothing that anybody can tell. The names and orderings are those of success and of failure.
    fn try_update(
        &self,
        names: [&'static str; 2],
        accepts: Accepts,
        orders: [Ordering; 2],
        place: Place,
        apply: impl Fn(usize) -> usize,
    ) -> usize {
        let apply = |word: u64| apply(word as usize) as u64;
        let [on_success, on_failure] = orders.map(Mode::from);
        let update = Update { apply: &apply, accepts, on_success, on_failure };
        let read = engine::call(|e| e.update(&self.handle, self.initial, &update, place));
        if update.succeeds(read) {
            let value = apply(read);
            engine::call(|e| e.update_write(value, place));
            engine::tell(place, &*self.handle, names[0], || format!("{value}, was {read}"));
        } else {
            engine::tell(place, &*self.handle, names[1], || format!("fails, is {read}"));
        }
        read as usize
    }
}

fn fence(place: Place) {
    engine::call(|e| e.fence(Acquire.into(), place));
    engine::tell(place, std::ptr::null::<()>(), "fence", || format!("{Acquire:?}"));
}
