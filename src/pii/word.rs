//! Runs of letters and digits: where one ends, what it is made of, and the key by which one look into a table says that it
//! is none of many thousand words.

const ONES: u64 = 0x0101_0101_0101_0101;
/// So many bytes make the key. A word that long may have any ending ([`super::context::is_word`]), a shorter one none.
pub const KEY: usize = 7;

/// A run of letters and digits.
pub struct Word {
    /// The byte after its last.
    pub end: usize,
    /// Whether it has small letters, capitals, digits.
    pub lower: bool,
    /// See `lower`.
    pub upper: bool,
    /// See `lower`.
    pub digit: bool,
    /// Whether no word begins inside: no digits, and capitals only in front or throughout.
    pub plain: bool,
    /// Its first bytes, [`KEY`] of them at most, small.
    pub key: u64,
}

/// The eight bytes from `pos` on; zeros behind the text.
fn eight(text: &[u8], pos: usize) -> u64 {
    let rest = text.get(pos..).unwrap_or_default();
    match rest.first_chunk() {
        Some(bytes) => u64::from_le_bytes(*bytes),
        None => rest.iter().rev().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

fn key(bytes: u64, len: usize) -> u64 {
    (bytes | ONES << 5) & (u64::MAX >> (64 - 8 * len.clamp(1, KEY)))
}

const LOWER: u8 = 1;
const UPPER: u8 = 2;
const DIGIT: u8 = 4;

/// What each byte is to a run; 0: no part of one.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const KINDS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0usize;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b'a'..=b'z' => LOWER,
            b'A'..=b'Z' => UPPER,
            b'0'..=b'9' => DIGIT,
            _ => 0,
        };
        byte += 1;
    }
    table
};

impl Word {
    /// The run that begins at `pos`.
    #[inline(always)]
    pub fn read(text: &[u8], pos: usize) -> Word {
        let kind = |pos: usize| text.get(pos).and_then(|b| KINDS.get(usize::from(*b))).copied().unwrap_or(0);
        let (first, mut rest, mut end) = (kind(pos), 0, pos);
        let mut next = first;
        while next != 0 {
            end += 1;
            next = kind(end);
            rest |= next;
        }
        let kinds = first | rest;
        Word {
            end,
            lower: kinds & LOWER != 0,
            upper: kinds & UPPER != 0,
            digit: kinds & DIGIT != 0,
            plain: kinds & DIGIT == 0 && (rest & UPPER == 0 || kinds & LOWER == 0),
            key: key(eight(text, pos), end - pos),
        }
    }
}

/// The first words of many phrases, one bit each of a table.
pub struct Firsts(Vec<u64>);

/// Bits of the table: some thousand words set a few of a hundred.
const BITS: u32 = 16;

fn place(key: u64) -> usize {
    (key.wrapping_mul(0x9E37_79B9_7F4A_7C15) >> (64 - BITS)) as usize
}

impl Firsts {
    /// Of phrases in any case. Those that begin with no letter are not in the table, nor those whose first word has digits.
    pub fn new<W: AsRef<[u8]>>(phrases: &[W]) -> Self {
        let mut firsts = Firsts(vec![0; 1 << (BITS - 6)]);
        for phrase in phrases.iter().map(AsRef::as_ref) {
            let word = Word::read(phrase, 0);
            firsts.set(word.key);
            // `phones`
            if word.end < KEY {
                firsts.set(word.key | u64::from(b's') << (8 * word.end));
            }
        }
        firsts
    }

    fn set(&mut self, key: u64) {
        let place = place(key);
        if let Some(bits) = self.0.get_mut(place >> 6) {
            *bits |= 1 << (place & 63);
        }
    }

    /// Whether a phrase may begin with this plain word.
    #[inline]
    pub fn may(&self, word: &Word) -> bool {
        let place = place(word.key);
        self.0.get(place >> 6).is_some_and(|bits| bits >> (place & 63) & 1 == 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_read_as_its_bytes_say_one_by_one() {
        let bytes = b"aZ09z A@[`{/:\x80\xC3\xFFs";
        let mut seed = 7u64;
        for len in 0..40 {
            for _ in 0..400 {
                let text: Vec<u8> = (0..len)
                    .map(|_| {
                        seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                        let letters = if seed >> 40 & 7 == 0 { bytes.len() } else { 5 };
                        bytes[(seed >> 33) as usize % letters]
                    })
                    .collect();
                let run = text.iter().take_while(|b| b.is_ascii_alphanumeric()).count();
                let run = &text[..run];
                let word = Word::read(&text, 0);
                assert_eq!(word.end, run.len(), "{text:?}");
                assert_eq!(word.lower, run.iter().any(u8::is_ascii_lowercase), "{text:?}");
                assert_eq!(word.upper, run.iter().any(u8::is_ascii_uppercase), "{text:?}");
                assert_eq!(word.digit, run.iter().any(u8::is_ascii_digit), "{text:?}");
                let inner = run.iter().skip(1).any(u8::is_ascii_uppercase) && word.lower;
                assert_eq!(word.plain, !inner && !word.digit, "{text:?}");
                if word.plain && word.end > 0 {
                    let small = run[..run.len().min(KEY)].to_ascii_lowercase();
                    assert_eq!(word.key.to_le_bytes()[..small.len()], small, "{text:?}");
                    assert!(word.key.to_le_bytes()[small.len()..].iter().all(|b| *b == 0), "{text:?}");
                }
            }
        }
    }

    #[test]
    fn first_words_of_phrases_are_known_in_any_case_with_their_ending() {
        let firsts = Firsts::new(&["phone", "full name", "pr\u{e9}nom", "telefonnummer", "i'm"]);
        for (text, want) in [
            ("phone", true),
            ("Phones", true),
            ("PHONE: 1", true),
            ("Full", true),
            ("pr\u{e9}nom", true),
            ("Telefonnummeret", true),
            ("I'm", true),
            ("phonetic", false),
            ("name", false),
            ("the", false),
        ] {
            assert_eq!(firsts.may(&Word::read(text.as_bytes(), 0)), want, "{text}");
        }
    }
}
