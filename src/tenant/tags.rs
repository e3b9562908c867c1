//! Tags: words by name that say for whom and what for a request is, for records, reports and limits.
//!
//! The operator's come first, then what a verified token or certificate says, then the client's own: its headers, ours
//! and those of other gateways, and what its body says of its user. Of one name the first counts. What a client says is
//! bounded: the rest is dropped and counted, for nobody's answer should hang on a label. What it says goes no further than
//! the record; metrics have only values that the operator declared.

use crate::config::{Name, Node, settings};
use crate::http::{self, Headers};
use crate::wire::json::{Doc, Kind, Value};

/// Tags taken from one client's request.
pub const MAX_CLIENT_TAGS: usize = 16;
/// Of the name of a client's tag; longer ones are cut.
pub const MAX_NAME_CHARS: usize = 64;
/// Of the value of a client's tag; longer ones are cut.
pub const MAX_VALUE_CHARS: usize = 256;
/// The longest header that tags are read from.
const MAX_HEADER_BYTES: usize = 16_384;

/// What a value that was not declared is called in metrics.
const OTHER: &str = "other";

/// The tags of one request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tags {
    tags: Vec<(String, String)>,
    /// How many of them the client has given.
    clients: usize,
    dropped: usize,
}

impl Tags {
    /// The value of that tag.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().find(|(known, _)| *known == name).map(|(_, value)| value)
    }

    /// Every tag, with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.tags.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.tags.is_empty()
    }

    /// How many of the client's there was no room for.
    pub fn dropped(&self) -> usize {
        self.dropped
    }

    /// Adds a tag of the operator's, unless there is one of that name.
    pub fn add(&mut self, name: &str, value: &str) {
        if self.get(name).is_none() {
            self.tags.push((name.to_owned(), value.to_owned()));
        }
    }

    /// Adds a tag of the client's, unless there is one of that name; cut to size, or dropped.
    fn add_clients(&mut self, name: &str, value: &str) {
        let (name, value) = (shortened(name, MAX_NAME_CHARS), shortened(value, MAX_VALUE_CHARS));
        if name.is_empty() || value.is_empty() || self.get(&name).is_some() {
            return;
        }
        if self.clients == MAX_CLIENT_TAGS {
            self.dropped += 1;
            return;
        }
        self.clients += 1;
        self.tags.push((name, value));
    }

    /// Puts other words in the place of the client's where `hide` has some.
    pub fn hide(&mut self, hide: impl Fn(&str) -> Option<String>) {
        let operators = self.tags.len().saturating_sub(self.clients);
        for (name, value) in self.tags.iter_mut().skip(operators) {
            for words in [name, value] {
                if let Some(hidden) = hide(words) {
                    *words = hidden;
                }
            }
        }
    }

    /// Adds what a request's headers say.
    pub fn read_headers(&mut self, headers: &Headers) {
        if !headers.iter().any(|(name, _)| is_tag_header(name)) {
            return;
        }
        for (header, form) in TAG_HEADERS {
            if header.ends_with('-') {
                for (name, value) in headers.iter() {
                    if let Some(tag) = name.strip_prefix(header).filter(|tag| !tag.is_empty()) {
                        self.add_clients(tag, std::str::from_utf8(value).unwrap_or_default());
                    }
                }
                continue;
            }
            let Some(value) = headers.get(header).filter(|value| value.len() <= MAX_HEADER_BYTES) else {
                self.dropped += usize::from(headers.get(header).is_some());
                continue;
            };
            match form {
                Form::Map => self.read_map(value),
                Form::Value(tag) => self.add_clients(tag, value),
            }
        }
    }

    /// Adds what a header with a JSON map says. One that is none is dropped.
    fn read_map(&mut self, text: &str) {
        // Portkey's SDKs percent-encode what is not ASCII.
        let decoded = if text.starts_with('%') { http::percent_decode(text) } else { None };
        let text = decoded.as_deref().unwrap_or(text);
        match Doc::parse(text.as_bytes()) {
            Ok(doc) if doc.root().kind() == Kind::Object => self.read_object(doc.root()),
            _ => self.dropped += 1,
        }
    }

    fn read_object(&mut self, object: Value<'_, '_>) {
        for (name, value) in object.members() {
            let name = name.decode();
            match value.kind() {
                Kind::String => {
                    let text = value.text().map(|text| text.decode().into_owned()).unwrap_or_default();
                    self.add_clients(&name, &text);
                }
                Kind::Number | Kind::Bool => self.add_clients(&name, value.raw()),
                Kind::Null => {}
                Kind::Array | Kind::Object => self.dropped += 1,
            }
        }
    }

    /// Adds what a body says of its user and itself, in the words of any format.
    pub fn read_body(&mut self, body: Value<'_, '_>) {
        for (field, tag) in [("user", "user"), ("safety_identifier", "safety_identifier")] {
            if let Some(text) = body.some(field).and_then(Value::text) {
                self.add_clients(tag, &text.decode());
            }
        }
        // OpenAI's and Cohere's; Bedrock's; Vertex'.
        for field in ["metadata", "requestMetadata", "labels"] {
            let Some(map) = body.some(field).filter(|map| map.kind() == Kind::Object) else { continue };
            // Anthropic's one field.
            if let Some(user) = map.some("user_id").and_then(Value::text) {
                self.add_clients("user", &user.decode());
            }
            self.read_object(map);
        }
    }
}

