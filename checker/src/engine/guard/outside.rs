//! What a thread that does not come back waits for in the operating system.
//!
//! Locks and channels wait in `futex`, and a model that waits there for another of its threads has a fault, or uses what the checker
//! does not see. Other calls wait for what is no part of the model: a file, a socket, a process, a signal. That says
//! nothing about the model, so it is no failure of it.

use std::ffi::c_long;

/// The call that waits for what is outside of the process, if the OS thread of this number is in one now.
pub(super) fn call_of(number: u32) -> Option<&'static str> {
    // The file begins with the number of the call, or a word where there is none (proc(5)).
    let text = std::fs::read_to_string(format!("/proc/self/task/{number}/syscall")).ok()?;
    name(text.split_whitespace().next()?.parse().ok()?)
}

macro_rules! calls {
    ($($name:ident),* $(; $(#[$has:meta] $some:ident),*)?) => {
        /// Of a call that waits for what is outside.
        fn name(call: c_long) -> Option<&'static str> {
            $( if call == libc::$name { return stringify!($name).strip_prefix("SYS_"); } )*
            $( $( #[$has] if call == libc::$some { return stringify!($some).strip_prefix("SYS_"); } )* )?
            None
        }
    };
}

calls! {
    SYS_read, SYS_readv, SYS_pread64, SYS_preadv, SYS_preadv2, SYS_write, SYS_writev, SYS_pwrite64, SYS_recvfrom, SYS_recvmsg,
    SYS_recvmmsg, SYS_sendto, SYS_sendmsg, SYS_sendmmsg, SYS_accept, SYS_accept4, SYS_connect, SYS_epoll_pwait,
    SYS_epoll_pwait2, SYS_ppoll, SYS_pselect6, SYS_wait4, SYS_waitid, SYS_nanosleep, SYS_clock_nanosleep, SYS_flock, SYS_fcntl,
    SYS_fsync, SYS_fdatasync, SYS_splice, SYS_rt_sigtimedwait, SYS_rt_sigsuspend, SYS_mq_timedreceive, SYS_mq_timedsend,
    SYS_msgrcv, SYS_msgsnd, SYS_semop, SYS_semtimedop, SYS_io_getevents, SYS_io_uring_enter, SYS_openat;
    #[cfg(target_arch = "x86_64")] SYS_epoll_wait,
    #[cfg(target_arch = "x86_64")] SYS_poll,
    #[cfg(target_arch = "x86_64")] SYS_select,
    #[cfg(target_arch = "x86_64")] SYS_pause,
    #[cfg(target_arch = "x86_64")] SYS_open
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::sync::mpsc;
    use std::thread;

    use super::*;
    use crate::engine::guard::signals;

    #[test]
    fn a_thread_that_reads_from_a_pipe_waits_outside_and_one_that_receives_does_not() {
        let (mut reader, writer) = std::io::pipe().unwrap();
        let (sender, receiver) = mpsc::channel::<()>();
        let (numbers, number) = mpsc::channel();
        let theirs = numbers.clone();
        let reads = thread::spawn(move || {
            theirs.send(signals::number_of_this_thread()).unwrap();
            reader.read_to_end(&mut Vec::new()).unwrap();
        });
        let read = number.recv().unwrap();
        while call_of(read) != Some("read") {
            thread::yield_now();
        }
        let receives = thread::spawn(move || {
            numbers.send(signals::number_of_this_thread()).unwrap();
            receiver.recv().unwrap_err();
        });
        let receive = number.recv().unwrap();
        for _ in 0..100 {
            assert_eq!(call_of(receive), None);
            thread::yield_now();
        }
        drop((writer, sender));
        reads.join().unwrap();
        receives.join().unwrap();
    }
}
