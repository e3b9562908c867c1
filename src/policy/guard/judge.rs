//! A guard outside that judges answers. The whole answer waits for it: its texts are gathered, the guard is asked, and what
//! it found is taken out wherever it stands, or the answer is refused while the client has seen nothing of it.

use std::cell::RefCell;
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
}

impl Subject for Heard {
    fn direction(&self) -> Direction {
        Direction::Response
    }

    fn asked(&self) -> &Gathered {
        &self.asked
    }

    fn take_out(&self, judgement: &Judgement, text: &str, _edits: &mut Edits) {
        let value = |(span, entity): &(std::ops::Range<usize>, String)| {
            let value = text.get(byte_of(text, span.start)?..byte_of(text, span.end)?)?.trim();
            (!value.is_empty()).then(|| (value.to_owned(), format!("<{entity}>")))
        };
        *self.cutter.borrow_mut() = Some(Cutter::new(judgement.spans.iter().filter_map(value).collect()));
    }
}

impl Judge {
    /// A judge who knows what was asked.
    pub fn new(ready: Rc<Ready>, asked: Gathered, enforce: bool) -> Self {
        Self { ready, heard: Rc::new(Heard { asked, cutter: RefCell::default() }), enforce, texts: Vec::new() }
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

/// Takes values out of texts, wherever they stand as words of their own.
struct Cutter {
    ear: Ear,
    /// What stands in the place of each.
    with: Vec<String>,
}

impl Cutter {
    fn new(found: Vec<(String, String)>) -> Self {
        let (values, with): (Vec<_>, Vec<_>) = found.into_iter().unzip();
        let values = || values.iter().map(String::as_str);
        Self { ear: Ear::new(vec![WordList::new(values(), true)], values()), with }
    }

    fn cut(&self, passage: &Passage<'_>) -> Verdict {
        let (words, hold) = self.ear.listen(passage);
        let with = |word: usize| self.with.get(word).cloned().unwrap_or_default();
        let mut changes: Vec<_> =
            words.into_iter().map(|word| Replacement { range: word.range, with: with(word.word) }).collect();
        // Of two that meet, the longer.
        changes.sort_by_key(|change| (change.range.start, std::cmp::Reverse(change.range.end)));
        changes.dedup_by(|next, kept| next.range.start < kept.range.end);
        Verdict::Pass { changes, hold }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str, start: usize, end: bool) -> (Vec<(std::ops::Range<usize>, String)>, usize) {
        let found = [("Jörg Müller", "<PERSON>"), ("Li", "<PERSON>"), ("王伟", "<PERSON>"), ("5.5.5.5", "<IP>")];
        let found = found.map(|(value, with)| (value.to_owned(), with.to_owned())).into();
        let passage = Passage { choice: 0, said: Said::Text, tool: "", field: None, text, start, end };
        match Cutter::new(found).cut(&passage) {
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
    fn a_value_is_not_let_go_by_halves() {
        let (changes, hold) = cut("and then there came Jörg Mü", 0, false);
        assert!(changes.is_empty() && hold >= "Jörg Mü".len(), "{hold}");
        let (changes, _) = cut("and then there came Jörg Müller and went far away again from it all", 8, false);
        assert_eq!(changes, [(20..33, "<PERSON>".to_owned())]);
    }
}
