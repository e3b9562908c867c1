//! How many tokens a text has in a model whose vocabulary is not here: a sum over what stands in it (words by length,
//! characters by script, runs of digits, blanks and punctuation) and over its grams (each pair and triple of
//! neighbouring characters, which tell languages and codes apart), each with the weight it has in the model's family.
//! One pass, no vocabulary: the grams share 8,192 places, a byte each for a family. The weights come from
//! `benches/tokens/fit.py`; how far off they are on texts that they were not fitted on stands in docs/performance.md
//! (`make bench-tokens`): 3 to 4 % in the mean.

use super::classes::{Class, decode};

/// A family of vocabularies that cut texts alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Family {
    O200k,
    Cl100k,
    Llama3,
    Qwen2,
    Tekken,
    DeepSeek,
    Gemma3,
    Claude2,
}

/// What is counted in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Feature {
    /// ASCII words of one letter; those of two to twelve follow.
    Word1,
    Word2,
    Word3,
    Word4,
    Word5,
    Word6,
    Word7,
    Word8,
    Word9,
    Word10,
    Word11,
    /// Of twelve letters and more.
    Word12,
    /// Letters of a word beyond the twelfth.
    LongWordExtra,
    /// Turns from lower to upper case in a word.
    Camel,
    /// Capitals of a word beyond the first.
    CapitalExtra,
    LatinWord,
    LatinChar,
    CyrillicWord,
    CyrillicChar,
    GreekChar,
    ArabicWord,
    ArabicChar,
    HebrewChar,
    DevanagariWord,
    DevanagariChar,
    HangulWord,
    HangulChar,
    HanChar,
    KanaChar,
    ThaiChar,
    OtherChar,
    /// Digits by threes.
    DigitGroup,
    Digit,
    /// Runs of line ends.
    LineEnds,
    /// Runs of two and more blanks.
    Blanks,
    /// Their blanks beyond the first.
    BlankExtra,
    /// Characters beyond U+FFFF.
    Astral,
    /// Other characters from U+2000 on.
    Symbol,
    PunctuationRun,
    Punctuation,
    /// A word and a number with nothing between.
    LetterNextToDigit,
}

