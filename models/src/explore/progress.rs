//! A bar of one line on standard error while a long exploration runs; nothing where that is not a terminal.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use selvedge::Progress;

use super::thousands;

/// Progress over all the explorations.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(explorations: usize) -> Self {
        let bar = ProgressBar::new(explorations as u64);
        let style = ProgressStyle::with_template("{spinner} [{bar:24}] {pos}/{len}  {wide_msg}")
            .expect("the template is well formed");
        bar.set_style(style.progress_chars("=> "));
        bar.enable_steady_tick(Duration::from_millis(100));
        Bar(bar)
    }

    /// Shows the exploration of this name as the present one; what is returned is to be told how far it has come.
    pub(super) fn watch(&self, name: String) -> impl Fn(Progress) + Send + Sync + 'static {
        // The handles of a bar share it.
        let bar = self.0.clone();
        bar.set_message(name.clone());
        move |progress| bar.set_message(format!("{name}: {}", told(&progress)))
    }

    pub(super) fn next(&self) {
        self.0.inc(1);
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }
}

impl Drop for Bar {
    /// An error ends it too, and leaves nothing of it on the screen.
    fn drop(&mut self) {
        self.finish();
    }
}

/// `12,000 of about 50,000 executions, 3 s, about 9 s to go`.
fn told(progress: &Progress) -> String {
    let about = progress.estimate.map_or(String::new(), |n| format!(" of about {}", thousands(n)));
    let seconds = progress.elapsed.as_secs_f64();
    let left = progress.explored.filter(|part| *part > 0.0).map(|part| seconds * (1.0 - part) / part);
    let left = left.map_or(String::new(), |left| format!(", about {left:.0} s to go"));
    format!("{}{about} executions, {seconds:.0} s{left}; Ctrl-C ends it here", thousands(progress.executions))
}
