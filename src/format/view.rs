//! The texts of a request: every string the model can read, wherever it stands, for policies to look at and change.
//!
//! Fail closed: a string is text unless its format's table says otherwise, so a field invented tomorrow is looked at
//! today; so are long numbers, and keys that could be data. JSON inside a string (OpenAI's tool arguments, many a tool's
//! result) is looked at string by string. A change is cut into the original bytes; what is around it stays as it came.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{Format, Shape, Step, TextKind};
use crate::wire::json::{Doc, Edits, Kind, Text, Value, escape, raw_offsets};
use crate::wire::multipart::Form;

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
    let mut walk = Walk { text_at: &|path| format.text_at(path), edits, look, path: Vec::new() };
    walk.value(doc.root(), None, None);
}

/// The same for a body of any shape.
pub fn rewrite_shape(doc: &Doc<'_>, shape: Shape, edits: &mut Edits, look: &mut Look<'_>) {
    let mut walk = Walk { text_at: &|path| shape.text_at(path), edits, look, path: Vec::new() };
    walk.value(doc.root(), None, None);
}

/// The same for a form: the texts of its fields. Its files are not looked at.
pub fn rewrite_form(form: &Form<'_>, shape: Shape, edits: &mut Edits, look: &mut Look<'_>) {
    for part in form.parts() {
        let text = std::str::from_utf8(form.content(part)).unwrap_or_default();
        if part.is_file || text.is_empty() || shape.text_at(&[Step::Key(&part.name)]) == TextKind::Opaque {
            continue;
        }
        let start = part.span.start;
        let field = Some(part.name.as_str());
        let json = text.trim_start().starts_with(['{', '[']).then(|| Doc::parse(text.as_bytes()).ok()).flatten();
        let changes = match json {
            Some(doc) => {
                let mut inside = Edits::new();
                data(doc.root(), field, &mut inside, look, 0);
                inside.into_sorted()
            }
            None => look(field, text).into_iter().map(|change| (change.range, change.with.into_bytes())).collect(),
        };
        for (range, with) in changes {
            edits.replace(start + range.start..start + range.end, with);
        }
    }
}

struct Walk<'w, 'l, 'd> {
    text_at: &'w dyn Fn(&[Step<'_>]) -> TextKind,
    edits: &'w mut Edits,
    look: &'w mut Look<'l>,
    path: Vec<Step<'d>>,
}

impl<'a> Walk<'_, '_, 'a> {
    /// `parent`: the object this is a member of.
    fn value(&mut self, value: Value<'_, 'a>, parent: Option<Value<'_, 'a>>, field: Option<&'a str>) {
        match value.kind() {
            Kind::Object => {
                keys(value, self.edits, self.look);
                for (key, member) in value.members() {
                    // A key with escapes is no name of a table, so what it holds is text.
                    let name = key.borrowed().unwrap_or("");
                    self.path.push(Step::Key(name));
                    self.value(member, Some(value), Some(name));
                    self.path.pop();
                }
            }
            Kind::Array => {
                self.path.push(Step::Item);
                for item in value.items() {
                    self.value(item, None, field);
                }
                self.path.pop();
            }
            Kind::String => {
                let Some(text) = value.text() else { return };
                let span = value.span();
                let inside = span.start + 1..span.end - 1;
                match (self.text_at)(&self.path) {
                    TextKind::Opaque => {}
                    TextKind::Url if text.raw().starts_with("data:") => {}
                    TextKind::UnlessBase64
                        if parent.and_then(|it| it.get("type")).is_some_and(|it| it.is("base64"))
                            && !not_base64(text.raw()) => {}
                    TextKind::Base64 if is_long_base64(text.raw()) => {}
                    TextKind::Text | TextKind::Url | TextKind::UnlessBase64 | TextKind::Base64 => {
                        string(&text, inside, field, self.edits, self.look)
                    }
                    TextKind::Json => json_string(&text, inside, field, self.edits, self.look, 0),
                }
            }
            Kind::Number => {
                if is_long_number(value) && (self.text_at)(&self.path) != TextKind::Opaque {
                    number(value, field, self.edits, self.look);
                }
            }
            Kind::Bool | Kind::Null => {}
        }
    }
}

