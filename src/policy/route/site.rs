//! Sites as a router sees them.

use crate::policy::Share;
use crate::units::Span;

/// A site of a deployment, in the order in which the router knows them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SiteIndex(pub u32);

impl SiteIndex {
    /// Its pressure; a site that was not described is down.
    pub(super) fn of(self, sites: &[Pressure]) -> Pressure {
        sites.get(self.0 as usize).copied().unwrap_or_default()
    }
}

/// What a site looks like at an instant. The default is a site that is down.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pressure {
    /// Invocations in service.
    pub busy: u32,
    /// How many it can serve at once as it is; `u32::MAX`: as many as come.
    pub places: u32,
    /// Invocations that wait for a place.
    pub waiting: u32,
    /// How long one more invocation would wait, start-up and way there included; `None`: the site cannot tell.
    pub expected_wait: Option<Span>,
    /// How long it would then be served, at this site's speed.
    pub expected_service: Span,
    pub available: bool,
}

impl Pressure {
    pub(super) const fn has_free_place(self) -> bool {
        self.busy < self.places && self.waiting == 0
    }

    /// Invocations running and waiting.
    pub(super) const fn holds(self) -> u64 {
        self.busy as u64 + self.waiting as u64
    }

    /// What the site says, else nothing if a place is free.
    pub(super) fn wait(self) -> Option<Span> {
        self.expected_wait.or_else(|| self.has_free_place().then_some(Span::ZERO))
    }

    pub(super) fn finishes_within(self, deadline: Span) -> bool {
        self.wait().is_some_and(|wait| wait + self.expected_service <= deadline)
    }

    pub(super) const fn is_above(self, share: Share) -> bool {
        self.places == 0 || share.is_exceeded_by(self.busy as u64, self.places as u64)
    }

    pub(super) const fn is_below(self, share: Share) -> bool {
        self.places > 0 && share.exceeds(self.busy as u64, self.places as u64)
    }
}

/// Most sites that a router can have.
pub const MOST_SITES: u32 = u64::BITS;

/// A set of sites with indices below [`MOST_SITES`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SiteSet(u64);

impl SiteSet {
    pub const NONE: Self = Self(0);
    pub const ALL: Self = Self(u64::MAX);

    pub fn of(sites: impl IntoIterator<Item = SiteIndex>) -> Self {
        Self(sites.into_iter().fold(0, |bits, site| bits | Self::bit(site)))
    }

    pub fn contains(self, site: SiteIndex) -> bool {
        self.0 & Self::bit(site) != 0
    }

    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Nothing for a site beyond the last.
    fn bit(site: SiteIndex) -> u64 {
        1_u64.checked_shl(site.0).unwrap_or(0)
    }
}

/// Where data may go: a hard filter by class of data, before any rule is asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Residency {
    allowed: Vec<SiteSet>,
}

impl Residency {
    /// The sites that the data of each class may go to, in the order of the classes.
    pub const fn new(allowed: Vec<SiteSet>) -> Self {
        Self { allowed }
    }

    /// Where an invocation of `class` may go; a class that nothing was said of may go nowhere, one that has none anywhere.
    pub fn allowed(&self, class: Option<usize>) -> SiteSet {
        class.map_or(SiteSet::ALL, |class| self.allowed.get(class).copied().unwrap_or(SiteSet::NONE))
    }

    /// Classes of which no site of `existing` may serve anything.
    pub fn unmet(&self, existing: SiteSet) -> impl Iterator<Item = usize> + '_ {
        self.allowed.iter().enumerate().filter(move |(_, sites)| sites.and(existing).is_empty()).map(|(class, _)| class)
    }
}
