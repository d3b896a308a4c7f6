//! What a plan takes for granted, in the form in which results print it.

use serde::{Deserialize, Serialize};

/// A figure that the scenario did not state.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Assumption {
    /// The deployment that rests on it; `null` for all.
    pub deployment: Option<String>,
    /// `keep-alive`, `price of compute`, ...
    pub subject: String,
    pub value: String,
    pub source: String,
    pub date: String,
}
