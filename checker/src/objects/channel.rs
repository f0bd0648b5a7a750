//! A first-in, first-out channel of many senders and one receiver, unbounded or with a capacity, which may be 0.
//!
//! A send synchronises with the receive of its message (the documentation of std::sync::mpsc). With capacity 0 a send also
//! waits until its message was taken. Messages are not here: a message is named by the number of its send.

use super::{Call, Request, Served, Specification};

/// State: the senders; 1 while the receiver is there; the numbers of the sends whose messages wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Channel {
    pub(crate) capacity: Option<u32>,
}

impl Channel {
    /// Answers 1 when the message was accepted, 0 when the receiver is gone.
    pub(crate) const SEND: u8 = 0;
    /// As [`SEND`](Self::SEND), and answers 2 instead of waiting.
    pub(crate) const TRY_SEND: u8 = 1;
    /// Waits until the message whose send had this number was taken or the receiver is gone. Answers 1 when it was taken.
    pub(crate) const HAND_OVER: u8 = 2;
    /// Answers the number of the message's send plus 1, 0 when there is no message and no sender, or
    /// [`EMPTY`](Self::EMPTY) where it times out.
    pub(crate) const RECEIVE: u8 = 3;
    /// As [`RECEIVE`](Self::RECEIVE), and answers [`EMPTY`](Self::EMPTY) instead of waiting.
    pub(crate) const TRY_RECEIVE: u8 = 4;
    pub(crate) const ADD_SENDER: u8 = 5;
    pub(crate) const DROP_SENDER: u8 = 6;
    pub(crate) const DROP_RECEIVER: u8 = 7;
    pub(crate) const EMPTY: u32 = u32::MAX;
}

impl Specification for Channel {
    fn serve(&self, state: &[u32], request: Request, served: &mut Served) -> Option<()> {
        let Request { call, number, alternative: 0, expired, .. } = request else { return None };
        let (senders, receiver, messages) = match state {
            [] => (1, 1, &[][..]),
            [senders, receiver, messages @ ..] => (*senders, *receiver, messages),
            _ => unreachable!("a state has two numbers or more"),
        };
        // With capacity 0 a message may wait for its receiver, and its sender waits with it.
        let full = self.capacity.is_some_and(|capacity| messages.len() as u32 >= capacity.max(1));
        served.state.extend([senders, receiver]);
        served.state.extend_from_slice(messages);
        match call.operation {
            Self::SEND | Self::TRY_SEND if receiver == 0 => {}
            Self::SEND if full => return None,
            Self::TRY_SEND if full => served.answer = 2,
            Self::SEND | Self::TRY_SEND => {
                served.state.push(number);
                served.answer = 1;
            }
            Self::HAND_OVER => {
                let waits = messages.contains(&call.argument);
                if waits && receiver == 1 {
                    return None;
                }
                served.answer = u32::from(!waits);
            }
            Self::RECEIVE | Self::TRY_RECEIVE => match messages {
                [first, ..] => {
                    served.state.remove(2);
                    served.acquires.push(*first);
                    served.answer = first + 1;
                }
                [] if senders == 0 => {}
                [] if call.operation == Self::RECEIVE && !expired => return None,
                [] => served.answer = Self::EMPTY,
            },
            Self::ADD_SENDER => served.state[0] += 1,
            Self::DROP_SENDER => served.state[0] -= 1,
            _ => served.state[1] = 0,
        }
        Some(())
    }

    fn essence(&self, state: &[u32]) -> Vec<u32> {
        if state.is_empty() { vec![1, 1] } else { state.to_vec() }
    }

    fn waits_for(&self, call: Call) -> &'static str {
        match call.operation {
            Self::RECEIVE => "a message",
            Self::HAND_OVER => "a receiver to take its message",
            _ => "room in a channel",
        }
    }

    fn name(&self, call: Call) -> &'static str {
        ["send", "try_send", "hand_over", "recv", "try_recv", "clone", "drop", "drop"]
            [call.operation as usize]
    }
}