impl<'t> FromIterator<(&'t str, &'t str)> for Tags {
    fn from_iter<I: IntoIterator<Item = (&'t str, &'t str)>>(tags: I) -> Self {
        let mut read = Self::default();
        tags.into_iter().for_each(|(name, value)| read.add(name, value));
        read
    }
}

/// What a header that has tags looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A JSON map from names to values.
    Map,
    /// The value of the tag of this name.
    Value(&'static str),
}

/// The headers that tags come in, in the order in which they count: ours, then those of other gateways. One that ends in
/// `-` stands for all that begin so, each the value of the tag that the rest names. None goes to a provider.
pub const TAG_HEADERS: [(&str, Form); 8] = [
    ("x-postern-tags", Form::Map),
    ("x-postern-session", Form::Value("session")),
    ("databricks-ai-gateway-request-tags", Form::Map),
    ("x-litellm-spend-logs-metadata", Form::Map),
    // Words without names, with commas between.
    ("x-litellm-tags", Form::Value("tags")),
    ("x-portkey-metadata", Form::Map),
    ("cf-aig-metadata", Form::Map),
    ("helicone-property-", Form::Value("")),
];

/// Whether a header is one that tags come in.
pub fn is_tag_header(name: &str) -> bool {
    TAG_HEADERS.iter().any(|(known, _)| if known.ends_with('-') { name.starts_with(known) } else { name == *known })
}

settings! {
    /// A tag that metrics and limits may go by. Its values are named here, so that no request can make a series.
    pub struct DeclaredTag {
        /// The tag.
        pub name: Name,
        /// The values that are told apart. Any other is `other`.
        pub values: Vec<Name>,
    }
    check = DeclaredTag::has_values;
}

impl DeclaredTag {
    fn has_values(&self, node: Node<'_>, errors: &mut crate::config::Errors) {
        if self.values.is_empty() {
            errors.add(node.key("values"), "every value would be \"other\"; give at least one");
        }
        errors.refuse_repeats(node.key("values"), "", self.values.iter().map(|value| value.as_str()));
    }
}

/// The tags that metrics and limits may go by.
#[derive(Debug, Default)]
pub struct DeclaredTags(Vec<DeclaredTag>);

impl DeclaredTags {
    /// Those that the operator has declared.
    pub fn new(declared: Vec<DeclaredTag>) -> Self {
        Self(declared)
    }

    /// The values of that tag that are told apart; None: it is not declared.
    pub fn values(&self, name: &str) -> Option<impl Iterator<Item = &str>> {
        let declared = self.0.iter().find(|declared| declared.name == *name)?;
        Some(declared.values.iter().map(Name::as_str).chain([OTHER]))
    }

    /// What a request is called by that tag: a declared value, `other`, or nothing where it has no such tag or the tag is
    /// not declared.
    pub fn label<'d>(&'d self, name: &str, tags: &Tags) -> Option<&'d str> {
        let declared = self.0.iter().find(|declared| declared.name == *name)?;
        declared.label(tags)
    }

    /// Every declared tag that a request has, and what it is called by it.
    pub fn labels<'d>(&'d self, tags: &'d Tags) -> impl Iterator<Item = (&'d str, &'d str)> {
        self.0.iter().filter_map(|declared| Some((declared.name.as_str(), declared.label(tags)?)))
    }
}

impl DeclaredTag {
    fn label(&self, tags: &Tags) -> Option<&str> {
        let value = tags.get(self.name.as_str())?;
        Some(self.values.iter().find(|known| **known == *value).map_or(OTHER, |known| known.as_str()))
    }
}

