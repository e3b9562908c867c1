//! Fixed beginnings (of secrets, of labels), found by a walk that starts at a word's first byte and stops where none of
//! them goes on. Most words begin like none: tables of their first bytes say so.

use super::word::{Firsts, Word};
use aho_corasick::{Anchored, automaton::Automaton, nfa::contiguous::NFA};

/// Many beginnings made ready.
pub struct Beginnings {
    automaton: Option<NFA>,
    /// One bit for each three first bytes (their lower five bits) that begin one of two or three bytes.
    heads: Vec<u64>,
    /// The same of four first bytes, mixed, for the longer ones.
    longer: Vec<u64>,
    /// Those of two or three bytes are words: no small letter goes on but the `s` of several.
    words: bool,
    /// If they are words: the first of each.
    firsts: Firsts,
}

impl Beginnings {
    /// Of words of two bytes or more. `words`: ASCII letters count in either case, and no small letter but an `s` goes on
    /// behind those of two or three.
    pub fn new<W: AsRef<[u8]>>(beginnings: &[W], words: bool) -> Self {
        let (mut heads, mut longer) = (vec![0u64; 512], vec![0u64; LONGER / 64]);
        for beginning in beginnings {
            match beginning.as_ref() {
                [a, b, c, d, ..] => set(&mut longer, four(*a, *b, *c, *d)),
                [a, b, c] => set(&mut heads, three(*a, *b, *c)),
                [a, b] => (0..32).for_each(|c| set(&mut heads, three(*a, *b, c))),
                _ => {}
            }
        }
        // Only fails when the words together exceed the automaton's 2^31 states.
        let automaton = NFA::builder().ascii_case_insensitive(words).prefilter(false).build(beginnings).ok();
        let firsts = Firsts::new(if words { beginnings } else { &[] });
        Beginnings { automaton, heads, longer, words, firsts }
    }

    /// Whether one of the words may begin with this plain one.
    #[inline]
    pub fn may_begin(&self, word: &Word) -> bool {
        self.firsts.may(word)
    }

    /// The words that stand at `start`, each with its end, shorter ones first.
    #[inline]
    pub fn at(&self, text: &[u8], start: usize, found: impl FnMut(usize, usize)) {
        let [a, b, c, d] = match text.get(start..start + 4) {
            Some(&[a, b, c, d]) => [a, b, c, d],
            _ => [0, 1, 2, 3].map(|place| text.get(start + place).copied().unwrap_or(0)),
        };
        let goes_on = |byte: u8| self.words && byte.is_ascii_lowercase() && byte != b's';
        if has(&self.longer, four(a, b, c, d)) || has(&self.heads, three(a, b, c)) && !(goes_on(c) && goes_on(d)) {
            self.walk(text, start, found);
        }
    }

    fn walk(&self, text: &[u8], start: usize, mut found: impl FnMut(usize, usize)) {
        let Some(automaton) = &self.automaton else {
            return;
        };
        let Ok(mut state) = automaton.start_state(Anchored::Yes) else {
            return;
        };
        for (place, &byte) in text.get(start..).unwrap_or_default().iter().enumerate() {
            state = automaton.next_state(Anchored::Yes, state, byte);
            if !automaton.is_special(state) {
                continue;
            }
            if automaton.is_dead(state) {
                return;
            }
            for index in 0..if automaton.is_match(state) { automaton.match_len(state) } else { 0 } {
                let pattern = automaton.match_pattern(state, index);
                // A state also tells of words that end here but began later.
                if automaton.pattern_len(pattern) == place + 1 {
                    found(pattern.as_usize(), start + place + 1);
                }
            }
        }
    }
}

/// Bits of [`Beginnings::longer`].
const LONGER: usize = 1 << 16;

/// The place of three bytes, of which the lower five bits count: an ASCII letter's case does not.
fn three(a: u8, b: u8, c: u8) -> usize {
    usize::from(a & 31) << 10 | usize::from(b & 31) << 5 | usize::from(c & 31)
}

/// The same of four, mixed.
fn four(a: u8, b: u8, c: u8, d: u8) -> usize {
    let key = three(a, b, c) << 5 | usize::from(d & 31);
    (key ^ key >> 7) & (LONGER - 1)
}

fn set(bits: &mut [u64], place: usize) {
    if let Some(word) = bits.get_mut(place >> 6) {
        *word |= 1 << (place & 63);
    }
}

#[inline]
fn has(bits: &[u64], place: usize) -> bool {
    bits.get(place >> 6).is_some_and(|word| word >> (place & 63) & 1 == 1)
}
