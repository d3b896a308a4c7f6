//! A line on stderr that says how far a run is.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use super::output::{Output, thousands};
use crate::study::Control;

/// Nothing at all where stderr is no terminal.
pub struct Progress(Option<Watch>);

struct Watch {
    over: Arc<AtomicBool>,
    thread: JoinHandle<()>,
}

impl Progress {
    pub fn start(output: &Output, control: &Arc<Control>) -> Self {
        Self::of(output, control, None)
    }

    /// Of something else than simulating, as one says it.
    pub fn of(output: &Output, control: &Arc<Control>, doing: Option<&'static str>) -> Self {
        if !output.shows_progress() {
            return Self(None);
        }
        let over = Arc::new(AtomicBool::new(false));
        let (stop, control) = (Arc::clone(&over), Arc::clone(control));
        let thread = std::thread::spawn(move || draw(&stop, &control, doing));
        Self(Some(Watch { over, thread }))
    }

    pub fn stop(self) {
        if let Some(watch) = self.0 {
            watch.over.store(true, Ordering::Relaxed);
            let _ = watch.thread.join();
        }
    }
}

const TICK: Duration = Duration::from_millis(100);

fn draw(over: &AtomicBool, control: &Control, doing: Option<&'static str>) {
    let bar = ProgressBar::new_spinner();
    let style =
        |template: &str| ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style("{spinner} {elapsed_precise}  {msg}"));
    let mut before = 0;
    while !over.load(Ordering::Relaxed) {
        let simulated = control.simulated.load(Ordering::Relaxed);
        let rate = (simulated - before) as f64 / TICK.as_secs_f64() / 1e6;
        before = simulated;
        let steps = control.steps.load(Ordering::Relaxed);
        if steps > 0 && bar.length() != Some(steps) {
            bar.set_length(steps);
            bar.set_style(style("{elapsed_precise} [{bar:24}] {pos}/{len}, {eta} left  {msg}"));
        }
        bar.set_position(control.done.load(Ordering::Relaxed));
        bar.set_message(match doing {
            Some(doing) => doing.to_owned(),
            None => format!("{} invocations simulated, {rate:.1} M/s", thousands(simulated as f64)),
        });
        bar.tick();
        std::thread::sleep(TICK);
    }
    bar.finish_and_clear();
}
