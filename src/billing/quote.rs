//! An invoice from typed quantities: `requests=5M`, `aws.lambda.gbs.arm=400_000`, `t3.medium=730h`.

use rust_decimal::Decimal;

use super::charge::Priced;
use super::{BillingError, Line, Meter, PriceList, Row, combine, exact};
use crate::units::{Money, nearest};

/// What a month of the given quantities costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Quote {
    pub lines: Vec<Line>,
    pub total: Money,
    /// What the total leaves out, and what is paid at once.
    pub notes: Vec<String>,
}

/// Prices `usage`, each `ITEM=QUANTITY`, as one calendar month. Quantities of the same item are added up.
pub fn quote(list: &PriceList, usage: &[String], free_tier: bool) -> Result<Quote, BillingError> {
    let mut quantities: Vec<(&Row, Decimal)> = Vec::new();
    for text in usage {
        let (item, quantity) = text.split_once('=').ok_or_else(|| BillingError::Usage { text: text.clone() })?;
        let row = list.item(item.trim())?;
        let quantity = row.quantity(quantity)?;
        match quantities.iter_mut().find(|(other, _)| other.id == row.id) {
            Some((_, sum)) => *sum = sum.checked_add(quantity).ok_or_else(|| row.too_large(quantity))?,
            None => quantities.push((row, quantity)),
        }
    }
    let mut lines = Vec::new();
    let mut notes = Vec::new();
    for (row, quantity) in quantities {
        lines.extend(row.quoted(list, quantity, free_tier)?);
        notes.extend(row.note());
    }
    let lines = combine(lines);
    let total = lines.iter().map(|line| line.amount).sum();
    Ok(Quote { lines, total, notes })
}

impl PriceList {
    /// The row that `name` means: an id, the end of an id, a published figure, or a meter. Where several rows could be
    /// meant, the one that applies to the defaults of the list.
    pub fn item(&self, name: &str) -> Result<&Row, BillingError> {
        let ending = format!(".{name}");
        let meter = Meter::ALL.into_iter().find(|meter| meter.name() == name);
        let by_id = self.rows.iter().filter(|row| row.id == name || row.tiers.iter().any(|tier| tier.fact == name));
        let by_end = self.rows.iter().filter(|row| row.id.ends_with(&ending));
        let by_meter = self.rows.iter().filter(|row| meter.is_some() && row.meter == meter);
        let found = [by_id.collect::<Vec<_>>(), by_meter.collect(), by_end.collect()];
        let found = found.into_iter().find(|rows| !rows.is_empty()).unwrap_or_default();
        let usual: Vec<_> = found.iter().copied().filter(|row| row.is_usual(self)).collect();
        match (found.as_slice(), usual.as_slice()) {
            ([row], _) | (_, [row]) => Ok(row),
            ([], _) => Err(self.unknown_item(name)),
            (several, _) => Err(BillingError::Ambiguous {
                list: self.name.clone(),
                name: name.to_owned(),
                candidates: some_of(several.iter().map(|row| row.id.as_str())),
            }),
        }
    }

    fn unknown_item(&self, name: &str) -> BillingError {
        let mut candidates: Vec<&str> = Meter::ALL.into_iter().map(Meter::name).collect();
        candidates.extend(self.rows.iter().map(|row| row.id.as_str()));
        candidates.extend(self.rows.iter().filter_map(|row| row.id.splitn(3, '.').nth(2)));
        let nearest = nearest(name, candidates).map(str::to_owned);
        BillingError::Unknown { list: self.name.clone(), kind: "item", name: name.to_owned(), nearest }
    }
}

/// The first few names, and that there are more.
fn some_of<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
    let more = if names.len() > 6 { format!(" and {} others", names.len() - 6) } else { String::new() };
    format!("{}{more}", names[..names.len().min(6)].join(", "))
}

impl Row {
    /// Applies to a deployment of which nothing but the instance type is said.
    fn is_usual(&self, list: &PriceList) -> bool {
        let mut attributes = list.defaults.clone();
        if let Some(instance) = self.attribute("instance") {
            attributes.insert("instance".to_owned(), instance.to_owned());
        }
        self.applies_to(&attributes)
    }

