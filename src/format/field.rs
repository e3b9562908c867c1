//! Reading typed members of a body, with the field's path in every error: `messages[2].content[0].type: expected a
//! string, got a number`. A path is a chain on the stack and becomes text only when something is wrong.

use std::fmt;

use crate::chat::ApiError;
use crate::wire::json::{Doc, Kind, Text, Value, unescape};

/// What a request says that no room reads; see [`crate::chat::Request::extra`].
pub(super) type Extra<'a> = Vec<(Text<'a>, &'a str)>;

/// A value and where it stands.
#[derive(Clone, Copy)]
pub(super) struct Field<'p, 'd, 'a> {
    /// The value.
    pub value: Value<'d, 'a>,
    at: At<'p>,
}

#[derive(Clone, Copy)]
struct At<'p> {
    parent: Option<&'p At<'p>>,
    step: Here<'p>,
}

#[derive(Clone, Copy)]
enum Here<'p> {
    Root,
    Key(&'p str),
    Item(usize),
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match (self.step, self.parent.map(|parent| parent.step)) {
            (Here::Root, _) => Ok(()),
            (Here::Key(name), Some(Here::Root) | None) => f.write_str(name),
            (Here::Key(name), Some(_)) => write!(f, ".{name}"),
            (Here::Item(index), _) => write!(f, "[{index}]"),
        }
    }
}

/// How many fields nobody reads are kept; more than are told as lost.
const MAX_LEFTOVER: usize = 2 * super::Loss::MAX;

impl<'d, 'a> Field<'static, 'd, 'a> {
    /// The whole body, which must be an object.
    pub fn root(doc: &'d Doc<'a>) -> Result<Self, ApiError> {
        Self::alone(doc.root()).object()
    }

    /// A value whose place nobody will be told.
    pub fn alone(value: Value<'d, 'a>) -> Self {
        Self { value, at: At { parent: None, step: Here::Root } }
    }
}

impl<'p, 'd, 'a> Field<'p, 'd, 'a> {
    /// The member of that name, unless it is absent or null.
    pub fn member<'s>(&'s self, name: &'s str) -> Option<Field<'s, 'd, 'a>> {
        self.value.some(name).map(|value| self.under(name, value))
    }

    /// The same, which must be there.
    pub fn need<'s>(&'s self, name: &'s str) -> Result<Field<'s, 'd, 'a>, ApiError> {
        match self.value.some(name) {
            Some(value) => Ok(self.under(name, value)),
            None => Err(self.missing(name)),
        }
    }

    /// A member found by the caller.
    pub fn under<'s>(&'s self, name: &'s str, value: Value<'d, 'a>) -> Field<'s, 'd, 'a> {
        Field { value, at: At { parent: Some(&self.at), step: Here::Key(name) } }
    }

