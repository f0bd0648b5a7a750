//! Parts of an exploration. What one graph has left shares nothing with anything else, so it can be explored by anybody.

use super::explore::{Frame, Search};
use super::graph::MemoryModel;

/// A part of an exploration: graphs with what they have left, the last of them with what is tried first.
#[derive(Clone)]
pub(crate) struct Part {
    #[expect(clippy::vec_box, reason = "as they are in a search")]
    above: Vec<Box<Frame>>,
    now: Frame,
    /// Whether the last graph has yet to be executed.
    pub(crate) executes: bool,
}

impl Part {
    /// All of an exploration.
    pub(crate) fn whole(model: MemoryModel) -> Self {
        let mut now = Frame::default();
        now.graph.reset(model, 8);
        Part { above: Vec::new(), now, executes: true }
    }

    /// What a graph that was executed has left.
    pub(crate) fn left(frame: Frame) -> Self {
        Part { above: Vec::new(), now: frame, executes: false }
    }

    /// One item of a graph that was executed.
    pub(crate) fn item(frame: &Frame, item: usize) -> Self {
        Part::left(frame.some(item..item + 1))
    }

    /// Whether it is all of an exploration.
    pub(crate) fn is_whole(&self) -> bool {
        self.executes && self.above.is_empty() && self.now.graph.len() == 0
    }
}

impl Frame {
    /// The same graph with some of what it has left.
    fn some(&self, items: std::ops::Range<usize>) -> Frame {
        Frame { graph: self.graph.clone(), items: self.items[items].to_vec() }
    }
}

impl Search {
    /// Goes on with a part, and with nothing else.
    pub(crate) fn begin(&mut self, part: Part) {
        (self.above, self.now) = (part.above, part.now);
    }

    /// Takes out what there is to do; the present graph is yet to be executed.
    pub(crate) fn pause(&mut self) -> Part {
        Part { above: std::mem::take(&mut self.above), now: std::mem::take(&mut self.now), executes: true }
    }

    /// Takes the present graph out, with all that it left.
    pub(crate) fn take_now(&mut self) -> Frame {
        std::mem::take(&mut self.now)
    }

    /// Keeps one item alone of what the present graph left, and nothing besides. `choose` is given how many there are, and
    /// says which.
    pub(crate) fn keep_one(&mut self, choose: impl FnOnce(usize) -> usize) -> usize {
        let items = self.now.items.len();
        self.above.clear();
        if items > 0 {
            self.now.items.swap(0, choose(items));
            self.now.items.truncate(1);
        }
        items
    }

    /// Gives away a part of what is left between two executions, if there is more than one thing: the one that comes last,
    /// which is nearest to the first graph and so likely to be large.
    pub(crate) fn give(&mut self) -> Option<Part> {
        let Some(outermost) = self.above.first_mut() else {
            let half = self.now.items.len() / 2;
            return (half > 0).then(|| self.now.give(half));
        };
        let items = outermost.items.len();
        if items > 1 {
            return Some(outermost.give(items.div_ceil(2)));
        }
        if self.above.len() == 1 && self.now.items.is_empty() {
            return None;
        }
        Some(Part::left(*self.above.remove(0)))
    }
}

impl Frame {
    /// Parts with the first items, which would be tried last.
    fn give(&mut self, items: usize) -> Part {
        let given = self.some(0..items);
        self.items.drain(..items);
        Part::left(given)
    }
}
