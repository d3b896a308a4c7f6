//! The form as a JSON Schema (draft 7), for completion and checks in editors.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{DOCUMENT, Key, Kind, Shape, Variants};

/// The schema of the scenario file. The same text for the same version.
pub fn json_schema() -> Value {
    let mut definitions = Definitions::default();
    let mut root = definitions.shape(&DOCUMENT, None);
    root.insert("$schema".into(), json!("http://json-schema.org/draft-07/schema#"));
    root.insert("title".into(), json!("breakeven scenario"));
    root.insert("definitions".into(), json!(definitions.done));
    Value::Object(root)
}

/// Variants are defined once by name, because distributions contain distributions.
#[derive(Default)]
struct Definitions {
    done: BTreeMap<String, Value>,
}

impl Definitions {
    fn shape(&mut self, shape: &Shape, tag: Option<(&str, &str)>) -> Map<String, Value> {
        let mut properties = Map::new();
        if let Some((key, name)) = tag {
            properties.insert(key.into(), json!({ "const": name }));
        }
        for key in shape.keys {
            properties.insert(key.name.into(), self.key(key));
        }
        let tag = tag.map(|(key, _)| key);
        let required: Vec<&str> =
            tag.into_iter().chain(shape.keys.iter().filter(|key| key.required).map(|key| key.name)).collect();
        let mut object = Map::new();
        object.insert("type".into(), json!("object"));
        object.insert("properties".into(), Value::Object(properties));
        object.insert("additionalProperties".into(), json!(false));
        if !required.is_empty() {
            object.insert("required".into(), json!(required));
        }
        object
    }

    /// A reference stands in `allOf`, because draft 7 ignores whatever stands beside it.
    fn key(&mut self, key: &Key) -> Value {
        let mut schema = match self.kind(key.kind) {
            Value::Object(schema) if schema.contains_key("$ref") => {
                Map::from_iter([("allOf".to_owned(), json!([schema]))])
            }
            Value::Object(schema) => schema,
            _ => Map::new(),
        };
        schema.insert("description".into(), json!(key.doc));
        Value::Object(schema)
    }

    fn kind(&mut self, kind: &Kind) -> Value {
        match kind {
            Kind::Any => json!({}),
            Kind::Text => json!({ "type": "string", "minLength": 1 }),
            Kind::Flag => json!({ "type": "boolean" }),
            Kind::Count { least, most } => json!({ "type": "integer", "minimum": least, "maximum": most }),
            Kind::Number { least, most } => json!({ "type": "number", "minimum": least, "maximum": most }),
            Kind::Time => quantity("ns|us|µs|ms|s|sec|min|h|d|w", "250ms"),
            Kind::Size => quantity("B|KB|KiB|MB|MiB|GB|GiB|TB|TiB", "128MB"),
            Kind::Cores => {
                let text =
                    json!({ "type": "string", "pattern": "^\\s*[0-9][0-9_.]*\\s*m?\\s*$", "examples": ["500m"] });
                json!({ "anyOf": [text, { "type": "number", "exclusiveMinimum": 0 }] })
            }
            Kind::Rate => quantity("/(ms|s|sec|min|h|d|w)", "40/s"),
            Kind::Share | Kind::Ratio => {
                json!({ "anyOf": [quantity("%", "70%"), { "type": "number", "minimum": 0 }] })
            }
            Kind::Money => json!({ "type": ["string", "number"], "examples": ["$0.20"] }),
            Kind::Hourly => json!({ "type": "string", "pattern": "/\\s*h\\s*$", "examples": ["$1.20/h"] }),
            Kind::Date => json!({ "type": "string", "pattern": "^\\d{4}-\\d{2}-\\d{2}$" }),
            Kind::Choice(words) => json!({ "enum": words }),
            Kind::WordOr(word, other) => json!({ "anyOf": [{ "const": word }, self.kind(other)] }),
            Kind::PlainOr(plain, table) => json!({ "anyOf": [self.kind(plain), self.kind(table)] }),
            Kind::IfHas(_, with, without) => json!({ "anyOf": [self.kind(with), self.kind(without)] }),
            Kind::List(item) => json!({ "type": "array", "items": self.kind(item) }),
            Kind::OneOrMore(item) => {
                let one = self.kind(item);
                json!({ "anyOf": [one.clone(), { "type": "array", "minItems": 1, "items": one }] })
            }
            Kind::Table(shape) => Value::Object(self.shape(shape, None)),
            Kind::Named(item) | Kind::ByName(item) => {
                json!({ "type": "object", "additionalProperties": self.kind(item) })
            }
            Kind::Variants(variants) => self.variants(variants),
        }
    }

    fn variants(&mut self, variants: &Variants) -> Value {
        let name = variants.what.replace(' ', "-");
        if !self.done.contains_key(&name) {
            self.done.insert(name.clone(), Value::Null);
            let cases: Vec<Value> = variants
                .cases
                .iter()
                .map(|case| {
                    let mut object = self.shape(case.shape, Some((variants.tag, case.name)));
                    object.insert("description".into(), json!(case.doc));
                    Value::Object(object)
                })
                .collect();
            let definition = json!({ "type": "object", "required": [variants.tag], "oneOf": cases });
            self.done.insert(name.clone(), definition);
        }
        json!({ "$ref": format!("#/definitions/{name}") })
    }
}

fn quantity(units: &str, example: &str) -> Value {
    let pattern = format!("^\\s*([0-9][0-9_.]*([eE][+-]?[0-9]+)?\\s*({units})|0)\\s*$");
    json!({ "type": "string", "pattern": pattern, "examples": [example] })
}
