//! JSON read as a map of the text, not as a tree of values: one pass checks the whole document and leaves a flat list
//! of spans, so that what nobody touches keeps its bytes (number text, key order, escapes), and a change is a splice.
//!
//! Strings stay in their escaped form ([`Text`]); they are decoded only where somebody reads them, and a translated
//! body copies them as they are. Reading costs one pass and 16 bytes per value; nothing is allocated per string.
//!
//! Hostile input: depth and count are bounded, invalid UTF-8 and duplicate keys are refused (two parsers that disagree
//! on which `"model"` counts are a way around every policy).

use std::borrow::Cow;
use std::fmt;

use super::scan;

mod text;

use text::hex4;
pub use text::{Text, escape, raw_offsets, unescape};

/// How deep arrays and objects may nest. Real requests stay under 30 (tool schemas); serde_json stops at 128.
pub const MAX_DEPTH: usize = 128;
/// How many values and keys one document may hold: 16 bytes each while the request lives.
pub const MAX_NODES: usize = 2_000_000;

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `null`
    Null,
    /// `true` or `false`
    Bool,
    /// A number, kept as its text.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl Kind {
    /// The kind with its article, for messages: `a string`.
    pub fn name(self) -> &'static str {
        match self {
            Kind::Null => "null",
            Kind::Bool => "a boolean",
            Kind::Number => "a number",
            Kind::String => "a string",
            Kind::Array => "an array",
            Kind::Object => "an object",
        }
    }
}

/// Why a text is not acceptable JSON, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JsonError {
    /// Byte offset in the text.
    pub at: usize,
    /// What was expected or refused.
    pub what: &'static str,
}

impl fmt::Display for JsonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {}", self.what, self.at)
    }
}

#[derive(Clone, Copy)]
struct Node {
    start: u32,
    end: u32,
    /// The node after this one's last descendant.
    next: u32,
    kind: Kind,
    /// A string that has escapes.
    escaped: bool,
}

impl Node {
    const NONE: Self = Self { start: 0, end: 0, next: 0, kind: Kind::Null, escaped: false };

    /// What lies between the quotes of a string.
    fn inside(self, text: &[u8]) -> &str {
        as_str(text.get(self.start as usize + 1..(self.end as usize).saturating_sub(1)).unwrap_or_default())
    }

    /// Whether this is the string that means `word`.
    fn is(self, text: &[u8], word: &str) -> bool {
        // An escape is longer than what it means, so most words are told apart by their length.
        let len = self.end.wrapping_sub(self.start).wrapping_sub(2) as usize;
        self.kind == Kind::String
            && match self.escaped {
                false => len == word.len() && self.inside(text) == word,
                true => len > word.len() && unescape(self.inside(text)) == word,
            }
    }
}

/// A checked document over its text.
pub struct Doc<'a> {
    text: &'a [u8],
    nodes: Vec<Node>,
}

impl<'a> Doc<'a> {
    /// Checks the whole text and maps it.
    pub fn parse(text: &'a [u8]) -> Result<Self, JsonError> {
        let mut parser =
            Parser { text, at: 0, nodes: Vec::with_capacity(Self::expected_nodes(text.len())), open: Vec::new() };
        parser.document()?;
        Ok(Self { text, nodes: parser.nodes })
    }

    /// Small documents are mostly structure (a stream's chunk has a value per 8 bytes), large ones mostly text, and very
    /// large ones pictures.
    fn expected_nodes(bytes: usize) -> usize {
        16 + bytes.min(2048) / 8 + bytes.min(65_536) / 64
    }

    /// The document's one value.
    pub fn root(&self) -> Value<'_, 'a> {
        Value { doc: self, index: 0 }
    }

    /// The text it was read from.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    fn node(&self, index: u32) -> Node {
        // Indices come from the document itself; the fallback keeps this free of panics all the same.
        self.nodes.get(index as usize).copied().unwrap_or(Node::NONE)
    }
}

