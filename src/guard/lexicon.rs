//! All words of all languages, and where they stand in a folded text.
//!
//! A phrase is found by its first word, so one look-up per word of the text gives the few phrases that could begin there.
//! (An automaton of all phrases was tried: it took ten times as long to make, in every worker, and longer to run.)

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

use aho_corasick::{AhoCorasick, MatchKind};

use super::fold::{Folded, alone};
use super::words::{Class, LANGUAGES, Order};

/// A word of some class at some place.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// What it does.
    pub class: Class,
    /// The languages in which it does.
    pub languages: u32,
    /// Its first word.
    pub first: u32,
    /// Its last word.
    pub last: u32,
}

/// A word or phrase.
struct Phrase {
    text: Box<str>,
    meanings: Vec<Meaning>,
}

/// What a phrase means.
struct Meaning {
    class: Class,
    languages: u32,
    /// Any ending may follow.
    stem: bool,
}

/// Bytes of a stem by which it is found; shorter stems are found by their first.
const STEM_BYTES: usize = 4;

/// Mixes a key's bytes by multiplying. What is looked up may be hostile, but what lies in the tables is ours and never
/// changes, so no text can make a look-up longer than the longest there is.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        let last = rest.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
        for word in words.iter().map(|word| u64::from_le_bytes(*word)).chain((!rest.is_empty()).then_some(last)) {
            self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        }
    }
    fn finish(&self) -> u64 {
        self.0 ^ self.0 >> 32
    }
}

/// A table of ours.
type Table<K, V> = HashMap<K, V, BuildHasherDefault<Mix>>;

/// The words, by how they begin.
#[derive(Default)]
pub struct Lexicon {
    phrases: Vec<Phrase>,
    /// By their whole first word.
    by_word: Table<Box<str>, Vec<u32>>,
    /// By the first bytes of their first word, which may go on.
    by_stem: Table<[u8; STEM_BYTES], Vec<u32>>,
    short_stems: Table<u8, Vec<u32>>,
    /// Of scripts in which a phrase may begin anywhere, by their first letter.
    by_letter: Table<char, Vec<u32>>,
    /// What is looked for in words that were spelled out, and which phrase each is.
    letters: Option<AhoCorasick>,
    spelled: Vec<u32>,
}

/// What makes an order out of letters that were set apart.
const SPELLED: [Class; 6] =
    [Class::Verb, Class::Prior, Class::Every, Class::Object, Class::WeakObject, Class::WeakVerb];

/// The bits of the languages in which the verb comes first.
pub fn fixed_order() -> u32 {
    LANGUAGES
        .iter()
        .enumerate()
        .filter(|(_, it)| it.order == Order::Fixed)
        .fold(0, |bits, (place, _)| bits | 1 << place)
}

/// More hits than these are not looked at; a text of nothing but words of ours has one for each.
const MAX_HITS: usize = 200_000;

impl Lexicon {
    /// Reads the tables.
    pub fn new() -> Self {
        let mut lexicon = Self::default();
        let mut known: Table<Box<str>, u32> = Table::with_capacity_and_hasher(8192, Default::default());
        for (place, language) in LANGUAGES.iter().enumerate() {
            for (class, words) in language.words {
                for word in words.split(',') {
                    let word = word.trim();
                    let stem = word.ends_with('*');
                    let word = word.trim_end_matches('*');
                    // Most words are folded as they are written.
                    let plain = word.bytes().all(|b| b.is_ascii_lowercase() || b == b' ') && !word.contains("  ");
                    let folded = if plain { Folded::default() } else { Folded::new(word) };
                    let text = if plain { word } else { folded.text.trim_start() };
                    if text.is_empty() {
                        continue;
                    }
                    let at = *known.entry(text.into()).or_insert_with(|| lexicon.add(text));
                    let Some(phrase) = lexicon.phrases.get_mut(at as usize) else { continue };
                    match phrase.meanings.iter_mut().find(|known| known.class == *class && known.stem == stem) {
                        Some(known) => known.languages |= 1 << place,
                        None => phrase.meanings.push(Meaning { class: *class, languages: 1 << place, stem }),
                    }
                }
            }
        }
        lexicon.index();
        lexicon
    }

    fn add(&mut self, text: &str) -> u32 {
        self.phrases.push(Phrase { text: text.into(), meanings: Vec::with_capacity(1) });
        (self.phrases.len() - 1) as u32
    }

