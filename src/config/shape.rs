//! What may be written in the configuration, as a value: the reference page and the JSON Schema are read off it.
//!
//! Nothing that reads a configuration calls in here, so none of it is linked into the module.

use serde_json::{Map, Value, json};

use super::node::Key;

/// What may be written at one place.
pub enum Shape {
    /// A value without parts.
    Leaf {
        /// What the reference calls it, e.g. `whole number, 1 to 10`.
        says: String,
        /// Its JSON Schema.
        schema: Value,
    },
    /// A list of items of one shape.
    List(Box<Shape>),
    /// An object from names of one shape to values of one shape.
    Map(Box<Shape>, Box<Shape>),
    /// Something with a section of its own.
    Named(Named),
}

/// Something with a section of its own in the reference.
pub struct Named {
    /// The Rust type's name, which is the section's title.
    pub name: &'static str,
    /// The Rust module, which tells two of one name apart.
    pub module: &'static str,
    /// The lines of its doc comment.
    pub docs: &'static [&'static str],
    /// What it consists of. Behind a function, so that a type may contain itself.
    pub body: Body,
}

/// What a named thing consists of.
#[derive(Clone, Copy)]
pub enum Body {
    /// A value without parts, which deserves a section nevertheless; its JSON Schema.
    Leaf(fn() -> Value),
    /// An object with these keys.
    Settings(fn() -> Vec<Field>),
    /// An object with exactly one of these keys.
    Choice(fn() -> Vec<Branch>),
    /// One of these words, each with the lines of its doc comment.
    Words(&'static [(&'static str, &'static [&'static str])]),
}

/// A key of an object.
pub struct Field {
    /// Its name and old name.
    pub key: Key,
    /// The lines of its doc comment.
    pub docs: &'static [&'static str],
    /// What may stand there.
    pub shape: Shape,
    /// What it is if left out; null if nothing; `None` if it must be given.
    pub default: Option<Value>,
}

/// A key of a choice.
pub struct Branch {
    /// The key.
    pub key: &'static str,
    /// The lines of its doc comment.
    pub docs: &'static [&'static str],
    /// What stands there; an empty object if `None`.
    pub shape: Option<Shape>,
}

impl Shape {
    /// A value without parts, as the reference calls it, and its JSON Schema.
    pub fn leaf(says: impl Into<String>, schema: Value) -> Self {
        Self::Leaf { says: says.into(), schema }
    }
}

/// The reference page in Markdown: a section for each named thing, where each follows the first that mentions it.
pub fn reference(shape: &Shape) -> String {
    let things = Things::of(shape);
    let mut page = String::new();
    for thing in &things.0 {
        if !page.is_empty() {
            page.push('\n');
        }
        page.push_str(&format!("## {}\n\n{}\n\n", things.title(thing), prose(thing.docs)));
        match thing.body {
            Body::Leaf(_) => page.truncate(page.trim_end().len() + 1),
            Body::Settings(fields) => {
                let fields = fields();
                if fields.is_empty() {
                    page.push_str("An empty object: there is nothing to set.\n");
                } else {
                    page.push_str("| Key | Type | Default | Meaning |\n|---|---|---|---|\n");
                }
                for field in &fields {
                    let default = match &field.default {
                        None => "required".to_owned(),
                        Some(Value::Null) => "not set".to_owned(),
                        Some(default) => code(&default.to_string()),
                    };
                    let was = field.key.was.map(|was| format!(" Old name, deprecated: {}.", code(was)));
                    let meaning = format!("{}{}", cell(field.docs), was.unwrap_or_default());
                    let shape = things.says(&field.shape);
                    page.push_str(&format!("| {} | {shape} | {default} | {meaning} |\n", code(field.key.name)));
                }
            }
            Body::Choice(branches) => {
                page.push_str(
                    "An object with exactly one of these keys:\n\n| Key | Holds | Meaning |\n|---|---|---|\n",
                );
                for branch in branches() {
                    let holds = branch.shape.as_ref().map_or("`{}`".to_owned(), |shape| things.says(shape));
                    page.push_str(&format!("| {} | {holds} | {} |\n", code(branch.key), cell(branch.docs)));
                }
            }
            Body::Words(words) => {
                page.push_str("One of these words:\n\n| Word | Meaning |\n|---|---|\n");
                for (word, docs) in words {
                    page.push_str(&format!("| {} | {} |\n", code(&format!("\"{word}\"")), cell(docs)));
                }
            }
        }
    }
    page
}

/// The JSON Schema (draft 2020-12), with which an editor completes and checks the file.
pub fn schema(shape: &Shape) -> String {
    let things = Things::of(shape);
    let mut root = Map::new();
    root.insert("$schema".to_owned(), json!("https://json-schema.org/draft/2020-12/schema"));
    if let Value::Object(top) = things.schema(shape) {
        root.extend(top);
    }
    let definitions: Map<String, Value> =
        things.0.iter().map(|thing| (anchor(&things.title(thing)), things.definition(thing))).collect();
    if !definitions.is_empty() {
        root.insert("$defs".to_owned(), Value::Object(definitions));
    }
    let mut text = format!("{:#}", Value::Object(root));
    text.push('\n');
    text
}

/// Every named thing there is in a shape, once, in the order of the first mention.
struct Things(Vec<Named>);

impl Things {
    fn of(shape: &Shape) -> Self {
        let mut things = Self(Vec::new());
        things.collect(shape);
        things
    }

