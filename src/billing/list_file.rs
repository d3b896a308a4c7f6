//! Reads a price list from its TOML text and the CSV tables beside it.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use rust_decimal::Decimal;
use serde::Deserialize;

use super::BillingError;
use super::list::{Allowance, Attributes, Confidence, Machine, PriceList, Purchase, Row, RowTier, Rule, Source, Term};
use super::meter_unit::{base_per_unit, meter};
use crate::units::{Currency, Money, Size, Span};

/// The texts of one list.
#[derive(Debug)]
pub struct ListFile {
    pub name: &'static str,
    pub text: &'static str,
    /// Name and text of each table.
    pub tables: &'static [(&'static str, &'static str)],
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawList {
    provider: String,
    title: String,
    currency: Currency,
    #[serde(default)]
    defaults: Attributes,
    sources: BTreeMap<String, RawSource>,
    #[serde(default)]
    purchases: BTreeMap<String, RawPurchase>,
    machines: Option<RawMachines>,
    #[serde(default, rename = "row")]
    rows: Vec<RawRow>,
    #[serde(default, rename = "table")]
    tables: Vec<RawTable>,
    #[serde(default)]
    rules: BTreeMap<String, RawRule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSource {
    title: String,
    as_of: String,
    confidence: Confidence,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawPurchase {
    term: Option<String>,
    #[serde(default)]
    upfront: bool,
    #[serde(default = "yes")]
    hourly: bool,
}

const fn yes() -> bool {
    true
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawMachines {
    file: String,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRow {
    id: String,
    service: String,
    item: String,
    unit: String,
    meter: Option<String>,
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    region: String,
    source: String,
    price: Option<String>,
    #[serde(default)]
    tiers: Vec<RawTier>,
    allowance: Option<RawAllowance>,
    upfront: Option<String>,
    note: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTier {
    up_to: Option<String>,
    price: String,
    fact: Option<String>,
    source: Option<String>,
}

#[derive(Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAllowance {
    quantity: String,
    fact: Option<String>,
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
}

/// A row whose `{column}`s a CSV file fills.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawTable {
    file: String,
    id: String,
    service: String,
    item: String,
    unit: String,
    meter: Option<String>,
    #[serde(default)]
    when: BTreeMap<String, Vec<String>>,
    region: String,
    source: String,
    /// The column of the price in braces; `{price}` if left out. A line where it is empty makes no row.
    price: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRule {
    value: String,
    meaning: String,
    source: String,
}

/// Reads one list; the first problem is the error.
pub fn parse(file: &ListFile) -> Result<PriceList, BillingError> {
    let named = |problem| BillingError::File { file: format!("{}.toml", file.name), problem };
    let raw: RawList = toml::from_str(file.text).map_err(|error| named(error.to_string()))?;
    Reader::new(file, &raw).and_then(|reader| reader.list(&raw)).map_err(named)
}

/// The table that holds the machines of a list, as it stands in `prices/`; empty if the list has none. Reads no row.
pub fn machine_table(file: &ListFile) -> Result<&'static str, BillingError> {
    #[derive(Deserialize)]
    struct Head {
        machines: Option<RawMachines>,
    }
    let named = |problem| BillingError::File { file: format!("{}.toml", file.name), problem };
    let head: Head = toml::from_str(file.text).map_err(|error| named(error.to_string()))?;
    head.machines.map_or(Ok(""), |machines| file.table(&machines.file)).map_err(named)
}

/// The machines of a table: columns `instance`, `vcpu` and `memory_gib`.
pub fn machines(table: &str) -> Result<Vec<Machine>, String> {
    records(table)?.iter().map(machine).collect()
}

impl ListFile {
    fn table(&self, name: &str) -> Result<&'static str, String> {
        let table = self.tables.iter().find(|(table, _)| *table == name);
        table.map(|(_, text)| *text).ok_or_else(|| format!("there is no table `{name}`"))
    }
}

/// What rows refer to by name.
struct Reader<'a> {
    file: &'a ListFile,
    sources: HashMap<&'a str, Arc<Source>>,
    purchases: BTreeMap<String, Purchase>,
}

impl<'a> Reader<'a> {
    fn new(file: &'a ListFile, raw: &'a RawList) -> Result<Self, String> {
        let sources = raw.sources.iter().map(|(name, source)| (name.as_str(), Arc::new(source.read()))).collect();
        let purchases = raw.purchases.iter().map(|(name, purchase)| Ok((name.clone(), purchase.read()?)));
        Ok(Self { file, sources, purchases: purchases.collect::<Result<_, String>>()? })
    }

    fn list(self, raw: &RawList) -> Result<PriceList, String> {
        let mut rows = Vec::new();
        for table in &raw.tables {
            for row in self.table_rows(table)? {
                rows.push(self.row(&row)?);
            }
        }
        for row in &raw.rows {
            rows.push(self.row(row)?);
        }
        let rules = raw.rules.iter().map(|(name, rule)| self.rule(name, rule)).collect::<Result<_, String>>()?;
        let machines = raw.machines.as_ref().map_or(Ok(""), |machines| self.file.table(&machines.file))?;
        Ok(PriceList {
            name: self.file.name.to_owned(),
            provider: raw.provider.clone(),
            title: raw.title.clone(),
            currency: raw.currency,
            defaults: raw.defaults.clone(),
            purchases: self.purchases,
            rows,
            rules,
            machines: self::machines(machines)?,
        })
    }

    fn row(&self, raw: &RawRow) -> Result<Row, String> {
        let at = |problem: String| format!("row {}: {problem}", raw.id);
        let meter = raw.meter.as_deref().map(meter).transpose().map_err(at)?;
        if let Some(meter) = meter
            && base_per_unit(meter, &raw.unit).is_none()
        {
            return Err(at(format!("{} is not counted in `{}`", meter.name(), raw.unit)));
        }
        let purchase = raw.when.get("purchase").and_then(|names| names.first());
        let purchase = purchase.map(|name| self.purchase(name)).transpose().map_err(at)?;
        let allowance = raw.allowance.as_ref().map(|allowance| allowance.read(&raw.id)).transpose().map_err(at)?;
        Ok(Row {
            id: raw.id.clone(),
            service: raw.service.clone(),
            item: raw.item.clone(),
            unit: raw.unit.clone(),
            meter,
            region: raw.region.clone(),
            when: raw.when.clone(),
            tiers: self.tiers(raw, purchase).map_err(at)?,
            allowance,
            term: term(raw, purchase).map_err(at)?,
            note: raw.note.clone(),
        })
    }

    fn tiers(&self, raw: &RawRow, purchase: Option<Purchase>) -> Result<Vec<RowTier>, String> {
        let mut tiers = raw.tiers.clone();
        let nothing_hourly = purchase.is_some_and(|purchase| !purchase.hourly).then(|| "0".to_owned());
        if let Some(price) = raw.price.clone().or(nothing_hourly) {
            // Where nothing is paid by the hour, the published figure is the upfront part.
            let fact = raw.price.is_none().then(|| format!("{}.hourly", raw.id));
            tiers.push(RawTier { up_to: None, price, fact, source: None });
        }
        let read = |tier: &RawTier| {
            Ok(RowTier {
                fact: tier.fact.clone().unwrap_or_else(|| raw.id.clone()),
                up_to: tier.up_to.as_deref().map(decimal).transpose()?,
                price: price(&tier.price)?,
                source: self.source(tier.source.as_ref().unwrap_or(&raw.source))?,
            })
        };
        let tiers = tiers.iter().map(read).collect::<Result<Vec<_>, String>>()?;
        let ends: Vec<_> = tiers.iter().map(|tier| tier.up_to.unwrap_or(Decimal::MAX)).collect();
        let last_is_open = tiers.last().is_some_and(|tier| tier.up_to.is_none());
        if !last_is_open || !ends.is_sorted_by(|a, b| a < b) {
            return Err("tiers must rise, and the last one must have no end".to_owned());
        }
        Ok(tiers)
    }

    fn rule(&self, name: &str, raw: &RawRule) -> Result<Rule, String> {
        Ok(Rule {
            name: name.to_owned(),
            value: raw.value.clone(),
            meaning: raw.meaning.clone(),
            source: self.source(&raw.source)?,
        })
    }

    fn source(&self, name: &str) -> Result<Arc<Source>, String> {
        self.sources.get(name).cloned().ok_or_else(|| format!("there is no source `{name}`"))
    }

    fn purchase(&self, name: &str) -> Result<Purchase, String> {
        self.purchases.get(name).copied().ok_or_else(|| format!("there is no purchase `{name}`"))
    }

    fn table_rows(&self, table: &RawTable) -> Result<Vec<RawRow>, String> {
        let at = |problem| format!("{}: {problem}", table.file);
        let records = self.file.table(&table.file).and_then(records).map_err(at)?;
        let rows = records.iter().map(|record| table.row(record));
        rows.filter_map(Result::transpose).collect::<Result<_, _>>().map_err(at)
    }
}

fn records(table: &str) -> Result<Vec<Record>, String> {
    let rows = csv::Reader::from_reader(table.as_bytes()).into_deserialize();
    rows.collect::<Result<_, _>>().map_err(|error| error.to_string())
}

/// A row of a CSV table by column.
type Record = BTreeMap<String, String>;

fn machine(record: &Record) -> Result<Machine, String> {
    let column = |name: &str| record.get(name).map(String::as_str).ok_or_else(|| format!("there is no column {name}"));
    let vcpu = column("vcpu")?;
    Ok(Machine {
        name: column("instance")?.to_owned(),
        vcpu: vcpu.parse().map_err(|_| format!("`{vcpu}` is not a number of vCPUs"))?,
        memory: format!("{}GiB", column("memory_gib")?).parse::<Size>().map_err(|error| error.to_string())?,
    })
}

/// `text` with the value of `record` for each `{column}`.
fn filled(text: &str, record: &Record) -> Result<String, String> {
    let mut parts = text.split('{');
    let mut full = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (column, rest) = part.split_once('}').ok_or_else(|| format!("`{text}` has a brace that is not closed"))?;
        full += record.get(column).ok_or_else(|| format!("there is no column {column}"))?;
        full += rest;
    }
    Ok(full)
}

impl RawTable {
    /// `None` where the price is empty.
    fn row(&self, record: &Record) -> Result<Option<RawRow>, String> {
        let price = match &self.price {
            Some(text) => Some(filled(text, record)?),
            None => record.get("price").cloned(),
        };
        if price.as_ref().is_some_and(String::is_empty) {
            return Ok(None);
        }
        let value = |text: &String| filled(text, record);
        let values = |(name, texts): (&String, &Vec<String>)| {
            Ok((name.clone(), texts.iter().map(value).collect::<Result<_, String>>()?))
        };
        Ok(Some(RawRow {
            id: value(&self.id)?,
            service: self.service.clone(),
            item: value(&self.item)?,
            unit: self.unit.clone(),
            meter: self.meter.clone(),
            when: self.when.iter().map(values).collect::<Result<_, String>>()?,
            region: self.region.clone(),
            source: self.source.clone(),
            price,
            tiers: Vec::new(),
            allowance: None,
            upfront: record.get("upfront").cloned(),
            note: self.note.clone(),
        }))
    }
}

impl RawSource {
    fn read(&self) -> Source {
        let note = self.note.clone();
        Source { title: self.title.clone(), as_of: self.as_of.clone(), confidence: self.confidence, note }
    }
}

impl RawPurchase {
    fn read(&self) -> Result<Purchase, String> {
        let term =
            self.term.as_ref().map(|term| term.parse::<Span>()).transpose().map_err(|error| error.to_string())?;
        Ok(Purchase { term, upfront: self.upfront, hourly: self.hourly })
    }
}

impl RawAllowance {
    fn read(&self, row: &str) -> Result<Allowance, String> {
        let fact = self.fact.clone().unwrap_or_else(|| format!("{row}.free"));
        Ok(Allowance { quantity: decimal(&self.quantity)?, fact, when: self.when.clone() })
    }
}

fn term(raw: &RawRow, purchase: Option<Purchase>) -> Result<Option<Term>, String> {
    let upfront = raw.upfront.as_deref().map(price).transpose()?;
    let Some((length, purchase)) = purchase.and_then(|purchase| Some((purchase.term?, purchase))) else {
        return if upfront.is_none() { Ok(None) } else { Err("an upfront part needs a term".to_owned()) };
    };
    let upfront = if purchase.upfront { upfront } else { Some(Money::ZERO) };
    Ok(Some(Term { length, upfront }))
}

fn decimal(text: &str) -> Result<Decimal, String> {
    Decimal::from_str_exact(&text.replace('_', "")).map_err(|_| format!("`{text}` is not a decimal number"))
}

fn price(text: &str) -> Result<Money, String> {
    Money(decimal(text)?).checked().ok_or_else(|| format!("`{text}` is not a price"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = r#"
provider = "P"
title = "T"
currency = "USD"
[sources.s]
title = "page"
as_of = "2026"
confidence = "provider-page"
"#;

    #[track_caller]
    fn check_refused(row: &str, problem: &str) {
        let text: &'static str = format!("{HEAD}{row}").leak();
        let error = parse(&ListFile { name: "x", text, tables: &[] }).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }

    fn row(rest: &str) -> String {
        format!("[[row]]\nid = \"a\"\nservice = \"S\"\nitem = \"i\"\nregion = \"r\"\n{rest}")
    }

    #[test]
    fn a_list_that_says_something_wrong_is_refused() {
        check_refused(&row("unit = \"u\"\nsource = \"t\"\nprice = \"1\""), "there is no source `t`");
        check_refused(&row("unit = \"u\"\nsource = \"s\"\nprice = \"-1\""), "`-1` is not a price");
        check_refused(&row("unit = \"u\"\nsource = \"s\""), "the last one must have no end");
        check_refused(
            &row("unit = \"u\"\nsource = \"s\"\nprice = \"1\"\nmeter = \"request\""),
            "did you mean `requests`?",
        );
        check_refused(&row("unit = \"u\"\nsource = \"s\"\nprice = \"1\"\nmeter = \"requests\""), "not counted in `u`");
        check_refused(&row("unit = \"u\"\nsource = \"s\"\nprice = \"1\"\nupfront = \"1\""), "needs a term");
        check_refused(&row("unit = \"u\"\nsource = \"s\"\nprices = \"1\""), "unknown field `prices`");
        let falling = "tiers = [{ up_to = \"2\", price = \"1\" }, { up_to = \"1\", price = \"1\" }, { price = \"1\" }]";
        check_refused(&row(&format!("unit = \"u\"\nsource = \"s\"\n{falling}")), "tiers must rise");
    }

    fn table(price: &str, csv: &'static str) -> Result<PriceList, BillingError> {
        let rest = "service = \"S\"\nitem = \"{instance}\"\nunit = \"u\"\nregion = \"r\"\nsource = \"s\"";
        let text: &'static str =
            format!("{HEAD}[[table]]\nfile = \"t.csv\"\nid = \"a.{{instance}}\"\n{rest}\n{price}").leak();
        parse(&ListFile { name: "x", text, tables: vec![("t.csv", csv)].leak() })
    }

    #[test]
    fn a_table_makes_a_row_of_each_line_that_has_the_price() {
        let csv = "instance,here,there\nsmall,1,2\nlarge,,4\n";
        let ids = |price| table(price, csv).unwrap().rows.into_iter().map(|row| row.id).collect::<Vec<_>>();
        assert_eq!(ids("price = \"{here}\""), ["a.small"]);
        assert_eq!(ids("price = \"{there}\""), ["a.small", "a.large"]);
    }

    #[test]
    fn a_column_that_the_table_does_not_have_is_named() {
        let problem = |price| table(price, "instance,here\nsmall,1\n").unwrap_err().to_string();
        assert_eq!(problem("price = \"{their}\""), "x.toml: t.csv: there is no column their");
        assert_eq!(problem("price = \"{here\""), "x.toml: t.csv: `{here` has a brace that is not closed");
    }
}