/// Tokens of each feature, in the order of [`Family`]; fitted on texts whose tokens were counted.
const WEIGHTS: [(Feature, [f32; 8]); 41] = [
    (Feature::Word1, [1.179, 1.051, 0.927, 0.738, 1.227, 1.097, 1.128, 1.084]),
    (Feature::Word2, [1.232, 1.131, 1.055, 0.886, 1.381, 1.328, 1.148, 1.067]),
    (Feature::Word3, [1.27, 1.293, 1.154, 1.093, 1.33, 1.326, 1.212, 1.385]),
    (Feature::Word4, [1.296, 1.447, 1.204, 1.22, 1.367, 1.47, 1.301, 1.628]),
    (Feature::Word5, [1.506, 1.711, 1.524, 1.526, 1.616, 1.702, 1.501, 1.954]),
    (Feature::Word6, [1.739, 2.008, 1.708, 1.794, 1.829, 1.961, 1.711, 2.254]),
    (Feature::Word7, [1.894, 2.284, 1.98, 2.002, 2.04, 2.239, 1.852, 2.603]),
    (Feature::Word8, [2.145, 2.68, 2.296, 2.373, 2.458, 2.562, 2.124, 2.9]),
    (Feature::Word9, [2.425, 3.055, 2.639, 2.757, 2.71, 2.934, 2.399, 3.302]),
    (Feature::Word10, [2.774, 3.404, 2.978, 3.126, 3.102, 3.319, 2.806, 3.884]),
    (Feature::Word11, [2.773, 3.462, 2.998, 3.31, 3.126, 3.416, 2.757, 4.064]),
    (Feature::Word12, [3.244, 4.169, 3.529, 3.877, 3.586, 3.935, 3.242, 4.662]),
    (Feature::LongWordExtra, [0.122, 0.211, 0.151, 0.206, 0.131, 0.188, 0.147, 0.257]),
    (Feature::Camel, [0.853, 0.666, 0.823, 0.634, 0.834, 0.655, 0.704, 0.516]),
    (Feature::CapitalExtra, [-0.028, -0.086, -0.065, -0.07, 0.076, 0.01, -0.011, -0.062]),
    (Feature::LatinWord, [0.6, 1.085, 0.171, 0.14, 0.612, 0.982, 0.527, 1.8]),
    (Feature::LatinChar, [0.296, 0.374, 0.379, 0.428, 0.313, 0.346, 0.29, 0.361]),
    (Feature::CyrillicWord, [1.162, 1.788, 1.071, 1.501, 1.048, 1.436, 1.113, 1.151]),
    (Feature::CyrillicChar, [0.183, 0.316, 0.201, 0.242, 0.224, 0.208, 0.15, 0.469]),
    (Feature::GreekChar, [0.431, 1.067, 0.432, 0.99, 0.442, 0.537, 0.443, 1.293]),
    (Feature::ArabicWord, [0.912, 2.213, 1.098, 2.289, 1.052, 1.298, 0.656, 2.629]),
    (Feature::ArabicChar, [0.158, 0.372, 0.173, 0.003, 0.128, 0.166, 0.214, 0.551]),
    (Feature::HebrewChar, [0.472, 1.173, 1.166, 0.44, 0.53, 0.574, 0.53, 1.05]),
    (Feature::DevanagariWord, [0.331, 0.893, 0.965, 1.344, 0.399, 1.018, 0.65, 0.065]),
    (Feature::DevanagariChar, [0.351, 1.046, 0.389, 0.804, 0.403, 0.492, 0.193, 1.349]),
    (Feature::HangulWord, [0.472, 0.172, 0.386, 0.197, 0.517, 0.445, 0.196, -0.222]),
    (Feature::HangulChar, [0.526, 1.103, 0.575, 0.703, 0.487, 0.646, 0.568, 1.434]),
    (Feature::HanChar, [0.746, 1.117, 0.769, 0.604, 0.915, 0.567, 0.628, 1.078]),
    (Feature::KanaChar, [0.678, 0.978, 0.601, 0.583, 0.597, 0.627, 0.386, 0.957]),
    (Feature::ThaiChar, [0.397, 0.949, 0.454, 0.559, 0.508, 0.356, 0.314, 1.809]),
    (Feature::OtherChar, [0.411, 1.583, 1.553, 1.162, 0.501, 0.623, 0.386, 2.056]),
    (Feature::DigitGroup, [1.562, 1.552, 1.611, 0.69, 0.709, 1.52, 0.436, 1.463]),
    (Feature::Digit, [0.026, 0.025, -0.087, 0.873, 0.856, -0.005, 0.838, -0.167]),
    (Feature::LineEnds, [1.32, 1.11, 1.344, 1.308, 1.353, 1.287, 1.457, 1.23]),
    (Feature::Blanks, [0.865, 0.905, 0.91, 0.873, 0.813, 0.782, 0.757, 0.39]),
    (Feature::BlankExtra, [0.004, 0.004, 0.0, 0.001, 0.007, 0.006, 0.008, 0.003]),
    (Feature::Astral, [2.238, 2.768, 2.876, 1.381, 3.904, 2.123, 1.851, 2.549]),
    (Feature::Symbol, [0.866, 0.808, 0.827, 1.083, 1.069, 0.886, 0.868, 1.04]),
    (Feature::PunctuationRun, [0.098, 0.143, 0.214, 0.294, 0.067, 0.158, 0.686, 0.588]),
    (Feature::Punctuation, [0.465, 0.49, 0.456, 0.497, 0.518, 0.517, 0.352, 0.449]),
    (Feature::LetterNextToDigit, [0.202, 0.407, 0.429, 0.569, 0.228, 0.247, 0.411, 0.472]),
];

/// Places of grams: pairs and triples of characters share them by a hash.
const GRAMS: usize = 8_192;
/// What is left of a hash is a place.
const GRAM_SHIFT: u32 = 32 - GRAMS.trailing_zeros();

/// What each place adds to the tokens of a text, family by family, in units of [`GRAM_UNIT`]; `benches/tokens/fit.py` makes it.
static GRAM_WEIGHTS: &[u8] = include_bytes!("tables/grams.bin");
const GRAM_UNIT: f64 = 128.0;
/// How little the grams may leave of what the features count. One text in a thousand comes near it, but for those that are
/// made to: a pair of letters over and over would be no token at all.
const LEAST: f64 = 0.4;

