//! Spot capacity: keys `purchase = "spot"` and `spot`.

use std::path::Path;
use std::sync::Arc;

use super::super::deployments::{Deployed, Part};
use super::super::distribution::distribution;
use super::super::document::Table;
use super::super::problem::{Problem, Problems, shortened};
use super::super::traces;
use crate::billing::spot::{PriceSeries, Repricing, SpotRule, SpotTariff};
use crate::billing::{Meter, Selection, Tariff};
use crate::platform::fleet::Hazards;
use crate::policy::hazard::{Recorded, Spot, Together};
use crate::stats::Distribution;
use crate::units::{Money, Share, SimTime, Span};
use crate::workload::series::{PriceFile, PriceFilter, read_availability, read_prices};

/// Changes of a value over time.
type Steps<T> = Vec<(SimTime, T)>;

/// More changes than this come from a file of seconds that is repeated for years.
const MOST_STEPS: u64 = 20_000_000;

/// Spot capacity, read.
pub struct Bought {
    /// `None`: the flat price of the list.
    prices: Option<PriceFile>,
    supply: Option<Recorded>,
    chance: Option<Spot>,
    notice: Span,
}

/// `None` if the servers are not spot, or if that is wrong and reported.
pub fn read(part: &Part<'_>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Bought> {
    let none = Table { entries: Vec::new(), place: part.table.place.clone() };
    let table = part.table.table("spot");
    match part.table.text("purchase") {
        Some(purchase) if purchase.value != "spot" => {
            if table.is_some() {
                let message = format!("`spot` does not go with purchase `{}`", shortened(purchase.value));
                problems.push(Problem::at(&purchase.place, message).help("leave `purchase` out, or say \"spot\""));
            }
            return None;
        }
        None if table.is_none() => return None,
        _ => {}
    }
    let table = table.unwrap_or(&none);
    let notice = table.quantity("notice").map_or_else(|| part.pack.quantity("spot-notice"), |notice| notice.value);
    let chance = chance(table, notice, problems);
    forbid_without(table, "prices", &["instance", "zone", "region", "product", "price_cap"], problems);
    let market = Market { part, table };
    let prices = market.prices(deployed, problems);
    let supply = market.supply(prices.as_ref(), deployed, problems);
    Some(Bought { prices, supply, chance, notice })
}

fn chance(table: &Table, notice: Span, problems: &mut Problems) -> Option<Spot> {
    forbid_without(table, "interruption", &["together", "outage"], problems);
    let share = table.quantity::<Share>("interruption")?;
    let hazard = Spot::hazard_of_month(share.value.value());
    if !hazard.is_finite() {
        let problem = Problem::at(&share.place, "all servers are interrupted within a month: that has no rate");
        problems.push(problem.help("say less than 100%, for example \"20%\""));
        return None;
    }
    let single = table.text("together").is_some_and(|who| who.value == "single");
    let together = if single { Together::One } else { Together::Pool };
    let outage = distribution(table, "outage", problems).unwrap_or(Distribution::Constant(Span::ZERO));
    (hazard > 0.0).then_some(Spot { hazard, together, notice, outage })
}

/// Keys that say nothing without `needed`.
fn forbid_without(table: &Table, needed: &str, keys: &[&str], problems: &mut Problems) {
    for entry in table.entries.iter().filter(|entry| !table.has(needed) && keys.contains(&entry.key.as_str())) {
        problems.push(Problem::at(&entry.key_place, format!("`{}` belongs to `{needed}`", entry.key)));
    }
}

/// The recorded market of one deployment.
struct Market<'a> {
    part: &'a Part<'a>,
    table: &'a Table,
}

