//! `sim schema`: the form of the scenario file, for editors.

use crate::scenario::shape::json_schema;

/// The committed file `scenario.schema.json` holds the same text.
pub fn text() -> String {
    format!("{:#}\n", json_schema())
}
