//! The texts of a request: every string the model can read, wherever it stands, for policies to look at and change.
//!
//! Fail closed: a string is text unless its format's table says otherwise, so a field invented tomorrow is looked at
//! today. Tool arguments are JSON inside a string (OpenAI) or JSON itself (Anthropic): their strings and long
//! numbers are looked at one by one. A change is cut into the original bytes; what is around it stays as it came.

use std::ops::Range;

use super::{Format, Step, TextKind};
use crate::wire::json::{Doc, Edits, Kind, Text, Value, escape, raw_offsets};

/// Strings inside strings deeper than this are looked at as plain text, which finds what is not escaped again.
const MAX_NESTED_JSON: usize = 4;

/// Numbers shorter than this are never personal: 9 digits is the shortest identifier (US SSN, many tax ids).
const MIN_NUMBER_DIGITS: usize = 9;

/// A change to one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replacement {
    /// Bytes of the decoded text.
    pub range: Range<usize>,
    /// What stands there instead.
    pub with: String,
}

/// Looks at one text: the name of the field it stands in, and the decoded text. What it returns is ordered and disjoint.
pub type Look<'l> = dyn FnMut(Option<&str>, &str) -> Vec<Replacement> + 'l;

/// Shows every text of a request to `look`, and notes the changes it wants.
pub fn rewrite(doc: &Doc<'_>, format: &dyn Format, edits: &mut Edits, look: &mut Look<'_>) {
    let mut walk = Walk { format, edits, look, path: Vec::new() };
    walk.value(doc.root(), None, None, false);
}

struct Walk<'w, 'l, 'd> {
    format: &'w dyn Format,
    edits: &'w mut Edits,
    look: &'w mut Look<'l>,
    path: Vec<Step<'d>>,
}

impl<'a> Walk<'_, '_, 'a> {
    /// `parent`: the object this is a member of. `call`: whether this is inside a tool call's arguments.
    fn value(&mut self, value: Value<'_, 'a>, parent: Option<Value<'_, 'a>>, field: Option<&'a str>, call: bool) {
        match value.kind() {
            Kind::Object => {
                for (key, member) in value.members() {
                    let name = key.borrowed().unwrap_or("");
                    self.path.push(Step::Key(name));
                    let inside = call || (self.path.len() > 3 && matches!(name, "input" | "arguments"));
                    self.value(member, Some(value), Some(name), inside);
                    self.path.pop();
                }
            }
            Kind::Array => {
                self.path.push(Step::Item);
                for item in value.items() {
                    self.value(item, None, field, call);
                }
                self.path.pop();
            }
            Kind::String => {
                let Some(text) = value.text() else { return };
                let span = value.span();
                let inside = span.start + 1..span.end - 1;
                match self.format.text_at(&self.path) {
                    TextKind::Opaque => {}
                    TextKind::Url if text.raw().starts_with("data:") => {}
                    TextKind::UnlessBase64
                        if parent.and_then(|it| it.get("type")).is_some_and(|it| it.is("base64")) => {}
                    TextKind::Text | TextKind::Url | TextKind::UnlessBase64 => {
                        string(&text, inside, field, self.edits, self.look)
                    }
                    TextKind::Json => json_string(&text, inside, field, self.edits, self.look, 0),
                }
            }
            Kind::Number if call => number(value, field, self.edits, self.look),
            Kind::Number | Kind::Bool | Kind::Null => {}
        }
    }
}

/// A string that is text: changes are cut into its escaped form.
fn string(text: &Text<'_>, span: Range<usize>, field: Option<&str>, edits: &mut Edits, look: &mut Look<'_>) {
    let found = look(field, &text.decode());
    if found.is_empty() {
        return;
    }
    let changes = found.into_iter().map(|change| {
        let mut with = Vec::with_capacity(change.with.len() + 8);
        escape(&mut with, &change.with);
        (change.range, with)
    });
    cut(text, span.start, changes.collect(), edits);
}

/// A string that holds JSON: its own strings are looked at, and a change is escaped twice.
fn json_string(
    text: &Text<'_>,
    span: Range<usize>,
    field: Option<&str>,
    edits: &mut Edits,
    look: &mut Look<'_>,
    depth: usize,
) {
    let decoded = text.decode();
    let inner = match Doc::parse(decoded.as_bytes()) {
        Ok(inner) if depth < MAX_NESTED_JSON && matches!(inner.root().kind(), Kind::Object | Kind::Array) => inner,
        _ => return string(text, span, field, edits, look),
    };
    let mut inner_edits = Edits::new();
    call_data(inner.root(), field, &mut inner_edits, look, depth + 1);
    let changes = inner_edits.into_sorted().into_iter().map(|(range, new)| {
        let mut with = Vec::with_capacity(new.len() + 8);
        escape(&mut with, std::str::from_utf8(&new).unwrap_or_default());
        (range, with)
    });
    cut(text, span.start, changes.collect(), edits);
}

/// The data of a tool call: every string and long number of it.
fn call_data(value: Value<'_, '_>, field: Option<&str>, edits: &mut Edits, look: &mut Look<'_>, depth: usize) {
    match value.kind() {
        Kind::Object => {
            for (key, member) in value.members() {
                let name = key.decode();
                call_data(member, Some(&name), edits, look, depth);
            }
        }
        Kind::Array => value.items().for_each(|item| call_data(item, field, edits, look, depth)),
        Kind::String => {
            let span = value.span();
            if let Some(text) = value.text() {
                json_string(&text, span.start + 1..span.end - 1, field, edits, look, depth);
            }
        }
        Kind::Number => number(value, field, edits, look),
        Kind::Bool | Kind::Null => {}
    }
}

/// A long number in a call's data; a change makes it a string.
fn number(value: Value<'_, '_>, field: Option<&str>, edits: &mut Edits, look: &mut Look<'_>) {
    let raw = value.raw();
    if raw.len() < MIN_NUMBER_DIGITS || !raw.bytes().all(|byte| byte.is_ascii_digit()) {
        return;
    }
    if let Some(change) = look(field, raw).into_iter().next() {
        let mut with = vec![b'"'];
        escape(&mut with, &change.with);
        with.push(b'"');
        edits.replace(value.span(), with);
    }
}

/// Moves changes from places in the decoded text to places in the body. `base` is where the string's inside begins.
fn cut(text: &Text<'_>, base: usize, changes: Vec<(Range<usize>, Vec<u8>)>, edits: &mut Edits) {
    let mut offsets: Vec<usize> = changes.iter().flat_map(|(range, _)| [range.start, range.end]).collect();
    raw_offsets(text.raw(), &mut offsets);
    for (pair, (_, with)) in offsets.chunks_exact(2).zip(changes) {
        if let [start, end] = pair {
            edits.replace(base + start..base + end, with);
        }
    }
}