    fn quoted(&self, list: &PriceList, quantity: Decimal, free_tier: bool) -> Result<Vec<Line>, BillingError> {
        let granted = self.allowance.as_ref().filter(|allowance| free_tier && allowance.is_granted_to(&list.defaults));
        let allowance = granted.map_or(Decimal::ZERO, |allowance| allowance.quantity);
        // Base units fine enough for every digit of the quantity and of what it is compared with.
        let scale =
            self.tiers.iter().filter_map(|tier| tier.up_to).chain([quantity, allowance]).map(|n| n.scale()).max();
        let too_large = || self.too_large(quantity);
        let base_per_unit = 10_u128.checked_pow(scale.unwrap_or(0)).ok_or_else(too_large)?;
        let base = exact::base_units(quantity, base_per_unit).ok_or_else(too_large)?;
        let tiers = self.tariff_tiers();
        let priced = Priced { item: &self.item, base_per_unit, tiers: &tiers, allowance };
        let line = |charge: super::charge::Charge| Line {
            month: None,
            provider: list.provider.clone(),
            service: self.service.clone(),
            item: self.item.clone(),
            quantity: charge.quantity,
            unit: self.unit.clone(),
            price: charge.price,
            amount: charge.amount,
            tier: charge.tier,
        };
        let mut lines: Vec<Line> = priced.charges(base)?.into_iter().map(line).collect();
        lines.extend(self.upfront_share(list, quantity)?);
        Ok(lines)
    }

    /// The part of an upfront payment that falls on `hours` of one instance.
    fn upfront_share(&self, list: &PriceList, hours: Decimal) -> Result<Option<Line>, BillingError> {
        const HOUR_NS: u128 = 3_600_000_000_000;
        let Some((term, upfront)) = self.term.and_then(|term| Some((term.length, term.upfront?))) else {
            return Ok(None);
        };
        if upfront == Money::ZERO {
            return Ok(None);
        }
        let share = exact::base_units(hours, HOUR_NS).ok_or_else(|| self.too_large(hours))?;
        let length = u128::from(term.ns());
        let priced = exact::divided(share, length).zip(exact::amount(share, upfront.0, length));
        let (quantity, amount) = priced.ok_or_else(|| self.too_large(hours))?;
        Ok(Some(Line {
            month: None,
            provider: list.provider.clone(),
            service: self.service.clone(),
            item: format!("{}: upfront share", self.item),
            quantity,
            unit: format!("term of {term}"),
            price: upfront,
            amount: Money(amount),
            tier: None,
        }))
    }

    fn note(&self) -> Option<String> {
        let term = self.term?;
        match term.upfront {
            None => Some(format!("{}: the upfront part is not known and not included", self.item)),
            Some(upfront) if upfront == Money::ZERO => None,
            Some(upfront) => Some(format!("{}: {} is paid upfront for each instance", self.item, upfront.0)),
        }
    }

    /// `5M`, `1_000_000`, `1.5e6`, with or without the unit of the row.
    fn quantity(&self, text: &str) -> Result<Decimal, BillingError> {
        let refused = || BillingError::Quantity {
            text: text.trim().to_owned(),
            item: self.item.clone(),
            unit: self.unit.clone(),
        };
        let (number, suffix) = split(text.trim());
        let factor = factor(suffix, &self.unit).ok_or_else(refused)?;
        let number = number.replace('_', "");
        let value = Decimal::from_str_exact(&number).or_else(|_| Decimal::from_scientific(&number));
        let value = value.map_err(|_| refused())?;
        if value.is_sign_negative() && !value.is_zero() {
            return Err(refused());
        }
        value.checked_mul(factor).map(|value| value.normalize()).ok_or_else(|| self.too_large(value))
    }

    fn too_large(&self, quantity: Decimal) -> BillingError {
        BillingError::TooLarge { item: self.item.clone(), quantity: u128::MAX, price: quantity.to_string() }
    }
}

/// `"1.5e6 GB-s"` into `("1.5e6", "GB-s")`.
fn split(text: &str) -> (&str, &str) {
    let in_number = |(index, c): &(usize, char)| {
        let next = text[index + c.len_utf8()..].chars().next();
        let exponent = matches!(c, 'e' | 'E') && next.is_some_and(|n| n.is_ascii_digit() || matches!(n, '-' | '+'));
        c.is_ascii_digit() || matches!(c, '.' | '_' | '-' | '+') || exponent
    };
    let end = text.char_indices().find(|at| !in_number(at)).map_or(text.len(), |(index, _)| index);
    (text[..end].trim(), text[end..].trim())
}

