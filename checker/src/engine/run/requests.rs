//! Requests to objects, which serve them one at a time.

use std::panic::Location;
use std::time::Duration;

use super::{Engine, Handle, Sort, Status};
use crate::engine::event::{Event, Id, Kind, Mode, NONE};
use crate::engine::explore::{Alternative, Frame, Search, alternatives, grant_served, serve};
use crate::engine::graph::Owner;
use crate::engine::revisit::Revisitor;
use crate::objects::{Call, Condvar, Object, Once};

/// What a thread asks of an object.
pub(crate) struct Asked<'a> {
    pub(crate) handle: &'a Handle,
    pub(crate) object: Object,
    pub(crate) call: Call,
    /// After how long it may be served as timed out.
    pub(crate) timeout: Duration,
    pub(crate) place: &'static Location<'static>,
}

impl Engine {
    /// Asks an object, for whose answer [`Engine::answer`] waits.
    pub(crate) fn request(&mut self, asked: &Asked) -> Option<()> {
        let deadline = self.run.expiry(asked.timeout);

        let requested = self.step(
            Kind::Request,
            asked.place,
            |e| e.call == asked.call && e.deadline == deadline,
            |engine, id| {
                let lane = engine.search.current.graph.at(id).loc;
                if engine.run.resolve(asked.handle) != Some(lane) {
                    engine.bind_replayed_object(asked, lane)?;
                }
                engine.replayed();
                engine.replay_grants(lane);
                Some(id)
            },
            |engine| engine.add_request(asked, deadline),
        )?;
        self.run.this_thread().requested = requested;
        Some(())
    }

    /// Out of line: most requests are replayed.
    #[inline(never)]
    fn add_request(&mut self, asked: &Asked, deadline: u64) -> Option<Id> {
        let lane = match self.run.resolve(asked.handle) {
            Some(lane) => lane,
            None if self.has_ended(asked.handle, asked.object.noun(), asked.place) => return None,
            None => {
                let lane = self.new_lane(Owner::Object(asked.object));
                self.bind_object(asked, lane)?;
                lane
            }
        };
        let mut event = self.new_event(Kind::Request, lane, Mode::RELAXED, asked.place);
        (event.call, event.deadline) = (asked.call, deadline);
        let id = self.add(event);
        self.serve_new(id);
        Some(id)
    }

    /// The execution comes for the first time to an object that the graph knows by its lane.
    #[cold]
    fn bind_replayed_object(&mut self, asked: &Asked, lane: u32) -> Option<()> {
        if self.run.resolve(asked.handle).is_none()
            && self.has_ended(asked.handle, asked.object.noun(), asked.place)
        {
            return None;
        }
        let is_of_graph = self.search.current.graph.lanes[lane as usize].owner == Owner::Object(asked.object);
        if self.run.resolve(asked.handle).is_some() || !is_of_graph {
            self.finds_another(asked.handle, asked.object.noun(), asked.place);
            return None;
        }
        self.bind_object(asked, lane)
    }

    /// The execution comes to an object for the first time, which is to be nobody else's.
    #[cold]
    fn bind_object(&mut self, asked: &Asked, lane: u32) -> Option<()> {
        self.run.bind(asked.handle, Sort::Object, lane);
        if self.run.is_shared(asked.handle) {
            self.fail_shared(asked.place);
            return None;
        }
        Some(())
    }

    /// What the object answers to the running thread's last request, once it is served.
    #[inline]
    pub(crate) fn answer(&mut self) -> Option<u32> {
        let request = self.run.this_thread().requested;
        let graph = &self.search.current.graph;
        let grant = graph.at(request).rf;
        if grant != NONE {
            let grant = graph.at(grant);
            if self.run.has_done(grant) {
                return Some(grant.answer);
            }
        }
        self.run.threads[self.run.running as usize].status = Status::Requesting;
        None
    }

    /// The state of an object at this moment of the run, which only who has it alone may depend on.
    pub(crate) fn state_of(&self, handle: &Handle) -> &[u32] {
        let Some(lane) = self.run.resolve(handle) else { return &[] };
        self.search.current.graph.state_before(lane, self.run.done[lane as usize])
    }

