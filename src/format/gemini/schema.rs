//! Google's two dialects of JSON Schema. `parameters` and `responseSchema` are a piece of OpenAPI's, with types in
//! capitals: [`to_json_schema`] turns them into what everybody else reads. `parametersJsonSchema` and
//! `responseJsonSchema` are JSON Schema without some of its keywords: [`for_gemini`] says what it can without them and
//! names what it cannot. A constraint that is left out lets the model say more than the client's schema does; it never
//! makes the model say what the schema forbids to leave out.

use std::borrow::Cow;

use super::names::{camel, get};
use crate::wire::json::{Doc, JsonError, Kind, Text, Value, Writer};

/// A schema of OpenAPI's subset as JSON Schema.
pub(super) fn to_json_schema(schema: Value<'_, '_>) -> String {
    let mut out = Writer::with_capacity(schema.raw().len());
    plain(schema, &mut out);
    String::from_utf8(out.out).unwrap_or_default()
}

fn plain(schema: Value<'_, '_>, out: &mut Writer) {
    if schema.kind() != Kind::Object {
        out.raw(schema.raw());
        return;
    }
    let nullable = get(schema, "nullable").and_then(Value::bool) == Some(true);
    out.open();
    for (key, value) in schema.members() {
        let name = camel(key.raw());
        match &*name {
            "nullable" | "propertyOrdering" => {}
            "type" => plain_type(value, nullable, out),
            // A hint that a string has an enum, which is there to see.
            "format" if value.is("enum") => {}
            "properties" | "defs" | "$defs" => {
                out.key(if &*name == "properties" { "properties" } else { "$defs" }).open();
                for (name, schema) in value.members() {
                    plain(schema, out.key(name.raw()));
                }
                out.close();
            }
            "items" | "additionalProperties" | "not" => plain(value, out.key(&name)),
            "anyOf" | "oneOf" | "allOf" | "prefixItems" => {
                out.key(&name).open_array();
                value.items().for_each(|schema| plain(schema, out));
                if nullable && &*name == "anyOf" {
                    out.raw(r#"{"type":"null"}"#);
                }
                out.close_array();
            }
            "ref" | "$ref" => {
                out.key("$ref").raw(&value.raw().replace("#/defs/", "#/$defs/"));
            }
            "enum" if nullable => {
                out.key("enum").open_array();
                value.items().for_each(|word| {
                    out.raw(word.raw());
                });
                out.null().close_array();
            }
            "example" => {
                out.key("examples").open_array().raw(value.raw()).close_array();
            }
            // Long numbers stand in quotes.
            "minItems" | "maxItems" | "minLength" | "maxLength" | "minProperties" | "maxProperties" => {
                let quoted = value.text().map(|text| text.raw().to_owned());
                let number = quoted.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()) && !text.is_empty());
                out.key(&name).raw(number.as_deref().unwrap_or(value.raw()));
            }
            _ => {
                out.key(&name).raw(value.raw());
            }
        }
    }
    out.close();
}

fn plain_type(value: Value<'_, '_>, nullable: bool, out: &mut Writer) {
    let Some(word) = value.text() else {
        out.key("type").raw(value.raw());
        return;
    };
    let word = word.raw().to_ascii_lowercase();
    match (word.as_str(), nullable) {
        ("type_unspecified", _) => {}
        (word, true) => {
            out.key("type").open_array().string(word).string("null").close_array();
        }
        (word, false) => {
            out.key("type").string(word);
        }
    }
}

/// How many parts of `allOf` are put together in one schema, and how deep they may lie in one another: beyond anything
/// that a person or a library wrote, and little enough that references to references come to an end.
const MAX_MERGES: usize = 10_000;
const MAX_MERGE_DEPTH: usize = 16;
/// How many names the parts of one `allOf` may come to.
const MAX_MERGED_NAMES: usize = 1000;

/// A JSON Schema in the words that Gemini reads, and the keywords it had to leave out.
pub(super) fn for_gemini(schema: &str) -> Result<(String, Vec<String>), JsonError> {
    let doc = Doc::parse(schema.as_bytes())?;
    let mut writer = ForGemini {
        root: doc.root(),
        out: Writer::with_capacity(schema.len()),
        lost: Vec::new(),
        merges_left: MAX_MERGES,
    };
    writer.schema(doc.root());
    Ok((String::from_utf8(writer.out.out).unwrap_or_default(), writer.lost))
}

