//! Rows of clocks: one number for each lane.

use crate::engine::event::{Id, NONE};

/// Lanes are counted in chunks of a fixed size, so that rows are copied and joined without loops for most programs.
const CHUNK: usize = 8;

type Chunk = [u32; CHUNK];

/// `N` rows for each event, for the first so many events.
#[derive(Debug, Default)]
pub(super) struct Rows<const N: usize> {
    chunks: Vec<Chunk>,
    /// Chunks in a row.
    width: usize,
}

impl<const N: usize> Rows<N> {
    /// Forgets all rows. The next ones are for so many lanes.
    pub(super) fn reset(&mut self, lanes: usize) {
        self.chunks.clear();
        self.width = lanes.div_ceil(CHUNK);
    }

    /// For how many lanes there is room.
    pub(super) fn lanes(&self) -> usize {
        self.width * CHUNK
    }

    /// Makes room for twice as many lanes.
    pub(super) fn widen(&mut self) {
        let old = std::mem::take(&mut self.chunks);
        for row in old.chunks_exact(self.width) {
            self.chunks.extend_from_slice(row);
            self.chunks.extend(std::iter::repeat_n([0; CHUNK], self.width));
        }
        self.width *= 2;
    }

    /// How many events have rows.
    pub(super) fn events(&self) -> usize {
        self.chunks.len() / (N * self.width)
    }

    /// Takes rows away, or adds some with nothing in them.
    pub(super) fn resize(&mut self, events: usize) {
        self.chunks.resize(events * N * self.width, [0; CHUNK]);
    }

    /// Makes the rows of an event, the last or one that has some, from those of the event before it, if there is one; the first
    /// `joined` of them with those of `with` too, if that is an event. In the first `counted` of them `lane` has `count` events.
    #[inline(always)]
    pub(super) fn derive(
        &mut self,
        id: Id,
        before: Option<Id>,
        (with, joined): (Id, usize),
        (lane, count, counted): (u32, u32, usize),
    ) {
        let (true, Some(before)) = (self.width == 1, before) else {
            return self.derive_wide(id, before, (with, joined), (lane, count, counted));
        };
        let all = self.chunks.as_chunks::<N>().0;
        let mut rows = all[before as usize];
        if with != NONE {
            let with = &all[with as usize];
            join(&mut rows[0], &with[0]);
            if joined > 1 {
                rows[1..].iter_mut().zip(&with[1..]).for_each(|(to, from)| join(to, from));
            }
        }
        if self.chunks.len() <= id as usize * N {
            self.chunks.extend_from_slice(&rows);
        } else {
            self.chunks.as_chunks_mut::<N>().0[id as usize] = rows;
        }
        // Where they are: what is copied as a whole would have to wait for one number of it that is written right before.
        let rows = &mut self.chunks.as_chunks_mut::<N>().0[id as usize];
        rows[0][lane as usize % CHUNK] = count;
        if counted > 1 {
            rows[1..].iter_mut().for_each(|row| row[lane as usize % CHUNK] = count);
        }
    }

    #[inline(never)]
    fn derive_wide(
        &mut self,
        id: Id,
        before: Option<Id>,
        (with, joined): (Id, usize),
        (lane, count, counted): (u32, u32, usize),
    ) {
        if self.events() <= id as usize {
            self.resize(id as usize + 1);
        }
        match before {
            Some(before) => self.copy_all(id, before),
            None => (0..N).for_each(|section| self.zero((id, section))),
        }
        if with != NONE {
            (0..joined).for_each(|section| self.join((id, section), (with, section)));
        }
        (0..counted).for_each(|section| self.set((id, section), lane, count));
    }

    #[inline]
    pub(super) fn truncate(&mut self, events: usize) {
        self.chunks.truncate(events * N * self.width);
    }

    #[inline]
    fn start(&self, (id, section): (Id, usize)) -> usize {
        (id as usize * N + section) * self.width
    }

    #[inline]
    fn chunks(&self, at: (Id, usize)) -> &[Chunk] {
        let start = self.start(at);
        &self.chunks[start..start + self.width]
    }

    #[inline]
    fn chunks_mut(&mut self, at: (Id, usize)) -> &mut [Chunk] {
        let start = self.start(at);
        &mut self.chunks[start..start + self.width]
    }

    #[inline]
    pub(super) fn row(&self, at: (Id, usize)) -> &[u32] {
        self.chunks(at).as_flattened()
    }

    #[inline]
    pub(super) fn row_mut(&mut self, at: (Id, usize)) -> &mut [u32] {
        self.chunks_mut(at).as_flattened_mut()
    }

    #[inline]
    pub(super) fn zero(&mut self, at: (Id, usize)) {
        self.chunks_mut(at).fill([0; CHUNK]);
    }

    /// Sets one number of a row.
    #[inline]
    pub(super) fn set(&mut self, at: (Id, usize), lane: u32, to: u32) {
        let start = self.start(at);
        self.chunks[start + lane as usize / CHUNK][lane as usize % CHUNK] = to;
    }

    #[inline]
    pub(super) fn copy(&mut self, to: (Id, usize), from: (Id, usize)) {
        let (to, from) = (self.start(to), self.start(from));
        if self.width == 1 {
            self.chunks[to] = self.chunks[from];
        } else {
            self.chunks.copy_within(from..from + self.width, to);
        }
    }

    fn copy_all(&mut self, to: Id, from: Id) {
        let (to, from) = (self.start((to, 0)), self.start((from, 0)));
        self.chunks.copy_within(from..from + N * self.width, to);
    }

    /// Copies all rows of an event from those of another graph's.
    pub(super) fn copy_from(&mut self, to: Id, other: &Self, from: Id) {
        let (to, from) = (self.start((to, 0)), other.start((from, 0)));
        let n = N * self.width;
        self.chunks[to..to + n].copy_from_slice(&other.chunks[from..from + n]);
    }

    #[inline]
    pub(super) fn copy_row<const M: usize>(&mut self, to: (Id, usize), other: &Rows<M>, from: (Id, usize)) {
        self.chunks_mut(to).copy_from_slice(other.chunks(from));
    }

    #[inline(always)]
    pub(super) fn join(&mut self, to: (Id, usize), from: (Id, usize)) {
        let (to, from) = (self.start(to), self.start(from));
        if self.width == 1 {
            let from = self.chunks[from];
            join(&mut self.chunks[to], &from);
        } else {
            self.join_wide(to, from);
        }
    }

    #[inline(never)]
    fn join_wide(&mut self, to: usize, from: usize) {
        for i in 0..self.width {
            let from = self.chunks[from + i];
            join(&mut self.chunks[to + i], &from);
        }
    }

    #[inline]
    pub(super) fn join_row<const M: usize>(&mut self, to: (Id, usize), other: &Rows<M>, from: (Id, usize)) {
        for (to, from) in self.chunks_mut(to).iter_mut().zip(other.chunks(from)) {
            join(to, from);
        }
    }
}

#[inline]
fn join(to: &mut Chunk, from: &Chunk) {
    // Nothing is counted to 2^31, and what has a sign is compared in one instruction everywhere.
    for (to, from) in to.iter_mut().zip(from) {
        *to = (*to as i32).max(*from as i32) as u32;
    }
}

impl<const N: usize> Clone for Rows<N> {
    fn clone(&self) -> Self {
        Rows { chunks: self.chunks.clone(), width: self.width }
    }

    fn clone_from(&mut self, from: &Self) {
        self.chunks.clone_from(&from.chunks);
        self.width = from.width;
    }
}
