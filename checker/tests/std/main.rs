//! What std has of each name that this crate has too, and that both do the same.
//!
//! `uses.rs` is compiled twice: with std, and with this crate in its place. So every name in it is in both, with a signature
//! that takes the same; and what it says is compared. Names that std has and this crate does not are in the documentation of
//! [`selvedge::sync`] and its siblings, with the reason.

// On loom `sync` and `thread` are loom's.
#![cfg(not(all(loom, feature = "upstream-loom")))]

mod beyond;

#[allow(deprecated, reason = "what std has kept, others still use")]
mod with_std {
    use std as lib;

    include!("uses.rs");
}

#[allow(deprecated, reason = "as above")]
mod with_selvedge {
    use selvedge as lib;

    include!("uses.rs");
}

/// The uses by name: with std, and with this crate.
macro_rules! alike {
    ($($use:ident),* $(,)?) => { $(
        #[test]
        fn $use() {
            let wanted = with_std::$use();
            assert!(!wanted.is_empty());
            let report = selvedge::Checker::new()
                .panics_reach_join()
                .time(selvedge::Time::Virtual)
                .run(|| {
                    // Some of them do nothing else that is this crate's.
                    selvedge::sync::atomic::fence(selvedge::sync::atomic::Ordering::SeqCst);
                    selvedge::outcome(with_selvedge::$use().join("\n"));
                });
            // Threads of some of them have nothing in common but that one waits for the other.
            let is_complete = matches!(
                report.verdict(),
                selvedge::Verdict::Verified | selvedge::Verdict::Incomplete(selvedge::Limit::NothingShared)
            );
            assert!(is_complete, "{}", report.verdict());
            let found: Vec<_> = report.outcomes().keys().collect();
            assert_eq!(found, [&wanted.join("\n")]);
        }
    )* };
}

alike! {
    mutexes,
    rwlocks,
    onces,
    once_locks,
    lazy_locks,
    condvars,
    barriers,
    channels,
    iterators_of_channels,
    integers,
    booleans,
    pointers,
    fences,
    threads,
    builders,
    scopes,
    cells_of_threads,
    hints,
    allocations,
    joins_by_their_operating_system,
}
