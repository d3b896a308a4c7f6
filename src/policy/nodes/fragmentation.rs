//! Capacity that is free and of no use.

use super::inventory::{Inventory, Node, NodeId};
use super::packing::Room;
use super::resources::Resources;

/// One node, or all together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeFragmentation {
    pub allocatable: Resources,
    pub requested: Resources,
    /// Free, and left over however often any one of the sizes is added: of each resource the least over the sizes.
    pub stranded: Resources,
}

impl NodeFragmentation {
    fn plus(self, other: Self) -> Self {
        Self {
            allocatable: self.allocatable.plus(other.allocatable),
            requested: self.requested.plus(other.requested),
            stranded: self.stranded.plus(other.stranded),
        }
    }

    pub const fn free(self) -> Resources {
        self.allocatable.minus(self.requested)
    }
}

/// Nodes that hold pods, and their sum.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragmentation {
    pub nodes: Vec<(NodeId, NodeFragmentation)>,
    pub total: NodeFragmentation,
}

pub(super) fn measure(inventory: &Inventory, sizes: &[Resources]) -> Fragmentation {
    let of = |node: &Node| NodeFragmentation {
        allocatable: inventory.of(node).allocatable,
        requested: node.requested,
        stranded: stranded(inventory.room(node), sizes),
    };
    let holding = inventory.nodes.iter().filter(|(_, node)| node.holds_pods());
    let nodes: Vec<(NodeId, NodeFragmentation)> = holding.map(|(id, node)| (*id, of(node))).collect();
    let total = nodes.iter().fold(NodeFragmentation::default(), |sum, (_, node)| sum.plus(*node));
    Fragmentation { nodes, total }
}

fn stranded(room: Room, sizes: &[Resources]) -> Resources {
    let left = |size: &Resources| {
        let times = room.times(*size);
        let milli_cpu = room.free.milli_cpu - times.saturating_mul(size.milli_cpu);
        Resources::new(milli_cpu, room.free.mib - times.saturating_mul(size.mib))
    };
    sizes
        .iter()
        .map(left)
        .fold(room.free, |least, left| Resources::new(least.milli_cpu.min(left.milli_cpu), least.mib.min(left.mib)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(free: (u64, u64), pods: u32, sizes: &[(u64, u64)], expected: (u64, u64)) {
        let sizes: Vec<Resources> = sizes.iter().map(|(cpu, mib)| Resources::new(*cpu, *mib)).collect();
        let room = Room { free: Resources::new(free.0, free.1), pods };
        assert_eq!(stranded(room, &sizes), Resources::new(expected.0, expected.1));
    }

    #[test]
    fn what_no_size_can_use_is_stranded() {
        check((900, 4_000), 10, &[(1_000, 1_000)], (900, 4_000));
        check((900, 4_000), 10, &[(1_000, 1_000), (400, 500)], (100, 3_000));
        check((900, 4_000), 0, &[(400, 500)], (900, 4_000));
        check((900, 4_000), 10, &[], (900, 4_000));
        check((900, 4_000), 10, &[(400, 500), (100, 1_000)], (100, 0));
        check((900, 4_000), 10, &[(0, 0)], (900, 4_000));
    }
}
