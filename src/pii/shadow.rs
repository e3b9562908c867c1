//! A copy of a text in which look-alike characters are plain ASCII, so that hostile typography hides nothing.
//!
//! Full-width and other scripts' digits become `0`..`9`, odd spaces a space, odd dashes `-`, invisible characters
//! vanish. Detection runs on the copy; [`Shadow::range`] takes a span of it back to the original, where the cut is made.
//! ASCII text is never copied, and other text only when something in it needs folding.

/// A text as the scanner reads it, and the way back.
pub struct Shadow<'t> {
    text: std::borrow::Cow<'t, [u8]>,
    /// Where the copy and the original drift apart, in order; empty when nothing was folded.
    segments: Vec<Segment>,
}

/// From `shadow` on, the copy corresponds to the original from `original` on.
struct Segment {
    shadow: usize,
    original: usize,
    /// 0: bytes are copied one to one. Otherwise: one shadow character stands for this many original bytes.
    width: usize,
}

/// What becomes of one character.
enum Fold {
    Keep,
    Drop,
    To(char),
}

/// Whether a character that begins like this may need folding: escapes do, and what is no ASCII.
fn special_byte(byte: u8) -> bool {
    byte >= 0x80 || matches!(byte, b'\\' | b'%' | b'&')
}

impl<'t> Shadow<'t> {
    /// Folds `text`.
    pub fn new(text: &'t str) -> Self {
        let bytes = text.as_bytes();
        let mut copy: Vec<u8> = Vec::new();
        let mut segments = Vec::new();
        let mut copied = 0;
        let mut at = 0;
        while let Some(next) = special(bytes, at) {
            let (width, folded) = match bytes.get(next) {
                Some(b'\\') => escape(bytes, next),
                Some(b'%') => percent(bytes, next),
                Some(b'&') => entity(bytes, next),
                _ => {
                    let c = text.get(next..).and_then(|rest| rest.chars().next()).unwrap_or(' ');
                    (c.len_utf8(), fold(c))
                }
            };
            at = next + width;
            if matches!(folded, Fold::Keep) {
                continue;
            }
            if copy.capacity() == 0 {
                copy.reserve(text.len());
            }
            if next > copied {
                segments.push(Segment { shadow: copy.len(), original: copied, width: 0 });
                copy.extend_from_slice(bytes.get(copied..next).unwrap_or_default());
            }
            if let Fold::To(c) = folded {
                segments.push(Segment { shadow: copy.len(), original: next, width });
                copy.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
            }
            copied = at;
        }
        if copied == 0 {
            return Shadow { text: bytes.into(), segments };
        }
        if copied < text.len() {
            segments.push(Segment { shadow: copy.len(), original: copied, width: 0 });
            copy.extend_from_slice(bytes.get(copied..).unwrap_or_default());
        }
        Shadow { text: copy.into(), segments }
    }

    /// The bytes to detect in. UTF-8 like the original.
    pub fn bytes(&self) -> &[u8] {
        &self.text
    }

    /// The original's range for a non-empty range of the shadow.
    pub fn range(&self, start: usize, end: usize) -> (usize, usize) {
        (self.original(start).0, self.original(end.saturating_sub(1)).1)
    }

    /// Where the original character of shadow byte `at` starts, and where that byte's part of it ends.
    fn original(&self, at: usize) -> (usize, usize) {
        let next = self.segments.partition_point(|s| s.shadow <= at);
        match next.checked_sub(1).and_then(|i| self.segments.get(i)) {
            None => (at, at + 1),
            Some(s) if s.width > 0 => (s.original, s.original + s.width),
            Some(s) => (s.original + at - s.shadow, s.original + at - s.shadow + 1),
        }
    }
}

/// Blocks of ten decimal digits outside ASCII, by their zero (Unicode general category Nd, the scripts in use).
const ZEROS: &[u32] = &[
    0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6, 0x0D66, 0x0DE6, 0x0E50,
    0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xAA50, 0xABF0, 0xFF10, 0x1D7CE, 0x1D7D8, 0x1D7E2, 0x1D7EC, 0x1D7F6, 0x1FBF0,
];

/// The next byte from `from` on that may need folding.
fn special(bytes: &[u8], from: usize) -> Option<usize> {
    let mut rest = bytes.get(from..)?;
    // Most text has none of them for long.
    while let Some((chunk, others)) = rest.split_first_chunk::<16>() {
        if chunk.iter().fold(0, |any, b| any | u8::from(special_byte(*b))) != 0 {
            break;
        }
        rest = others;
    }
    let place = rest.iter().position(|b| special_byte(*b))?;
    Some(bytes.len() - rest.len() + place)
}

