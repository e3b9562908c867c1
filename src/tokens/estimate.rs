//! How many tokens a text has in a model whose vocabulary is not here: a sum over what stands in it (words by length,
//! characters by script, runs of digits, blanks and punctuation), each with the weight it has in the model's family.
//! One pass, no vocabulary. The weights come from `benches/tokens/fit.py`; how far off they are on texts that they were not
//! fitted on stands in docs/performance.md (`make bench-tokens`): 6 to 9 % in the mean.

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
    (Feature::Word1, [1.324, 1.079, 1.073, 0.171, 1.227, 1.178, 1.346, 1.228]),
    (Feature::Word2, [0.01, 0.0, 0.0, 0.0, 0.0, 0.0, 0.25, 0.0]),
    (Feature::Word3, [0.581, 0.268, 0.325, 0.0, 0.385, 0.394, 0.709, 0.0]),
    (Feature::Word4, [0.743, 0.683, 0.75, 0.764, 1.001, 0.915, 1.08, 0.922]),
    (Feature::Word5, [1.513, 2.004, 1.95, 1.889, 1.478, 1.5, 1.392, 2.139]),
    (Feature::Word6, [1.797, 2.064, 2.168, 2.34, 1.818, 2.203, 1.662, 2.764]),
    (Feature::Word7, [1.14, 0.698, 0.605, 0.747, 1.186, 1.062, 1.043, 0.907]),
    (Feature::Word8, [1.614, 1.991, 1.897, 2.342, 1.298, 1.604, 1.097, 1.781]),
    (Feature::Word9, [2.238, 2.775, 2.595, 2.518, 2.287, 2.417, 1.574, 2.472]),
    (Feature::Word10, [1.458, 0.985, 2.405, 1.383, 1.731, 1.11, 1.199, 1.15]),
    (Feature::Word11, [2.893, 4.284, 4.141, 4.636, 3.696, 3.574, 2.963, 4.496]),
    (Feature::Word12, [3.949, 5.126, 6.081, 5.296, 4.22, 4.352, 3.819, 6.52]),
    (Feature::LongWordExtra, [0.094, 0.07, 0.02, 0.029, 0.043, 0.073, 0.105, 0.0]),
    (Feature::Camel, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]),
    (Feature::CapitalExtra, [0.0, 0.0, 0.0, 0.0, 0.196, 0.106, 0.0, 0.0]),
    (Feature::LatinWord, [0.0, 0.577, 0.0, 0.0, 0.08, 0.511, 0.372, 2.178]),
    (Feature::LatinChar, [0.415, 0.499, 0.445, 0.537, 0.389, 0.418, 0.334, 0.377]),
    (Feature::CyrillicWord, [1.85, 2.77, 2.085, 2.495, 1.127, 2.144, 1.728, 2.091]),
    (Feature::CyrillicChar, [0.0, 0.053, 0.0, 0.0, 0.135, 0.0, 0.0, 0.242]),
    (Feature::GreekChar, [0.404, 1.045, 0.424, 0.997, 0.422, 0.515, 0.41, 1.313]),
    (Feature::ArabicWord, [0.697, 1.296, 0.038, 1.501, 0.866, 0.506, 0.171, 2.175]),
    (Feature::ArabicChar, [0.201, 0.547, 0.419, 0.088, 0.13, 0.3, 0.337, 0.611]),
    (Feature::HebrewChar, [0.457, 1.173, 1.171, 0.441, 0.5, 0.543, 0.545, 1.058]),
    (Feature::DevanagariWord, [0.492, 0.522, 1.011, 1.186, 0.266, 0.54, 0.806, 0.006]),
    (Feature::DevanagariChar, [0.254, 1.09, 0.386, 0.852, 0.352, 0.531, 0.101, 1.351]),
    (Feature::HangulWord, [0.0, 0.0, 0.33, 1.014, 1.035, 0.0, 0.0, 0.0]),
    (Feature::HangulChar, [0.719, 1.125, 0.612, 0.421, 0.272, 0.798, 0.677, 1.322]),
    (Feature::HanChar, [0.805, 1.207, 0.79, 0.543, 0.881, 0.485, 0.66, 1.131]),
    (Feature::KanaChar, [0.6, 0.888, 0.557, 0.548, 0.554, 0.552, 0.332, 0.873]),
    (Feature::ThaiChar, [0.394, 0.938, 0.452, 0.546, 0.486, 0.334, 0.315, 1.792]),
    (Feature::OtherChar, [0.378, 2.029, 1.655, 1.105, 0.465, 0.635, 0.42, 2.087]),
    (Feature::DigitGroup, [2.214, 2.219, 2.205, 1.762, 2.286, 1.972, 1.677, 1.801]),
    (Feature::Digit, [0.0, 0.0, 0.0, 0.594, 0.348, 0.0, 0.558, 0.0]),
    (Feature::LineEnds, [1.587, 1.661, 1.714, 1.752, 2.008, 1.847, 1.554, 1.571]),
    (Feature::Blanks, [0.848, 0.556, 0.202, 0.0, 0.02, 0.115, 0.839, 0.0]),
    (Feature::BlankExtra, [0.003, 0.003, 0.008, 0.002, 0.025, 0.013, 0.003, 0.0]),
    (Feature::Astral, [17.974, 13.654, 1.266, 2.826, 7.172, 6.674, 1.968, 2.84]),
    (Feature::Symbol, [0.823, 0.992, 0.898, 1.925, 0.858, 1.694, 0.866, 1.576]),
    (Feature::PunctuationRun, [0.0, 0.0, 0.028, 0.024, 0.0, 0.211, 0.598, 0.172]),
    (Feature::Punctuation, [0.248, 0.232, 0.205, 0.306, 0.298, 0.225, 0.126, 0.326]),
    (Feature::LetterNextToDigit, [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.249]),
];