/// Kinds of character that runs are made of; the first are letters, by their script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd)]
enum Kind {
    Ascii,
    Latin,
    Cyrillic,
    Greek,
    Arabic,
    Hebrew,
    Devanagari,
    Hangul,
    Han,
    Kana,
    Thai,
    Other,
    Digit,
    LineEnd,
    Blank,
    Astral,
    Symbol,
    Punctuation,
}

impl Kind {
    fn is_letter(self) -> bool {
        self <= Self::Other
    }
}

/// Scripts by their code points, in rising order; letters in none are [`Kind::Other`].
const SCRIPTS: &[(std::ops::RangeInclusive<u32>, Kind)] = &[
    (0xAA..=0x24F, Kind::Latin),
    (0x250..=0x2AF, Kind::Latin),
    (0x370..=0x3FF, Kind::Greek),
    (0x400..=0x52F, Kind::Cyrillic),
    (0x590..=0x5FF, Kind::Hebrew),
    (0x600..=0x6FF, Kind::Arabic),
    (0x750..=0x77F, Kind::Arabic),
    (0x8A0..=0x8FF, Kind::Arabic),
    (0x900..=0x97F, Kind::Devanagari),
    (0xE00..=0xE7F, Kind::Thai),
    (0x1100..=0x11FF, Kind::Hangul),
    (0x1E00..=0x1EFF, Kind::Latin),
    (0x1F00..=0x1FFF, Kind::Greek),
    (0x3040..=0x30FF, Kind::Kana),
    (0x3130..=0x318F, Kind::Hangul),
    (0x31F0..=0x31FF, Kind::Kana),
    (0x3400..=0x4DBF, Kind::Han),
    (0x4E00..=0x9FFF, Kind::Han),
    (0xAC00..=0xD7AF, Kind::Hangul),
    (0xF900..=0xFAFF, Kind::Han),
    (0xFB50..=0xFDFF, Kind::Arabic),
    (0xFE70..=0xFEFF, Kind::Arabic),
];

/// The kinds of ASCII characters: most of what is looked at.
#[allow(clippy::indexing_slicing, reason = "a constant: it would not compile")]
static ASCII: [Kind; 128] = {
    let mut kinds = [Kind::Punctuation; 128];
    let mut code = 0;
    while code < kinds.len() {
        kinds[code] = match code as u8 {
            b'\n' | b'\r' => Kind::LineEnd,
            b' ' | b'\t' | 0x0B | 0x0C => Kind::Blank,
            b'0'..=b'9' => Kind::Digit,
            b'a'..=b'z' | b'A'..=b'Z' => Kind::Ascii,
            _ => Kind::Punctuation,
        };
        code += 1;
    }
    kinds
};

/// The kind of a character; `guess` is a place in [`SCRIPTS`] to look at first.
fn kind(code: u32, guess: &mut usize) -> Kind {
    if let Some(kind) = ASCII.get(code as usize) {
        return *kind;
    }
    match Class::of(code) {
        Class::Newline => Kind::LineEnd,
        Class::Space => Kind::Blank,
        Class::Number => Kind::Digit,
        _ if code > 0xFFFF => Kind::Astral,
        Class::Upper | Class::Lower | Class::Neutral | Class::Mark => {
            // A letter is mostly of the same script as the one before.
            if !SCRIPTS.get(*guess).is_some_and(|(range, _)| range.contains(&code)) {
                *guess = SCRIPTS.partition_point(|(range, _)| *range.end() < code);
            }
            SCRIPTS.get(*guess).filter(|(range, _)| range.contains(&code)).map_or(Kind::Other, |(_, script)| *script)
        }
        _ if code >= 0x2000 => Kind::Symbol,
        _ => Kind::Punctuation,
    }
}

/// A run of one kind, as far as it has come.
#[derive(Clone, Copy)]
struct Run {
    kind: Kind,
    chars: u32,
    capitals: u32,
    turns: u32,
    last_lower: bool,
}

impl Run {
    fn new(kind: Kind) -> Self {
        Self { kind, chars: 0, capitals: 0, turns: 0, last_lower: false }
    }

    /// Whether a character of this kind goes on with the run; a Latin word may have ASCII letters in it.
    fn takes(&mut self, kind: Kind) -> bool {
        match (self.kind, kind) {
            (Kind::Ascii | Kind::Latin, Kind::Latin) => {
                self.kind = kind;
                true
            }
            (Kind::Latin, Kind::Ascii) => true,
            (one, two) => one == two,
        }
    }

