//! Provisioned concurrency by the clock: bills by arithmetic, and which invocations find it.

use std::path::Path;

use breakeven::results::{DeploymentResult, assemble};
use breakeven::scenario::{Overrides, load_text};
use breakeven::study::{Control, run};

/// 1 GB; an invocation a second, of half a second, and nothing is kept when it is over.
fn scenario(duration: &str, keys: &str) -> String {
    format!(
        "[scenario]\nname = \"s\"\nduration = \"{duration}\"\nstart = \"2026-03-02\"\nprobes = false\n\
         [functions.f]\nmemory = \"1024MB\"\nduration = \"500ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {{ process = \"constant\", rate = \"1/s\" }}\n\
         [deployments.lambda]\nplatform = \"aws-lambda\"\nkeep_alive = {{ policy = \"none\" }}\ncold_start = \"0ms\"\n{keys}\n"
    )
}

fn load(text: String) -> Result<breakeven::scenario::Plan, String> {
    load_text("s.toml", text, Path::new("."), &Overrides::default()).map_err(|problems| problems.to_string())
}

fn of(text: String) -> DeploymentResult {
    let plan = load(text).unwrap_or_else(|problems| panic!("{problems}"));
    let runs = run(&plan, 2, &Control::default()).expect("a run");
    assemble(&plan, &runs).expect("a bill").0.deployments.remove(0)
}

/// GB-seconds of provisioned concurrency on the bill.
fn provisioned(of: &DeploymentResult) -> f64 {
    let line = of.cost.items.iter().find(|line| line.item.starts_with("provisioned concurrency"));
    line.map_or(0.0, |line| line.quantity.to_f64())
}

#[test]
fn a_day_is_paid_by_its_hours() {
    let list = "{ cron = \"0 8 * * *\", provisioned = 20 }, { cron = \"0 18 * * *\", provisioned = 5 }";
    for (first, before_eight) in [("", 5.0), ("provisioned = 7, ", 7.0)] {
        let answer = of(scenario("1d", &format!("concurrency = {{ {first}scheduled = [{list}] }}")));
        let hours = before_eight * 8.0 + 20.0 * 10.0 + 5.0 * 6.0;
        assert_eq!(provisioned(&answer), hours * 3_600.0);
    }
}

/// The window opens on a Monday: what was asked for on Friday evening still holds.
#[test]
fn the_window_opens_with_what_the_week_before_left() {
    let list = "{ cron = \"0 9 * * 1-5\", provisioned = 3 }, { cron = \"0 17 * * 5\", provisioned = 1 }";
    let answer = of(scenario("1d", &format!("concurrency = {{ scheduled = [{list}] }}")));
    assert_eq!(provisioned(&answer), (9.0 + 3.0 * 15.0) * 3_600.0);
}

/// Asked for at ten minutes and given up three later: five minutes are paid, though it was hardly there.
#[test]
fn each_lease_is_paid_in_steps_of_five_minutes() {
    let list = "{ at = \"10min\", provisioned = 3 }, { at = \"13min\", provisioned = 0 }, { at = \"20min\", provisioned = 2 }, \
                { at = \"26min\", provisioned = 1 }";
    let answer = of(scenario("1h", &format!("concurrency = {{ scheduled = [{list}] }}")));
    assert_eq!(provisioned(&answer), 60.0 * (3.0 * 5.0 + 10.0 + 40.0));
}

/// A window of just one month of 730 hours: leases of six minutes a day are paid as ten in both bills.
#[test]
fn the_bill_of_a_month_has_the_same_steps() {
    let list = "{ cron = \"0 7 * * *\", provisioned = 10 }, { cron = \"6 7 * * *\", provisioned = 0 }";
    let text = scenario("730h", &format!("concurrency = {{ scheduled = [{list}] }}")).replace("\"1/s\"", "\"1/min\"");
    let answer = of(text);
    let is_line = |item: &str| item.starts_with("provisioned concurrency");
    let month = answer.cost.month_items.iter().find(|line| is_line(&line.item)).map(|line| line.quantity.to_f64());
    assert_eq!(provisioned(&answer), 31.0 * 10.0 * 600.0);
    assert_eq!(month, Some(provisioned(&answer)));
}

/// Ten are there 90 s and 10/6,000 of a minute after they were asked for; who comes before starts cold.
#[test]
fn what_is_asked_for_is_there_when_all_of_it_is_allocated() {
    let list = "{ at = \"10min\", provisioned = 10 }, { at = \"40min\", provisioned = 0 }";
    let answer = of(scenario("1h", &format!("concurrency = {{ scheduled = [{list}] }}")));
    let cold = 600.0 + 90.1 + 1_200.0;
    // The invocation of the very instant of a change may go either way.
    assert!((answer.invocations.cold_starts - cold).abs() <= 1.5, "{} of {cold}", answer.invocations.cold_starts);
}

