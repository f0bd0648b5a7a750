//! Threads begin and are joined, wait for a change, and choose.

use std::panic::Location;

use super::{Engine, Status};
use crate::engine::event::{Id, Kind, Mode, NONE};
use crate::engine::explore::Item;
use crate::engine::fiber::Job;
use crate::engine::graph::Owner;

impl Engine {
    /// Begins a thread and returns its lane. `job` is taken when the event takes place. `member`: which of a group of
    /// identical threads it is, from 1, or 0.
    pub(crate) fn spawn(
        &mut self,
        job: &mut Option<Job>,
        stack: usize,
        name: Option<&str>,
        member: u32,
        place: &'static Location<'static>,
    ) -> Option<u32> {
        let child = self.step(
            Kind::Spawn,
            place,
            |e| e.alternative == member,
            |engine, id| {
                engine.replayed(id);
                Some(engine.search.now.graph.at(id).loc)
            },
            |engine| {
                let child = engine.search.now.graph.new_lane(Owner::Thread(NONE));
                if engine.run.done.len() <= child as usize {
                    engine.run.done.push(0);
                }
                let mut event = engine.new_event(Kind::Spawn, child, Mode::RELAXED, place);
                event.alternative = member;
                engine.add(event);
                Some(child)
            },
        )?;
        self.start(child, job.take().expect("a thread begins once"), stack);
        self.run.threads[child as usize].name = name.map(str::to_owned);
        Some(child)
    }

    /// Waits for the end of the thread in lane `child`.
    pub(crate) fn join(&mut self, child: u32, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;

        self.step(
            Kind::Join,
            place,
            |e| e.loc == child,
            |engine, id| {
                engine.replayed(id);
                Some(())
            },
            |engine| {
                if engine.run.threads[child as usize].status != Status::Finished {
                    engine.run.threads[lane].status = Status::Joining(child);
                    return None;
                }
                let event = engine.new_event(Kind::Join, child, Mode::RELAXED, place);
                engine.add(event);
                Some(())
            },
        )
    }

    /// Waits for a change of what the running thread read since its last hint.
    pub(crate) fn hint(&mut self, place: &'static Location<'static>) -> Option<()> {
        let lane = self.run.running as usize;

        self.step(
            Kind::Hint,
            place,
            |_| true,
            |engine, id| {
                engine.replayed(id);
                Some(())
            },
            |engine| {
                let idle = std::mem::take(&mut engine.run.idle_round);
                let graph = &engine.search.now.graph;
                let awaited = graph.awaited(engine.run.running, engine.run.done());
                let changes: Vec<(u32, Id)> = awaited
                    .iter()
                    .flat_map(|(loc, seen)| {
                        let low = graph.floor(*loc, engine.front(), &[Mode::RELAXED]).max(seen + 1);
                        (low..=graph.last_pos(*loc)).rev().map(|pos| (*loc, graph.write_at(*loc, pos)))
                    })
                    .collect();
                if changes.is_empty() && !idle {
                    engine.run.threads[lane].status = Status::Awaiting;
                    return None;
                }
                let event = engine.new_event(
                    Kind::Hint,
                    changes.first().map_or(0, |(loc, _)| *loc),
                    Mode::RELAXED,
                    place,
                );
                let (graph, items) = (&mut engine.search.now.graph, &mut engine.search.now.items);
                let id = graph.push(event);
                if let [(_, first), others @ ..] = &changes[..] {
                    items.extend(others.iter().map(|(loc, source)| Item::Change {
                        at: id,
                        loc: *loc,
                        source: *source,
                    }));
                    graph.read_from(id, *first);
                }
                graph.fill(id);
                engine.added(id);
                engine.run.threads[lane].status = Status::Ready;
                Some(())
            },
        )
    }

    /// Explores `0..n`.
    pub(crate) fn choose(&mut self, n: u32, place: &'static Location<'static>) -> Option<u32> {
        self.step(
            Kind::Choose,
            place,
            |e| e.loc == n,
            |engine, id| {
                engine.replayed(id);
                Some(engine.search.now.graph.at(id).alternative)
            },
            |engine| {
                let event = engine.new_event(Kind::Choose, n, Mode::RELAXED, place);
                let id = engine.search.now.graph.push(event);
                engine.search.now.graph.fill(id);
                engine.search.now.items.extend((1..n).rev().map(|value| Item::Choose { at: id, value }));
                engine.added(id);
                Some(0)
            },
        )
    }
}
