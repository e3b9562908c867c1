//! JSON Schema, as far as tools and structured answers use it: is this value what was asked for?
//!
//! The keywords of drafts 7 to 2020-12 that models are given: types, properties, items, bounds, enumerations, references
//! inside the document, combinations. What is not understood (`pattern`, `format`, references elsewhere) is not checked, and
//! [`Schema::unchecked`] says so. A crate that knows all of it is larger than this whole module.

use serde_json::Value;

use super::ResponseFormat;

/// A schema, ready.
pub struct Schema {
    root: Value,
    unchecked: Vec<String>,
}

/// Why a value does not fit, and where: a JSON pointer and what was wanted. Never the value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    /// Where, e.g. `/items/0/price`; empty for the whole value.
    pub at: String,
    /// What was wanted.
    pub wanted: String,
}

/// Keywords that say nothing about a value.
const ANNOTATIONS: &[&str] = &[
    "$schema",
    "$id",
    "$comment",
    "$defs",
    "definitions",
    "title",
    "description",
    "default",
    "examples",
    "example",
    "deprecated",
    "readOnly",
    "writeOnly",
    "strict",
    "name",
    "$anchor",
    "contentMediaType",
    "contentEncoding",
    "propertyOrdering",
];
/// Keywords that are checked.
const CHECKED: &[&str] = &[
    "type",
    "nullable",
    "enum",
    "const",
    "properties",
    "required",
    "additionalProperties",
    "minProperties",
    "maxProperties",
    "items",
    "prefixItems",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "$ref",
    "if",
    "then",
    "else",
];
/// Schemas nested deeper are not followed, nor references that lead in a circle without a value getting smaller.
const MAX_DEPTH: usize = 64;
/// So many comparisons are made for one value: a schema of alternatives of alternatives could otherwise take for ever.
const MAX_STEPS: usize = 200_000;

impl Schema {
    /// Reads a schema. Anything but an object or a boolean fits everything.
    pub fn new(root: Value) -> Self {
        let mut unchecked = Vec::new();
        collect(&root, 0, &mut unchecked);
        unchecked.sort();
        unchecked.dedup();
        Self { root, unchecked }
    }

    /// The schema that a request wants its answer to have, if it wants one.
    pub fn of(format: Option<&ResponseFormat<'_>>) -> Option<Self> {
        match format? {
            ResponseFormat::JsonSchema { schema, .. } => serde_json::from_str(schema).ok().map(Self::new),
            ResponseFormat::JsonObject => Some(Self::new(serde_json::json!({"type": "object"}))),
        }
    }

    /// The keywords in it that nobody here understands.
    pub fn unchecked(&self) -> &[String] {
        &self.unchecked
    }

    /// Whether a value fits; if not, the first reason.
    pub fn check(&self, value: &Value) -> Result<(), Misfit> {
        let mut walk = Walk { root: &self.root, steps: 0 };
        walk.fits(&self.root, value, &mut Vec::new(), 0)
    }
}

/// Finds the keywords that are not understood.
fn collect(schema: &Value, depth: usize, unchecked: &mut Vec<String>) {
    let (Some(object), true) = (schema.as_object(), depth < MAX_DEPTH) else { return };
    for (key, value) in object {
        match key.as_str() {
            "properties" | "$defs" | "definitions" => {
                value.as_object().into_iter().flatten().for_each(|(_, schema)| collect(schema, depth + 1, unchecked));
            }
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                value.as_array().into_iter().flatten().for_each(|schema| collect(schema, depth + 1, unchecked));
            }
            "items" | "additionalProperties" | "not" | "if" | "then" | "else" => collect(value, depth + 1, unchecked),
            "$ref" if value.as_str().is_some_and(|reference| reference.starts_with('#')) => {}
            "$ref" => unchecked.push("$ref".to_owned()),
            key if CHECKED.contains(&key) || ANNOTATIONS.contains(&key) => {}
            key => unchecked.push(key.to_owned()),
        }
    }
}

struct Walk<'s> {
    root: &'s Value,
    steps: usize,
}

type Path = Vec<String>;

fn misfit<T>(path: &Path, wanted: impl Into<String>) -> Result<T, Misfit> {
    let at = path.iter().map(|step| format!("/{}", step.replace('~', "~0").replace('/', "~1"))).collect();
    Err(Misfit { at, wanted: wanted.into() })
}