/// Given up before it is there: nobody finds it, and what was asked for again comes by its own allocation.
#[test]
fn what_is_given_up_never_comes() {
    let list =
        "{ at = \"10min\", provisioned = 4 }, { at = \"11min\", provisioned = 0 }, { at = \"12min\", provisioned = 4 }";
    let answer = of(scenario("20min", &format!("concurrency = {{ scheduled = [{list}] }}")));
    let cold = 720.0 + 90.04;
    assert!((answer.invocations.cold_starts - cold).abs() <= 1.5, "{}", answer.invocations.cold_starts);
}

/// Works of two minutes, one a minute: two run when both instances are given up, end on them, and are billed as provisioned.
#[test]
fn work_ends_where_it_began() {
    let text =
        scenario("30min", "concurrency = { provisioned = 3, scheduled = [{ at = \"10min\", provisioned = 0 }] }");
    let text = text.replace("\"500ms\"", "\"119s\"").replace("\"1/s\"", "\"1/min\"");
    let answer = of(text);
    let compute = |item: &str| {
        let line = answer.cost.items.iter().find(|line| line.item.starts_with(item));
        line.map_or(0.0, |line| line.quantity.to_f64())
    };
    let begun = (compute("duration on provisioned") / 119.0).round();
    assert!((9.0..=11.0).contains(&begun), "{begun}");
    assert_eq!(answer.invocations.cold_starts, 30.0 - begun);
    assert_eq!(provisioned(&answer), 3.0 * 600.0);
}

/// A function that uses none of its five leaves 100 of an account of 105 to the other, and all 105 before.
#[test]
fn the_account_sets_aside_what_is_asked_for_at_that_time() {
    let text = "[scenario]\nname = \"s\"\nduration = \"20min\"\nprobes = false\n\
        [functions.f]\nmemory = \"128MB\"\nduration = \"1s\"\n[functions.g]\nmemory = \"128MB\"\nduration = \"1s\"\n\
        [workload.w]\nfunction = \"f\"\narrivals = { process = \"batch\", size = 105, period = \"1min\", offset = \"30s\" }\n\
        [workload.v]\nfunction = \"g\"\narrivals = { process = \"constant\", rate = \"1/h\" }\n\
        [deployments.lambda]\nplatform = \"aws-lambda\"\nconcurrency = { account = 105 }\nrequest_rate = \"unlimited\"\n\
        [deployments.lambda.functions.g]\n\
        concurrency = { scheduled = [{ at = \"5min\", provisioned = 5 }, { at = \"15min\", provisioned = 0 }] }\n";
    assert_eq!(of(text.to_owned()).invocations.throttled, 50.0);
}

/// Of actions at one instant the last one counts, in the window and before it.
#[test]
fn the_last_of_two_actions_at_one_instant_counts() {
    let list = "{ at = \"10min\", provisioned = 0 }, { at = \"10min\", provisioned = 2 }";
    let answer = of(scenario("1h", &format!("concurrency = {{ provisioned = 2, scheduled = [{list}] }}")));
    assert_eq!((provisioned(&answer), answer.invocations.cold_starts), (2.0 * 3_600.0, 0.0));
    let list = "{ cron = \"0 12 * * *\", provisioned = 9 }, { cron = \"0 12 * * *\", provisioned = 1 }";
    let answer = of(scenario("1h", &format!("concurrency = {{ scheduled = [{list}] }}")));
    assert_eq!(provisioned(&answer), 3_600.0);
}

/// An instance of four places is never idle under this load; given up, it takes nothing new and goes.
#[test]
fn what_is_given_up_takes_nothing_new() {
    let keys = "concurrency = { per_instance = 4, provisioned = 1, scheduled = [{ at = \"10min\", provisioned = 0 }] }";
    let text = scenario("30min", keys).replace("\"500ms\"", "\"1900ms\"");
    let answer = of(text);
    let line = answer.cost.items.iter().find(|line| line.item.starts_with("duration on provisioned"));
    let begun = line.map_or(0.0, |line| line.quantity.to_f64()) / 1.9;
    assert!((599.0..=601.0).contains(&begun), "{begun}");
}

#[test]
fn one_function_may_have_hours_of_its_own() {
    let keys = "concurrency = { provisioned = 2 }\n[deployments.lambda.functions.f]\n\
                concurrency = { scheduled = [{ at = \"30min\", provisioned = 4 }] }";
    assert_eq!(provisioned(&of(scenario("1h", keys))), 1_800.0 * (2.0 + 4.0));
    let fixed = "concurrency = { scheduled = [{ at = \"30min\", provisioned = 4 }] }\n[deployments.lambda.functions.f]\n\
                 concurrency = { provisioned = 1 }";
    assert_eq!(provisioned(&of(scenario("1h", fixed))), 3_600.0);
}