/// A character that an escape wrote: folded itself, or as it is.
fn written(code: u32) -> Fold {
    match char::from_u32(code) {
        None => Fold::Keep,
        Some(c) if c.is_ascii_control() && !matches!(c, '\n' | '\r' | '\t') => Fold::Keep,
        Some(c) => match fold(c) {
            Fold::Keep => Fold::To(c),
            folded => folded,
        },
    }
}

fn hex(bytes: &[u8], from: usize, digits: usize) -> Option<u32> {
    let text = bytes.get(from..from + digits)?;
    text.iter().try_fold(0, |value, b| Some(value * 16 + (*b as char).to_digit(16)?))
}

/// JSON's and most languages' escapes, however many backslashes JSON inside JSON has made of one.
fn escape(bytes: &[u8], at: usize) -> (usize, Fold) {
    let slashes = bytes.iter().skip(at).take(16).take_while(|b| **b == b'\\').count();
    let next = at + slashes;
    match bytes.get(next) {
        Some(b'u') => {
            let Some(high) = hex(bytes, next + 1, 4) else {
                return (slashes, Fold::Keep);
            };
            let second = next + 5 + bytes.iter().skip(next + 5).take(16).take_while(|b| **b == b'\\').count();
            let low = hex(bytes, second + 1, 4).filter(|low| second > next + 5 && (0xDC00..0xE000).contains(low));
            match (high, low) {
                (0xD800..0xDC00, Some(low)) => {
                    (second + 5 - at, written(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)))
                }
                _ => (slashes + 5, written(high)),
            }
        }
        Some(b'x') => match hex(bytes, next + 1, 2) {
            Some(code @ 0x20..0x7F) => (slashes + 3, written(code)),
            _ => (slashes, Fold::Keep),
        },
        Some(b'n' | b'r') => (slashes + 1, Fold::To('\n')),
        Some(b't') => (slashes + 1, Fold::To('\t')),
        Some(quote @ (b'"' | b'\'' | b'/')) => (slashes + 1, Fold::To(*quote as char)),
        _ => (slashes, Fold::Keep),
    }
}

/// A URL's escapes, also twice over (`%2540`).
fn percent(bytes: &[u8], at: usize) -> (usize, Fold) {
    let Some(first) = hex(bytes, at + 1, 2) else {
        return (1, Fold::Keep);
    };
    match first {
        0x25 => match hex(bytes, at + 3, 2) {
            Some(code @ 0x20..0x7F) => (5, written(code)),
            _ => (1, Fold::Keep),
        },
        0x00..0x80 => (3, written(first)),
        _ => {
            let width = if first < 0xE0 { 2 } else { 3 + usize::from(first >= 0xF0) };
            let mut encoded = [0u8; 4];
            for (place, slot) in encoded.iter_mut().enumerate().take(width) {
                let from = at + 3 * place;
                match (bytes.get(from), hex(bytes, from + 1, 2)) {
                    (Some(b'%'), Some(code)) => *slot = code as u8,
                    _ => return (1, Fold::Keep),
                }
            }
            let c = encoded.get(..width).and_then(|e| std::str::from_utf8(e).ok()).and_then(|s| s.chars().next());
            c.map_or((1, Fold::Keep), |c| (3 * width, written(c as u32)))
        }
    }
}

/// HTML's entities for what can stand in or around an identifier.
const ENTITIES: &[(&str, char)] = &[
    ("amp;", '&'),
    ("lt;", '<'),
    ("gt;", '>'),
    ("quot;", '"'),
    ("apos;", '\''),
    ("nbsp;", ' '),
    ("commat;", '@'),
    ("period;", '.'),
    ("plus;", '+'),
    ("colon;", ':'),
    ("sol;", '/'),
    ("lpar;", '('),
    ("rpar;", ')'),
    ("hyphen;", '-'),
    ("dash;", '-'),
    ("ndash;", '-'),
    ("mdash;", '-'),
    ("shy;", '\u{ad}'),
    ("zwnj;", '\u{200c}'),
    ("zwj;", '\u{200d}'),
    ("ensp;", ' '),
    ("emsp;", ' '),
    ("thinsp;", ' '),
    ("num;", '#'),
    ("lowbar;", '_'),
    ("equals;", '='),
    ("comma;", ','),
];

