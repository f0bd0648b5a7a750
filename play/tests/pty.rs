//! The terminal, as a user has it: a pseudo-terminal of its own for each case, in which this program plays as another process.

#[cfg(not(unix))]
fn main() {}

#[cfg(unix)]
fn main() {
    match std::env::var("SELVEDGE_PLAY_CHILD").as_deref() {
        Ok(case) => unix::child(case),
        Err(_) => unix::parent(),
    }
}

#[cfg(unix)]
mod unix {
    use std::fs::File;
    use std::io::{Read, Write};
    use std::os::fd::{AsFd, AsRawFd, FromRawFd};
    use std::process::{Child, Command, Stdio, exit};
    use std::sync::mpsc::{self, Receiver};
    use std::time::{Duration, Instant};
    use std::{mem, ptr, thread};

    use selvedge::report::Sources;
    use selvedge::sync::Arc;
    use selvedge::sync::atomic::{AtomicU32, Ordering::SeqCst};
    use selvedge::{Checker, thread as threads};
    use selvedge_play::{Game, Look, Program, terminal};

    /// What a terminal is told to change to another screen and back, and to show its cursor.
    const ENTER: &str = "\x1b[?1049h";
    const LEAVE: &str = "\x1b[?1049l";
    const CURSOR: &str = "\x1b[?25h";

    const PATIENCE: Duration = Duration::from_secs(60);

    fn model() {
        let x = Arc::new(AtomicU32::new(0));
        let theirs = x.clone();
        let other = threads::spawn(move || theirs.store(1, SeqCst));
        assert_eq!(x.load(SeqCst), 0, "too late");
        other.join().unwrap();
    }

    pub(super) fn child(case: &str) {
        let played = match case {
            "play" => {
                let program = Program::explore(&Checker::new(), model, Sources::default());
                let program = Program { title: "the late reader".into(), replay: "again".into(), ..program };
                selvedge_play::play(Game::new(program), Look::default())
            }
            "panic" => terminal::on_screen(|_| panic!("on purpose")),
            "exit" => terminal::on_screen(|_| exit(7)),
            other => panic!("{other} is no case"),
        };
        if let Err(trouble) = played {
            eprintln!("{trouble}");
            exit(2);
        }
    }

    pub(super) fn parent() {
        for (name, test) in [
            ("keys are taken, what replays is printed, and the terminal is as before", plays as fn()),
            ("a panic leaves the terminal as before, and is told there", panics),
            ("the end of the process leaves the terminal as before", exits),
            ("a pipe is told what is missing", refuses_a_pipe),
            ("a small terminal is told what is missing", refuses_a_small_terminal),
        ] {
            test();
            println!("{name} ... ok");
        }
    }

    fn plays() {
        let mut pty = Pty::new("play", 80, 24);
        pty.until("who goes next?");
        assert!(!pty.is_as_before(), "keys are to come as they are pressed");
        // The first thread spawns; the other stores; the first reads, and fails.
        pty.press("1");
        pty.until("2 thread 1");
        pty.press("2");
        pty.until("theirs = 1");
        pty.press("1");
        pty.until("BROKEN");
        pty.press("q");
        assert_eq!(pty.ends(), Some(0));
        let said = pty.said();
        assert!(said.contains(ENTER) && said.contains(CURSOR), "{said:?}");
        let after = said.rsplit(LEAVE).next().unwrap();
        assert!(after.contains("replay again 1.0s.1w.0r"), "{after:?}");
        assert!(pty.is_as_before());
    }

    fn panics() {
        let mut pty = Pty::new("panic", 80, 24);
        assert_eq!(pty.ends(), Some(101));
        let said = pty.said();
        let after = said.rsplit(LEAVE).next().unwrap();
        assert!(said.contains(ENTER) && after.contains("on purpose"), "{said:?}");
        assert!(pty.is_as_before());
    }

    fn exits() {
        let mut pty = Pty::new("exit", 80, 24);
        assert_eq!(pty.ends(), Some(7));
        assert!(pty.said().contains(ENTER) && pty.said().contains(LEAVE), "{:?}", pty.said());
        assert!(pty.is_as_before());
    }

    fn refuses_a_pipe() {
        let output = Command::new(std::env::current_exe().unwrap())
            .env("SELVEDGE_PLAY_CHILD", "play")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{said}");
        assert!(said.contains("needs a terminal") && said.contains("input"), "{said}");
        assert!(output.stdout.is_empty());
    }

    fn refuses_a_small_terminal() {
        let mut pty = Pty::new("play", 40, 10);
        assert_eq!(pty.ends(), Some(2));
        let said = pty.said();
        assert!(said.contains("60 columns and 16 lines") && said.contains("40 and 10"), "{said:?}");
        assert!(!said.contains(ENTER), "{said:?}");
    }