/// The beginning of a text, without what would break a line of a log.
fn shortened(text: &str, chars: usize) -> String {
    text.trim().chars().filter(|c| !c.is_control()).take(chars).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::parse;

    fn of(headers: &[(&str, &str)], body: &str) -> Tags {
        let mut tags: Tags = [("team", "blue")].into_iter().collect();
        tags.read_headers(&headers.iter().copied().collect());
        tags.read_body(Doc::parse(body.as_bytes()).unwrap().root());
        tags
    }

    #[test]
    fn tags_come_from_every_place_that_clients_of_any_gateway_put_them() {
        let rows: &[(&[(&str, &str)], &str, &[(&str, &str)])] = &[
            (
                &[("x-postern-tags", r#"{"project":"p","n":7,"on":true,"no":null}"#)],
                "{}",
                &[("project", "p"), ("n", "7"), ("on", "true")],
            ),
            (&[("x-postern-session", " s1 ")], "{}", &[("session", "s1")]),
            (&[("databricks-ai-gateway-request-tags", r#"{"a":"1"}"#)], "{}", &[("a", "1")]),
            (
                &[("x-litellm-spend-logs-metadata", r#"{"a":"1"}"#), ("x-litellm-tags", "x,y")],
                "{}",
                &[("a", "1"), ("tags", "x,y")],
            ),
            (&[("x-portkey-metadata", r#"{"_user":"u"}"#)], "{}", &[("_user", "u")]),
            (&[("x-portkey-metadata", "%7B%22a%22%3A%22%C3%A9%22%7D")], "{}", &[("a", "é")]),
            (&[("cf-aig-metadata", r#"{"a":"1"}"#)], "{}", &[("a", "1")]),
            (&[("helicone-property-session", "s"), ("helicone-property-", "x")], "{}", &[("session", "s")]),
            (
                &[],
                r#"{"user":"u","safety_identifier":"s","metadata":{"k":"v"}}"#,
                &[("user", "u"), ("safety_identifier", "s"), ("k", "v")],
            ),
            (&[], r#"{"metadata":{"user_id":"u"}}"#, &[("user", "u"), ("user_id", "u")]),
            (&[], r#"{"requestMetadata":{"k":"v"},"labels":{"l":"w"}}"#, &[("k", "v"), ("l", "w")]),
            (&[], r#"{"user":7,"metadata":"no","labels":null}"#, &[]),
        ];
        for (headers, body, want) in rows {
            let tags = of(headers, body);
            let got: Vec<_> = tags.iter().skip(1).collect();
            assert_eq!(got, *want, "{headers:?} {body}");
        }
    }

    #[test]
    fn the_operators_word_counts_before_the_clients_and_its_header_before_its_body() {
        let tags = of(&[("x-postern-tags", r#"{"team":"red","user":"h"}"#)], r#"{"user":"b","metadata":{"team":"x"}}"#);
        assert!(tags.iter().eq([("team", "blue"), ("user", "h")]));
    }

    #[test]
    fn what_is_too_much_is_cut_or_dropped_and_counted() {
        let many: Vec<_> = (0..40).map(|n| format!(r#""k{n}":"v""#)).collect();
        let tags = of(&[("x-postern-tags", &format!("{{{}}}", many.join(",")))], r#"{"user":"u"}"#);
        assert_eq!((tags.iter().count(), tags.dropped()), (1 + MAX_CLIENT_TAGS, 40 - MAX_CLIENT_TAGS + 1));
        let tags = of(&[("x-postern-tags", &format!(r#"{{"{}":"{}"}}"#, "é".repeat(100), "ü".repeat(1000)))], "{}");
        let (name, value) = tags.iter().last().unwrap();
        assert_eq!((name.chars().count(), value.chars().count()), (MAX_NAME_CHARS, MAX_VALUE_CHARS));
        for bad in ["no json", "[1]", "{\"a\":{}}", &format!("{{\"a\":\"{}\"}}", "x".repeat(20_000))] {
            let tags = of(&[("x-postern-tags", bad)], "{}");
            assert_eq!((tags.iter().count(), tags.dropped()), (1, 1), "{bad:.20}");
        }
        assert_eq!(of(&[("x-postern-session", "a\tb\u{7f}c")], "{}").get("session"), Some("abc"));
    }

    #[test]
    fn metrics_know_only_declared_values() {
        let declared = r#"[{"name":"team","values":["blue","red"]},{"name":"user","values":["ann"]}]"#;
        let declared = DeclaredTags::new(parse(declared.as_bytes()).unwrap().0);
        let tags = of(&[("x-postern-tags", r#"{"user":"eve","free":"x"}"#)], "{}");
        assert!(declared.labels(&tags).eq([("team", "blue"), ("user", "other")]));
        assert_eq!((declared.label("free", &tags), declared.label("team", &Tags::default())), (None, None));
        let errors = parse::<DeclaredTag>(br#"{"name":"a","values":[]}"#).unwrap_err().to_string();
        assert_eq!(errors, "values: every value would be \"other\"; give at least one");
    }
}
