//! The report and the results folder, from made-up results (see `fixture`).

#[cfg(feature = "report")]
mod chart_tables;
#[cfg(feature = "report")]
mod compared;
mod edges;
mod fixture;
mod flips;

use std::path::PathBuf;

use breakeven::report::terminal::{COLUMNS, Color, brief, summary};
use breakeven::report::{figures, story};
use breakeven::results::store::{self, StoreError};
use breakeven::results::*;
use breakeven::units::{Currency, Money};

use fixture::{money, results, run, tables};

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

type Change = fn(&mut Results, &mut Tables);

/// What the report must survive, by name.
pub fn edges() -> Vec<(&'static str, Results, Tables)> {
    let with = |change: Change| {
        let mut results = results();
        let mut tables = tables(&results, 168);
        change(&mut results, &mut tables);
        (results, tables)
    };
    let cases: Vec<(&'static str, Change)> = vec![
        ("usual", |_, _| {}),
        ("one-deployment", edges::one_deployment),
        ("no-invocations", edges::no_invocations),
        ("nothing-completes", edges::nothing_completes),
        ("one-point", edges::one_point),
        ("many-functions", edges::many_functions),
        ("hostile-names", edges::hostile_names),
        ("endless-latency", edges::endless_latency),
        ("free", edges::free),
        ("several-sites", edges::several_sites),
        ("many-deployments", edges::many_deployments),
        ("two-currencies", |results, _| results.deployments[1].cost.currency = Currency::Eur),
        ("no-objectives", |results, _| results.deployments.iter_mut().for_each(|d| d.slo = None)),
        ("commitments", edges::commitments),
        ("one-replication", edges::one_replication),
        ("no-deployments", |results, tables| {
            results.deployments.clear();
            *tables = Tables::default();
        }),
    ];
    cases.into_iter().map(|(name, change)| (name, with(change))).map(|(name, (r, t))| (name, r, t)).collect()
}

