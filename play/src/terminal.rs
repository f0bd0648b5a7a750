//! The terminal: its keys, its screen, and that it is as before in the end.

use std::fmt;
use std::io::{self, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, ThreadId};

use crossterm::event::{self, Event};
use crossterm::terminal::{self, Clear, ClearType, EnterAlternateScreen, LeaveAlternateScreen};
use crossterm::{cursor, execute};
use ratatui::Terminal;
use ratatui::backend::CrosstermBackend;

use crate::game::{Game, How};
use crate::keys;
use crate::screen::{self, LEAST};

/// How to look at it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Look {
    /// Whether to keep to ASCII.
    pub ascii: bool,
}

/// Why nothing can be played.
#[derive(Debug)]
#[non_exhaustive]
pub enum Trouble {
    /// This is no terminal.
    NoTerminal(&'static str),
    /// The terminal has this many columns and lines.
    TooSmall(u16, u16),
    /// The terminal does not do what it is asked for.
    Terminal(io::Error),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (columns, lines) = LEAST;
        match self {
            Trouble::NoTerminal(what) => write!(
                f,
                "to play needs a terminal of at least {columns} columns and {lines} lines, and its {what} is none; run it without a pipe"
            ),
            Trouble::TooSmall(width, height) => write!(
                f,
                "to play needs a terminal of at least {columns} columns and {lines} lines, and this one has {width} and {height}; make the window larger"
            ),
            Trouble::Terminal(error) => write!(f, "the terminal cannot be used: {error}"),
        }
    }
}

impl std::error::Error for Trouble {}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Terminal(error)
    }
}

/// Whether this is a terminal that can be played in.
///
/// # Errors
///
/// Where it is not, with what is missing.
pub fn check() -> Result<(), Trouble> {
    if !io::stdin().is_terminal() {
        return Err(Trouble::NoTerminal("input"));
    }
    if !io::stdout().is_terminal() {
        return Err(Trouble::NoTerminal("output"));
    }
    if std::env::var("TERM").is_ok_and(|term| term == "dumb") {
        return Err(Trouble::NoTerminal("kind, TERM=dumb,"));
    }
    match terminal::size()? {
        (width, height) if width < LEAST.0 || height < LEAST.1 => Err(Trouble::TooSmall(width, height)),
        _ => Ok(()),
    }
}

/// Plays until the reader wants no more, and prints then what replays the execution.
///
/// # Errors
///
/// Where the terminal cannot be used.
pub fn play(mut game: Game, look: Look) -> Result<(), Trouble> {
    check()?;
    let colour = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    on_screen(|terminal| {
        while !game.is_over() {
            terminal.draw(|frame| {
                screen::draw(&game, colour, frame);
                if look.ascii {
                    keep_to_ascii(frame);
                }
            })?;
            if let Event::Key(key) = event::read()?
                && let Some(wish) = keys::wish(key)
            {
                game.grant(wish);
            }
        }
        Ok(())
    })?;
    let mut out = io::stdout();
    for line in farewell(&game) {
        writeln!(out, "{line}")?;
    }
    Ok(())
}

/// Calls `f` with the terminal as a program for the whole screen wants it. It is as before when this returns, when `f` panics, and
/// where the checker ends the process because a model hangs.
///
/// # Errors
///
/// Those of `f`, and where the terminal cannot be changed.
pub fn on_screen<T>(
    f: impl FnOnce(&mut Terminal<CrosstermBackend<io::Stdout>>) -> Result<T, Trouble>,
) -> Result<T, Trouble> {
    let _raw = Raw::new()?;
    f(&mut Terminal::new(CrosstermBackend::new(io::stdout()))?)
}

/// What is left on the terminal when the screen is gone.
pub fn farewell(game: &Game) -> Vec<String> {
    let Some(ending) = game.ending() else { return Vec::new() };
    let mut lines = Vec::new();
    if let How::Failed { kind, sentence, .. } = &ending.how {
        lines.push(format!("BROKEN: {kind}. {sentence}"));
        lines.extend(screen::beside(game, ending));
        lines.push(format!("replay {} {}", game.program().replay, ending.schedule));
    }
    lines
}

fn keep_to_ascii(frame: &mut ratatui::Frame<'_>) {
    for cell in &mut frame.buffer_mut().content {
        let symbol = selvedge::report::ascii(cell.symbol());
        cell.set_symbol(&symbol);
    }
}

/// Whether the terminal is not as it was.
static CHANGED: AtomicBool = AtomicBool::new(false);

/// Makes the terminal as it was.
fn restore() {
    if CHANGED.swap(false, Ordering::SeqCst) {
        // Nobody is left to be told that it fails.
        let _ = execute!(io::stdout(), LeaveAlternateScreen, cursor::Show);
        let _ = terminal::disable_raw_mode();
    }
}

#[cfg(unix)]
extern "C" fn restore_at_exit() {
    restore();
}

/// The terminal as a program for the whole screen wants it. It is as before when this is dropped, before a panic of this thread is
/// told, and where the checker ends the process because a model hangs.
struct Raw;

impl Raw {
    fn new() -> io::Result<Self> {
        static ONCE: std::sync::Once = std::sync::Once::new();
        ONCE.call_once(|| {
            before_panics(thread::current().id());
            #[cfg(unix)]
            // SAFETY: the function lives as long as the process, and does not panic.
            unsafe {
                libc::atexit(restore_at_exit)
            };
        });
        terminal::enable_raw_mode()?;
        CHANGED.store(true, Ordering::SeqCst);
        let raw = Raw;
        execute!(io::stdout(), EnterAlternateScreen, Clear(ClearType::All), cursor::Hide)?;
        Ok(raw)
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        restore();
    }
}

/// Panics of models are the checker's affair, and on threads of its own. This is for those of `own`.
fn before_panics(own: ThreadId) {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        if thread::current().id() == own {
            restore();
        }
        before(info);
    }));
}
