//! The rules of a guard on an answer, whole or as it comes: what they find is taken out, or ends the answer in the client's
//! own words for it (`finish_reason: content_filter` and its like), or is only counted.

use std::rc::Rc;

use super::super::{AnswerStage, Direction, Finding};
use super::{Action, Answers};
use crate::format::lanes::{Ending, Passage, Verdict};
use crate::format::view::Replacement;

/// A rule at work on one answer.
pub(super) trait AnswerCheck {
    /// Looks at a text as far as it has come. Gives how many bytes of its end are to wait for what follows.
    fn on_text(&mut self, passage: &Passage<'_>, tally: &mut AnswerTally) -> usize;
}

/// What the rules have found in one answer.
pub(super) struct AnswerTally {
    enforce: bool,
    found: Vec<(&'static str, Action, u64)>,
    changes: Vec<Replacement>,
    stopped: bool,
}

impl AnswerTally {
    /// Something was found; `cut` is where it stands, for the action `redact`, and what stands there instead.
    pub fn add(&mut self, what: &'static str, action: Action, cut: Option<Replacement>) {
        match self.found.iter_mut().find(|(known, done, _)| *known == what && *done == action) {
            Some((_, _, count)) => *count += 1,
            None => self.found.push((what, action, 1)),
        }
        match action {
            Action::Redact if self.enforce => self.changes.extend(cut),
            Action::Block if self.enforce => self.stopped = true,
            Action::Redact | Action::Block | Action::Annotate | Action::Observe => {}
        }
    }
}

/// The rules that watch one answer.
pub(super) struct AnswerGuard {
    checks: Vec<Box<dyn AnswerCheck>>,
    config: Rc<Answers>,
    tally: AnswerTally,
}

impl AnswerGuard {
    /// Watches with these rules.
    pub fn new(checks: Vec<Box<dyn AnswerCheck>>, config: Rc<Answers>, enforce: bool) -> Self {
        let tally = AnswerTally { enforce, found: Vec::new(), changes: Vec::new(), stopped: false };
        Self { checks, config, tally }
    }
}

impl AnswerStage for AnswerGuard {
    fn on_text(&mut self, passage: &Passage<'_>) -> Verdict {
        let mut hold = 0;
        for check in &mut self.checks {
            hold = hold.max(check.on_text(passage, &mut self.tally));
        }
        if self.tally.stopped {
            let message = self.config.message.clone();
            return Verdict::End(Ending { message, stop_upstream: self.config.stop_upstream });
        }
        let mut changes = std::mem::take(&mut self.tally.changes);
        changes.sort_by_key(|change| (change.range.start, change.range.end));
        changes.dedup_by(|next, kept| next.range.start < kept.range.end);
        Verdict::Pass { changes, hold: if passage.end { 0 } else { hold } }
    }

    fn lets_unreadable_pass(&mut self) -> bool {
        !self.tally.enforce
    }

    fn may_end(&self) -> bool {
        self.tally.enforce
    }

    fn hold_first(&self) -> usize {
        self.config.hold_first_bytes.get() as usize
    }

    fn findings(&self) -> Vec<Finding> {
        let told = |(what, action, count): &(&'static str, Action, u64)| {
            let action = match action {
                Action::Observe => "observe",
                Action::Annotate => "annotate",
                _ if !self.tally.enforce => "audit",
                Action::Redact => "redact",
                Action::Block => "end",
            };
            Finding { policy: "guard", what, action, direction: Direction::Response, count: *count }
        };
        self.tally.found.iter().map(told).collect()
    }
}
