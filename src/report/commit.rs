//! What a plan of commitments tells: what to buy, what it saves, what there is to regret, and how it is written.

use std::path::PathBuf;

use super::figures::{self, ABSENT, currency};
use super::terminal::{self, Color, Columns, Told};
use crate::report::Target;
use crate::results::committed::{CommitMonth, CommitOffer, CommitSite, Committed};
use crate::results::store::Staged;

/// Hours of a term.
const YEAR_S: f64 = 8_760.0 * 3_600.0;

/// The answer in one sentence.
pub fn headline(answer: &Committed) -> String {
    let Some(site) = answer.leading() else { return "Nothing can be bought in advance".to_owned() };
    match site.best() {
        Some(offer) => format!("For {} buy {}", name(site), said(answer, offer)),
        None => format!(
            "Nothing on offer pays for {}: on demand costs {} a month",
            name(site),
            money(answer, site.on_demand.per_month.to_f64())
        ),
    }
}

/// `2 × t3.medium reserved 3 y, no upfront: $26.28 a month, 57 % less than on demand`.
fn said(answer: &Committed, offer: &CommitOffer) -> String {
    format!(
        "{}: {} a month, {} less than on demand",
        what(answer, offer),
        money(answer, offer.cost.per_month.to_f64()),
        figures::share(offer.saving)
    )
}

fn what(answer: &Committed, offer: &CommitOffer) -> String {
    let bought = level(answer, offer, offer.level.to_f64());
    let of = if offer.counted == "instances" { "×" } else { "of" };
    format!("{bought} {of} {}", offer.name)
}

/// `api`, or `api of hybrid` where the site is one of several.
fn name(site: &CommitSite) -> String {
    if site.site == site.deployment { site.site.clone() } else { format!("{} of {}", site.site, site.deployment) }
}

fn money(answer: &Committed, amount: f64) -> String {
    figures::money_f64(currency(&answer.currency), amount)
}

/// Below half a cent there is nothing to regret.
fn regret(answer: &Committed, amount: f64) -> String {
    money(answer, if amount < 0.005 { 0.0 } else { amount })
}

/// `4`, or `$0.25/h`.
pub fn level(answer: &Committed, offer: &CommitOffer, level: f64) -> String {
    if offer.counted == "instances" {
        return figures::number(level);
    }
    format!("{}/h", figures::price(currency(&answer.currency), decimal(level)))
}

/// Of five decimals, which are all that a level has.
fn decimal(level: f64) -> crate::units::Money {
    let steps = (level * 1e5).round() as i64;
    crate::units::Money(rust_decimal::Decimal::new(steps, 5).normalize())
}

/// What else a reader should know.
pub fn advice(answer: &Committed) -> Vec<String> {
    let leading = answer.leading();
    let others = answer.sites.iter().filter(|site| leading.is_none_or(|leading| !std::ptr::eq(*site, leading)));
    let mut advice = Vec::new();
    if let Some((site, offer)) = leading.and_then(|site| Some((site, site.best()?))) {
        advice.extend(about(answer, site, offer));
    } else if let Some(site) = leading {
        advice.push(why_nothing(site));
    }
    for site in others {
        advice.push(match site.best() {
            Some(offer) => format!("For {} buy {}.", name(site), said(answer, offer)),
            None => format!("For {}, nothing on offer pays.", name(site)),
        });
    }
    let longest = leading.and_then(CommitSite::best).map_or(1.0, |offer| if offer.term == "3y" { 3.0 } else { 1.0 });
    if answer.window_s < YEAR_S * longest {
        advice.push(format!(
            "The {} simulated stand for the whole term: what grows, shrinks or has seasons needs a longer `duration`, or \
             `--vary demand=x0.7,x1,x1.4`.",
            figures::length(answer.window_s)
        ));
    }
    advice
}

fn about(answer: &Committed, site: &CommitSite, offer: &CommitOffer) -> Vec<String> {
    let mut about = Vec::new();
    let [low, high] = offer.hindsight.map(crate::units::Money::to_f64);
    let draws = figures::plural(answer.draws as f64, "draw");
    about.push(if answer.draws == 1 {
        "There is one draw: nothing is known of what could be regretted; `--replications` or `--vary demand=x0.7,x1,x1.4` \
         make more."
            .to_owned()
    } else if low == high {
        format!("Every one of {draws} would have chosen the same level: there is nothing to regret in them.")
    } else if offer.worst_regret < 0.005 {
        let [low, high] = [low, high].map(|bought| level(answer, offer, bought));
        format!("Over {draws} the best level would have been {low} to {high}: less than a cent a month to regret.")
    } else {
        format!(
            "Over {draws} the best level would have been {} to {}; not to know which costs {} a month on average, {} at worst.",
            level(answer, offer, low),
            level(answer, offer, high),
            regret(answer, offer.expected_regret),
            regret(answer, offer.worst_regret)
        )
    });
    if let Some(ratio) = offer.breakeven_utilization {
        about.push(format!(
            "It pays where at least {} of it is used; {} of what is bought is, and it covers {} of the use.",
            figures::share(ratio),
            offer.utilization.map_or(ABSENT.to_owned(), figures::share),
            offer.coverage.map_or(ABSENT.to_owned(), figures::share)
        ));
    }
    let upfront = offer.cost.upfront.to_f64();
    if upfront > 0.0 {
        about.push(format!("Paid at the start: {}.", money(answer, upfront)));
    }
    if offer.term == "3y"
        && let Some(year) = best_year(site)
    {
        about.push(format!("Of terms of one year the best is {}.", said(answer, year)));
    }
    if let Some(entry) = &offer.toml {
        about.push(format!("To use it: --set '{}=[{entry}]'", site.key));
    }
    about
}

