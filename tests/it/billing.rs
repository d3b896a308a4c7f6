//! Prices and bills against figures that others published.

use std::collections::BTreeMap;

use breakeven::billing::bills::Bills;
use breakeven::billing::{
    Invoice, Meter, MeterPrice, PriceBook, Selection, Tariff, Tier, Usage, Verdict, Window, combine, invoice, monthly,
    verify,
};
use breakeven::cli::prices::{self, Failure, Format, Outcome};
use breakeven::units::{Calendar, Currency, Money, MonthId, Span};
use proptest::prelude::*;
use rust_decimal::Decimal;
use serde_json::Value;

const JANUARY: MonthId = MonthId(2026 * 12);

fn data(file: &str) -> Value {
    let path = format!("{}/tests/data/bills/{file}", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn oracle(id: &str) -> Value {
    let oracles = data("costs.json");
    let found = oracles["oracles"].as_array().unwrap().iter().find(|oracle| oracle["id"] == id);
    found.unwrap_or_else(|| panic!("there is no oracle {id}")).clone()
}

/// A number or a decimal text.
fn decimal(value: &Value) -> Decimal {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    text.parse().or_else(|_| Decimal::from_scientific(&text)).unwrap()
}

fn money(text: &str) -> Money {
    Money(text.parse().unwrap())
}

fn usage(quantities: &[(Meter, u128)]) -> Usage {
    let mut usage = Usage::default();
    for &(meter, quantity) in quantities {
        usage.add(JANUARY, meter, quantity);
    }
    usage
}

fn month() -> Window {
    Window::standard_month(JANUARY)
}

fn tariff(list: &str, selection: &Selection) -> Tariff {
    PriceBook::builtin().list(list).unwrap().tariff(selection).unwrap()
}

/// What the lines of one item come to.
fn of_item(invoice: &Invoice, part: &str) -> Money {
    invoice.lines.iter().filter(|line| line.item.contains(part)).map(|line| line.amount).sum()
}

// --- worked bills ------------------------------------------------------------------------------

#[test]
fn every_worked_bill_comes_out_as_its_publisher_printed_it() {
    let checks = verify(&PriceBook::builtin(), &Bills::builtin()).unwrap();
    assert_eq!(checks.len(), 29);
    for check in &checks {
        let slip = check.id == "aws-lambda-tenant-isolation";
        let expected = if slip { "explained" } else { "exact" };
        let found = match check.verdict {
            Verdict::Exact => "exact",
            Verdict::Explained(_) => "explained",
            Verdict::Mismatch(_) | Verdict::Skipped(_) => "wrong",
        };
        assert_eq!(found, expected, "{check:#?}");
    }
}

#[test]
fn tiers_and_allowances_of_the_engine_are_what_worked_bills_test() {
    let checks = verify(&PriceBook::builtin(), &Bills::builtin()).unwrap();
    let metered = |id: &str| {
        let check = checks.iter().find(|check| check.id == id).unwrap();
        check.lines.iter().filter(|line| line.metered).map(|line| line.item.clone()).collect::<Vec<_>>()
    };
    assert_eq!(metered("ic-lambda-15b-x86"), ["requests", "duration tier 1", "duration tier 2", "duration tier 3"]);
    assert_eq!(metered("aws-lambda-eph-3-ml"), ["duration", "requests", "ephemeral storage"]);
    assert_eq!(metered("ic-ec2-t3"), ["730 h", "100 h"]);
    assert_eq!(metered("ic-ec2-t3-ri").len(), 8);
}

/// A bill of one line: a million requests, printed as `printed`.
fn bill(printed: &str, status: &str, formula: &str) -> String {
    format!(
        r#"{{"examples": [{{"id": "b", "provider": "AWS", "service": "Lambda", "inputs": {{"n": 1000000}},
        "lines": [{{"item": "requests", "kind": "money", "expected": "{printed}",
        "parts": [{{"fact": "aws.lambda.req", "page_price": null, "per": 1, "qty_formula": "{formula}"}}]}}],
        "expected_total": null, "recompute": {{"status": "{status}"}}}}]}}"#
    )
}

