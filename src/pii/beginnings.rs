//! Fixed beginnings (of secrets, of labels), found by a walk that starts at a word's first byte and stops where none of
//! them goes on. Most words begin like none: a table of their first two bytes says so.

use aho_corasick::{Anchored, automaton::Automaton, nfa::contiguous::NFA};

/// Many beginnings made ready.
pub struct Beginnings {
    automaton: Option<NFA>,
    /// One bit for each pair of first bytes that begins one.
    pairs: Vec<u64>,
}

impl Beginnings {
    /// Of words of two bytes or more. `fold`: ASCII letters count in either case.
    pub fn new<W: AsRef<[u8]>>(words: &[W], fold: bool) -> Self {
        let mut pairs = vec![0u64; 256];
        for word in words {
            let [a, b, ..] = *word.as_ref() else { continue };
            let cases = |byte: u8| [byte, if fold { byte.to_ascii_uppercase() } else { byte }];
            for (word, bit) in cases(a).iter().flat_map(|a| cases(b).map(|b| pair(*a, b))) {
                if let Some(word) = pairs.get_mut(word) {
                    *word |= bit;
                }
            }
        }
        // Only fails when the words together exceed the automaton's 2^31 states.
        let automaton = NFA::builder().ascii_case_insensitive(fold).prefilter(false).build(words).ok();
        Beginnings { automaton, pairs }
    }

    /// The words that stand at `start`, each with its end, shorter ones first.
    #[inline]
    pub fn at(&self, text: &[u8], start: usize, found: impl FnMut(usize, usize)) {
        let (Some(&a), Some(&b)) = (text.get(start), text.get(start + 1)) else { return };
        let (word, bit) = pair(a, b);
        if self.pairs.get(word).is_some_and(|w| w & bit != 0) {
            self.walk(text, start, found);
        }
    }

    fn walk(&self, text: &[u8], start: usize, mut found: impl FnMut(usize, usize)) {
        let Some(automaton) = &self.automaton else { return };
        let Ok(mut state) = automaton.start_state(Anchored::Yes) else { return };
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

fn pair(a: u8, b: u8) -> (usize, u64) {
    let key = (usize::from(a & 0x7F) << 7) | usize::from(b & 0x7F);
    (key >> 6, 1 << (key & 63))
}