/// One value of a document: a handle, cheap to copy.
#[derive(Clone, Copy)]
pub struct Value<'d, 'a> {
    doc: &'d Doc<'a>,
    index: u32,
}

impl<'d, 'a> Value<'d, 'a> {
    /// What it is.
    pub fn kind(self) -> Kind {
        self.doc.node(self.index).kind
    }

    /// Where it stands in the text, quotes and brackets included.
    pub fn span(self) -> std::ops::Range<usize> {
        let node = self.doc.node(self.index);
        node.start as usize..node.end as usize
    }

    /// Its exact text.
    pub fn raw(self) -> &'a str {
        as_str(self.doc.text.get(self.span()).unwrap_or_default())
    }

    /// The string, if it is one.
    pub fn text(self) -> Option<Text<'a>> {
        let node = self.doc.node(self.index);
        (node.kind == Kind::String).then(|| Text::from_raw(node.inside(self.doc.text)))
    }

    /// Whether it is this very string.
    pub fn is(self, word: &str) -> bool {
        self.doc.node(self.index).is(self.doc.text, word)
    }

    /// The boolean, if it is one.
    pub fn bool(self) -> Option<bool> {
        (self.kind() == Kind::Bool).then(|| self.raw() == "true")
    }

    /// The number's text, if it is one.
    pub fn number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// The number as an unsigned integer, if it is one without fraction or exponent, or an integral float like `5.0`.
    pub fn u64(self) -> Option<u64> {
        let number = self.number()?;
        number.parse().ok().or_else(|| {
            let value = number.parse::<f64>().ok()?;
            ((0.0..9.0e15).contains(&value) && value.fract() == 0.0).then_some(value as u64)
        })
    }

    /// Whether it is `null`.
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// The member of that name, if this is an object that has it. `null` counts as there.
    pub fn get(self, name: &str) -> Option<Value<'d, 'a>> {
        self.entries().find(|(key, _)| key.is(name)).map(|(_, value)| value)
    }

    /// The member of that name, unless it is absent or `null`.
    pub fn some(self, name: &str) -> Option<Value<'d, 'a>> {
        self.get(name).filter(|value| !value.is_null())
    }

    /// The members, in order; nothing if this is no object.
    pub fn members(self) -> impl Iterator<Item = (Text<'a>, Value<'d, 'a>)> + use<'d, 'a> {
        self.entries().map(|(key, member)| (key.text().unwrap_or_default(), member))
    }

    /// The members with each key as a value, for who wants to know where the key stands.
    pub fn entries(self) -> impl Iterator<Item = (Value<'d, 'a>, Value<'d, 'a>)> + use<'d, 'a> {
        let mut rest = self.children(Kind::Object);
        std::iter::from_fn(move || Some((rest.next()?, rest.next()?)))
    }

    /// The items, in order; nothing if this is no array.
    pub fn items(self) -> impl Iterator<Item = Value<'d, 'a>> + use<'d, 'a> {
        self.children(Kind::Array)
    }

    fn children(self, kind: Kind) -> Children<'d, 'a> {
        let node = self.doc.node(self.index);
        let at = self.index + 1;
        Children { doc: self.doc, at, end: if node.kind == kind { node.next } else { at } }
    }
}

struct Children<'d, 'a> {
    doc: &'d Doc<'a>,
    at: u32,
    end: u32,
}

impl<'d, 'a> Iterator for Children<'d, 'a> {
    type Item = Value<'d, 'a>;
    fn next(&mut self) -> Option<Value<'d, 'a>> {
        if self.at >= self.end {
            return None;
        }
        let value = Value { doc: self.doc, index: self.at };
        self.at = self.doc.node(self.at).next;
        Some(value)
    }
}

/// Changes to a text, each a span and what shall stand there instead; the rest keeps its bytes.
#[derive(Debug, Default)]
pub struct Edits(Vec<(std::ops::Range<usize>, Vec<u8>)>);