fn paths() -> [(&'static str, PathBuf); 2] {
    [("report", "reports/iot/report.html".into()), ("data", "reports/iot/results.json".into())]
}

#[test]
fn the_summary_reads_as_agreed() {
    let text = summary(&results(), Some(&run()), &paths(), Color::Never);
    assert_eq!(text, include_str!("../golden/summary.txt"), "\n{text}");
}

#[test]
fn the_summary_says_what_commitments_lost() {
    let mut results = results();
    edges::commitments(&mut results, &mut Tables::default());
    let text = summary(&results, None, &[], Color::Never);
    let said = "servers: commitments cover 50 % of its use; in this window $1.50 of their $7.20 bought nothing";
    assert!(text.replace('\n', " ").contains(said), "{text}");
}

#[test]
fn no_line_of_the_summary_is_wider_than_the_terminal() {
    for (name, results, _) in edges() {
        let text = summary(&results, Some(&run()), &paths(), Color::Never);
        for line in text.lines() {
            assert!(figures::width(line) <= COLUMNS, "{name}: {line}");
            assert!(!line.contains(|c: char| c.is_control()), "{name}: {line:?}");
        }
    }
}

#[test]
fn colour_comes_on_request_and_changes_no_word() {
    let plain = summary(&results(), None, &[], Color::Never);
    let painted = summary(&results(), None, &[], Color::Always);
    assert!(painted.contains("\u{1b}[32m✓") && painted.contains("\u{1b}[31m✗"));
    let mut stripped = painted;
    for code in ["0", "1", "2", "31", "32", "33"] {
        stripped = stripped.replace(&format!("\u{1b}[{code}m"), "");
    }
    assert_eq!(stripped, plain);
}

#[track_caller]
fn check_headline(change: impl Fn(&mut Results), headline: &str) {
    let mut results = results();
    change(&mut results);
    assert_eq!(brief(&results).trim_end(), headline);
}

#[test]
fn the_headline_is_honest() {
    check_headline(
        |_| {},
        "lambda-256 is cheapest at $49.94 ± $0.31 a month; it answers within 372 ms for 99 % of invocations, 0.41 % start \
         cold; servers would cost 1.5 times as much but miss the p99 objective.",
    );
    check_headline(
        |results| results.deployments[4].cost.per_month = money("12.5"),
        "lambda-256 is cheapest of those that meet the objectives at $49.94 ± $0.31 a month; it answers within 372 ms for \
         99 % of invocations, 0.41 % start cold; servers would cost 75 % less but miss the p99 objective.",
    );
    check_headline(
        |results| results.deployments.retain(|deployment| deployment.name == "servers"),
        "The deployment misses its objectives: servers costs $76.21 a month, with p99 912 ms against 500 ms and \
         errors 0.11 % against 0.1 %.",
    );
    check_headline(
        |results| results.deployments.iter_mut().for_each(|d| edges::miss(d, "latency.p99", 0.02)),
        "No deployment meets the objectives: lambda-256 is cheapest at $49.94 a month, but with p99 372 ms against \
         20 ms.",
    );
    check_headline(
        |results| edges::nothing_completes(results, &mut Tables::default()),
        "Nothing completed on any deployment, although 23,845,120 invocations were offered.",
    );
    check_headline(
        |results| edges::no_invocations(results, &mut Tables::default()),
        "No invocations arrived after the warm-up: there is only the standing cost to compare.",
    );
}

/// Without objectives, `lost` of the invocations of each deployment do not complete.
fn lose(results: &mut Results, lost: [f64; 5]) {
    for (deployment, lost) in results.deployments.iter_mut().zip(lost) {
        deployment.slo = None;
        deployment.invocations.dropped = deployment.invocations.offered * lost;
        deployment.invocations.throttled = 0.0;
        deployment.invocations.completed = deployment.invocations.offered - deployment.invocations.dropped;
    }
}

#[test]
fn without_objectives_the_overloaded_are_not_the_best() {
    check_headline(
        |results| lose(results, [0.4, 0.011, 0.009, 0.0, 0.0]),
        "lambda-1024 is cheapest of those that complete 99 % of invocations at $55.77 ± $0.26 a month; it answers within \
         146 ms for 99 % of invocations, 0.38 % start cold, and 0.9 % do not complete; servers would cost 36.7 % \
         more.",
    );
    check_headline(
        |results| lose(results, [0.4, 0.02, 0.03, 0.5, 0.6]),
        "No deployment copes: lambda-512 does best at $55.14 a month, but 2 % of invocations do not complete.",
    );
    let mut results = results();
    lose(&mut results, [0.4, 0.02, 0.03, 0.5, 0.6]);
    let told = story::tell(&results);
    assert_eq!(told.winner, None);
    assert_eq!(told.advice, "Most were dropped: add servers or room in the queues, then run again.");
}

/// Everything runs into its time-out: nothing of latency was measured, but all of the errors.
#[test]
fn who_completes_nothing_misses_the_objective_for_errors() {
    let mut results = results();
    edges::nothing_completes(&mut results, &mut Tables::default());
    for deployment in &mut results.deployments {
        (deployment.invocations.timed_out, deployment.invocations.throttled) = (deployment.invocations.offered, 0.0);
        let slo = deployment.slo.as_mut().unwrap();
        let errors = slo.objectives.iter_mut().find(|objective| objective.name == "errors").unwrap();
        (errors.actual, errors.met) = (Some(1.0), false);
        slo.objectives[0].met = false;
    }
    let text = summary(&results, None, &[], Color::Never);
    assert_eq!(text.matches("✗ errors +1").count(), 5, "{text}");
    assert!(story::tell(&results).advice.starts_with("Most ran into their time-out"));
}

#[test]
fn a_difference_whose_interval_contains_zero_is_a_tie() {
    let mut results = results();
    results.comparisons[0].ci95 = Some([-11.0, 0.6]);
    let told = story::tell(&results);
    assert_eq!((told.winner, told.ties), (Some(1), vec![0]), "the faster of the two");
    assert!(told.headline.starts_with("lambda-512 and lambda-256 tie as cheapest at about $49.94 a month"));
    assert!(summary(&results, None, &[], Color::Never).contains("= lambda-256"));
    results.comparisons[0].ci95 = None;
    assert_eq!(story::tell(&results).ties, [] as [usize; 0]);
}

#[test]
fn results_come_back_equal_and_their_bytes_are_stable() {
    let folder = folder();
    let (results, tables) = (results(), tables(&results(), 168));
    store::write(folder.path(), &results, &run(), &tables, true).unwrap();
    assert_eq!(store::read_results(folder.path()).unwrap(), results);
    assert_eq!(store::read_run(folder.path()).unwrap(), Some(run()));
    let again = store::read_results(folder.path()).unwrap();
    assert_eq!(store::results_json(&again).unwrap(), std::fs::read(folder.path().join("results.json")).unwrap());
    let csv = std::fs::read_to_string(folder.path().join("latency.csv")).unwrap();
    assert_eq!(csv.lines().count(), tables.latency.len() + 1);
}

#[test]
fn two_writes_leave_the_same_files_and_nothing_else() {
    let (results, tables) = (results(), tables(&results(), 168));
    let read = |csv| {
        let folder = folder();
        let mut paths = store::write(folder.path(), &results, &run(), &tables, csv).unwrap();
        paths.sort();
        assert_eq!(paths, files(folder.path()));
        paths.iter().map(|path| std::fs::read(path).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(read(true), read(true));
    assert_eq!(read(false), read(false));
}

/// All files below a folder, sorted.
fn files(folder: &std::path::Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(files(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

#[cfg(feature = "tables")]
#[test]
fn parquet_tables_come_back_equal() {
    for (name, results, tables) in edges() {
        let folder = folder();
        store::write(folder.path(), &results, &run(), &tables, false).unwrap();
        let again = store::read_tables(folder.path()).unwrap();
        assert_eq!(again.functions, tables.functions, "{name}");
        assert_eq!(again.timeline, tables.timeline, "{name}");
        assert_eq!(again.latency, tables.latency, "{name}");
        assert_eq!(again.invoice, tables.invoice, "{name}");
    }
}

#[test]
fn folders_that_are_not_results_are_refused() {
    let folder = folder();
    let read = || store::read_results(folder.path());
    assert!(matches!(read(), Err(StoreError::NoResults { .. })));
    let put = |text: &str| std::fs::write(folder.path().join("results.json"), text).unwrap();
    put("{\"schema\": \"breakeven.results/2\", \"news\": 1}");
    let error = read().unwrap_err();
    assert!(matches!(&error, StoreError::UnknownSchema { found, .. } if found == "breakeven.results/2"));
    assert!(error.to_string().ends_with("has schema `breakeven.results/2`, this version reads `breakeven.results/1`"));
    put("{\"schema\": \"breakeven.results/1\", \"scen");
    assert!(matches!(read(), Err(StoreError::Damaged { .. })), "it was cut off");
    assert!(read().unwrap_err().is_bad_input());
}

#[test]
fn a_folder_that_cannot_be_written_is_an_error_and_leaves_nothing() {
    let folder = folder();
    std::fs::write(folder.path().join("file"), "").unwrap();
    let below = folder.path().join("file").join("reports");
    let error = store::write(&below, &results(), &run(), &Tables::default(), false).unwrap_err();
    assert!(matches!(error, StoreError::Io { .. }) && !error.is_bad_input(), "{error}");
    assert_eq!(files(folder.path()), [folder.path().join("file")]);
}

#[test]
fn money_too_large_for_a_table_is_named() {
    let mut tables = tables(&results(), 2);
    tables.invoice[0].amount = Money("123456789012345678901".parse().unwrap());
    let written = store::write(folder().path(), &results(), &run(), &tables, false);
    match store::PARQUET {
        true => {
            assert!(matches!(&written, Err(StoreError::TooLarge { column, .. }) if column == "amount"), "{written:?}")
        }
        false => assert!(written.is_ok()),
    }
}

#[cfg(feature = "report")]
mod drawn {
    use std::io::Read;

    use breakeven::report;

    use super::*;

    const CHARTS: [&str; 13] = [
        "cost",
        "causes",
        "cost_over_time",
        "tradeoff",
        "latency",
        "latency_over_time",
        "phases",
        "timeline",
        "headroom",
        "cold_starts",
        "functions",
        "week",
        "claims",
    ];

    /// The report in a folder that stays, so that a person can look at it.
    fn written(name: &str, results: &Results, tables: &Tables) -> PathBuf {
        let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("reports").join(name);
        let _ = std::fs::remove_dir_all(&folder);
        let mut paths = report::write(&folder, results, tables, "0.1.0").unwrap();
        assert_eq!(paths[0], folder.join("report.html"));
        paths.sort();
        assert_eq!(paths, files(&folder), "{name}");
        folder
    }

    /// As the template engine writes text.
    fn escaped(text: &str) -> String {
        let entities = [('&', "&amp;"), ('<', "&lt;"), ('>', "&gt;"), ('"', "&quot;"), ('/', "&#x2f;")];
        entities.iter().fold(text.to_owned(), |text, (character, entity)| text.replace(*character, entity))
    }

    fn text(path: PathBuf) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    /// Tags that some attribute of a series' colour marks as drawn from data.
    fn marks(svg: &str) -> usize {
        (0..8).map(|series| svg.matches(&format!(" ink-{series}\"")).count()).sum()
    }

    #[test]
    fn every_edge_draws_something_honest() {
        for (name, results, tables) in edges() {
            let folder = written(name, &results, &tables);
            let html = text(folder.join("report.html"));
            let headline = escaped(brief(&results).trim_end());
            assert!(html.replace('\u{a0}', " ").contains(&headline), "{name}");
            for chart in CHARTS {
                let svg = text(folder.join(format!("charts/{chart}.svg")));
                let numbers = svg.split("<text").next().unwrap();
                assert!(!svg.contains("NaN") && !numbers.contains("inf"), "{name}: {chart}");
            }
        }
    }

    #[test]
    fn charts_without_data_say_so() {
        let edges = edges();
        let (_, results, tables) = edges.iter().find(|(name, _, _)| *name == "no-invocations").unwrap();
        let folder = written("says-so", results, tables);
        for chart in ["latency", "phases"] {
            let svg = text(folder.join(format!("charts/{chart}.svg")));
            assert!(svg.contains("No completed invocations.") && marks(&svg) == 0, "{chart}");
        }
    }

    #[test]
    fn the_page_stands_alone() {
        let results = results();
        let html = text(written("alone", &results, &tables(&results, 672)).join("report.html"));
        // The template engine writes the slashes of visible addresses as entities.
        for reference in ["://", "<link", "<img", "<iframe", " src=", "@import", "fetch(", "XMLHttp"] {
            assert!(!html.contains(reference), "{reference}");
        }
        assert_eq!(html.matches("url(").count(), html.matches("url(#clip-").count());
        assert!(html.contains("https:&#x2f;&#x2f;aws.amazon.com"));
        assert!(html.split("href=\"").skip(1).all(|target| target.starts_with('#')));
        assert!(html.contains("<html lang=\"en\"") && html.contains("<th scope=\"row\">"));
        assert!(html.contains("prefers-color-scheme") && html.contains("@media print"));
        // Each for wide and for narrow screens.
        assert_eq!(html.matches("role=\"img\"").count(), 2 * CHARTS.len());
        assert!(html.len() < 1_500_000, "{} bytes", html.len());
    }

    #[test]
    fn identifiers_on_the_page_are_unique() {
        let results = results();
        let html = text(written("identifiers", &results, &tables(&results, 24)).join("report.html"));
        let mut ids: Vec<&str> = html.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all);
    }

    #[test]
    fn names_are_text_and_never_markup() {
        let edges = edges();
        let (_, results, tables) = edges.iter().find(|(name, _, _)| *name == "hostile-names").unwrap();
        let folder = written("hostile", results, tables);
        let html = text(folder.join("report.html"));
        let own = html.matches("<script>").count() + html.matches("<script type=\"application/json\"").count();
        assert_eq!(html.matches("<script>").count(), 1, "one script that runs");
        assert_eq!(html.matches("<script").count(), own, "only the page's own scripts");
        assert_eq!(html.matches("</script").count(), own);
        assert!(!html.contains("<b>bold") && html.contains("&lt;script&gt;"));
        for chart in CHARTS {
            let svg = text(folder.join(format!("charts/{chart}.svg")));
            assert!(!svg.contains("<script"), "{chart}");
        }
    }

    #[test]
    fn a_page_of_three_thousand_functions_stays_small() {
        let edges = edges();
        let (_, results, tables) = edges.iter().find(|(name, _, _)| *name == "many-functions").unwrap();
        let html = text(written("many", results, tables).join("report.html"));
        assert!(html.contains("2,950 others"));
        assert!(html.len() < 2_000_000, "{} bytes", html.len());
    }

    #[test]
    fn every_chart_has_marks_and_every_picture_its_size() {
        let results = results();
        let folder = written("marks", &results, &tables(&results, 672));
        for chart in CHARTS {
            let svg = text(folder.join(format!("charts/{chart}.svg")));
            assert!(marks(&svg) >= 5, "{chart}");
            let (width, height, drawn) = picture(&std::fs::read(folder.join(format!("charts/{chart}.png"))).unwrap());
            let attribute = |name: &str| {
                let rest = svg.split(&format!(" {name}=\"")).nth(1).unwrap();
                rest.split('"').next().unwrap().parse::<u32>().unwrap()
            };
            assert_eq!((width, height), (2 * attribute("width"), 2 * attribute("height")), "{chart}");
            assert!(drawn > 0.01, "{chart}: only {drawn} of the picture is drawn");
        }
    }

    /// Width, height, and the share of bytes in which a pixel differs from what the filter predicts:
    /// next to nothing in a blank picture.
    fn picture(png: &[u8]) -> (u32, u32, f64) {
        assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
        let number = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
        let (mut at, mut packed) = (8, Vec::new());
        while at < png.len() {
            let length = number(at) as usize;
            if &png[at + 4..at + 8] == b"IDAT" {
                packed.extend_from_slice(&png[at + 8..at + 8 + length]);
            }
            at += length + 12;
        }
        let mut bytes = Vec::new();
        flate2::read::ZlibDecoder::new(packed.as_slice()).read_to_end(&mut bytes).unwrap();
        let drawn = bytes.iter().filter(|byte| **byte > 4).count();
        (number(16), number(20), drawn as f64 / bytes.len() as f64)
    }

    #[test]
    fn two_reports_have_the_same_bytes() {
        let results = results();
        let tables = tables(&results, 168);
        let read = |name| {
            files(&written(name, &results, &tables)).iter().map(|p| std::fs::read(p).unwrap()).collect::<Vec<_>>()
        };
        assert!(read("first") == read("second"));
    }

    #[cfg(feature = "tables")]
    #[test]
    fn a_report_from_saved_results_is_the_same() {
        let (results, tables) = (results(), tables(&results(), 168));
        let folder = folder();
        store::write(folder.path(), &results, &run(), &tables, false).unwrap();
        let (again, tables_again) =
            (store::read_results(folder.path()).unwrap(), store::read_tables(folder.path()).unwrap());
        let page = |name, results, tables| text(written(name, results, tables).join("report.html"));
        assert!(page("fresh", &results, &tables) == page("saved", &again, &tables_again));
    }
}

#[cfg(not(feature = "report"))]
#[test]
fn a_build_without_charts_says_so() {
    let written = breakeven::report::write(folder().path(), &results(), &Tables::default(), "0.1.0");
    assert_eq!(written.unwrap_err().to_string(), "this build draws no reports; build with feature `report`");
}
