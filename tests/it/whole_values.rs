//! Values that must be whole, sizes and counts: what they are rounded to, and how often each is drawn.

use std::collections::BTreeMap;
use std::path::Path;

use breakeven::scenario::vary::{Levels, Quantity};
use breakeven::scenario::{Base, Overrides};
use breakeven::units::Size;

use super::small::{SCENARIO, folder, json};

fn base(scenario: &str) -> Base {
    Base::of_text("small.toml", scenario.to_owned(), Path::new("."), &Overrides::default()).unwrap()
}

/// The functions of the small scenario with this memory.
fn with_memory(memory: &str) -> Base {
    base(&SCENARIO.replace("memory = \"1024MB\"", &format!("memory = \"{memory}\"")))
}

/// What is compiled of the functions, at the only value of an axis.
fn compiled(base: &Base, vary: &str) -> String {
    let axis = base.axis(vary).unwrap();
    let level = axis.levels.list().unwrap().remove(0);
    format!("{:?}", base.varied(&[axis.at(level)], "").unwrap().deployments[0].model)
}

fn labels(levels: &Levels) -> Vec<String> {
    levels.list().unwrap().into_iter().map(|level| level.label).collect()
}

fn sizes(spec: &str) -> Vec<String> {
    labels(&base(SCENARIO).values_of(Quantity::Size, "--values", spec).unwrap())
}

#[test]
fn a_factor_scales_a_size_by_whole_megabytes_whatever_unit_it_is_written_in() {
    let memory = |value: &str| compiled(&with_memory("1024MB"), &format!("deployments.lambda.memory={value}"));
    let cases = [
        ("1.5GB", "x1", "1536MB"),
        ("1GB", "x0.5", "512MB"),
        ("1GB", "x1.4", "1434MB"),
        ("1024MB", "x1.4", "1434MB"),
        ("1GB", "x1.6", "1638MB"),
        ("1.5GB", "x0.5", "768MB"),
        ("1GB", "x2", "2GB"),
    ];
    for (stated, factor, scaled) in cases {
        let found = compiled(&with_memory(stated), &format!("deployments.lambda.memory={factor}"));
        assert_eq!(found, memory(scaled), "{stated} {factor} is not {scaled}");
    }
}

#[test]
fn a_factor_of_one_changes_nothing_at_all() {
    for (path, old, new) in [
        (
            "deployments.lambda.ephemeral_storage",
            "memory = \"1024MB\"",
            "memory = \"1GB\"\nephemeral_storage = \"1.3GB\"",
        ),
        ("functions.api.memory", "memory = \"256MB\"", "memory = \"100001B\""),
        ("functions.api.init", "init = \"300ms\"", "init = \"300.123456789ms\""),
    ] {
        let scenario = SCENARIO.replace(old, new);
        let base = base(&scenario);
        let as_it_stands = format!("{:?}", base.plan().unwrap().deployments[0].model);
        assert_eq!(compiled(&base, &format!("{path}=x1")), as_it_stands, "{path}");
    }
}

#[test]
fn a_range_in_gigabytes_has_the_levels_of_the_same_range_in_megabytes() {
    let bytes = |spec: &str| -> Vec<Size> { sizes(spec).iter().map(|size| size.parse().unwrap()).collect() };
    for (giga, mega, count) in [
        ("1GB..2GB:lin:5", "1024MB..2048MB:lin:5", 5),
        ("1GB..4GB:0.5GB", "1024MB..4096MB:512MB", 7),
        ("1GB..4GB:128MB", "1024MB..4096MB:128MB", 25),
        ("0.5GB..10GB:log:9", "512MB..10240MB:log:9", 9),
        ("0.001TB..0.002TB:lin:3", "1048.576MB..2097.152MB:lin:3", 3),
    ] {
        assert_eq!(bytes(giga), bytes(mega), "{giga}");
        assert_eq!(bytes(giga).len(), count, "{giga}");
    }
    assert_eq!(sizes("1GB..2GB:lin:5"), ["1GB", "1.25GB", "1.5GB", "1.75GB", "2GB"]);
    assert_eq!(sizes("1GB..2GB:lin:9")[1], "1152MB", "not 1.125GB: two decimals at most");
}

