//! A graph without some of its events.

use super::{Graph, Lane, Loc};
use crate::engine::event::{Id, Kind, NONE};

impl Graph {
    /// Takes away the events from `end` on, and of those that were added after the read or grant `revisited` all that
    /// `keep` refuses. What is kept has its source and the events before it in program order kept too, but for `revisited`,
    /// which is left without a source. `names` becomes the new name of each event before `end`; `scratch` is memory to use.
    pub(crate) fn restrict_to_prefix(
        &mut self,
        end: Id,
        revisited: Id,
        keep: impl Fn(&Graph, Id) -> bool,
        scratch: &mut Graph,
        names: &mut Vec<Id>,
    ) {
        if (revisited + 1..end).any(|id| keep(self, id)) {
            scratch.copy_prefix(self, end, revisited, names, |id| id <= revisited || keep(self, id));
            std::mem::swap(self, scratch);
            return;
        }
        names.clear();
        names.extend(0..=revisited);
        names.resize(end as usize, NONE);
        self.truncate(revisited + 1);
        self.unlink(revisited);
        if self.at(revisited).kind == Kind::Grant {
            self.states.truncate(self.at(revisited).state.0 as usize);
        }
    }

    /// Makes this graph what `from` is without the events from `end` on and without those that `keep` refuses. What is
    /// kept has its source and the events before it in program order kept too, but for the read or grant `revisited`,
    /// which is left without a source. `names` becomes the new name of each event.
    fn copy_prefix(
        &mut self,
        from: &Graph,
        end: Id,
        revisited: Id,
        names: &mut Vec<Id>,
        keep: impl Fn(Id) -> bool,
    ) {
        self.reset(from.model, from.width());
        if self.lanes.len() < from.lanes.len() {
            self.lanes.resize_with(from.lanes.len(), Lane::default);
        }
        if self.locs.len() < from.locs.len() {
            self.locs.resize_with(from.locs.len(), || Loc { init_readers: NONE, ..Loc::default() });
        }

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
            self.clocks.resize(new as usize + 1);
            self.clocks.copy_from(new, &from.clocks, id);
            if from.syncs.events() > id as usize {
                self.syncs.resize(new as usize + 1);
                self.syncs.copy_from(new, &from.syncs, id);
            }
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
                    self.events[name as usize].co_pos = to.co.len() as u32;
                }
            }
        }
    }
}