#[track_caller]
fn check_verdict(text: &str, word: &str) {
    let checks = verify(&PriceBook::builtin(), &Bills::parse("b.json", text).unwrap()).unwrap();
    let verdict = format!("{:?}", checks[0].verdict);
    assert!(verdict.starts_with(word), "{verdict}");
}

#[test]
fn a_wrong_figure_is_a_mismatch_and_a_known_slip_must_be_the_slip_it_claims_to_be() {
    check_verdict(&bill("0.20", "exact", "n"), "Exact");
    check_verdict(&bill("0.21", "exact", "n"), "Mismatch");
    check_verdict(&bill("0.3", "exact", "n+1"), "Mismatch");
    check_verdict(&bill("0.3", "differs", "n+1"), "Explained");
    check_verdict(&bill("0.4", "differs", "n+1"), "Mismatch");
    check_verdict(&bill("0.20", "exact", "n").replace("aws.lambda.req", "aws.lambda.reqs"), "Skipped");
    let with_page_price =
        bill("0.30", "exact_with_page_prices", "n").replace("null, \"per\"", "\"0.0000003\", \"per\"");
    check_verdict(&with_page_price, "Explained");
}

// --- published bills and closed forms -------------------------------------------------------------

/// Requests and duration of a function through price list, usage and invoice.
#[track_caller]
fn check_lambda_month(id: &str) {
    let oracle = oracle(id);
    let given = &oracle["parameters"];
    let whole = |key: &str| u128::from(given[key].as_u64().unwrap());
    let listed_arm = given["price_gb_s"] == "0.0000133334";
    let mut selection = Selection::of_functions(false, false).with("architecture", listed_arm.then_some("arm64"));
    selection.free_tier = given["free_tier"].as_bool().unwrap();
    if given["price_gb_s"] == "0.00001667" {
        // The price of its time, rounded on the page.
        selection.price_override.insert("compute".to_owned(), money("0.00001667"));
    }
    let requests = whole("requests");
    let compute = requests * whole("duration_ms") * whole("memory_mb");
    let usage = usage(&[(Meter::Requests, requests), (Meter::Compute, compute)]);
    let bill = invoice(&usage, &tariff("aws-lambda", &selection), &month()).unwrap();
    let expected = |key: &str| decimal(&oracle["expected"][key]);
    assert_eq!(of_item(&bill, "duration").cents(), expected("compute_usd"), "{id}");
    assert_eq!(of_item(&bill, "requests").cents(), expected("requests_usd"), "{id}");
    assert_eq!(bill.total().cents(), expected("total_usd"), "{id}");
}

#[test]
fn published_lambda_bills_come_out_to_the_cent() {
    for id in [
        "aws-lambda-ex2",
        "aws-calc-game-backend",
        "devtocash-lambda",
        "infracost-lambda-512",
        "infracost-lambda-512-arm",
        "infracost-lambda-6B",
        "infracost-lambda-9B",
        "infracost-lambda-15B",
        "infracost-lambda-11B-arm",
        "infracost-lambda-18B-arm",
        "mlops-512-200",
        "mlops-1024-200",
        "mlops-1024-1000",
        "trek10-website",
        "trek10-job",
    ] {
        check_lambda_month(id);
    }
}

#[test]
fn provisioned_concurrency_costs_what_the_page_says_and_gets_no_allowance() {
    let oracle = oracle("aws-pc-ex1");
    let mut selection = Selection::of_functions(true, false);
    selection.free_tier = true;
    let provisioned = 1_000 * 1_024 * 2 * 3_600_000;
    let usage = usage(&[
        (Meter::Requests, 1_200_000),
        (Meter::ProvisionedConcurrency, provisioned),
        (Meter::ProvisionedCompute, 1_200_000 * 1_000 * 1_024),
    ]);
    let bill = invoice(&usage, &tariff("aws-lambda", &selection), &month()).unwrap();
    let expected = |key: &str| decimal(&oracle["expected"][key]);
    assert_eq!(of_item(&bill, "provisioned concurrency x86").cents(), expected("pc_usd") + expected("duration_usd"));
    assert_eq!(of_item(&bill, "requests").cents(), expected("requests_usd"));
    assert_eq!(bill.total().cents(), expected("total_usd"));
}