impl Market<'_> {
    /// Prices over the time of the scenario.
    fn prices(&self, deployed: &mut Deployed, problems: &mut Problems) -> Option<PriceFile> {
        let text = |key| self.table.text(key).map(|text| text.value.to_owned());
        let filter = PriceFilter {
            instance: text("instance"),
            zone: text("zone"),
            region: text("region"),
            product: text("product"),
        };
        let file = self.open("prices", deployed, problems, |path| read_prices(path, &filter))?;
        if file.contradicted > 0 {
            self.warn_of_contradictions(file.contradicted, problems);
        }
        let series = &file.series;
        let (steps, end) = self.placed("prices", series.changes(), series.end(), problems)?;
        let series = PriceSeries::new(series.name(), steps).map(|series| series.held_until(end));
        let series = series.map_err(|error| problems.push(Problem::at(&self.table.place, error.to_string()))).ok()?;
        Some(PriceFile { series, ..file })
    }

    fn warn_of_contradictions(&self, rows: usize, problems: &mut Problems) {
        problems.warn(format!(
            "deployment `{}`: the file of prices has {rows} of its time-stamps twice with different prices; the newer row \
             holds",
            self.part.name
        ));
    }

    /// Servers that can be had: what was recorded, and none while the price is above the cap.
    fn supply(&self, prices: Option<&PriceFile>, deployed: &mut Deployed, problems: &mut Problems) -> Option<Recorded> {
        let recorded = self.open("availability", deployed, problems, read_availability);
        let recorded = recorded.and_then(|file| self.placed("availability", file.changes(), file.end(), problems));
        let cap = self.table.quantity::<Money>("price_cap").map(|cap| cap.value);
        let capped = prices.zip(cap).map(|(file, cap)| {
            let most = |price: Money| if price > cap { 0 } else { u32::MAX };
            let steps: Steps<u32> = file.series.changes().iter().map(|(at, price)| (*at, most(*price))).collect();
            (steps, file.series.end())
        });
        let (steps, end) = match (recorded, capped) {
            (Some((a, end)), Some((b, _))) => (least(&a, &b), end),
            (a, b) => a.or(b)?,
        };
        let read = Recorded::new(&steps, end);
        read.map_err(|error| problems.push(Problem::at(&self.table.place, error.to_string()))).ok()
    }

    /// The file under `key`, which becomes a part of the scenario.
    fn open<T>(
        &self,
        key: &str,
        deployed: &mut Deployed,
        problems: &mut Problems,
        read: impl FnOnce(&Path) -> Result<T, crate::workload::TraceError>,
    ) -> Option<T> {
        let named = self.table.text(key)?;
        let path = self.part.application.folder.join(named.value);
        match read(&path) {
            Ok(file) => {
                deployed.files.push((named.place, path));
                Some(file)
            }
            Err(error) => {
                problems.push(traces::problem(&error, &named.place));
                None
            }
        }
    }

    /// What a file says of the time of the scenario, from time zero on, and the end of that.
    fn placed<T: Copy>(
        &self,
        key: &str,
        changes: &[(SimTime, T)],
        file_ends: SimTime,
        problems: &mut Problems,
    ) -> Option<(Steps<T>, SimTime)> {
        let named = self.table.text(key)?;
        let Some(duration) = &self.part.application.settings.duration else {
            let problem = Problem::at(&named.place, "a recorded series needs to know when the scenario ends");
            problems.push(problem.help("say `duration` under [scenario]"));
            return None;
        };
        let skip = self.table.quantity::<Span>("skip").map_or(Span::ZERO, |skip| skip.value);
        let (from, until) = (SimTime::ZERO + skip, SimTime::ZERO + skip + duration.value);
        let repeat = self.table.flag("repeat").unwrap_or(false) && file_ends > SimTime::ZERO;
        if file_ends < until && !repeat {
            let message = format!(
                "`{}` ends {} after it begins; the scenario needs it until {}",
                shortened(named.value),
                file_ends.since(SimTime::ZERO),
                until.since(SimTime::ZERO),
            );
            let help = "a shorter `duration`, less `skip`, or `repeat = true` to begin it again";
            problems.push(Problem::at(&named.place, message).help(help));
            return None;
        }
        let rounds = until.ns().div_ceil(file_ends.ns().max(1)).max(1);
        if rounds.saturating_mul(changes.len() as u64) > MOST_STEPS {
            let message = format!("`{}` would be repeated {rounds} times, {} changes each", named.value, changes.len());
            problems.push(Problem::at(&named.place, message).help(format!("{MOST_STEPS} changes at most")));
            return None;
        }
        Some((in_window(changes, file_ends, rounds, (from, until)), SimTime::ZERO + duration.value))
    }
}

/// `rounds` of a series that lasts until `end`, cut to `[from, until)` and counted from there.
fn in_window<T: Copy>(
    changes: &[(SimTime, T)],
    end: SimTime,
    rounds: u64,
    (from, until): (SimTime, SimTime),
) -> Steps<T> {
    let mut steps: Steps<T> = Vec::new();
    let all = (0..rounds).flat_map(|round| changes.iter().map(move |(at, value)| (round * end.ns() + at.ns(), *value)));
    for (at, value) in all.take_while(|(at, _)| *at < until.ns()) {
        let at = SimTime::from_ns(at.saturating_sub(from.ns()));
        match steps.last_mut() {
            Some(last) if last.0 == at => last.1 = value,
            _ => steps.push((at, value)),
        }
    }
    steps
}

