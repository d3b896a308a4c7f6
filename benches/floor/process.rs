//! What a process costs, by the operating system's own accounting.

use std::path::Path;
use std::process::{Command, Stdio};

/// User CPU time and peak memory of one process.
#[derive(Clone, Copy, Debug)]
pub struct Cost {
    pub user_s: f64,
    pub peak_mb: f64,
}

/// Runs a program to its end.
///
/// # Panics
/// When it cannot be started, or fails.
pub fn measure(program: &Path, arguments: &[String]) -> Cost {
    let child = Command::new(program)
        .args(arguments)
        .stdout(Stdio::null())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", program.display()));
    let mut status = 0;
    // SAFETY: `rusage` is plain data, valid when zeroed; `wait4` fills it and `status` for a child that is ours and that
    // nobody else waits for (`child` is forgotten below).
    let usage = unsafe {
        let mut usage: libc::rusage = std::mem::zeroed();
        let waited = libc::wait4(child.id() as libc::pid_t, &raw mut status, 0, &raw mut usage);
        assert!(waited > 0, "waiting for {}", program.display());
        usage
    };
    std::mem::forget(child);
    assert_eq!(status, 0, "{} {arguments:?} failed", program.display());
    let user = usage.ru_utime;
    Cost { user_s: user.tv_sec as f64 + user.tv_usec as f64 / 1e6, peak_mb: usage.ru_maxrss as f64 / 1024.0 }
}
