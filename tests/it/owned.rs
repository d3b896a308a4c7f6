//! Servers of one's own: their bill with a pencil, their failures in closed form, and what is refused.

use std::path::Path;

use breakeven::results::{DeploymentResult, Results, assemble};
use breakeven::scenario::{Overrides, load_text};
use breakeven::study::{self, Control};
use breakeven::units::Money;

#[track_caller]
fn run(text: &str) -> Results {
    let plan = load_text("test", text.to_owned(), Path::new(""), &Overrides::default());
    let plan = plan.unwrap_or_else(|problems| panic!("{problems}"));
    let runs = study::run(&plan, 2, &Control::default()).expect("a run");
    assemble(&plan, &runs).expect("a bill").0
}

#[track_caller]
fn refused(text: &str) -> String {
    load_text("test", text.to_owned(), Path::new(""), &Overrides::default()).expect_err("refused").to_string()
}

/// Two servers of four cores, each price a round number; work of half a core.
fn small(duration: &str, more: &str) -> String {
    format!(
        "[scenario]\nname = 'small'\nduration = '{duration}'\nstart = '2026-01-01'\n[functions.f]\nduration = '30s'\n\
         [workload.w]\narrivals = {{ process = 'constant', rate = '1/min' }}\n\
         [deployments.own]\nplatform = 'owned'\ncount = 2\ncores = 4\nfailures = 'none'\nmaintenance = 'none'\n\
         [deployments.own.ownership]\nserver_price = '$8760'\nidle_power = 100\nfull_power = 300\n\
         pue = 1.5\nenergy_price = '$0.10'\nspace = '$100'\nmaintenance = '10%'\nnetwork_share = '0%'\ncost_of_money = '0%'\n\
         salary = '$100000'\nsalary_load = 1\nspares = '0%'\nlead_time = '0s'\n{more}"
    )
}

#[track_caller]
fn check_line(deployment: &DeploymentResult, item: &str, category: &str, amount: f64) {
    let line = deployment.cost.items.iter().find(|line| line.item == item).unwrap_or_else(|| panic!("no {item}"));
    assert_eq!(line.category.as_deref(), Some(category), "{item}");
    assert!((line.amount.to_f64() - amount).abs() < 1e-6, "{item}: {} instead of {amount}", line.amount.0);
}

/// January: 744 hours, in which 44,640 requests keep a core for 30 s each: 372 hours of a core.
#[test]
fn the_bill_of_a_month_is_the_sum_of_its_lines_by_hand() {
    let results = run(&small("31d", "useful_life = '2y'"));
    let own = &results.deployments[0];
    check_line(own, "depreciation of servers", "depreciation", 2.0 * 8_760.0 / (2.0 * 8_760.0) * 744.0);
    check_line(own, "energy, idle", "cash", 2.0 * 0.1 * 744.0 * 1.5 * 0.1);
    check_line(own, "energy, at work", "cash", 372.0 * 0.2 / 4.0 * 1.5 * 0.1);
    check_line(own, "space", "cash", 2.0 * 0.3 * 100.0 * 744.0 / 730.0);
    check_line(own, "maintenance", "cash", 2.0 * 876.0 * 744.0 / 8_760.0);
    check_line(own, "administrators", "staff", 0.02 * 100_000.0 * 744.0 / 8_760.0);
    assert_eq!(own.cost.items.len(), 6, "no line for what costs nothing");
    let sums = own.cost.by_category.expect("something is owned");
    assert_eq!(sums.provider, Money::ZERO);
    assert_eq!(sums.cash + sums.depreciation + sums.staff, own.cost.total);
    let per_month = own.cost.total.to_f64() * 730.0 / 744.0;
    assert!((own.cost.per_month.to_f64() - per_month).abs() < 1e-6, "{}", own.cost.per_month.0);
    assert!((own.cost.per_month - own.cost.month_items.iter().map(|item| item.amount).sum()).to_f64().abs() < 1e-9);
}

