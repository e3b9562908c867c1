//! The answer's side of redaction: what was replaced in the request is put back, and what is new is treated as the rules
//! say. Both look at the model's own words, so a value that was put back is not taken for a new one.

use std::ops::Range;
use std::rc::Rc;

use super::rules::{Action, Actions};
use super::tokens::{Found, Tokens};
use super::{SetUp, Tally, Unreadable};
use crate::format::lanes::{Ending, Passage, Said, Verdict};
use crate::format::view::Replacement;
use crate::pii::Hit;
use crate::policy::{AnswerStage, Direction, Finding};

/// How much of what was let go is scanned again: labels stand in front of what they name.
const LABEL_BYTES: usize = 96;
/// An unbroken word of so many bytes may be an address that began before what is still known.
const LONG_WORD: usize = 400;

/// What is known of the request.
pub(super) struct Restoring {
    pub tokens: Tokens,
    pub key: Option<[u8; 32]>,
}

/// One answer.
pub(super) struct Answer {
    set_up: Rc<SetUp>,
    request: Restoring,
    actions: Actions,
    looks: bool,
    tally: Tally,
    restored: u64,
    unread: u64,
    hits: Vec<Hit>,
}

impl Answer {
    pub fn new(set_up: Rc<SetUp>, request: Restoring, actions: Actions) -> Self {
        let looks = actions.any(|action| action != Action::Off);
        Self { set_up, request, actions, looks, tally: Tally::default(), restored: 0, unread: 0, hits: Vec::new() }
    }

    /// Whether a token may become its value where it stands.
    fn may_restore(&self, passage: &Passage<'_>, found: &Found) -> bool {
        let restore = &self.set_up.restore;
        let there = match passage.said {
            Said::Text | Said::Reasoning | Said::Refusal | Said::Other => true,
            Said::Arguments => restore.tools.iter().any(|tool| tool.matches(passage.tool)),
            Said::Link => restore.urls,
            Said::Foreign => false,
        };
        there && (restore.urls || !found.percent && !is_address(passage.text, found.range.start))
    }

    /// What is new in a passage; None: the answer ends.
    fn new_finds(&mut self, passage: &Passage<'_>, ours: &[Found], decided: usize) -> Option<Vec<Replacement>> {
        let text = passage.text;
        let from = text.floor_char_boundary(passage.start.saturating_sub(LABEL_BYTES));
        let seen = text.get(from..).unwrap_or_default();
        let mut hits = std::mem::take(&mut self.hits);
        hits.clear();
        self.set_up.scanner.scan(seen, passage.field, &mut hits);
        let mut changes = Vec::new();
        let mut ends = false;
        for hit in &hits {
            let range = from + hit.start..from + hit.end;
            let value = text.get(range.clone()).unwrap_or_default();
            // What the model made up has nobody to be put back for.
            let action = match self.actions.of(hit.detector.entity) {
                Action::Pseudonymise => Action::Redact,
                action => action,
            };
            let known = range.end <= passage.start
                || ours.iter().any(|found| meet(&found.range, &range))
                || SetUp::is_token(seen, hit);
            if known || action == Action::Off || self.set_up.allowed.has(value) {
                continue;
            }
            // What ends the answer does so now, though more text might have changed what it is.
            let blocks = action == Action::Block && !self.set_up.audit;
            ends |= blocks;
            if blocks || range.end <= decided {
                self.tally.count(hit.detector.entity, action);
            }
            if self.set_up.audit {
                continue;
            }
            let Restoring { tokens, key } = &mut self.request;
            if let Some(with) = self.set_up.replacement(hit.detector, value, action, tokens, key.as_ref(), b"") {
                changes.push(Replacement { range, with });
            }
        }
        self.hits = hits;
        (!ends).then_some(changes)
    }
}

impl AnswerStage for Answer {
    fn on_text(&mut self, passage: &Passage<'_>) -> Verdict {
        let text = passage.text;
        let mut hold = self.request.tokens.holdback(text);
        if self.looks {
            hold = hold.max(holdback(&self.set_up, text));
        }
        let hold = if passage.end { 0 } else { hold.min(text.len() - passage.start) };
        let decided = text.len() - hold;
        let ours = self.request.tokens.find(text);
        let mut changes = Vec::new();
        if self.looks {
            match self.new_finds(passage, &ours, decided) {
                Some(new) => changes = new,
                None => return Verdict::End(Ending { message: String::new(), stop_upstream: true }),
            }
        }
        for found in ours.iter().filter(|found| found.range.end > passage.start) {
            let Some(original) = self.request.tokens.original(found) else { continue };
            if !self.may_restore(passage, found) {
                continue;
            }
            let with = if found.percent { percent_encoded(original) } else { original.to_owned() };
            if found.range.end <= decided {
                self.restored += 1;
            }
            changes.push(Replacement { range: found.range.clone(), with });
        }
        changes.sort_by_key(|change| change.range.start);
        Verdict::Pass { changes, hold }
    }

