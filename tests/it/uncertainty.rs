//! Bills under what is not known: against distributions that are known.

use serde_json::Value;

use super::small::{SCENARIO, fails, fits, folder, folder_with, json, stdout};

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn with(section: &str) -> tempfile::TempDir {
    folder_with(&format!("{SCENARIO}\n[uncertainty]\n{section}"))
}

/// The bill of functions is proportional to its prices: its quantiles are those of the factor.
#[test]
fn quantiles_of_a_proportional_bill_are_those_of_its_factor() {
    let folder = with("\"prices.aws-lambda\" = \"x1..x3\"\n");
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "400", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let base = number(&run["deployments"][0]["cost"]["per_month"]);
    let lambda = &answer["deployments"][0];
    for (place, share) in [0.025, 0.05, 0.25, 0.5, 0.75, 0.95, 0.975].into_iter().enumerate() {
        let factor = number(&lambda["quantiles"][place]) / base;
        // A Latin hypercube of 400 has one draw in each 400th.
        assert!((factor - (1.0 + 2.0 * share)).abs() < 0.006, "{share}: {factor}");
    }
    assert!((number(&lambda["mean"]) / base - 2.0).abs() < 1e-3);
    assert_eq!(
        answer["deployments"][1]["quantiles"][1], answer["deployments"][1]["quantiles"][5],
        "servers are as dear as before"
    );
}

/// Functions cost more than servers where the factor exceeds the ratio of the bills: uniform on [1, 3.9], so the probability is
/// known; beyond doubt where it exceeds that of either end of the interval of their bill.
#[test]
fn the_probability_of_being_cheaper_is_that_of_the_factor() {
    let folder = with("\"prices.aws-lambda\" = \"x1..x3.9\"\n");
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "1000", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let servers = number(&run["deployments"][1]["cost"]["per_month"]);
    let [low, high] = [0, 1].map(|end| number(&run["deployments"][0]["cost"]["ci95"][end]));
    let [dearer, cheaper] = [(3.9 - servers / low) / 2.9, (servers / high - 1.0) / 2.9];
    let pair = &answer["pairs"][0];
    assert_eq!((&pair["a"], &pair["b"]), (&"lambda".into(), &"servers".into()));
    let [a, b, undecided] = ["a_is_cheaper", "b_is_cheaper", "undecided"].map(|key| number(&pair[key]));
    assert!((b - dearer).abs() < 0.002 && (a - cheaper).abs() < 0.002, "{pair}: {cheaper}, {dearer}");
    assert!(undecided > 0.0 && (a + b + undecided - 1.0).abs() < 1e-12, "{pair}");
    assert!(number(&pair["b_ci95"][0]) < b && b < number(&pair["b_ci95"][1]), "{pair}");
    for (place, share) in [a, b].into_iter().enumerate() {
        let one = &answer["deployments"][place];
        assert!((number(&one["cheapest"]) - share).abs() < 1e-12, "both meet the objectives in every draw: {one}");
        assert_eq!(one["undecided"], pair["undecided"]);
    }
    assert_eq!(answer["undecided"], pair["undecided"]);
}

/// The servers once more, under another name.
fn with_twin(section: &str) -> tempfile::TempDir {
    let (rest, servers) = SCENARIO.split_once("[deployments.servers]").unwrap();
    let (head, _) = rest.split_once("[deployments.lambda]").unwrap();
    folder_with(&format!("{head}[deployments.servers]{servers}[deployments.twin]{servers}\n[uncertainty]\n{section}"))
}

#[test]
fn of_two_that_are_the_same_neither_is_called_cheaper() {
    for replications in ["1", "3"] {
        let folder = with_twin("\"prices.aws-ec2\" = \"x0.8..x1.2\"\n");
        let arguments = ["uncertainty", "small.toml", "--draws", "20", "--replications", replications, "--out", "u"];
        let text = stdout(folder.path(), &arguments).replace('\n', " ");
        assert!(text.contains("servers costs as much as twin") && !text.contains("100 %)"), "{text}");
        let answer = std::fs::read_to_string(folder.path().join("u/results.json")).unwrap();
        let answer: Value = serde_json::from_str(&answer).unwrap();
        let pair = &answer["pairs"][0];
        assert_eq!(
            [number(&pair["a_is_cheaper"]), number(&pair["b_is_cheaper"]), number(&pair["tied"])],
            [0.0, 0.0, 1.0]
        );
        for one in answer["deployments"].as_array().unwrap() {
            assert_eq!((number(&one["cheapest"]), number(&one["tied"])), (0.0, 1.0));
        }
        assert_eq!(number(&answer["undecided"]), 1.0);
    }
}