    /// Waits until the condition variable has notified the running thread, which has enlisted.
    pub(crate) fn woken(&mut self, place: &'static Location<'static>) -> Option<()> {
        let (lane, enlisted) = (self.run.running, self.run.this_thread().enlisted);

        let woken = self.step(
            Kind::Woken,
            place,
            |_| true,
            |engine, _| {
                engine.replayed();
                Some(())
            },
            |engine| {
                let object = engine.search.current.graph.at(enlisted).loc;
                let Some(first) = engine.notification(lane, enlisted) else {
                    engine.run.threads[lane as usize].status = Status::Notifiable(object);
                    return None;
                };
                let source = engine.search.current.graph.lanes[object as usize].events[first as usize];
                let mut event = engine.new_event(Kind::Woken, object, Mode::RELAXED, place);
                event.rf = source;
                engine.add(event);
                Some(())
            },
        );
        if woken.is_none() && self.is_stepped() && self.notification(lane, enlisted).is_none() {
            // A reader who chooses each step is told that it waits, though it is not let go on to try.
            let object = self.search.current.graph.at(enlisted).loc;
            self.run.threads[lane as usize].status = Status::Notifiable(object);
        }
        woken
    }

    /// Which of the grants of a condition variable is the first that has notified the thread since it enlisted.
    fn notification(&self, lane: u32, enlisted: Id) -> Option<u32> {
        let graph = &self.search.current.graph;
        let object = graph.at(enlisted).loc;
        let since = graph.at(graph.at(enlisted).rf).index;
        let grants = graph.lanes[object as usize].events.len() as u32;
        let notifies = |k: &u32| Condvar::has_notified(graph.state_before(object, k + 1), lane);
        (since + 1..grants).find(notifies)
    }

    /// The request that an object served as its `number`th: its thread and its place there.
    pub(crate) fn request_served(&self, handle: &Handle, number: u32) -> (u32, u32) {
        let graph = &self.search.current.graph;
        let lane = self.run.resolve(handle).expect("the object has served");
        let request = graph.at(graph.at(graph.lanes[lane as usize].events[number as usize]).rf);
        (request.lane, request.index)
    }

    /// As which number the request was served that a thread made at a place: the inverse of [`Engine::request_served`].
    pub(crate) fn number_of(&self, (lane, index): (u32, u32)) -> u32 {
        let graph = &self.search.current.graph;
        graph.at(graph.at(graph.lanes[lane as usize].events[index as usize]).rf).index
    }

    /// Whether the completion of a one-time initialisation happens before the running thread's next event.
    pub(crate) fn knows_done(&mut self, once: &Handle, place: &'static Location<'static>) -> bool {
        let Some(lane) = self.run.resolve(once) else { return false };
        let graph = &self.search.current.graph;
        let known = self.happens_before();
        let is_done = graph.lanes[lane as usize].events.iter().rev().any(|g| {
            let request = graph.at(graph.at(*g).rf);
            request.call.operation == Once::COMPLETE
                && known.get(request.lane as usize).is_some_and(|n| *n > request.index)
        });
        if is_done {
            self.uses_quietly((Sort::Object, lane), place);
        }
        is_done
    }

    pub(super) fn replay_grants(&mut self, object: u32) {
        let Engine { search, run, .. } = self;
        let graph = &search.current.graph;
        for grant in &graph.lanes[object as usize].events[run.done[object as usize] as usize..] {
            let request = graph.at(graph.at(*grant).rf);
            if *grant >= run.next_tick || !run.has_done(request) {
                return;
            }
            run.replayed(object);
            if run.threads[request.lane as usize].status == Status::Requesting {
                run.wake(search, request.lane);
            }
        }
    }

    /// Leaves the earlier grants that could serve the new request `id`.
    pub(super) fn leave_takes(&mut self, id: Id) {
        if !self.explores() {
            return;
        }
        let Search { current, served, waiting, .. } = &mut self.search;
        let (graph, worklist) = (&current.graph, &mut current.worklist);
        let new = Revisitor { id, loc: graph.at(id).loc, porf: graph.porf(id), is_idle: false };
        if new.knows_all_grants(graph) {
            return;
        }
        let mut earlier = std::mem::take(waiting);
        new.revisitable_grants(graph, id, served, |grant| earlier.push(grant));
        for read in earlier.drain(..) {
            let number = graph.at(read).index;
            let offered = alternatives(graph, id).take_while(|a| serve(graph, id, number, *a, served));
            worklist.extend(offered.map(|alternative| Alternative::BackwardRevisit {
                at: id,
                read,
                succeeds: true,
                alternative,
            }));
        }
        *waiting = earlier;
    }