/// Whether a string that is called base64 is something else: what is in every address and in most sentences is in no
/// base64. One search, since images are megabytes.
fn not_base64(text: &str) -> bool {
    memchr::memchr3(b'@', b'.', b' ', text.as_bytes()).is_some()
}

/// Whether a string that may be base64 is: every byte of it, and no word or number is as long.
fn is_long_base64(text: &str) -> bool {
    const MIN_BYTES: usize = 256;
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    text.len() >= MIN_BYTES && text.split(r"\/").all(|piece| piece.bytes().all(fits))
}

/// A string that is text: changes are cut into its escaped form. If it is JSON with escapes of its own, they would hide
/// what they spell, so it is looked at as JSON.
fn string(text: &Text<'_>, span: Range<usize>, field: Option<&str>, edits: &mut Edits, look: &mut Look<'_>) {
    let decoded = text.decode();
    let json = decoded.trim_start().starts_with(['{', '[']) && memchr::memchr(b'\\', decoded.as_bytes()).is_some();
    if json {
        return json_string(text, span, field, edits, look, 0);
    }
    plain(text, &decoded, span, field, edits, look);
}

/// A string without inner structure, and what it means.
fn plain(
    text: &Text<'_>,
    decoded: &str,
    span: Range<usize>,
    field: Option<&str>,
    edits: &mut Edits,
    look: &mut Look<'_>,
) {
    let found = look(field, decoded);
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
        _ => return plain(text, &decoded, span, field, edits, look),
    };
    let mut inner_edits = Edits::new();
    data(inner.root(), field, &mut inner_edits, look, depth + 1);
    let changes = inner_edits.into_sorted().into_iter().map(|(range, new)| {
        let mut with = Vec::with_capacity(new.len() + 8);
        escape(&mut with, std::str::from_utf8(&new).unwrap_or_default());
        (range, with)
    });
    cut(text, span.start, changes.collect(), edits);
}

/// The values of JSON inside a string: every key, string and long number of it.
fn data(value: Value<'_, '_>, field: Option<&str>, edits: &mut Edits, look: &mut Look<'_>, depth: usize) {
    match value.kind() {
        Kind::Object => {
            keys(value, edits, look);
            for (key, member) in value.members() {
                let name = key.decode();
                data(member, Some(&name), edits, look, depth);
            }
        }
        Kind::Array => value.items().for_each(|item| data(item, field, edits, look, depth)),
        Kind::String => {
            let span = value.span();
            if let Some(text) = value.text() {
                json_string(&text, span.start + 1..span.end - 1, field, edits, look, depth);
            }
        }
        Kind::Number if is_long_number(value) => number(value, field, edits, look),
        Kind::Number | Kind::Bool | Kind::Null => {}
    }
}

/// The keys of an object, which can be data too: `{"jane@example.com": "owner"}`. Two that would become the same are
/// told apart by a number, since no reader takes an object with one key twice.
fn keys(object: Value<'_, '_>, edits: &mut Edits, look: &mut Look<'_>) {
    // Whatever is personal has a digit, an @, or spells one otherwise; the names of fields have none of these.
    let could_be_data = |byte: u8| byte.is_ascii_digit() || matches!(byte, b'@' | b'\\') || !byte.is_ascii();
    let mut taken: Option<BTreeSet<String>> = None;
    // Only grows: whatever names are there already, no two keys try the same number.
    let mut number = 2;
    for (key, _) in object.entries() {
        if !key.raw().bytes().any(could_be_data) {
            continue;
        }
        let Some(text) = key.text() else { continue };
        let decoded = text.decode();
        let found = look(None, &decoded);
        if found.is_empty() {
            continue;
        }
        let mut changed = String::with_capacity(decoded.len());
        let mut done = 0;
        for Replacement { range, with } in found {
            changed.push_str(decoded.get(done..range.start).unwrap_or_default());
            changed.push_str(&with);
            done = range.end;
        }
        changed.push_str(decoded.get(done..).unwrap_or_default());
        let taken = taken.get_or_insert_with(|| object.members().map(|(key, _)| key.decode().into_owned()).collect());
        let mut name = changed.clone();
        while taken.contains(&name) {
            name = format!("{changed}_{number}");
            number += 1;
        }
        let mut with = vec![b'"'];
        escape(&mut with, &name);
        with.push(b'"');
        edits.replace(key.span(), with);
        taken.insert(name);
    }
}

