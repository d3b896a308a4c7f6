//! What a deployment must do to be compared, as one says it: meet the objectives, or without any complete nearly everything
//! (99 %, [`FEW_ERRORS`](crate::results::FEW_ERRORS)).

#[derive(Clone, Copy)]
pub enum Aim {
    Objectives,
    Completion,
}

impl Aim {
    pub const fn of(has_objectives: bool) -> Self {
        if has_objectives { Self::Objectives } else { Self::Completion }
    }

    const fn said(self, objectives: &'static str, completion: &'static str) -> &'static str {
        match self {
            Self::Objectives => objectives,
            Self::Completion => completion,
        }
    }

    /// What one does.
    pub const fn meets(self) -> &'static str {
        self.said("meets the objectives", "completes 99\u{a0}% of the invocations")
    }

    /// What several do.
    pub const fn meet(self) -> &'static str {
        self.said("meet the objectives", "complete 99\u{a0}% of the invocations")
    }

    pub const fn misses(self) -> &'static str {
        self.said("misses the objectives", "completes less than 99\u{a0}%")
    }

    /// Where one misses it: `at which the objectives are missed`.
    pub const fn is_missed(self) -> &'static str {
        self.said("the objectives are missed", "less than 99\u{a0}% is completed")
    }

    /// `4 members that the objectives need`.
    pub const fn needs(self) -> &'static str {
        self.said("the objectives need", "completing 99\u{a0}% needs")
    }

    /// After `the cheapest`, where without objectives there is nothing to add.
    pub const fn that_meets(self) -> &'static str {
        self.said(" that meets the objectives", "")
    }

    /// In a column of verdicts.
    pub const fn verdict(self, meets: bool) -> &'static str {
        match (self, meets) {
            (Self::Objectives, true) => "✓ met",
            (Self::Objectives, false) => "✗ missed",
            (Self::Completion, true) => "none",
            (Self::Completion, false) => "✗ incomplete",
        }
    }
}
