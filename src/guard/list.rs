//! An operator's own words, found as people write them: in any case, with look-alike letters, whole words only.
//!
//! What a whole word is depends on the script: between letters of Chinese, Japanese or Thai there is an edge everywhere,
//! in Korean particles may follow, elsewhere a word ends where its letters end. Whole words are the default, since a list
//! of pieces finds `ass` in `class`.

use std::ops::Range;

use aho_corasick::{AhoCorasick, MatchKind};

use super::fold::{Folded, alone};

/// The words of one list or several, ready.
pub struct WordList {
    automaton: Option<AhoCorasick>,
    whole_words: bool,
}

/// A word that was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Its place among the words given.
    pub word: usize,
    /// Its bytes in the text.
    pub range: Range<usize>,
    /// The place of its list, where several are listened to.
    pub list: usize,
}

impl WordList {
    /// Makes words ready. A word of nothing but signs can never be found; see [`WordList::can_find`].
    pub fn new<'w>(words: impl Iterator<Item = &'w str>, whole_words: bool) -> Self {
        let folded: Vec<String> = words.map(|word| Folded::new(word).text.trim_start().to_owned()).collect();
        let automaton = AhoCorasick::builder().match_kind(MatchKind::Standard).build(folded).ok();
        Self { automaton, whole_words }
    }

    /// Whether a word has anything that can be found.
    pub fn can_find(word: &str) -> bool {
        !Folded::new(word).words.is_empty()
    }

    /// Every word in a text, in the order of their ends.
    pub fn find(&self, folded: &Folded) -> Vec<Word> {
        let mut found = Vec::new();
        let bytes = folded.text.as_bytes();
        let next = |at: usize| folded.text.get(at..).and_then(|rest| rest.chars().next());
        for hit in self.automaton.iter().flat_map(|automaton| automaton.find_overlapping_iter(bytes)) {
            if hit.is_empty() {
                continue;
            }
            let first = next(hit.start());
            let edgeless = first.is_some_and(|c| alone(c) || ('\u{ac00}'..='\u{d7a3}').contains(&c));
            let begins = hit.start().checked_sub(1).is_none_or(|at| bytes.get(at) == Some(&b' '));
            let ends = next(hit.end()).is_none_or(|c| c == ' ' || alone(c));
            if self.whole_words && !edgeless && !(begins && ends) {
                continue;
            }
            let place = |at: usize| folded.words.get(folded.word_at(at));
            let (Some(from), Some(to)) = (place(hit.start()), place(hit.end() - 1)) else { continue };
            found.push(Word { word: hit.pattern().as_usize(), range: from.from as usize..to.to as usize, list: 0 });
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_whole_in_the_way_of_their_script() {
        let list = WordList::new(["ass", "acme corp", "笨蛋", "바보", "блин"].into_iter(), true);
        let rows = [
            ("a class of assets", vec![]),
            ("what an ASS!", vec!["ASS"]),
            ("Ａcｍe-Corp. is great", vec!["Ａcｍe-Corp"]),
            ("acme corporation", vec![]),
            ("你是笨蛋吗", vec!["笨蛋"]),
            ("너는 바보야", vec!["바보야"]),
            ("Блин, опять", vec!["Блин"]),
            ("блинчики", vec![]),
        ];
        for (text, want) in rows {
            let found = list.find(&Folded::new(text));
            assert_eq!(
                found.iter().map(|word| text.get(word.range.clone()).unwrap()).collect::<Vec<_>>(),
                want,
                "{text}"
            );
        }
        let pieces = WordList::new(["ass"].into_iter(), false);
        assert_eq!(pieces.find(&Folded::new("class")).len(), 1);
        assert!(!WordList::can_find("!?"));
    }
}
