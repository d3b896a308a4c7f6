//! What pods ask for and nodes have.

/// Processor and memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Resources {
    /// Thousandths of a core.
    pub milli_cpu: u64,
    pub mib: u64,
}

impl Resources {
    pub const ZERO: Self = Self { milli_cpu: 0, mib: 0 };

    pub const fn new(milli_cpu: u64, mib: u64) -> Self {
        Self { milli_cpu, mib }
    }

    pub const fn fits_in(self, room: Self) -> bool {
        self.milli_cpu <= room.milli_cpu && self.mib <= room.mib
    }

    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        let milli_cpu = self.milli_cpu.saturating_add(other.milli_cpu);
        Self { milli_cpu, mib: self.mib.saturating_add(other.mib) }
    }

    /// Zero at least, each for itself.
    #[must_use]
    pub const fn minus(self, other: Self) -> Self {
        let milli_cpu = self.milli_cpu.saturating_sub(other.milli_cpu);
        Self { milli_cpu, mib: self.mib.saturating_sub(other.mib) }
    }

    /// How often `request` fits; `u64::MAX` if it asks for nothing.
    pub fn times(self, request: Self) -> u64 {
        let by_cpu = self.milli_cpu.checked_div(request.milli_cpu).unwrap_or(u64::MAX);
        by_cpu.min(self.mib.checked_div(request.mib).unwrap_or(u64::MAX))
    }

    /// Size beside others on a node of `whole`: the sum of its shares of both, times both.
    pub(super) const fn size_on(self, whole: Self) -> u128 {
        let by_cpu = self.milli_cpu as u128 * whole.mib as u128;
        by_cpu.saturating_add(self.mib as u128 * whole.milli_cpu as u128)
    }
}

/// What a node keeps for its operating system, its agent, and a margin before it evicts pods.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    Nothing,
    /// Google Kubernetes Engine, "Plan node sizes" (2026): of the cores 6 % of the first, 1 % of the second, 0.5 % of the
    /// next two and 0.25 % of the others; of memory 255 MiB below 1 GiB, else 25 % of the first 4 GiB, 20 % of the next 4,
    /// 10 % of the next 8, 6 % of the next 112 and 2 % of the rest; and 100 MiB before it evicts.
    Google,
    /// Amazon Elastic Kubernetes Service, node image (`bootstrap.sh`, 2020 to 2024): cores as above; 255 MiB and 11 MiB for
    /// each pod that the node may hold; and 100 MiB before it evicts.
    Amazon,
}

/// Before the agent evicts pods for want of memory, MiB.
const EVICTION_MIB: u64 = 100;

impl Reservation {
    /// What is left for pods.
    pub fn allocatable(self, capacity: Resources, most_pods: u32) -> Resources {
        let reserved = match self {
            Self::Nothing => return capacity,
            Self::Google => google_mib(capacity.mib),
            Self::Amazon => 255 + 11 * u64::from(most_pods),
        };
        capacity.minus(Resources::new(reserved_cpu(capacity.milli_cpu), reserved + EVICTION_MIB))
    }
}

/// `(up to, parts of the scale kept)` of each step; what lies above the last is kept at the rate of the last.
fn stepped(amount: u64, steps: &[(u64, u64)], scale: u64) -> u64 {
    let mut from = 0;
    let mut kept = 0;
    for (to, rate) in steps {
        kept += amount.min(*to).saturating_sub(from) * rate;
        from = *to;
    }
    // To the advantage of the node's own processes.
    kept.div_ceil(scale)
}

fn reserved_cpu(milli_cpu: u64) -> u64 {
    let amount = milli_cpu.min(MOST);
    stepped(amount, &[(1_000, 600), (2_000, 100), (4_000, 50), (u64::MAX, 25)], 10_000)
}

fn google_mib(mib: u64) -> u64 {
    const GIB: u64 = 1_024;
    if mib < GIB {
        return 255;
    }
    stepped(mib.min(MOST), &[(4 * GIB, 25), (8 * GIB, 20), (16 * GIB, 10), (128 * GIB, 6), (u64::MAX, 2)], 100)
}

/// More than any machine has, and little enough to be multiplied.
const MOST: u64 = 1 << 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(rule: Reservation, cores: u64, mib: u64, pods: u32, milli_cpu: u64, left_mib: u64) {
        let left = rule.allocatable(Resources::new(cores * 1_000, mib), pods);
        assert_eq!(left, Resources::new(milli_cpu, left_mib), "{rule:?}: {cores} cores, {mib} MiB");
    }

    #[test]
    fn nodes_keep_what_their_providers_say() {
        // 4 cores: 3,920 m left (Google's page shows such a node); 16 GiB keep 2.6 GiB and 100 MiB.
        check(Reservation::Google, 4, 16 << 10, 110, 3_920, 16_384 - 2_663 - 100);
        // 150 GiB keep 9.8577 GiB, the margin among them (the published calculator of Google's rule): 140.1423 are left.
        check(Reservation::Google, 1, 150 << 10, 110, 940, 143_505);
        // t3.medium: 17 pods keep 442 MiB.
        check(Reservation::Amazon, 2, 4_096, 17, 1_930, 4_096 - 442 - 100);
        check(Reservation::Nothing, 2, 4_096, 17, 2_000, 4_096);
    }

    #[test]
    fn a_node_too_small_for_its_own_processes_has_nothing_left() {
        check(Reservation::Amazon, 0, 256, 110, 0, 0);
    }
}