    fn collect(&mut self, shape: &Shape) {
        match shape {
            Shape::Leaf { .. } => {}
            Shape::List(item) => self.collect(item),
            Shape::Map(key, value) => {
                self.collect(key);
                self.collect(value);
            }
            Shape::Named(named) => {
                if self.0.iter().any(|known| (known.name, known.module) == (named.name, named.module)) {
                    return;
                }
                self.0.push(Named { ..*named });
                match named.body {
                    Body::Settings(fields) => fields().iter().for_each(|field| self.collect(&field.shape)),
                    Body::Choice(branches) => {
                        branches()
                            .iter()
                            .filter_map(|branch| branch.shape.as_ref())
                            .for_each(|shape| self.collect(shape));
                    }
                    Body::Leaf(_) | Body::Words(_) => {}
                }
            }
        }
    }

    /// The name, with its room if another room has a thing of the same name.
    fn title(&self, thing: &Named) -> String {
        let alone = self.0.iter().filter(|other| other.name == thing.name).count() < 2;
        if alone {
            return thing.name.to_owned();
        }
        let room = thing.module.split_once("::").map_or(thing.module, |(_, room)| room);
        format!("{} of {}", thing.name, room.replace("::", " "))
    }

    fn says(&self, shape: &Shape) -> String {
        match shape {
            Shape::Leaf { says, .. } => says.clone(),
            Shape::List(item) => format!("list of {}", self.says(item)),
            Shape::Map(key, value) => format!("object from {} to {}", self.says(key), self.says(value)),
            Shape::Named(named) => {
                let title = self.title(named);
                format!("[{title}](#{})", anchor(&title))
            }
        }
    }

    fn schema(&self, shape: &Shape) -> Value {
        match shape {
            Shape::Leaf { schema, .. } => schema.clone(),
            Shape::List(item) => json!({"type": "array", "items": self.schema(item)}),
            Shape::Map(key, value) => {
                let (names, values) = (self.schema(key), self.schema(value));
                json!({"type": "object", "propertyNames": names, "additionalProperties": values})
            }
            Shape::Named(named) => json!({"$ref": format!("#/$defs/{}", anchor(&self.title(named)))}),
        }
    }

    fn definition(&self, thing: &Named) -> Value {
        let description = prose(thing.docs);
        let mut properties = Map::new();
        match thing.body {
            Body::Leaf(schema) => {
                let mut definition = Map::new();
                definition.insert("description".to_owned(), json!(description));
                if let Value::Object(inner) = schema() {
                    definition.extend(inner);
                }
                Value::Object(definition)
            }
            Body::Settings(fields) => {
                let mut required = Vec::new();
                for field in fields() {
                    let mut property = Map::new();
                    property.insert("description".to_owned(), json!(prose(field.docs)));
                    match self.schema(&field.shape) {
                        // Only what may be left out for nothing may also be null.
                        inner if field.default == Some(Value::Null) && inner != json!({}) => {
                            property.insert("anyOf".to_owned(), json!([inner, {"type": "null"}]));
                        }
                        Value::Object(inner) => property.extend(inner),
                        _ => {}
                    }
                    match (&field.default, field.key.was) {
                        (None, None) => required.push(field.key.name),
                        (None | Some(Value::Null), _) => {}
                        (Some(default), _) => {
                            property.insert("default".to_owned(), default.clone());
                        }
                    }
                    let mut old = property.clone();
                    properties.insert(field.key.name.to_owned(), Value::Object(property));
                    if let Some(was) = field.key.was {
                        old.insert("deprecated".to_owned(), json!(true));
                        properties.insert(was.to_owned(), Value::Object(old));
                    }
                }
                json!({
                    "description": description, "type": "object", "properties": properties,
                    "required": required, "additionalProperties": false,
                })
            }
            Body::Choice(branches) => {
                for branch in branches() {
                    let mut property = Map::new();
                    property.insert("description".to_owned(), json!(prose(branch.docs)));
                    let nothing = || json!({"type": "object", "maxProperties": 0});
                    if let Value::Object(inner) = branch.shape.as_ref().map_or_else(nothing, |shape| self.schema(shape))
                    {
                        property.extend(inner);
                    }
                    properties.insert(branch.key.to_owned(), Value::Object(property));
                }
                json!({
                    "description": description, "type": "object", "properties": properties,
                    "minProperties": 1, "maxProperties": 1, "additionalProperties": false,
                })
            }
            Body::Words(words) => {
                let words = words.iter().map(|(word, docs)| json!({"const": word, "description": prose(docs)}));
                json!({"description": description, "oneOf": words.collect::<Vec<_>>()})
            }
        }
    }
}

/// Doc comment lines as Markdown; each has the blank after `///`.
fn prose(docs: &[&str]) -> String {
    let lines: Vec<&str> = docs.iter().map(|line| line.strip_prefix(' ').unwrap_or(line)).collect();
    lines.join("\n").trim().to_owned()
}

/// Doc comment lines in a table cell, where a line break or a bar would end it.
fn cell(docs: &[&str]) -> String {
    prose(docs).split_whitespace().collect::<Vec<_>>().join(" ").replace('|', "\\|")
}

/// Code in a table cell. A text with a backtick gets two around it.
fn code(text: &str) -> String {
    let text = text.replace('|', "\\|");
    if text.contains('`') { format!("`` {text} ``") } else { format!("`{text}`") }
}

/// The link target that Markdown renderers make of a title of ours.
fn anchor(title: &str) -> String {
    title.to_lowercase().replace(' ', "-")
}
