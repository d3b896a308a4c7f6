//! Light or dark.

#[cfg(feature = "report")]
use super::charts::{DARK, LIGHT, Palette};

/// On which background pictures and pages stand. PNG files know no reader: they are dark only if that is asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader prefers.
    #[default]
    Auto,
    Light,
    Dark,
}

impl Theme {
    /// The colours to begin with.
    #[cfg(feature = "report")]
    pub const fn palette(self) -> Palette {
        match self {
            Self::Auto | Self::Light => LIGHT,
            Self::Dark => DARK,
        }
    }
}
