//! The command line.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// Mend small programs with threads, and have every execution of your mend explored.
///
/// Without a command, in a terminal: shows the next exercise, and checks your program each time you save it.
#[derive(Debug, Parser)]
#[command(name = "cargo learn", bin_name = "cargo learn", after_help = STATUSES, after_long_help = LONG)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) what: Option<What>,
    /// Keep your programs and your progress in this folder; exercises/work if not given
    #[arg(long, global = true, value_name = "FOLDER")]
    pub(crate) folder: Option<PathBuf>,
}

const STATUSES: &str = "Exit status of `check`: 0 mended, 1 it fails or does too much, 2 it cannot be checked, 3 not all was explored.\n\
                        `cargo learn --help` says more, with examples.";

const LONG: &str = "\
Exit status:
  0  the program is mended; of other commands: done
  1  an execution fails, or something good can no longer happen
  2  the command is not understood, or the program cannot be compiled or run
  3  no execution fails, but not all were explored

Examples, to be typed one after the other:
  cargo learn                        the next exercise; checks when you save
  cargo learn list                   all exercises, with your progress
  cargo learn show lost-update-1     the story, and which file to edit
  cargo learn play lost-update-1     choose yourself who goes next, and break your program
  cargo learn check lost-update-1    explores your program once
  cargo learn hint lost-update-1     the next of three hints
  cargo learn answer lost-update-1   the answer to 'why', when your program is mended
  cargo learn reset lost-update-1    the program as it was at the beginning

NAME may be left out: it is then the first exercise that is not mended.
Colour is off where output is no terminal, where NO_COLOR is set, and where CLICOLOR=0.";

#[derive(Debug, Subcommand)]
pub(crate) enum What {
    /// List the exercises, with your progress
    List,
    /// Tell the story of an exercise, and which file to edit
    Show {
        /// The exercise
        name: Option<String>,
    },
    /// Explore every execution of your program
    Check {
        /// The exercise
        name: Option<String>,
        /// Run this one execution again, from the last line of a report
        #[arg(long, value_name = "SCHEDULE")]
        replay: Option<String>,
    },
    /// You are the scheduler of your program: choose who goes next in a full-screen terminal, and break it
    #[command(after_help = "Press ? for the keys. docs/play.md says more.")]
    Play {
        /// The exercise
        name: Option<String>,
        /// Draw with ASCII characters only
        #[arg(long)]
        ascii: bool,
    },
    /// Give the next of three hints
    Hint {
        /// The exercise
        name: Option<String>,
    },
    /// Ask why the mend is right, and answer
    Answer {
        /// The exercise
        name: Option<String>,
    },
    /// Put the program back as it was, and forget that it was mended
    Reset {
        /// The exercise
        name: String,
    },
    /// Check your program each time you save it
    Watch {
        /// The exercise
        name: Option<String>,
    },
}