/// Kinds of character that runs are made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Letter(Script),
    Digit,
    LineEnd,
    Blank,
    Astral,
    Symbol,
    Punctuation,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Script {
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
}

/// Scripts by their code points; letters in none are [`Script::Other`].
const SCRIPTS: &[(std::ops::RangeInclusive<u32>, Script)] = &[
    (0xAA..=0x24F, Script::Latin),
    (0x250..=0x2AF, Script::Latin),
    (0x1E00..=0x1EFF, Script::Latin),
    (0x370..=0x3FF, Script::Greek),
    (0x1F00..=0x1FFF, Script::Greek),
    (0x400..=0x52F, Script::Cyrillic),
    (0x590..=0x5FF, Script::Hebrew),
    (0x600..=0x6FF, Script::Arabic),
    (0x750..=0x77F, Script::Arabic),
    (0x8A0..=0x8FF, Script::Arabic),
    (0xFB50..=0xFDFF, Script::Arabic),
    (0xFE70..=0xFEFF, Script::Arabic),
    (0x900..=0x97F, Script::Devanagari),
    (0xE00..=0xE7F, Script::Thai),
    (0x1100..=0x11FF, Script::Hangul),
    (0x3130..=0x318F, Script::Hangul),
    (0xAC00..=0xD7AF, Script::Hangul),
    (0x3040..=0x30FF, Script::Kana),
    (0x31F0..=0x31FF, Script::Kana),
    (0x3400..=0x4DBF, Script::Han),
    (0x4E00..=0x9FFF, Script::Han),
    (0xF900..=0xFAFF, Script::Han),
];

