//! The bill of owned servers, line by line and month by month, and its cash by year.

use std::collections::BTreeMap;

use rust_decimal::Decimal;

use super::assets::{Asset, milliseconds};
use super::{MONTH_MS, OwnershipTerms, Purchase, YEAR_MS};
use crate::billing::{BillingError, Line, exact};
use crate::units::{Calendar, Money, MonthId, SimTime};

/// What kind of cost a line is; the three are never mixed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CostCategory {
    /// Paid as it arises: energy, space, licences, maintenance.
    Cash,
    /// Capital spread over time: depreciation, and the cost of the money that is bound. Purchases are its cash.
    Depreciation,
    /// People.
    Staff,
}

/// A line and its category.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedLine {
    pub category: CostCategory,
    pub line: Line,
}

/// What was bought, and how it worked.
#[derive(Clone, Debug, Default)]
pub struct Owned {
    pub calendar: Calendar,
    /// End of the window.
    pub end: SimTime,
    pub purchases: Vec<Purchase>,
    pub cores_per_server: u32,
    /// Milliseconds for which servers were switched on.
    pub server_ms: BTreeMap<MonthId, u128>,
    /// Milliseconds for which cores worked.
    pub busy_core_ms: BTreeMap<MonthId, u128>,
}

/// Cash that flows in one calendar year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CashYear {
    pub year: i32,
    /// Servers, spares and network gear, when they are ordered.
    pub purchases: Money,
    pub operating: Money,
    pub staff: Money,
}

/// The bill of a window.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnedBill {
    /// By month, in the order of the documentation.
    pub lines: Vec<OwnedLine>,
    /// Every year of the window.
    pub cash: Vec<CashYear>,
    /// What is not yet depreciated at the end of the window, replacements that are paid and not delivered included.
    pub book_value: Money,
}

impl OwnedBill {
    pub fn total(&self) -> Money {
        self.lines.iter().map(|own| own.line.amount).sum()
    }

    /// All that was paid for servers, spares and network gear.
    pub fn purchases(&self) -> Money {
        self.cash.iter().map(|year| year.purchases).sum()
    }
}

/// What is counted in one month.
struct Month {
    id: MonthId,
    from_ms: u64,
    to_ms: u64,
}

impl Owned {
    /// Prices everything; an error only for amounts beyond exact arithmetic. Empty items have no line.
    pub fn bill(&self, terms: &OwnershipTerms) -> Result<OwnedBill, BillingError> {
        let assets = Asset::of(&self.purchases, terms, self.end);
        let mut lines = Vec::new();
        for month in self.months() {
            let book = Book { terms, month };
            lines.extend(book.capital(&assets)?);
            lines.extend(book.energy(self)?);
            lines.extend(book.upkeep(&assets, self.cores_per_server)?);
            lines.extend(book.staff(&assets)?);
        }
        let cash = self.cash(&assets, terms, &lines)?;
        let end_ms = milliseconds(self.end);
        let left = assets.iter().map(|asset| asset.left_ms(end_ms) * u128::from(asset.servers + asset.spares)).sum();
        let book_value = amount("book value", left, with_network(terms), terms.life_ms().into())?;
        Ok(OwnedBill { lines, cash, book_value })
    }

    /// With so many servers on, and all their cores at work, all the time.
    pub(super) fn always_on(mut self, servers: u64) -> Self {
        for month in self.months() {
            let server_ms = u128::from(servers) * u128::from(month.to_ms - month.from_ms);
            self.server_ms.insert(month.id, server_ms);
            self.busy_core_ms.insert(month.id, server_ms * u128::from(self.cores_per_server));
        }
        self
    }

    fn months(&self) -> Vec<Month> {
        let mut from_ms = 0;
        let cut = |(id, boundary): (MonthId, SimTime)| {
            let to_ms = milliseconds(boundary.min(self.end));
            let month = Month { id, from_ms, to_ms };
            from_ms = to_ms;
            month
        };
        self.calendar.months_until(self.end).into_iter().map(cut).collect()
    }

