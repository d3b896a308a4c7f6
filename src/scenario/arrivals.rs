//! From the keys of an arrival process to arrivals, and how many of them to expect.

use std::sync::Arc;

use super::distribution::distribution;
use super::document::{Node, Table};
use super::problem::{Problem, Problems};
use super::read::At;
use crate::ids::FunctionId;
use crate::rng::{Entity, Seed};
use crate::stats::Distribution;
use crate::units::{Calendar, Rate, Ratio, SimTime, Span};
use crate::workload::{Arrivals, CronSchedule, Synthetic, SyntheticSource};

/// The process of a source; `None` if it is wrong and reported.
pub fn build(table: &Table, calendar: Calendar, problems: &mut Problems) -> Option<Arrivals> {
    let rate = |key: &str| table.quantity::<Rate>(key);
    let arrivals = match table.text("process")?.value {
        "constant" => Arrivals::Constant { rate: positive(rate("rate")?, problems)? },
        "poisson" => Arrivals::Poisson { rate: positive(rate("rate")?, problems)? },
        "diurnal" => diurnal(table, positive(rate("rate")?, problems)?, calendar, problems)?,
        "piecewise" => piecewise(table, problems)?,
        "burst" => burst(table, problems)?,
        "batch" => batch(table, problems)?,
        "cron" => cron(table, calendar, problems)?,
        "mmpp" => mmpp(table, problems)?,
        _ => return None,
    };
    Some(arrivals)
}

/// Key `growth` of a source: how its rate grows in 365 days.
pub fn growing(arrivals: Arrivals, table: &Table, problems: &mut Problems) -> Option<Arrivals> {
    let Some(growth) = table.quantity::<Ratio>("growth") else { return Some(arrivals) };
    let curved = matches!(
        arrivals,
        Arrivals::Poisson { .. } | Arrivals::Diurnal { .. } | Arrivals::Piecewise { .. } | Arrivals::Burst { .. }
    );
    if !curved {
        let problem = Problem::at(&growth.place, "`growth` does not go with this process, whose rate follows no curve");
        problems.push(problem.help("`poisson`, `diurnal`, `piecewise` and `burst` can grow"));
        return None;
    }
    const MOST: f64 = 100.0;
    if growth.value.value() > MOST {
        problems
            .push(Problem::at(&growth.place, format!("growth {} a year is too much; at most 10000%", growth.value)));
        return None;
    }
    let growing = Arrivals::Growing { of: Arc::new(arrivals), per_year: growth.value.value(), opens: Span::ZERO };
    Some(growing)
}

fn positive(rate: At<Rate>, problems: &mut Problems) -> Option<Rate> {
    if rate.value.as_per_second() > 0.0 {
        return Some(rate.value);
    }
    problems.push(Problem::at(&rate.place, "the rate is zero; this source would never ask for anything"));
    None
}

fn diurnal(table: &Table, rate: Rate, calendar: Calendar, problems: &mut Problems) -> Option<Arrivals> {
    let node = table.get("hourly")?;
    let mut hourly: Vec<f64> = table.list("hourly")?.iter().filter_map(Node::number).collect();
    if !matches!(hourly.len(), 24 | 168) {
        let message = format!("`hourly` has {} factors; expected 24 for a day or 168 for a week", hourly.len());
        problems.push(Problem::at(&node.place, message));
        return None;
    }
    if hourly.iter().all(|factor| *factor <= 0.0) {
        problems.push(Problem::at(&node.place, "all factors are zero; this source would never ask for anything"));
        return None;
    }
    if hourly.len() == 168 {
        let opens = calendar.start().weekday().to_monday_zero_offset();
        hourly.rotate_left(usize::try_from(opens).unwrap_or(0) * 24);
    }
    Some(Arrivals::Diurnal { rate, hourly: hourly.into(), smooth: table.flag("smooth").unwrap_or(true) })
}