#[test]
fn a_timetable_that_cannot_be_is_refused() {
    for (list, parts) in [
        ("[]", &["list of actions is empty"][..]),
        ("[{ provisioned = 3 }]", &["nothing says when"]),
        ("[{ cron = \"0 8 * * *\", at = \"5min\", provisioned = 3 }]", &["exclude each other"]),
        ("[{ cron = \"0 25 * * *\", provisioned = 3 }]", &["hour", "25"]),
        ("[{ at = \"5min\" }]", &["`provisioned`"]),
        ("[{ at = \"5min\", provisoned = 5 }]", &["`provisoned`", "`provisioned`"]),
        ("[{ at = \"5min\", provisioned = 901 }]", &["sum to 901"]),
    ] {
        let text = load(scenario("1h", &format!("concurrency = {{ scheduled = {list} }}"))).expect_err("refused");
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in:\n{text}");
        }
    }
    let reserved = "concurrency = { reserved = 4, scheduled = [{ at = \"5min\", provisioned = 5 }] }";
    assert!(load(scenario("1h", reserved)).expect_err("refused").contains("5 provisioned and 4 reserved"));
}

#[test]
fn a_curve_against_what_changes_by_the_clock_is_refused() {
    let text = scenario("1h", "concurrency = { scheduled = [{ at = \"30min\", provisioned = 4 }] }");
    let folder = crate::small::folder_with(&text);
    let arguments = ["cold-starts", "small.toml", "--against", "provisioned", "--no-report"];
    crate::small::fails(folder.path(), &arguments, 2, &["`lambda` changes by the clock", "scheduled.0.provisioned"]);
}

/// Two functions of an app, each asked once a second for half a second of 1 GB, as a trace of an hour.
fn traced(keys: &str) -> Result<breakeven::results::Results, String> {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..3_600).flat_map(|at| ["f", "g"].map(|name| format!("a,{name},{at}.5,0.5\n")));
    let text = format!("app,func,end_timestamp,duration\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("t.csv"), text).expect("a trace");
    let text = format!(
        "[scenario]\nname = \"t\"\nduration = \"1h\"\nprobes = false\n\
         [workload.w]\ntrace = \"t.csv\"\nformat = \"azure2021\"\n\
         [deployments.lambda]\nplatform = \"aws-lambda\"\nmemory = \"1024MB\"\ncold_start = \"0ms\"\n\
         keep_alive = {{ policy = \"none\" }}\n{keys}\n"
    );
    let plan =
        load_text("t.toml", text, folder.path(), &Overrides::default()).map_err(|problems| problems.to_string())?;
    let runs = run(&plan, 2, &Control::default()).expect("a run");
    Ok(assemble(&plan, &runs).expect("a bill").0)
}

/// Twenty minutes of two, ready 90.02 s after they are asked for: those of the other function find nothing.
#[test]
fn one_function_of_a_trace_may_have_hours_of_its_own() {
    let list = "{ at = \"10min\", provisioned = 2 }, { at = \"30min\", provisioned = 0 }";
    let keys = format!("[deployments.lambda.functions.\"a/f\"]\nconcurrency = {{ scheduled = [{list}] }}");
    let results = traced(&keys).expect("a run");
    let answer = &results.deployments[0];
    assert_eq!(provisioned(answer), 2.0 * 1_200.0);
    assert_eq!(answer.invocations.cold_starts, 7_200.0 - (1_800.0 - 691.0));
    assert!(results.warnings.is_empty(), "{:?}", results.warnings);
}

#[test]
fn settings_of_a_function_that_never_comes_are_warned_of() {
    for (name, meant) in [("f", "; perhaps `a/f`"), ("a/h", "; perhaps `a/f`"), ("nobody", "")] {
        let keys = format!("[deployments.lambda.functions.\"{name}\"]\nconcurrency = {{ provisioned = 3 }}");
        let results = traced(&keys).expect("a run");
        let warning = format!("deployment `lambda`: function `{name}` has settings and never came{meant}");
        assert_eq!(results.warnings, [warning]);
        assert_eq!(provisioned(&results.deployments[0]), 0.0);
    }
}

/// They would be those of whichever function of the app comes first.
#[test]
fn instances_that_an_app_shares_are_not_one_function_s() {
    let own = |keys: &str| format!("pool = \"app\"\n[deployments.lambda.functions.\"a/g\"]\n{keys}");
    for (key, keys) in [
        ("scheduled", "concurrency = { scheduled = [{ at = \"5min\", provisioned = 5 }] }"),
        ("provisioned", "concurrency = { provisioned = 895 }"),
        ("keep_alive", "keep_alive = { policy = \"infinite\" }"),
    ] {
        let text = traced(&own(keys)).expect_err("refused");
        assert!(text.contains(&format!("`{key}` cannot hold for `a/g` alone")), "{text}");
        assert!(traced(&own(keys).replace("\"app\"", "\"function\"")).is_ok());
    }
    assert!(traced(&own("timeout = \"10s\"")).is_ok());
}