/// Batches of one are no batches: in a fifth of the draws both cost the same, which one replication sees as well.
#[test]
fn with_one_replication_ties_are_told_too() {
    let functions = "platform = \"aws-lambda\"\nmemory = \"1024MB\"\n";
    let (head, _) = SCENARIO.split_once("[deployments.lambda]").unwrap();
    let head = head.replace("p99 = \"400ms\"", "p99 = \"9s\"").replace("duration = \"20min\"", "duration = \"2min\"");
    let batch = "batch = { size = 5, window = \"1s\", once = \"10ms\" }\n";
    let section = "[uncertainty]\n\"deployments.batched.batch.size\" = \"1..5\"\n";
    let folder = folder_with(&format!(
        "{head}[deployments.plain]\n{functions}[deployments.batched]\n{functions}{batch}{section}"
    ));
    let arguments = ["uncertainty", "small.toml", "--draws", "20", "--replications", "1", "--no-report", "--out", "u"];
    let text = stdout(folder.path(), &arguments);
    fits(&text);
    let text = text.replace('\n', " ");
    assert!(text.contains("In 20 % of the draws the cheapest costs the same as another."), "{text}");
    assert!(text.contains("or tied"), "{text}");
    let answer = json(folder.path(), &arguments);
    for one in answer["deployments"].as_array().unwrap() {
        assert_eq!((number(&one["tied"]), &one["undecided"]), (0.2, &Value::Null), "{one}");
    }
}

/// Functions that keep their instances for 10 s and for 11 s: the bills differ by a thousandth, which is chance as well.
fn with_near_twins() -> tempfile::TempDir {
    let functions = |name: &str, idle: u32| {
        format!(
            "[deployments.{name}]\nplatform = \"aws-lambda\"\nmemory = \"1024MB\"\n\
             cold_duration = {{ dist = \"lognormal\", median = \"40ms\", p99 = \"200ms\" }}\n\
             keep_alive = {{ policy = \"fixed\", idle = \"{idle}s\" }}\n"
        )
    };
    let (head, _) = SCENARIO.split_once("[deployments.lambda]").unwrap();
    let head = head.replace("p99 = \"400ms\" }", "p99 = \"4s\" }");
    let section = "[uncertainty]\n\"prices.aws-lambda\" = \"x0.8..x1.2\"\n";
    folder_with(&format!("{head}{}{}{section}", functions("lambda", 10), functions("other", 11)))
}

#[test]
fn what_the_noise_may_explain_is_undecided_and_unknown_with_one_replication() {
    let answer = |replications: &str| {
        let folder = with_near_twins();
        let chance = ["--seed", "2", "--replications", replications, "--no-report"];
        let arguments = [&["uncertainty", "small.toml", "--draws", "20", "--out", "u"], &chance[..]].concat();
        let text = stdout(folder.path(), &arguments).replace('\n', " ");
        let answer = std::fs::read_to_string(folder.path().join("u/results.json")).unwrap();
        (serde_json::from_str::<Value>(&answer).unwrap(), text)
    };
    let (many, text) = answer("4");
    assert_eq!(number(&many["pairs"][0]["undecided"]), 1.0, "{}", many["pairs"][0]);
    assert!(text.contains("cannot be told from") && text.contains("not beyond doubt"), "{text}");
    let (one, text) = answer("1");
    assert_eq!(one["pairs"][0]["undecided"], Value::Null);
    assert!(text.contains("With one replication it is not known what chance decides. Chance is no part"), "{text}");
}

/// Of two draws that say the same, the interval begins at 2 / (2 + 1.96^2).
#[test]
fn a_share_of_all_draws_is_no_certainty() {
    let folder = with("\"prices.aws-lambda\" = \"x10..x11\"\n");
    let answer = json(folder.path(), &["uncertainty", "small.toml", "--draws", "2", "--no-report", "--out", "u"]);
    let servers = &answer["deployments"][1];
    assert_eq!(number(&servers["cheapest"]), 1.0);
    assert!((number(&servers["cheapest_ci95"][0]) - 2.0 / (2.0 + 1.96_f64.powi(2))).abs() < 1e-4, "{servers}");
    let text = stdout(folder.path(), &["uncertainty", "small.toml", "--draws", "2", "--no-report", "--out", "v"]);
    assert!(text.replace('\n', " ").contains("34.2"), "{text}");
}

