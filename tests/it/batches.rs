//! Events in batches: how many there are and how long events wait against closed forms, bills against arithmetic.

use std::path::Path;

use breakeven::results::{DeploymentResult, assemble};
use breakeven::scenario::{Overrides, load_text};
use breakeven::study::{Control, run};

/// 1 GB, 10 ms an event, started in no time; `batch` and other keys as given.
fn scenario(arrivals: &str, duration: &str, keys: &str) -> String {
    format!(
        "[scenario]\nname = \"b\"\nduration = \"{duration}\"\nseed = 3\nprobes = false\n\
         [functions.f]\nmemory = \"1024MB\"\nduration = \"10ms\"\n\
         [workload.w]\nfunction = \"f\"\narrivals = {arrivals}\n\
         [deployments.lambda]\nplatform = \"aws-lambda\"\nkeep_alive = {{ policy = \"infinite\" }}\n{keys}\n"
    )
}

fn poisson(rate: f64) -> String {
    format!("{{ process = \"poisson\", rate = \"{rate}/s\" }}")
}

fn of(text: &str) -> DeploymentResult {
    let plan = load_text("b.toml", text.to_owned(), Path::new("."), &Overrides::default());
    let plan = plan.unwrap_or_else(|problems| panic!("{problems}"));
    let runs = run(&plan, 1, &Control::default()).expect("a run");
    assemble(&plan, &runs).expect("a bill").0.deployments.remove(0)
}

fn quantity(of: &DeploymentResult, item: &str) -> f64 {
    of.cost.items.iter().find(|line| line.item.starts_with(item)).map_or(0.0, |line| line.quantity.to_f64())
}

#[track_caller]
fn within(found: impl Into<Option<f64>>, expected: f64, share: f64) {
    let found = found.into().expect("a figure");
    assert!((found / expected - 1.0).abs() <= share, "{found}, expected {expected}");
}

/// Probabilities of 0, 1, ... events of a Poisson process of which `mean` are expected.
fn poisson_law(mean: f64) -> impl Iterator<Item = f64> {
    (1..).scan((-mean).exp(), move |p, n| {
        let now = *p;
        *p *= mean / f64::from(n);
        Some(now)
    })
}

/// A batch begins with an event; of the others those belong to it that come within the window, as long as there is room. So it
/// has min(size, 1 + N) events, N Poisson. Of n the i-th has waited for the n-th, or for the window.
#[test]
fn sizes_and_waits_are_those_of_a_poisson_process() {
    for (rate, size, window) in [(5.0, 8, 1.0), (20.0, 10, 2.0), (2.0, 10_000, 3.0), (50.0, 4, 5.0)] {
        let keys = format!("batch = {{ size = {size}, window = \"{window}s\" }}\ncold_start = \"0ms\"");
        let hours = (150_000.0 / rate / 3_600.0_f64).ceil();
        let answer = of(&scenario(&poisson(rate), &format!("{hours}h"), &keys));
        let most = f64::from(size);
        let (mut mean, mut square) = (0.0, 0.0);
        for (others, p) in poisson_law(rate * window).take(2_000).enumerate() {
            let count = (others as f64 + 1.0).min(most);
            (mean, square) = (mean + p * count, square + p * count * count);
        }
        let events = answer.invocations.completed;
        within(quantity(&answer, "requests"), events / mean, 0.01);
        // Of full batches alone, of windows alone: the mean wait of an event until its batch is sent.
        let wait = match size {
            4 => 3.0 / (2.0 * rate),
            10_000 => (window + rate * window * window / 2.0) / mean,
            _ => continue,
        };
        within(answer.latency_s.mean, wait + 0.010 * square / mean, 0.01);
    }
}

/// Each batch needs 6 ms once and 4 ms an event: whole milliseconds, so that nothing is rounded.
#[test]
fn the_bill_is_that_of_one_invocation_a_batch() {
    let keys = "batch = { size = 8, window = \"1s\", once = \"6ms\" }\ncold_start = \"0ms\"";
    let answer = of(&scenario(&poisson(5.0), "2h", keys));
    let (events, batches) = (answer.invocations.completed, quantity(&answer, "requests"));
    assert!(batches < events / 3.0);
    within(quantity(&answer, "duration"), (batches * 6.0 + events * 4.0) / 1_000.0, 1e-12);
    within(answer.capacity.busy_mean * 7_200.0, (batches * 6.0 + events * 4.0) / 1_000.0, 1e-9);
}

/// Ten events at once each second, batches of five: each waits for its own batch alone, and they hold two places.
#[test]
fn events_of_a_batch_end_together_and_hold_one_place() {
    let arrivals = "{ process = \"batch\", size = 10, period = \"1s\" }";
    let keys = "batch = { size = 5, window = \"500ms\" }\ncold_start = \"0ms\"\nnetwork = \"1ms\"";
    let answer = of(&scenario(arrivals, "10min", keys));
    assert_eq!(answer.invocations.completed, 6_000.0);
    assert_eq!(quantity(&answer, "requests"), 1_200.0);
    assert_eq!(answer.capacity.busy_peak, 2.0);
    within(answer.latency_s.mean, 0.051, 1e-9);
    within(answer.phases_s.execution.mean, 0.010, 1e-9);
    within(answer.phases_s.queue.mean, 0.040, 1e-9);
}