impl Edits {
    /// No changes yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Puts `new` in the place of `span`; an empty span is an insertion.
    pub fn replace(&mut self, span: std::ops::Range<usize>, new: impl Into<Vec<u8>>) {
        self.0.push((span, new.into()));
    }

    /// Adds a member at the front of an object, if it is one. `member` is `"key":value`.
    pub fn add_member(&mut self, object: Value<'_, '_>, member: &str) {
        if object.kind() != Kind::Object {
            return;
        }
        let at = object.span().start + 1;
        let comma = if object.members().next().is_some() { "," } else { "" };
        self.replace(at..at, format!("{member}{comma}"));
    }

    /// Takes members out of an object, with their commas.
    pub fn remove_members(&mut self, object: Value<'_, '_>, mut gone: impl FnMut(Value<'_, '_>) -> bool) {
        let (mut kept_end, mut run) = (None, None);
        for (key, value) in object.entries() {
            match (gone(key), run) {
                (true, None) => run = Some(key.span().start),
                (true, Some(_)) => {}
                (false, _) => {
                    if let Some(start) = run.take() {
                        self.replace(start..key.span().start, "");
                    }
                    kept_end = Some(value.span().end);
                }
            }
        }
        if let Some(start) = run {
            // The last ones go with the comma before them.
            self.replace(kept_end.unwrap_or(start)..object.span().end - 1, "");
        }
    }

    /// Whether a change meets that span.
    pub fn touches(&self, span: &std::ops::Range<usize>) -> bool {
        self.0.iter().any(|(known, _)| known.start < span.end && span.start < known.end)
    }

    /// Whether there is nothing to change.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The spans and their new texts, in the order they were noted.
    pub fn iter(&self) -> impl Iterator<Item = &(std::ops::Range<usize>, Vec<u8>)> {
        self.0.iter()
    }

    /// The spans and their new texts, in the order of the text.
    pub fn into_sorted(mut self) -> Vec<(std::ops::Range<usize>, Vec<u8>)> {
        self.0.sort_by_key(|(span, _)| (span.start, span.end));
        self.0
    }

    /// The changed text. Of two changes that overlap the first wins.
    pub fn apply(self, text: &[u8]) -> Vec<u8> {
        let grown: usize = self.0.iter().map(|(_, new)| new.len()).sum();
        let mut out = Vec::with_capacity(text.len() + grown);
        let mut done = 0;
        for (span, new) in self.into_sorted() {
            let Some(kept) = text.get(done..span.start) else { continue };
            out.extend_from_slice(kept);
            out.extend_from_slice(&new);
            done = span.end;
        }
        out.extend_from_slice(text.get(done..).unwrap_or_default());
        out
    }
}

/// Builds JSON text, front to back; commas come by themselves.
#[derive(Debug, Default)]
pub struct Writer {
    /// What was written so far. Other bytes (an SSE field name) may be pushed between documents.
    pub out: Vec<u8>,
}

impl Writer {
    /// An empty text with room.
    pub fn with_capacity(bytes: usize) -> Self {
        Self { out: Vec::with_capacity(bytes) }
    }

    fn comma(&mut self) {
        if let Some(b'}' | b']' | b'"' | b'0'..=b'9' | b'a'..=b'z') = self.out.last() {
            self.out.push(b',');
        }
    }

    /// `{`
    pub fn open(&mut self) -> &mut Self {
        self.comma();
        self.out.push(b'{');
        self
    }

    /// `}`
    pub fn close(&mut self) -> &mut Self {
        self.out.push(b'}');
        self
    }

    /// `[`
    pub fn open_array(&mut self) -> &mut Self {
        self.comma();
        self.out.push(b'[');
        self
    }

    /// `]`
    pub fn close_array(&mut self) -> &mut Self {
        self.out.push(b']');
        self
    }

