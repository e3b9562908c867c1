//! A name that an operator gives to a thing: it shows up in metrics, records and paths, so it is short and plain.

use serde_json::{Value, json};

use super::Setting;
use super::errors::{Errors, quote};
use super::node::Node;
use super::shape::{Body, Named, Shape};

/// Longest name, in characters. Names are metric labels, and Envoy never frees a metric.
const MAX_CHARS: usize = 64;

/// 1 to 64 characters of `A-Z a-z 0-9 _ . -`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(Box<str>);

impl Name {
    /// The name, if the text is one.
    pub fn new(text: &str) -> Option<Self> {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
        let fits = !text.is_empty() && text.len() <= MAX_CHARS && text.bytes().all(plain);
        fits.then(|| Self(text.into()))
    }

    /// A name known when compiling, for defaults. One that is none is empty, and no test passes with it.
    pub fn of(text: &'static str) -> Self {
        Self::new(text).unwrap_or_else(|| Self(Box::default()))
    }

    /// As text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        *self.0 == *other
    }
}

impl AsRef<str> for Name {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl Setting for Name {
    fn read(node: Node<'_>, errors: &mut Errors) -> Option<Self> {
        let text = node.text(errors)?;
        let name = Self::new(text);
        if name.is_none() {
            let got = if text.len() > MAX_CHARS { format!("{} of them", text.chars().count()) } else { quote(text) };
            errors.add(node, format!("expected 1 to {MAX_CHARS} characters of A-Z a-z 0-9 _ . -, got {got}"));
        }
        name
    }
    fn describe() -> Shape {
        Shape::Named(Named {
            name: "Name",
            module: module_path!(),
            docs: &[" 1 to 64 characters of `A-Z a-z 0-9 _ . -`. It shows up in metrics and records."],
            body: Body::Leaf(|| json!({"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"})),
        })
    }
    fn show(&self) -> Value {
        json!(self.as_str())
    }
}
