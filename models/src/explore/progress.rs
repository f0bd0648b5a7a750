//! A bar on standard error while a long exploration runs; nothing where that is not a terminal.

use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use selvedge::Report;

use super::thousands;
use crate::registry::Exploration;

/// Progress over all the variants that are explored.
pub(super) struct Bar(Arc<ProgressBar>);

impl Bar {
    pub(super) fn new(variants: usize) -> Self {
        let bar = ProgressBar::new(variants as u64);
        let style = ProgressStyle::with_template("{spinner} [{bar:24}] {pos}/{len}  {msg}")
            .expect("the template is well formed");
        bar.set_style(style.progress_chars("=> "));
        bar.enable_steady_tick(Duration::from_millis(100));
        Bar(Arc::new(bar))
    }

    pub(super) fn explore(&self, exploration: &Exploration) -> Report {
        let (bar, name) = (self.0.clone(), exploration.to_string());
        bar.set_message(name.clone());
        let report = exploration.run_with(move |progress| {
            let about = match progress.estimate {
                Some(estimate) => format!(" of about {}", thousands(estimate)),
                None => String::new(),
            };
            bar.set_message(format!(
                "{name}: {}{about} executions, {} s",
                thousands(progress.executions),
                progress.elapsed.as_secs()
            ));
        });
        self.0.inc(1);
        report
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}