    /// The items; nothing if this is no array.
    pub fn items<'s>(&'s self) -> impl Iterator<Item = Field<'s, 'd, 'a>> + use<'s, 'd, 'a, 'p> {
        let at = &self.at;
        self.value
            .items()
            .enumerate()
            .map(move |(index, value)| Field { value, at: At { parent: Some(at), step: Here::Item(index) } })
    }

    /// Itself, if it is an object.
    pub fn object(self) -> Result<Self, ApiError> {
        self.of_kind(Kind::Object)
    }

    /// Itself, if it is an array.
    pub fn array(self) -> Result<Self, ApiError> {
        self.of_kind(Kind::Array)
    }

    fn of_kind(self, kind: Kind) -> Result<Self, ApiError> {
        if self.value.kind() == kind { Ok(self) } else { Err(self.wrong(kind.name())) }
    }

    /// The string.
    pub fn text(&self) -> Result<Text<'a>, ApiError> {
        self.value.text().ok_or_else(|| self.wrong(Kind::String.name()))
    }

    /// The inside of the string, still escaped.
    pub fn raw_text(&self) -> Result<&'a str, ApiError> {
        self.of_kind(Kind::String)?;
        let raw = self.value.raw();
        Ok(raw.get(1..raw.len().saturating_sub(1)).unwrap_or_default())
    }

    /// Part of the string, still escaped, which must be base64 as some provider may take it: either alphabet, with or
    /// without padding, in lines or not. Anything else would come back as somebody else's error.
    pub fn base64(&self, raw: &'a str) -> Result<Text<'a>, ApiError> {
        let lines = raw.contains('\\');
        let inside = raw.trim_end_matches('=');
        let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'-' | b'_');
        let fits = raw.len() - inside.len() <= 2
            && match lines {
                // `\/` is a slash, and lines end in `\n`.
                true => unescape(inside).bytes().all(|byte| alphabet(byte) || matches!(byte, b'\n' | b'\r')),
                false => inside.bytes().all(alphabet) && (inside.is_empty() || inside.len() % 4 != 1),
            };
        if fits && !inside.is_empty() {
            return Ok(Text::from_raw(raw));
        }
        let strange = inside.bytes().position(|byte| !alphabet(byte));
        Err(match strange {
            Some(at) => self.error(format_args!("expected base64, got something else at its character {at}")),
            None => self.error(format_args!("expected base64, got {} characters, which no bytes have", raw.len())),
        })
    }

    /// The boolean.
    pub fn bool(&self) -> Result<bool, ApiError> {
        self.value.bool().ok_or_else(|| self.wrong(Kind::Bool.name()))
    }

    /// The number's text.
    pub fn number(&self) -> Result<&'a str, ApiError> {
        self.value.number().ok_or_else(|| self.wrong(Kind::Number.name()))
    }

    /// The whole number from 0 up.
    pub fn u64(&self) -> Result<u64, ApiError> {
        self.value.u64().ok_or_else(|| match self.value.number() {
            Some(number) => self.error(format_args!("expected a whole number from 0 up, got {}", cut(number))),
            None => self.wrong(Kind::Number.name()),
        })
    }

    /// A member that may be absent, as a string.
    pub fn text_of(&self, name: &str) -> Result<Option<Text<'a>>, ApiError> {
        self.member(name).map(|field| field.text()).transpose()
    }

    /// A member that may be absent, as a boolean.
    pub fn bool_of(&self, name: &str) -> Result<Option<bool>, ApiError> {
        self.member(name).map(|field| field.bool()).transpose()
    }

    /// A member that may be absent, as its JSON text.
    pub fn raw_of(&self, name: &str) -> Option<&'a str> {
        self.value.some(name).map(Value::raw)
    }

    /// Keeps what an object says under names that are none of `known`, as fields of its place `at`: so that what nobody
    /// reads is told as lost and not forgotten. Empty lists and objects, which clients send to say nothing, do not count;
    /// of many of one name the first is kept.
    pub fn leftover(&self, at: &str, known: &[&str], extra: &mut Extra<'a>) {
        for (key, value) in self.value.members() {
            if known.contains(&key.raw()) || value.is_null() || matches!(value.raw(), "[]" | "{}" | "\"\"") {
                continue;
            }
            let name = format!("{at}{}", key.decode());
            if extra.len() < MAX_LEFTOVER && !extra.iter().any(|(kept, _)| kept.is(&name)) {
                extra.push((Text::from_plain(&name).into_owned(), value.raw()));
            }
        }
    }

    /// It should have been something else: `wanted` with its article.
    pub fn wrong(&self, wanted: &str) -> ApiError {
        self.error(format_args!("expected {wanted}, got {}", self.value.kind().name()))
    }

    /// It is none of the words known; `known` lists them.
    pub fn unknown(&self, known: &str) -> ApiError {
        let got = self.value.text();
        let got = got.as_ref().map(Text::decode).unwrap_or_default();
        self.error(format_args!("expected one of {known}, got \"{}\"", cut(&got)))
    }

    /// A member is not there.
    pub fn missing(&self, name: &str) -> ApiError {
        self.under(name, self.value).error(format_args!("missing"))
    }

    /// Something else is wrong here.
    pub fn error(&self, what: fmt::Arguments<'_>) -> ApiError {
        let path = self.at.to_string();
        match path.is_empty() {
            true => ApiError::invalid_request("", format!("the body: {what}")),
            false => ApiError::invalid_request(path.as_str(), format!("{path}: {what}")),
        }
    }
}