/// Gigabyte-seconds as nearly as whole MiB·ms can hold them.
fn compute_of(gb_s: Decimal) -> u128 {
    use rust_decimal::prelude::ToPrimitive;
    (gb_s * Decimal::from(1_024_000)).round().to_u128().unwrap()
}

#[test]
fn a_line_of_a_real_bill_comes_out_to_the_cent() {
    let oracle = oracle("uniswap-bill");
    let usage = usage(&[(Meter::Compute, compute_of(decimal(&oracle["parameters"]["gb_s"])))]);
    let bill = invoice(&usage, &tariff("aws-lambda", &Selection::of_functions(false, false)), &month()).unwrap();
    assert_eq!(bill.total().cents(), decimal(&oracle["expected"]["usd"]));
}

fn server_month(instance: &str, purchase: &str) -> Invoice {
    let selection = Selection::of_servers(instance, 1).with("purchase", Some(purchase));
    let usage = usage(&[(Meter::InstanceTime, 730 * 3_600_000)]);
    invoice(&usage, &tariff("aws-ec2", &selection), &month()).unwrap()
}

#[test]
fn a_server_costs_its_hourly_price_times_730() {
    assert_eq!(server_month("t3.micro", "on-demand").total().cents(), decimal(&oracle("ec2-730")["expected"]["usd"]));
}

#[test]
fn a_reserved_server_pays_off_where_the_ratio_of_prices_says() {
    let oracle = oracle("ri-breakeven");
    let on_demand = server_month("t3.medium", "on-demand").total().0;
    assert_eq!(on_demand, decimal(&oracle["parameters"]["on_demand"]) * Decimal::from(730));
    let mut selection = Selection::of_servers("t3.medium", 1).with("purchase", Some("reserved-1y-no-upfront"));
    let effective = Money(decimal(&oracle["parameters"]["reserved_effective"]));
    selection.price_override.insert("aws.ri.t3.medium.std_1y_no_upfront".to_owned(), effective);
    let usage = usage(&[(Meter::InstanceTime, 730 * 3_600_000)]);
    let reserved = invoice(&usage, &tariff("aws-ec2", &selection), &month()).unwrap().total().0;
    let expected = oracle["expected"]["breakeven_utilisation"].as_f64().unwrap();
    assert!((Money(reserved / on_demand).to_f64() - expected).abs() < 1e-12);
}

#[test]
fn a_function_that_is_always_busy_costs_what_a_published_comparison_says() {
    let oracle = oracle("cloudphilos");
    let requests = 2_628_000;
    let usage = usage(&[(Meter::Requests, requests), (Meter::Compute, requests * 1_000 * 3_538)]);
    let selection = Selection::of_functions(false, false).with("architecture", Some("arm64"));
    let bill = invoice(&usage, &tariff("aws-lambda", &selection), &month()).unwrap();
    let published = decimal(&oracle["expected"]["lambda_usd"]);
    assert!((bill.total().0 - published).abs() < published * "0.005".parse::<Decimal>().unwrap());
}

#[test]
fn the_fee_of_a_request_is_the_price_of_its_equivalent_in_time() {
    let tariff = tariff("aws-lambda", &Selection::of_functions(false, false));
    let price = |index: usize| tariff.prices[index].tiers[0].price.to_f64();
    let ms = price(0) / (price(1) * 128.0 / 1_024.0) * 1_000.0;
    let expected = oracle("eurosys26-fee-equivalent")["expected"]["ms"].as_f64().unwrap();
    assert!((ms / expected - 1.0).abs() < 1e-9);
}