    /// `"name":`; the name needs no escaping.
    pub fn key(&mut self, name: &str) -> &mut Self {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
        self
    }

    /// A value that is JSON already.
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.comma();
        self.out.extend_from_slice(json.as_bytes());
        self
    }

    /// A string, copied in its escaped form.
    pub fn text(&mut self, text: &Text<'_>) -> &mut Self {
        self.comma();
        self.out.push(b'"');
        self.out.extend_from_slice(text.raw().as_bytes());
        self.out.push(b'"');
        self
    }

    /// Several texts as one string, with nothing between.
    pub fn texts<'t, 'a: 't>(&mut self, texts: impl Iterator<Item = &'t Text<'a>>) -> &mut Self {
        self.comma();
        self.out.push(b'"');
        texts.for_each(|text| self.out.extend_from_slice(text.raw().as_bytes()));
        self.out.push(b'"');
        self
    }

    /// A string, escaped here.
    pub fn string(&mut self, plain: &str) -> &mut Self {
        self.comma();
        self.out.push(b'"');
        escape(&mut self.out, plain);
        self.out.push(b'"');
        self
    }

    /// An unsigned integer.
    pub fn number(&mut self, number: u64) -> &mut Self {
        self.comma();
        let mut digits = [0u8; 20];
        let mut at = digits.len();
        let mut rest = number;
        loop {
            at -= 1;
            if let Some(digit) = digits.get_mut(at) {
                *digit = b'0' + (rest % 10) as u8;
            }
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        self.out.extend_from_slice(digits.get(at..).unwrap_or_default());
        self
    }

    /// `true` or `false`
    pub fn bool(&mut self, value: bool) -> &mut Self {
        self.raw(if value { "true" } else { "false" })
    }

    /// `null`
    pub fn null(&mut self) -> &mut Self {
        self.raw("null")
    }
}

/// Puts a document on one line: between its tokens a line end is white space as any other, and inside a string there is
/// none.
pub fn on_one_line(json: &mut [u8]) {
    let mut rest = json;
    while let Some(at) = memchr::memchr2(b'\n', b'\r', rest)
        && let Some((end, after)) = rest.get_mut(at..).and_then(<[u8]>::split_first_mut)
    {
        *end = b' ';
        rest = after;
    }
}

/// The text of a span of a checked document.
fn as_str(bytes: &[u8]) -> &str {
    // SAFETY: every byte of a parsed document is ASCII or lies inside a string, and each string was checked to be
    // UTF-8 by the parser; spans start and end at ASCII bytes.
    unsafe { std::str::from_utf8_unchecked(bytes) }
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    nodes: Vec<Node>,
    /// The containers around the current place, by node.
    open: Vec<u32>,
}

