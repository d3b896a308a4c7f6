//! The hours of a week: when load comes, when starts are cold, and when money is spent.

use jiff::civil::{Date, Weekday};

use crate::report::{figures, story};
use crate::results::{Results, Tables, TimelineRow};

use super::{Axis, By, Chart, Data, Mark, Panel, Say, label};

const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const HOUR: f64 = 3600.0;
/// Longer intervals do not tell hours apart.
const LONGEST_S: f64 = HOUR;
/// A run of fewer hours has no pattern to show.
const FEWEST_HOURS: usize = 6;

/// What happened in one hour of the week, over all weeks of the run.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Hour {
    seconds: f64,
    arrivals: f64,
    cold_starts: f64,
    cost: f64,
}

impl Hour {
    fn rate(&self) -> f64 {
        self.arrivals / self.seconds
    }

    fn cold(&self) -> f64 {
        if self.arrivals > 0.0 { (self.cold_starts / self.arrivals).min(1.0) } else { 0.0 }
    }

    fn hourly_cost(&self) -> f64 {
        self.cost / self.seconds * HOUR
    }
}

type Of = fn(&Hour) -> f64;

pub fn chart(results: &Results, tables: &Tables) -> Chart {
    let none = |why: &str| Chart::empty("week", "No hours of the week to compare", why);
    let index = story::tell(results).winner.unwrap_or(0);
    let (Some(deployment), Some(first)) = (results.deployments.get(index), weekday(&results.scenario.start)) else {
        return none("There is no deployment, or no date.");
    };
    let rows: Vec<&TimelineRow> = tables.timeline.iter().filter(|row| row.deployment == deployment.name).collect();
    if rows.iter().any(|row| row.length_s > LONGEST_S) {
        return none("The intervals of this run are longer than hours.");
    }
    let hours = hours(&rows, first);
    let seen = hours.iter().filter(|hour| hour.seconds > 0.0).count();
    if seen < FEWEST_HOURS || hours.iter().all(|hour| hour.arrivals <= 0.0) {
        return none("Needs six hours with arrivals.");
    }
    let name = label(&deployment.name);
    let symbol = deployment.cost.currency.symbol();
    let shown: [(String, Of, Say, usize); 3] = [
        ("Arrivals per second".to_owned(), Hour::rate, Say::Compact, 0),
        (format!("Cold starts on {name}"), Hour::cold, Say::Share, 1),
        (format!("Cost of an hour on {name}"), Hour::hourly_cost, Say::Money(symbol), 2),
    ];
    let differs = |(_, of, _, _): &(String, Of, Say, usize)| {
        let values = || hours.iter().filter(|hour| hour.seconds > 0.0).map(of);
        values().fold(0.0, f64::max) > 1.1 * values().fold(f64::INFINITY, f64::min)
    };
    let mut panels: Vec<Panel> = shown
        .into_iter()
        .filter(differs)
        .map(|(heading, of, say, series)| panel(&hours, (heading, of), say, series))
        .collect();
    if let Some(last) = panels.last_mut() {
        last.x.title = "hour of the day, UTC".to_owned();
    }
    if panels.is_empty() {
        return none("Every hour is like every other.");
    }
    Chart {
        id: "week",
        title: title(&hours),
        subtitle:
            "Means of each hour of the week over the run; the stronger the colour, the more. Hours that the run does not reach stay \
                   empty."
                .to_owned(),
        legend: Vec::new(),
        panels,
        columns: 1,
        data: data(&hours, symbol),
    }
}

fn weekday(day: &str) -> Option<Weekday> {
    Some(day.parse::<Date>().ok()?.weekday())
}

/// By hour of the week from Monday on. An interval counts where it begins: none is longer than an hour.
fn hours(rows: &[&TimelineRow], first: Weekday) -> Vec<Hour> {
    let mut hours = vec![Hour::default(); 168];
    let offset = usize::try_from(first.to_monday_zero_offset()).unwrap_or(0) * 24;
    let usable = |row: &&&TimelineRow| row.length_s > 0.0 && row.start_s >= 0.0 && row.rate_per_s.is_finite();
    for row in rows.iter().filter(usable) {
        let hour = &mut hours[(offset + (row.start_s / HOUR) as usize) % 168];
        hour.seconds += row.length_s;
        hour.arrivals += row.rate_per_s * row.length_s;
        hour.cold_starts += row.cold_starts;
        hour.cost += row.cost;
    }
    hours
}