    fn cash(
        &self,
        assets: &[Asset],
        terms: &OwnershipTerms,
        lines: &[OwnedLine],
    ) -> Result<Vec<CashYear>, BillingError> {
        let year_of = |month: MonthId| month.0.div_euclid(12);
        let years = self.months().into_iter().map(|month| year_of(month.id));
        let mut cash: BTreeMap<i32, CashYear> =
            years.map(|year| (year, CashYear { year, ..CashYear::default() })).collect();
        for asset in assets {
            let paid = SimTime::from_ns(asset.paid_ms.saturating_mul(1_000_000));
            let year = cash.entry(year_of(self.calendar.month_of(paid))).or_default();
            year.purchases += amount("purchases", u128::from(asset.servers + asset.spares), with_network(terms), 1)?;
        }
        for own in lines {
            let year = own.line.month.and_then(|month| cash.get_mut(&year_of(month)));
            let Some(year) = year else { continue };
            match own.category {
                CostCategory::Cash => year.operating += own.line.amount,
                CostCategory::Staff => year.staff += own.line.amount,
                CostCategory::Depreciation => {}
            }
        }
        Ok(cash.into_values().collect())
    }
}

/// Writes the lines of one month.
struct Book<'a> {
    terms: &'a OwnershipTerms,
    month: Month,
}

/// A quantity of whole base units, the units in one of them, and the price of a unit.
struct Item {
    name: &'static str,
    unit: &'static str,
    quantity: u128,
    /// Units in `per` base units.
    factor: Decimal,
    per: u128,
    price: Money,
}

impl Book<'_> {
    fn capital(&self, assets: &[Asset]) -> Result<Vec<OwnedLine>, BillingError> {
        let terms = self.terms;
        let life = u128::from(terms.life_ms());
        let share = |name, quantity, price| Item {
            name,
            unit: "useful life",
            quantity,
            factor: Decimal::ONE,
            per: life,
            price,
        };
        let all = |asset: &Asset| asset.servers + asset.spares;
        let book: u128 = assets.iter().map(|asset| self.book(asset).saturating_mul(all(asset).into())).sum();
        let network = product("network gear", &[terms.server_price.0, terms.network_share])?;
        let items = [
            share("depreciation of servers", self.served(assets, |asset| asset.servers), terms.server_price),
            share("depreciation of spares", self.served(assets, |asset| asset.spares), terms.server_price),
            share("depreciation of network gear", self.served(assets, all), Money(network)),
            Item {
                name: "cost of money",
                unit: "year of book value",
                quantity: book,
                factor: with_network(terms),
                per: 2 * life * YEAR_MS,
                price: Money(terms.cost_of_money),
            },
        ];
        self.lines(CostCategory::Depreciation, items)
    }

    fn energy(&self, owned: &Owned) -> Result<Vec<OwnedLine>, BillingError> {
        let terms = self.terms;
        let of_month = |by_month: &BTreeMap<MonthId, u128>| by_month.get(&self.month.id).copied().unwrap_or(0);
        let work = (terms.full_power - terms.idle_power).max(Decimal::ZERO);
        let item = |name, quantity, watts, servers: u32| {
            let factor = product(name, &[watts, terms.pue])?;
            // A watt for a millisecond is a 3.6-billionth of a kWh.
            let per = 3_600_000_000 * u128::from(servers.max(1));
            Ok(Item { name, unit: "kWh", quantity, factor, per, price: terms.energy_price })
        };
        let items = [
            item("energy, idle", of_month(&owned.server_ms), terms.idle_power, 1)?,
            item("energy, at work", of_month(&owned.busy_core_ms), work, owned.cores_per_server)?,
        ];
        self.lines(CostCategory::Cash, items)
    }

    fn upkeep(&self, assets: &[Asset], cores: u32) -> Result<Vec<OwnedLine>, BillingError> {
        let terms = self.terms;
        let installed = self.served(assets, |asset| asset.servers);
        let item = |name, unit, factor, per, price| Item { name, unit, quantity: installed, factor, per, price };
        let cores = Decimal::from(cores).max(terms.licence_minimum_cores);
        let kilowatts = product("space", &[terms.full_power, Decimal::new(1, 3)])?;
        let items = [
            item("space", "kW-month", kilowatts, MONTH_MS, terms.space),
            item("maintenance", "year of server price", terms.server_price.0, YEAR_MS, Money(terms.maintenance)),
            item("licences by core", "core-year", cores, YEAR_MS, terms.licence_core),
            item("licences by server", "server-year", Decimal::ONE, YEAR_MS, terms.licence_server),
        ];
        self.lines(CostCategory::Cash, items)
    }

    /// Administrators for the servers installed, but never fewer than the minimum.
    fn staff(&self, assets: &[Asset]) -> Result<Vec<OwnedLine>, BillingError> {
        let terms = self.terms;
        let servers_per_admin = terms.servers_per_admin.normalize();
        let scale = 10_u128.pow(servers_per_admin.scale());
        let needed = self.served(assets, |asset| asset.servers).saturating_mul(scale);
        let per = YEAR_MS.saturating_mul(servers_per_admin.mantissa().unsigned_abs().max(1));
        let (name, unit) = ("administrators", "person-year");
        let price = Money(product(name, &[terms.salary.0, terms.salary_load])?);
        let needed = Item { name, unit, quantity: needed, factor: Decimal::ONE, per, price };
        let length = u128::from(self.month.to_ms - self.month.from_ms);
        let least = Item { quantity: length, factor: terms.minimum_admins, per: YEAR_MS, ..needed };
        let more = if least.units()? > needed.units()? { least } else { needed };
        self.lines(CostCategory::Staff, [more])
    }

    fn lines(
        &self,
        category: CostCategory,
        items: impl IntoIterator<Item = Item>,
    ) -> Result<Vec<OwnedLine>, BillingError> {
        let lines = items.into_iter().map(|item| item.line(self.month.id));
        let kept = lines.filter(|line| line.as_ref().map_or(true, |line| line.amount != Money::ZERO));
        kept.map(|line| line.map(|line| OwnedLine { category, line })).collect()
    }

    /// Milliseconds of service of the servers that `count` counts.
    fn served(&self, assets: &[Asset], count: impl Fn(&Asset) -> u64) -> u128 {
        let Month { from_ms, to_ms, .. } = self.month;
        assets.iter().map(|asset| asset.served_ms(from_ms, to_ms).saturating_mul(count(asset).into())).sum()
    }

    fn book(&self, asset: &Asset) -> u128 {
        asset.book_ms2(self.month.from_ms, self.month.to_ms)
    }
}

