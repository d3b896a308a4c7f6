//! What a comparison tells: on a terminal, and as Markdown for a pull request.

use super::figures::{self, ABSENT, currency};
use super::terminal::{self, Color, Columns, Told};
use crate::results::compared::{BillChange, Compared, ComparedDeployment, Difference, IntervalKind};
use crate::results::gate::Exceeded;

/// Lines of a bill that are shown.
const LINES: usize = 8;
/// Figures that are shown: the others stand in the JSON.
const SHOWN: [&str; 7] = ["cost", "p50", "p95", "p99", "cold", "errors", "utilization"];

/// The answer in one sentence.
pub fn headline(compared: &Compared, exceeded: &[Exceeded]) -> String {
    if !exceeded.is_empty() {
        let each: Vec<String> = exceeded.iter().map(|one| broken(compared, one)).collect();
        return format!("{} exceeded: {}", figures::plural(exceeded.len() as f64, "bound"), each.join("; "));
    }
    let cost = |one: &ComparedDeployment| Some((one.head.clone(), figure(one, "cost")?.clone(), one.currency.clone()));
    let changes = compared.deployments.iter().filter_map(cost).filter(|(_, cost, _)| changed(cost));
    let largest =
        changes.max_by(|a, b| a.1.relative.unwrap_or(0.0).abs().total_cmp(&b.1.relative.unwrap_or(0.0).abs()));
    match largest {
        Some((name, cost, code)) => format!("{name} costs {} a month", by(&cost, &code)),
        None => "No change of cost detected".to_owned(),
    }
}

fn broken(compared: &Compared, one: &Exceeded) -> String {
    let deployment = compared.deployments.iter().find(|deployment| deployment.head == one.deployment);
    let code = deployment.map_or("USD", |deployment| deployment.currency.as_str());
    let said = |value: Option<f64>| value.map_or("nothing".to_owned(), |value| amount(one.metric, value, code));
    format!("{} {} {} → {} ({})", one.deployment, one.metric, said(one.base), said(one.head), one.bound)
}

fn figure<'a>(deployment: &'a ComparedDeployment, metric: &str) -> Option<&'a Difference> {
    deployment.figures.iter().find(|figure| figure.metric == metric)
}

fn changed(figure: &Difference) -> bool {
    figure.is_noise() != Some(true) && figure.difference.is_some_and(|difference| difference != 0.0)
}

/// `$3.20 ± 0.10 (+5.1 %) more`.
fn by(figure: &Difference, code: &str) -> String {
    let difference = figure.difference.unwrap_or(0.0);
    let half = half_width(figure, code);
    let share = figure.relative.map_or_else(String::new, |share| format!(" ({})", signed(share)));
    let word = if difference > 0.0 { "more" } else { "less" };
    format!("{}{half}{share} {word}", amount(&figure.metric, difference.abs(), code))
}

/// ` ± $0.14`; nothing where there is no spread but that of rounding.
fn half_width(figure: &Difference, code: &str) -> String {
    let least = figure.head.map_or(0.0, f64::abs) * 1e-9;
    let half = figure.ci95.map(|[low, high]| (high - low) / 2.0).filter(|half| *half > least);
    half.map_or_else(String::new, |half| format!(" ±\u{a0}{}", amount(&figure.metric, half, code)))
}

fn signed(share: f64) -> String {
    let sign = if share < 0.0 { "−" } else { "+" };
    format!("{sign}{}", figures::share(share.abs()))
}

/// A figure in its unit.
fn amount(metric: &str, value: f64, code: &str) -> String {
    match metric {
        "cost" | "cost.total" => figures::money_f64(currency(code), value),
        "mean" | "p50" | "p95" | "p99" => figures::latency(value),
        _ => figures::share(value),
    }
}

/// Whether more of it is worse.
fn more_is_worse(metric: &str) -> Option<bool> {
    if metric == "utilization" { None } else { Some(true) }
}

/// In a word: `better`, `worse`, `no change detected`.
fn verdict(figure: &Difference) -> &'static str {
    match (figure.difference, figure.is_noise()) {
        (None, _) if figure.base.is_none() && figure.head.is_none() => "not measured",
        (None, _) => "measured on one side only",
        (_, Some(true)) => "no change detected",
        (Some(difference), noise) => match (more_is_worse(&figure.metric), noise) {
            (None, _) => "changed",
            (Some(_), None) if difference > 0.0 => "higher, one run",
            (Some(_), None) => "lower, one run",
            (Some(worse), Some(_)) if (difference > 0.0) == worse => "worse",
            (Some(_), Some(_)) => "better",
        },
    }
}

/// Cells of a figure: base, head, change, share, verdict.
fn cells(figure: &Difference, code: &str) -> [String; 5] {
    let said = |value: Option<f64>| value.map_or(ABSENT.to_owned(), |value| amount(&figure.metric, value, code));
    if figure.difference == Some(0.0) {
        return [said(figure.base), said(figure.head), "=".to_owned(), ABSENT.to_owned(), "same".to_owned()];
    }
    let change = figure.difference.map_or(ABSENT.to_owned(), |difference| {
        let half = half_width(figure, code);
        let sign = if difference < 0.0 { "−" } else { "+" };
        format!("{sign}{}{half}", amount(&figure.metric, difference.abs(), code))
    });
    let share = figure.relative.map_or(ABSENT.to_owned(), signed);
    [said(figure.base), said(figure.head), change, share, verdict(figure).to_owned()]
}