fn kind(code: u32) -> Kind {
    match Class::of(code) {
        Class::Newline => Kind::LineEnd,
        Class::Space => Kind::Blank,
        Class::Number => Kind::Digit,
        _ if code > 0xFFFF => Kind::Astral,
        Class::Upper | Class::Lower if code < 0x80 => Kind::Letter(Script::Ascii),
        Class::Upper | Class::Lower | Class::Neutral | Class::Mark => {
            let found = SCRIPTS.iter().find(|(range, _)| range.contains(&code));
            Kind::Letter(found.map_or(Script::Other, |(_, script)| *script))
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
            (Kind::Letter(Script::Ascii | Script::Latin), Kind::Letter(Script::Latin)) => {
                self.kind = kind;
                true
            }
            (Kind::Letter(Script::Latin), Kind::Letter(Script::Ascii)) => true,
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
struct Counts([f32; WEIGHTS.len()]);

impl Counts {
    fn add(&mut self, feature: Feature, times: u32) {
        if let Some(count) = self.0.get_mut(feature as usize) {
            *count += times as f32;
        }
    }

    fn end(&mut self, run: Run) {
        let Run { kind, chars, capitals, turns, .. } = run;
        let (words, characters) = match kind {
            Kind::Letter(Script::Ascii) => {
                if let Some(count) = self.0.get_mut(chars.clamp(1, 12) as usize - 1) {
                    *count += 1.0;
                }
                self.add(Feature::LongWordExtra, chars.saturating_sub(12));
                self.add(Feature::Camel, turns);
                self.add(Feature::CapitalExtra, capitals.saturating_sub(1));
                return;
            }
            Kind::Letter(Script::Latin) => (Some(Feature::LatinWord), Feature::LatinChar),
            Kind::Letter(Script::Cyrillic) => (Some(Feature::CyrillicWord), Feature::CyrillicChar),
            Kind::Letter(Script::Greek) => (None, Feature::GreekChar),
            Kind::Letter(Script::Arabic) => (Some(Feature::ArabicWord), Feature::ArabicChar),
            Kind::Letter(Script::Hebrew) => (None, Feature::HebrewChar),
            Kind::Letter(Script::Devanagari) => (Some(Feature::DevanagariWord), Feature::DevanagariChar),
            Kind::Letter(Script::Hangul) => (Some(Feature::HangulWord), Feature::HangulChar),
            Kind::Letter(Script::Han) => (None, Feature::HanChar),
            Kind::Letter(Script::Kana) => (None, Feature::KanaChar),
            Kind::Letter(Script::Thai) => (None, Feature::ThaiChar),
            Kind::Letter(Script::Other) => (None, Feature::OtherChar),
            Kind::Digit => {
                self.add(Feature::DigitGroup, chars.div_ceil(3));
                (None, Feature::Digit)
            }
            Kind::LineEnd => return self.add(Feature::LineEnds, 1),
            Kind::Blank => {
                self.add(Feature::Blanks, u32::from(chars > 1));
                return self.add(Feature::BlankExtra, chars - 1);
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
    count(text).0.iter().zip(&WEIGHTS).map(|(count, row)| f64::from(count * weight(row))).sum()
}

/// How often each feature stands in a text, in the order of the weights: for those who fit them (`benches/tokens/fit.py`).
pub fn features(text: &str) -> Vec<f32> {
    count(text).0.to_vec()
}

fn count(text: &str) -> Counts {
    let mut counts = Counts([0.0; WEIGHTS.len()]);
    let bytes = text.as_bytes();
    let (mut at, mut run) = (0, None::<Run>);
    while let Some(&first) = bytes.get(at) {
        let (code, len) = if first < 0x80 { (u32::from(first), 1) } else { decode(bytes, at, first) };
        at += len;
        let kind = kind(code);
        if let Some(run) = &mut run
            && run.takes(kind)
        {
            run.add(code);
            continue;
        }
        let mut next = Run::new(kind);
        next.add(code);
        if let Some(ended) = run {
            let adjacent =
                matches!((ended.kind, kind), (Kind::Letter(_), Kind::Digit) | (Kind::Digit, Kind::Letter(_)));
            counts.add(Feature::LetterNextToDigit, u32::from(adjacent));
            counts.end(ended);
        }
        run = Some(next);
    }
    if let Some(run) = run {
        counts.end(run);
    }
    counts
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
                assert!(off < 0.16, "{family:?}: {estimated} for {counted}");
            }
        }
    }
}