impl Item {
    fn units(&self) -> Result<Decimal, BillingError> {
        amount(self.name, self.quantity, self.factor, self.per).map(|units| units.0)
    }

    fn line(&self, month: MonthId) -> Result<Line, BillingError> {
        let whole = product(self.name, &[self.factor, self.price.0])?;
        Ok(Line {
            month: Some(month),
            meter: None,
            provider: super::category::PROVIDER.to_owned(),
            service: "Owned servers".to_owned(),
            item: self.name.to_owned(),
            quantity: self.units()?,
            unit: self.unit.to_owned(),
            price: self.price,
            amount: amount(self.name, self.quantity, whole, self.per)?,
            tier: None,
        })
    }
}

/// The price of a server and its part of the network.
fn with_network(terms: &OwnershipTerms) -> Decimal {
    terms.server_price.0 * (Decimal::ONE + terms.network_share)
}

fn amount(item: &str, quantity: u128, price: Decimal, per: u128) -> Result<Money, BillingError> {
    exact::amount(quantity, price, per).map(Money).ok_or_else(|| BillingError::TooLarge {
        item: item.to_owned(),
        quantity,
        price: price.to_string(),
    })
}

fn product(item: &str, factors: &[Decimal]) -> Result<Decimal, BillingError> {
    let product = factors.iter().try_fold(Decimal::ONE, |product, factor| product.checked_mul(*factor));
    let product = product.filter(|product| !product.is_sign_negative());
    product.ok_or_else(|| BillingError::TooLarge {
        item: item.to_owned(),
        quantity: 1,
        price: factors.iter().map(Decimal::to_string).collect::<Vec<_>>().join(" times "),
    })
}
