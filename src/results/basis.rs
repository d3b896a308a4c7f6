//! What the amount on a line of a bill grows with.

use crate::billing::Meter;

/// What grows with use, or stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Basis {
    /// Invocations that execute, and how long.
    Execution,
    /// What requests carry with them.
    Volume,
    /// Work beyond the credits of instances.
    Surplus,
    /// Instances that are kept ready for functions.
    Provisioned,
    /// Instances, or nodes, that are there.
    Instances,
    /// Nothing: it runs by the clock.
    Clock,
}

impl Basis {
    pub(super) const fn of(meter: Meter) -> Self {
        match meter {
            Meter::Requests | Meter::Compute | Meter::ProvisionedCompute | Meter::EphemeralStorage => Self::Execution,
            Meter::BalancerUnits
            | Meter::BalancerBytes
            | Meter::TransferInternet
            | Meter::TransferRegion
            | Meter::TransferZone
            | Meter::NatBytes => Self::Volume,
            Meter::SurplusCredits => Self::Surplus,
            Meter::ProvisionedConcurrency => Self::Provisioned,
            Meter::InstanceTime
            | Meter::FurtherNodes(_)
            | Meter::VcpuTime
            | Meter::LicenceTime
            | Meter::MemoryTime
            | Meter::Storage => Self::Instances,
            Meter::ClusterTime | Meter::BalancerTime | Meter::NatTime => Self::Clock,
        }
    }
}
