//! Published bills, prices and closed forms.

use super::*;

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
            missing.push(fact);
            continue;
        };
        let published = decimal(&fact["price"]);
        // The table of machines has more digits than the collected figure, which is rounded, a half either way.
        let off = (price.0 - published).abs() * Decimal::TWO;
        let rounded = id.starts_with("gcp.vm.") && off <= Decimal::new(1, published.scale());
        assert!(price.0 == published || rounded, "{id}: {price:?} for {published}");
        assert!(row.region == "global" || fact["region"].as_str().unwrap().starts_with(&row.region), "{id}");
        let tier = row.tiers.iter().find(|tier| tier.fact == id);
        let end = Some(&fact["tier_to"]).filter(|end| !end.is_null()).map(decimal);
        // These ends count the IOPS of one volume, not those of a month.
        let of_one_volume = id.starts_with("aws.ebs.io2.t");
        assert!(of_one_volume || tier.and_then(|tier| tier.up_to) == end, "{id}");
        found += 1;
    }
    // Allowances and shares are no prices; effective prices do not say what is paid when.
    let explained = |fact: &&&Value| {
        let id = fact["id"].as_str().unwrap();
        fact["kind"] == "quantity" || id.contains("effective") || id.contains("x2iedn")
    };
    assert_eq!(missing.iter().filter(|fact| !explained(fact)).count(), 0, "{missing:?}");
    assert_eq!(found, 257, "{missing:?}");
    for (id, fact) in [
        ("aws.lambda.req", "aws.lambda.free.req"),
        ("aws.lambda.gbs.arm.t1", "aws.lambda.free.gbs"),
        ("aws.dto.t1", "aws.dto.free"),
    ] {
        let published = facts["facts"].as_array().unwrap().iter().find(|entry| entry["id"] == fact).unwrap();
        let allowance = book.fact(id).unwrap().1.allowance.clone().unwrap();
        assert_eq!((allowance.quantity, allowance.fact.as_str()), (decimal(&published["price"]), fact));
    }
    for id in ["gcp.sud.n1", "gcp.sud.n2"] {
        let published = facts["facts"].as_array().unwrap().iter().find(|entry| entry["id"] == id).unwrap();
        assert_eq!(book.list("gcp-compute").unwrap().rule(id).unwrap().value, published["price"].as_str().unwrap());
    }
}