/// Five instances for five hours a day: all weeks are like one another.
#[test]
fn chosen_weeks_know_the_hours_too() {
    let keys = "concurrency = { scheduled = [{ cron = \"0 8 * * *\", provisioned = 5 }, { cron = \"0 13 * * *\", provisioned = 0 }] }";
    let text = scenario("70d", keys).replace("\"1/s\"", "\"1/min\"");
    let weeks = text.replace("[functions.f]", "horizon = { method = \"weeks\", weeks = 3 }\n[functions.f]");
    let (whole, weeks) = (of(text), of(weeks));
    assert_eq!(provisioned(&whole), 70.0 * 5.0 * 5.0 * 3_600.0);
    assert_eq!(provisioned(&weeks), provisioned(&whole));
    assert_eq!(weeks.cost.total, whole.cost.total);
}

/// A site of a router has its own hours, and they are paid for as those of a deployment of its own.
#[test]
fn a_site_keeps_its_hours() {
    let keys =
        "concurrency = { scheduled = [{ at = \"20min\", provisioned = 4 }, { at = \"50min\", provisioned = 1 }] }";
    let router = "[deployments.other]\nplatform = \"aws-lambda\"\n\
                  [deployments.router]\nroute = { policy = \"weighted\", weights = { lambda = 1, other = 1 } }";
    let plan = load(scenario("1h", &format!("{keys}\n{router}"))).unwrap_or_else(|problems| panic!("{problems}"));
    let runs = run(&plan, 2, &Control::default()).expect("a run");
    let found = assemble(&plan, &runs).expect("a bill").0.deployments;
    let paid = 4.0 * 1_800.0 + 600.0;
    for name in ["lambda", "router"] {
        let answer = found.iter().find(|deployment| deployment.name == name).expect("a deployment");
        assert_eq!(provisioned(answer), paid, "{name}");
    }
}

/// Twelve hours a day have $0.30 of provisioned concurrency, the others $0.03 of duration; the plan is worth $0.20 at the
/// list's prices and costs half of that, used or not.
#[test]
fn a_savings_plan_covers_what_is_scheduled() {
    let list = "{ cron = \"0 6 * * *\", provisioned = 20 }, { cron = \"0 18 * * *\", provisioned = 0 }";
    let keys = format!("concurrency = {{ scheduled = [{list}] }}");
    let plan = "commitments = [{ kind = \"compute-savings-plan\", commitment = \"$0.10/h\", term = \"1y\", discount = \"50%\" }]";
    let (plain, covered) = (of(scenario("1d", &keys)), of(scenario("1d", &format!("{keys}\n{plan}"))));
    assert_eq!(provisioned(&plain), 20.0 * 12.0 * 3_600.0);
    let saved = plain.cost.total.to_f64() - covered.cost.total.to_f64();
    assert!((saved - 12.0 * (0.20 + 0.03 - 2.0 * 0.10)).abs() < 1e-3, "{saved}");
}

/// What opens the window decides the bill, though it comes before it.
#[test]
fn an_action_before_the_window_is_no_action_that_never_comes() {
    let warnings = |keys: &str| load(scenario("1h", &format!("concurrency = {{ {keys} }}"))).expect("a plan").warnings;
    let before = "scheduled = [{ cron = \"0 23 * * *\", provisioned = 1 }]";
    assert_eq!(warnings(before), Vec::<String>::new());
    let told = warnings(&format!("provisioned = 1, {before}"));
    assert!(told[0].contains("`0 23 * * *` never comes"), "{told:?}");
}

/// The allowance is withheld where there is provisioned concurrency, and an action that never comes is none.
#[test]
fn only_an_action_that_comes_takes_the_free_tier_away() {
    let free = |at: &str| {
        let keys = format!("concurrency = {{ scheduled = [{{ at = \"{at}\", provisioned = 1 }}] }}");
        load(scenario("1h", &keys).replace("probes = false", "probes = false\nfree_tier = true")).expect("a plan")
    };
    let (never, late) = (free("20h"), free("50min"));
    assert!(never.warnings[0].contains("never comes"), "{:?}", never.warnings);
    let total = |plan: &breakeven::scenario::Plan| {
        let runs = run(plan, 2, &Control::default()).expect("a run");
        assemble(plan, &runs).expect("a bill").0.deployments[0].cost.total.to_f64()
    };
    assert_eq!(total(&never), 0.0);
    assert!(total(&late) > 1_800.0 * 0.000_016);
    let says = |plan: &breakeven::scenario::Plan| plan.assumptions.iter().any(|one| one.subject == "free tier");
    assert!(says(&late) && !says(&never));
}
