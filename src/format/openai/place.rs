//! Places in a body as rows, and what the strings of a JSON Schema are.

use crate::format::{Step, TextKind};

/// A place in a request. `[]` is any item, `**` at the end is everything below.
pub(in crate::format) struct Row {
    path: &'static [&'static str],
    kind: TextKind,
}

pub(in crate::format) const fn text(path: &'static [&'static str]) -> Row {
    Row { path, kind: TextKind::Text }
}

pub(in crate::format) const fn opaque(path: &'static [&'static str]) -> Row {
    Row { path, kind: TextKind::Opaque }
}

pub(in crate::format) const fn url(path: &'static [&'static str]) -> Row {
    Row { path, kind: TextKind::Url }
}

pub(in crate::format) const fn json(path: &'static [&'static str]) -> Row {
    Row { path, kind: TextKind::Json }
}

pub(in crate::format) const fn base64(path: &'static [&'static str]) -> Row {
    Row { path, kind: TextKind::Base64 }
}

/// What a keyword of JSON Schema has below it, where that is not more schemas.
enum Below {
    /// Names of the client's, each with a schema.
    Names,
    /// Strings and numbers the validator reads.
    Fixed,
    /// Values the model reads.
    Values,
}

const SCHEMA_WORDS: &[(&str, Below)] = &[
    ("properties", Below::Names),
    ("patternProperties", Below::Names),
    ("$defs", Below::Names),
    ("definitions", Below::Names),
    ("dependentSchemas", Below::Names),
    ("type", Below::Fixed),
    ("format", Below::Fixed),
    ("pattern", Below::Fixed),
    ("required", Below::Fixed),
    ("dependentRequired", Below::Fixed),
    ("contentEncoding", Below::Fixed),
    ("contentMediaType", Below::Fixed),
    ("$ref", Below::Fixed),
    ("$dynamicRef", Below::Fixed),
    ("$schema", Below::Fixed),
    ("$id", Below::Fixed),
    ("$anchor", Below::Fixed),
    ("$dynamicAnchor", Below::Fixed),
    ("minimum", Below::Fixed),
    ("maximum", Below::Fixed),
    ("exclusiveMinimum", Below::Fixed),
    ("exclusiveMaximum", Below::Fixed),
    ("multipleOf", Below::Fixed),
    ("minLength", Below::Fixed),
    ("maxLength", Below::Fixed),
    ("minItems", Below::Fixed),
    ("maxItems", Below::Fixed),
    ("minProperties", Below::Fixed),
    ("maxProperties", Below::Fixed),
    ("enum", Below::Values),
    ("const", Below::Values),
    ("default", Below::Values),
    ("example", Below::Values),
    ("examples", Below::Values),
];

/// What the first row that fits says; text if none does.
pub(in crate::format) fn look_up(rows: &[Row], path: &[Step<'_>]) -> TextKind {
    rows.iter().find(|row| matches(row.path, path)).map_or(TextKind::Text, |row| row.kind)
}

fn matches(pattern: &[&str], path: &[Step<'_>]) -> bool {
    match pattern {
        [head @ .., "**"] => below(head, path).is_some(),
        _ => pattern.len() == path.len() && below(pattern, path).is_some(),
    }
}

/// The rest of the path, if it begins like the pattern.
pub(in crate::format) fn below<'s, 'a>(pattern: &[&str], path: &'s [Step<'a>]) -> Option<&'s [Step<'a>]> {
    let (head, rest) = path.split_at_checked(pattern.len())?;
    let same = head.iter().zip(pattern).all(|(step, word)| match step {
        Step::Key(name) => name == word,
        Step::Item => *word == "[]",
    });
    same.then_some(rest)
}

/// Keywords count only where a schema stands: a property may be called `type`, and a default may hold a `format`.
pub(in crate::format) fn in_schema(path: &[Step<'_>]) -> TextKind {
    let mut is_name = false;
    for step in path {
        let Step::Key(word) = step else { continue };
        if std::mem::take(&mut is_name) {
            continue;
        }
        match SCHEMA_WORDS.iter().find(|(known, _)| known == word) {
            Some((_, Below::Names)) => is_name = true,
            Some((_, Below::Fixed)) => return TextKind::Opaque,
            Some((_, Below::Values)) => return TextKind::Text,
            None => {}
        }
    }
    TextKind::Text
}