    fn lets_unreadable_pass(&mut self) -> bool {
        self.unread += 1;
        self.set_up.audit || self.set_up.unreadable == Unreadable::Allow
    }

    fn may_end(&self) -> bool {
        self.actions.any(|action| action == Action::Block)
    }

    fn findings(&self) -> Vec<Finding> {
        let mut findings: Vec<_> = self.tally.findings(self.set_up.audit, Direction::Response).collect();
        let mut add = |what, action, count| {
            if count > 0 {
                let finding = Finding::new("redact", what, action, count);
                findings.push(Finding { direction: Direction::Response, ..finding });
            }
        };
        add("placeholder", "restore", self.restored);
        let allows = self.set_up.audit || self.set_up.unreadable == Unreadable::Allow;
        add("unreadable", if allows { "allow" } else { "refuse" }, self.unread);
        findings
    }
}

/// How much of the end of a text may still become something. Scripts without spaces end a word with each character.
fn holdback(set_up: &SetUp, text: &str) -> usize {
    let hold = set_up.scanner.holdback(text);
    let held = text.get(text.len().saturating_sub(hold)..).unwrap_or_default();
    if held.contains("-----BEGIN ") {
        return hold;
    }
    let ends_words =
        |c: char| matches!(c, '\u{2E80}'..='\u{9FFF}' | '\u{AC00}'..='\u{D7AF}' | '\u{20000}'..='\u{3FFFF}');
    held.rfind(ends_words).map_or(hold, |at| {
        let after = held.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        held.len() - at - after
    })
}

fn meet(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}

/// Whether what stands at `at` is part of an address: of a URL, a link's or picture's target, a tag of HTML.
fn is_address(text: &str, at: usize) -> bool {
    let before = text.get(..at).unwrap_or_default();
    let breaks = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '|');
    let word = before.rfind(breaks).map_or(before, |end| before.get(end..).unwrap_or_default());
    let word = word.to_ascii_lowercase();
    if word.len() >= LONG_WORD || ["//", "www.", "mailto:", "tel:", "data:"].iter().any(|it| word.contains(it)) {
        return true;
    }
    // `[text](target`, spaces and all, and `[text]: target`.
    let target = before.rfind("](").map(|open| before.get(open + 2..).unwrap_or_default());
    if target.is_some_and(|target| !target.contains([')', '\n'])) {
        return true;
    }
    let line = before.rsplit('\n').next().unwrap_or_default();
    if line.trim_start().starts_with('[') && line.trim_end().ends_with("]:") {
        return true;
    }
    // `<img src=`: our own tokens are no tags.
    let tag = before.rfind('<').map(|open| before.get(open + 1..).unwrap_or_default());
    tag.is_some_and(|tag| !tag.contains('>') && tag.contains('=') && tag.starts_with(|c: char| c.is_ascii_alphabetic()))
}

/// A value for a URL: what is not a letter, digit or one of `-._~` as `%XX`.
fn percent_encoded(value: &str) -> String {
    let mut out = String::with_capacity(value.len() * 2);
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_known_by_what_stands_before() {
        for (text, want) in [
            ("write to @", false),
            ("see https://x.io/?q=@", true),
            ("![pic](https://x.io/@", true),
            ("[a](@", true),
            ("[a](<some target @", true),
            ("[a](b) and @", false),
            ("[a]: @", true),
            ("<img src=@", true),
            ("<img src=\"//x.io/\" alt=\"@", true),
            ("a < b and @", false),
            ("(mailto:@", true),
            ("www.x.io/@", true),
            ("{\"url\":\"https://x.io\",\"to\":\"@", false),
        ] {
            assert_eq!(is_address(text, text.find('@').unwrap()), want, "{text}");
        }
        assert!(is_address(&format!("{}@", "x".repeat(LONG_WORD)), LONG_WORD));
    }
}