fn is_long_number(value: Value<'_, '_>) -> bool {
    let raw = value.raw();
    raw.len() >= MIN_NUMBER_DIGITS && raw.bytes().all(|byte| byte.is_ascii_digit())
}

/// A long number; a change makes it a string.
fn number(value: Value<'_, '_>, field: Option<&str>, edits: &mut Edits, look: &mut Look<'_>) {
    if let Some(change) = look(field, value.raw()).into_iter().next() {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A body after every `jane@x.io` and every number 536228726 was taken out.
    fn rewritten(format: &str, body: &str) -> String {
        let doc = Doc::parse(body.as_bytes()).unwrap();
        let mut edits = Edits::new();
        rewrite_shape(&doc, Shape::named(format).unwrap(), &mut edits, &mut |_, text| {
            let hits = text.match_indices("jane@x.io").chain(text.match_indices("536228726"));
            hits.map(|(at, hit)| Replacement { range: at..at + hit.len(), with: "<X>".to_owned() }).collect()
        });
        String::from_utf8(edits.apply(body.as_bytes())).unwrap()
    }

    #[test]
    fn what_is_personal_is_taken_out_wherever_it_stands() {
        let rows = [
            // Keys.
            (r#"{"metadata":{"jane@x.io":1}}"#, r#"{"metadata":{"<X>":1}}"#),
            (r#"{"m":{"jane@x.io":1,"a":2,"\u006aane@x.io!":3}}"#, r#"{"m":{"<X>":1,"a":2,"<X>!":3}}"#),
            (
                r#"{"messages":[{"tool_calls":[{"function":{"arguments":"{\"jane@x.io\":{\"a\":1}}"}}]}]}"#,
                r#"{"messages":[{"tool_calls":[{"function":{"arguments":"{\"<X>\":{\"a\":1}}"}}]}]}"#,
            ),
            // Numbers of a field nobody knows; not those that only steer.
            (r#"{"customer":{"ssn":536228726}}"#, r#"{"customer":{"ssn":"<X>"}}"#),
            (r#"{"seed":536228726,"n":[1]}"#, r#"{"seed":536228726,"n":[1]}"#),
            (
                r#"{"tools":[{"function":{"parameters":{"properties":{"a":{"maximum":536228726,"enum":[536228726]}}}}}]}"#,
                r#"{"tools":[{"function":{"parameters":{"properties":{"a":{"maximum":536228726,"enum":["<X>"]}}}}}]}"#,
            ),
            // JSON in a text, whose escapes spell what is not there to see.
            (
                r#"{"messages":[{"content":"{\"to\":\"jane\\u0040x.io\",\"n\":536228726}"}]}"#,
                r#"{"messages":[{"content":"{\"to\":\"<X>\",\"n\":\"<X>\"}"}]}"#,
            ),
            (r#"{"messages":[{"content":"{a\\b} jane@x.io"}]}"#, r#"{"messages":[{"content":"{a\\b} <X>"}]}"#),
        ];
        for (body, want) in rows {
            assert_eq!(rewritten("openai_chat", body), want, "{body}");
        }
    }

    #[test]
    fn what_only_calls_itself_base64_is_text() {
        let block =
            |data| format!(r#"{{"messages":[{{"content":[{{"source":{{"type":"base64","data":"{data}"}}}}]}}]}}"#);
        assert_eq!(rewritten("anthropic_messages", &block("to jane@x.io")), block("to <X>"));
        assert_eq!(rewritten("anthropic_messages", &block("536228726+/==")), block("536228726+/=="));
    }

    #[test]
    fn two_keys_never_become_one() {
        let body = r#"{"m":{"<X>":0,"jane@x.io":1,"536228726":2,"x":{"jane@x.io":3}}}"#;
        let changed = rewritten("openai_chat", body);
        assert_eq!(changed, r#"{"m":{"<X>":0,"<X>_2":1,"<X>_3":2,"x":{"<X>":3}}}"#);
        assert!(Doc::parse(changed.as_bytes()).is_ok());
        let many: Vec<_> = (0..20_000).map(|n| format!(r#""{n} jane@x.io":0,"{n} 536228726":0"#)).collect();
        assert!(Doc::parse(rewritten("openai_chat", &format!("{{{}}}", many.join(","))).as_bytes()).is_ok());
    }
}
