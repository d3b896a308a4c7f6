//! Dense indices. An index, a count and a size are different types; only the index converts.

/// Declares an index type over `u32`.
macro_rules! index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u32);

        impl $name {
            /// # Panics
            /// When there are more than 2^32 of them.
            pub fn new(index: usize) -> Self {
                Self(u32::try_from(index).expect("more than 2^32 of one kind"))
            }

            #[inline]
            pub const fn index(self) -> usize {
                self.0 as usize
            }
        }
    };
}

index! {
    /// A function of the workload, in order of appearance.
    FunctionId
}
index! {
    /// An instance of a pool: a slot that is reused when the instance is gone.
    InstanceId
}
index! {
    /// A part of a deployment that has its own prices and its own capacity: the two sides of a hybrid, for instance.
    SiteId
}

impl SiteId {
    /// The only site of a deployment that has one.
    pub const FIRST: Self = Self(0);
}
