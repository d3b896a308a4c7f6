//! How many servers are bought, and when: keys `count` and `capacity_plan`.

use rust_decimal::prelude::ToPrimitive;

use super::super::arrivals::expected;
use super::super::deployments::Part;
use super::super::document::Table;
use super::super::problem::{Problem, Problems};
use crate::billing::ownership::{OwnershipTerms, Purchase};
use crate::platform::fleet::{Discipline, FleetSize};
use crate::policy::scaling::ScheduledAction;
use crate::units::{Ratio, SimTime, Span};
use crate::workload::{Source, Synthetic};

/// Demand is looked at, and orders are written, once in this time.
const WEEK_HOURS: usize = 7 * 24;

/// More than any plan should buy.
const MOST: u32 = 100_000;

/// Purchases in order of delivery; the first one is there at the start.
pub struct Growth {
    pub purchases: Vec<Purchase>,
}

impl Growth {
    fn total(&self) -> u32 {
        self.purchases.iter().map(|purchase| purchase.servers).sum()
    }

    fn first(&self) -> u32 {
        self.purchases.first().map_or(0, |purchase| purchase.servers)
    }

    pub fn size(&self) -> FleetSize {
        FleetSize { least: self.first(), most: self.total(), initial: self.first() }
    }

    /// `8`, `8-24`.
    pub fn in_words(&self) -> String {
        let (first, total) = (self.first(), self.total());
        if first == total { first.to_string() } else { format!("{first}-{total}") }
    }

    /// The sizes that deliveries lead to.
    pub fn actions(&self) -> Vec<ScheduledAction> {
        let mut servers = self.first();
        let action = |purchase: &Purchase| {
            servers += purchase.servers;
            ScheduledAction { at: purchase.delivered, least: Some(servers), most: None, desired: Some(servers) }
        };
        self.purchases.iter().skip(1).map(action).collect()
    }
}

/// `None` if it is wrong and reported.
pub fn read(
    part: &Part<'_>,
    discipline: Discipline,
    terms: &OwnershipTerms,
    problems: &mut Problems,
) -> Option<Growth> {
    let count = part.table.count32("count").map(|count| count.value);
    let at_start = |servers| Purchase { delivered: SimTime::ZERO, servers };
    match (part.table.table("capacity_plan"), count) {
        (Some(plan), _) => planned(part, plan, discipline, terms, problems),
        (None, Some(count)) => Some(Growth { purchases: vec![at_start(count)] }),
        (None, None) => {
            if !part.table.has("count") && !part.table.has("capacity_plan") {
                let message = format!("key `count` of `deployments.{}` is missing", part.name);
                let problem = Problem::at(&part.table.place, message);
                problems.push(problem.help("or `capacity_plan`, which buys as demand grows"));
            }
            None
        }
    }
}

fn planned(
    part: &Part<'_>,
    table: &Table,
    discipline: Discipline,
    terms: &OwnershipTerms,
    problems: &mut Problems,
) -> Option<Growth> {
    let weeks = match busiest_hours(part, discipline) {
        Ok(weeks) => weeks,
        Err(reason) => {
            problems.push(Problem::at(&table.place, reason).help("say how many servers there are: `count`"));
            return None;
        }
    };
    let rule = Rule {
        spare: match table.text("headroom").is_some_and(|word| word.value == "n+1") {
            true => Spare::OneServer,
            false => Spare::Share(
                ratio(table, "headroom").unwrap_or_else(|| part.pack.quantity::<Ratio>("headroom").value()),
            ),
        },
        quantum: table.count32("quantum").map_or_else(|| part.pack.count("quantum"), |quantum| quantum.value).max(1),
        expected_growth: ratio(table, "expected_growth"),
        lead: Span::from_seconds_f64(terms.lead_time.to_f64().unwrap_or(0.0) * 86_400.0),
    };
    let least = part.table.count32("count").map_or(0, |count| count.value);
    let growth = Growth { purchases: rule.purchases(&weeks, least) };
    if growth.purchases.iter().map(|purchase| u64::from(purchase.servers)).sum::<u64>() > MOST.into() {
        problems.push(
            Problem::at(&table.place, format!("the plan would buy more than {MOST} servers"))
                .help("less `headroom`, a smaller `quantum`, or less demand"),
        );
        return None;
    }
    Some(growth)
}

fn ratio(table: &Table, key: &str) -> Option<f64> {
    table.quantity::<Ratio>(key).map(|at| at.value.value())
}

/// How capacity follows demand.
struct Rule {
    spare: Spare,
    quantum: u32,
    /// A year; `None`: demand is known in advance.
    expected_growth: Option<f64>,
    lead: Span,
}

enum Spare {
    /// Of the busiest hour.
    Share(f64),
    OneServer,
}