/// Sixty events a minute in batches of ten: 100 ms of work run into a time-out of 50 ms, together.
#[test]
fn a_time_out_ends_every_event_of_the_batch() {
    let arrivals = "{ process = \"constant\", rate = \"1/s\" }";
    let keys = "batch = { size = 10, window = \"60s\" }\ncold_start = \"0ms\"\ntimeout = \"50ms\"";
    let answer = of(&scenario(arrivals, "10min", keys));
    assert_eq!((answer.invocations.timed_out, answer.invocations.completed), (600.0, 0.0));
    within(quantity(&answer, "duration"), 60.0 * 0.050, 1e-9);
}

#[test]
fn a_refused_batch_refuses_every_event_and_may_be_tried_again() {
    let arrivals = "{ process = \"batch\", size = 10, period = \"10s\" }";
    let batch = "batch = { size = 5, window = \"1s\" }\ncold_start = \"0ms\"\nconcurrency = { reserved = 1 }";
    let answer = of(&scenario(arrivals, "10min", batch));
    assert_eq!((answer.invocations.completed, answer.invocations.throttled), (300.0, 300.0));
    let again = "\nretry = { attempts = 2, backoff = \"1s\", jitter = \"none\" }";
    let answer = of(&scenario(arrivals, "10min", &format!("{batch}{again}")));
    assert_eq!((answer.invocations.completed, answer.invocations.throttled), (600.0, 0.0));
    within(answer.latency_s.max, 1.050, 1e-6);
}

/// Two functions of an app share its instances, and each has a queue of its own: a batch never mixes them.
#[test]
fn functions_of_an_app_in_a_trace_are_collected_apart() {
    let folder = tempfile::tempdir().expect("a folder");
    let rows = (0..600).flat_map(|at| ["f", "g"].map(|name| format!("a,{name},{at}.01,0.01\n")));
    let text = format!("app,func,end_timestamp,duration\n{}", rows.collect::<String>());
    std::fs::write(folder.path().join("t.csv"), text).expect("a trace");
    let text = "[scenario]\nname = \"b\"\nduration = \"10min\"\nprobes = false\n\
        [workload.w]\ntrace = \"t.csv\"\nformat = \"azure2021\"\n\
        [deployments.lambda]\nplatform = \"aws-lambda\"\nmemory = \"1024MB\"\ncold_start = \"0ms\"\npool = \"app\"\n\
        keep_alive = { policy = \"infinite\" }\nbatch = { size = 6, window = \"60s\", once = \"4ms\" }\n";
    let plan = load_text("b.toml", text.to_owned(), folder.path(), &Overrides::default());
    let plan = plan.unwrap_or_else(|problems| panic!("{problems}"));
    let runs = run(&plan, 2, &Control::default()).expect("a run");
    let answer = assemble(&plan, &runs).expect("a bill").0.deployments.remove(0);
    assert_eq!(quantity(&answer, "requests"), 2.0 * 100.0);
    within(quantity(&answer, "duration"), 200.0 * (4.0 + 6.0 * 6.0) / 1_000.0, 1e-9);
    // Both batches are full at one instant, so that an instance each is needed, and no more.
    assert_eq!(answer.capacity.instances_peak, 2.0);
    within(answer.latency_s.mean, 2.5 + 0.040, 1e-9);
}

/// Half of the events go to each site, whose source fills its batches from those alone.
#[test]
fn each_site_of_a_router_collects_for_itself() {
    let batch = "batch = { size = 10, window = \"60s\", once = \"5ms\" }";
    let keys = format!(
        "{batch}\n[deployments.other]\nplatform = \"aws-lambda\"\n{batch}\n\
         [deployments.router]\nroute = {{ policy = \"weighted\", weights = {{ lambda = 1, other = 1 }} }}"
    );
    let text = scenario("{ process = \"constant\", rate = \"2/s\" }", "10min", &keys);
    let plan =
        load_text("b.toml", text, Path::new("."), &Overrides::default()).unwrap_or_else(|wrong| panic!("{wrong}"));
    let runs = run(&plan, 1, &Control::default()).expect("a run");
    let found = assemble(&plan, &runs).expect("a bill").0.deployments;
    for (name, wait) in [("lambda", 2.25), ("router", 4.5)] {
        let answer = found.iter().find(|deployment| deployment.name == name).expect("a deployment");
        let requests: f64 = answer
            .cost
            .items
            .iter()
            .filter(|line| line.item.starts_with("requests"))
            .map(|line| line.quantity.to_f64())
            .sum();
        assert_eq!((answer.invocations.completed, requests), (1_200.0, 120.0), "{name}");
        let waited = answer.phases_s.queue.mean.expect("a wait");
        assert!(waited >= wait && waited < wait + 0.06, "{name} {waited}");
    }
}