#[test]
fn rounding_exponential_durations_up_costs_what_the_closed_form_says() {
    for oracle in data("costs.json")["oracles"].as_array().unwrap() {
        let Some(granularity) = oracle["parameters"]["granularity_s"].as_f64() else { continue };
        let mean = oracle["parameters"]["mean_s"].as_f64().unwrap();
        let increment = Span::from_seconds_f64(granularity);
        // One duration in the middle of each of a million equally likely intervals.
        let count = 1_000_000;
        let duration = |index: u64| -mean * (-(index as f64 + 0.5) / count as f64).ln_1p();
        let billed: u64 = (0..count).map(|i| Span::from_seconds_f64(duration(i)).increments(increment)).sum();
        let billed = billed as f64 * granularity / count as f64;
        let expected = oracle["expected"]["mean_billed_s"].as_f64().unwrap();
        assert!((billed / expected - 1.0).abs() < 2e-5, "{}: {billed} for {expected}", oracle["id"]);
    }
}

#[test]
fn every_price_is_the_published_figure() {
    let book = PriceBook::builtin();
    let facts = data("price-facts.json");
    let mut found = 0;
    let mut missing = Vec::new();
    for fact in facts["facts"].as_array().unwrap() {
        let id = fact["id"].as_str().unwrap();
        let Some((_, row, price)) = book.fact(id) else {
            missing.push(id);
            continue;
        };
        assert_eq!(price.0, decimal(&fact["price"]), "{id}");
        assert!(fact["region"].as_str().unwrap().starts_with(&row.region), "{id}");
        let tier = row.tiers.iter().find(|tier| tier.fact == id);
        let end = Some(&fact["tier_to"]).filter(|end| !end.is_null()).map(decimal);
        assert_eq!(tier.and_then(|tier| tier.up_to), end, "{id}");
        found += 1;
    }
    // Allowances are no prices; effective prices do not say what is paid when; spot is not built.
    let explained = |id: &&&str| !id.contains(".free.") && !id.contains("effective") && !id.contains("x2iedn");
    assert_eq!(missing.iter().filter(explained).count(), 0, "{missing:?}");
    assert_eq!(found, 109, "{missing:?}");
    for (id, fact) in [("aws.lambda.req", "aws.lambda.free.req"), ("aws.lambda.gbs.arm.t1", "aws.lambda.free.gbs")] {
        let published = facts["facts"].as_array().unwrap().iter().find(|entry| entry["id"] == fact).unwrap();
        let allowance = book.fact(id).unwrap().1.allowance.clone().unwrap();
        assert_eq!((allowance.quantity, allowance.fact.as_str()), (decimal(&published["price"]), fact));
    }
}

// --- tariffs -----------------------------------------------------------------------------------

#[track_caller]
fn check_refused(list: &str, selection: &Selection, message: &str, help: &str) {
    let error = PriceBook::builtin().list(list).unwrap().tariff(selection).unwrap_err();
    assert_eq!(error.to_string(), message);
    assert_eq!(error.help().unwrap_or_default(), help);
}

#[test]
fn a_price_that_no_list_has_is_an_error_that_names_the_nearest() {
    check_refused(
        "aws-ec2",
        &Selection::of_servers("t3.medum", 1),
        "price list `aws-ec2` has no price of instance-time for instance `t3.medum`, purchase `on-demand`, \
         region `us-east-1`",
        "the nearest is `aws.ec2.t3.medium` (t3.medium on demand, us-east-1, 0.0416 per hour); \
         supply it with price_override = { \"instance-time\" = \"$...\" }, the price of one hour",
    );
    check_refused(
        "aws-ec2",
        &Selection::of_servers("m5.large", 1).with("purchase", Some("reserved-3y-all-upfront")),
        "price list `aws-ec2` has no price of instance-time for instance `m5.large`, \
         purchase `reserved-3y-all-upfront`, region `us-east-1`",
        "the nearest is `aws.ri3yau.m5.large` (m5.large reserved 3 y, all upfront, us-east-2, 949 upfront); supply it with price_override = { \"upfront\" = \"$...\" }, the price of one instance",
    );
    check_refused(
        "aws-lambda",
        &Selection::of_functions(false, false).with("architecture", Some("arm")),
        "price list `aws-lambda` has no price of compute for architecture `arm`, region `us-east-1`",
        "the nearest is `aws.lambda.gbs.arm` (duration arm64, us-east-1, 0.0000133334 per GB-second); \
         supply it with price_override = { \"compute\" = \"$...\" }, the price of one GB-second",
    );
    check_refused(
        "aws-ec2",
        &Selection::of_servers("m5.large", 1).with("purchase", Some("reserved-1y-no-upfrnt")),
        "price list `aws-ec2` knows no purchase `reserved-1y-no-upfrnt`",
        "did you mean `reserved-1y-no-upfront`?",
    );
}

