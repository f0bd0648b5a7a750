//! What makes two executions the same.

use std::fmt;

use super::event::{Id, Kind, NONE};
use super::graph::{Graph, Owner};

/// An event by its thread, a number in the order of paths, and its place in the thread's program order.
type Name = (u32, u32);

/// An execution graph in a form that depends on nothing else: two executions with equal behaviours are the same execution.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Behaviour {
    /// Every read with its source, where it is not the initial value.
    pub reads: Vec<(Name, Option<Name>)>,
    /// The modification order of each location that was written to.
    pub writes: Vec<Vec<Name>>,
    /// The requests that each object served, in order, each with the alternative that it took.
    pub served: Vec<Vec<(Name, u32)>>,
    /// What was chosen.
    pub choices: Vec<(Name, u32)>,
}

impl Behaviour {
    pub(crate) fn of(graph: &Graph) -> Self {
        let mut number = vec![0; graph.lanes.len()];
        for (n, lane) in graph.threads.iter().enumerate() {
            number[*lane as usize] = n as u32;
        }
        let name = |id: Id| {
            let event = graph.at(id);
            (number[event.lane as usize], event.index)
        };
        let mut behaviour = Behaviour::default();
        for id in 0..graph.len() {
            let event = graph.at(id);
            // A thread that waits without an end has read nothing that it could tell.
            if graph.failed_awaits.contains(&id) {
                continue;
            }
            if event.kind.reads() || event.awaits_change() {
                behaviour.reads.push((name(id), (event.rf != NONE).then(|| name(event.rf))));
            } else if event.kind == Kind::Choose {
                behaviour.choices.push((name(id), event.alternative));
            }
        }
        behaviour.reads.sort_unstable();
        behaviour.choices.sort_unstable();
        let orders = graph.locs.iter().filter(|loc| !loc.co.is_empty());
        behaviour.writes = orders.map(|loc| loc.co.iter().map(|w| name(*w)).collect()).collect();
        behaviour.writes.sort_unstable();
        for lane in graph
            .lanes
            .iter()
            .filter(|lane| matches!(lane.owner, Owner::Object(_)) && !lane.events.is_empty())
        {
            let grants = lane.events.iter().map(|g| (name(graph.at(*g).rf), graph.at(*g).alternative));
            behaviour.served.push(grants.collect());
        }
        behaviour.served.sort_unstable();
        behaviour
    }
}

impl fmt::Display for Behaviour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for ((thread, index), source) in &self.reads {
            match source {
                Some((from, at)) => writeln!(f, "{thread}.{index} reads from {from}.{at}")?,
                None => writeln!(f, "{thread}.{index} reads the initial value")?,
            }
        }
        for order in &self.writes {
            let order: Vec<_> = order.iter().map(|(t, i)| format!("{t}.{i}")).collect();
            writeln!(f, "written in the order {}", order.join(", "))?;
        }
        for order in &self.served {
            let order: Vec<_> = order.iter().map(|((t, i), a)| format!("{t}.{i}/{a}")).collect();
            writeln!(f, "served in the order {}", order.join(", "))?;
        }
        for ((thread, index), value) in &self.choices {
            writeln!(f, "{thread}.{index} chooses {value}")?;
        }
        Ok(())
    }
}
