//! The summary for a terminal of 80 columns.

mod scorecard;
mod study;

use std::path::PathBuf;

use crate::results::{CommitmentResult, DeploymentResult, FEW_ERRORS, Results, RunInfo};
use crate::units::Money;

pub use study::{Columns, Told, study};

use super::figures::{self, ABSENT, shortened, width};
use super::story::{self, Standing, Story};
use super::{flips, owned, sites, sure};

/// Lines are never wider, paths excepted: they must stay whole to be copied.
pub const COLUMNS: usize = 80;
/// More warnings than these are counted, not printed.
const WARNINGS: usize = 3;

/// Whether to use colour; the caller knows about terminals and `NO_COLOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Color {
    Never,
    Always,
}

impl Color {
    fn paint(self, code: &str, text: &str) -> String {
        match self {
            Self::Never => text.to_owned(),
            Self::Always => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

const BOLD: &str = "1";
const DIM: &str = "2";
const GREEN: &str = "32";
const RED: &str = "31";
const YELLOW: &str = "33";

/// The whole summary: what ran, the table, the verdict, warnings, and where the files are.
pub fn summary(results: &Results, run: Option<&RunInfo>, paths: &[(&str, PathBuf)], color: Color) -> String {
    let story = story::tell(results);
    let mut lines = heading(results, run, color);
    lines.push(String::new());
    if !results.deployments.is_empty() {
        lines.extend(rows(&results.deployments, &story, color, NAME, columns(results, &story)));
        lines.push(String::new());
    }
    let claims = scorecard::lines(results, &story, color);
    if !claims.is_empty() {
        lines.extend(claims);
        lines.push(String::new());
        lines.extend(routed(results, color));
    }
    lines.extend(wrapped(&story.headline, "", COLUMNS).iter().map(|line| color.paint(BOLD, line)));
    lines.extend(wrapped(&story.advice, "", COLUMNS));
    let flips = flips::sentence(&flips::flips(results, &story));
    lines.extend(flips.into_iter().flat_map(|text| wrapped(&text, "", COLUMNS)));
    lines.extend(results.deployments.iter().filter_map(nodes).flat_map(|line| wrapped(&line, "", COLUMNS)));
    lines.extend(results.deployments.iter().filter_map(commitments).flat_map(|text| wrapped(&text, "", COLUMNS)));
    let owned = results.deployments.iter().filter_map(owned::kinds).chain(owned::horizon(results));
    lines.extend(owned.flat_map(|text| wrapped(&text, "", COLUMNS)));
    let found = sure::found_warmup(results.scenario.warmup_s, results.scenario.warmup_found.as_ref());
    let sure = found.into_iter().chain(sure::intervals(results)).chain(sure::precision(results));
    lines.extend(sure.flat_map(|text| wrapped(&text, "", COLUMNS)));
    lines.extend(warnings(&results.warnings, color));
    if !paths.is_empty() {
        lines.push(String::new());
    }
    let label = paths.iter().map(|(label, _)| width(label)).max().unwrap_or(0);
    lines.extend(paths.iter().map(|(name, path)| format!("{name:label$}  {}", path.display())));
    lines.iter().map(|line| line.trim_end().replace('\u{a0}', " ") + "\n").collect()
}

/// The winner alone, for `--quiet`.
pub fn brief(results: &Results) -> String {
    story::tell(results).headline.replace('\u{a0}', " ") + "\n"
}

/// The sites of deployments that have several, and the closed forms; nothing where there are none.
fn routed(results: &Results, color: Color) -> Vec<String> {
    let mut lines = sites::table(results, COLUMNS);
    if let Some(heading) = lines.first_mut() {
        *heading = color.paint(DIM, heading);
        lines.push(String::new());
    }
    for text in results.deployments.iter().filter_map(sites::sizing) {
        lines.extend(wrapped(&text, "", COLUMNS));
        lines.push(String::new());
    }
    lines
}

fn heading(results: &Results, run: Option<&RunInfo>, color: Color) -> Vec<String> {
    let (scenario, workload) = (&results.scenario, &results.workload);
    let facts = [
        figures::length(scenario.duration_s),
        figures::plural(workload.invocations as f64, "invocation"),
        figures::plural(workload.functions as f64, "function"),
        figures::plural(f64::from(scenario.replications), "replication"),
        format!("seed\u{a0}{}", scenario.seed),
    ];
    let title = shortened(&scenario.name, 40);
    let mut lines = wrapped(&format!("{title} · {}", facts.join(" · ")), "", COLUMNS);
    if let Some(first) = lines.first_mut() {
        *first = first.replacen(&title, &color.paint(BOLD, &title), 1);
    }
    if let Some(run) = run {
        let text = format!(
            "{} simulated in {}, {} per second, breakeven {}",
            figures::plural(run.invocations_simulated as f64, "invocation"),
            figures::latency(run.wall_s),
            figures::compact(run.invocations_per_s),
            run.version
        );
        lines.extend(wrapped(&text, "", COLUMNS).iter().map(|line| color.paint(DIM, line)));
    }
    lines
}

/// A column of the table: its heading and a cell for each deployment.
struct Column {
    heading: &'static str,
    cells: Vec<String>,
    /// Which column goes first where the table is too wide: 1, then 2; 0 stays.
    spare: u8,
}

impl Column {
    fn width(&self) -> usize {
        self.cells.iter().map(|cell| width(cell)).chain([width(self.heading)]).max().unwrap_or(0)
    }
}

const NAME: &str = "deployment";
/// The only column that is not aligned to the right.
const SLO: &str = "SLO";
/// Figures give way to names up to this width; longer names are cut.
const ENOUGH: usize = 18;
const GAP: usize = 2;
/// The mark in front of a name, with its space.
const MARK: usize = 2;

/// A table with a row for each deployment; `heading` stands over their names.
fn rows(all: &[DeploymentResult], story: &Story, color: Color, heading: &str, mut columns: Vec<Column>) -> Vec<String> {
    let names = all.iter().map(|deployment| width(&deployment.name)).max().unwrap_or(0).max(width(heading));
    let rest = |columns: &[Column]| columns.iter().map(|column| column.width() + GAP).sum::<usize>() + MARK;
    for spare in 1..=4 {
        if rest(&columns) + names.min(ENOUGH) > COLUMNS {
            columns.retain(|column| column.spare != spare);
        }
    }
    let name_width = names.min(COLUMNS.saturating_sub(rest(&columns)).max(width(heading)));

    let mut lines = vec![color.paint(DIM, &line("  ", heading, name_width, &columns, |column| column.heading))];
    lines.push(color.paint(DIM, &"─".repeat((rest(&columns) + name_width).min(COLUMNS))));
    for (row, deployment) in all.iter().enumerate() {
        let mark = match story.standing(row) {
            Standing::Winner => "▶ ",
            Standing::Tie => "= ",
            Standing::Other => "  ",
        };
        let name = shortened(&deployment.name, name_width);
        let text = line(mark, &name, name_width, &columns, |column| column.cells[row].as_str());
        lines.push(painted(&shortened(&text, COLUMNS), deployment, story.standing(row), color));
    }
    lines
}

fn line<'a>(
    mark: &str,
    name: &str,
    name_width: usize,
    columns: &'a [Column],
    cell: impl Fn(&'a Column) -> &'a str,
) -> String {
    let mut text = format!("{mark}{name}{}", " ".repeat(name_width.saturating_sub(width(name))));
    for column in columns {
        let cell = cell(column);
        let pad = " ".repeat(column.width() - width(cell));
        let gap = " ".repeat(GAP);
        text.push_str(&if column.heading == SLO { format!("{gap}{cell}") } else { format!("{gap}{pad}{cell}") });
    }
    text
}

fn painted(text: &str, deployment: &DeploymentResult, standing: Standing, color: Color) -> String {
    let text = if standing == Standing::Winner { color.paint(BOLD, text) } else { text.to_owned() };
    match &deployment.slo {
        Some(slo) if slo.met => text.replacen('✓', &color.paint(GREEN, "✓"), 1),
        Some(_) => text.replacen('✗', &color.paint(RED, "✗"), 1),
        None => text,
    }
}

fn columns(results: &Results, story: &Story) -> Vec<Column> {
    let all = &results.deployments;
    let column = |heading, spare, cell: &dyn Fn(&DeploymentResult) -> String| Column {
        heading,
        cells: all.iter().map(|deployment| cell(deployment).replace('\u{a0}', "")).collect(),
        spare,
    };
    let seconds = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::short_latency);
    let part = |value: Option<f64>| value.map_or_else(|| ABSENT.to_owned(), figures::share);
    let mut columns = vec![
        column(money_heading(all), 0, &|deployment| money_cell(deployment, money_heading(all) == MIXED)),
        column("vs best", 1, &|deployment| versus(all, story, deployment)),
        column("p50", 3, &|deployment| seconds(deployment.latency_s.p50)),
        column("p95", 4, &|deployment| seconds(deployment.latency_s.p95)),
        column("p99", 0, &|deployment| seconds(deployment.latency_s.p99)),
        column("cold", 0, &|deployment| part(deployment.cold_start.fraction)),
        column("util", 2, &|deployment| part(deployment.capacity.utilization.map(two_digits))),
    ];
    if all.iter().any(|deployment| deployment.errors() >= FEW_ERRORS) {
        columns.push(column("lost", 0, &|deployment| part(Some(deployment.errors()))));
    }
    if all.iter().any(|deployment| deployment.slo.is_some()) {
        columns.push(column(SLO, 0, &verdict));
    }
    columns
}

/// Utilisation to whole percents: more would be noise.
fn two_digits(part: f64) -> f64 {
    (part * 100.0).round() / 100.0
}

/// Heads amounts that carry their own symbols.
const MIXED: &str = "a month";

fn money_heading(all: &[DeploymentResult]) -> &'static str {
    use crate::units::Currency;
    let currency = all.first().map(|deployment| deployment.cost.currency);
    if all.iter().any(|deployment| Some(deployment.cost.currency) != currency) {
        return MIXED;
    }
    match currency {
        Some(Currency::Usd) | None => "$/month",
        Some(Currency::Eur) => "€/month",
        Some(Currency::Cny) => "¥/month",
    }
}

/// `41.80 ±0.30`: half the width of the interval, where there is one.
fn money_cell(deployment: &DeploymentResult, symbol: bool) -> String {
    let currency = deployment.cost.currency;
    let amount = figures::money(currency, deployment.cost.per_month);
    let amount = if symbol { amount } else { amount.replace(currency.symbol(), "") };
    match deployment.cost.ci95 {
        Some([low, high]) => {
            let half = figures::money_f64(currency, (high - low) / 2.0).replace(currency.symbol(), "");
            let half = if half.len() > 6 { figures::compact((high - low) / 2.0) } else { half };
            format!("{amount} ±{half}")
        }
        None => amount,
    }
}

fn versus(all: &[DeploymentResult], story: &Story, deployment: &DeploymentResult) -> String {
    let Some(best) = story.winner.map(|winner| &all[winner]) else { return ABSENT.to_owned() };
    if std::ptr::eq(best, deployment) {
        return "best".to_owned();
    }
    let place = all.iter().position(|other| std::ptr::eq(other, deployment));
    if place.is_some_and(|place| story.standing(place) == Standing::Tie) {
        return "tie".to_owned();
    }
    relative(best, deployment).map_or_else(|| ABSENT.to_owned(), figures::change)
}

/// The cost of `other` over that of `best`, less one; `None` where `best` is free.
pub fn relative(best: &DeploymentResult, other: &DeploymentResult) -> Option<f64> {
    let (low, high) = (best.cost.per_month.to_f64(), other.cost.per_month.to_f64());
    (low > 0.0 && best.cost.currency == other.cost.currency).then(|| high / low - 1.0)
}

fn verdict(deployment: &DeploymentResult) -> String {
    let missed = story::missed(deployment);
    match (&deployment.slo, missed.as_slice()) {
        (None, _) => ABSENT.to_owned(),
        _ if !story::is_measured(deployment) => format!("{ABSENT} no data"),
        (Some(slo), []) => if slo.met { "✓ met" } else { "✗ missed" }.to_owned(),
        (Some(_), [one]) => format!("✗ {}", shortened(story::spoken(&one.name), 10)),
        (Some(_), [first, more @ ..]) => {
            format!("✗ {} +{}", shortened(story::spoken(&first.name), 10), more.len())
        }
    }
}

/// How full the nodes of a cluster are.
fn nodes(deployment: &DeploymentResult) -> Option<String> {
    let cluster = deployment.cluster.as_ref()?;
    let whole = |part: Option<f64>| figures::share(two_digits(part.unwrap_or(0.0)));
    Some(format!(
        "Nodes of {}: {} on average, {} at most; pods ask for {} of their cores and {} of their memory; {} and {} are left over in pieces too small for another pod.",
        shortened(&deployment.name, 20),
        figures::number((cluster.nodes_mean * 100.0).round() / 100.0),
        figures::number((cluster.nodes_peak * 100.0).round() / 100.0),
        whole(cluster.cpu.requested_share),
        whole(cluster.memory_gb.requested_share),
        whole(cluster.cpu.stranded_share),
        whole(cluster.memory_gb.stranded_share),
    ))
}

/// How commitments served; nothing where they are used up and cover everything.
fn commitments(deployment: &DeploymentResult) -> Option<String> {
    let all = &deployment.commitments;
    let sum = |of: fn(&CommitmentResult) -> Money| all.iter().map(of).sum::<Money>();
    let (cost, unused) = (sum(|one| one.cost), sum(|one| one.unused_amount));
    let coverage: f64 = all.iter().filter_map(|one| one.coverage).sum();
    if all.is_empty() || (unused == Money::ZERO && coverage > 0.9999) {
        return None;
    }
    let money = |amount| figures::money(deployment.cost.currency, amount);
    let covers = figures::share(coverage);
    let name = shortened(&deployment.name, ENOUGH);
    Some(format!(
        "{name}: commitments cover {covers} of its use; in this window {} of their {} bought nothing",
        money(unused),
        money(cost)
    ))
}

fn warnings(warnings: &[String], color: Color) -> Vec<String> {
    let mut lines = Vec::new();
    for warning in warnings.iter().take(WARNINGS) {
        for (place, text) in wrapped(warning, "  ", COLUMNS).into_iter().enumerate() {
            let mark = color.paint(YELLOW, "!");
            lines.push(if place == 0 { text.replacen("  ", &format!("{mark} "), 1) } else { text });
        }
    }
    match warnings.len().saturating_sub(WARNINGS) {
        0 => {}
        more => lines.push(format!("  and {more} more in results.json")),
    }
    lines
}

/// Breaks at spaces (never at no-break spaces); a word wider than a line is shortened.
fn wrapped(text: &str, indent: &str, columns: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = indent.to_owned();
    for word in text.split([' ', '\n', '\t']).filter(|word| !word.is_empty()) {
        let word = shortened(word, columns - width(indent));
        let gap = usize::from(line.len() > indent.len());
        if width(&line) + gap + width(&word) > columns {
            lines.push(std::mem::replace(&mut line, indent.to_owned()));
        }
        if line.len() > indent.len() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    if line.len() > indent.len() {
        lines.push(line);
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_at_spaces_and_keep_figures_whole() {
        assert_eq!(wrapped("it answers within 61\u{a0}ms now", "", 20), ["it answers within", "61\u{a0}ms now"]);
        assert_eq!(wrapped("a-word-that-is-too-long", "  ", 10), ["  a-word-…"]);
        assert!(wrapped("", "", 10).is_empty());
    }
}