/// What becomes of a keyword.
enum Keyword {
    /// It stays, with its value.
    Stays,
    /// It stays; below it is a schema.
    Schema,
    /// A list of schemas.
    List,
    /// Schemas by name.
    Named,
    /// It is left out, and says nothing to a model.
    Silent,
}

const KEYWORDS: &[(&str, Keyword)] = &[
    ("type", Keyword::Stays),
    ("description", Keyword::Stays),
    ("title", Keyword::Stays),
    ("enum", Keyword::Stays),
    ("required", Keyword::Stays),
    ("default", Keyword::Stays),
    ("format", Keyword::Stays),
    ("minimum", Keyword::Stays),
    ("maximum", Keyword::Stays),
    ("minItems", Keyword::Stays),
    ("maxItems", Keyword::Stays),
    ("uniqueItems", Keyword::Stays),
    ("minLength", Keyword::Stays),
    ("maxLength", Keyword::Stays),
    ("pattern", Keyword::Stays),
    ("minProperties", Keyword::Stays),
    ("maxProperties", Keyword::Stays),
    ("propertyOrdering", Keyword::Stays),
    ("$id", Keyword::Stays),
    ("$anchor", Keyword::Stays),
    ("items", Keyword::Schema),
    ("additionalProperties", Keyword::Schema),
    ("anyOf", Keyword::List),
    ("oneOf", Keyword::List),
    ("prefixItems", Keyword::List),
    ("properties", Keyword::Named),
    ("$defs", Keyword::Named),
    ("$schema", Keyword::Silent),
    ("$comment", Keyword::Silent),
    ("deprecated", Keyword::Silent),
    ("readOnly", Keyword::Silent),
    ("writeOnly", Keyword::Silent),
];

