//! A graph without some of its events.

use super::{Graph, Lane, Loc, Owner, ROWS};
use crate::engine::event::{Id, Kind, NONE};

impl Graph {
    /// Makes this graph what `from` is without the events from `end` on and without those that `keep` refuses. What is
    /// kept has its source and the events before it in program order kept too, but for the read or grant `revisited`,
    /// which is left without a source. `names` becomes the new name of each event.
    pub(crate) fn restrict(
        &mut self,
        from: &Graph,
        end: Id,
        revisited: Id,
        names: &mut Vec<Id>,
        keep: impl Fn(Id) -> bool,
    ) {
        self.model = from.model;
        self.width = from.width;
        self.clear();
        if self.lanes.len() < from.lanes.len() {
            self.lanes.resize_with(from.lanes.len(), Lane::default);
        }
        if self.locs.len() < from.locs.len() {
            self.locs.resize_with(from.locs.len(), || Loc { init_readers: NONE, ..Loc::default() });
        }
        self.lanes[0].owner = Owner::Thread(NONE);
        self.threads.push(0);

        names.clear();
        let mut n = 0;
        names.extend((0..end).map(|id| {
            if !keep(id) {
                return NONE;
            }
            n += 1;
            n - 1
        }));
        names.resize(from.events.len(), NONE);
        for id in (0..end).filter(|id| names[*id as usize] != NONE) {
            let mut event = *from.at(id);
            if event.rf != NONE {
                // Only the request that the revisited grant served refers to it.
                let unlinked = id == revisited || event.rf == revisited;
                event.rf = if unlinked { NONE } else { names[event.rf as usize] };
            }
            if event.kind == Kind::Request {
                let object = &from.lanes[event.loc as usize];
                self.lanes[event.loc as usize].owner = object.owner;
            }
            let state = event.state;
            let new = self.push(event);
            if event.kind == Kind::Grant {
                let start = self.states.len() as u32;
                let acquired = from.states[(state.0 + state.1) as usize];
                self.states.extend_from_slice(
                    &from.states[state.0 as usize..(state.0 + state.1 + 1 + acquired) as usize],
                );
                self.at_mut(new).state = (start, state.1);
            }
            let w = self.width * ROWS;
            let (to, row) = (new as usize * w, id as usize * w);
            self.rows[to..to + w].copy_from_slice(&from.rows[row..row + w]);
        }
        let revisited = if revisited == NONE { NONE } else { names[revisited as usize] };
        for id in 0..self.len() {
            let event = self.at(id);
            if id != revisited && (event.kind.reads() || event.kind == Kind::Hint && event.rf != NONE) {
                self.read_from(id, self.at(id).rf);
            }
        }
        for (to, from) in self.locs.iter_mut().zip(&from.locs) {
            for w in &from.co {
                let name = names[*w as usize];
                if name != NONE {
                    to.co.push(name);
                    self.events[name as usize].pos = to.co.len() as u32;
                }
            }
        }
    }
}