/// What a suffix multiplies by; `None` if it is not the unit.
fn factor(suffix: &str, unit: &str) -> Option<Decimal> {
    if is_unit(suffix, unit) {
        return Some(Decimal::ONE);
    }
    let thousands = [("k", 3), ("M", 6), ("G", 9)];
    thousands.into_iter().find_map(|(prefix, zeros)| {
        let rest = suffix.strip_prefix(prefix)?;
        is_unit(rest.trim_start(), unit).then(|| Decimal::from(10_u64.pow(zeros)))
    })
}

/// The unit itself, its plural, its short form (`GB-s`, `h`), or nothing.
fn is_unit(text: &str, unit: &str) -> bool {
    let short = unit.replace("second", "s").replace("hour", "h");
    text.is_empty() || [unit, &format!("{unit}s"), &short].contains(&text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::billing::PriceBook;

    #[track_caller]
    fn check(list: &str, usage: &str, total: &str) {
        let book = PriceBook::builtin();
        let quote = quote(book.list(list).unwrap(), &[usage.to_owned()], false);
        assert_eq!(quote.map(|quote| quote.total.0), Ok(total.parse().unwrap()), "{usage}");
    }

    #[track_caller]
    fn check_refused(list: &str, usage: &str, message: &str, help: &str) {
        let book = PriceBook::builtin();
        let error = quote(book.list(list).unwrap(), &[usage.to_owned()], false).expect_err(usage);
        assert_eq!(error.to_string(), message);
        assert_eq!(error.help().unwrap_or_default(), help);
    }

    #[test]
    fn quantities_are_typed_as_people_write_them() {
        check("aws-lambda", "requests=5M", "1");
        check("aws-lambda", "requests=5_000_000", "1");
        check("aws-lambda", "requests = 5e6 requests", "1");
        check("aws-lambda", "compute=600k GB-s", "10.00002");
        check("aws-lambda", "gbs.arm=600kGB-second", "8.00004");
        check("aws-lambda", "aws.lambda.gbs.x86.t1=6e9", "100000.2");
        check("aws-lambda", "edge.dur=100000 128MB-second", "0.625125");
        check("aws-ec2", "t3.medium=730h", "30.368");
        check("aws-ec2", "aws.ri.t3.medium.std_1y_no_upfront=730", "19.053");
        check("aws-ec2", "aws.ri3yau.m5.large=2628h", "94.9");
    }

    #[test]
    fn a_quantity_that_cannot_be_priced_says_why() {
        check_refused(
            "aws-lambda",
            "request=5",
            "price list `aws-lambda` knows no item `request`",
            "did you mean `requests`?",
        );
        check_refused(
            "aws-lambda",
            "requests",
            "`requests` is not of the form ITEM=QUANTITY",
            "write for example `requests=5M`",
        );
        check_refused(
            "aws-lambda",
            "requests=5 h",
            "`5 h` is not a quantity of requests, which is counted in `request`",
            "write for example `5M` or `1_000_000 request`",
        );
        for wrong in ["-5", "", "NaN", "1e40", "1.2.3", "5MM"] {
            let book = PriceBook::builtin();
            assert!(quote(book.list("aws-lambda").unwrap(), &[format!("requests={wrong}")], false).is_err(), "{wrong}");
        }
        let book = PriceBook::builtin();
        let several = quote(book.list("aws-ec2").unwrap(), &["instance-time=5".to_owned()], false).unwrap_err();
        assert_eq!(several.to_string(), "`instance-time` could be several rows of price list `aws-ec2`");
    }

    #[test]
    fn the_allowance_comes_off_where_it_is_asked_for() {
        let book = PriceBook::builtin();
        let usage = ["requests=3M".to_owned(), "requests=0.5M".to_owned(), "compute=540_000".to_owned()];
        let quote = quote(book.list("aws-lambda").unwrap(), &usage, true).unwrap();
        let tiers: Vec<_> = quote.lines.iter().map(|line| (line.tier.as_deref(), line.amount.0.to_string())).collect();
        let expected = [(Some("free"), "0"), (Some("1"), "2.333338"), (Some("free"), "0"), (None, "0.5")];
        assert_eq!(tiers, expected.map(|(tier, amount)| (tier, amount.to_owned())));
    }
}