/// Every week is like every other, and what is collected at its end is not lost.
#[test]
fn chosen_weeks_have_whole_batches() {
    let text = scenario(
        "{ process = \"constant\", rate = \"1/min\" }",
        "70d",
        "cold_start = \"0ms\"\nbatch = { size = 4, window = \"300s\" }",
    );
    let weeks = text.replace("[functions.f]", "horizon = { method = \"weeks\", weeks = 3 }\n[functions.f]");
    let (whole, weeks) = (of(&text), of(&weeks));
    assert_eq!((whole.invocations.completed, weeks.invocations.completed), (100_800.0, 100_800.0));
    within(quantity(&weeks, "requests"), quantity(&whole, "requests"), 1e-3);
    within(quantity(&weeks, "duration"), quantity(&whole, "duration"), 1e-9);
}

/// What is left at the end of the window is sent when its own window is over.
#[test]
fn no_event_is_lost() {
    let arrivals = "{ process = \"constant\", rate = \"1/s\" }";
    let answer = of(&scenario(arrivals, "95s", "batch = { size = 10, window = \"300s\" }"));
    assert_eq!((answer.invocations.offered, answer.invocations.completed), (95.0, 95.0));
    assert_eq!(quantity(&answer, "requests"), 10.0);
}

#[test]
fn a_batch_of_one_is_an_invocation() {
    let alone = of(&scenario(&poisson(20.0), "30min", ""));
    for batch in ["{ size = 1, window = \"2s\" }", "{ size = 10, window = \"0s\" }"] {
        let one = of(&scenario(&poisson(20.0), "30min", &format!("batch = {batch}")));
        assert_eq!(one.cost.total, alone.cost.total);
        assert_eq!(one.latency_s.mean, alone.latency_s.mean);
        assert_eq!(one.invocations, alone.invocations);
    }
}

#[test]
fn collecting_is_no_lack_of_capacity() {
    let text =
        scenario(&poisson(20.0), "30min", "batch = { size = 100, window = \"5s\" }").replace("probes = false\n", "");
    let shortfall = of(&text).claims.automatic_scaling.shortfall;
    assert!(shortfall.is_some_and(|short| short < 0.01), "{shortfall:?}");
}

/// Arrivals are those of the workload, whoever collects them.
#[test]
fn batches_leave_the_load_as_it_is() {
    let peak = |keys: &str| {
        let text = scenario(&poisson(20.0), "30min", keys);
        let plan = load_text("b.toml", text, Path::new("."), &Overrides::default()).expect("a plan");
        let runs = run(&plan, 1, &Control::default()).expect("a run");
        assemble(&plan, &runs).expect("a bill").0.workload.peak_rate_per_s
    };
    assert_eq!(peak("batch = { size = 1000, window = \"20s\" }"), peak(""));
}

/// A mistyped `40s` for `40ms` would make each batch as cheap as one event.
#[test]
fn a_part_that_is_longer_than_its_event_is_warned_of() {
    let warnings = |once: &str, duration: &str| {
        let keys = format!("batch = {{ size = 5, window = \"1s\", once = \"{once}\" }}");
        let text = scenario(&poisson(1.0), "1h", &keys).replace("\"10ms\"", duration);
        load_text("b.toml", text, Path::new("."), &Overrides::default()).expect("a plan").warnings
    };
    let drawn = "{ dist = \"exponential\", mean = \"10ms\" }";
    assert!(warnings("10ms", "\"10ms\"").is_empty() && warnings("9ms", drawn).is_empty());
    assert!(warnings("11ms", "\"10ms\"")[0].contains("`once` is 11ms, more than the 10ms"));
    assert!(warnings("11ms", drawn)[0].contains("more than the mean duration of `f`, 10ms"));
}

#[test]
fn what_the_platform_does_not_send_is_refused() {
    for (keys, parts) in [
        ("batch = { size = 20000, window = \"5s\" }", &["20000 events", "10000"][..]),
        ("batch = { size = 5, window = \"301s\" }", &["301s", "5min"]),
        ("batch = { size = 11, window = \"900ms\" }", &["needs a window of 1s"]),
        ("batch = { size = 5 }", &["`window`"]),
        ("batch = { size = 0, window = \"1s\" }", &["size"]),
        ("batch = { size = 5, window = \"1s\", onec = \"1ms\" }", &["`onec`", "`once`"]),
        ("batch = { size = 5, window = \"1s\" }\ncold_duration = \"1s\"", &["`cold_duration` and `batch`"]),
    ] {
        let loaded = load_text("b.toml", scenario(&poisson(1.0), "1h", keys), Path::new("."), &Overrides::default());
        let text = loaded.expect_err("refused").to_string();
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in:\n{text}");
        }
    }
}