/// A life of 365 days ends on the first of January 2027, the next with the window.
#[test]
fn over_the_life_what_is_depreciated_is_what_was_paid_and_replaced() {
    let results = run(&small("2y", "useful_life = '1y'"));
    let cost = &results.deployments[0].cost;
    let hours = 730.0 * 24.0;
    check_line(&results.deployments[0], "depreciation of servers", "depreciation", 2.0 * hours);
    let purchases: Vec<(i32, f64)> =
        cost.cash_by_year.iter().map(|cash| (cash.year, cash.purchases.to_f64())).collect();
    assert_eq!(purchases, [(2026, 17_520.0), (2027, 17_520.0)]);
    let staff: f64 = cost.cash_by_year.iter().map(|cash| cash.staff.to_f64()).sum();
    assert!((staff - 0.02 * 100_000.0 * hours / 8_760.0).abs() < 1e-6, "{staff}");
    let operating: Money = cost.cash_by_year.iter().map(|cash| cash.operating).sum();
    assert_eq!(operating, cost.by_category.expect("owned").cash);
}

#[test]
fn a_provider_s_lines_have_no_category() {
    let text = small("1d", "") + "[deployments.lambda]\nplatform = 'aws-lambda'\nmemory = '128MB'\n";
    let results = run(&text);
    let lambda = &results.deployments[1];
    assert!(lambda.cost.items.iter().all(|item| item.category.is_none()));
    assert_eq!((lambda.cost.by_category, lambda.cost.cash_by_year.len()), (None, 0));
}

/// A server that serves for 30 days in the mean and is repaired for 3 is there for 10 parts in 11.
#[test]
fn availability_is_the_time_between_failures_over_that_and_repair() {
    let text = "[scenario]\nname = 'fail'\nduration = '2y'\n[functions.f]\nduration = '6s'\n\
        [workload.w]\narrivals = { process = 'poisson', rate = '6/h' }\n\
        [deployments.own]\nplatform = 'owned'\ncount = 60\ncores = 1\ndiscipline = 'fcfs'\nmaintenance = 'none'\n\
        failures = { annual_rate = '1216.6666667%', repair = { dist = 'exponential', mean = '3d' } }\n";
    let results = run(text);
    let capacity = &results.deployments[0].capacity;
    let servers = capacity.busy_mean / capacity.utilization.expect("work");
    // 60 servers for 730 days: 1,327 failures and repairs, so the absence is off by 1 in 26 at one standard deviation.
    let absence = 1.0 - servers / 60.0;
    assert!((absence * 11.0 - 1.0).abs() < 3.0 / 26.0, "absent for {absence}");
}

/// Growth of 100 % a year over two years, closed form: r / ln 2 in the first year, twice that in the second.
#[test]
fn arrivals_of_a_growing_source_are_the_integral_of_its_rate() {
    let text = "[scenario]\nname = 'grow'\nduration = '2y'\n[functions.f]\nduration = '1s'\n\
        [workload.w]\ngrowth = '100%'\narrivals = { process = 'poisson', rate = '2/h' }\n\
        [deployments.own]\nplatform = 'owned'\ncount = 1\n";
    let results = run(text);
    let expected = 2.0 * 8_760.0 * 3.0 / 2_f64.ln();
    let offered = results.deployments[0].invocations.offered;
    assert!((offered - expected).abs() < 4.0 * expected.sqrt(), "{offered} instead of {expected}");
}

/// Demand is 7.5 cores of work at the start and doubles in a year; servers of 4 cores with a quarter of headroom.
fn planned(plan: &str) -> DeploymentResult {
    let text = format!(
        "[scenario]\nname = 'plan'\nduration = '1y'\n[functions.f]\nduration = '1h'\n\
        [workload.w]\ngrowth = '100%'\narrivals = {{ process = 'poisson', rate = '7.5/h' }}\n\
        [deployments.own]\nplatform = 'owned'\ncores = 4\nfailures = 'none'\nmaintenance = 'none'\ncapacity_plan = {plan}\n\
        [deployments.own.ownership]\nlead_time = '73d'\nserver_price = '$1000'\nspares = '0%'\nnetwork_share = '0%'\n"
    );
    run(&text).deployments.remove(0)
}