/// The cheapest of the offers that bind for one year and save something.
fn best_year(site: &CommitSite) -> Option<&CommitOffer> {
    let short = site.offers.iter().filter(|offer| offer.term == "1y" && offer.saving_per_month > 0.0);
    short.min_by_key(|offer| offer.cost.per_month)
}

fn why_nothing(site: &CommitSite) -> String {
    let ratios = site.offers.iter().filter_map(|offer| offer.breakeven_utilization);
    let least = ratios.fold(f64::INFINITY, f64::min);
    format!(
        "The cheapest of {} pays where {} of it is used, and no level is used so much.",
        figures::plural(site.offers.len() as f64, "offer"),
        figures::share(least)
    )
}

/// Every offer of a site at its best level, the cheapest first.
pub fn offers(answer: &Committed, site: &CommitSite) -> Columns {
    let mut sorted: Vec<&CommitOffer> = site.offers.iter().collect();
    sorted.sort_by_key(|offer| offer.cost.per_month);
    let row = |offer: &&CommitOffer| {
        vec![
            short(offer),
            upfront(offer).to_owned(),
            rounded(answer, offer),
            money(answer, offer.cost.per_month.to_f64()),
            figures::share(offer.saving),
            regret(answer, offer.expected_regret),
            offer.utilization.map_or(ABSENT.to_owned(), figures::share),
            offer.breakeven_utilization.map_or(ABSENT.to_owned(), figures::share),
        ]
    };
    let headings = [&name(site), "upfront", "level", "a month", "saved", "regret", "used", "pays at"];
    Columns::new(&headings, sorted.iter().map(row).collect())
}

/// `convertible 3y`; the whole name stands on the bill.
fn short(offer: &CommitOffer) -> String {
    let kind = match offer.kind.as_str() {
        "reserved" if offer.name.contains("convertible") => "convertible",
        "reserved" => "reserved",
        "instance-savings-plan" => "instance plan",
        _ => "compute plan",
    };
    format!("{kind} {}", offer.term)
}

fn upfront(offer: &CommitOffer) -> &'static str {
    match offer.payment.as_str() {
        "all-upfront" => "all",
        "partial-upfront" => "part",
        _ => "no",
    }
}

/// The level to three digits.
fn rounded(answer: &Committed, offer: &CommitOffer) -> String {
    match offer.level.to_f64() {
        level if level <= 0.0 => "none".to_owned(),
        level if offer.counted == "instances" => figures::number(level),
        level => format!("{}/h", money(answer, level)),
    }
}

/// How the best offer serves, by calendar month.
pub fn months(answer: &Committed, offer: &CommitOffer) -> Columns {
    let row = |month: &CommitMonth| {
        vec![
            month.month.clone(),
            month.utilization.map_or(ABSENT.to_owned(), figures::share),
            month.coverage.map_or(ABSENT.to_owned(), figures::share),
            money(answer, month.committed.to_f64()),
            money(answer, month.on_demand.to_f64()),
        ]
    };
    let headings = ["month", "used", "covered", "committed", "left on demand"];
    Columns::new(&headings, offer.months.iter().map(row).collect())
}

/// A year of months as it is; of more those in which least is used.
fn shown(table: Columns, offer: &CommitOffer) -> Columns {
    const YEAR: usize = 12;
    const WORST: usize = 6;
    if table.rows.len() <= YEAR {
        return table;
    }
    let used = |index: &usize| offer.months[*index].utilization.unwrap_or(f64::INFINITY);
    let mut order: Vec<usize> = (0..table.rows.len()).collect();
    order.sort_by(|a, b| used(a).total_cmp(&used(b)));
    let mut headings = table.headings;
    headings[0] = format!("the {WORST} of {} months least used", table.rows.len());
    let worst = order.into_iter().take(WORST).map(|index| table.rows[index].clone());
    Columns { headings, rows: worst.collect(), more: 0 }
}

/// The summary for a terminal.
pub fn text(answer: &Committed, paths: &[(&str, PathBuf)], color: Color) -> String {
    let mut tables: Vec<Columns> = answer.sites.iter().map(|site| offers(answer, site)).collect();
    if let Some(best) = answer.leading().and_then(CommitSite::best) {
        tables.push(shown(months(answer, best), best));
    }
    let own = [figures::length(answer.window_s), figures::plural(answer.draws as f64, "draw")];
    let told =
        Told { tables, headline: headline(answer), advice: advice(answer), paths, ..Told::of(&answer.scenario, own) };
    terminal::study(&told, color)
}

/// Prepares `report.html` and its charts; `command` makes the same again.
#[cfg(feature = "report")]
pub fn stage(to: Target, answer: &Committed, command: &str) -> Result<Staged, super::ReportError> {
    use super::charts;
    use super::study::{Study, stage, varied};
    let mut tables = Vec::new();
    for site in &answer.sites {
        let caption = "every offer at its best level; it pays at the part that must be used";
        tables.push((format!("For {}: {caption}", name(site)), offers(answer, site).into()));
        if let Some(best) = site.best() {
            tables.push((format!("{}, by calendar month", best.name), months(answer, best).into()));
        }
    }
    let own = [("draws", answer.draws.to_string()), ("varied", varied(&answer.varied))];
    let study = Study {
        headline: headline(answer),
        advice: advice(answer),
        charts: charts::commit::all(answer),
        tables,
        ..Study::of(&answer.scenario, ("commitments", command), own)
    };
    stage(to, &study)
}

#[cfg(not(feature = "report"))]
pub fn stage(_: Target, _: &Committed, _: &str) -> Result<Staged, super::ReportError> {
    Err(super::ReportError::NotAvailable)
}
