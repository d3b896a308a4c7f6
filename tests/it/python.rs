//! Python and Chromium for the tests that need them: virtual environments in `target/`, one for each list of requirements.
//!
//! What is missing is installed where the process may do so (root, with `apt-get`), and a failure to install fails the test.
//! Elsewhere the test is skipped, and says what to install; never where `CI` is set.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use crate::sources::root;

/// The names under which distributions install Chromium.
const BROWSERS: [&str; 4] = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
/// Tests share the environments, and `apt-get` and `pip` do not share well.
static INSTALLING: Mutex<()> = Mutex::new(());

/// The Python of an environment that holds what `requirements`, a file of the project, lists. `None`, and a word about it,
/// where it cannot be had.
pub fn environment(requirements: &str) -> Option<PathBuf> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    or_skipped(made(requirements))
}

/// Chromium of the distribution. `None`, and a word about it, where it cannot be had.
pub fn chromium() -> Option<PathBuf> {
    let _alone = INSTALLING.lock().unwrap_or_else(PoisonError::into_inner);
    or_skipped(browser())
}

/// A command's standard output and error, for a message.
pub fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned()).concat()
}

fn or_skipped<T>(found: Result<T, String>) -> Option<T> {
    match found {
        Ok(found) => Some(found),
        Err(reason) => {
            assert!(!must_run(), "{reason}");
            // Past what the test runner captures: a reader must see what did not run.
            let _ = writeln!(std::io::stderr(), "skipped: {reason}");
            None
        }
    }
}

/// Whether nothing may be skipped here.
fn must_run() -> bool {
    std::env::var_os("CI").is_some() || may_install()
}

fn may_install() -> bool {
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout.trim_ascii() == b"0");
    root && on_path("apt-get").is_some()
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    std::env::split_paths(&folders).map(|folder| folder.join(program)).find(|path| path.is_file())
}

/// Runs a command to its end; what it said, if it failed.
fn run(program: &Path, arguments: &[&str]) -> Result<(), String> {
    let shown = || format!("`{} {}`", program.display(), arguments.join(" "));
    let output = Command::new(program).args(arguments).env("DEBIAN_FRONTEND", "noninteractive").output();
    let output = output.map_err(|error| format!("{} does not start: {error}", shown()))?;
    if output.status.success() { Ok(()) } else { Err(format!("{} failed:\n{}", shown(), said(&output))) }
}

/// Installs packages of the distribution; the lists of packages are fetched only where those at hand do not do.
fn install(packages: &[&str]) -> Result<(), String> {
    if !may_install() {
        return Err(format!("{} is not there; install it (Debian: `apt-get install {0}`)", packages.join(" ")));
    }
    let apt = Path::new("apt-get");
    let wait = ["-o", "DPkg::Lock::Timeout=120"];
    let wanted = [&["install", "-y", "--no-install-recommends"], &wait[..], packages].concat();
    run(apt, &wanted).or_else(|_| {
        run(apt, &[&["update"], &wait[..]].concat())?;
        run(apt, &wanted)
    })
}

fn browser() -> Result<PathBuf, String> {
    let found = || BROWSERS.iter().find_map(|name| on_path(name));
    if let Some(path) = found() {
        return Ok(path);
    }
    install(&["chromium"])?;
    found().ok_or_else(|| "chromium was installed, but is not on the path".to_owned())
}

/// A Python that can make environments.
fn python() -> Result<PathBuf, String> {
    let able = || {
        let python = on_path("python3")?;
        let asked = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))";
        run(&python, &["-c", asked]).ok().map(|()| python)
    };
    if let Some(python) = able() {
        return Ok(python);
    }
    install(&["python3", "python3-venv"])?;
    able().ok_or_else(|| "python3 is older than 3.11, or makes no virtual environments".to_owned())
}

/// An environment is complete once it holds a mark, which is written last; what has none is made anew.
fn made(requirements: &str) -> Result<PathBuf, String> {
    let list = root().join(requirements);
    let text = fs::read(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let python = python()?;
    let version = Command::new(&python).arg("--version").output().map_err(|error| error.to_string())?;
    let hash = Sha256::new().chain_update(&text).chain_update(&version.stdout).finalize();
    let name: String = hash.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
    // `target/tmp`, wherever `target` is.
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).with_file_name(format!("python-{name}"));
    let own = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    let mark = folder.join("complete");
    if mark.exists() {
        return Ok(own);
    }
    let path = |path: &Path| path.to_str().expect("a path of letters").to_owned();
    run(&python, &["-m", "venv", "--clear", &path(&folder)])?;
    run(&own, &["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", &path(&list)])?;
    fs::write(&mark, "").map_err(|error| format!("{}: {error}", mark.display()))?;
    Ok(own)
}