#[test]
fn an_upfront_part_that_nobody_published_is_not_guessed() {
    let selection = Selection::of_servers("t3.medium", 1).with("purchase", Some("reserved-1y-partial-upfront"));
    check_refused(
        "aws-ec2",
        &selection,
        "price list `aws-ec2` does not say what t3.medium reserved 1 y, partial upfront costs upfront",
        "supply it with price_override = { \"upfront\" = \"$...\" }, the price of one instance",
    );
    let mut given = selection;
    given.price_override.insert("upfront".to_owned(), money("109"));
    assert_eq!(tariff("aws-ec2", &given).prices[0].reserved.unwrap().upfront, money("109"));
}

#[test]
fn an_override_replaces_a_price_and_a_misspelt_one_is_refused() {
    let mut selection = Selection::of_servers("z9.huge", 2);
    selection.price_override.insert("instance-time".to_owned(), money("9.5"));
    let price = tariff("aws-ec2", &selection).prices.remove(0);
    assert_eq!((price.tiers[0].price, price.source.as_str()), (money("9.5"), "price_override"));

    let mut selection = Selection::of_functions(false, false);
    selection.price_override.insert("aws.lambda.gbs.x86.t2".to_owned(), money("0.00001"));
    let tiers = tariff("aws-lambda", &selection).prices[1].tiers.clone();
    let prices: Vec<_> = tiers.iter().map(|tier| tier.price).collect();
    assert_eq!(prices, [money("0.0000166667"), money("0.00001"), money("0.0000133334")]);

    selection.price_override = BTreeMap::from([("comput".to_owned(), money("1"))]);
    check_refused(
        "aws-lambda",
        &selection,
        "price_override of `comput` replaces nothing in price list `aws-lambda`",
        "did you mean `compute`?",
    );
    selection.price_override = BTreeMap::from([("compute".to_owned(), money("79228162514264337593543950335"))]);
    assert!(PriceBook::builtin().list("aws-lambda").unwrap().tariff(&selection).is_err());
}

#[test]
fn every_instance_type_with_a_price_has_cores_and_memory() {
    let book = PriceBook::builtin();
    let list = book.list("aws-ec2").unwrap();
    assert_eq!(list.machines.len(), 320);
    let medium = list.machine("t3.medium").unwrap();
    assert_eq!((medium.vcpu, medium.memory.mib()), (2, 4_096));
    assert!(list.machines.iter().all(|machine| machine.vcpu > 0 && machine.memory.mib() > 0));
    let error = list.machine("t3.medum").unwrap_err();
    assert_eq!(error.help().as_deref(), Some("did you mean `t3.medium`?"));
}

#[test]
fn a_scaled_list_scales_every_bill() {
    let book = PriceBook::builtin();
    let list = book.list("aws-lambda").unwrap();
    let selection = Selection::of_functions(false, false);
    let usage = usage(&[(Meter::Requests, 7_000_000), (Meter::Compute, 7_000_000_000_u128 * 1_024_000)]);
    let bill = |list: &breakeven::billing::PriceList| {
        invoice(&usage, &list.tariff(&selection).unwrap(), &month()).unwrap().total().0
    };
    let half = list.scaled("0.5".parse().unwrap()).unwrap();
    assert_eq!(bill(&half) * Decimal::TWO, bill(list));
    assert!(list.scaled("-1".parse().unwrap()).is_err());
}

