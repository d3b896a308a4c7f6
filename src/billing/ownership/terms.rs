//! Prices and habits of an owner, with defaults that have a date and a source.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use serde::Deserialize;

use super::YEAR_MS;
use crate::billing::{BillingError, exact};
use crate::units::{Money, nearest};

const TABLE: &str = include_str!("../../../prices/owned-capacity.csv");

/// One default, as it stands in the table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Parameter {
    pub key: String,
    pub value: Decimal,
    pub unit: String,
    pub low: Option<Decimal>,
    pub high: Option<Decimal>,
    pub as_of: String,
    /// `high`, `medium` or `low`.
    pub confidence: String,
    pub source: String,
}

impl Parameter {
    /// All defaults, in the order of the table.
    pub fn all() -> Vec<Self> {
        let rows = csv::ReaderBuilder::new().comment(Some(b'#')).from_reader(TABLE.as_bytes()).into_deserialize();
        rows.collect::<Result<_, _>>().expect("the table of the program is well formed: a test reads it")
    }
}

/// What owning a server costs. Prices are in one currency; ratios are parts of one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OwnershipTerms {
    pub server_price: Money,
    /// Years; above zero.
    pub useful_life: Decimal,
    /// Interest on the book value, a year.
    pub cost_of_money: Decimal,
    /// Watts of a server that is on and does nothing.
    pub idle_power: Decimal,
    /// Watts of a server all of whose cores work; idle power at least.
    pub full_power: Decimal,
    /// Energy of the site for each unit of energy of its servers.
    pub pue: Decimal,
    /// A kWh.
    pub energy_price: Money,
    /// A kW of full power and 730 hours.
    pub space: Money,
    /// Network gear, as a part of the price of the servers.
    pub network_share: Decimal,
    /// Part of the price of a server, a year.
    pub maintenance: Decimal,
    /// A core and year.
    pub licence_core: Money,
    /// A server and year.
    pub licence_server: Money,
    /// Cores for which a server is licensed at least.
    pub licence_minimum_cores: Decimal,
    /// Of an administrator, a year.
    pub salary: Money,
    /// What an administrator costs for each unit of salary.
    pub salary_load: Decimal,
    /// Above zero.
    pub servers_per_admin: Decimal,
    /// Full-time equivalents who are paid however few servers there are.
    pub minimum_admins: Decimal,
    /// Servers that are bought and kept aside, as a part of those in use, rounded up.
    pub spares: Decimal,
    /// Days from order, when the servers are paid, to service.
    pub lead_time: Decimal,
}

/// Nothing that an owner pays or counts is larger. Decimals are those of any price; products of three keep 28 digits.
const MOST: Decimal = Decimal::from_parts(1_000_000_000, 0, 0, false, 0);

impl OwnershipTerms {
    /// The defaults.
    pub fn builtin() -> Self {
        let mut terms = Self::default();
        for parameter in Parameter::all() {
            let field = terms.field(&parameter.key).expect("every key of the table has a field: a test reads it");
            *field = parameter.value;
        }
        terms
    }

    /// Replaces one value by its key.
    pub fn set(&mut self, key: &str, value: Decimal) -> Result<(), BillingError> {
        let value = value.normalize();
        let all = Parameter::all();
        let Some(parameter) = all.iter().find(|parameter| parameter.key == key) else {
            return Err(BillingError::Unknown {
                list: "owned-capacity".to_owned(),
                kind: "parameter",
                name: key.to_owned(),
                nearest: nearest(key, all.iter().map(|parameter| parameter.key.as_str())).map(str::to_owned),
            });
        };
        let divides = ["useful-life", "servers-per-admin"].contains(&key);
        let fits = value <= MOST && value.scale() <= exact::PRICE_PLACES;
        if value < Decimal::ZERO || (divides && value.is_zero()) || !fits {
            let (item, unit) = (key.to_owned(), parameter.unit.clone());
            return Err(BillingError::Quantity { text: value.to_string(), item, unit });
        }
        if let Some(field) = self.field(key) {
            *field = value;
        }
        Ok(())
    }

    fn field(&mut self, key: &str) -> Option<&mut Decimal> {
        Some(match key {
            "server-price" => &mut self.server_price.0,
            "useful-life" => &mut self.useful_life,
            "cost-of-money" => &mut self.cost_of_money,
            "idle-power" => &mut self.idle_power,
            "full-power" => &mut self.full_power,
            "pue" => &mut self.pue,
            "energy-price" => &mut self.energy_price.0,
            "space" => &mut self.space.0,
            "network-share" => &mut self.network_share,
            "maintenance" => &mut self.maintenance,
            "licence-core" => &mut self.licence_core.0,
            "licence-server" => &mut self.licence_server.0,
            "licence-minimum-cores" => &mut self.licence_minimum_cores,
            "salary" => &mut self.salary.0,
            "salary-load" => &mut self.salary_load,
            "servers-per-admin" => &mut self.servers_per_admin,
            "minimum-admins" => &mut self.minimum_admins,
            "spares" => &mut self.spares,
            "lead-time" => &mut self.lead_time,
            _ => return None,
        })
    }

    /// Useful life in whole milliseconds, one at least.
    pub(super) fn life_ms(&self) -> u64 {
        let ms = self.useful_life.checked_mul(Decimal::from(YEAR_MS)).and_then(|ms| ms.round().to_u64());
        ms.unwrap_or(u64::MAX).max(1)
    }

    pub(super) fn lead_ms(&self) -> u64 {
        let ms = self.lead_time.checked_mul(Decimal::from(86_400_000_u64)).and_then(|ms| ms.round().to_u64());
        ms.unwrap_or(u64::MAX)
    }

    /// Servers that are kept aside for all the `servers` in use.
    pub(super) fn spares_of(&self, servers: u64) -> u64 {
        (self.spares.saturating_mul(Decimal::from(servers))).ceil().to_u64().unwrap_or(u64::MAX)
    }
}