impl Walk<'_> {
    fn fits(&mut self, schema: &Value, value: &Value, path: &mut Path, depth: usize) -> Result<(), Misfit> {
        self.steps += 1;
        if depth > MAX_DEPTH || self.steps > MAX_STEPS {
            return misfit(path, "a value and a schema that can be compared in reasonable time");
        }
        let Some(schema) = schema.as_object() else {
            return if schema == &Value::Bool(false) { misfit(path, "nothing at all") } else { Ok(()) };
        };
        if value.is_null() && schema.get("nullable") == Some(&Value::Bool(true)) {
            return Ok(());
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
            let root = self.root;
            if let Some(target) = reference.strip_prefix('#').and_then(|pointer| root.pointer(pointer)) {
                self.fits(target, value, path, depth + 1)?;
            }
        }
        if let Some(wanted) = schema.get("type") {
            let names: Vec<&str> = match wanted {
                Value::Array(names) => names.iter().filter_map(Value::as_str).collect(),
                Value::String(name) => vec![name],
                _ => Vec::new(),
            };
            if !names.is_empty() && !names.iter().any(|name| is_of_type(value, name)) {
                return misfit(path, format!("type {}", names.join(" or ")));
            }
        }
        if let Some(Value::Array(allowed)) = schema.get("enum")
            && !allowed.iter().any(|one| same(one, value))
        {
            return misfit(path, "one of the values of its enum");
        }
        if let Some(one) = schema.get("const")
            && !same(one, value)
        {
            return misfit(path, "the value of its const");
        }
        match value {
            Value::Object(members) => self.object(schema, members, path, depth)?,
            Value::Array(items) => self.array(schema, items, path, depth)?,
            Value::Number(number) => number_fits(schema, number.as_f64().unwrap_or(f64::NAN), path)?,
            Value::String(text) => {
                let chars = text.chars().count() as u64;
                let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
                if bound("minLength").is_some_and(|least| chars < least)
                    || bound("maxLength").is_some_and(|most| chars > most)
                {
                    return misfit(path, "a string of another length");
                }
            }
            Value::Null | Value::Bool(_) => {}
        }
        self.combined(schema, value, path, depth)
    }

    fn object(
        &mut self,
        schema: &serde_json::Map<String, Value>,
        members: &serde_json::Map<String, Value>,
        path: &mut Path,
        depth: usize,
    ) -> Result<(), Misfit> {
        let required = schema.get("required").and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str);
        for name in required {
            if !members.contains_key(name) {
                return misfit(path, format!("the member `{name:.64}`"));
            }
        }
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        let count = members.len() as u64;
        if bound("minProperties").is_some_and(|least| count < least)
            || bound("maxProperties").is_some_and(|most| count > most)
        {
            return misfit(path, "another number of members");
        }
        let properties = schema.get("properties").and_then(Value::as_object);
        for (name, member) in members {
            let inner = properties.and_then(|properties| properties.get(name)).or_else(|| {
                let others = !schema.contains_key("patternProperties");
                schema.get("additionalProperties").filter(|_| others)
            });
            let Some(inner) = inner else { continue };
            if inner == &Value::Bool(false) {
                return misfit(path, "no member but those it names");
            }
            path.push(name.chars().take(64).collect());
            self.fits(inner, member, path, depth + 1)?;
            path.pop();
        }
        Ok(())
    }

    fn array(
        &mut self,
        schema: &serde_json::Map<String, Value>,
        items: &[Value],
        path: &mut Path,
        depth: usize,
    ) -> Result<(), Misfit> {
        let bound = |key: &str| schema.get(key).and_then(Value::as_u64);
        let count = items.len() as u64;
        if bound("minItems").is_some_and(|least| count < least) || bound("maxItems").is_some_and(|most| count > most) {
            return misfit(path, "another number of items");
        }
        if schema.get("uniqueItems") == Some(&Value::Bool(true)) {
            let mut seen = std::collections::HashSet::new();
            if !items.iter().all(|item| seen.insert(item.to_string())) {
                return misfit(path, "no item twice");
            }
        }
        let first = schema.get("prefixItems").or(schema.get("items")).and_then(Value::as_array);
        let rest = schema.get("items").filter(|items| !items.is_array());
        for (place, item) in items.iter().enumerate() {
            let Some(inner) = first.and_then(|first| first.get(place)).or(rest) else { continue };
            path.push(place.to_string());
            self.fits(inner, item, path, depth + 1)?;
            path.pop();
        }
        Ok(())
    }

    fn combined(
        &mut self,
        schema: &serde_json::Map<String, Value>,
        value: &Value,
        path: &mut Path,
        depth: usize,
    ) -> Result<(), Misfit> {
        let list = |key: &str| schema.get(key).and_then(Value::as_array);
        for inner in list("allOf").into_iter().flatten() {
            self.fits(inner, value, path, depth + 1)?;
        }
        let fitting = |walk: &mut Self, inners: &[Value]| {
            inners.iter().filter(|inner| walk.fits(inner, value, &mut path.clone(), depth + 1).is_ok()).count()
        };
        if let Some(inners) = list("anyOf")
            && fitting(self, inners) == 0
        {
            return misfit(path, "one of the alternatives of its anyOf");
        }
        if let Some(inners) = list("oneOf")
            && fitting(self, inners) != 1
        {
            return misfit(path, "exactly one of the alternatives of its oneOf");
        }
        if let Some(inner) = schema.get("not")
            && fitting(self, std::slice::from_ref(inner)) > 0
        {
            return misfit(path, "not what its not says");
        }
        if let Some(inner) = schema.get("if") {
            let branch = if fitting(self, std::slice::from_ref(inner)) > 0 { "then" } else { "else" };
            if let Some(inner) = schema.get(branch) {
                self.fits(inner, value, path, depth + 1)?;
            }
        }
        Ok(())
    }
}