    fn add(&mut self, code: u32) {
        self.chars += 1;
        let upper = matches!(code, 0x41..=0x5A);
        self.capitals += u32::from(upper);
        self.turns += u32::from(upper && self.last_lower);
        self.last_lower = matches!(code, 0x61..=0x7A);
    }
}

/// What is counted, with how often.
struct Counts([u32; WEIGHTS.len()]);

impl Counts {
    fn add(&mut self, feature: Feature, times: u32) {
        if let Some(count) = self.0.get_mut(feature as usize) {
            *count += times;
        }
    }

    fn end(&mut self, run: Run) {
        let Run { kind, chars, capitals, turns, .. } = run;
        let (words, characters) = match kind {
            Kind::Ascii => {
                if let Some(count) = self.0.get_mut(chars.clamp(1, 12) as usize - 1) {
                    *count += 1;
                }
                self.add(Feature::LongWordExtra, chars.saturating_sub(12));
                self.add(Feature::Camel, turns);
                self.add(Feature::CapitalExtra, capitals.saturating_sub(1));
                return;
            }
            Kind::Latin => (Some(Feature::LatinWord), Feature::LatinChar),
            Kind::Cyrillic => (Some(Feature::CyrillicWord), Feature::CyrillicChar),
            Kind::Greek => (None, Feature::GreekChar),
            Kind::Arabic => (Some(Feature::ArabicWord), Feature::ArabicChar),
            Kind::Hebrew => (None, Feature::HebrewChar),
            Kind::Devanagari => (Some(Feature::DevanagariWord), Feature::DevanagariChar),
            Kind::Hangul => (Some(Feature::HangulWord), Feature::HangulChar),
            Kind::Han => (None, Feature::HanChar),
            Kind::Kana => (None, Feature::KanaChar),
            Kind::Thai => (None, Feature::ThaiChar),
            Kind::Other => (None, Feature::OtherChar),
            Kind::Digit => {
                self.add(Feature::DigitGroup, chars.div_ceil(3));
                (None, Feature::Digit)
            }
            Kind::LineEnd => return self.add(Feature::LineEnds, 1),
            Kind::Blank => {
                self.add(Feature::Blanks, u32::from(chars > 1));
                return self.add(Feature::BlankExtra, chars.saturating_sub(1));
            }
            Kind::Astral => (None, Feature::Astral),
            Kind::Symbol => (None, Feature::Symbol),
            Kind::Punctuation => (Some(Feature::PunctuationRun), Feature::Punctuation),
        };
        if let Some(words) = words {
            self.add(words, 1);
        }
        self.add(characters, chars);
    }
}

/// About how many tokens a text has in a family's vocabulary.
pub fn estimate(text: &str, family: Family) -> f64 {
    let weight = |(_, weights): &(Feature, [f32; 8])| weights.get(family as usize).copied().unwrap_or(0.0);
    let grams = GRAM_WEIGHTS.as_chunks::<GRAMS>().0.get(family as usize).unwrap_or(&[0; GRAMS]);
    let mut sum = 0_i64;
    let counts = count(text, |gram| sum += i64::from(grams.get(gram).map_or(0, |weight| *weight as i8)));
    let plain: f64 = counts.0.iter().zip(&WEIGHTS).map(|(count, row)| f64::from(*count) * f64::from(weight(row))).sum();
    (plain + sum as f64 / GRAM_UNIT).max(plain * LEAST)
}

/// How often each feature stands in a text, in the order of the weights, and then each gram: for those who fit them
/// (`benches/tokens/fit.py`).
pub fn features(text: &str) -> Vec<u32> {
    let mut grams = vec![0; GRAMS];
    let counts = count(text, |gram| {
        if let Some(count) = grams.get_mut(gram) {
            *count += 1;
        }
    });
    [&counts.0[..], &grams].concat()
}

