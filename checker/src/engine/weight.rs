//! How much of an exploration is done: every graph has a share of the whole.
//!
//! The first graph's share is 1. Along an execution every event at which something was left divides what the execution
//! has between itself and what was left there, in equal parts. The share of an execution is what is left of it at its
//! end, so the shares of all executions and of what proved inconsistent sum to 1: their sum so far is the part of the
//! tree that has been explored, and the executions so far divided by it estimate their number. D. E. Knuth, "Estimating
//! the Efficiency of Backtrack Programs", Mathematics of Computation 29 (1975), has these shares as the probabilities of
//! random walks; P. Kilby, J. Slaney, S. Thiebaux, T. Walsh, "Estimating Search Tree Size", AAAI 2006, weigh with them
//! the leaves that a search has come to. It is an estimate: depth-first search sees neighbours first, and they are like
//! one another.

use super::explore::{Item, Search};

/// What a graph and each of the items that it left has of the whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shares {
    pub(super) own: f64,
    pub(super) items: Vec<f64>,
}

/// The part of the whole that has been explored. Nothing is reckoned unless it was asked for.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Weight {
    pub(super) reckons: bool,
    pub(super) explored: f64,
}

impl Weight {
    /// An item is taken from a graph: what it leads to has its share.
    #[inline]
    pub(super) fn pop(&self, from: &mut Shares, to: &mut Shares) {
        if self.reckons {
            to.own = from.items.pop().unwrap_or(0.0);
            to.items.clear();
        }
    }

    /// A graph that leads nowhere has been looked at.
    #[inline]
    pub(super) fn explored(&mut self, graph: &Shares) {
        if self.reckons {
            self.explored += graph.own;
        }
    }
}

impl Search {
    /// Divides the share of the present graph, which has been executed, among itself and what it left.
    pub(crate) fn weigh(&mut self) {
        if self.weight.reckons {
            divide(&mut self.now.shares, &self.now.items);
            self.weight.explored += self.now.shares.own;
        }
    }

    /// Begins to reckon shares.
    pub(crate) fn reckon(&mut self) {
        self.weight.reckons = true;
    }

    /// The part of the whole that was explored here.
    pub(crate) fn explored(&self) -> f64 {
        self.weight.explored
    }
}

fn divide(shares: &mut Shares, items: &[Item]) {
    shares.items.clear();
    for left in items.chunk_by(|a, b| a.at() == b.at()) {
        shares.own /= (left.len() + 1) as f64;
        shares.items.extend(left.iter().map(|_| shares.own));
    }
}