fn entity(bytes: &[u8], at: usize) -> (usize, Fold) {
    // `&amp;#64;`
    let amp = if bytes.get(at + 1..at + 6) == Some(b"amp;#") { 4 } else { 0 };
    let from = at + 1 + amp;
    if bytes.get(from) == Some(&b'#') {
        let marked = usize::from(matches!(bytes.get(from + 1), Some(b'x' | b'X')));
        let digits = from + 1 + marked;
        let radix = if marked > 0 { 16 } else { 10 };
        let len = bytes.iter().skip(digits).take(8).take_while(|b| (**b as char).is_digit(radix)).count();
        let text = bytes.get(digits..digits + len).and_then(|d| std::str::from_utf8(d).ok());
        let code = text.and_then(|text| u32::from_str_radix(text, radix).ok());
        return match (code, bytes.get(digits + len)) {
            (Some(code), Some(b';')) => (digits + len + 1 - at, written(code)),
            _ => (1, Fold::Keep),
        };
    }
    let rest = bytes.get(at + 1..).unwrap_or_default();
    match ENTITIES.iter().find(|(name, _)| rest.starts_with(name.as_bytes())) {
        Some((name, c)) => (name.len() + 1, written(*c as u32)),
        None => (1, Fold::Keep),
    }
}

fn fold(c: char) -> Fold {
    let code = c as u32;
    match code {
        // The letters of Latin, Greek, Cyrillic, Hebrew, Arabic: nearly all there is, so first.
        0x00C0..=0x034E | 0x0370..=0x061B | 0x061D..=0x065F => Fold::Keep,
        0x00AD | 0x034F | 0x061C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F => {
            Fold::Drop
        }
        0xFE00..=0xFE0F | 0xFEFF | 0xE0000..=0xE01EF => Fold::Drop,
        0x00A0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => Fold::To(' '),
        0x2010..=0x2015 | 0x2043 | 0x2212 | 0xFE58 | 0xFE63 | 0x2E3A | 0x2E3B => Fold::To('-'),
        0x2024 | 0xFE52 | 0xFF61 => Fold::To('.'),
        0xFE6B => Fold::To('@'),
        // U+FF01..FF5E are ASCII's 21..7E, full width.
        0xFF01..=0xFF5E => Fold::To(((code - 0xFF01) as u8 + b'!') as char),
        0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0x3040..=0x30FF => Fold::Keep,
        // Circled digits 1..9 and superscripts are decoration, not digits; bold and monospace ones are in ZEROS.
        _ => match ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code)) {
            Some(zero) => Fold::To(((code - zero) as u8 + b'0') as char),
            None => match code {
                // Mathematical letters: bold, italic, script ... as far as the alphabets run without holes.
                0x1D400..=0x1D6A3 => {
                    let place = ((code - 0x1D400) % 52) as u8;
                    Fold::To((if place < 26 { b'A' + place } else { b'a' + place - 26 }) as char)
                }
                _ => Fold::Keep,
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn look_alikes_are_folded_and_the_way_back_covers_the_original() {
        let rows = [
            ("４１１１", "4111"),
            ("٠١٢٣", "0123"),
            ("१२३", "123"),
            ("415\u{a0}555\u{2009}2671", "415 555 2671"),
            ("415\u{2013}555\u{2011}2671", "415-555-2671"),
            ("bo\u{ad}b\u{200b}＠example．com", "bob@example.com"),
            ("𝟒𝟏𝟏𝟏", "4111"),
            ("𝐛𝐨𝐛", "bob"),
        ];
        for (text, want) in rows {
            let padded = format!("é {text} \u{200b}é");
            let shadow = Shadow::new(&padded);
            let seen = std::str::from_utf8(shadow.bytes()).unwrap();
            assert_eq!(seen, format!("é {want} é"), "{text}");
            let start = seen.find(want).unwrap();
            let (from, to) = shadow.range(start, start + want.len());
            assert_eq!(padded.get(from..to), Some(text));
        }
    }

    #[test]
    fn text_that_needs_no_folding_is_not_copied() {
        for text in ["plain", "Größe 漢字 Привет カード"] {
            assert!(matches!(Shadow::new(text).text, std::borrow::Cow::Borrowed(_)), "{text}");
        }
    }
}
