//! The values of an axis: `a,b,c`, `lo..hi:step`, `lo..hi:lin:n`, `lo..hi:log:n`, and the same of factors (`x0.5..x4`).

use std::ops;

use rust_decimal::Decimal;

use super::super::problem::{Place, Problem, shortened};
use super::super::shape::Kind;
use super::number::{Form, is_measured, plain, rounded};
use super::{Change, Level};

/// Where in the text something stands.
type At<'a> = &'a dyn Fn(ops::Range<usize>) -> Place;

/// The values that an axis takes.
#[derive(Clone, Debug, PartialEq)]
pub enum Levels {
    List(Vec<Level>),
    Range(Range),
}

/// Numbers between two ends, both included.
#[derive(Clone, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub high: f64,
    pub spacing: Spacing,
    /// `None` where the range says only its ends.
    pub points: Option<u32>,
    /// `None`: factors.
    pub form: Option<Form>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spacing {
    Linear,
    Logarithmic,
}

/// More values than any axis needs.
const MOST: u32 = 100_000;

impl Levels {
    /// The values one after the other; `None` for a range that does not say how many.
    pub fn list(&self) -> Option<Vec<Level>> {
        match self {
            Self::List(levels) => Some(levels.clone()),
            Self::Range(range) => range.points.map(|points| range.spread(points)),
        }
    }

    /// The first value of a list that an earlier one is too, however it is written: `1GB`, `1024MB`.
    pub fn repeated(&self) -> Option<&Level> {
        let Self::List(levels) = self else { return None };
        let is_same = |a: &Level, b: &Level| {
            let are_set = matches!((&a.change, &b.change), (Change::Set(_), Change::Set(_)));
            a.change == b.change || (are_set && a.number.is_some() && a.number == b.number)
        };
        let repeats = |(place, level): &(usize, &Level)| levels[..*place].iter().any(|known| is_same(known, level));
        levels.iter().enumerate().find(repeats).map(|(_, level)| level)
    }

    /// The value at `share` of the way through, in [0, 1]: as many shares for one value as for another.
    pub fn at(&self, share: f64) -> Level {
        match self {
            Self::List(levels) => levels[((share * levels.len() as f64) as usize).min(levels.len() - 1)].clone(),
            Self::Range(range) => range.draw(share),
        }
    }
}

impl Range {
    /// As many values, the ends among them; fewer where only whole numbers make sense.
    pub fn spread(&self, points: u32) -> Vec<Level> {
        let share = |index| if points > 1 { f64::from(index) / f64::from(points - 1) } else { 0.0 };
        let mut levels: Vec<Level> = (0..points).map(|index| self.at(share(index))).collect();
        levels.dedup_by(|a, b| a.label == b.label);
        levels
    }

    /// The value at `share` of the way from one end to the other.
    pub fn at(&self, share: f64) -> Level {
        self.level(self.between([self.low, self.high], share))
    }

    /// The value below which `share` of the probability lies where all are equally likely. Of whole numbers each stands for
    /// half a step on both sides, so that the ends have as many shares as those between them.
    pub fn draw(&self, share: f64) -> Level {
        let Some(form) = &self.form else { return self.at(share) };
        let [low, high] = [self.low, self.high].map(|end| form.nearest(end));
        let below = low - form.step_at(low) / 2.0;
        // Ratios begin above 0, wherever the nearest whole number stands.
        let is_possible = matches!(self.spacing, Spacing::Linear) || below > 0.0;
        let wide = [if is_possible { below } else { self.low }, high + form.step_at(high) / 2.0];
        self.level(form.nearest(self.between(wide, share)).clamp(low, high))
    }

    fn between(&self, [low, high]: [f64; 2], share: f64) -> f64 {
        match self.spacing {
            _ if share <= 0.0 => low,
            _ if share >= 1.0 => high,
            Spacing::Linear => low + (high - low) * share,
            Spacing::Logarithmic => low * (high / low).powf(share),
        }
    }

    /// A number of this range as a value.
    pub fn level(&self, number: f64) -> Level {
        match &self.form {
            Some(form) => {
                let (label, number) = form.write(number);
                Level { change: Change::Set(label.clone()), label, number: Some(number) }
            }
            None => Level::factor(Decimal::from_f64_retain(number).map_or(Decimal::ONE, significant)),
        }
    }

    /// How far a number lies along the range, from 0 to 1.
    pub fn share(&self, number: f64) -> f64 {
        match self.spacing {
            Spacing::Linear => (number - self.low) / (self.high - self.low),
            Spacing::Logarithmic => (number / self.low).ln() / (self.high / self.low).ln(),
        }
    }
}

