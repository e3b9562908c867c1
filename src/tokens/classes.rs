//! What kind of character each code point is, as far as tokenizers tell them apart: Unicode's general categories and
//! white space in eight classes, four bits each, in a table of two stages.

/// The table; `tables/make.rs` makes it. The number of a block for each 256 code points, then the blocks.
static TABLE: &[u8] = include_bytes!("tables/classes.bin");
/// How many blocks of 256 code points there are.
const BLOCKS: usize = 0x1100;

/// A class of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Class {
    /// Punctuation, symbols, controls, what is not assigned.
    Other,
    /// Upper and title case (Lu, Lt).
    Upper,
    /// Lower case (Ll).
    Lower,
    /// A letter without case (Lm, Lo).
    Neutral,
    /// A mark on another character (M).
    Mark,
    /// A number of any kind (N).
    Number,
    /// White space but for line ends.
    Space,
    /// Carriage return or line feed.
    Newline,
    /// The end of the text.
    End,
}

impl Class {
    /// In the table's numbers.
    const ALL: [Self; 8] =
        [Self::Other, Self::Upper, Self::Lower, Self::Neutral, Self::Mark, Self::Number, Self::Space, Self::Newline];

    /// The class of a code point.
    pub(super) fn of(code: u32) -> Self {
        if let Some(class) = ASCII.get(code as usize) {
            return *class;
        }
        Self::looked_up(code)
    }

    fn looked_up(code: u32) -> Self {
        let block = TABLE.get((code >> 8) as usize).copied().unwrap_or(0) as usize;
        let pair = TABLE.get(BLOCKS + block * 128 + (code >> 1 & 127) as usize).copied().unwrap_or(0);
        let number = if code & 1 == 0 { pair & 15 } else { pair >> 4 };
        Self::ALL.get(number as usize).copied().unwrap_or(Self::Other)
    }

    /// Whether this is a letter (L).
    pub(super) fn is_letter(self) -> bool {
        matches!(self, Self::Upper | Self::Lower | Self::Neutral)
    }

    /// Whether this is white space of any kind.
    pub(super) fn is_space(self) -> bool {
        matches!(self, Self::Space | Self::Newline)
    }
}

/// The classes that most texts need.
static ASCII: [Class; 128] = {
    let mut table = [Class::Other; 128];
    let mut code = 0;
    while code < 128 {
        let class = match code as u8 {
            b'A'..=b'Z' => Class::Upper,
            b'a'..=b'z' => Class::Lower,
            b'0'..=b'9' => Class::Number,
            b'\r' | b'\n' => Class::Newline,
            b' ' | b'\t' | 0x0b | 0x0c => Class::Space,
            _ => Class::Other,
        };
        // In a constant, within the array's bounds.
        #[allow(clippy::indexing_slicing)]
        {
            table[code] = class;
        }
        code += 1;
    }
    table
};

/// The class and the length in bytes of the character at a place in UTF-8.
#[inline]
pub(super) fn class_at(text: &[u8], at: usize) -> (Class, usize) {
    let Some(&first) = text.get(at) else { return (Class::End, 0) };
    if let Some(class) = ASCII.get(first as usize) {
        return (*class, 1);
    }
    let (code, len) = decode(text, at, first);
    (Class::looked_up(code), len)
}

/// The code point at a place whose first byte is not ASCII, and its length.
#[inline]
pub(super) fn decode(text: &[u8], at: usize, first: u8) -> (u32, usize) {
    let next = |by: usize| u32::from(text.get(at + by).copied().unwrap_or(0x80) & 0x3f);
    let first = u32::from(first);
    match first {
        0..0xe0 => ((first & 0x1f) << 6 | next(1), 2),
        0xe0..0xf0 => ((first & 0x0f) << 12 | next(1) << 6 | next(2), 3),
        _ => ((first & 0x07) << 18 | next(1) << 12 | next(2) << 6 | next(3), 4),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_point_has_the_class_that_unicode_gives_it() {
        let rows = [
            (Class::Upper, r"[\p{Lu}\p{Lt}]"),
            (Class::Lower, r"\p{Ll}"),
            (Class::Neutral, r"[\p{Lm}\p{Lo}]"),
            (Class::Mark, r"\p{M}"),
            (Class::Number, r"\p{N}"),
            (Class::Space, r"[\s&&[^\r\n]]"),
            (Class::Newline, r"[\r\n]"),
        ];
        let rows = rows.map(|(class, pattern)| (class, regex::Regex::new(&format!("^{pattern}$")).unwrap()));
        for code in (0..=0x10_ffff).filter_map(char::from_u32) {
            let text = code.to_string();
            let wanted =
                rows.iter().find(|(_, pattern)| pattern.is_match(&text)).map_or(Class::Other, |(class, _)| *class);
            assert_eq!(Class::of(code as u32), wanted, "{code:?}");
            assert_eq!(class_at(text.as_bytes(), 0), (wanted, text.len()), "{code:?}");
        }
    }
}
