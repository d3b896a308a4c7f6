//! What goes wrong from outside: interrupts, broken files, no room. One clear message, the right exit code, no debris.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sim(arguments: &[&str], out: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sim"));
    command.current_dir(root()).arg("run").args(arguments).arg("--out").arg(out);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

/// Names of everything below `folder`, if it exists.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// Fails with `code` and one error that says all of `parts`; nothing is written.
#[track_caller]
fn check_fails(output: &Output, out: &Path, code: i32, parts: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    for part in parts {
        assert!(stderr.contains(part), "`{part}` is not in:\n{stderr}");
    }
    assert!(!stderr.contains("panicked"), "{stderr}");
    assert_eq!(files(out), Vec::<PathBuf>::new(), "files are left behind");
}

/// A scenario that replays `trace`, in the folder of the trace.
fn replaying(folder: &Path, trace: &str) -> PathBuf {
    let path = folder.join("t.toml");
    let scenario = format!(
        "[scenario]\nname = \"t\"\n[workload.t]\ntrace = \"{trace}\"\nformat = \"azure2021\"\n\
         [deployments.l]\nplatform = \"aws-lambda\"\nmemory = \"512MB\"\n"
    );
    std::fs::write(&path, scenario).unwrap();
    path
}

/// Replays a trace of these bytes.
fn replay(name: &str, bytes: &[u8], more: &[&str]) -> (tempfile::TempDir, PathBuf, Output) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(name), bytes).unwrap();
    let scenario = replaying(folder.path(), name);
    let out = folder.path().join("out");
    let output = sim(&[&[scenario.to_str().unwrap()], more].concat(), &out).output().unwrap();
    (folder, out, output)
}

#[track_caller]
fn check_refused(name: &str, bytes: &[u8], parts: &[&str]) {
    let (_folder, out, output) = replay(name, bytes, &[]);
    check_fails(&output, &out, 2, parts);
    assert_eq!(text(&output.stderr).matches("error").count(), 1, "{}", text(&output.stderr));
}

const HEADER: &str = "app,func,end_timestamp,duration\n";

fn sample() -> Vec<u8> {
    std::fs::read(root().join("scenarios/traces/azure-sample.csv.gz")).unwrap()
}

#[test]
#[cfg(unix)]
fn an_interrupt_ends_the_run_with_130_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    for signal in [libc::SIGINT, libc::SIGTERM] {
        let out = folder.path().join(format!("out-{signal}"));
        let long = ["scenarios/iot.toml", "--set", "scenario.duration=3600d", "--threads", "2"];
        let mut child = sim(&long, &out).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(1_000));
        assert!(child.try_wait().unwrap().is_none(), "the run is long");
        // SAFETY: the child is ours and has not been waited for, so its id is not anybody else's.
        assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, signal) }, 0);
        let asked = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "{:?}", asked.elapsed());
        check_fails(&output, &out, 130, &["interrupted"]);
    }
    assert_eq!(files(folder.path()), Vec::<PathBuf>::new());
}

#[cfg(unix)]
const OFFER: &str = "{ kind = \"compute-savings-plan\", term = \"1y\", discount = \"17%\" }";

/// Every study would take minutes here. It is asked to end once it has begun to simulate.
#[test]
#[cfg(unix)]
fn an_interrupt_ends_every_study_with_130_and_leaves_nothing() {
    let long = ["--set", "scenario.duration=2000d", "--threads", "2"];
    let uncertain = "[uncertainty]\ndemand = \"x0.5..x2\"\n";
    let folder = super::small::folder_with(&format!("{}{uncertain}", super::small::SCENARIO));
    let studies: [&[&str]; 6] = [
        &["breakeven", "--vary", "demand=x0.25..x4"],
        &["map", "--vary", "demand=x0.5..x4:log:5", "--vary", "functions.api.duration=x0.5..x2:log:5"],
        &["optimize", "--vary", "deployments.lambda.memory=512MB..2GB"],
        &["uncertainty", "--draws", "50"],
        &["commit", "--vary", "demand=x0.5,x1,x2", "--offer", OFFER],
        &["cold-starts", "--against", "keep-alive"],
    ];
    for study in studies {
        let out = folder.path().join(format!("out-{}", study[0]));
        let arguments = [&study[..1], &["small.toml", "--out", out.to_str().unwrap()], &study[1..], &long].concat();
        let mut command = super::small::command(folder.path(), &arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(700));
        assert!(child.try_wait().unwrap().is_none(), "{study:?} is long");
        // SAFETY: the child is ours and has not been waited for, so its id is not anybody else's.
        assert_eq!(unsafe { libc::kill(child.id() as libc::pid_t, libc::SIGINT) }, 0);
        let asked = Instant::now();
        let output = child.wait_with_output().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "{study:?}: {:?}", asked.elapsed());
        check_fails(&output, &out, 130, &["interrupted"]);
    }
    assert_eq!(files(folder.path()), [folder.path().join("small.toml")]);
}

