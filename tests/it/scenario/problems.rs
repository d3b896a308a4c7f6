//! What is refused, with which words, and where it points.

use breakeven::billing::Meter;
use breakeven::scenario::{Overrides, load, load_text};
use breakeven::units::Size;

use super::{GOOD, check_golden, check_only, check_refused, faas, read, root, with};

#[test]
fn the_scenario_that_the_other_tests_spoil_is_right() {
    with(&[]);
}

#[test]
fn an_unknown_key_is_placed_and_the_nearest_is_named() {
    check_only("memory = \"512MB\"", "memroy = \"512MB\"", &["test.toml:18:1", "unknown key `memroy`", "`memory`"]);
    check_only("duration = \"1d\"", "duraton = \"1d\"", &["test.toml:4:1", "unknown key `duraton`"]);
    check_refused("[functions.api]", "[fuctions.api]", &["unknown key `fuctions`", "`functions`"]);
    check_only("platform = \"aws-lambda\"", "plattform = \"aws-lambda\"", &["unknown key `plattform`", "`platform`"]);
}

#[test]
fn an_unknown_platform_is_placed_and_the_nearest_is_named() {
    check_only("\"aws-lambda\"", "\"aws-lamda\"", &["test.toml:17:12", "unknown platform `aws-lamda`", "`aws-lambda`"]);
    check_only("\"aws-lambda\"", "\"openwhisk\"", &["platform `openwhisk` is not modelled yet", "`aws-ec2`"]);
}

#[test]
fn a_quantity_in_the_wrong_unit_says_which_units_there_are() {
    check_only("\"512MB\"", "\"512ms\"", &["`ms` is not a unit of size", "`MB`"]);
    check_only("\"1d\"", "\"1 fortnight\"", &["`fortnight` is not a unit of time"]);
    check_only("\"10/s\"", "\"10\"", &["rate `10` has no unit; write `10/s`"]);
    check_only("\"512MB\"", "512", &["test.toml:18:10", "size `512` has no unit", "with quotes: \"512MB\""]);
    check_only("\"512MB\"", "true", &["expected a size such as \"128MB\", found true or false"]);
}

#[test]
fn what_may_be_a_word_too_names_the_word() {
    let warmup = |value: &str| format!("warmup = {value}\nduration = \"1d\"");
    let check = |value: &str, parts: &[&str]| check_only("duration = \"1d\"", &warmup(value), parts);
    let expected = "expected a time such as \"250ms\" or `auto`, found `autoo`";
    check("\"autoo\"", &[expected, "a word with a similar name exists: `auto`"]);
    check("\"banana\"", &["`banana` is not a time", "or write \"auto\""]);
    check("\"5 parsecs\"", &["`parsecs` is not a unit of time", "or write \"auto\""]);
    check("5", &["time `5` has no unit", "with quotes", "or write \"auto\""]);
    check("true", &["expected a time such as \"250ms\", found true or false", "or write \"auto\""]);
    check_only(
        "memory = \"512MB\"",
        "memory = \"512MB\"\nconcurrency = { account = \"unlimitd\" }",
        &["expected a whole number or `unlimited`, found `unlimitd`", "`unlimited`"],
    );
}

#[test]
fn negative_and_absurd_quantities_are_refused() {
    check_only("\"1d\"", "\"-1d\"", &["time `-1d` is negative"]);
    check_only("\"1d\"", "\"1e30d\"", &["time `1e30d` is too large"]);
    check_only("\"10/s\"", "\"nan/s\"", &["`nan/s` is not a rate"]);
    check_only("\"10/s\"", "\"inf/s\"", &["inf/s"]);
    check_only("\"10/s\"", "\"0/s\"", &["the rate is zero"]);
    check_only("\"10/s\"", "\"900000000/s\"", &["7.8e13 invocations in 1d; at most 1e12"]);
    check_only("\"60%\"", "\"160%\"", &["share `160%` is too large"]);
    check_only("count = 2", "count = -2", &["-2 is too small; at least 1"]);
    check_only("count = 2", "count = 99999999999999999999999", &["too large"]);
    check_only("median = \"45ms\"", "median = \"0ms\"", &["must be more than zero"]);
    check_only("\"1d\"", "\"0s\"", &["duration is zero"]);
    check_only("\"1d\"", "\"40000d\"", &["duration 40000d is too long; at most 36500d"]);
}

#[test]
fn a_missing_reference_names_the_nearest() {
    check_only("function = \"api\"", "function = \"apii\"", &["there is no function `apii`", "`api`"]);
    check_only(
        "memory = \"512MB\"",
        "functions.apo.memory = \"1GB\"",
        &["there is no function `apo`", "a function with a similar name exists: `api`"],
    );
}