// --- reserved capacity -------------------------------------------------------------------------

#[test]
fn upfront_money_is_spread_evenly_over_the_term_and_shown_as_cash() {
    let attributes = |selection: Selection| selection.with("region", Some("us-east-2"));
    let selection = attributes(Selection::of_servers("m5.large", 3)).with("purchase", Some("reserved-3y-all-upfront"));
    let calendar = Calendar::new(breakeven::units::date("2026-01-31").unwrap());
    let window = Window::new(calendar, Span::from_secs(86_400 * 219));
    let usage = usage(&[(Meter::InstanceTime, 3 * 219 * 86_400_000)]);
    let bill = invoice(&usage, &tariff("aws-ec2", &selection), &window).unwrap();
    // 949 dollars each; 219 days are a fifth of 1,095.
    assert_eq!(bill.upfront, money("2847"));
    assert_eq!(bill.total().0.round_dp(9), money("569.4").0);
    let months: Vec<_> = bill.lines.iter().filter(|line| line.item.contains("upfront share")).collect();
    assert_eq!(months.len(), 9, "from January to September");
    assert_eq!(months[0].month, Some(JANUARY));
    assert_eq!(bill.merged().len(), 2, "hours and upfront share");
}

// --- laws --------------------------------------------------------------------------------------

const LAST_TIER: u64 = 4_000;

/// Tiers at 1,000 and 4,000 units of seven base units, falling prices.
fn tiered(allowance: u64) -> Tariff {
    let tier = |up_to: Option<u64>, price| Tier { up_to: up_to.map(Decimal::from), price: money(price) };
    let price = MeterPrice {
        meter: Meter::Compute,
        service: "S".into(),
        item: "compute".into(),
        unit: "unit".into(),
        base_per_unit: 7,
        tiers: vec![tier(Some(1_000), "0.0000166667"), tier(Some(LAST_TIER), "0.000015"), tier(None, "0.0000133334")],
        allowance: Decimal::from(allowance),
        reserved: None,
        source: String::new(),
        as_of: String::new(),
    };
    Tariff { provider: "P".into(), currency: Currency::Usd, prices: vec![price], free_tier: allowance > 0 }
}

fn flat() -> Tariff {
    let mut tariff = tiered(0);
    tariff.prices[0].tiers.drain(1..);
    tariff.prices[0].tiers[0].up_to = None;
    tariff
}

fn total(tariff: &Tariff, quantities: &[u64]) -> Decimal {
    let slices: Vec<_> = quantities.iter().map(|&quantity| (Meter::Compute, u128::from(quantity))).collect();
    invoice(&usage(&slices), tariff, &month()).unwrap().total().0
}

/// A half of the last decimal, for each line.
fn rounding(lines: usize) -> Decimal {
    Decimal::new(5 * i64::try_from(lines).unwrap(), 13)
}

