//! A guard outside that judges answers. The whole answer waits for it: its texts are gathered, the guard is asked, and what
//! it found is taken out wherever it stands, or the answer is refused while the client has seen nothing of it.

use std::cell::{Cell, RefCell};
use std::ops::Range;
use std::rc::Rc;

use super::super::{AnswerStage, Direction, Notes};
use super::adapter::Verdict as Judgement;
use super::hook::{Gathered, Ready, Subject, byte_of};
use super::words::Ear;
use crate::chat::ApiError;
use crate::format::lanes::{Passage, Said, Verdict};
use crate::format::view::Replacement;
use crate::guard::list::WordList;
use crate::host::Host;
use crate::wire::json::Edits;

/// Between two texts of an answer.
const BETWEEN: &str = "\n\n";

/// A hook at work on one answer.
pub(super) struct Judge {
    ready: Rc<Ready>,
    heard: Rc<Heard>,
    enforce: bool,
    /// What the model says, by choice, kind and tool.
    texts: Vec<((u32, Said, String), String)>,
}

/// What the judge and the question on its way both know.
struct Heard {
    /// The texts of the request.
    asked: Gathered,
    cutter: RefCell<Option<Cutter>>,
    /// The answer came in pieces.
    streamed: Cell<bool>,
}

impl Subject for Heard {
    fn direction(&self) -> Direction {
        Direction::Response
    }

    fn asked(&self) -> &Gathered {
        &self.asked
    }

    fn take_out(&self, judgement: &Judgement, text: &str, _edits: &mut Edits) -> bool {
        let place = |(span, entity): &(Range<usize>, String)| {
            Some((byte_of(text, span.start)?..byte_of(text, span.end)?, format!("<{entity}>")))
        };
        let places: Option<Vec<_>> = judgement.spans.iter().map(place).collect();
        let cutter = places.and_then(|places| Cutter::for_all(text, &places, self.streamed.get()));
        let found = cutter.is_some();
        *self.cutter.borrow_mut() = cutter;
        found
    }
}

impl Judge {
    /// A judge who knows what was asked.
    pub fn new(ready: Rc<Ready>, asked: Gathered, enforce: bool) -> Self {
        Self {
            ready,
            heard: Rc::new(Heard { asked, cutter: RefCell::default(), streamed: Cell::default() }),
            enforce,
            texts: Vec::new(),
        }
    }
}

impl AnswerStage for Judge {
    fn on_text(&mut self, passage: &Passage<'_>) -> Verdict {
        self.heard.cutter.borrow().as_ref().map_or(Verdict::PASS, |cutter| cutter.cut(passage))
    }

    fn lets_unreadable_pass(&mut self) -> bool {
        !self.enforce || self.ready.forgives()
    }

    fn judges(&self) -> bool {
        true
    }

    fn hear(&mut self, passage: &Passage<'_>) {
        if !matches!(passage.said, Said::Text | Said::Reasoning | Said::Refusal | Said::Arguments) {
            return;
        }
        if !passage.end {
            self.heard.streamed.set(true);
        }
        let fresh = passage.text.get(passage.start..).unwrap_or_default();
        let same = |(known, _): &&mut ((u32, Said, String), String)| {
            (known.0, known.1, known.2.as_str()) == (passage.choice, passage.said, passage.tool)
        };
        match self.texts.iter_mut().find(same) {
            Some((_, text)) => text.push_str(fresh),
            None => self.texts.push(((passage.choice, passage.said, passage.tool.to_owned()), fresh.to_owned())),
        }
    }

    fn ask(&mut self, host: &dyn Host, notes: &mut Notes) -> Result<(), ApiError> {
        let texts: Vec<_> = std::mem::take(&mut self.texts).into_iter().map(|(_, text)| text).collect();
        let heard = Rc::clone(&self.heard);
        self.ready.ask(host, texts.join(BETWEEN), heard, self.enforce, notes)
    }
}

/// Takes values out of texts, wherever they stand; as words of their own, where that finds them.
struct Cutter {
    ear: Ear,
    /// What stands in the place of each.
    with: Vec<String>,
}

impl Cutter {
    /// One that takes out what stands at all these places of a text; None if none can.
    fn for_all(text: &str, places: &[(Range<usize>, String)], streamed: bool) -> Option<Self> {
        let values = places.iter().map(|(range, with)| Some((text.get(range.clone())?, with.as_str())));
        let values: Vec<_> = values.collect::<Option<_>>()?;
        let cutters = [true, false].into_iter().map(|whole_words| Self::new(&values, whole_words));
        // Of a stream, what is longer would be let go by halves.
        let mut able = cutters.filter(|cutter| !streamed || cutter.ear.hears_whole());
        able.find(|cutter| !values.is_empty() && cutter.covers(text, places))
    }

