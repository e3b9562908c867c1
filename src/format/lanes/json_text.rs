//! JSON that arrives as text, in pieces: the arguments of a call. What it spells is shown with the escapes inside its
//! strings undone, since that is where a model's reader will see it, and a change is escaped again as deep as it stands.

use std::borrow::Cow;
use std::ops::Range;

use crate::wire::json::escape;

/// How far a text of JSON has been read: whether the next byte stands in a string.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct State {
    string: bool,
    /// The string itself begins like JSON, so that what it spells is escaped once more.
    nested: bool,
    /// Only white space of the string was seen.
    fresh: bool,
}

impl State {
    fn step(&mut self, unit: &str) {
        match (self.string, unit) {
            (false, "\"") => *self = Self { string: true, nested: false, fresh: true },
            (false, _) => {}
            (true, "\"") => *self = Self::default(),
            (true, _) if self.fresh => {
                self.nested = matches!(unit, "{" | "[");
                self.fresh = matches!(unit, " " | "\\n" | "\\t" | "\\r");
            }
            (true, _) => {}
        }
    }

    /// Reads on over a text that ends where an escape may not be cut.
    pub fn skip(&mut self, text: &str) {
        let mut rest = text;
        while let Some(len) = unit_len(rest, self.string).filter(|len| *len > 0) {
            self.step(rest.get(..len).unwrap_or_default());
            rest = rest.get(len..).unwrap_or_default();
        }
    }
}

/// How long the next unit is: a character, or an escape in a string. None: there is none, or it is not all there.
fn unit_len(rest: &str, string: bool) -> Option<usize> {
    let first = rest.chars().next()?;
    if first != '\\' || !string {
        return Some(first.len_utf8());
    }
    let bytes = rest.as_bytes();
    match bytes.get(1)? {
        b'u' => {
            let code = hex(bytes.get(2..6)?);
            if !matches!(code, Some(0xd800..0xdc00)) {
                return Some(code.map_or(2, |_| 6));
            }
            // The first half of a character: the other may follow.
            match bytes.get(6..8) {
                Some(b"\\u") => {
                    let low = hex(bytes.get(8..12)?);
                    Some(if matches!(low, Some(0xdc00..0xe000)) { 12 } else { 6 })
                }
                None if matches!(bytes.get(6), None | Some(b'\\')) => None,
                _ => Some(6),
            }
        }
        _ => rest.chars().nth(1).map(|next| 1 + next.len_utf8()),
    }
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0, |sum, &digit| Some(sum * 16 + (digit as char).to_digit(16)?))
}

/// A text of JSON with its strings' escapes undone.
pub(super) struct View<'t> {
    /// What it spells.
    pub text: Cow<'t, str>,
    /// Where an escape stood: the place in `text` behind it, and in the original. Ascending.
    marks: Vec<(usize, usize)>,
    /// How much of the original it shows: less than all where an escape is not all there yet.
    pub shown: usize,
}

impl<'t> View<'t> {
    /// A text that is none of JSON.
    pub fn unchanged(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), marks: Vec::new(), shown: text.len() }
    }

    /// `state`: at the text's first byte. `end`: nothing follows, so half an escape is all there is.
    pub fn new(text: &'t str, state: State, end: bool) -> Self {
        if memchr::memchr(b'\\', text.as_bytes()).is_none() {
            return Self { text: Cow::Borrowed(text), marks: Vec::new(), shown: text.len() };
        }
        let (mut out, mut marks) = (String::with_capacity(text.len()), Vec::new());
        let (mut state, mut at) = (state, 0);
        while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
            let Some(len) = unit_len(rest, state.string) else { break };
            let unit = rest.get(..len).unwrap_or_default();
            state.step(unit);
            at += len;
            if len > 1 && unit.starts_with('\\') {
                out.push_str(&crate::wire::json::unescape(unit));
                marks.push((out.len(), at));
            } else {
                out.push_str(unit);
            }
        }
        if end && at < text.len() {
            out.push_str(text.get(at..).unwrap_or_default());
            at = text.len();
        }
        Self { text: Cow::Owned(out), marks, shown: at }
    }

    /// Where a place of [`View::text`] lies in the original: for a start in front of an escape, for an end behind it.
    pub fn original(&self, at: usize) -> usize {
        let before = self.marks.partition_point(|(shown, _)| *shown <= at);
        match before.checked_sub(1).and_then(|last| self.marks.get(last)) {
            None => at,
            Some((shown, original)) => original + (at - shown),
        }
    }

    /// Where a place of the original lies in [`View::text`]; the next one that is no half of an escape.
    pub fn shown_at(&self, original: usize) -> usize {
        let (mut low, mut high) = (0, self.text.len());
        while low < high {
            let middle = (low + high) / 2;
            if self.original(middle) < original { low = middle + 1 } else { high = middle }
        }
        low
    }
}

/// What to put in the place of `range` of a text of JSON so that it spells `with`: escaped as deep as it stands, and
/// made a string where it stands in none.
pub(super) fn escaped(text: &str, mut state: State, range: &Range<usize>, with: &str) -> String {
    state.skip(text.get(..range.start).unwrap_or_default());
    let mut out = Vec::with_capacity(with.len() + 2);
    escape(&mut out, with);
    if state.nested {
        let once = String::from_utf8(std::mem::take(&mut out)).unwrap_or_default();
        escape(&mut out, &once);
    }
    if !state.string {
        out.insert(0, b'"');
        out.push(b'"');
    }
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_of_json_is_shown_as_it_is_meant_and_places_are_found_again() {
        let rows = [
            (r#"{"a":"x\u0040y.io"}"#, r#"{"a":"x@y.io"}"#),
            (r#"{"a":"\ud83d\ude00!"}"#, r#"{"a":"😀!"}"#),
            (r#"{"a":"\"q\" \\ \n"}"#, "{\"a\":\"\"q\" \\ \n\"}"),
            (r#"\u0040 outside"#, r#"\u0040 outside"#),
        ];
        for (text, want) in rows {
            let view = View::new(text, State::default(), true);
            assert_eq!(view.text, want);
            for (at, _) in view.text.char_indices() {
                assert_eq!(view.shown_at(view.original(at)), at, "{text} {at}");
            }
            assert_eq!(view.original(view.text.len()), text.len());
        }
    }

    #[test]
    fn half_an_escape_is_waited_for() {
        for (text, shown) in [(r#"{"a\"#, 3), (r#"{"a\u00"#, 3), (r#"{"a\ud83d"#, 3), (r#"{"a\ud83d\u"#, 3)] {
            assert_eq!(View::new(text, State::default(), false).shown, shown, "{text}");
            assert_eq!(View::new(text, State::default(), true).shown, text.len(), "{text}");
        }
    }

    #[test]
    fn a_change_is_escaped_as_deep_as_it_stands() {
        let rows = [
            (r#"{"a":"X"}"#, 6..7, r#"{"a":"O\"B"}"#),
            (r#"{"a":"{\"b\":\"X\"}"}"#, 15..16, r#"{"a":"{\"b\":\"O\\\"B\"}"}"#),
            (r#"{"a":7}"#, 5..6, r#"{"a":"O\"B"}"#),
        ];
        for (text, range, want) in rows {
            let with = escaped(text, State::default(), &range, "O\"B");
            let mut changed = text.to_owned();
            changed.replace_range(range, &with);
            assert_eq!(changed, want);
        }
    }
}
