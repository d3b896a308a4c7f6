//! From a price list to the tariff of one deployment.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::list::{Attributes, PriceList, Purchase, Row};
use super::meter_unit::{base_per_unit, usual_unit};
use super::{BillingError, Meter, MeterPrice, PriceBook, Reserved, Tariff, Tier};
use crate::units::{Money, nearest};

/// What a deployment is, as far as prices care, and what it meters.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// Replace the defaults of the list: `region`, `architecture`, `instance`, `purchase`, `provisioned`.
    pub attributes: Attributes,
    /// Each must have a price.
    pub meters: Vec<Meter>,
    /// Instances, for what is bought for a term.
    pub count: u32,
    pub free_tier: bool,
    /// By name of a meter, id of a row, `fact` of a tier, or `upfront`.
    pub price_override: BTreeMap<String, Money>,
}

impl Selection {
    /// A deployment of functions. `provisioned`: some have provisioned concurrency, so no allowance is granted.
    pub fn of_functions(provisioned: bool, ephemeral_storage: bool) -> Self {
        let mut meters = vec![Meter::Requests, Meter::Compute];
        if provisioned {
            meters.extend([Meter::ProvisionedCompute, Meter::ProvisionedConcurrency]);
        }
        if ephemeral_storage {
            meters.push(Meter::EphemeralStorage);
        }
        let selection = Self { meters, ..Self::default() };
        selection.with("provisioned", Some(if provisioned { "yes" } else { "no" }))
    }

    /// `count` instances of one type.
    pub fn of_servers(instance: &str, count: u32) -> Self {
        Self { meters: vec![Meter::InstanceTime], count, ..Self::default() }.with("instance", Some(instance))
    }

    /// Sets an attribute; `None` leaves the default of the list.
    pub fn with(mut self, name: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.attributes.insert(name.to_owned(), value.to_owned());
        }
        self
    }

    fn price(&self, key: &str) -> Option<Money> {
        self.price_override.get(key).copied()
    }
}

impl PriceBook {
    /// Everything that `selection` pays where several lists of one provider serve it: servers, their disks, their load
    /// balancer. A meter is priced by the first list that has prices of it; currency and provider are those of `first`.
    pub fn tariff(&self, first: &str, others: &[&str], selection: &Selection) -> Result<Tariff, BillingError> {
        let others = others.iter().map(|name| self.list(name)).collect::<Result<Vec<_>, _>>()?;
        tariff(self.list(first)?, &others, selection)
    }
}

fn tariff(first: &PriceList, others: &[&PriceList], selection: &Selection) -> Result<Tariff, BillingError> {
    let lists = || std::iter::once(first).chain(others.iter().copied());
    assert!(lists().all(|list| list.currency == first.currency), "a tariff has one currency");
    check_overrides(first, lists(), selection)?;
    let price = |&meter: &Meter| {
        let list = lists().find(|list| list.rows.iter().any(|row| row.meter == Some(meter))).unwrap_or(first);
        list.meter_price(meter, &list.attributes(selection), selection)
    };
    let prices = selection.meters.iter().map(price).collect::<Result<_, _>>()?;
    let provider = first.provider.clone();
    Ok(Tariff {
        provider,
        currency: first.currency,
        prices,
        free_tier: selection.free_tier,
        commitments: None,
        spot: None,
    })
}

fn check_overrides<'a>(
    first: &PriceList,
    lists: impl Iterator<Item = &'a PriceList> + Clone,
    selection: &Selection,
) -> Result<(), BillingError> {
    let meters = || Meter::ALL.into_iter().map(|meter| meter.name().to_owned());
    let of_row = |row: &Row| {
        let facts = row.tiers.iter().map(|tier| tier.fact.clone());
        facts.chain([row.id.clone(), format!("{}.upfront", row.id)]).collect::<Vec<_>>()
    };
    let known =
        || lists.clone().flat_map(|list| &list.rows).flat_map(of_row).chain(meters()).chain(["upfront".to_owned()]);
    let useless = selection.price_override.keys().find(|key| !known().any(|name| name == **key));
    useless.map_or(Ok(()), |key| {
        let names: Vec<String> = known().collect();
        let nearest = nearest(key, names.iter().map(String::as_str)).map(str::to_owned);
        Err(BillingError::UselessOverride { list: first.name.clone(), key: key.clone(), nearest })
    })
}

