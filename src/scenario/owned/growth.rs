//! How many servers are bought, and when: keys `count` and `capacity_plan`.

use rust_decimal::prelude::ToPrimitive;

use super::super::arrivals::expected;
use super::super::deployments::Part;
use super::super::document::Table;
use super::super::pack::Instance;
use super::super::problem::{Problem, Problems};
use crate::billing::ownership::{OwnershipTerms, Purchase};
use crate::platform::fleet::FleetSize;
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
pub fn read(part: &Part<'_>, instance: Instance, terms: &OwnershipTerms, problems: &mut Problems) -> Option<Growth> {
    let count = part.table.count32("count").map(|count| count.value);
    let at_start = |servers| Purchase { delivered: SimTime::ZERO, servers };
    match (part.table.table("capacity_plan"), count) {
        (Some(plan), _) => planned(part, plan, instance, terms, problems),
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
    instance: Instance,
    terms: &OwnershipTerms,
    problems: &mut Problems,
) -> Option<Growth> {
    let weeks = match busiest_hours(part) {
        Ok(weeks) => weeks,
        Err(reason) => {
            problems.push(Problem::at(&table.place, reason).help("say how many servers there are: `count`"));
            return None;
        }
    };
    let rule = Rule {
        cores: f64::from(instance.vcpu),
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
    cores: f64,
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
    fn servers(&self, busy_cores: f64) -> u32 {
        let needed = match self.spare {
            Spare::Share(share) => (busy_cores * (1.0 + share) / self.cores).ceil(),
            Spare::OneServer => (busy_cores / self.cores).ceil() + 1.0,
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

/// Cores that are busy in the busiest hour of each week, in the mean; or why that is not known.
fn busiest_hours(part: &Part<'_>) -> Result<Vec<f64>, String> {
    let Some(duration) = &part.application.settings.duration else {
        return Err("a plan of capacity needs to know how long it is for: `duration` of `scenario`".to_owned());
    };
    let duration = duration.value;
    let mut hours = vec![0.0; usize::try_from(duration.ns().div_ceil(Span::HOUR.ns())).unwrap_or(0)];
    for source in &part.application.workload.sources {
        let Source::Synthetic(source) = source else {
            return Err("a plan of capacity needs to know demand in advance, and a trace does not say it".to_owned());
        };
        let seconds = work_seconds(part, source)?;
        let counts = source.arrivals.hourly(duration);
        let even = expected(&source.arrivals, duration) / hours.len().max(1) as f64;
        for (index, hour) in hours.iter_mut().enumerate() {
            let count = counts.as_ref().map_or(even, |counts| counts[index]);
            *hour += count * seconds / 3_600.0;
        }
    }
    Ok(hours.chunks(WEEK_HOURS).map(|week| week.iter().copied().fold(0.0, f64::max)).collect())
}

/// For how long an invocation of `source` keeps a core, in the mean.
fn work_seconds(part: &Part<'_>, source: &Synthetic) -> Result<f64, String> {
    let mean = source.work.mean().ok_or_else(|| format!("the work of source `{}` has no mean", source.name))?;
    let (cpu, wait) = part.application.functions[source.function.index()].cpu.on_core(super::fleet::reference_speed);
    let holds_worker = part.text_or("discipline", "ps") == "fcfs";
    Ok(mean * if holds_worker { cpu + wait } else { cpu })
}
