//! Bills that providers publish, recomputed.

use super::*;

#[test]
fn every_worked_bill_comes_out_as_its_publisher_printed_it() {
    let checks = verify(&PriceBook::builtin(), &Bills::builtin()).unwrap();
    assert_eq!(checks.len(), 81);
    for check in &checks {
        // One page rounds up, the other prices an example in a region that it does not name.
        let slip = ["aws-lambda-tenant-isolation", "aws-ebs-gp3"].contains(&check.id.as_str());
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
    assert_eq!(metered("aws-fargate-1"), ["vCPU", "memory", "ephemeral storage"]);
    assert_eq!(metered("ic-dto"), ["first 10 TB", "next 40 TB", "next 100 TB"]);
    assert_eq!(metered("ic-alb"), ["hours", "LCU"]);
    assert_eq!(metered("aws-t2-surplus-bill"), ["charge"]);
    assert_eq!(metered("aws-ebs-archive"), ["archive a month", "15-day temporary restore", "early-delete remainder"]);
}

/// A bill of one line: a million requests, printed as `printed`.
pub fn bill(printed: &str, status: &str, formula: &str) -> String {
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

/// Half of the allowance of today: a bill of older rules is judged by its formulas alone.
#[test]
fn a_bill_of_older_rules_is_not_held_against_the_rules_of_today() {
    let text =
        bill("0.10", "exact", "n-free_req").replace("{\"n\": 1000000}", "{\"n\": 1000000, \"free_req\": 500000}");
    check_verdict(&text, "Mismatch");
    check_verdict(&text.replace("\"provider\"", "\"oracle_use\": \"historic\", \"provider\""), "Exact");
}

/// Milliseconds such as `1293.83` as a span.
fn span(ms: &str) -> Span {
    format!("{ms}ms").parse().unwrap()
}

#[test]
fn logged_durations_are_billed_as_the_log_says() {
    let bills = Bills::builtin();
    let of = |prefix: &str| bills.examples.iter().filter(|bill| bill.id.starts_with(prefix)).collect::<Vec<_>>();
    let mut checked = 0;
    for bill in of("aws-lambda-init-billed-") {
        let billed = span(&bill.inputs["init_ms"]).saturating_add(span(&bill.inputs["duration_ms"]));
        assert_eq!(Decimal::from(billed.increments(Span::MILLISECOND)), bill.lines[0].expected, "{}", bill.id);
        checked += 1;
    }
    for (prefix, increment) in [("aws-lambda-report-1ms", 1), ("aws-lambda-report-100ms", 100)] {
        for line in of(prefix).iter().flat_map(|bill| &bill.lines) {
            let increments = span(line.item.trim_end_matches(" ms")).increments(Span::from_ms(increment));
            assert_eq!(Decimal::from(increments * increment), line.expected, "{}", line.item);
            checked += 1;
        }
    }
    assert_eq!(checked, 18);
}