impl PriceList {
    /// Everything that `selection` pays, looked up. A price that the list lacks must come from `price_override`.
    pub fn tariff(&self, selection: &Selection) -> Result<Tariff, BillingError> {
        tariff(self, &[], selection)
    }

    fn attributes(&self, selection: &Selection) -> Attributes {
        let mut attributes = self.defaults.clone();
        attributes.extend(selection.attributes.clone());
        attributes
    }

    fn meter_price(
        &self,
        meter: Meter,
        attributes: &Attributes,
        selection: &Selection,
    ) -> Result<MeterPrice, BillingError> {
        let purchase = self.purchase(attributes)?;
        let row = self.rows.iter().find(|row| row.meter == Some(meter) && row.applies_to(attributes));
        match row {
            Some(row) => self.price_of_row(meter, row, attributes, selection),
            None => self.price_of_override(meter, purchase, attributes, selection),
        }
    }

    fn purchase(&self, attributes: &Attributes) -> Result<Option<Purchase>, BillingError> {
        let Some(name) = attributes.get("purchase").filter(|_| !self.purchases.is_empty()) else { return Ok(None) };
        self.purchases.get(name).copied().map(Some).ok_or_else(|| BillingError::Unknown {
            list: self.name.clone(),
            kind: "purchase",
            name: name.clone(),
            nearest: nearest(name, self.purchases.keys().map(String::as_str)).map(str::to_owned),
        })
    }

    fn price_of_row(
        &self,
        meter: Meter,
        row: &Row,
        attributes: &Attributes,
        selection: &Selection,
    ) -> Result<MeterPrice, BillingError> {
        let whole = selection.price(&row.id).or_else(|| selection.price(meter.name()));
        let tiers: Vec<Tier> = match whole {
            Some(price) => vec![self.overridden(price, &row.item)?],
            None => row.tiers.iter().map(|tier| self.tier(tier, selection, &row.item)).collect::<Result<_, _>>()?,
        };
        let replaced = whole.is_some() || row.tiers.iter().any(|tier| selection.price(&tier.fact).is_some());
        let granted = row.allowance.as_ref().filter(|allowance| allowance.is_granted_to(attributes));
        let (source, as_of) = if replaced { (OVERRIDE.to_owned(), String::new()) } else { row.origin() };
        Ok(MeterPrice {
            meter,
            service: row.service.clone(),
            item: row.item.clone(),
            unit: row.unit.clone(),
            base_per_unit: base_per_unit(meter, &row.unit)
                .expect("units of meters were checked when the list was read"),
            tiers,
            allowance: granted.map_or(Decimal::ZERO, |allowance| allowance.quantity),
            reserved: self.reserved(row, selection)?,
            source,
            as_of,
        })
    }

    fn tier(&self, tier: &super::RowTier, selection: &Selection, item: &str) -> Result<Tier, BillingError> {
        let price = selection.price(&tier.fact).map_or(Ok(tier.price), |price| self.usable(price, item))?;
        Ok(Tier { up_to: tier.up_to, price })
    }

    fn reserved(&self, row: &Row, selection: &Selection) -> Result<Option<Reserved>, BillingError> {
        let Some(term) = row.term else { return Ok(None) };
        let given = selection.price(&format!("{}.upfront", row.id)).or_else(|| selection.price("upfront"));
        let upfront = given.or(term.upfront).ok_or_else(|| self.no_upfront(&row.item))?;
        let upfront = self.usable(upfront, &row.item)?;
        Ok(Some(Reserved { term: term.length, upfront, count: selection.count }))
    }