impl Parser<'_> {
    fn document(&mut self) -> Result<(), JsonError> {
        if self.text.len() >= u32::MAX as usize {
            return self.fail("a document over 4 GiB is refused");
        }
        loop {
            self.space();
            let opened = self.value()?;
            if opened {
                continue;
            }
            if !self.after_value()? {
                break;
            }
        }
        self.space();
        if self.at < self.text.len() { self.fail("expected nothing after the document") } else { Ok(()) }
    }

    /// Reads a scalar whole, or the opening of a container and then says true: a value must follow.
    fn value(&mut self) -> Result<bool, JsonError> {
        match self.peek() {
            b'"' => self.string().map(|_| false),
            b'{' => {
                self.enter(Kind::Object)?;
                self.space();
                if self.peek() == b'}' { self.leave().map(|_| false) } else { self.key().map(|_| true) }
            }
            b'[' => {
                self.enter(Kind::Array)?;
                self.space();
                if self.peek() == b']' { self.leave().map(|_| false) } else { Ok(true) }
            }
            b'-' | b'0'..=b'9' => self.number().map(|_| false),
            b't' => self.word(b"true", Kind::Bool).map(|_| false),
            b'f' => self.word(b"false", Kind::Bool).map(|_| false),
            b'n' => self.word(b"null", Kind::Null).map(|_| false),
            _ => self.fail("expected a value"),
        }
    }

    /// After a value: closes containers until one goes on (true: a value must follow) or none is left (false).
    fn after_value(&mut self) -> Result<bool, JsonError> {
        while let Some(&parent) = self.open.last() {
            self.space();
            let object = self.nodes.get(parent as usize).is_some_and(|node| node.kind == Kind::Object);
            match (self.peek(), object) {
                (b',', true) => {
                    self.at += 1;
                    self.space();
                    self.key()?;
                    return Ok(true);
                }
                (b',', false) => {
                    self.at += 1;
                    return Ok(true);
                }
                (b'}', true) | (b']', false) => self.leave()?,
                (_, true) => return self.fail("expected ',' or '}'"),
                (_, false) => return self.fail("expected ',' or ']'"),
            }
        }
        Ok(false)
    }

    fn key(&mut self) -> Result<(), JsonError> {
        if self.peek() != b'"' {
            return self.fail("expected a key in double quotes");
        }
        self.string()?;
        self.space();
        if self.peek() != b':' {
            return self.fail("expected ':'");
        }
        self.at += 1;
        Ok(())
    }

    fn enter(&mut self, kind: Kind) -> Result<(), JsonError> {
        if self.open.len() >= MAX_DEPTH {
            return self.fail("nested too deep");
        }
        self.open.push(self.nodes.len() as u32);
        let start = self.at;
        self.at += 1;
        self.push(kind, start, false)
    }

    fn leave(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        let Some(index) = self.open.pop() else { return Ok(()) };
        let (end, next) = (self.at as u32, self.nodes.len() as u32);
        if let Some(node) = self.nodes.get_mut(index as usize) {
            node.end = end;
            node.next = next;
            if node.kind == Kind::Object {
                return self.refuse_duplicate_keys(index, next);
            }
        }
        Ok(())
    }

    /// Two keys that mean the same are refused. Pairwise for the usual handful, sorted beyond that.
    fn refuse_duplicate_keys(&self, object: u32, end: u32) -> Result<(), JsonError> {
        const FEW: usize = 12;
        let mut few = [""; FEW];
        let mut many: Vec<Cow<'_, str>> = Vec::new();
        let mut count = 0;
        let mut at = object + 1;
        while at < end {
            let Some(key) = self.nodes.get(at as usize) else { break };
            let raw = key.inside(self.text);
            at = self.nodes.get(at as usize + 1).map_or(end, |value| value.next);
            if count < FEW && !key.escaped && many.is_empty() {
                if few.get(..count).is_some_and(|seen| seen.contains(&raw)) {
                    return Err(JsonError { at: key.start as usize, what: "duplicate key" });
                }
                if let Some(slot) = few.get_mut(count) {
                    *slot = raw;
                }
            } else {
                many.push(unescape(raw));
            }
            count += 1;
        }
        if many.is_empty() {
            return Ok(());
        }
        many.extend(few.iter().take(count.min(FEW)).filter(|key| !key.is_empty()).map(|&key| Cow::Borrowed(key)));
        many.sort_unstable();
        match many.windows(2).any(|pair| matches!(pair, [a, b] if a == b)) {
            true => Err(JsonError { at: self.at, what: "duplicate key" }),
            false => Ok(()),
        }
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        self.at += 1;
        let (mut ascii, mut escaped) = (true, false);
        loop {
            let rest = self.text.get(self.at..).unwrap_or_default();
            let stop = scan::string_end(rest);
            ascii &= stop.ascii;
            self.at += stop.len;
            match self.text.get(self.at) {
                Some(b'"') => break,
                Some(b'\\') => {
                    escaped = true;
                    match self.text.get(self.at + 1) {
                        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 2,
                        Some(b'u') if hex4(self.text.get(self.at + 2..self.at + 6)).is_some() => self.at += 6,
                        _ => return self.fail("unknown escape in a string"),
                    }
                }
                Some(_) => return self.fail("control character in a string"),
                None => return self.fail("unfinished string"),
            }
        }
        if !ascii && std::str::from_utf8(self.text.get(start..self.at).unwrap_or_default()).is_err() {
            self.at = start;
            return self.fail("invalid UTF-8 in a string");
        }
        self.at += 1;
        self.push(Kind::String, start, escaped)
    }

    fn number(&mut self) -> Result<(), JsonError> {
        let start = self.at;
        if self.peek() == b'-' {
            self.at += 1;
        }
        match self.peek() {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return self.fail("expected a digit"),
        }
        if self.peek() == b'.' {
            self.at += 1;
            self.digits()?;
        }
        if let b'e' | b'E' = self.peek() {
            self.at += 1;
            if let b'+' | b'-' = self.peek() {
                self.at += 1;
            }
            self.digits()?;
        }
        self.push(Kind::Number, start, false)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.peek().is_ascii_digit() {
            return self.fail("expected a digit");
        }
        while self.peek().is_ascii_digit() {
            self.at += 1;
        }
        Ok(())
    }

    fn word(&mut self, word: &'static [u8], kind: Kind) -> Result<(), JsonError> {
        if !self.text.get(self.at..).unwrap_or_default().starts_with(word) {
            return self.fail("expected a value");
        }
        let start = self.at;
        self.at += word.len();
        self.push(kind, start, false)
    }

    fn push(&mut self, kind: Kind, start: usize, escaped: bool) -> Result<(), JsonError> {
        if self.nodes.len() >= MAX_NODES {
            return self.fail("too many values");
        }
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node { start: start as u32, end: self.at as u32, next, kind, escaped });
        Ok(())
    }

    fn space(&mut self) {
        while let b' ' | b'\n' | b'\r' | b'\t' = self.peek() {
            self.at += 1;
        }
    }

    /// The byte here; 0 at the end, which no rule accepts.
    fn peek(&self) -> u8 {
        self.text.get(self.at).copied().unwrap_or(0)
    }

    fn fail<T>(&self, what: &'static str) -> Result<T, JsonError> {
        Err(JsonError { at: self.at, what })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_and_refuses_what_the_grammar_says() {
        let good = [
            "null",
            " true ",
            "-0.5e+10",
            "\"\"",
            "[]",
            "{}",
            "[1,[2,{\"a\":[]}],\"x\"]",
            "{\"a\":{\"b\":1},\"c\":2}",
            "\"\\u00e9\\ud83d\\ude00\\n\"",
            "\"é😀\"",
            "[1 , 2\n]",
            "1e5",
            "0",
        ];
        for text in good {
            assert!(Doc::parse(text.as_bytes()).is_ok(), "{text}");
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text}");
        }
        let bad = [
            "",
            " ",
            "{",
            "[",
            "[1,",
            "[1,]",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "01",
            "1.",
            "-",
            "1e",
            ".5",
            "tru",
            "nul",
            "\"",
            "\"\\x\"",
            "\"\\u12\"",
            "\"\n\"",
            "[1}",
            "{\"a\":1]",
            "1 2",
            "[1 2]",
            "]",
            "\"a\" \"b\"",
        ];
        for text in bad {
            assert!(Doc::parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(Doc::parse(b"\"\xff\"").is_err());
        assert!(Doc::parse(b"\"\xed\xa0\x80\"").is_err(), "a surrogate in UTF-8");
    }

    #[test]
    fn duplicate_keys_are_refused_however_they_are_spelled_and_however_many_there_are() {
        assert_eq!(Doc::parse(br#"{"model":"a","model":"b"}"#).err().unwrap().what, "duplicate key");
        assert!(Doc::parse(br#"{"model":"a","mod\u0065l":"b"}"#).is_err());
        assert!(Doc::parse(br#"{"mod\u0065l":"a","model":"b"}"#).is_err());
        assert!(Doc::parse(br#"{"a":{"x":1},"b":{"x":1}}"#).is_ok());
        let many = |last: &str| {
            let members: Vec<_> = (0..40).map(|i| format!("\"k{i}\":{i}")).collect();
            format!("{{{},\"{last}\":0}}", members.join(","))
        };
        assert!(Doc::parse(many("new").as_bytes()).is_ok());
        assert!(Doc::parse(many("k3").as_bytes()).is_err());
        assert!(Doc::parse(many("k39").as_bytes()).is_err());
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |depth| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
        assert!(Doc::parse(nested(MAX_DEPTH).as_bytes()).is_ok());
        assert!(Doc::parse(nested(MAX_DEPTH + 1).as_bytes()).is_err());
    }

    #[test]
    fn values_are_found_and_keep_their_text() {
        let text = br#"{"n": 1.50, "s":"a\"b", "list":[true, {"x":null}], "big":12345678901234567890123}"#;
        let doc = Doc::parse(text).unwrap();
        let root = doc.root();
        assert_eq!(root.get("n").unwrap().raw(), "1.50");
        assert_eq!(root.get("s").unwrap().text().unwrap().decode(), "a\"b");
        assert_eq!(root.get("big").unwrap().number(), Some("12345678901234567890123"));
        let items: Vec<_> = root.get("list").unwrap().items().collect();
        assert_eq!(items[0].bool(), Some(true));
        assert!(items[1].get("x").unwrap().is_null());
        assert!(items[1].some("x").is_none());
        assert!(root.get("absent").is_none());
        assert_eq!(root.members().map(|(key, _)| key.raw().to_owned()).collect::<Vec<_>>(), ["n", "s", "list", "big"]);
    }

    #[test]
    fn texts_go_both_ways() {
        for plain in ["", "plain", "a\"b\\c\n\t\r\u{1}", "é😀\u{2028}"] {
            let text = Text::from_plain(plain);
            assert_eq!(text.decode(), plain);
            let quoted = format!("\"{}\"", text.raw());
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), plain);
        }
        assert_eq!(unescape(r"\ud83d\ude00 \ud800 \/"), "😀 \u{fffd} /");
    }

    #[test]
    fn offsets_of_the_decoded_text_are_found_in_the_raw_text() {
        let raw = r"a\u00e9b\nc";
        let decoded = unescape(raw); // a é b \n c
        assert_eq!(decoded.len(), 6);
        let mut offsets = [0, 1, 3, 4, 5, 6];
        raw_offsets(raw, &mut offsets);
        assert_eq!(offsets, [0, 1, 7, 8, 10, 11]);
    }

    #[test]
    fn edits_change_their_spans_and_nothing_else() {
        let text = br#"{"model":"a", "x": 1.0}"#;
        let doc = Doc::parse(text).unwrap();
        let mut edits = Edits::new();
        edits.replace(doc.root().get("model").unwrap().span(), "\"b\"");
        edits.add_member(doc.root(), "\"y\":2");
        assert_eq!(edits.apply(text), br#"{"y":2,"model":"b", "x": 1.0}"#);
    }

    #[test]
    fn the_writer_places_commas() {
        let mut writer = Writer::default();
        writer.open().key("a").number(1).key("b").open_array().string("x\n").null().open().close().close_array();
        writer.key("c").bool(true).key("d").raw("{\"e\":1}").key("f").text(&Text::from_raw("\\u0041")).close();
        assert_eq!(writer.out, br#"{"a":1,"b":["x\n",null,{}],"c":true,"d":{"e":1},"f":"\u0041"}"#);
        for number in [0, 9, 10, u64::MAX] {
            let mut writer = Writer::default();
            writer.number(number);
            assert_eq!(writer.out, number.to_string().as_bytes());
        }
    }
}
