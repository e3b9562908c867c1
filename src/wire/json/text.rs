//! Strings as they stand in JSON, and what they mean.

use std::borrow::Cow;

use crate::wire::scan;

/// A string in its escaped JSON form, without the quotes. Copying it to another document is a copy of bytes.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Text<'a>(Cow<'a, str>);

impl<'a> Text<'a> {
    /// From the inside of a JSON string: already escaped.
    pub fn from_raw(raw: &'a str) -> Self {
        Self(Cow::Borrowed(raw))
    }

    /// The same for text put together here, of pieces that are escaped already.
    pub fn from_raw_owned(raw: String) -> Self {
        Self(Cow::Owned(raw))
    }

    /// From ordinary text: escapes what must be.
    pub fn from_plain(plain: &'a str) -> Self {
        if scan::string_end(plain.as_bytes()).len == plain.len() {
            return Self(Cow::Borrowed(plain));
        }
        let mut out = Vec::with_capacity(plain.len() + 8);
        escape(&mut out, plain);
        Self(Cow::Owned(String::from_utf8(out).unwrap_or_default()))
    }

    /// The escaped form.
    pub fn raw(&self) -> &str {
        &self.0
    }

    /// The text meant. A lone surrogate becomes U+FFFD here; the raw form keeps it.
    pub fn decode(&self) -> Cow<'_, str> {
        unescape(&self.0)
    }

    /// Whether it means this very word.
    pub fn is(&self, word: &str) -> bool {
        // An escape is longer than what it means, so most words are told apart by their length; others by how they begin.
        let (raw, begins) = (self.raw(), |text: &str| text.as_bytes().first().copied());
        raw == word
            || (raw.len() > word.len()
                && (begins(raw) == begins(word) || begins(raw) == Some(b'\\'))
                && raw.contains('\\')
                && self.decode() == word)
    }

    /// The escaped form for as long as the document's text lives; None for a text made here.
    pub fn borrowed(&self) -> Option<&'a str> {
        match self.0 {
            Cow::Borrowed(raw) => Some(raw),
            Cow::Owned(_) => None,
        }
    }

    /// How many characters the text meant has.
    pub fn chars(&self) -> u64 {
        let mut count = 0;
        self.pieces(&mut |piece| count += piece.chars().count() as u64);
        count
    }

    /// The text meant, stretch by stretch, for who need not have it in one.
    pub fn pieces(&self, each: &mut dyn FnMut(&str)) {
        let mut rest = Unescape::new(&self.0);
        while let Some((_, piece)) = rest.next_piece() {
            match piece {
                Piece::Plain(text) => each(text),
                Piece::Char(c) => each(c.encode_utf8(&mut [0; 4])),
            }
        }
    }

    /// The same text, borrowed.
    pub fn by_ref(&self) -> Text<'_> {
        Text(Cow::Borrowed(&self.0))
    }

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Puts more text behind it.
    pub fn push(&mut self, more: &Text<'_>) {
        self.0.to_mut().push_str(more.raw());
    }

    /// The same text, kept beyond its document.
    pub fn into_owned(self) -> Text<'static> {
        Text(Cow::Owned(self.0.into_owned()))
    }
}

/// Writes `plain` escaped as the inside of a JSON string.
pub fn escape(out: &mut Vec<u8>, plain: &str) {
    let mut rest = plain.as_bytes();
    loop {
        let (ordinary, more) = rest.split_at_checked(scan::string_end(rest).len).unwrap_or((rest, &[]));
        out.extend_from_slice(ordinary);
        let Some((&byte, more)) = more.split_first() else { return };
        rest = more;
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            _ => {
                let hex = |nibble: u8| if nibble < 10 { b'0' + nibble } else { b'a' + nibble - 10 };
                out.extend_from_slice(&[b'\\', b'u', b'0', b'0', hex(byte >> 4), hex(byte & 15)]);
            }
        }
    }
}

/// Decodes the inside of a JSON string.
pub fn unescape(raw: &str) -> Cow<'_, str> {
    if memchr::memchr(b'\\', raw.as_bytes()).is_none() {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = Unescape::new(raw);
    while let Some((_, piece)) = rest.next_piece() {
        match piece {
            Piece::Plain(text) => out.push_str(text),
            Piece::Char(c) => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// A stretch of a string: as it is, or one escape's character.
enum Piece<'a> {
    Plain(&'a str),
    Char(char),
}

/// Walks an escaped string piece by piece; the offset with each piece is where it starts in the raw text.
struct Unescape<'a> {
    raw: &'a str,
    at: usize,
}

impl<'a> Unescape<'a> {
    fn new(raw: &'a str) -> Self {
        Self { raw, at: 0 }
    }

    fn next_piece(&mut self) -> Option<(usize, Piece<'a>)> {
        let start = self.at;
        let rest = self.raw.get(start..)?;
        if rest.is_empty() {
            return None;
        }
        match memchr::memchr(b'\\', rest.as_bytes()) {
            Some(0) => {
                let (c, len) = escaped_char(rest.as_bytes());
                self.at = start + len;
                Some((start, Piece::Char(c)))
            }
            found => {
                let len = found.unwrap_or(rest.len());
                self.at = start + len;
                Some((start, Piece::Plain(rest.get(..len)?)))
            }
        }
    }
}

/// The character of an escape at the start of `bytes`, and the escape's length.
fn escaped_char(bytes: &[u8]) -> (char, usize) {
    let simple = match bytes.get(1) {
        Some(b'n') => '\n',
        Some(b't') => '\t',
        Some(b'r') => '\r',
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'u') => {
            let Some(first) = hex4(bytes.get(2..6)) else { return ('\u{fffd}', 2) };
            if (0xd800..0xdc00).contains(&first)
                && bytes.get(6..8) == Some(b"\\u")
                && let Some(second) = hex4(bytes.get(8..12))
                && (0xdc00..0xe000).contains(&second)
            {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return (char::from_u32(code).unwrap_or('\u{fffd}'), 12);
            }
            return (char::from_u32(first).unwrap_or('\u{fffd}'), 6);
        }
        Some(&other) => other as char,
        None => return ('\u{fffd}', 1),
    };
    (simple, 2)
}

pub(super) fn hex4(digits: Option<&[u8]>) -> Option<u32> {
    digits?.iter().try_fold(0, |sum, &digit| Some(sum * 16 + (digit as char).to_digit(16)?))
}

/// Where each of the ascending `offsets` of the decoded text lies in the raw text. An offset at the end maps to the end.
pub fn raw_offsets(raw: &str, offsets: &mut [usize]) {
    let mut pieces = Unescape::new(raw);
    let mut decoded = 0;
    let mut next = offsets.iter_mut().peekable();
    while let Some((start, piece)) = pieces.next_piece() {
        let len = match piece {
            Piece::Plain(text) => text.len(),
            Piece::Char(c) => c.len_utf8(),
        };
        let one = matches!(piece, Piece::Char(_));
        while let Some(offset) = next.next_if(|offset| **offset < decoded + len) {
            *offset = if one { start } else { start + (*offset - decoded) };
        }
        decoded += len;
    }
    for offset in next {
        *offset = raw.len();
    }
}
