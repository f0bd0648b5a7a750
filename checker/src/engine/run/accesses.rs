//! Accesses of atomics, and fences.

use std::panic::Location;

use super::{Engine, Handle, NOBODY, Sort, Status, Stop};
use crate::engine::consistency;
use crate::engine::ends::ATOMIC;
use crate::engine::event::{Accepts, Event, Id, Kind, Mode, NONE};
use crate::engine::explore::{Alternative, Search};
use crate::engine::revisit::Revisitor;

/// What a read-modify-write does.
#[derive(Clone, Copy)]
pub(crate) struct Update<'a> {
    /// What is written for what is read, where it succeeds.
    pub(crate) apply: &'a dyn Fn(u64) -> u64,
    /// With which values it succeeds.
    pub(crate) accepts: Accepts,
    pub(crate) on_success: Mode,
    pub(crate) on_failure: Mode,
}

impl Update<'_> {
    pub(crate) fn succeeds(&self, value: u64) -> bool {
        self.accepts.accepts(value)
    }
}

impl Engine {
    /// A load.
    pub(crate) fn load(
        &mut self,
        handle: &Handle,
        initial: u64,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Option<u64> {
        self.read_step(
            handle,
            initial,
            mode,
            place,
            |value| value,
            |engine, loc| {
                let oldest = engine.search.current.graph.oldest_readable(loc, engine.frontier(), &[mode]);
                let event = engine.new_event(Kind::Read, loc, mode, place);
                let (graph, worklist) =
                    (&mut engine.search.current.graph, &mut engine.search.current.worklist);
                let id = graph.push(event);
                let last = graph.last_co_pos(loc);
                worklist.extend((oldest..last).map(|p| Alternative::Rf {
                    at: id,
                    source: graph.write_at(loc, p),
                    succeeds: false,
                }));
                Some(engine.read_latest(id))
            },
        )
    }

    /// The running thread comes to a load: `known` is given what it reads where the graph knows it.
    pub(in crate::engine) fn read_step<R>(
        &mut self,
        handle: &Handle,
        initial: u64,
        mode: Mode,
        place: &'static Location<'static>,
        known: impl FnOnce(u64) -> R,
        add: impl FnOnce(&mut Self, u32) -> Option<R>,
    ) -> Option<R> {
        self.step(
            Kind::Read,
            place,
            |e| e.mode == mode,
            |engine, id| {
                let loc = engine.location(handle, initial, Some(id))?;
                engine.replayed();
                Some(known(engine.value(loc, engine.search.current.graph.at(id).rf)))
            },
            |engine| {
                let loc = engine.location(handle, initial, None)?;
                add(engine, loc)
            },
        )
    }

    /// Lets the read that was just added read from the latest write.
    pub(in crate::engine) fn read_latest(&mut self, id: Id) -> u64 {
        let graph = &mut self.search.current.graph;
        let loc = graph.at(id).loc;
        let source = graph.write_at(loc, graph.last_co_pos(loc));
        graph.read_from(id, source);
        graph.fill(id);
        self.added(id);
        self.value(loc, source)
    }

    /// What the running thread has not seen with its last event, a read: the newest value that is written already, and who
    /// wrote it. `None` where it reads that itself.
    pub(crate) fn overlooked(&self) -> Option<(u64, String)> {
        let graph = &self.search.current.graph;
        let read =
            graph.at(*graph.lanes[self.run.running as usize].events[..self.run.done() as usize].last()?);
        if read.kind != Kind::Read {
            return None;
        }
        let newest = *graph.locs[read.loc as usize].co.iter().rev().find(|w| self.is_done(**w))?;
        let overlooks = graph.at(newest).co_pos > graph.co_pos_of(read.rf);
        overlooks.then(|| (self.value(read.loc, newest), self.name_of(graph.at(newest).lane)))
    }

    /// What a location holds at this moment of the run. For reports: nothing may depend on it.
    pub(crate) fn newest(&self, handle: &Handle, initial: u64) -> u64 {
        let Some(loc) = self.run.resolve(handle) else { return initial };
        let written =
            self.search.current.graph.locs[loc as usize].co.iter().rev().find(|w| self.is_done(**w));
        written.map_or(initial, |w| self.value(loc, *w))
    }

    /// A store.
    pub(crate) fn store(
        &mut self,
        handle: &Handle,
        initial: u64,
        value: u64,
        mode: Mode,
        place: &'static Location<'static>,
    ) -> Option<()> {
        self.step(
            Kind::Write,
            place,
            |e| e.mode == mode,
            |engine, id| {
                engine.location(handle, initial, Some(id))?;
                engine.run.values[id as usize] = value;
                engine.replayed();
                engine.check_unsynchronised(id);
                Some(())
            },
            |engine| {
                let loc = engine.location(handle, initial, None)?;
                let oldest = engine.search.current.graph.oldest_readable(loc, engine.frontier(), &[mode]);
                let event = engine.new_event(Kind::Write, loc, mode, place);
                let (graph, worklist) =
                    (&mut engine.search.current.graph, &mut engine.search.current.worklist);
                let id = graph.push(event);
                let end = graph.last_co_pos(loc) + 1;
                worklist.extend(
                    (oldest + 1..end)
                        .filter(|p| !graph.is_claimed(loc, p - 1))
                        .map(|pos| Alternative::Co { at: id, pos }),
                );
                graph.place(id, end);
                graph.fill(id);
                engine.added(id);
                engine.run.values.resize(id as usize + 1, value);
                engine.wrote();
                engine.leave_revisits(id);
                engine.check_unsynchronised(id);
                Some(())
            },
        )
    }

    /// The reading half of a read-modify-write. The writing half is [`Engine::update_write`].
    pub(crate) fn update(
        &mut self,
        handle: &Handle,
        initial: u64,
        update: &Update<'_>,
        place: &'static Location<'static>,
    ) -> Option<u64> {
        let modes = (update.on_success, update.on_failure);
        self.step(
            Kind::Update,
            place,
            |e| (e.on_success, e.on_failure) == modes,
            |engine, id| {
                let loc = engine.location(handle, initial, Some(id))?;
                engine.search.current.graph.at_mut(id).accepts = update.accepts;
                engine.replayed();
                Some(engine.value(loc, engine.search.current.graph.at(id).rf))
            },
            |engine| {
                let loc = engine.location(handle, initial, None)?;
                let front = engine.frontier();
                let oldest = engine.search.current.graph.oldest_readable(
                    loc,
                    front,
                    &[update.on_success, update.on_failure],
                );
                let mut event = engine.new_event(Kind::Update, loc, update.on_success, place);
                (event.accepts, event.on_success, event.on_failure) =
                    (update.accepts, update.on_success, update.on_failure);
                let id = engine.search.current.graph.len();
                let last = engine.search.current.graph.last_co_pos(loc);
                for pos in oldest..last {
                    let source = engine.search.current.graph.write_at(loc, pos);
                    let value = engine.value(loc, source);
                    let succeeds = update.succeeds(value);
                    if succeeds && engine.search.current.graph.is_claimed(loc, pos) {
                        let written = (update.apply)(value);
                        engine.leave_revisits_through(id, front, loc, source, written, written == value);
                    } else {
                        engine.search.current.worklist.push(Alternative::Rf { at: id, source, succeeds });
                    }
                }
                let source = engine.search.current.graph.write_at(loc, last);
                let value = engine.value(loc, source);
                let graph = &mut engine.search.current.graph;
                event.mode = if update.succeeds(value) { event.on_success } else { event.on_failure };
                graph.push(event);
                graph.read_from(id, source);
                graph.fill(id);
                engine.added(id);
                Some(value)
            },
        )
    }

    /// The writing half of the read-modify-write whose reading half the thread did last.
    pub(crate) fn update_write(&mut self, value: u64, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;

        let written = self.step(
            Kind::UpdateWrite,
            place,
            |_| true,
            |engine, id| {
                engine.run.values[id as usize] = value;
                engine.replayed();
                engine.check_unsynchronised(id);
                Some(())
            },
            |engine| {
                let resumed = engine.run.threads[lane].status == Status::Updating;
                let graph = &engine.search.current.graph;
                let half = graph.lanes[lane].events[engine.run.done[lane] as usize - 1];
                let Event { loc, rf: source, .. } = *graph.at(half);
                let idle = engine.value(loc, source) == value;
                let graph = &mut engine.search.current.graph;
                let event = graph.at(half).writing_half(idle);
                let pos = graph.co_pos_of(source);
                let last = graph.last_co_pos(event.loc);
                let possible = !graph.is_claimed(event.loc, pos)
                    && pos >= graph.oldest_readable(event.loc, Some(half), &[event.mode]);
                let id = graph.push(event);
                graph.place(id, pos + 1);
                graph.fill(id);
                engine.added(id);
                engine.run.values.resize(id as usize + 1, value);
                engine.wrote();
                engine.leave_revisits(id);
                engine.check_unsynchronised(id);
                if !possible || pos < last && !consistency::holds(&mut engine.search.current.graph) {
                    engine.run.stop.get_or_insert(Stop::Inconsistent);
                }
                if resumed {
                    engine.run.threads[lane].status = Status::Ready;
                    engine.run.turn = NOBODY;
                }
                Some(())
            },
        );
        if written.is_none() {
            // It goes on before all others: nobody comes between the halves.
            self.run.threads[lane].status = Status::Updating;
            self.run.updates = true;
        }
        written
    }

    /// A thread before this one in the order of turns may wait for what was written.
    fn wrote(&mut self) {
        let waits = |status| matches!(status, Status::Awaiting | Status::Pending { .. });
        if self.run.threads.iter().any(|t| waits(t.status)) {
            self.run.turn = NOBODY;
        }
    }

    /// Leaves the earlier reads that could read from the new write `id`.
    fn leave_revisits(&mut self, id: Id) {
        if !self.explores() {
            return;
        }
        let Search { current, served, .. } = &mut self.search;
        let (graph, worklist) = (&current.graph, &mut current.worklist);
        let event = graph.at(id);
        let value = self.run.values[id as usize];
        let new = Revisitor { id, loc: event.loc, porf: graph.porf(id), is_idle: event.is_idle() };
        new.revisitable_reads(graph, id, served, |read| {
            let succeeds = graph.at(read).accepts.accepts(value);
            worklist.push(Alternative::BackwardRevisit { at: id, read, succeeds, alternative: 0 });
        });
    }

    /// An update that reads from a claimed source is inconsistent with the claim, but its writing half may take the read
    /// that claimed, or another that would take the claim's writing half with it.
    fn leave_revisits_through(
        &mut self,
        at: Id,
        front: Option<Id>,
        loc: u32,
        source: Id,
        value: u64,
        idle: bool,
    ) {
        if !self.explores() {
            return;
        }
        let Search { current, served, .. } = &mut self.search;
        let (graph, worklist) = (&current.graph, &mut current.worklist);
        let mut before = front.map_or_else(|| vec![0; graph.width()], |front| graph.porf(front).to_vec());
        for known in [source, graph.ticks.last().copied().unwrap_or(NONE)] {
            if known != NONE {
                before.iter_mut().zip(graph.porf(known)).for_each(|(a, b)| *a = (*a).max(*b));
            }
        }
        Revisitor { id: NONE, loc, porf: &before, is_idle: idle }.revisitable_reads(
            graph,
            at,
            served,
            |read| {
                let succeeds = graph.at(read).accepts.accepts(value);
                worklist.push(Alternative::BackwardRevisitThrough { at, source, idle, read, succeeds });
            },
        );
    }

    pub(crate) fn fence(&mut self, mode: Mode, place: &'static Location<'static>) -> Option<()> {
        self.step(
            Kind::Fence,
            place,
            |e| e.mode == mode,
            |engine, _| {
                engine.replayed();
                Some(())
            },
            |engine| {
                let event = engine.new_event(Kind::Fence, 0, mode, place);
                engine.add(event);
                Some(())
            },
        )
    }

    pub(in crate::engine) fn value(&self, loc: u32, write: Id) -> u64 {
        match write {
            NONE => self.run.initial[loc as usize].expect("a location is known before it is read"),
            w => self.run.values[w as usize],
        }
    }

    fn location(&mut self, handle: &Handle, initial: u64, replay: Option<Id>) -> Option<u32> {
        let event = replay.map(|id| *self.search.current.graph.at(id));
        match (self.run.resolve(handle), event) {
            (Some(loc), Some(event)) if loc != event.loc => {
                self.finds_another(handle, ATOMIC, event.place);
                None
            }
            (Some(loc), _) => Some(loc),
            (None, event) => {
                let place = self.run.this_thread().place.expect("it has come to an access");
                if self.has_ended(handle, ATOMIC, place) {
                    return None;
                }
                let loc = match event {
                    Some(event) => event.loc,
                    None => {
                        let loc = self.search.current.graph.new_loc(self.run.first_free_loc);
                        self.run.first_free_loc = loc + 1;
                        loc
                    }
                };
                if self.run.initial.len() <= loc as usize {
                    self.run.initial.resize(loc as usize + 1, None);
                }
                self.run.initial[loc as usize] = Some(initial);
                self.run.bind(handle, Sort::Location, loc);
                Some(loc)
            }
        }
    }
}
