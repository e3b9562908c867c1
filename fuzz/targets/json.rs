//! JSON: the map of a text says what serde_json says, and a change touches nothing but its place.
//!
//! The two differ on purpose in four things: here a key may stand once, nesting goes one deeper, a lone surrogate is kept
//! as it came, and a number may be larger than a float holds.

use postern::wire::json::{Doc, Edits, Kind, Text, Value, raw_offsets};
use serde_json::Value as Tree;

/// The law.
pub fn check(input: &[u8]) {
    let tree = serde_json::from_slice::<Tree>(input);
    let doc = match (Doc::parse(input), &tree) {
        (Ok(doc), Ok(tree)) => {
            same(doc.root(), tree);
            doc
        }
        (Ok(doc), Err(error)) => {
            let why = error.to_string();
            let surrogate = why.contains("surrogate") || why.contains("hex escape");
            let known = ["recursion limit", "number out of range"].iter().any(|word| why.contains(word));
            assert!(known || surrogate && has_surrogate(input), "serde_json refuses it: {why}");
            doc
        }
        (Err(error), Ok(tree)) => {
            assert_eq!(error.what, "duplicate key", "serde_json takes it");
            assert!(colons(input) > members(tree), "there is no duplicate key");
            return;
        }
        (Err(error), Err(_)) => {
            assert!(error.at <= input.len());
            return;
        }
    };
    walk(doc.root());
    let unchanged = edit(doc.root(), &doc, |value| value.raw().to_owned());
    assert_eq!(unchanged, input, "a change to the same changes something");
    let mut count = 0;
    let changed = edit(doc.root(), &doc, |value| {
        count += 1;
        if count % 2 == 0 { "\"new\"".to_owned() } else { value.raw().to_owned() }
    });
    let changed = Doc::parse(&changed).expect("a spliced document stays one");
    same_shape(doc.root(), changed.root(), &mut 0);
}

fn same(value: Value<'_, '_>, tree: &Tree) {
    match (value.kind(), tree) {
        (Kind::Null, Tree::Null) => assert!(value.is_null()),
        (Kind::Bool, Tree::Bool(tree)) => assert_eq!(value.bool(), Some(*tree)),
        (Kind::Number, Tree::Number(number)) => {
            let raw = value.number().expect("a number has its text");
            // serde_json's own reading of long fractions is off by some units in the last place.
            let (ours, theirs) = (raw.parse::<f64>().unwrap_or(0.0), number.as_f64().unwrap_or(0.0));
            assert!((ours - theirs).abs() <= ours.abs() * 1e-12, "{raw} is not {theirs}");
            if let Some(whole) = number.as_u64() {
                assert_eq!(value.u64(), Some(whole));
            }
        }
        (Kind::String, Tree::String(tree)) => {
            let text = value.text().expect("a string has its text");
            assert_eq!(text.decode(), *tree);
            assert!(text.is(tree) && value.is(tree));
            assert_eq!(Text::from_plain(tree).decode(), *tree);
        }
        (Kind::Array, Tree::Array(tree)) => {
            assert_eq!(value.items().count(), tree.len());
            value.items().zip(tree).for_each(|(item, tree)| same(item, tree));
        }
        (Kind::Object, Tree::Object(tree)) => {
            assert_eq!(value.members().count(), tree.len());
            for ((key, member), (name, tree)) in value.members().zip(tree) {
                assert_eq!(key.decode(), *name);
                assert_eq!(value.get(name).map(Value::span), Some(member.span()));
                same(member, tree);
            }
        }
        (kind, tree) => panic!("{} and {tree}", kind.name()),
    }
}

/// Every question to every value, whatever it is.
fn walk(value: Value<'_, '_>) {
    let _ = (value.raw(), value.bool(), value.u64(), value.number(), value.some("a"), value.is("a"));
    if let Some(text) = value.text() {
        let decoded = text.decode();
        if decoded.len() < 64 {
            let mut places: Vec<_> = decoded.char_indices().map(|(at, _)| at).collect();
            let wanted = places.clone();
            raw_offsets(text.raw(), &mut places);
            for (raw, decoded_at) in places.into_iter().zip(wanted) {
                assert_eq!(Text::from_raw(&text.raw()[..raw]).decode(), decoded[..decoded_at], "an offset is off");
            }
        }
    }
    value.members().for_each(|(_, member)| walk(member));
    value.items().for_each(walk);
}

/// Replaces every scalar.
fn edit(root: Value<'_, '_>, doc: &Doc<'_>, mut new: impl FnMut(Value<'_, '_>) -> String) -> Vec<u8> {
    fn each(value: Value<'_, '_>, edits: &mut Edits, new: &mut dyn FnMut(Value<'_, '_>) -> String) {
        match value.kind() {
            Kind::Object => value.members().for_each(|(_, member)| each(member, edits, new)),
            Kind::Array => value.items().for_each(|item| each(item, edits, new)),
            _ => edits.replace(value.span(), new(value)),
        }
    }
    let mut edits = Edits::new();
    each(root, &mut edits, &mut new);
    edits.apply(doc.text())
}

/// The same but for every second scalar, which is new.
fn same_shape(old: Value<'_, '_>, new: Value<'_, '_>, count: &mut usize) {
    match old.kind() {
        Kind::Object => {
            assert_eq!(old.members().count(), new.members().count());
            for ((key, old), (new_key, new)) in old.members().zip(new.members()) {
                assert_eq!(key, new_key);
                same_shape(old, new, count);
            }
        }
        Kind::Array => {
            assert_eq!(old.items().count(), new.items().count());
            old.items().zip(new.items()).for_each(|(old, new)| same_shape(old, new, count));
        }
        _ => {
            *count += 1;
            assert_eq!(new.raw(), if count.is_multiple_of(2) { "\"new\"" } else { old.raw() });
        }
    }
}

fn has_surrogate(input: &[u8]) -> bool {
    input.windows(3).any(|three| three.eq_ignore_ascii_case(b"\\ud"))
}

/// How many members the text has: its colons outside strings.
fn colons(input: &[u8]) -> usize {
    let (mut count, mut quoted, mut escaped) = (0, false, false);
    for &byte in input {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b':' if !quoted => count += 1,
            _ => {}
        }
    }
    count
}

fn members(tree: &Tree) -> usize {
    match tree {
        Tree::Object(tree) => tree.len() + tree.values().map(members).sum::<usize>(),
        Tree::Array(tree) => tree.iter().map(members).sum(),
        _ => 0,
    }
}
