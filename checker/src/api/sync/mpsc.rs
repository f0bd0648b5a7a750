//! What [`std::sync::mpsc`] has, inside of a model.

use std::cell::RefCell;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
pub use std::sync::mpsc::{RecvError, RecvTimeoutError, SendError, TryRecvError, TrySendError};
use std::time::Duration;

use crate::engine::{self, Handle};
use crate::objects::{Call, Channel, Object};

struct Shared<T> {
    handle: Handle,
    channel: Channel,
    /// The messages that were sent and not received, by the thread and place of the request that sent them.
    messages: RefCell<Vec<((u32, u32), T)>>,
}

// SAFETY: the fibers of an execution run on one OS thread, and no borrow of `messages` is held while they are switched.
unsafe impl<T: Send> Send for Shared<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Shared<T> {}

impl<T> Drop for Shared<T> {
    /// What nobody has received goes with the last end of the channel: what its sender did happens before that.
    fn drop(&mut self) {
        self.handle.renew();
        let messages = std::mem::take(self.messages.get_mut());
        if !messages.is_empty() && engine::in_model() {
            engine::destroy_own(|| drop(messages));
        }
    }
}

impl<T> Shared<T> {
    fn ask(&self, operation: u8, argument: u32, place: &'static Location<'static>) -> u32 {
        engine::ask(&self.handle, Object::Channel(self.channel), Call { operation, argument }, place)
    }

    fn take(&self, name: (u32, u32)) -> T {
        let mut messages = self.messages.borrow_mut();
        let at =
            messages.iter().position(|(n, _)| *n == name).expect("a message is there until it is received");
        messages.remove(at).1
    }

    /// Sends with the given operation: its answer, and the message back where it was not accepted.
    fn send(&self, operation: u8, message: T, place: &'static Location<'static>) -> Result<(), (u32, T)> {
        // The receiver may run before this thread goes on, so the message is there before it is asked for.
        let name = engine::with(|e| (e.run.running(), e.run.done()));
        self.messages.borrow_mut().push((name, message));
        match self.ask(operation, 0, place) {
            1 => Ok(()),
            answer => Err((answer, self.take(name))),
        }
    }

    fn receive(
        &self,
        operation: u8,
        timeout: Duration,
        place: &'static Location<'static>,
    ) -> Result<T, TryRecvError> {
        let (object, call) = (Object::Channel(self.channel), Call { operation, argument: 0 });
        match engine::ask_within(&self.handle, object, call, timeout, place) {
            0 => Err(TryRecvError::Disconnected),
            Channel::EMPTY => Err(TryRecvError::Empty),
            number => Ok(self.take(engine::with(|e| e.request_served(&self.handle, number - 1)))),
        }
    }
}

/// One of the ends of a channel, an object of its own.
struct Side<T> {
    life: Handle,
    shared: Arc<Shared<T>>,
}

impl<T> Side<T> {
    const NOUN: &str = "an end of a channel";

    fn new(shared: Arc<Shared<T>>) -> Self {
        Side { life: Handle::new(), shared }
    }

    /// What the ends share, for a call at this place.
    fn shared(&self, place: &'static Location<'static>) -> &Shared<T> {
        engine::use_of(&self.life, Self::NOUN, place);
        &self.shared
    }

    fn sender(&self, place: &'static Location<'static>) -> Self {
        self.shared(place).ask(Channel::ADD_SENDER, 0, place);
        Side::new(self.shared.clone())
    }

    /// It is dropped, with this request.
    fn leave(&self, operation: u8, place: &'static Location<'static>) {
        engine::check_life(&self.life, Self::NOUN);
        self.shared.ask(operation, 0, place);
    }
}

/// As [`std::sync::mpsc::Sender`].
pub struct Sender<T>(Side<T>);

/// As [`std::sync::mpsc::SyncSender`].
pub struct SyncSender<T>(Side<T>);

/// As [`std::sync::mpsc::Receiver`].
pub struct Receiver<T> {
    side: Side<T>,
    /// Not `Sync`, as std's.
    _here: std::marker::PhantomData<std::cell::Cell<()>>,
}

fn make<T>(capacity: Option<u32>) -> (Arc<Shared<T>>, Receiver<T>) {
    let channel = Channel { capacity };
    let shared = Arc::new(Shared { handle: Handle::new(), channel, messages: RefCell::default() });
    (shared.clone(), Receiver { side: Side::new(shared), _here: std::marker::PhantomData })
}

/// As [`std::sync::mpsc::channel`].
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let (shared, receiver) = make(None);
    (Sender(Side::new(shared)), receiver)
}

/// As [`std::sync::mpsc::sync_channel`].
pub fn sync_channel<T>(bound: usize) -> (SyncSender<T>, Receiver<T>) {
    let (shared, receiver) = make(Some(u32::try_from(bound).unwrap_or(u32::MAX)));
    (SyncSender(Side::new(shared)), receiver)
}

impl<T> Sender<T> {
    /// As [`std::sync::mpsc::Sender::send`]; never waits.
    ///
    /// # Errors
    ///
    /// With the message, when the receiver is gone.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let place = Location::caller();
        let shared = self.0.shared(place);
        shared.send(Channel::SEND, message, place).map_err(|(_, message)| SendError(message))
    }
}