#[test]
fn memory_must_be_what_the_platform_offers() {
    check_only(
        "\"512MB\"",
        "\"64MB\"",
        &["memory 64MB is outside what `aws-lambda` allows: 128MB to 10GB", "\"128MB\""],
    );
    check_only("\"512MB\"", "\"11GB\"", &["memory 11GB is outside"]);
    check_only("\"512MB\"", "\"512.5MB\"", &["is not a multiple of 1MB", "next is \"513MB\""]);
    check_only("\"256MB\"", "\"5GB\"", &["memory 5GB does not fit the 4GB of a server"]);
    let bare = GOOD.replace("memory = \"256MB\"\n", "").replace("memory = \"512MB\"\n", "");
    let report = read(&bare, &[]).expect_err("nobody states memory").to_string();
    assert!(report.contains("neither deployment `lambda` nor function `api` states `memory`"), "{report}");
}

#[test]
fn a_price_that_no_list_has_must_be_supplied() {
    let elsewhere = "region = \"mars-north-1\"\nmemory = \"512MB\"";
    check_refused("memory = \"512MB\"", elsewhere, &["price", "mars-north-1", "price_override"]);
    let plan = with(&["deployments.servers.purchase=on-demand", "deployments.servers.price_override.instance-time=$1"]);
    let tariff = &plan.deployments[1].sites[0].tariff;
    let price = tariff.prices.iter().find(|price| price.meter == Meter::InstanceTime).unwrap();
    assert_eq!(price.tiers[0].price.to_string(), "1.00");
    check_refused(
        "count = 2",
        "count = 2\nprice_override = { instance-tme = \"$1\" }",
        &["instance-tme", "instance-time"],
    );
}

#[test]
fn an_instance_type_that_does_not_exist_names_the_nearest() {
    check_only("t3.medium", "t3.medum", &["has no instance type `t3.medum`", "`t3.medium`"]);
}

#[test]
fn limits_of_the_platform_hold() {
    check_only("cpu = \"60%\"", "timeout = \"20min\"", &["timeout 20min is longer than `aws-lambda` allows: 15min"]);
    let reserve = "memory = \"512MB\"\nconcurrency = { reserved = 950 }";
    check_only("memory = \"512MB\"", reserve, &["sum to 950", "an account of 1000 keeps 100 free", "at most 900"]);
    let provision = "memory = \"512MB\"\nconcurrency = { reserved = 5, provisioned = 6 }";
    check_only("memory = \"512MB\"", provision, &["has 6 provisioned and 5 reserved"]);
    with(&["deployments.lambda.concurrency.reserved=900"]);
}

#[test]
fn the_window_must_be_longer_than_the_warm_up() {
    check_only(
        "duration = \"1d\"",
        "duration = \"1d\"\nwarmup = \"1d\"",
        &["warmup 1d is not shorter than duration 1d"],
    );
    check_only("duration = \"1d\"\n", "", &["key `duration` of `scenario` is missing"]);
}

#[test]
fn empty_sections_are_refused() {
    let workload = "[workload.users]\nfunction = \"api\"\narrivals = { process = \"poisson\", rate = \"10/s\" }\n";
    check_only(workload, "[workload]\n", &["the workload has no source"]);
    let text = GOOD.split("[deployments.lambda]").next().unwrap().to_owned();
    let report = read(&(text.clone() + "[deployments]\n"), &[]).expect_err("no deployment").to_string();
    assert!(report.contains("the scenario has no deployment"), "{report}");
    let report = read(&text, &[]).expect_err("no deployment").to_string();
    assert!(report.contains("key `deployments` is missing"), "{report}");
}

#[test]
fn a_name_that_stands_twice_is_refused() {
    check_refused("[deployments.servers]", "[deployments.lambda]", &["duplicate key", "test.toml:20"]);
}

#[test]
fn what_is_not_modelled_yet_is_said_so() {
    let calls = "cpu = \"60%\"\ncalls = [ { service = \"readings\", op = \"write\" } ]";
    check_only("cpu = \"60%\"", calls, &["services are not modelled yet"]);
    check_only("\"poisson\", rate = \"10/s\"", "\"hawkes\"", &["arrival process `hawkes` is not modelled yet"]);
}

#[test]
fn a_distribution_that_its_keys_do_not_determine_is_refused() {
    check_only("p99 = \"210ms\"", "mean = \"40ms\"", &["`median` (0.045) is not below `mean` (0.04)"]);
    check_only(", p99 = \"210ms\"", "", &["is not determined by `median`"]);
    check_only("median = \"45ms\"", "medan = \"45ms\"", &["unknown key `medan`"]);
}