/// A triangle from 1 to 2 with its mode at 1: its median is 2 - sqrt(1/2), its tenths 2 - sqrt(0.9) and 2 - sqrt(0.1).
#[test]
fn a_tornado_has_the_tenths_of_each_input_and_the_widest_first() {
    let folder = with(
        "\"prices.aws-lambda\" = { low = \"x1\", likely = \"x1\", high = \"x2\" }\n\"prices.aws-ec2\" = \"x0.9..x1.1\"\n",
    );
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "50", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let tornado = answer["tornado"].as_array().unwrap();
    assert_eq!(tornado.len(), 4, "two inputs for each of two deployments");
    let check = |place: usize, path: &str, base: f64, factors: [f64; 2]| {
        assert_eq!(tornado[place]["path"], path);
        for (end, factor) in factors.into_iter().enumerate() {
            let swung = number(&tornado[place]["cost_per_month"][end]);
            assert!((swung / base - factor).abs() < 1e-4, "{path}: {swung} is not {factor} times {base}");
        }
    };
    check(0, "prices.aws-lambda", cost(0), [2.0 - 0.9_f64.sqrt(), 2.0 - 0.1_f64.sqrt()]);
    check(1, "prices.aws-ec2", cost(0), [2.0 - 0.5_f64.sqrt(); 2]);
    check(2, "prices.aws-ec2", cost(1), [0.92, 1.08]);
    check(3, "prices.aws-lambda", cost(1), [1.0, 1.0]);
}

/// Functions take the whole factor and servers none of it: the difference is the one bill times the factor less the other.
#[test]
fn an_input_decides_between_the_two_best_where_their_difference_changes_sign() {
    let folder = with("\"prices.aws-lambda\" = \"x1..x3.9\"\n\"prices.aws-ec2\" = \"x0.999..x1.001\"\n");
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "100", "--no-report", "--out", "u"]);
    let run = json(at, &["run", "small.toml", "--no-report", "--out", "r"]);
    let cost = |place: usize| number(&run["deployments"][place]["cost"]["per_month"]);
    let contest = &answer["contest"];
    let sign = if contest["a"] == "lambda" { 1.0 } else { -1.0 };
    for (end, factor) in [1.29, 3.61].into_iter().enumerate() {
        let expected = sign * (cost(0) * factor - cost(1));
        let found = number(&contest["tornado"][0]["difference"][end]);
        assert!((found - expected).abs() < 1e-4 * cost(1), "{found} is not {expected}");
    }
    assert_eq!(contest["tornado"][0]["path"], "prices.aws-lambda");
    let text = stdout(at, &["uncertainty", "small.toml", "--draws", "100", "--no-report", "--out", "u"]);
    assert!(text.contains("by itself decides between"), "{text}");
}

#[test]
fn the_summary_fits_and_is_the_same_on_any_number_of_threads() {
    let folder = with(
        "demand = \"x0.6..x2.5\"\n\"functions.api.duration\" = \"x0.8..x1.4\"\n\"deployments.servers.count\" = \"1..3\"\n",
    );
    let at = folder.path();
    let text = stdout(at, &["uncertainty", "small.toml", "--draws", "40", "--threads", "1", "--out", "u"]);
    fits(&text);
    assert!(text.contains("with a probability of") && text.contains("What matters most is demand"), "{text}");
    let answer = |threads: &str| {
        let arguments = [
            "uncertainty",
            "small.toml",
            "--draws",
            "40",
            "--threads",
            threads,
            "--format",
            "json",
            "--no-report",
            "--out",
            "v",
        ];
        stdout(at, &arguments)
    };
    assert_eq!(answer("1"), answer("4"));
    for file in ["report.html", "charts/tornado.png", "charts/uncertain_costs.png", "draws.parquet", "results.json"] {
        assert!(at.join("u").join(file).is_file(), "{file}");
    }
}

#[test]
fn what_is_wrong_with_a_section_is_said_with_its_place() {
    let check = |section: &str, parts: &[&str]| {
        let folder = with(section);
        fails(folder.path(), &["uncertainty", "small.toml", "--out", "u"], 2, parts);
        assert!(!folder.path().join("u").exists(), "{section}");
    };
    check("dmand = \"x0.5..x2\"\n", &["dmand"]);
    check("demand = \"x2..x0.5\"\n", &["is empty", "small.toml:"]);
    check("demand = \"x1,x2\"\n", &["expected a range"]);
    check("demand = 3\n", &["expected a range or a table"]);
    check("demand = { low = \"x1\", high = \"x2\" }\n", &["`likely` is missing"]);
    check("demand = { low = \"x1\", likly = \"x1\", high = \"x2\" }\n", &["unknown key `likly`", "`likely`"]);
    check("demand = { low = \"x1\", likely = \"x3\", high = \"x2\" }\n", &["`likely` lies outside"]);
    check("\"deployments.lambda.memory\" = \"64MB..1GB\"\n", &["64"]);
    check("\"prices.aws-lamda\" = \"x1..x2\"\n", &["there is no price list `aws-lamda`"]);
    let folder = folder();
    fails(folder.path(), &["uncertainty", "small.toml"], 2, &["says nothing under [uncertainty]", "demand ="]);
}

