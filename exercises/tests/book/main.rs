//! The gate over the book: what a page says that was generated is what the tools say today, every link leads somewhere, and
//! every example, class and exercise has its place.
//!
//! `INSTA_UPDATE=always` writes what is generated anew.

// On loom neither the examples nor the chapters' programs are explored as the book tells it.
#![cfg(any(explores, not(loom)))]

#[cfg(explores)]
mod drawings;
#[cfg(explores)]
mod generated;
mod index;
mod links;
mod page;
#[cfg(explores)]
mod programs;