/// The smaller of two step functions, both from time zero on.
fn least(a: &[(SimTime, u32)], b: &[(SimTime, u32)]) -> Steps<u32> {
    let mut instants: Vec<SimTime> = a.iter().chain(b).map(|(at, _)| *at).collect();
    instants.sort_unstable();
    instants.dedup();
    let value = |of: &[(SimTime, u32)], at: SimTime| {
        of.partition_point(|(since, _)| *since <= at).checked_sub(1).map_or(u32::MAX, |index| of[index].1)
    };
    instants.into_iter().map(|at| (at, value(a, at).min(value(b, at)))).collect()
}

impl Bought {
    /// A flat price must be on the list; recorded ones replace it.
    pub fn select(&self, selection: Selection) -> Selection {
        let mut selection = selection.with("purchase", Some("spot"));
        if self.prices.is_some() {
            selection.meters.retain(|meter| *meter != Meter::InstanceTime);
        }
        selection
    }

    /// Leases have the recorded prices, or the flat one.
    pub fn price(&self, part: &Part<'_>, tariff: &mut Tariff) {
        let flat = tariff.prices.iter().find(|price| price.meter == Meter::InstanceTime);
        let instance = part.text_or("instance", "");
        let (service, item, series) = match (&self.prices, flat) {
            (Some(file), _) => ("spot".to_owned(), format!("{instance} spot"), file.series.clone()),
            (None, Some(price)) => {
                let hourly = price.tiers.first().map_or(Money::ZERO, |tier| tier.price);
                (price.service.clone(), price.item.clone(), PriceSeries::flat(&price.item, hourly))
            }
            (None, None) => return,
        };
        let rule = rule(part);
        tariff.spot = Some(SpotTariff { service, item, series: Arc::new(series), rule });
    }

    pub fn apply(self, hazards: &mut Hazards) {
        hazards.supply = self.supply;
        hazards.spot = self.chance;
        hazards.notice = self.notice;
    }

    pub fn assume(&self, part: &Part<'_>, deployed: &mut Deployed) {
        part.assume(deployed, "spot-notice", self.notice.to_string());
        if let Some(file) = &self.prices {
            let prices = || file.series.changes().iter().map(|(_, price)| *price);
            let (least, most) = (prices().min().unwrap_or(Money::ZERO), prices().max().unwrap_or(Money::ZERO));
            let value = format!("{} to {} an hour, {} changes", least.0, most.0, file.series.changes().len());
            let source = format!("file of the scenario: {}", file.series.name());
            deployed.assumptions.push(crate::scenario::Assumption {
                deployment: Some(part.name.to_owned()),
                subject: "spot prices".to_owned(),
                value,
                source,
                date: file.zero.to_string(),
            });
        }
        let capacity = match (&self.supply, &self.chance) {
            (None, None) => "as many servers as are asked for, and never interrupted".to_owned(),
            (Some(recorded), None) => format!("recorded: it changes {} times", recorded.steps().len() - 1),
            (recorded, Some(chance)) => {
                let who = if chance.together == Together::Pool { "the whole pool" } else { "each server" };
                let also = if recorded.is_some() { ", beside what was recorded" } else { "" };
                format!("{who} is interrupted {:.2e} times an hour{also}", chance.hazard)
            }
        };
        part.simplify(deployed, "spot capacity", capacity);
    }
}

/// By the second and free in the first hour at AWS; elsewhere as servers are billed, at the price of the moment.
fn rule(part: &Part<'_>) -> SpotRule {
    if part.pack.provider() == "AWS" {
        return SpotRule::AWS;
    }
    SpotRule {
        repricing: Repricing::Continuous,
        increment: part.pack.quantity("billing-increment"),
        least: part.pack.quantity("billing-minimum"),
        free_before: Span::ZERO,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: u64) -> SimTime {
        SimTime::ZERO + Span::from_secs(second)
    }

    #[test]
    fn a_series_is_cut_shifted_and_begun_again() {
        let series = [(at(0), 'a'), (at(3), 'b'), (at(8), 'c')];
        let window = |rounds, from, until| in_window(&series, at(10), rounds, (at(from), at(until)));
        assert_eq!(window(1, 0, 9), series);
        assert_eq!(window(1, 4, 8), [(at(0), 'b')]);
        assert_eq!(window(1, 3, 9), [(at(0), 'b'), (at(5), 'c')]);
        assert_eq!(
            window(3, 9, 24),
            [(at(0), 'c'), (at(1), 'a'), (at(4), 'b'), (at(9), 'c'), (at(11), 'a'), (at(14), 'b')]
        );
    }

    #[test]
    fn both_limits_hold() {
        let (a, b) = ([(at(0), 4), (at(5), 2)], [(at(0), u32::MAX), (at(3), 0), (at(7), u32::MAX)]);
        assert_eq!(least(&a, &b), [(at(0), 4), (at(3), 0), (at(5), 0), (at(7), 2)]);
    }
}