    /// Serves what can be served after a replay: the objects in the order of the threads that wait.
    pub(super) fn serve_all(&mut self) {
        loop {
            let Search { current, served, .. } = &mut self.search;
            let graph = &current.graph;
            let servable = graph.threads.iter().find_map(|t| {
                let last = *graph.lanes[*t as usize].events.last()?;
                let event = graph.at(last);
                if event.kind != Kind::Request || event.rf != NONE {
                    return None;
                }
                let number = graph.lanes[event.loc as usize].events.len() as u32;
                serve(graph, last, number, 0, served).then_some(event.loc)
            });
            match servable {
                Some(object) => self.serve_object(object, None),
                None => return,
            }
        }
    }

    /// Serves the request that was added last, if it can be, and what can be served then.
    pub(super) fn serve_new(&mut self, id: Id) {
        self.leave_takes(id);
        let object = self.search.current.graph.at(id).loc;
        // What can be served is served at once, so all others wait on, but for what a replay may have left.
        let alone = !self.run.look_at_objects;
        self.serve_object(object, alone.then_some(id));
    }

    /// Serves an object's requests as long as it can, and leaves what else it could serve. `alone`: the only one that may be
    /// servable in the present state, if there is one such.
    fn serve_object(&mut self, object: u32, mut alone: Option<Id>) {
        while self.search.current.graph.unserved(object) > 0 {
            let Some((request, alternative)) = self.next_served(object, alone.take()) else { return };
            let Search { current: Frame { graph, .. }, first, .. } = &mut self.search;
            let Event { place, lane: thread, .. } = *graph.at(request);
            let id = grant_served(graph, request, alternative, place, first);
            self.added(id);
            if self.search.current.graph.lanes[object as usize].owner == Owner::Object(Object::Condvar) {
                self.wake_notifiable(object);
            }
            if self.run.threads[thread as usize].status == Status::Requesting {
                self.run.wake(&self.search, thread);
            }
        }
    }

    /// Which request the object serves next, and with which alternative; what that does is in [`Search::first`]. Leaves what else
    /// it could serve.
    fn next_served(&mut self, object: u32, alone: Option<Id>) -> Option<(Id, u32)> {
        let Search { current, served, first, waiting, .. } = &mut self.search;
        let random = &mut self.random;
        let graph = &current.graph;
        let (at, number) = (graph.len(), graph.lanes[object as usize].events.len() as u32);
        if let Some(request) = alone
            && *alternatives(graph, request).end() == 0
        {
            return serve(graph, request, number, 0, first).then_some((request, 0));
        }
        let (mut chosen, mut offers) = (None, 0);
        waiting.extend(graph.waiting(object));
        waiting.sort_unstable();
        for request in waiting.drain(..) {
            for alternative in alternatives(graph, request) {
                if !serve(graph, request, number, alternative, served) {
                    break;
                }
                offers += 1;
                // What is drawn here need not be come to by another run, of which a contended lock would take many.
                let takes = match random {
                    Some(random) => random.takes(offers),
                    None => offers == 1,
                };
                if takes {
                    chosen = Some((request, alternative));
                    std::mem::swap(first, served);
                } else if random.is_none() {
                    current.worklist.push(Alternative::Serve { at, request, alternative });
                }
            }
        }
        chosen
    }

    /// Lets the threads look again that wait for a notification.
    fn wake_notifiable(&mut self, object: u32) {
        for lane in 0..self.run.threads.len() {
            if self.run.threads[lane].status == Status::Notifiable(object)
                && Condvar::has_notified(
                    self.search.current.graph.state_before(object, self.run.done[object as usize]),
                    lane as u32,
                )
            {
                self.run.wake(&self.search, lane as u32);
            }
        }
    }
}