    /// The price of something that the list lacks, from `price_override` alone.
    fn price_of_override(
        &self,
        meter: Meter,
        purchase: Option<Purchase>,
        attributes: &Attributes,
        selection: &Selection,
    ) -> Result<MeterPrice, BillingError> {
        let like = self.rows.iter().find(|row| row.meter == Some(meter));
        let unit = like.map_or_else(|| usual_unit(meter).to_owned(), |row| row.unit.clone());
        let given = |key: &'static str, unit: &str| {
            selection.price(key).ok_or_else(|| self.no_price(meter, key, unit.to_owned(), attributes))
        };
        let nothing_hourly = purchase.is_some_and(|purchase| !purchase.hourly);
        let hourly = if nothing_hourly { Money::ZERO } else { given(meter.name(), &unit)? };
        let item = item_of(meter, attributes);
        let reserved = match purchase.and_then(|purchase| Some((purchase.term?, purchase.upfront))) {
            None => None,
            Some((term, has_upfront)) => {
                let upfront = if has_upfront { given("upfront", "instance")? } else { Money::ZERO };
                Some(Reserved { term, upfront: self.usable(upfront, &item)?, count: selection.count })
            }
        };
        Ok(MeterPrice {
            meter,
            service: like.map_or_else(|| self.title.clone(), |row| row.service.clone()),
            base_per_unit: base_per_unit(meter, &unit).expect("units of meters were checked when the list was read"),
            tiers: vec![self.overridden(hourly, &item)?],
            item,
            unit,
            allowance: Decimal::ZERO,
            reserved,
            source: OVERRIDE.to_owned(),
            as_of: String::new(),
        })
    }

    fn overridden(&self, price: Money, item: &str) -> Result<Tier, BillingError> {
        Ok(Tier { up_to: None, price: self.usable(price, item)? })
    }

    fn usable(&self, price: Money, item: &str) -> Result<Money, BillingError> {
        let too_large = || BillingError::TooLarge { item: item.to_owned(), quantity: 1, price: price.0.to_string() };
        price.checked().ok_or_else(too_large)
    }

    fn no_upfront(&self, item: &str) -> BillingError {
        BillingError::NoUpfront { list: self.name.clone(), item: item.to_owned() }
    }

    fn no_price(&self, meter: Meter, key: &'static str, unit: String, attributes: &Attributes) -> BillingError {
        let rows = || self.rows.iter().filter(|row| row.meter == Some(meter));
        let decisive = |name: &&String| *name == "region" || rows().any(|row| row.when.contains_key(*name));
        let wanted: Vec<_> =
            attributes.keys().filter(decisive).map(|name| format!("{name} `{}`", attributes[name])).collect();
        let nearest = rows().min_by_key(|row| row.distance(attributes)).map(Row::description);
        BillingError::NoPrice { list: self.name.clone(), meter, key, unit, wanted: wanted.join(", "), nearest }
    }
}

/// What an invoice calls something that no row describes: `m9.large reserved-1y-no-upfront`.
fn item_of(meter: Meter, attributes: &Attributes) -> String {
    match (attributes.get("instance"), attributes.get("purchase")) {
        (Some(instance), Some(purchase)) => format!("{instance} {purchase}"),
        (Some(instance), None) => instance.clone(),
        (None, _) => meter.name().to_owned(),
    }
}

const OVERRIDE: &str = "price_override";

impl Row {
    /// Source and date of the first tier; further sources are named too.
    fn origin(&self) -> (String, String) {
        let mut titles: Vec<&str> = self.tiers.iter().map(|tier| tier.source.title.as_str()).collect();
        titles.dedup();
        let as_of = self.tiers.first().map_or_else(String::new, |tier| tier.source.as_of.clone());
        (titles.join("; "), as_of)
    }

    /// How far a row is from applying: attributes that differ, then how much their spelling differs.
    fn distance(&self, attributes: &Attributes) -> (usize, usize) {
        let region = self.region.as_str();
        let own = self.when.iter().filter_map(|(name, values)| Some((name.as_str(), values.first()?.as_str())));
        own.chain([("region", region)]).fold((0, 0), |(wrong, letters), (name, value)| {
            let asked = attributes.get(name).map_or("", String::as_str);
            let differs =
                asked != value && !self.when.get(name).is_some_and(|values| values.iter().any(|v| v == asked));
            if differs { (wrong + 1, letters + strsim::damerau_levenshtein(asked, value)) } else { (wrong, letters) }
        })
    }

    /// `aws.ec2.t3.medium (t3.medium on demand, us-east-1, 0.0416 per hour)`.
    fn description(&self) -> String {
        let price = self.tiers.first().map_or(Money::ZERO, |tier| tier.price);
        let price = (price, format!("{} per {}", price.0, self.unit));
        let upfront = self.term.and_then(|term| term.upfront).unwrap_or(Money::ZERO);
        let upfront = (upfront, format!("{} upfront", upfront.0));
        let parts: Vec<_> =
            [price, upfront].into_iter().filter(|(part, _)| *part > Money::ZERO).map(|(_, t)| t).collect();
        format!("`{}` ({}, {}, {})", self.id, self.item, self.region, parts.join(" and "))
    }
}
