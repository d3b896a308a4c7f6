//! What can be used: the table that gives names and on-demand prices to the columns of an [`super::HourlyUse`].

use std::fmt;

use crate::units::Money;

/// An instance type by family and size: `t3.medium`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InstanceType {
    pub family: String,
    pub size: String,
}

impl InstanceType {
    /// `None` without a point between family and size.
    pub fn parse(name: &str) -> Option<Self> {
        let (family, size) = name.split_once('.')?;
        let named = !family.is_empty() && !size.is_empty();
        named.then(|| Self { family: family.to_owned(), size: size.to_owned() })
    }
}

impl fmt::Display for InstanceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.family, self.size)
    }
}

/// What is used, as far as commitments care.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Instances of one type, in instance-milliseconds. Without a zone no zonal reservation matches.
    Instance { instance: InstanceType, zone: Option<String> },
    /// What only a Compute Savings Plan can cover: Fargate, functions.
    Compute,
}

/// One kind of use, and its line on the bill.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseKind {
    pub what: What,
    pub service: String,
    pub item: String,
    /// What the price is of: `hour`, `GB-second`.
    pub unit: String,
    /// Base units in one unit: 3,600,000 for hours of instance-milliseconds.
    pub base_per_unit: u64,
    /// Of one unit.
    pub on_demand: Money,
}

impl UseKind {
    /// Instances priced by the hour.
    pub fn instance(instance: InstanceType, zone: Option<&str>, on_demand: Money) -> Self {
        let item = format!("{instance} on demand");
        let what = What::Instance { instance, zone: zone.map(str::to_owned) };
        Self { what, service: "EC2".to_owned(), item, unit: "hour".to_owned(), base_per_unit: 3_600_000, on_demand }
    }

    pub(super) fn instance_type(&self) -> Option<&InstanceType> {
        match &self.what {
            What::Instance { instance, .. } => Some(instance),
            What::Compute => None,
        }
    }
}