/// To six digits, as other numbers that were computed.
fn significant(factor: Decimal) -> Decimal {
    factor.round_sf(6).unwrap_or(factor)
}

/// The values, and what their numbers count. `kind`: what the path may hold; `None` where only factors make sense.
pub fn levels(kind: Option<&'static Kind>, text: &str, at: At<'_>) -> Result<(Levels, String), Problem> {
    let all = || at(0..text.len());
    if text.trim().is_empty() {
        return Err(Problem::at(&all(), "there is no value").help("for example `1,2,4` or `1..8:lin:8`"));
    }
    match text.split_once("..") {
        Some((low, rest)) => {
            let (high, how) = rest.split_once(':').map_or((rest, None), |(high, how)| (high, Some(how)));
            range(kind, [low.trim(), high.trim()], how, &all())
        }
        None => list(kind, text, at),
    }
}

/// A factor: `x1.5`, or `80%` where only factors make sense.
fn factor(text: &str, only: bool) -> Option<Decimal> {
    let text = text.trim();
    if let Some(number) = text.strip_prefix('x') {
        return number.trim().parse().ok().filter(|factor: &Decimal| !factor.is_sign_negative());
    }
    let percent: Decimal = text.strip_suffix('%').filter(|_| only)?.trim().parse().ok()?;
    (!percent.is_sign_negative()).then(|| percent / Decimal::ONE_HUNDRED)
}

fn no_factor(text: &str, place: &Place) -> Problem {
    let problem = Problem::at(place, format!("`{}` is not a factor", shortened(text)));
    problem.help("only factors make sense here, such as `x1.5` or `150%`")
}

fn list(kind: Option<&'static Kind>, text: &str, at: At<'_>) -> Result<(Levels, String), Problem> {
    let mut levels = Vec::new();
    let mut unit: Option<Form> = None;
    for span in items(text) {
        let place = at(span.clone());
        let item = text[span].trim();
        if item.is_empty() {
            return Err(Problem::at(&place, "a value of the list is empty"));
        }
        // `x86_64` is no factor where a name is expected.
        let factor = factor(item, kind.is_none()).filter(|_| kind.is_none_or(scales));
        let level = match (factor, kind) {
            (Some(factor), _) => Level::factor(factor),
            (None, None) => return Err(no_factor(item, &place)),
            (None, Some(kind)) => value(kind, item, &mut unit),
        };
        levels.push(level);
    }
    let factors = levels.iter().all(|level| matches!(level.change, Change::Scale(_)));
    if levels.iter().any(|level| level.number.is_none()) {
        levels.iter_mut().for_each(|level| level.number = None);
    }
    let named = levels.iter().any(|level| level.number.is_none());
    let unit =
        if factors { "×".to_owned() } else { unit.filter(|_| !named).map_or_else(String::new, |form| form.unit()) };
    Ok((Levels::List(levels), unit))
}

/// Whether a factor makes sense: of numbers, and of tables of them.
fn scales(kind: &'static Kind) -> bool {
    is_measured(kind) || !matches!(plain(kind), Kind::Text | Kind::Choice(_) | Kind::Flag | Kind::Date)
}

/// A value of a list; its number in the unit of the first.
fn value(kind: &Kind, item: &str, unit: &mut Option<Form>) -> Level {
    let read = Form::read(kind, item).filter(|_| is_measured(kind));
    let number = read.and_then(|(form, number)| match unit {
        Some(first) if *first != form => first.convert(kind, item).ok().map(rounded),
        _ => {
            *unit = Some(form);
            Some(number)
        }
    });
    Level { change: Change::Set(item.to_owned()), label: item.trim_matches('"').to_owned(), number }
}

/// Splits at commas outside quotes, brackets and braces.
fn items(text: &str) -> Vec<ops::Range<usize>> {
    let (mut items, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0_i32, false);
    for (index, c) in text.char_indices() {
        match c {
            '"' => quoted = !quoted,
            '[' | '{' if !quoted => depth += 1,
            ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth <= 0 => {
                items.push(start..index);
                start = index + 1;
            }
            _ => {}
        }
    }
    items.push(start..text.len());
    items
}