fn piecewise(table: &Table, problems: &mut Problems) -> Option<Arrivals> {
    let mut steps: Vec<(SimTime, Rate)> = Vec::new();
    for step in table.list("steps")? {
        let step = step.as_table()?;
        let (from, rate) = (step.quantity::<SimTime>("from")?, step.quantity::<Rate>("rate")?);
        if steps.last().is_some_and(|(before, _)| *before >= from.value) {
            problems.push(Problem::at(&from.place, "steps must follow each other in time"));
            return None;
        }
        steps.push((from.value, rate.value));
    }
    if steps.iter().all(|(_, rate)| rate.as_per_second() <= 0.0) {
        let place = &table.get("steps")?.place;
        problems.push(Problem::at(place, "no step has a rate above zero; this source would never ask for anything"));
        return None;
    }
    Some(Arrivals::Piecewise { steps: steps.into() })
}

fn burst(table: &Table, problems: &mut Problems) -> Option<Arrivals> {
    let (base, peak) = (table.quantity::<Rate>("base")?, table.quantity::<Rate>("peak")?);
    if base.value.as_per_second() <= 0.0 {
        positive(peak.clone(), problems)?;
    }
    Some(Arrivals::Burst {
        base: base.value,
        peak: peak.value,
        at: table.quantity("at")?.value,
        length: table.quantity("length")?.value,
        ramp: table.quantity("ramp").map_or(Span::ZERO, |ramp| ramp.value),
    })
}

fn batch(table: &Table, problems: &mut Problems) -> Option<Arrivals> {
    let period = table.quantity::<Span>("period")?;
    if period.value == Span::ZERO {
        problems.push(Problem::at(&period.place, "period is zero; batches would never end"));
        return None;
    }
    Some(Arrivals::Batch {
        size: table.count32("size")?.value,
        period: period.value,
        offset: table.quantity("offset").map_or(Span::ZERO, |offset| offset.value),
        jitter: distribution(table, "jitter", problems),
    })
}

fn cron(table: &Table, calendar: Calendar, problems: &mut Problems) -> Option<Arrivals> {
    let schedule = table.text("schedule")?;
    match schedule.value.parse::<CronSchedule>() {
        Ok(parsed) => {
            let count = table.count32("count").map_or(1, |count| count.value);
            Some(Arrivals::Cron { schedule: parsed, calendar, count })
        }
        Err(error) => {
            let problem = Problem::at(&schedule.place, error.to_string());
            problems.push(problem.help("minute hour day-of-month month day-of-week, such as `*/15 6-22 * * mon-fri`"));
            None
        }
    }
}

fn mmpp(table: &Table, problems: &mut Problems) -> Option<Arrivals> {
    let mut states: Vec<(Rate, Span)> = Vec::new();
    for state in table.list("states")? {
        let state = state.as_table()?;
        let stay = state.quantity::<Span>("stay")?;
        if stay.value == Span::ZERO {
            problems.push(Problem::at(&stay.place, "the mean stay in a state is zero"));
            return None;
        }
        states.push((state.quantity::<Rate>("rate")?.value, stay.value));
    }
    if states.iter().all(|(rate, _)| rate.as_per_second() <= 0.0) {
        let place = &table.get("states")?.place;
        problems.push(Problem::at(place, "no state has a rate above zero; this source would never ask for anything"));
        return None;
    }
    Some(Arrivals::Mmpp { states: Arc::from(states) })
}

