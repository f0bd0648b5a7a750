//! You are the scheduler: a program for the terminal in which you choose which thread goes next, and try to break a model.
//!
//! The state of a [`game`] knows no terminal. [`screen`] draws a state into a buffer, and changes nothing. [`keys`] says what a key
//! asks for. [`terminal`] is the only part that touches the terminal.
//!
//! What is shown is always a prefix of an execution: see [`selvedge::stepping`].

pub mod game;
pub mod keys;
pub mod program;
pub mod screen;
pub mod terminal;

pub use game::Game;
pub use program::{Known, Program};
pub use terminal::{Look, Trouble, play};