proptest! {
    #[test]
    fn a_month_in_slices_costs_as_much_as_in_one(slices in prop::collection::vec(0_u64..1_000_000_000, 1..20)) {
        let whole = total(&flat(), &[slices.iter().sum()]);
        prop_assert_eq!(total(&flat(), &slices), whole, "merged before pricing: exactly");
        let apart: Decimal = slices.iter().map(|&slice| total(&flat(), &[slice])).sum();
        prop_assert!((apart - whole).abs() <= rounding(slices.len() + 1), "priced apart: but for the last decimal");
    }

    #[test]
    fn without_tiers_a_bill_is_linear(quantity in 0_u64..1_000_000_000, factor in 1_u64..1_000) {
        let scaled = total(&flat(), &[quantity]) * Decimal::from(factor);
        let difference = (total(&flat(), &[quantity * factor]) - scaled).abs();
        prop_assert!(difference <= rounding(usize::try_from(factor).unwrap() + 1));
    }

    #[test]
    fn tiers_are_continuous_and_rising(quantity in 0_u64..60_000) {
        let step = total(&tiered(0), &[quantity + 1]) - total(&tiered(0), &[quantity]);
        let dearest = money("0.0000166667").0 / Decimal::from(7);
        let cheapest = money("0.0000133334").0 / Decimal::from(7);
        prop_assert!(step <= dearest + rounding(4) && step >= cheapest - rounding(4));
    }

    #[test]
    fn an_allowance_saves_no_more_than_its_worth_and_is_never_paid_out(quantity in 0_u64..60_000, free in 1_u64..2_000) {
        let with = invoice(&usage(&[(Meter::Compute, quantity.into())]), &tiered(free), &month()).unwrap();
        let saved = total(&tiered(0), &[quantity]) - with.total().0;
        prop_assert!(with.lines.iter().all(|line| line.amount >= Money::ZERO && line.quantity > Decimal::ZERO));
        prop_assert!(saved >= -rounding(8) && saved <= Decimal::from(free) * money("0.0000166667").0 + rounding(8));
        let units: Decimal = with.lines.iter().map(|line| line.quantity).sum();
        prop_assert!((units - Decimal::from(quantity) / Decimal::from(7)).abs() <= rounding(8), "nothing gets lost");
    }

    #[test]
    fn invoices_merge_in_any_order(quantities in prop::collection::vec((0_i32..3, 0_u64..60_000), 1..10)) {
        let bill = |&(month, quantity): &(i32, u64)| {
            let mut usage = Usage::default();
            usage.add(MonthId(month), Meter::Compute, quantity.into());
            invoice(&usage, &tiered(100), &Window::standard_month(JANUARY)).unwrap().lines
        };
        let forwards = combine(quantities.iter().flat_map(bill));
        let backwards = combine(quantities.iter().rev().flat_map(bill));
        prop_assert_eq!(forwards, backwards);
    }

    #[test]
    fn a_month_of_usage_is_what_the_window_is_scaled_by(quantity in 0_u64..u64::MAX, hours in 1_u64..100_000) {
        let usage = usage(&[(Meter::Requests, quantity.into())]);
        let month = monthly(&usage, Span::from_secs(hours * 3_600)).unwrap().total(Meter::Requests);
        let exact = u128::from(quantity) * 730;
        prop_assert!(month * u128::from(hours) <= exact + u128::from(hours) / 2);
        prop_assert!((month + 1) * u128::from(hours) > exact + u128::from(hours) / 2);
    }
}

#[test]
fn allowances_and_tiers_begin_again_every_month() {
    let mut usage = Usage::default();
    usage.add(JANUARY, Meter::Requests, 1_500_000);
    usage.add(MonthId(JANUARY.0 + 1), Meter::Requests, 1_500_000);
    let mut selection = Selection::of_functions(false, false);
    selection.free_tier = true;
    let bill = invoice(&usage, &tariff("aws-lambda", &selection), &month()).unwrap();
    assert_eq!(bill.total(), money("0.2"));
    let merged: Vec<_> = bill.merged().into_iter().map(|line| (line.tier, line.quantity, line.amount)).collect();
    let expected = [(Some("free".to_owned()), "2000000", "0"), (None, "1000000", "0.2")];
    assert_eq!(merged, expected.map(|(tier, quantity, amount)| (tier, quantity.parse().unwrap(), money(amount))));
}

#[test]
fn usage_without_a_price_is_an_error() {
    let error = invoice(&usage(&[(Meter::Requests, 1)]), &flat(), &month()).unwrap_err();
    assert_eq!(error.to_string(), "requests was used, but the tariff of P has no price of it");
    let absurd = usage(&[(Meter::Compute, u128::MAX)]);
    assert!(invoice(&absurd, &flat(), &month()).unwrap_err().to_string().contains("too large to be priced"));
}