/// Whether a string is base64 of at least one byte, as strict readers want it.
pub(super) fn is_base64(text: &str) -> bool {
    let inside = text.trim_end_matches('=');
    let padding = text.len() - inside.len();
    let alphabet = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'+' || byte == b'/';
    // One pass over megabytes; the rest is looked at only where it is short.
    !inside.is_empty() && text.len().is_multiple_of(4) && padding <= 2 && inside.bytes().all(alphabet)
}

/// The start of what a client sent, short enough for a message.
fn cut(text: &str) -> String {
    const MAX_CHARS: usize = 64;
    match text.char_indices().nth(MAX_CHARS) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_name_the_path_the_wanted_and_the_got() {
        let doc = Doc::parse(br#"{"a":[{"b":1.5},[true]],"s":"x"}"#).unwrap();
        let root = Field::root(&doc).unwrap();
        let a = root.need("a").unwrap();
        let items: Vec<_> = a.items().collect();
        let rows = [
            (items[0].need("b").unwrap().text().err(), "a[0].b: expected a string, got a number"),
            (items[0].need("b").unwrap().u64().err(), "a[0].b: expected a whole number from 0 up, got 1.5"),
            (items[0].need("c").err(), "a[0].c: missing"),
            (items[1].items().next().unwrap().number().err(), "a[1][0]: expected a number, got a boolean"),
            (root.need("s").unwrap().array().err(), "s: expected an array, got a string"),
            (Some(root.need("s").unwrap().unknown("y, z")), "s: expected one of y, z, got \"x\""),
        ];
        for (error, message) in rows {
            let error = error.unwrap();
            assert_eq!(error.message, message);
            assert_eq!(error.param.as_deref(), message.split(':').next());
        }
        let list = Doc::parse(b"[]").unwrap();
        let error = Field::root(&list).err().unwrap();
        assert_eq!((error.message.as_str(), error.param), ("the body: expected an object, got an array", None));
    }

    #[test]
    fn base64_is_told_from_what_is_none() {
        let check = |data: &str| {
            let body = format!(r#"{{"d":"{data}"}}"#);
            let doc = Doc::parse(body.as_bytes()).unwrap();
            let root = Field::root(&doc).unwrap();
            let field = root.need("d").unwrap();
            field.base64(field.raw_text().unwrap()).map(drop).map_err(|error| error.message)
        };
        for good in ["QQ==", "QQ", "QUI", "QUJD", "+/+/", "-_-_", r"QU\/D", r"QUJD\nQUJD"] {
            assert_eq!(check(good), Ok(()), "{good}");
        }
        let rows = [
            ("", "d: expected base64, got 0 characters, which no bytes have"),
            ("====", "d: expected base64, got 4 characters, which no bytes have"),
            ("QUJDQ", "d: expected base64, got 5 characters, which no bytes have"),
            ("QQ===", "d: expected base64, got 5 characters, which no bytes have"),
            ("QU=D", "d: expected base64, got something else at its character 2"),
            ("https://x.io", "d: expected base64, got something else at its character 5"),
        ];
        for (bad, message) in rows {
            assert_eq!(check(bad), Err(message.to_owned()), "{bad}");
        }
    }

    #[test]
    fn what_a_client_sent_is_cut_in_messages() {
        let body = format!("{{\"role\":\"{}\"}}", "é".repeat(500));
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let error = Field::root(&doc).unwrap().need("role").unwrap().unknown("user");
        assert!(error.message.chars().count() < 110, "{}", error.message);
    }
}
