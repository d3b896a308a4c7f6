//! What was metered, in whole base units, by calendar month.

use std::collections::{BTreeMap, BTreeSet};

use crate::units::MonthId;

/// What a platform meters. The price list says what a unit of each costs; a meter never knows a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Meter {
    /// Invocations. Base unit: one.
    Requests,
    /// Memory held while executing on demand. Base unit: MiB·ms, each invocation rounded up as the platform does.
    Compute,
    /// Memory held while executing on provisioned instances. Base unit: MiB·ms.
    ProvisionedCompute,
    /// Memory of provisioned instances, busy or not. Base unit: MiB·ms.
    ProvisionedConcurrency,
    /// Ephemeral storage above what is included, while executing. Base unit: MiB·ms.
    EphemeralStorage,
    /// Servers that exist, busy or not. Base unit: instance·ms.
    InstanceTime,
    /// Nodes of a cluster that has several types, of the type at this place; the first type counts as
    /// [`Self::InstanceTime`]. No list names it: it has the price of an instance of its type. Base unit: instance·ms.
    FurtherNodes(u8),
    /// Processors of containers that exist, busy or not. Base unit: a thousandth of a vCPU for 1 ms.
    VcpuTime,
    /// Operating systems that are licensed by the processor. Base unit: a thousandth of a vCPU for 1 ms.
    LicenceTime,
    /// Memory of containers that exist, busy or not. Base unit: MiB·ms.
    MemoryTime,
    /// Disks, their snapshots, and what containers have beyond the included disk. Base unit: MiB·ms.
    Storage,
    /// Control planes of clusters. Base unit: cluster·ms.
    ClusterTime,
    /// Load balancers that exist. Base unit: balancer·ms.
    BalancerTime,
    /// What load balancers work, in the provider's capacity units. Base unit: a thousandth of a unit for 1 ms.
    BalancerUnits,
    /// What load balancers handle, where it is priced by volume. Base unit: one byte.
    BalancerBytes,
    /// From the cloud to the internet. Base unit: one byte.
    TransferInternet,
    /// From one region to another. Base unit: one byte.
    TransferRegion,
    /// Between zones of a region; each direction counts. Base unit: one byte.
    TransferZone,
    /// Address translation that exists. Base unit: gateway·ms.
    NatTime,
    /// What address translation handles. Base unit: one byte.
    NatBytes,
    /// CPU credits beyond what a burstable server earned. Base unit: a thousandth of a vCPU for 1 ms.
    SurplusCredits,
}

impl Meter {
    /// Those that price lists know.
    pub const ALL: [Self; 20] = [
        Self::Requests,
        Self::Compute,
        Self::ProvisionedCompute,
        Self::ProvisionedConcurrency,
        Self::EphemeralStorage,
        Self::InstanceTime,
        Self::VcpuTime,
        Self::LicenceTime,
        Self::MemoryTime,
        Self::Storage,
        Self::ClusterTime,
        Self::BalancerTime,
        Self::BalancerUnits,
        Self::BalancerBytes,
        Self::TransferInternet,
        Self::TransferRegion,
        Self::TransferZone,
        Self::NatTime,
        Self::NatBytes,
        Self::SurplusCredits,
    ];

    /// The name in price lists: `requests`, `compute`, ...
    pub const fn name(self) -> &'static str {
        match self {
            Self::Requests => "requests",
            Self::Compute => "compute",
            Self::ProvisionedCompute => "provisioned-compute",
            Self::ProvisionedConcurrency => "provisioned-concurrency",
            Self::EphemeralStorage => "ephemeral-storage",
            Self::InstanceTime | Self::FurtherNodes(_) => "instance-time",
            Self::VcpuTime => "vcpu-time",
            Self::LicenceTime => "licence-time",
            Self::MemoryTime => "memory-time",
            Self::Storage => "storage",
            Self::ClusterTime => "cluster-time",
            Self::BalancerTime => "balancer-time",
            Self::BalancerUnits => "balancer-units",
            Self::BalancerBytes => "balancer-bytes",
            Self::TransferInternet => "transfer-internet",
            Self::TransferRegion => "transfer-region",
            Self::TransferZone => "transfer-zone",
            Self::NatTime => "nat-time",
            Self::NatBytes => "nat-bytes",
            Self::SurplusCredits => "surplus-credits",
        }
    }
}

/// Quantities by month and meter. Merging is exact and in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    quantities: BTreeMap<(MonthId, Meter), u128>,
}

impl Usage {
    pub fn add(&mut self, month: MonthId, meter: Meter, base_units: u128) {
        if base_units > 0 {
            *self.quantities.entry((month, meter)).or_default() += base_units;
        }
    }

    pub fn merge(&mut self, other: &Self) {
        for (&(month, meter), &quantity) in &other.quantities {
            self.add(month, meter, quantity);
        }
    }

    /// `(month, meter, base units)` in order of month, then meter.
    pub fn iter(&self) -> impl Iterator<Item = (MonthId, Meter, u128)> + '_ {
        self.quantities.iter().map(|(&(month, meter), &quantity)| (month, meter, quantity))
    }

    /// What was metered at all.
    pub fn meters(&self) -> BTreeSet<Meter> {
        self.quantities.keys().map(|(_, meter)| *meter).collect()
    }

    pub fn total(&self, meter: Meter) -> u128 {
        self.iter().filter(|(_, m, _)| *m == meter).map(|(_, _, quantity)| quantity).sum()
    }
}
