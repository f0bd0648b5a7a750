//! Parts of an exploration. What one graph has left shares nothing with anything else, so it can be explored by anybody.

use super::explore::{Frame, Search};
use super::graph::MemoryModel;

/// A part of an exploration: graphs with what they have left, the last of them with what is tried first.
#[derive(Clone)]
pub(crate) struct Part {
    #[expect(clippy::vec_box, reason = "as they are in a search")]
    stack: Vec<Box<Frame>>,
    current: Frame,
    /// Whether the last graph has yet to be executed.
    pub(crate) executes: bool,
}

impl Part {
    /// All of an exploration.
    pub(crate) fn whole(model: MemoryModel) -> Self {
        let mut current = Frame::default();
        current.graph.reset(model, 8);
        Part { stack: Vec::new(), current, executes: true }
    }

    /// What a graph that was executed has left.
    pub(crate) fn left(frame: Frame) -> Self {
        Part { stack: Vec::new(), current: frame, executes: false }
    }

    /// One item of a graph that was executed.
    pub(crate) fn item(frame: &Frame, item: usize) -> Self {
        Part::left(frame.some(item..item + 1))
    }

    /// Whether it is all of an exploration.
    pub(crate) fn is_whole(&self) -> bool {
        self.executes && self.stack.is_empty() && self.current.graph.len() == 0
    }
}

impl Frame {
    /// The same graph with some of what it has left.
    fn some(&self, alternatives: std::ops::Range<usize>) -> Frame {
        Frame { graph: self.graph.clone(), worklist: self.worklist[alternatives].to_vec() }
    }
}

impl Search {
    /// Goes on with a part, and with nothing else.
    pub(crate) fn begin(&mut self, part: Part) {
        (self.stack, self.current) = (part.stack, part.current);
    }

    /// Takes out what there is to do; the present graph is yet to be executed.
    pub(crate) fn pause(&mut self) -> Part {
        Part {
            stack: std::mem::take(&mut self.stack),
            current: std::mem::take(&mut self.current),
            executes: true,
        }
    }

    /// Takes the present graph out, with all that it left.
    pub(crate) fn take_current(&mut self) -> Frame {
        std::mem::take(&mut self.current)
    }

    /// Keeps one item alone of what the present graph left, and nothing besides. `choose` is given how many there are, and
    /// says which.
    pub(crate) fn keep_one(&mut self, choose: impl FnOnce(usize) -> usize) -> usize {
        let left = self.current.worklist.len();
        self.stack.clear();
        if left > 0 {
            self.current.worklist.swap(0, choose(left));
            self.current.worklist.truncate(1);
        }
        left
    }

    /// Gives away a part of what is left between two executions, if there is more than one thing: the one that comes last,
    /// which is nearest to the first graph and so likely to be large.
    pub(crate) fn give(&mut self) -> Option<Part> {
        let Some(outermost) = self.stack.first_mut() else {
            let half = self.current.worklist.len() / 2;
            return (half > 0).then(|| self.current.give(half));
        };
        let left = outermost.worklist.len();
        if left > 1 {
            return Some(outermost.give(left.div_ceil(2)));
        }
        if self.stack.len() == 1 && self.current.worklist.is_empty() {
            return None;
        }
        Some(Part::left(*self.stack.remove(0)))
    }
}

impl Frame {
    /// Parts with the first alternatives, which would be tried last.
    fn give(&mut self, alternatives: usize) -> Part {
        let given = self.some(0..alternatives);
        self.worklist.drain(..alternatives);
        Part::left(given)
    }
}