    fn new(found: &[(&str, &str)], whole_words: bool) -> Self {
        let values = || found.iter().map(|(value, _)| *value);
        let with = found.iter().map(|(_, with)| (*with).to_owned()).collect();
        Self { ear: Ear::new(vec![WordList::new(values(), whole_words)], values()), with }
    }

    /// Whether nothing is left of what stands there, but signs at its edges.
    fn covers(&self, text: &str, places: &[(Range<usize>, String)]) -> bool {
        let passage = Passage { choice: 0, said: Said::Text, tool: "", field: None, text, start: 0, end: true };
        let Verdict::Pass { changes, .. } = self.cut(&passage) else { return false };
        let sign = |c: char| !c.is_alphanumeric();
        places.iter().all(|(range, _)| {
            let value = text.get(range.clone()).unwrap_or_default();
            let start = range.start + (value.len() - value.trim_start_matches(sign).len());
            let end = range.end - (value.len() - value.trim_end_matches(sign).len());
            start < end && changes.iter().any(|change| change.range.start <= start && end <= change.range.end)
        })
    }

    fn cut(&self, passage: &Passage<'_>) -> Verdict {
        let (words, hold) = self.ear.listen(passage);
        let with = |word: usize| self.with.get(word).cloned().unwrap_or_default();
        let mut changes: Vec<_> =
            words.into_iter().map(|word| Replacement { range: word.range, with: with(word.word) }).collect();
        changes.sort_by_key(|change| (change.range.start, std::cmp::Reverse(change.range.end)));
        // Of two that meet nothing is left.
        changes.dedup_by(|next, kept| {
            let meet = next.range.start < kept.range.end;
            if meet {
                kept.range.end = kept.range.end.max(next.range.end);
            }
            meet
        });
        Verdict::Pass { changes, hold }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, start: usize, end: bool) -> (Vec<(Range<usize>, String)>, usize) {
        let found = [("Jörg Müller", "<PERSON>"), ("Li", "<PERSON>"), ("王伟", "<PERSON>"), ("5.5.5.5", "<IP>")];
        let passage = Passage { choice: 0, said: Said::Text, tool: "", field: None, text, start, end };
        match Cutter::new(&found, true).cut(&passage) {
            Verdict::Pass { changes, hold } => (changes.into_iter().map(|it| (it.range, it.with)).collect(), hold),
            Verdict::End(_) => panic!("nothing here ends an answer"),
        }
    }

    #[test]
    fn values_are_taken_out_wherever_they_stand_as_words() {
        let text = "Li likes Jörg Müller at 5.5.5.5, like Jörg Müllers 我是王伟吗 Li";
        let (changes, hold) = cut(text, 0, true);
        let found: Vec<_> =
            changes.iter().map(|(range, with)| (text.get(range.clone()).unwrap(), with.as_str())).collect();
        let want = [
            ("Li", "<PERSON>"),
            ("Jörg Müller", "<PERSON>"),
            ("5.5.5.5", "<IP>"),
            ("王伟", "<PERSON>"),
            ("Li", "<PERSON>"),
        ];
        assert_eq!((found, hold), (want.into(), 0));
    }

    #[test]
    fn what_cannot_be_taken_out_is_known_before_anything_passes() {
        let able = |text: &str, value: &str, streamed| {
            let at = text.find(value).unwrap();
            let places = [(at..at + value.len(), "<X>".to_owned())];
            Cutter::for_all(text, &places, streamed).is_some()
        };
        let long = format!("so {} it", "word ".repeat(80));
        assert!(able("the Müllerhaus", "Müller", true), "in the middle of a word");
        assert!(able("call (555) 123-4567.", "(555) 123-4567.", true), "signs at its edges");
        assert!(!able("a 🙂 b", "🙂", false), "nothing to find it by");
        assert!(able(&long, "word word", true));
        assert!(able(&long, long.trim_start_matches("so "), false));
        assert!(!able(&long, long.trim_start_matches("so "), true), "too long for a stream");
        assert!(Cutter::for_all("text", &[], false).is_none(), "found, but nowhere");
    }

    #[test]
    fn a_value_is_not_let_go_by_halves() {
        let (changes, hold) = cut("and then there came Jörg Mü", 0, false);
        assert!(changes.is_empty() && hold >= "Jörg Mü".len(), "{hold}");
        let (changes, _) = cut("and then there came Jörg Müller and went far away again from it all", 8, false);
        assert_eq!(changes, [(20..33, "<PERSON>".to_owned())]);
    }
}
