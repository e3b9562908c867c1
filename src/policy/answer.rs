//! What policies do with an answer: a stage that has something to watch for leaves an [`AnswerStage`] in the request's
//! [`super::Notes`], and every text of the answer is shown to it, whole or as it comes ([`crate::format::lanes`]).
//!
//! All stages of an exchange see the same text, the provider's own: what one puts in is no other's business, so that a
//! value which was restored is not taken for a new one. Where the changes of two meet, the text of the first stands in
//! the place of both.

use super::{Finding, Notes};
use crate::chat::ApiError;
use crate::format::lanes::{Passage, Verdict};
use crate::host::Host;

/// A policy at work on one answer.
pub trait AnswerStage {
    /// Looks at a text as far as it has come. What it holds back it is shown again, with more.
    fn on_text(&mut self, passage: &Passage<'_>) -> Verdict;
    /// Whether what cannot be read (another encoding, no JSON, a kind of body nobody knows) may pass all the same.
    fn lets_unreadable_pass(&mut self) -> bool {
        false
    }
    /// Whether it may end an answer. What makes that possible costs something.
    fn may_end(&self) -> bool {
        false
    }
    /// How many bytes of text it wants to see before the client sees any, so that what it refuses can be refused with a
    /// status; 0 = none.
    fn hold_first(&self) -> usize {
        0
    }
    /// Whether it judges answers: then all of the answer is held, shown to [`AnswerStage::hear`], and goes on after what
    /// [`AnswerStage::ask`] wanted to know.
    fn judges(&self) -> bool {
        false
    }
    /// A text of the whole answer, before [`AnswerStage::on_text`] sees any.
    fn hear(&mut self, passage: &Passage<'_>) {
        let _ = passage;
    }
    /// Asks about what it has heard. An error is the client's answer.
    fn ask(&mut self, host: &dyn Host, notes: &mut Notes) -> Result<(), ApiError> {
        let _ = (host, notes);
        Ok(())
    }
    /// What it has done, once the answer is over.
    fn findings(&self) -> Vec<Finding> {
        Vec::new()
    }
}

/// Those who look at one answer.
#[derive(Default)]
pub struct AnswerStages(Vec<Box<dyn AnswerStage>>);

impl AnswerStages {
    /// One more.
    pub fn push(&mut self, stage: Box<dyn AnswerStage>) {
        self.0.push(stage);
    }

    /// Whether nobody looks.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// See [`AnswerStage::on_text`]. Waits for what any of them waits for.
    pub fn on_text(&mut self, passage: &Passage<'_>) -> Verdict {
        if let [stage] = self.0.as_mut_slice() {
            return stage.on_text(passage);
        }
        let (mut all, mut most) = (Vec::new(), 0);
        for stage in &mut self.0 {
            match stage.on_text(passage) {
                Verdict::Pass { changes, hold } => {
                    all.extend(changes);
                    most = most.max(hold);
                }
                end @ Verdict::End(_) => return end,
            }
        }
        let mut changes: Vec<crate::format::view::Replacement> = Vec::with_capacity(all.len());
        for change in all {
            let meets = |other: &crate::format::view::Replacement| {
                other.range.start < change.range.end && change.range.start < other.range.end
            };
            match changes.iter_mut().find(|other| meets(other)) {
                None => changes.push(change),
                Some(other) => {
                    other.range = other.range.start.min(change.range.start)..other.range.end.max(change.range.end);
                }
            }
        }
        changes.sort_by_key(|change| change.range.start);
        // One that grew may have met the next.
        changes.dedup_by(|next, kept| {
            let meet = next.range.start < kept.range.end;
            if meet {
                kept.range.end = kept.range.end.max(next.range.end);
            }
            meet
        });
        Verdict::Pass { changes, hold: most }
    }

    /// Whether all of them let it pass.
    pub fn let_unreadable_pass(&mut self) -> bool {
        // All are asked: each counts it.
        let answers: Vec<_> = self.0.iter_mut().map(|stage| stage.lets_unreadable_pass()).collect();
        answers.into_iter().all(|passes| passes)
    }

    /// Whether any of them may end the answer.
    pub fn may_end(&self) -> bool {
        self.0.iter().any(|stage| stage.may_end())
    }

    /// The most that any of them wants to see first.
    pub fn hold_first(&self) -> usize {
        self.0.iter().map(|stage| stage.hold_first()).max().unwrap_or(0)
    }

    /// Whether any of them judges.
    pub fn judge(&self) -> bool {
        self.0.iter().any(|stage| stage.judges())
    }

    /// See [`AnswerStage::hear`].
    pub fn hear(&mut self, passage: &Passage<'_>) {
        self.0.iter_mut().for_each(|stage| stage.hear(passage));
    }

    /// See [`AnswerStage::ask`].
    pub fn ask(&mut self, host: &dyn Host, notes: &mut Notes) -> Result<(), ApiError> {
        self.0.iter_mut().try_for_each(|stage| stage.ask(host, notes))
    }

    /// What they have done.
    pub fn findings(&self) -> Vec<Finding> {
        self.0.iter().flat_map(|stage| stage.findings()).collect()
    }
}