    /// A pseudo-terminal in which this program runs.
    struct Pty {
        child: Child,
        keys: File,
        terminal: File,
        before: libc::termios,
        comes: Receiver<Vec<u8>>,
        seen: Vec<u8>,
        /// How much of it was looked through.
        passed: usize,
    }

    impl Pty {
        fn new(case: &str, columns: u16, lines: u16) -> Self {
            let (mut outer, mut inner) = (0, 0);
            let mut size = libc::winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
            // SAFETY: the pointers are of live values, and null where that means nothing.
            let done = unsafe {
                libc::openpty(&mut outer, &mut inner, ptr::null_mut(), ptr::null_mut(), &raw mut size)
            };
            assert_eq!(done, 0, "there is a pseudo-terminal");
            // SAFETY: both are open, and nobody else's.
            let (keys, terminal) = unsafe { (File::from_raw_fd(outer), File::from_raw_fd(inner)) };
            let before = attributes(&terminal);
            let end = || Stdio::from(terminal.as_fd().try_clone_to_owned().unwrap());
            let child = Command::new(std::env::current_exe().unwrap())
                .env("SELVEDGE_PLAY_CHILD", case)
                .env("TERM", "xterm-256color")
                .env("NO_COLOR", "1")
                .stdin(end())
                .stdout(end())
                .stderr(end())
                .spawn()
                .unwrap();
            let (sender, comes) = mpsc::channel();
            let mut reads = keys.try_clone().unwrap();
            thread::spawn(move || {
                let mut buffer = [0; 4096];
                while let Ok(n @ 1..) = reads.read(&mut buffer) {
                    if sender.send(buffer[..n].to_vec()).is_err() {
                        return;
                    }
                }
            });
            Pty { child, keys, terminal, before, comes, seen: Vec::new(), passed: 0 }
        }

        fn press(&mut self, keys: &str) {
            self.keys.write_all(keys.as_bytes()).unwrap();
        }

        /// Waits until this is written, after what was waited for before.
        fn until(&mut self, text: &str) {
            let text = text.replace(" ", "");
            let begin = Instant::now();
            loop {
                let plain = plain(&self.seen[self.passed..]);
                if plain.contains(&text) {
                    self.passed = self.seen.len();
                    return;
                }
                assert!(begin.elapsed() < PATIENCE, "`{text}` is not shown: {plain:?}");
                if let Ok(more) = self.comes.recv_timeout(Duration::from_millis(100)) {
                    self.seen.extend(more);
                }
            }
        }

        /// The status with which it ends.
        fn ends(&mut self) -> Option<i32> {
            let begin = Instant::now();
            loop {
                while let Ok(more) = self.comes.recv_timeout(Duration::from_millis(50)) {
                    self.seen.extend(more);
                }
                if let Some(status) = self.child.try_wait().unwrap() {
                    while let Ok(more) = self.comes.recv_timeout(Duration::from_millis(200)) {
                        self.seen.extend(more);
                    }
                    return status.code();
                }
                assert!(begin.elapsed() < PATIENCE, "it does not end: {:?}", self.said());
            }
        }

        fn said(&self) -> String {
            String::from_utf8_lossy(&self.seen).into_owned()
        }

        fn is_as_before(&self) -> bool {
            let (now, before) = (attributes(&self.terminal), &self.before);
            (now.c_iflag, now.c_oflag, now.c_cflag, now.c_lflag)
                == (before.c_iflag, before.c_oflag, before.c_cflag, before.c_lflag)
        }
    }

    impl Drop for Pty {
        fn drop(&mut self) {
            // It has ended, or the test has failed.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }

    fn attributes(terminal: &File) -> libc::termios {
        // SAFETY: a termios may be all zeros, and is filled in.
        unsafe {
            let mut attributes = mem::zeroed();
            assert_eq!(libc::tcgetattr(terminal.as_raw_fd(), &raw mut attributes), 0);
            attributes
        }
    }

    /// What is written, without what moves and colours, and without spaces, which are moved over.
    fn plain(bytes: &[u8]) -> String {
        let text = String::from_utf8_lossy(bytes);
        let mut plain = String::new();
        let mut rest = text.chars();
        while let Some(c) = rest.next() {
            if c != '\x1b' {
                plain.extend((c != ' ').then_some(c));
                continue;
            }
            if rest.next() == Some('[') {
                for c in rest.by_ref() {
                    if c.is_ascii_alphabetic() {
                        break;
                    }
                }
            }
        }
        plain
    }
}