#[test]
fn a_trace_must_be_there_before_anything_runs() {
    let source = "function = \"api\"\narrivals = { process = \"poisson\", rate = \"10/s\" }";
    let trace = |path: &str| format!("trace = \"{path}\"\nformat = \"azure2021\"");
    check_only(
        source,
        &trace("no/such.csv"),
        &["`no/such.csv` cannot be read: no such file", "relative to the scenario"],
    );
    check_only(source, &trace("src"), &["`src` is a directory, not a file"]);
    check_refused(source, &trace("Cargo.toml"), &["test.toml:13:9", "Cargo.toml"]);
    check_only(source, "trace = \"src\"", &["does not say the `format`"]);
    check_only(source, "trace = \"src\"\nformat = \"azure2019\"", &["counts per minute need `spread`"]);
    check_refused(source, &format!("{source}\ntrace = \"x\""), &["either `arrivals` or `trace`, not both"]);
}

#[test]
fn a_trace_without_memory_needs_a_deployment_that_states_it() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("t.csv"), "app,func,end_timestamp,duration\na,f,1.5,0.5\na,f,3,1\n").unwrap();
    let text = |memory: &str, format: &str, more: &str| {
        format!(
            "[scenario]\nname = \"t\"\n[workload.t]\ntrace = \"t.csv\"\nformat = \"{format}\"\n\
             [deployments.l]\nplatform = \"aws-lambda\"\n{memory}\n{more}"
        )
    };
    let read = |text: String| load_text("t.toml", text, folder.path(), &Overrides::default());
    let report = read(text("", "azure2021", "")).expect_err("no memory").to_string();
    assert!(report.contains("the format of trace `t` states no memory, and deployment `l` none either"), "{report}");
    let plan = read(text("memory = \"1GB\"", "azure2021", "")).unwrap();
    assert_eq!(faas(&plan).others.memory, Some(Size::from_mib(1_024)));
    assert_eq!(faas(&plan).others.work_scale, 1.0);
    assert_eq!(plan.duration, None);
    let report = read(text("memory = \"1GB\"", "invocations", "")).expect_err("wrong columns").to_string();
    assert!(report.contains("no column"), "{report}");
    let report =
        read(text("memory = \"1GB\"", "azure2021", "concurrency = { reserved = 5 }")).expect_err("all").to_string();
    assert!(report.contains("`reserved` cannot hold for every function of a trace"), "{report}");
    let one = "[deployments.l.functions.\"a/f\"]\nconcurrency = { reserved = 5 }";
    let plan = read(text("memory = \"1GB\"", "azure2021", one)).unwrap();
    assert_eq!(faas(&plan).named["a/f"].reserved, Some(5));
}

#[test]
fn all_problems_of_a_file_are_reported_at_once_in_its_order() {
    let folder = root().join("tests/golden/scenario-problems");
    let text = std::fs::read_to_string(folder.join("scenario.toml")).unwrap();
    let problems = load_text("scenario.toml", text, &folder, &Overrides::default()).expect_err("much is wrong");
    check_golden(&folder.join("report.txt"), &format!("{problems}\n"));
}

#[test]
fn syntax_errors_are_placed() {
    let report = read("[scenario]\nname = \"x\nduration = 1\n", &[]).expect_err("syntax").to_string();
    assert!(report.contains("test.toml:2:"), "{report}");
    let report = read(" \n", &[]).expect_err("empty").to_string();
    assert!(report.contains("the scenario is empty"), "{report}");
}

#[test]
fn files_that_are_no_text_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("latin.toml");
    std::fs::write(&path, b"[scenario]\nname = \"caf\xe9\"\n").unwrap();
    let report = load(&path, &Overrides::default()).expect_err("latin-1").to_string();
    assert!(report.contains("latin.toml:2:12") && report.contains("not UTF-8"), "{report}");
    let report = load(folder.path(), &Overrides::default()).expect_err("directory").to_string();
    assert!(report.contains("is a directory"), "{report}");
    let report = load(&folder.path().join("none.toml"), &Overrides::default()).expect_err("missing").to_string();
    assert!(report.contains("no such file"), "{report}");
}

#[track_caller]
fn check_set_refused(argument: &str, parts: &[&str]) {
    let report = read(GOOD, &[argument]).expect_err("this should be refused").to_string();
    for part in ["--set:1:"].iter().chain(parts) {
        assert!(report.contains(part), "`{part}` is not in:\n{report}");
    }
}

#[test]
fn problems_of_an_argument_point_at_it() {
    check_set_refused("deployments.lamda.memory=1GB", &["--set:1:13", "`lambda`"]);
    check_set_refused("deployments.lambda.memroy=1GB", &["--set:1:20", "`memory`"]);
    check_set_refused("deployments.lambda.memory=64MB", &["--set:1:27", "outside what `aws-lambda` allows"]);
    check_set_refused("scenario.seed=many", &["expected a whole number, found a text"]);
    check_set_refused("scenario.name.first=x", &["`name` holds a text, which has no keys"]);
    check_set_refused("scenario.seed", &["expected PATH=VALUE"]);
    check_set_refused("=5", &["a step of the path is empty"]);
}