#[test]
fn small_sizes_keep_their_kilobytes_and_bytes() {
    assert_eq!(sizes("0.5MB..1MB:0.25MB"), ["0.5MB", "0.75MB", "1MB"]);
    assert_eq!(sizes("1MB..2MB:lin:5"), ["1MB", "1.25MB", "1.5MB", "1.75MB", "2MB"]);
    assert_eq!(sizes("1KB..2KB:lin:5"), ["1KB", "1.25KB", "1.5KB", "1.75KB", "2KB"]);
    assert_eq!(sizes("10B..14B:lin:5"), ["10B", "11B", "12B", "13B", "14B"]);
    assert_eq!(sizes("64MB..66MB:lin:9"), ["64MB", "65MB", "66MB"], "memory is sold by the megabyte");
    assert_eq!(sizes("100.5MB..101MB:lin:2"), ["100.5MB", "101MB"], "as it was written");
}

#[test]
fn thirty_two_steps_of_a_range_in_gigabytes_are_searched() {
    let folder = folder();
    let vary = ["--vary", "deployments.lambda.memory=1GB..2GB", "--deployments", "lambda"];
    let fast = ["--budget", "2", "--max-replications", "3", "--set", "scenario.duration=2min", "--no-report"];
    let answer = json(folder.path(), &[&["optimize", "small.toml", "--out", "s"], &vary[..], &fast[..]].concat());
    assert_eq!(answer["space"], 33.0);
}

/// How often each value is drawn by 600 equal shares.
fn drawn(levels: impl Fn(f64) -> String) -> BTreeMap<String, u32> {
    let mut count = BTreeMap::new();
    for draw in 0..600 {
        *count.entry(levels((f64::from(draw) + 0.5) / 600.0)).or_default() += 1;
    }
    count
}

fn counts(expected: &[(&str, u32)]) -> BTreeMap<String, u32> {
    expected.iter().map(|(label, count)| ((*label).to_owned(), *count)).collect()
}

#[test]
fn whole_numbers_of_a_range_are_equally_likely() {
    let uncertain = |range: &str| {
        let section = format!("\n[uncertainty]\n\"deployments.servers.count\" = \"{range}\"\n");
        let input = base(&format!("{SCENARIO}{section}")).uncertain().unwrap().remove(0);
        drawn(|share| input.at(share).level.label)
    };
    assert_eq!(uncertain("1..3"), counts(&[("1", 200), ("2", 200), ("3", 200)]));
    assert_eq!(uncertain("2..7").values().collect::<Vec<_>>(), [&100; 6]);
    assert_eq!(uncertain("1..10").values().collect::<Vec<_>>(), [&60; 10], "however far the ends are apart");
    assert!(uncertain("1..10:log")["1"] > 3 * 60, "by ratios where it is asked for");
    let varied = |axis: &str| {
        let axis = base(SCENARIO).axis(axis).unwrap();
        drawn(|share| axis.levels.at(share).label)
    };
    assert_eq!(varied("deployments.servers.count=1..3"), counts(&[("1", 200), ("2", 200), ("3", 200)]));
    let memory = varied("deployments.lambda.memory=128MB..130MB");
    assert_eq!(memory, counts(&[("128MB", 200), ("129MB", 200), ("130MB", 200)]));
}

/// By ratios, a whole number k has the share of ln(k - 1/2) to ln(k + 1/2).
#[test]
fn whole_numbers_of_a_wide_range_are_drawn_by_ratios() {
    let axis = base(SCENARIO).axis("deployments.servers.count=1..5").unwrap();
    let drawn = drawn(|share| axis.levels.at(share).label);
    for (label, count) in drawn {
        let k: f64 = label.parse().unwrap();
        let expected = 600.0 * ((k + 0.5) / (k - 0.5)).ln() / (5.5_f64 / 0.5).ln();
        assert!((f64::from(count) - expected).abs() <= 1.0, "{label}: {count}, expected {expected}");
    }
}

#[test]
fn the_ends_of_a_range_are_drawn_at_its_ends_and_numbers_between_are_as_before() {
    let at = |axis: &str, share: f64| base(SCENARIO).axis(axis).unwrap().levels.at(share).label;
    for (axis, low, high) in [
        ("deployments.servers.count=0..2", "0", "2"),
        ("deployments.lambda.memory=1GB..3GB", "1GB", "3GB"),
        ("functions.api.init=100ms..200ms", "100ms", "200ms"),
        ("demand=x1..x2", "x1", "x2"),
    ] {
        assert_eq!((at(axis, 0.0).as_str(), at(axis, 1.0).as_str()), (low, high), "{axis}");
    }
    assert_eq!(at("functions.api.init=100ms..200ms", 0.25), "125ms");
    assert_eq!(at("demand=x1..x2", 0.25), "x1.25");
}
