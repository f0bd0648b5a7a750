//! Three clients download.

use std::sync::Arc;

use selvedge::sync::atomic::{AtomicU32, Ordering::Relaxed};
use selvedge::trace;
use selvedge_exercises::{Meeting, start};

use super::program::Server;

pub fn check() {
    let server = Arc::new(Server::new());
    let (line, downloads) = (Arc::new(Meeting::new("two download at once")), Arc::new(AtomicU32::new(0)));
    let clients = ["Ann", "Bob", "Cleo"].map(|name| {
        let (server, line, downloads) = (server.clone(), line.clone(), downloads.clone());
        start(name, move || {
            server.download(|| {
                let before = downloads.fetch_add(1, Relaxed);
                trace::step("download begins", before + 1);
                assert!(before < 2, "three downloads at once");
                if name != "Cleo" {
                    line.attend();
                }
                let after = downloads.fetch_sub(1, Relaxed) - 1;
                trace::step("download ends", after);
            });
        })
    });
    for client in clients {
        client.join().unwrap();
    }
    line.tell();
}