fn shown(deployment: &ComparedDeployment) -> impl Iterator<Item = &Difference> {
    SHOWN.iter().filter_map(|metric| figure(deployment, metric))
}

fn name(deployment: &ComparedDeployment) -> String {
    if deployment.base == deployment.head {
        return deployment.head.clone();
    }
    format!("{} → {}", deployment.base, deployment.head)
}

/// What else a reader should know.
pub fn advice(compared: &Compared) -> Vec<String> {
    let mut advice = Vec::new();
    if !compared.differs.is_empty() {
        advice.push(format!("What differs: {}.", compared.differs.join("; ")));
    }
    for (what, names) in [("Only in the base", &compared.removed), ("Only in the head", &compared.added)] {
        if !names.is_empty() {
            advice.push(format!("{what}: {}.", names.join(", ")));
        }
    }
    for one in &compared.deployments {
        if let [Some(before), Some(after)] = one.met
            && before != after
        {
            let word = if after { "meets its objectives now" } else { "misses its objectives now" };
            advice.push(format!("{} {word}.", one.head));
        }
    }
    let kind = compared.deployments.first().and_then(|one| figure(one, "cost")).map(|cost| cost.interval);
    advice.push(
        match kind {
            Some(IntervalKind::Paired) => "Intervals are 95\u{a0}%, paired: both served the same invocations.",
            Some(IntervalKind::Unpaired) => {
                "Intervals are 95\u{a0}%, of independent runs: the two served other invocations."
            }
            Some(IntervalKind::None) | None => "There are no intervals: they need two replications on both sides.",
        }
        .to_owned(),
    );
    advice
}

/// The summary for a terminal.
pub fn text(compared: &Compared, exceeded: &[Exceeded], color: Color) -> String {
    let heading = vec![format!("{} against {}", compared.head.label, compared.base.label)];
    let headings = ["base", "head", "change", "share", "verdict"];
    let tables = compared.deployments.iter().map(|deployment| {
        let row = |figure: &Difference| [&[figure.metric.clone()][..], &cells(figure, &deployment.currency)].concat();
        let title = figures::shortened(&name(deployment), 22);
        let columns: Vec<&str> = std::iter::once(title.as_str()).chain(headings).collect();
        Columns::new(&columns, shown(deployment).map(row).collect())
    });
    let told = Told {
        heading,
        tables: tables.collect(),
        headline: headline(compared, exceeded),
        advice: advice(compared),
        warnings: Vec::new(),
        paths: &[],
    };
    terminal::study(&told, color)
}

/// A comment for a pull request.
pub fn markdown(compared: &Compared, exceeded: &[Exceeded]) -> String {
    let mut lines = vec![format!("### {}", escaped(&headline(compared, exceeded))), String::new()];
    lines.push(format!("`{}` against `{}`", code(&compared.head.label), code(&compared.base.label)));
    lines.push(String::new());
    lines.push("| deployment | figure | base | head | change | share | verdict |".to_owned());
    lines.push("|---|---|--:|--:|--:|--:|---|".to_owned());
    for deployment in &compared.deployments {
        for figure in shown(deployment) {
            let cells = cells(figure, &deployment.currency).map(|cell| escaped(&cell));
            lines.push(format!("| {} | {} | {} |", escaped(&name(deployment)), figure.metric, cells.join(" | ")));
        }
    }
    lines.push(String::new());
    lines.extend(advice(compared).iter().map(|sentence| escaped(sentence) + "  "));
    for deployment in compared.deployments.iter().filter(|deployment| !deployment.bill.is_empty()) {
        lines.extend(bill(deployment));
    }
    lines.iter().map(|line| line.replace('\u{a0}', " ") + "\n").collect()
}

/// The lines of a bill that changed, folded.
fn bill(deployment: &ComparedDeployment) -> Vec<String> {
    let money = |amount| figures::money(currency(&deployment.currency), amount);
    let row = |change: &BillChange| {
        let by = change.head.0 - change.base.0;
        let sign = if by.is_sign_negative() { "−" } else { "+" };
        let by = money(crate::units::Money(by.abs()));
        format!("| {} | {} | {} | {sign}{by} |", escaped(&change.item), money(change.base), money(change.head))
    };
    let mut lines = vec![String::new(), format!("<details><summary>Bill of {}</summary>", escaped(&name(deployment)))];
    lines.extend(["", "| line | base | head | change |", "|---|--:|--:|--:|"].map(str::to_owned));
    lines.extend(deployment.bill.iter().take(LINES).map(row));
    if deployment.bill.len() > LINES {
        lines.push(format!("| {} more | | | |", deployment.bill.len() - LINES));
    }
    lines.extend(["", "</details>"].map(str::to_owned));
    lines
}

/// Text that Markdown and HTML leave as it is.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' => escaped.extend(['\\', c]),
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Text between backquotes.
fn code(text: &str) -> String {
    text.replace(['`', '\n', '\r'], " ")
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn names_do_no_harm_in_markdown() {
        assert_eq!(escaped("<script>a|b</script>*"), "&lt;script&gt;a\\|b&lt;/script&gt;\\*");
        assert_eq!(escaped("a\nb"), "a b");
    }
}