impl Rule {
    /// `busy`: servers that are busy in the mean.
    fn servers(&self, busy: f64) -> u32 {
        let needed = match self.spare {
            Spare::Share(share) => (busy * (1.0 + share)).ceil(),
            Spare::OneServer => busy.ceil() + 1.0,
        };
        // One more than there may be, so that it is refused and not cut.
        (needed as u32).clamp(1, MOST + 1)
    }

    /// What is there at the start is enough for the first week, and for the lead time in which nothing can come.
    fn purchases(&self, weeks: &[f64], least: u32) -> Vec<Purchase> {
        let growth = self.expected_growth.unwrap_or(0.0);
        let later = crate::workload::grown(growth, self.lead);
        let first = self.servers(weeks.first().copied().unwrap_or(0.0) * later).max(least);
        let mut have = first.div_ceil(self.quantum).saturating_mul(self.quantum);
        let mut purchases = vec![Purchase { delivered: SimTime::ZERO, servers: have }];
        for week in 1..weeks.len() {
            let (seen, wait) = match self.expected_growth {
                None => (weeks[week], Span::ZERO),
                Some(_) => (weeks[week - 1] * later, self.lead),
            };
            let missing = self.servers(seen).saturating_sub(have);
            if missing > 0 && have <= MOST {
                let servers = missing.div_ceil(self.quantum) * self.quantum;
                let ordered = SimTime::ZERO + Span::from_secs((week * WEEK_HOURS) as u64 * 3_600);
                purchases.push(Purchase { delivered: ordered + wait, servers });
                have = have.saturating_add(servers);
            }
        }
        purchases
    }
}

/// Servers that are busy in the busiest hour of each week, in the mean; or why that is not known.
fn busiest_hours(part: &Part<'_>, discipline: Discipline) -> Result<Vec<f64>, String> {
    let Some(duration) = &part.application.settings.duration else {
        return Err("a plan of capacity needs to know how long it is for: `duration` of `scenario`".to_owned());
    };
    let duration = duration.value;
    let mut hours = vec![Held::default(); usize::try_from(duration.ns().div_ceil(Span::HOUR.ns())).unwrap_or(0)];
    for source in &part.application.workload.sources {
        let Source::Synthetic(source) = source else {
            return Err("a plan of capacity needs to know demand in advance, and a trace does not say it".to_owned());
        };
        let one = Held::of(part, source)?;
        let counts = source.arrivals.hourly(duration);
        let even = expected(&source.arrivals, duration) / hours.len().max(1) as f64;
        for (index, hour) in hours.iter_mut().enumerate() {
            let count = counts.as_ref().map_or(even, |counts| counts[index]);
            hour.cores += count * one.cores / 3_600.0;
            hour.places += count * one.places / 3_600.0;
        }
    }
    let servers: Vec<f64> = hours.iter().map(|hour| hour.servers(discipline)).collect();
    Ok(servers.chunks(WEEK_HOURS).map(|week| week.iter().copied().fold(0.0, f64::max)).collect())
}

/// What invocations take, in the mean: of one of them seconds, of all that run at once a number.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// By the CPU work.
    cores: f64,
    /// By the whole duration, waiting included.
    places: f64,
}

impl Held {
    /// By an invocation of `source`.
    fn of(part: &Part<'_>, source: &Synthetic) -> Result<Self, String> {
        let mean = source.work.mean().ok_or_else(|| format!("the work of source `{}` has no mean", source.name))?;
        let (cpu, wait) =
            part.application.functions[source.function.index()].cpu.on_core(super::fleet::reference_speed);
        Ok(Self { cores: mean * cpu, places: mean * (cpu + wait) })
    }

    /// Servers that are busy with it: what there is least of decides, workers, or cores and requests at once.
    fn servers(self, discipline: Discipline) -> f64 {
        match discipline {
            Discipline::Fcfs { workers } => self.places / f64::from(workers.max(1)),
            Discipline::ProcessorSharing { milli_cores, limit } => {
                let by_cores = self.cores * 1e3 / f64::from(milli_cores.max(1));
                limit.map_or(by_cores, |limit| by_cores.max(self.places / f64::from(limit.max(1))))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Requests that run on 60 cores, of which each waits for as long as it works.
    #[track_caller]
    fn check(discipline: Discipline, servers: f64) {
        assert_eq!(Held { cores: 60.0, places: 120.0 }.servers(discipline), servers, "{discipline:?}");
    }

    #[test]
    fn a_server_is_as_large_as_its_scarcest_part() {
        check(Discipline::Fcfs { workers: 8 }, 15.0);
        check(Discipline::Fcfs { workers: 120 }, 1.0);
        let shared = |limit| Discipline::ProcessorSharing { milli_cores: 20_000, limit };
        check(shared(None), 3.0);
        check(shared(Some(100)), 3.0);
        check(shared(Some(10)), 12.0);
    }
}
