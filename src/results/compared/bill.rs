//! Lines of a bill that changed.

use serde::{Deserialize, Serialize};

use crate::results::InvoiceItem;
use crate::units::Money;

/// A line of the bill of a month. Zero where a side does not have it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BillChange {
    pub item: String,
    pub base: Money,
    pub head: Money,
}

/// Lines that differ, the largest change first. A line is its provider, service and item; tiers are added up.
pub fn changes(base: &[InvoiceItem], head: &[InvoiceItem]) -> Vec<BillChange> {
    let mut lines: Vec<BillChange> = Vec::new();
    let sides = base.iter().map(|item| (0, item)).chain(head.iter().map(|item| (1, item)));
    for (side, item) in sides {
        let name = format!("{} {} {}", item.provider, item.service, item.item);
        let place = lines.iter().position(|line| line.item == name).unwrap_or_else(|| {
            lines.push(BillChange { item: name, base: Money::ZERO, head: Money::ZERO });
            lines.len() - 1
        });
        let amount = if side == 0 { &mut lines[place].base } else { &mut lines[place].head };
        *amount = Money(amount.0 + item.amount.0);
    }
    lines.retain(|line| line.base != line.head);
    lines.sort_by_key(|line| std::cmp::Reverse((line.head.0 - line.base.0).abs()));
    lines
}