#[test]
fn an_output_folder_below_a_file_is_refused_before_the_run() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let begun = Instant::now();
    let long = ["scenarios/iot.toml", "--set", "scenario.duration=3600d"];
    let output = sim(&long, &file.join("out")).output().unwrap();
    check_fails(&output, &file.join("out"), 3, &["cannot be written", "is a file"]);
    assert!(begun.elapsed() < Duration::from_secs(5));
}

#[test]
fn an_archive_that_ends_early_is_refused() {
    let whole = sample();
    for part in [whole.len() / 2, whole.len() - 4, 20] {
        check_refused("cut.csv.gz", &whole[..part], &["cut.csv.gz"]);
    }
}

#[test]
fn a_damaged_archive_is_refused() {
    let mut bytes = sample();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 64].fill(0x55);
    check_refused("damaged.csv.gz", &bytes, &["damaged.csv.gz"]);
}

#[test]
fn a_directory_is_no_trace() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("traces")).unwrap();
    let scenario = replaying(folder.path(), "traces");
    let out = folder.path().join("out");
    let output = sim(&[scenario.to_str().unwrap()], &out).output().unwrap();
    check_fails(&output, &out, 2, &["traces", "directory"]);
}

#[test]
fn what_is_no_number_is_placed() {
    for value in ["NaN", "inf", "-1", "", "1e400"] {
        let rows = format!("{HEADER}a,f,1,0.5\na,f,2,{value}\n");
        check_refused("t.csv", rows.as_bytes(), &["t.csv:3", "duration"]);
    }
}

#[test]
fn a_trace_without_rows_is_refused() {
    check_refused("t.csv", b"", &["t.csv"]);
    check_refused("t.csv", HEADER.as_bytes(), &["t.csv"]);
}

#[test]
fn a_row_out_of_order_is_refused_unless_it_is_to_be_sorted() {
    let rows = format!("{HEADER}a,f,1,0.5\na,f,100,0.5\na,f,50,0.5\n");
    check_refused("t.csv", rows.as_bytes(), &["t.csv:4", "sort"]);
    let (_folder, out, output) = replay("t.csv", rows.as_bytes(), &["--sort", "--no-report"]);
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    assert!(out.join("results.json").exists());
}

/// Runs to the end; most memory that it held, KiB. Asked for again and again: what the system says at the end counts the
/// memory of whoever started it.
#[cfg(target_os = "linux")]
pub fn peak_kib(mut command: Command) -> u64 {
    let mut child = command.stdout(Stdio::null()).stderr(Stdio::inherit()).spawn().unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        peak = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(peak);
        if let Some(status) = child.try_wait().unwrap() {
            assert!(status.success() && peak > 0, "the run succeeds");
            return peak;
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_window() {
    let folder = tempfile::tempdir().unwrap();
    let peak = |duration: &str| {
        let set = format!("scenario.duration={duration}");
        let arguments = ["scenarios/iot.toml", "--set", &set, "--replications", "1", "--no-report", "--threads", "2"];
        peak_kib(sim(&arguments, folder.path()))
    };
    let (short, long) = (peak("14h"), peak("140h"));
    assert!(long * 2 <= short * 3, "{short} KiB, and {long} KiB for ten times as long");
}

#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_trace() {
    let folder = tempfile::tempdir().unwrap();
    let scenario = replaying(folder.path(), "t.csv");
    let peak = |rows: u32| {
        let mut file = std::io::BufWriter::new(std::fs::File::create(folder.path().join("t.csv")).unwrap());
        file.write_all(HEADER.as_bytes()).unwrap();
        for row in 0..rows {
            writeln!(file, "a{},f{},{}.25,0.2", row % 7, row % 31, row).unwrap();
        }
        drop(file);
        let arguments = [scenario.to_str().unwrap(), "--no-report", "--threads", "2"];
        peak_kib(sim(&arguments, &folder.path().join("out")))
    };
    let (short, long) = (peak(100_000), peak(1_000_000));
    assert!(long * 2 <= short * 3, "{short} KiB, and {long} KiB for ten times as many rows");
}
