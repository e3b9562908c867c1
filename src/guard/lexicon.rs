//! All words of all languages as one automaton, and where they stand in a folded text.

use aho_corasick::{AhoCorasick, MatchKind};
use std::collections::BTreeMap;

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

/// What one pattern means.
struct Meaning {
    class: Class,
    languages: u32,
    /// Any ending may follow.
    stem: bool,
}

/// The automaton.
pub struct Lexicon {
    automaton: Option<AhoCorasick>,
    meanings: Vec<Vec<Meaning>>,
}

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
        let mut patterns: BTreeMap<String, Vec<Meaning>> = BTreeMap::new();
        for (place, language) in LANGUAGES.iter().enumerate() {
            for (class, words) in language.words {
                for word in words.split(',') {
                    let word = word.trim();
                    let stem = word.ends_with('*');
                    let folded = Folded::new(word.trim_end_matches('*'));
                    let pattern = folded.text.trim_start();
                    if pattern.is_empty() {
                        continue;
                    }
                    let meanings = patterns.entry(pattern.to_owned()).or_default();
                    match meanings.iter_mut().find(|known| known.class == *class && known.stem == stem) {
                        Some(known) => known.languages |= 1 << place,
                        None => meanings.push(Meaning { class: *class, languages: 1 << place, stem }),
                    }
                }
            }
        }
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(patterns.keys()).ok();
        Self { automaton, meanings: patterns.into_values().collect() }
    }

    /// Every word of ours in the text, in the order of their first words. `loose`: also inside of longer words.
    pub fn hits(&self, folded: &Folded, loose: bool) -> Vec<Hit> {
        let mut hits = Vec::new();
        let Some(automaton) = &self.automaton else { return hits };
        let bytes = folded.text.as_bytes();
        for found in automaton.find_overlapping_iter(bytes) {
            let Some(meanings) = self.meanings.get(found.pattern().as_usize()) else { continue };
            // Scripts without spaces, and Hangul, whose particles stand before and behind: no edges.
            let edgeless =
                folded.text.get(found.start()..).and_then(|rest| rest.chars().next()).is_some_and(is_edgeless);
            let begins = loose || edgeless || found.start().checked_sub(1).and_then(|at| bytes.get(at)) == Some(&b' ');
            if !begins {
                continue;
            }
            let ends = loose || edgeless || matches!(bytes.get(found.end()), None | Some(&b' '));
            // A letter of a script without spaces may follow as well.
            let ends = ends || folded.text.get(found.end()..).and_then(|rest| rest.chars().next()).is_some_and(alone);
            let (mut first, mut last) = (None, 0);
            for meaning in meanings.iter().filter(|meaning| ends || meaning.stem) {
                let first = *first.get_or_insert_with(|| {
                    last = folded.word_at(found.end().saturating_sub(1)) as u32;
                    folded.word_at(found.start()) as u32
                });
                hits.push(Hit { class: meaning.class, languages: meaning.languages, first, last });
            }
            if hits.len() >= MAX_HITS {
                break;
            }
        }
        hits.sort_by_key(|hit| (hit.first, hit.last));
        hits
    }
}

fn is_edgeless(c: char) -> bool {
    alone(c) || matches!(c as u32, 0xAC00..=0xD7A3)
}
