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
    /// 0: bytes are copied one to one. Otherwise: one shadow byte stands for this many original bytes.
    width: usize,
}

/// What becomes of one character.
enum Fold {
    Keep,
    Drop,
    To(u8),
}

impl<'t> Shadow<'t> {
    /// Folds `text`.
    pub fn new(text: &'t str) -> Self {
        let plain = Shadow { text: text.as_bytes().into(), segments: Vec::new() };
        if text.is_ascii() {
            return plain;
        }
        let mut folded = text.char_indices().filter(|(_, c)| !c.is_ascii()).filter_map(|(at, c)| match fold(c) {
            Fold::Keep => None,
            Fold::Drop => Some((at, c.len_utf8(), None)),
            Fold::To(byte) => Some((at, c.len_utf8(), Some(byte))),
        });
        let Some(first) = folded.next() else { return plain };
        let mut copy: Vec<u8> = Vec::with_capacity(text.len());
        let mut segments = Vec::new();
        let mut copied = 0;
        for (at, width, byte) in std::iter::once(first).chain(folded) {
            if at > copied {
                segments.push(Segment { shadow: copy.len(), original: copied, width: 0 });
                copy.extend_from_slice(text.as_bytes().get(copied..at).unwrap_or_default());
            }
            if let Some(byte) = byte {
                segments.push(Segment { shadow: copy.len(), original: at, width });
                copy.push(byte);
            }
            copied = at + width;
        }
        if copied < text.len() {
            segments.push(Segment { shadow: copy.len(), original: copied, width: 0 });
            copy.extend_from_slice(text.as_bytes().get(copied..).unwrap_or_default());
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

fn fold(c: char) -> Fold {
    let code = c as u32;
    match code {
        // The letters of Latin, Greek, Cyrillic, Hebrew, Arabic: nearly all there is, so first.
        0x00C0..=0x034E | 0x0370..=0x061B | 0x061D..=0x065F => Fold::Keep,
        0x00AD | 0x034F | 0x061C | 0x180E | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F => {
            Fold::Drop
        }
        0xFE00..=0xFE0F | 0xFEFF | 0xE0000..=0xE01EF => Fold::Drop,
        0x00A0 | 0x1680 | 0x2000..=0x200A | 0x202F | 0x205F | 0x3000 => Fold::To(b' '),
        0x2010..=0x2015 | 0x2043 | 0x2212 | 0xFE58 | 0xFE63 | 0x2E3A | 0x2E3B => Fold::To(b'-'),
        0x2024 | 0xFE52 | 0xFF61 => Fold::To(b'.'),
        0xFE6B => Fold::To(b'@'),
        // U+FF01..FF5E are ASCII's 21..7E, full width.
        0xFF01..=0xFF5E => Fold::To((code - 0xFF01) as u8 + b'!'),
        0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0x3040..=0x30FF => Fold::Keep,
        // Circled digits 1..9 and superscripts are decoration, not digits; bold and monospace ones are in ZEROS.
        _ => match ZEROS.iter().find(|&&zero| (zero..zero + 10).contains(&code)) {
            Some(zero) => Fold::To((code - zero) as u8 + b'0'),
            None => match code {
                // Mathematical letters: bold, italic, script ... as far as the alphabets run without holes.
                0x1D400..=0x1D6A3 => {
                    let place = ((code - 0x1D400) % 52) as u8;
                    Fold::To(if place < 26 { b'A' + place } else { b'a' + place - 26 })
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