// --- what users see -----------------------------------------------------------------------------

type Printed = (Result<Outcome, Failure>, String);

fn printed(command: impl FnOnce(&PriceBook, &mut Vec<u8>) -> Result<Outcome, Failure>) -> Printed {
    let mut out = Vec::new();
    let result = command(&PriceBook::builtin(), &mut out);
    (result, String::from_utf8(out).unwrap())
}

#[test]
fn what_is_printed_fits_80_columns() {
    let usage = ["requests=5M", "compute=7e9", "pcdur.arm=12345.678", "stream=1k", "tenant.x86=1"].map(str::to_owned);
    let outputs = [
        printed(|book, out| prices::list(book, Format::Text, out)),
        printed(|book, out| prices::show(book, "aws-lambda", None, Format::Text, out)),
        printed(|book, out| prices::show(book, "aws-ec2", None, Format::Text, out)),
        printed(|book, out| prices::verify(book, None, Format::Text, out)),
        printed(|book, out| prices::quote(book, "aws-lambda", &usage, true, Format::Text, out)),
    ];
    for (result, text) in outputs {
        assert_eq!(result.unwrap(), Outcome::Done);
        for line in text.lines() {
            assert!(line.chars().count() <= 80 || !line.trim_start().contains(' '), "{line}");
        }
    }
}

#[test]
fn json_holds_every_digit_and_nothing_else() {
    let usage = ["compute=600000.5".to_owned()];
    let (_, text) = printed(|book, out| prices::quote(book, "aws-lambda", &usage, false, Format::Json, out));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["items"][0]["price"].to_string(), "0.0000166667");
    assert_eq!(value["total"].to_string(), "10.00002833335");
    let (_, text) = printed(|book, out| prices::show(book, "aws-ec2", Some("t3.medium"), Format::Json, out));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value["prices"].as_array().unwrap().len(), 10);
    assert_eq!(value["prices"][0]["tiers"][0]["source"]["confidence"], "price-api");
    let (_, text) = printed(|book, out| prices::verify(book, None, Format::Json, out));
    let value: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((&value["exact"], &value["explained"], &value["mismatched"]), (&28.into(), &1.into(), &0.into()));
}

#[test]
fn verify_tells_a_mismatch_from_a_file_that_cannot_be_read() {
    let folder = tempfile::tempdir().unwrap();
    let verify = |text: &str| {
        let path = folder.path().join("bills.json");
        std::fs::write(&path, text).unwrap();
        printed(|book, out| prices::verify(book, Some(&path), Format::Text, out)).0
    };
    assert_eq!(verify(&bill("0.20", "exact", "n")).unwrap(), Outcome::Done);
    assert_eq!(verify(&bill("0.21", "exact", "n")).unwrap(), Outcome::Mismatch);
    let truncated = bill("0.20", "exact", "n");
    for wrong in ["", "[]", "{\"examples\": []}", &truncated[..truncated.len() / 2], &bill("0.20", "exact", "n*")] {
        assert!(matches!(verify(wrong), Err(Failure::Input(_))), "{wrong}");
    }
    let missing = folder.path().join("nowhere.json");
    for path in [missing.as_path(), folder.path()] {
        let (result, text) = printed(|book, out| prices::verify(book, Some(path), Format::Text, out));
        assert!(matches!(result, Err(Failure::Input(_))) && text.is_empty(), "{}", path.display());
    }
}

#[test]
fn the_whole_collection_of_worked_bills_has_no_mismatch() {
    let shared = std::env::var("BREAKEVEN_SHARED")
        .map_or_else(|_| std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared"), std::path::PathBuf::from);
    let file = shared.join("facts/prices/worked-bills.json");
    if !file.exists() {
        println!("skipped: {} is not there", file.display());
        return;
    }
    let (result, text) = printed(|book, out| prices::verify(book, Some(&file), Format::Text, out));
    assert_eq!(result.unwrap(), Outcome::Done, "{text}");
}