/// Days that the run reaches, Monday first.
fn days(hours: &[Hour]) -> Vec<usize> {
    (0..7).filter(|day| hours[day * 24..(day + 1) * 24].iter().any(|hour| hour.seconds > 0.0)).collect()
}

fn panel(hours: &[Hour], (heading, of): (String, Of), say: Say, series: usize) -> Panel {
    let days = days(hours);
    let values = || hours.iter().filter(|hour| hour.seconds > 0.0).map(of);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let mut marks = Vec::new();
    for (row, day) in days.iter().enumerate() {
        let bottom = (days.len() - 1 - row) as f64;
        for hour in 0..24 {
            let one = &hours[day * 24 + hour];
            if one.seconds <= 0.0 {
                continue;
            }
            let value = of(one);
            marks.push(Mark::Cell {
                from: [hour as f64, bottom],
                to: [hour as f64 + 1.0, bottom + 1.0],
                series: Some(series),
                shade: Some(if high > low { (value - low) / (high - low) } else { 1.0 }),
                label: String::new(),
                tip: format!("{} {hour:02}:00: {}", DAYS[*day], say.value(value)),
            });
        }
    }
    let mut x = Axis::between("", 0.0, 24.0, Say::Number);
    x.ticks = (0..=8).map(|step| (f64::from(step) * 3.0, format!("{:02}:00", step * 3))).collect();
    let mut y = Axis::between("", 0.0, days.len() as f64, Say::Number);
    let tick = |(row, day): (usize, &usize)| ((days.len() - 1 - row) as f64 + 0.5, DAYS[*day].to_owned());
    y.ticks = days.iter().enumerate().map(tick).collect();
    Panel {
        heading: format!("{heading}: {} (faint) to {} (strong)", say.value(low), say.value(high)),
        height: 20.0 * days.len() as f64 + 4.0,
        x,
        y,
        marks,
        by: By::Nobody,
    }
}

fn title(hours: &[Hour]) -> String {
    let there = || (0..168).filter(|place| hours[*place].seconds > 0.0);
    let by_rate = |a: &usize, b: &usize| hours[*a].rate().total_cmp(&hours[*b].rate());
    let (Some(most), Some(least)) = (there().max_by(by_rate), there().min_by(by_rate)) else { return String::new() };
    let (high, low) = (hours[most].rate(), hours[least].rate());
    let when = |place: usize| format!("{} {:02}:00", DAYS[place / 24], place % 24);
    let rate = figures::number(high);
    if low <= 0.0 {
        return format!("Busiest at {} with {rate} arrivals a second; some hours have none", when(most));
    }
    if high < 1.05 * low {
        return format!("Every hour of the week is about as busy: {rate} arrivals a second");
    }
    let times = figures::number(high / low);
    format!("Busiest at {} with {rate} arrivals a second, {times} times those at {}", when(most), when(least))
}

fn data(hours: &[Hour], symbol: &str) -> Data {
    let row = |(place, hour): (usize, &Hour)| {
        vec![
            format!("{} {:02}:00", DAYS[place / 24], place % 24),
            figures::number(hour.rate()),
            figures::share(hour.cold()),
            Say::Money("").value(hour.hourly_cost()),
        ]
    };
    let cost = format!("cost of an hour, {symbol}");
    Data {
        headings: ["hour", "arrivals/s", "start cold", &cost].map(str::to_owned).to_vec(),
        rows: hours.iter().enumerate().filter(|(_, hour)| hour.seconds > 0.0).map(row).collect(),
        note: String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A Wednesday from midnight on: two intervals of half an hour, and one a week later.
    #[test]
    fn hours_of_several_weeks_are_averaged() {
        let row = |start_s: f64, rate_per_s: f64, cost: f64| TimelineRow {
            start_s,
            length_s: 1800.0,
            rate_per_s,
            cost,
            ..TimelineRow::default()
        };
        let rows = [row(0.0, 2.0, 1.0), row(1800.0, 4.0, 1.0), row(604_800.0, 6.0, 4.0)];
        let hours = hours(&rows.iter().collect::<Vec<_>>(), Weekday::Wednesday);
        let midnight = hours[48];
        assert_eq!((midnight.seconds, midnight.rate(), midnight.hourly_cost()), (5400.0, 4.0, 4.0));
        assert_eq!(days(&hours), [2]);
        assert_eq!(hours.iter().filter(|hour| hour.seconds > 0.0).count(), 1);
    }
}