/// Mean number of arrivals in a window of `duration`.
pub fn expected(arrivals: &Arrivals, duration: Span) -> f64 {
    let seconds = duration.seconds();
    match arrivals {
        Arrivals::Constant { rate } | Arrivals::Poisson { rate } => rate.as_per_second() * seconds,
        Arrivals::Diurnal { rate, hourly, .. } => {
            let factor = hourly.iter().sum::<f64>() / hourly.len().max(1) as f64;
            rate.as_per_second() * factor * seconds
        }
        Arrivals::Piecewise { steps } => expected_of_steps(steps, duration),
        Arrivals::Burst { base, peak, at, length, ramp } => {
            let end = SimTime::ZERO + duration;
            let held = length.seconds().min(end.since(*at).seconds());
            let ramp = ramp.seconds().min(held / 2.0);
            base.as_per_second() * seconds + peak.as_per_second() * (held - ramp)
        }
        Arrivals::Batch { size, period, offset, .. } => {
            let left = duration.ns().saturating_sub(offset.ns());
            f64::from(*size) * left.div_ceil(period.ns().max(1)) as f64
        }
        Arrivals::Cron { .. } => counted(arrivals, duration),
        Arrivals::Mmpp { states } => {
            let stay: f64 = states.iter().map(|(_, stay)| stay.seconds()).sum();
            let asked: f64 = states.iter().map(|(rate, stay)| rate.as_per_second() * stay.seconds()).sum();
            asked / stay * seconds
        }
        Arrivals::Growing { .. } => arrivals.hourly(duration).map_or(0.0, |hours| hours.iter().sum()),
        Arrivals::Counts { interval, counts, .. } => {
            let inside = |index: u32| u64::from(index).saturating_mul(interval.ns()) < duration.ns();
            counts.iter().filter(|(index, _)| inside(*index)).map(|(_, count)| f64::from(*count)).sum()
        }
    }
}

fn expected_of_steps(steps: &[(SimTime, Rate)], duration: Span) -> f64 {
    let end = SimTime::ZERO + duration;
    let ends = steps.iter().skip(1).map(|(from, _)| *from).chain([SimTime::END]);
    steps.iter().zip(ends).map(|((from, rate), to)| rate.as_per_second() * to.min(end).since(*from).seconds()).sum()
}

/// Runs a process that draws nothing, and counts.
fn counted(arrivals: &Arrivals, duration: Span) -> f64 {
    const BATCH: usize = 4_096;
    let source = Synthetic {
        name: String::new(),
        entity: Entity::named(""),
        function: FunctionId(0),
        arrivals: arrivals.clone(),
        work: Distribution::Constant(Span::ZERO),
    };
    let mut source = SyntheticSource::new(&source, Seed { seed: 0, replication: 0 }, SimTime::ZERO + duration);
    let mut batch = Vec::with_capacity(BATCH);
    let mut count = 0;
    loop {
        source.fill(&mut batch, BATCH);
        count += batch.len();
        if batch.len() < BATCH {
            return count as f64;
        }
        batch.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::document;
    use crate::scenario::problem::Origin;

    #[track_caller]
    fn check(text: &str, duration: Span, count: f64) {
        let mut problems = Problems::of(Origin { name: "test".into(), text: text.into() });
        let table = document::parse(text, &mut problems);
        let arrivals = build(&table, Calendar::default(), &mut problems);
        let arrivals = arrivals.unwrap_or_else(|| panic!("{problems}"));
        let expected = expected(&arrivals, duration);
        assert!((expected - count).abs() < 1e-6 * count, "{expected} instead of {count}");
    }

    const HOUR: Span = Span::HOUR;

    #[test]
    fn the_expected_number_of_arrivals_is_the_integral_of_the_rate() {
        check("process = 'poisson'\nrate = '40/s'", HOUR, 144_000.0);
        check("process = 'piecewise'\nsteps = [{from='0s',rate='1/s'},{from='30min',rate='3/s'}]", HOUR, 7_200.0);
        check("process = 'batch'\nsize = 10\nperiod = '20min'\noffset = '5min'", HOUR, 30.0);
        check("process = 'mmpp'\nstates = [{rate='0/s',stay='50s'},{rate='6/s',stay='10s'}]", HOUR, 3_600.0);
        check("process = 'cron'\nschedule = '*/15 * * * *'\ncount = 3", Span::DAY, 288.0);
    }

    #[test]
    fn a_burst_adds_the_area_of_its_trapezium() {
        let burst = "process='burst'\nbase='1/s'\npeak='10/s'\nat='10min'\nlength='10min'\nramp='2min'";
        check(burst, HOUR, 3_600.0 + 10.0 * (600.0 - 120.0));
    }
}