#[test]
fn a_plan_buys_what_the_busiest_hour_and_its_headroom_need() {
    // 7.5 to 15 cores: ceil(7.5 * 1.25 / 4) = 3 servers at the start, ceil(15 * 1.25 / 4) = 5 at the end, one by one.
    let own = planned("{ headroom = '25%', quantum = 1 }");
    assert_eq!(own.capacity.instances_peak, 5.0);
    assert!(own.summary.starts_with("3-5 x 4 cores"), "{}", own.summary);
    // N + 1: ceil(7.5 / 4) + 1 = 3 at the start, ceil(15 / 4) + 1 = 5 at the end.
    let own = planned("{ headroom = 'n+1', quantum = 1 }");
    assert!(own.summary.starts_with("3-5 x"), "{}", own.summary);
    // By fours: 4, then 8.
    let own = planned("{ headroom = '25%', quantum = 4 }");
    assert!(own.summary.starts_with("4-8 x"), "{}", own.summary);
    let bought: f64 = own.cost.cash_by_year.iter().map(|cash| cash.purchases.to_f64()).sum();
    assert_eq!(bought, 8_000.0);
}

/// Sixty requests of a second each second, on servers of 64 cores with eight workers, a quarter more than that.
#[test]
fn a_plan_counts_the_places_of_a_server_and_not_its_cores() {
    let text = "[scenario]\nname = 'plan'\nduration = '1h'\n[functions.f]\nduration = '1s'\n\
        [workload.w]\narrivals = { process = 'constant', rate = '60/s' }\n\
        [deployments.own]\nplatform = 'owned'\ncores = 64\nfailures = 'none'\nmaintenance = 'none'\n\
        capacity_plan = { headroom = '25%', quantum = 1 }\nworkers = 8\n";
    for discipline in ["ps", "fcfs"] {
        let results = run(&format!("{text}discipline = '{discipline}'\n"));
        let summary = &results.deployments[0].summary;
        assert!(summary.starts_with("10 x 64 cores"), "{discipline}: {summary}");
        assert!(results.warnings.iter().all(|warning| !warning.contains("load")), "{:?}", results.warnings);
    }
}

/// A life stated in days is as long as the same in years.
#[test]
fn a_year_of_a_useful_life_is_a_year() {
    let bought = |life: &str| {
        let results = run(&small("1827d", &format!("useful_life = '{life}'")));
        results.deployments[0].cost.cash_by_year.iter().map(|cash| cash.purchases.to_f64()).sum::<f64>()
    };
    assert_eq!((bought("1825d"), bought("5y")), (2.0 * 17_520.0, 2.0 * 17_520.0));
    assert_eq!((bought("1826d"), bought("1828d")), (2.0 * 17_520.0, 17_520.0));
}

#[test]
fn who_expects_too_little_growth_is_late() {
    let known = planned("{ headroom = '10%', quantum = 1 }");
    let late = planned("{ headroom = '10%', quantum = 1, expected_growth = '0%' }");
    assert!(late.capacity.instances_mean < known.capacity.instances_mean);
    assert!(late.latency_s.mean > known.latency_s.mean, "{:?} and {:?}", late.latency_s.mean, known.latency_s.mean);
}

#[track_caller]
fn check_refused(change: (&str, &str), message: &str) {
    let text = small("31d", "").replace(change.0, change.1);
    let found = refused(&text);
    assert!(found.contains(message), "{found}");
}

#[test]
fn what_cannot_be_owned_is_refused() {
    check_refused(("count = 2", ""), "key `count` of `deployments.own` is missing");
    check_refused(
        ("count = 2", "count = 2\ndiscipline = 'fcfs'\novercommit = 4"),
        "`overcommit` goes with discipline `ps`",
    );
    check_refused(("pue = 1.5", "pew = 1.5"), "`pue`");
    check_refused(("lead_time = '0s'", "useful_life = '0s'"), "is not a quantity of useful-life");
    check_refused(("[workload.w]", "[workload.w]\ngrowth = '40%'"), "`growth` does not go with this process");
}