impl<T> SyncSender<T> {
    /// As [`std::sync::mpsc::SyncSender::send`]: waits for room, and with a bound of 0 until the message is received.
    ///
    /// # Errors
    ///
    /// With the message, when the receiver is gone.
    #[track_caller]
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        let place = Location::caller();
        let shared = self.0.shared(place);
        let name = engine::with(|e| (e.run.running(), e.run.done()));
        shared.send(Channel::SEND, message, place).map_err(|(_, message)| SendError(message))?;
        if shared.channel.capacity == Some(0) {
            let number = engine::with(|e| e.number_of(name));
            if shared.ask(Channel::HAND_OVER, number, place) == 0 {
                return Err(SendError(shared.take(name)));
            }
        }
        Ok(())
    }

    /// As [`std::sync::mpsc::SyncSender::try_send`].
    ///
    /// # Errors
    ///
    /// With the message, when there is no room or the receiver is gone.
    ///
    /// # Panics
    ///
    /// With a bound of 0: whether a receiver waits at that moment is not modelled.
    #[track_caller]
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        let place = Location::caller();
        let shared = self.0.shared(place);
        assert!(
            shared.channel.capacity != Some(0),
            "`try_send` on a channel with a bound of 0 is not modelled"
        );
        shared.send(Channel::TRY_SEND, message, place).map_err(|(answer, message)| match answer {
            2 => TrySendError::Full(message),
            _ => TrySendError::Disconnected(message),
        })
    }
}

impl<T> Receiver<T> {
    fn receive(
        &self,
        operation: u8,
        timeout: Duration,
        place: &'static Location<'static>,
    ) -> Result<T, TryRecvError> {
        self.side.shared(place).receive(operation, timeout, place)
    }

    /// As [`std::sync::mpsc::Receiver::recv`].
    ///
    /// # Errors
    ///
    /// When there is no message and no sender is left.
    #[track_caller]
    pub fn recv(&self) -> Result<T, RecvError> {
        self.receive(Channel::RECEIVE, Duration::MAX, Location::caller()).map_err(|_| RecvError)
    }

    /// As [`std::sync::mpsc::Receiver::try_recv`].
    ///
    /// # Errors
    ///
    /// When there is no message.
    #[track_caller]
    pub fn try_recv(&self) -> Result<T, TryRecvError> {
        self.receive(Channel::TRY_RECEIVE, Duration::MAX, Location::caller())
    }

    /// As [`std::sync::mpsc::Receiver::recv_timeout`]; it times out as [`Time`](crate::Time) says.
    ///
    /// # Errors
    ///
    /// When there is no message in time, or no sender is left.
    #[track_caller]
    pub fn recv_timeout(&self, timeout: Duration) -> Result<T, RecvTimeoutError> {
        self.receive(Channel::RECEIVE, timeout, Location::caller()).map_err(|error| match error {
            TryRecvError::Disconnected => RecvTimeoutError::Disconnected,
            TryRecvError::Empty => {
                engine::with(|e| e.run.waited(timeout));
                RecvTimeoutError::Timeout
            }
        })
    }

    /// As [`std::sync::mpsc::Receiver::iter`].
    pub fn iter(&self) -> Iter<'_, T> {
        Iter { receiver: self }
    }

    /// As [`std::sync::mpsc::Receiver::try_iter`].
    pub fn try_iter(&self) -> TryIter<'_, T> {
        TryIter { receiver: self }
    }
}

/// As [`std::sync::mpsc::Iter`].
#[derive(Debug)]
pub struct Iter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
}

/// As [`std::sync::mpsc::TryIter`].
#[derive(Debug)]
pub struct TryIter<'a, T: 'a> {
    receiver: &'a Receiver<T>,
}

/// As [`std::sync::mpsc::IntoIter`].
#[derive(Debug)]
pub struct IntoIter<T> {
    receiver: Receiver<T>,
}

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<T> Iterator for TryIter<'_, T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.try_recv().ok()
    }
}

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    #[track_caller]
    fn next(&mut self) -> Option<T> {
        self.receiver.recv().ok()
    }
}

impl<'a, T> IntoIterator for &'a Receiver<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

impl<T> IntoIterator for Receiver<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter { receiver: self }
    }
}

impl<T> Clone for Sender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        Sender(self.0.sender(Location::caller()))
    }
}

impl<T> Clone for SyncSender<T> {
    #[track_caller]
    fn clone(&self) -> Self {
        SyncSender(self.0.sender(Location::caller()))
    }
}

impl<T> Drop for Sender<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.0.leave(Channel::DROP_SENDER, Location::caller());
    }
}

impl<T> Drop for SyncSender<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.0.leave(Channel::DROP_SENDER, Location::caller());
    }
}

impl<T> Drop for Receiver<T> {
    #[track_caller]
    fn drop(&mut self) {
        self.side.leave(Channel::DROP_RECEIVER, Location::caller());
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for SyncSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SyncSender").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").finish_non_exhaustive()
    }
}