    fn index(&mut self) {
        for (at, phrase) in self.phrases.iter().enumerate() {
            let at = at as u32;
            let first = phrase.text.chars().next().unwrap_or(' ');
            if is_edgeless(first) {
                self.by_letter.entry(first).or_default().push(at);
                continue;
            }
            let end = phrase.text.find(|c| c == ' ' || alone(c)).unwrap_or(phrase.text.len());
            let word = phrase.text.get(..end).unwrap_or_default();
            self.by_word.entry(word.into()).or_default().push(at);
            if end == phrase.text.len() && phrase.meanings.iter().any(|meaning| meaning.stem) {
                match word.as_bytes().first_chunk() {
                    Some(key) => self.by_stem.entry(*key).or_default().push(at),
                    None => {
                        let first = word.bytes().next().unwrap_or(0);
                        self.short_stems.entry(first).or_default().push(at);
                    }
                }
            }
        }
        let mut bare = Vec::new();
        for (at, phrase) in self.phrases.iter().enumerate() {
            // What is shorter stands in many words by chance; other languages than English are not spelled out.
            let english = |meaning: &Meaning| meaning.languages & 1 != 0 && SPELLED.contains(&meaning.class);
            let letters: String = phrase.text.split(' ').collect();
            if letters.len() >= 3 && letters.is_ascii() && phrase.meanings.iter().any(english) {
                bare.push(letters);
                self.spelled.push(at as u32);
            }
        }
        self.letters = AhoCorasick::builder().match_kind(MatchKind::Standard).build(bare).ok();
    }

    /// Every word of ours in the text, in the order of their first words.
    pub fn hits(&self, folded: &Folded) -> Vec<Hit> {
        let mut hits = Vec::new();
        for (place, word) in folded.words.iter().enumerate() {
            let letters = folded.letters(word);
            let start = word.start as usize;
            if letters.starts_with(is_edgeless) {
                for (at, letter) in letters.char_indices() {
                    let phrases = self.by_letter.get(&letter).map(Vec::as_slice).unwrap_or_default();
                    phrases.iter().for_each(|phrase| self.try_at(folded, *phrase, start + at, place, true, &mut hits));
                }
            } else {
                let whole = self.by_word.get(letters).map(Vec::as_slice).unwrap_or_default();
                whole.iter().for_each(|phrase| self.try_at(folded, *phrase, start, place, false, &mut hits));
                let key = letters.as_bytes().first_chunk::<STEM_BYTES>();
                let stems = key.and_then(|key| self.by_stem.get(key)).map(Vec::as_slice).unwrap_or_default();
                let first = letters.as_bytes().first();
                let short = first.and_then(|first| self.short_stems.get(first)).map(Vec::as_slice).unwrap_or_default();
                for phrase in stems.iter().chain(short).filter(|stem| !whole.contains(stem)) {
                    self.try_at(folded, *phrase, start, place, false, &mut hits);
                }
            }
            if hits.len() >= MAX_HITS {
                break;
            }
        }
        hits.sort_by_key(|hit| (hit.first, hit.last));
        hits
    }

    /// The same in a text of letters that were set apart, where a phrase may begin and end anywhere.
    pub fn hits_in_letters(&self, folded: &Folded) -> Vec<Hit> {
        let mut hits = Vec::new();
        for found in self.letters.iter().flat_map(|letters| letters.find_overlapping_iter(&folded.text)) {
            let Some(phrase) = self.spelled.get(found.pattern().as_usize()) else { continue };
            self.note(folded, *phrase, found.start(), found.end(), None, true, &mut hits);
            if hits.len() >= MAX_HITS {
                break;
            }
        }
        hits.sort_by_key(|hit| (hit.first, hit.last));
        hits
    }

    /// Notes a phrase, if it stands at a byte.
    fn try_at(&self, folded: &Folded, phrase: u32, start: usize, place: usize, edgeless: bool, hits: &mut Vec<Hit>) {
        let Some(text) = self.phrases.get(phrase as usize).map(|phrase| phrase.text.as_bytes()) else { return };
        let rest = folded.text.as_bytes().get(start..).unwrap_or_default();
        if rest.starts_with(text) {
            self.note(folded, phrase, start, start + text.len(), Some(place), edgeless, hits);
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a match is")]
    fn note(
        &self,
        folded: &Folded,
        phrase: u32,
        start: usize,
        end: usize,
        place: Option<usize>,
        edgeless: bool,
        hits: &mut Vec<Hit>,
    ) {
        let Some(phrase) = self.phrases.get(phrase as usize) else { return };
        let next = || folded.text.get(end..).and_then(|rest| rest.chars().next());
        let ends = edgeless || next().is_none_or(|c| c == ' ' || alone(c));
        let first = place.unwrap_or_else(|| folded.word_at(start)) as u32;
        let last = folded.word_at(end.saturating_sub(1)) as u32;
        for meaning in phrase.meanings.iter().filter(|meaning| ends || meaning.stem) {
            hits.push(Hit { class: meaning.class, languages: meaning.languages, first, last });
        }
    }
}

fn is_edgeless(c: char) -> bool {
    alone(c) || matches!(c as u32, 0xAC00..=0xD7A3)
}