fn range(
    kind: Option<&'static Kind>,
    ends: [&str; 2],
    how: Option<&str>,
    place: &Place,
) -> Result<(Levels, String), Problem> {
    let (numbers, form) = match (ends.map(|end| factor(end, kind.is_none())), kind) {
        ([Some(low), Some(high)], _) => ([low, high].map(|factor| factor.to_string().parse().unwrap_or(0.0)), None),
        ([None, _], None) => return Err(no_factor(ends[0], place)),
        ([_, None], None) => return Err(no_factor(ends[1], place)),
        (_, Some(kind)) => {
            let (numbers, mut form) = numbers(kind, ends, place)?;
            [Some(ends[1]), how].into_iter().flatten().for_each(|text| form.refine(text));
            (numbers, Some(form))
        }
    };
    let [low, high] = numbers;
    if low.partial_cmp(&high) != Some(std::cmp::Ordering::Less) {
        let message = format!("the range from `{}` to `{}` is empty", shortened(ends[0]), shortened(ends[1]));
        return Err(Problem::at(place, message).help("the lower end stands first"));
    }
    let unit = form.as_ref().map_or_else(|| "×".to_owned(), Form::unit);
    let (spacing, points, high) = spacing(how, numbers, |step| match (&form, kind) {
        (Some(form), Some(kind)) => form.convert(kind, step).ok(),
        _ => factor(step, true).and_then(|factor| factor.to_string().parse().ok()).or_else(|| step.parse().ok()),
    })
    .map_err(|message| Problem::at(place, message).help("`lo..hi:lin:5`, `lo..hi:log:5` or `lo..hi:STEP`"))?;
    Ok((Levels::Range(Range { low, high, spacing, points, form }), unit))
}

/// Both ends in the form of the first.
fn numbers(kind: &'static Kind, ends: [&str; 2], place: &Place) -> Result<([f64; 2], Form), Problem> {
    if !is_measured(kind) {
        let message = format!("a range needs numbers; the path holds {}", kind.expected());
        return Err(Problem::at(place, message).help("write the values, with commas between them"));
    }
    let bad = |end: &str| {
        Problem::at(place, format!("`{}` is not {}", shortened(end), super::number::plain(kind).expected()))
    };
    let (form, _) = Form::read(kind, ends[0]).ok_or_else(|| bad(ends[0]))?;
    let number = |end: &str| form.convert(kind, end).map_err(|error| Problem::at(place, error.to_string()));
    Ok(([number(ends[0])?, number(ends[1])?], form))
}

/// A value like the ends of `range`, as a number of it.
pub fn number(kind: Option<&'static Kind>, range: &Range, text: &str) -> Option<f64> {
    match (&range.form, kind) {
        (Some(form), Some(kind)) => form.convert(kind, text).ok(),
        _ => factor(text, kind.is_none())?.to_string().parse().ok(),
    }
}

/// How the values lie, how many there are, and the last of them, from what follows the ends.
fn spacing(
    how: Option<&str>,
    [low, high]: [f64; 2],
    number: impl Fn(&str) -> Option<f64>,
) -> Result<(Spacing, Option<u32>, f64), String> {
    let logarithmic =
        || if low > 0.0 { Ok(Spacing::Logarithmic) } else { Err("a logarithmic range begins above 0".to_owned()) };
    let Some(how) = how.map(str::trim) else {
        let wide = low > 0.0 && high / low >= 4.0;
        return Ok((if wide { Spacing::Logarithmic } else { Spacing::Linear }, None, high));
    };
    let (spacing, count) = match how.split_once(':') {
        Some(("lin", count)) => (Spacing::Linear, count),
        Some(("log", count)) => (logarithmic()?, count),
        Some((other, _)) => return Err(format!("`{}` is not a spacing; `lin` or `log`", shortened(other))),
        None if how == "lin" => return Ok((Spacing::Linear, None, high)),
        None if how == "log" => return Ok((logarithmic()?, None, high)),
        None => {
            let step = number(how).filter(|step| *step > 0.0);
            let no_step =
                || format!("`{}` is no step of the range: a number above zero in the unit of its ends", shortened(how));
            let step = step.ok_or_else(no_step)?;
            let steps = ((high - low) / step + 1e-9).floor();
            if steps >= f64::from(MOST) {
                return Err(format!("the step makes more than {MOST} values"));
            }
            return Ok((Spacing::Linear, Some(steps as u32 + 1), low + steps * step));
        }
    };
    let points = count.trim().parse().ok().filter(|points| (1..=MOST).contains(points));
    let points = points.ok_or_else(|| format!("`{}` is not a number of values, 1 to {MOST}", shortened(count)))?;
    Ok((spacing, Some(points), high))
}