/// The members of a schema, with those of its `allOf` among them.
#[derive(Default)]
struct Members<'d, 'a> {
    /// All but the following.
    plain: Vec<(Text<'a>, Value<'d, 'a>)>,
    properties: Vec<(Text<'a>, Value<'d, 'a>)>,
    /// Whether there was a list of them, be it empty.
    has_properties: bool,
    defs: Vec<(Text<'a>, Value<'d, 'a>)>,
    required: Vec<Value<'d, 'a>>,
}

impl<'d, 'a> Members<'d, 'a> {
    fn get(&self, name: &str) -> Option<Value<'d, 'a>> {
        self.plain.iter().find(|(key, _)| key.is(name)).map(|(_, value)| *value)
    }
}

struct ForGemini<'d, 'a> {
    root: Value<'d, 'a>,
    out: Writer,
    lost: Vec<String>,
    merges_left: usize,
}

impl<'d, 'a> ForGemini<'d, 'a> {
    fn lose(&mut self, keyword: &str) {
        if self.lost.len() < 32 && !self.lost.iter().any(|lost| lost == keyword) {
            self.lost.push(keyword.to_owned());
        }
    }

    fn schema(&mut self, schema: Value<'d, 'a>) {
        match schema.kind() {
            Kind::Object => {}
            // `true` is the schema that anything matches.
            Kind::Bool if schema.bool() == Some(true) => {
                self.out.open().close();
                return;
            }
            _ => {
                self.lose("false");
                self.out.open().close();
                return;
            }
        }
        let mut members = Members::default();
        self.gather(schema, 0, &mut members);
        // Beside a reference nothing may stand but what begins with a dollar.
        let reference = members.get("$ref");
        let alone = members.plain.iter().all(|(key, _)| key.raw().starts_with('$'))
            && members.properties.is_empty()
            && members.required.is_empty();
        self.out.open();
        if let Some(reference) = reference {
            let target = reference.raw().replace("#/definitions/", "#/$defs/");
            if alone {
                self.out.key("$ref").raw(&target);
            } else if members.get("anyOf").is_none() {
                self.out.key("anyOf").open_array().open().key("$ref").raw(&target).close().close_array();
            } else {
                self.lose("$ref");
            }
        }
        for (key, value) in &members.plain {
            self.member(key, *value, &members);
        }
        self.named("properties", &members.properties, members.has_properties);
        self.named("$defs", &members.defs, false);
        if !members.required.is_empty() {
            self.out.key("required").open_array();
            for name in &members.required {
                self.out.raw(name.raw());
            }
            self.out.close_array();
        }
        self.out.close();
    }

    fn named(&mut self, name: &str, schemas: &[(Text<'a>, Value<'d, 'a>)], even_empty: bool) {
        if schemas.is_empty() && !even_empty {
            return;
        }
        self.out.key(name).open();
        for (name, schema) in schemas {
            self.out.key(name.raw());
            self.schema(*schema);
        }
        self.out.close();
    }

    fn member(&mut self, key: &Text<'a>, value: Value<'d, 'a>, members: &Members<'d, 'a>) {
        let integer = || members.get("type").is_some_and(|kind| kind.is("integer"));
        match key.raw() {
            "$ref" => {}
            "type" if members.get("nullable").and_then(Value::bool) == Some(true) && value.kind() == Kind::String => {
                self.out.key("type").open_array().raw(value.raw()).string("null").close_array();
            }
            "nullable" => {}
            "const" if members.get("enum").is_some() => {}
            "const" if matches!(value.kind(), Kind::String | Kind::Number) => {
                if members.get("type").is_none() {
                    self.out.key("type").string(if value.kind() == Kind::String { "string" } else { "number" });
                }
                self.out.key("enum").open_array().raw(value.raw()).close_array();
            }
            bound @ ("exclusiveMinimum" | "exclusiveMaximum") => {
                let (name, step) = if bound == "exclusiveMinimum" { ("minimum", 1) } else { ("maximum", -1) };
                if members.get(name).is_some() || value.kind() != Kind::Number {
                    return self.lose(bound);
                }
                self.out.key(name);
                match value.raw().parse::<i64>().ok().filter(|_| integer()).and_then(|bound| bound.checked_add(step)) {
                    Some(next) => {
                        self.out.raw(&next.to_string());
                    }
                    None => {
                        // The bound itself is let in.
                        self.out.raw(value.raw());
                        self.lose(bound);
                    }
                }
            }
            name => match KEYWORDS.iter().find(|(known, _)| *known == name) {
                Some((name, Keyword::Stays)) => {
                    self.out.key(name).raw(value.raw());
                }
                Some((name, Keyword::Schema)) if value.kind() == Kind::Object => {
                    self.out.key(name);
                    self.schema(value);
                }
                Some((name, Keyword::Schema)) if value.kind() == Kind::Bool && *name != "items" => {
                    self.out.key(name).raw(value.raw());
                }
                Some((name, Keyword::List)) if value.kind() == Kind::Array => {
                    self.out.key(name).open_array();
                    value.items().for_each(|schema| self.schema(schema));
                    self.out.close_array();
                }
                Some((_, Keyword::Silent)) => {}
                _ => self.lose(name),
            },
        }
    }

    /// Gathers the members of a schema and of all that it is composed of. Of two that differ the first wins.
    fn gather(&mut self, schema: Value<'d, 'a>, depth: usize, into: &mut Members<'d, 'a>) {
        for (key, value) in schema.members() {
            match key.raw() {
                "properties" if value.kind() == Kind::Object => {
                    into.has_properties = true;
                    for (name, schema) in value.members() {
                        self.put(&mut into.properties, name, schema, depth);
                    }
                }
                "$defs" | "definitions" if value.kind() == Kind::Object => {
                    for (name, schema) in value.members() {
                        self.put(&mut into.defs, name, schema, depth);
                    }
                }
                "required" if value.kind() == Kind::Array => {
                    for name in value.items().filter(|name| name.kind() == Kind::String) {
                        let known = depth > 0 && into.required.iter().any(|known| known.raw() == name.raw());
                        if !known && (depth == 0 || into.required.len() < MAX_MERGED_NAMES) {
                            into.required.push(name);
                        }
                    }
                }
                "allOf" if value.kind() == Kind::Array => {}
                _ => self.put(&mut into.plain, key, value, depth),
            }
        }
        let parts = schema.get("allOf").into_iter().flat_map(Value::items).filter(|part| part.kind() == Kind::Object);
        for part in parts {
            if self.merges_left == 0 || depth == MAX_MERGE_DEPTH {
                return self.lose("allOf");
            }
            self.merges_left -= 1;
            let whole = into.plain.is_empty() && into.properties.is_empty() && into.required.is_empty();
            let only = schema.get("allOf").is_some_and(|parts| parts.items().nth(1).is_none());
            match part.get("$ref").and_then(Value::text) {
                // One reference, perhaps with a description beside it, stays one.
                Some(_) if only && (whole || into.plain.iter().all(|(key, _)| is_note(key))) => {
                    self.gather(part, depth + 1, into);
                }
                Some(reference) => match self.resolve(&reference) {
                    Some(target) if target.kind() == Kind::Object => self.gather(target, depth + 1, into),
                    _ => self.lose("allOf"),
                },
                None => self.gather(part, depth + 1, into),
            }
        }
    }

    fn put(&mut self, list: &mut Vec<(Text<'a>, Value<'d, 'a>)>, key: Text<'a>, value: Value<'d, 'a>, depth: usize) {
        // The names of one object differ.
        let known = if depth == 0 { None } else { list.iter().find(|(known, _)| known.raw() == key.raw()) };
        match known {
            None if depth > 0 && list.len() >= MAX_MERGED_NAMES => self.lose("allOf"),
            None => list.push((key, value)),
            Some((_, known)) if known.raw() == value.raw() || is_note(&key) => {}
            Some(_) => self.lose("allOf"),
        }
    }

    /// What a reference into the schema's own definitions means.
    fn resolve(&self, reference: &Text<'_>) -> Option<Value<'d, 'a>> {
        let path = reference.decode();
        let (list, name) = path.strip_prefix("#/")?.split_once('/')?;
        self.root.get(list).filter(|_| matches!(list, "$defs" | "definitions"))?.get(name)
    }
}

/// What only describes, so that of two the first will do.
fn is_note(key: &Text<'_>) -> bool {
    matches!(key.raw(), "title" | "description" | "default" | "examples" | "$schema" | "$id" | "$comment")
}

/// A schema as a client gave it, in the dialect of the field it stood in.
pub(super) fn read<'a>(schema: Value<'_, 'a>, openapi: bool) -> Cow<'a, str> {
    if openapi { to_json_schema(schema).into() } else { schema.raw().into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn openapis_dialect_becomes_json_schema() {
        let rows = [
            (r#"{"type":"STRING"}"#, r#"{"type":"string"}"#),
            (r#"{"type":"string","format":"enum","enum":["a"]}"#, r#"{"type":"string","enum":["a"]}"#),
            (r#"{"type":"TYPE_UNSPECIFIED","title":"x"}"#, r#"{"title":"x"}"#),
            (r#"{"type":"INTEGER","nullable":true}"#, r#"{"type":["integer","null"]}"#),
            (r#"{"type":"STRING","enum":["a"],"nullable":true}"#, r#"{"type":["string","null"],"enum":["a",null]}"#),
            (r#"{"nullable":false,"type":"OBJECT"}"#, r#"{"type":"object"}"#),
            (
                r#"{"type":"OBJECT","properties":{"type":{"type":"ARRAY","items":{"type":"NUMBER"},"min_items":"2","maxItems":3}},"property_ordering":["type"],"required":["type"]}"#,
                r#"{"type":"object","properties":{"type":{"type":"array","items":{"type":"number"},"minItems":2,"maxItems":3}},"required":["type"]}"#,
            ),
            (
                r#"{"any_of":[{"type":"STRING"},{"type":"BOOLEAN"}],"nullable":true,"example":"x"}"#,
                r#"{"anyOf":[{"type":"string"},{"type":"boolean"},{"type":"null"}],"examples":["x"]}"#,
            ),
            (
                r##"{"ref":"#/defs/A","defs":{"A":{"type":"STRING","max_length":"x"}}}"##,
                r##"{"$ref":"#/$defs/A","$defs":{"A":{"type":"string","maxLength":"x"}}}"##,
            ),
            (
                r#"{"additional_properties":{"type":"STRING"},"x":1}"#,
                r#"{"additionalProperties":{"type":"string"},"x":1}"#,
            ),
            (r#"{"additionalProperties":false}"#, r#"{"additionalProperties":false}"#),
            (r#"[1]"#, "[1]"),
        ];
        for (schema, want) in rows {
            let doc = Doc::parse(schema.as_bytes()).unwrap();
            let got = to_json_schema(doc.root());
            assert_eq!(got, want, "{schema}");
            let again = Doc::parse(got.as_bytes()).unwrap();
            assert_eq!(to_json_schema(again.root()), want, "twice is once");
        }
    }

    #[test]
    fn json_schema_is_said_in_the_words_gemini_reads() {
        let rows: &[(&str, &str, &[&str])] = &[
            (r#"{}"#, r#"{}"#, &[]),
            (r#"{"type":"object","properties":{}}"#, r#"{"type":"object","properties":{}}"#, &[]),
            (
                r#"{"type":"object","properties":{"a":{"type":"string"}},"required":["a"],"additionalProperties":false}"#,
                r#"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}},"required":["a"]}"#,
                &[],
            ),
            (
                r##"{"$schema":"x","$ref":"#/definitions/A","definitions":{"A":{"type":["string","null"]}}}"##,
                r##"{"$ref":"#/$defs/A","$defs":{"A":{"type":["string","null"]}}}"##,
                &[],
            ),
            (r#"{"const":"a"}"#, r#"{"type":"string","enum":["a"]}"#, &[]),
            (r#"{"type":"integer","const":7}"#, r#"{"type":"integer","enum":[7]}"#, &[]),
            (r#"{"type":"boolean","const":true}"#, r#"{"type":"boolean"}"#, &["const"]),
            (r#"{"type":"integer","exclusiveMinimum":0}"#, r#"{"type":"integer","minimum":1}"#, &[]),
            (r#"{"type":"integer","exclusiveMaximum":-5}"#, r#"{"type":"integer","maximum":-6}"#, &[]),
            (r#"{"exclusiveMinimum":0.5}"#, r#"{"minimum":0.5}"#, &["exclusiveMinimum"]),
            (r#"{"type":"string","nullable":true}"#, r#"{"type":["string","null"]}"#, &[]),
            (
                r#"{"not":{"type":"null"},"patternProperties":{"^x":{}},"if":{},"x-mine":1,"minimum":1}"#,
                r#"{"minimum":1}"#,
                &["not", "patternProperties", "if", "x-mine"],
            ),
            (r#"{"properties":{"a":true,"b":false}}"#, r#"{"properties":{"a":{},"b":{}}}"#, &["false"]),
            (
                r##"{"properties":{"a":{"$ref":"#/$defs/A","description":"d"}},"$defs":{"A":{"type":"string"}}}"##,
                r##"{"properties":{"a":{"anyOf":[{"$ref":"#/$defs/A"}],"description":"d"}},"$defs":{"A":{"type":"string"}}}"##,
                &[],
            ),
            (
                r##"{"properties":{"a":{"allOf":[{"$ref":"#/$defs/A"}],"description":"d"}},"$defs":{"A":{"type":"string"}}}"##,
                r##"{"properties":{"a":{"anyOf":[{"$ref":"#/$defs/A"}],"description":"d"}},"$defs":{"A":{"type":"string"}}}"##,
                &[],
            ),
            (
                r##"{"allOf":[{"$ref":"#/$defs/A"},{"type":"object","properties":{"b":{"type":"string"}},"required":["b"]}],"$defs":{"A":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}}}"##,
                r##"{"type":"object","properties":{"a":{"type":"integer"},"b":{"type":"string"}},"$defs":{"A":{"type":"object","properties":{"a":{"type":"integer"}},"required":["a"]}},"required":["a","b"]}"##,
                &[],
            ),
            (
                r#"{"allOf":[{"type":"string","title":"one"},{"type":"integer","title":"two"}]}"#,
                r#"{"type":"string","title":"one"}"#,
                &["allOf"],
            ),
            (r##"{"allOf":[{"$ref":"http://x"},{"type":"string"}]}"##, r#"{"type":"string"}"#, &["allOf"]),
            (
                r#"{"items":[{"type":"string"}],"anyOf":{},"prefixItems":[{"const":1}]}"#,
                r#"{"prefixItems":[{"type":"number","enum":[1]}]}"#,
                &["items", "anyOf"],
            ),
        ];
        for (schema, want, lost) in rows {
            let (got, left_out) = for_gemini(schema).unwrap();
            assert_eq!(got, *want, "{schema}");
            assert_eq!(left_out, *lost, "{schema}");
            assert_eq!(for_gemini(&got).unwrap(), (got, Vec::new()), "twice is once");
        }
    }

    #[test]
    fn references_to_references_come_to_an_end() {
        let mut defs = vec![r##""d0":{"allOf":[{"$ref":"#/$defs/d0"},{"type":"string"}]}"##.to_owned()];
        for n in 1..40 {
            let below = n - 1;
            defs.push(format!(r##""d{n}":{{"allOf":[{{"$ref":"#/$defs/d{below}"}},{{"$ref":"#/$defs/d{below}"}}]}}"##));
        }
        let schema =
            format!(r##"{{"allOf":[{{"$ref":"#/$defs/d39"}},{{"minimum":1}}],"$defs":{{{}}}}}"##, defs.join(","));
        let (got, lost) = for_gemini(&schema).unwrap();
        assert!(Doc::parse(got.as_bytes()).is_ok());
        assert_eq!(lost, ["allOf"]);
    }
}