/// Counts the features of a text and tells the place of each of its grams.
fn count(text: &str, mut gram: impl FnMut(usize)) -> Counts {
    let mut counts = Counts([0; WEIGHTS.len()]);
    let bytes = text.as_bytes();
    let mut guess = 0;
    let (mut at, mut run) = (0, Run::new(Kind::Blank));
    let (mut before, mut last) = (0_u32, u32::from(b' '));
    while let Some(&first) = bytes.get(at) {
        let (code, len) = if first < 0x80 { (u32::from(first), 1) } else { decode(bytes, at, first) };
        at += len;
        let kind = kind(code, &mut guess);
        let goes_on = run.takes(kind);
        let sign = sign(code, kind, goes_on);
        if sign != last || !matches!(kind, Kind::Blank | Kind::LineEnd) {
            let pair = last.wrapping_mul(0x9E37_79B1).wrapping_add(sign.wrapping_mul(0x85EB_CA6B));
            gram((pair >> GRAM_SHIFT) as usize);
            gram((pair.wrapping_add(before.wrapping_mul(0xC2B2_AE35)) >> GRAM_SHIFT) as usize);
            (before, last) = (last, sign);
        }
        if !goes_on {
            let adjacent = run.kind.is_letter() && kind == Kind::Digit || run.kind == Kind::Digit && kind.is_letter();
            counts.add(Feature::LetterNextToDigit, u32::from(adjacent));
            counts.end(run);
            run = Run::new(kind);
        }
        run.add(code);
    }
    counts.end(run);
    counts
}

/// What stands for a character in a gram: digits, blanks and line ends are all alike, and the capital that a word begins
/// with is like the small letter.
fn sign(code: u32, kind: Kind, goes_on: bool) -> u32 {
    match kind {
        Kind::Digit => u32::from(b'0'),
        Kind::Blank => u32::from(b' '),
        Kind::LineEnd => u32::from(b'\n'),
        Kind::Ascii if !goes_on => code | 0x20,
        _ => code,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_stand_in_the_order_of_the_features() {
        for (at, (feature, _)) in WEIGHTS.iter().enumerate() {
            assert_eq!(*feature as usize, at, "{feature:?}");
        }
    }

    #[test]
    fn the_kinds_of_ascii_are_those_of_its_classes() {
        for (code, kind) in ASCII.iter().enumerate() {
            let want = match Class::of(code as u32) {
                Class::Newline => Kind::LineEnd,
                Class::Space => Kind::Blank,
                Class::Number => Kind::Digit,
                Class::Upper | Class::Lower => Kind::Ascii,
                _ => Kind::Punctuation,
            };
            assert_eq!(*kind, want, "{code:#x}");
        }
        assert!(SCRIPTS.is_sorted_by_key(|(range, _)| *range.end()));
        assert_eq!(GRAM_WEIGHTS.len(), 8 * GRAMS);
    }

    #[test]
    fn codes_and_sums_are_not_estimated_like_prose() {
        let hexes = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08".repeat(8);
        let rows = "391,84.20,2026-03-14,open\n77,1209.75,2026-03-02,closed\n".repeat(20);
        let packed =
            "U29tZSB0ZXh0IHRoYXQgbm9ib2R5IGNhbiByZWFkIGFzIGl0IHN0YW5kcyBoZXJlLCBmb3IgaXQgaXMgcGFja2Vk".repeat(5);
        let mut counter = crate::tokens::Counter::new(crate::tokens::Encoding::O200k).unwrap();
        for text in [hexes, rows, packed] {
            let off = estimate(&text, Family::O200k) / counter.count(&text) as f64 - 1.0;
            assert!(off.abs() < 0.20, "{off}: {text:.40}");
        }
    }

    #[test]
    fn no_text_is_made_to_have_no_tokens() {
        for (text, counted) in [("aq", 1_500.0), ("qaq", 1_001.0), ("Z", 1_500.0), ("qqa", 1_000.0)] {
            let found = estimate(&text.repeat(3_000 / text.len()), Family::O200k);
            assert!(found > counted / 16.0, "{text}: {found} of {counted}");
        }
    }

    #[test]
    fn estimates_are_near_what_is_counted() {
        let texts = [
            include_str!("../../README.md"),
            include_str!("../../LICENSE"),
            include_str!("../../docs/operating.md"),
            include_str!("mod.rs"),
        ];
        for (family, encoding) in
            [(Family::O200k, crate::tokens::Encoding::O200k), (Family::Cl100k, crate::tokens::Encoding::Cl100k)]
        {
            let mut counter = crate::tokens::Counter::new(encoding).unwrap();
            for text in texts {
                let (counted, estimated) = (counter.count(text) as f64, estimate(text, family));
                let off = (estimated / counted - 1.0).abs();
                assert!(off < 0.12, "{family:?}: {estimated} for {counted}");
            }
        }
    }
}
