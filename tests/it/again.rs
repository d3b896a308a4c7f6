//! The command that a report gives to make the same again does make the same, whatever was asked.

use std::fs;
use std::path::Path;
use std::process::Command;

use super::small::{SCENARIO, folder_with, stdout};

/// The command of the page.
fn reproduce(page: &str) -> String {
    let after = page.split_once("To reproduce it").expect("a section that says how").1;
    let command = after.split_once("<pre tabindex=\"0\">").unwrap().1.split_once("</pre>").unwrap().0;
    let mut command = command.to_owned();
    for (escaped, plain) in [("&#x27;", "'"), ("&quot;", "\""), ("&#x2f;", "/"), ("&gt;", ">"), ("&lt;", "<")] {
        command = command.replace(escaped, plain);
    }
    command.replace("&amp;", "&")
}

/// Makes a study, then what its report says makes the same again; the results must have the same bytes.
#[track_caller]
fn makes_the_same(at: &Path, arguments: &[&str]) {
    stdout(at, &[arguments, &["--out", "once"]].concat());
    let command = reproduce(&fs::read_to_string(at.join("once/report.html")).unwrap());
    let program = env!("CARGO_BIN_EXE_sim");
    let script = format!("sim() {{ '{program}' \"$@\"; }}; {command} --out again --no-report");
    let output = Command::new("sh").current_dir(at).args(["-c", &script]).output().unwrap();
    assert!(output.status.success(), "{command}\n{}", String::from_utf8_lossy(&output.stderr));
    let [once, again] = ["once", "again"].map(|folder| fs::read(at.join(folder).join("results.json")).unwrap());
    assert!(once == again, "another answer comes from {command}");
    for made in ["once", "again"] {
        fs::remove_dir_all(at.join(made)).unwrap();
    }
}

/// Each asks for something that is not the default: a search of fewer, other work, an offer, other paths.
#[test]
fn the_command_of_a_report_makes_the_same_again() {
    if !breakeven::report::AVAILABLE {
        return;
    }
    let folder = folder_with(&format!("{SCENARIO}\n[uncertainty]\ndemand = \"x0.7..x1.5\"\n"));
    let at = folder.path();
    fs::create_dir(at.join("of mine")).unwrap();
    fs::rename(at.join("small.toml"), at.join("of mine/own.toml")).unwrap();
    let study = |command: &str, more: &[&str]| {
        let common = [command, "of mine/own.toml", "--set", "functions.api.duration=30ms", "--replications", "2"];
        makes_the_same(at, &[&common, more].concat());
    };
    let memory = ["--vary", "deployments.lambda.memory=256MB..2GB:256MB"];
    study("sweep", &["--vary", "demand=x1..x2", "--design", "lhs", "--points", "3", "--seed", "5"]);
    let few = ["--deployments", "lambda", "--budget", "5", "--max-replications", "3"];
    study("optimize", &[&memory[..], &few].concat());
    study("breakeven", &["--vary", "prices.aws-lambda=x0.1..x10", "--points", "3", "--as-is", "servers", "lambda"]);
    let axes = ["--vary", "prices.aws-lambda=x1,x4", "--vary", "prices.aws-ec2=x1,x4"];
    study("map", &[&axes[..], &["--flip", "prices.aws-ec2", "--as-is", "--deployments", "servers,lambda"]].concat());
    study("cold-starts", &["--against", "memory", "--values", "256MB,1GB"]);
    let offer = "{ kind = 'reserved', term = '1y', hourly = '$0.05/h' }";
    let bought = ["--deployment", "servers", "--kind", "reserved", "--term", "3y", "--offer", offer];
    study("commit", &[&bought[..], &["--vary", "deployments.servers.count=1,3"]].concat());
    study("uncertainty", &["--draws", "4"]);
}