/// Gemini writes types in capitals.
fn is_of_type(value: &Value, name: &str) -> bool {
    match name.to_ascii_lowercase().as_str() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|number| number.fract() == 0.0),
        _ => true,
    }
}

/// Equality of JSON: `1` is `1.0`.
fn same(one: &Value, other: &Value) -> bool {
    match (one.as_f64(), other.as_f64()) {
        (Some(one), Some(other)) => one == other,
        _ => one == other,
    }
}

fn number_fits(schema: &serde_json::Map<String, Value>, number: f64, path: &Path) -> Result<(), Misfit> {
    let bound = |key: &str| schema.get(key).and_then(Value::as_f64);
    let out = bound("minimum").is_some_and(|least| number < least)
        || bound("maximum").is_some_and(|most| number > most)
        || bound("exclusiveMinimum").is_some_and(|least| number <= least)
        || bound("exclusiveMaximum").is_some_and(|most| number >= most);
    if out {
        return misfit(path, "a number within its bounds");
    }
    if let Some(step) = bound("multipleOf").filter(|step| *step > 0.0) {
        let times = number / step;
        if (times - times.round()).abs() > 1e-9 * times.abs().max(1.0) {
            return misfit(path, "a multiple of its multipleOf");
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_fit_or_say_where_they_do_not() {
        let schema = json!({
            "type": "object", "required": ["name", "tags"], "additionalProperties": false,
            "properties": {
                "name": {"type": "string", "minLength": 1, "maxLength": 5},
                "age": {"type": "integer", "minimum": 0, "exclusiveMaximum": 150},
                "kind": {"enum": ["a", "b", 1]},
                "tags": {"type": "array", "items": {"$ref": "#/$defs/tag"}, "maxItems": 2, "uniqueItems": true},
                "either": {"oneOf": [{"type": "string"}, {"type": "number", "multipleOf": 0.5}]},
                "maybe": {"type": ["string", "null"]},
                "tree": {"$ref": "#"},
            },
            "$defs": {"tag": {"type": "string", "not": {"const": "x"}}},
        });
        let schema = Schema::new(schema);
        let good = [
            json!({"name": "ä", "tags": []}),
            json!({"name": "a", "tags": ["p", "q"], "age": 3.0, "kind": 1.0, "either": 2.5, "maybe": null}),
            json!({"name": "a", "tags": [], "tree": {"name": "b", "tags": []}}),
        ];
        for value in good {
            assert_eq!(schema.check(&value), Ok(()), "{value}");
        }
        let bad = [
            (json!([]), "", "type object"),
            (json!({"name": "a"}), "", "the member `tags`"),
            (json!({"name": "a", "tags": [], "more": 1}), "", "no member but those it names"),
            (json!({"name": "", "tags": []}), "/name", "a string of another length"),
            (json!({"name": "a", "tags": [1]}), "/tags/0", "type string"),
            (json!({"name": "a", "tags": ["x"]}), "/tags/0", "not what its not says"),
            (json!({"name": "a", "tags": ["p", "p"]}), "/tags", "no item twice"),
            (json!({"name": "a", "tags": [], "age": 150}), "/age", "a number within its bounds"),
            (json!({"name": "a", "tags": [], "age": 1.5}), "/age", "type integer"),
            (json!({"name": "a", "tags": [], "kind": "c"}), "/kind", "one of the values of its enum"),
            (
                json!({"name": "a", "tags": [], "either": 0.3}),
                "/either",
                "exactly one of the alternatives of its oneOf",
            ),
            (json!({"name": "a", "tags": [], "tree": {"name": 1, "tags": []}}), "/tree/name", "type string"),
        ];
        for (value, at, wanted) in bad {
            assert_eq!(schema.check(&value), Err(Misfit { at: at.to_owned(), wanted: wanted.to_owned() }), "{value}");
        }
    }

    #[test]
    fn what_is_not_understood_is_told_and_no_schema_takes_for_ever() {
        let schema =
            Schema::new(json!({"properties": {"a": {"pattern": "^x"}, "b": {"$ref": "http://x/y"}}, "format": "z"}));
        assert_eq!(schema.unchecked(), ["$ref", "format", "pattern"]);
        let mut wide = json!({"type": "string"});
        for _ in 0..40 {
            wide = json!({"anyOf": [wide.clone(), {"not": wide}]});
            if wide.to_string().len() > 1_000_000 {
                break;
            }
        }
        let _ = Schema::new(wide).check(&json!(1));
        let circle = Schema::new(json!({"$ref": "#"}));
        assert!(circle.check(&json!(1)).is_err());
    }
}