/// What stands in line 33 of the file is shown there, whatever finds it: the reader of the section, or a plan at an end of the
/// range.
#[test]
fn what_no_scenario_can_take_is_shown_under_the_section() {
    let check = |section: &str, message: &str| {
        let folder = with(section);
        fails(folder.path(), &["uncertainty", "small.toml", "--out", "u"], 2, &[message, "small.toml:33:", section]);
    };
    check("\"deployments.lambda.timeout\" = \"x0.5..x2\"\n", "says nothing here that could be scaled");
    check("\"deployments.lambda.memory\" = \"64MB..1GB\"\n", "64");
    check("\"functions.api.cpu\" = \"x0.5..x2\"\n", "160%");
}

/// Servers of one's own, with every price that a draw can make.
fn with_owned(section: &str) -> tempfile::TempDir {
    folder_with(&format!(
        "{SCENARIO}\n[deployments.owned]\nplatform = \"owned\"\ncount = 1\n\
         ownership = {{ server_price = \"$12000\", energy_price = \"$0.0904\", useful_life = \"2.5y\", salary = \"$0\" }}\n\
         [uncertainty]\n{section}"
    ))
}

/// A bill is linear in the price of a server and in that of energy: its median is the bill at both medians, and its tornado
/// what a run with these prices says.
#[test]
fn prices_of_an_owner_are_drawn_to_six_digits() {
    let folder = with_owned(
        "\"deployments.owned.ownership.server_price\" = \"x0.8..x1.3\"\n\
         \"deployments.owned.ownership.energy_price\" = \"$0.05..$0.15\"\n\
         \"deployments.owned.ownership.cost_of_money\" = \"3%..7%\"\n",
    );
    let at = folder.path();
    let answer = json(at, &["uncertainty", "small.toml", "--draws", "100", "--no-report", "--out", "u"]);
    let settings = answer["drawn"][0]["settings"].as_array().unwrap();
    let digits = |setting: &Value| setting.as_str().unwrap().chars().filter(char::is_ascii_digit).count();
    assert!(settings.iter().all(|setting| digits(setting) >= 5), "{settings:?}");
    let swing = answer["tornado"].as_array().unwrap().iter().find(|swing| swing["deployment"] == "owned").unwrap();
    assert_eq!(swing["path"], "deployments.owned.ownership.server_price");
    for (end, price) in [0.85 * 12_000.0, 1.25 * 12_000.0].into_iter().enumerate() {
        let prices = [format!("server_price=${price}"), "energy_price=$0.1".to_owned(), "cost_of_money=5%".to_owned()];
        let sets = prices.map(|price| format!("deployments.owned.ownership.{price}"));
        let set = ["--set", &sets[0], "--set", &sets[1], "--set", &sets[2]];
        let run = json(at, &[&["run", "small.toml", "--no-report", "--out", "r"], &set[..]].concat());
        let expected = number(&run["deployments"][2]["cost"]["per_month"]);
        assert!((number(&swing["cost_per_month"][end]) / expected - 1.0).abs() < 1e-9, "{swing}: {expected}");
    }
}

/// A thousand million servers' worth of network gear for each server is more than a decimal holds, at the upper end only.
#[test]
fn what_cannot_be_priced_is_found_at_the_end_of_its_range_before_anything_runs() {
    let section = "\"deployments.owned.ownership.network_share\" = \"15%..90000000000%\"\n\
                   \"deployments.owned.ownership.server_price\" = \"$1000..$900000000\"\n";
    let folder = with_owned(section);
    let arguments = ["uncertainty", "small.toml", "--set", "scenario.duration=300d", "--out", "u"];
    let begun = std::time::Instant::now();
    fails(folder.path(), &arguments, 2, &["too large to be priced", "small.toml:", "help"]);
    assert!(begun.elapsed().as_secs() < 5 && !folder.path().join("u").exists());
}

/// Of a draw there are a few numbers: ten times as many draws take little more memory.
#[test]
#[cfg(target_os = "linux")]
fn memory_does_not_grow_with_the_outcomes_of_draws() {
    use super::interrupt::peak_kib;
    let folder = with("\"prices.aws-lambda\" = \"x1..x3\"\n\"prices.aws-ec2\" = \"x0.8..x1.2\"\n");
    let peak = |draws: &str| {
        let arguments = ["uncertainty", "small.toml", "--draws", draws, "--threads", "2", "--no-report", "--out", "u"];
        peak_kib(super::small::command(folder.path(), &arguments))
    };
    let (few, many) = (peak("200"), peak("2000"));
    println!("{few} KiB for 200 draws, {many} KiB for 2,000");
    assert!(many < few + 4_096, "{few} KiB, and {many} KiB for ten times as many draws");
}
