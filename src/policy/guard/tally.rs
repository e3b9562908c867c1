//! What the rules of one exchange have found, and what becomes of it.

use std::collections::HashSet;
use std::ops::Range;
use std::rc::Rc;

use super::super::{Finding, Notes};
use super::tools::Offered;
use super::{Action, Status};
use crate::chat::ApiError;
use crate::chat::schema::Schema;
use crate::format::said::Said;
use crate::wire::json::{Edits, raw_offsets};

/// What stands in the place of what was taken out.
const REMOVED: &str = "[removed]";

/// The findings of one request.
pub struct Tally {
    enforce: bool,
    /// What was found, what is done about it, and how often.
    found: Vec<(&'static str, Action, u64)>,
    /// What the answer's header says, with the score where there is one.
    notices: Vec<(&'static str, Option<u8>)>,
    /// The first refusal.
    refusal: Option<(u16, String)>,
    edits: Edits,
    /// A line for the model's instructions.
    pub line: Option<String>,
    /// Bytes of all texts seen, for the rules that count them.
    pub text_bytes: u64,
    /// Input tokens, where a rule counts them.
    pub input_tokens: u64,
    /// Runs of words of the system prompt, for the rule that looks for them in the answer.
    pub system_runs: HashSet<u64>,
    /// The tools offered, for the rule that looks at their calls.
    pub offered: Option<Rc<Offered>>,
    /// The schema that the answer is to have.
    pub wanted: Option<Rc<Schema>>,
    /// An answer without it is thrown away once.
    pub refit: bool,
}

impl Tally {
    pub fn new(enforce: bool) -> Self {
        Self {
            enforce,
            found: Vec::new(),
            notices: Vec::new(),
            refusal: None,
            edits: Edits::new(),
            line: None,
            text_bytes: 0,
            input_tokens: 0,
            system_runs: HashSet::new(),
            offered: None,
            wanted: None,
            refit: false,
        }
    }

    /// Something was found in a text: at these bytes, with this certainty. `why` tells the client what to change.
    pub fn add(
        &mut self,
        what: &'static str,
        action: Action,
        status: Status,
        score: Option<u8>,
        place: Option<(&Said<'_>, Range<usize>)>,
        why: impl FnOnce() -> String,
    ) {
        match self.found.iter_mut().find(|(known, done, _)| *known == what && *done == action) {
            Some((_, _, count)) => *count += 1,
            None => self.found.push((what, action, 1)),
        }
        match action {
            Action::Observe => {}
            Action::Annotate => match self.notices.iter_mut().find(|(known, _)| *known == what) {
                Some((_, known)) => *known = (*known).max(score),
                None => self.notices.push((what, score)),
            },
            Action::Redact if self.enforce => {
                if let Some((said, range)) = place {
                    self.cut(said, range);
                }
            }
            Action::Block if self.enforce && self.refusal.is_none() => {
                self.refusal = Some((status.get() as u16, why()));
            }
            Action::Redact | Action::Block => {}
        }
    }

    /// A schema holds keywords that nobody here checks.
    pub fn add_unchecked(&mut self, what: &'static str) {
        self.add(what, Action::Annotate, Status::of::<400>(), None, None, String::new);
    }

    /// Takes bytes of a decoded text out of the body.
    fn cut(&mut self, said: &Said<'_>, range: Range<usize>) {
        let mut offsets = [range.start, range.end];
        if let Some(raw) = &said.raw {
            raw_offsets(raw.raw(), &mut offsets);
        }
        let [start, end] = offsets;
        self.edits.replace(said.span.start + start..said.span.start + end, REMOVED);
    }

    /// Puts something of ours into the body, where nothing in JSON has to be escaped.
    pub fn put(&mut self, at: usize, what: String) {
        if self.enforce {
            self.edits.replace(at..at, what);
        }
    }

    /// Whether a rule refuses.
    pub fn refuses(&self) -> bool {
        self.refusal.is_some()
    }

    /// Reports, and refuses if that is what a rule wants.
    pub fn finish(self, notes: &mut Notes) -> Result<(), ApiError> {
        for (what, action, count) in self.found {
            let action = match action {
                Action::Observe => "observe",
                Action::Annotate => "annotate",
                _ if !self.enforce => "audit",
                Action::Redact => "redact",
                Action::Block => "refuse",
            };
            notes.findings.push(Finding::new("guard", what, action, count));
        }
        notes.refit |= self.refit && self.enforce;
        if !self.notices.is_empty() {
            let shown = |(what, score): &(&'static str, Option<u8>)| match score {
                Some(score) => format!("{what}={score}"),
                None => (*what).to_owned(),
            };
            let shown: Vec<_> = self.notices.iter().map(shown).collect();
            notes.answer_headers.set("x-postern-guard", &shown.join(","));
        }
        for (span, new) in self.edits.into_sorted() {
            notes.edits.replace(span, new);
        }
        let Some((status, message)) = self.refusal else { return Ok(()) };
        let mut error = ApiError::blocked(message);
        error.status = status;
        Err(error)
    }
}
