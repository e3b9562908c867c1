//! What stands in the place of a value so that the value can be put back: placeholders (`<EMAIL_ADDRESS_1>`) and
//! surrogates of the same form (`user1@example.invalid`). One [`Tokens`] lives as long as its exchange and knows the
//! values of that exchange alone: nothing is kept.
//!
//! Models change what they repeat, so a placeholder is known again in a closed list of spellings: in either case, with
//! brackets missing, escaped (`&lt;`, `\<`, `\u003c`, `%3C`), of other widths, with a space inside them, with `\_` for
//! `_`. Nothing is guessed: a spelling that is not on the list, or a number that was not given, stays as it is.

use std::collections::BTreeMap;
use std::ops::Range;

use crate::pii::shadow::Shadow;
use crate::wire::hmac::hmac;

/// How long a placeholder can be in its longest spelling: what is looked at for the beginning of one.
const LONGEST: usize = 112;
/// The longest number or keyed id.
const MAX_ID: usize = 16;
/// Characters of a keyed id to begin with: 30 bits.
const KEYED_CHARS: usize = 6;

/// How brackets open and close, the usual ones first.
const OPENERS: &[&str] = &["<", "&lt;", "\\u003c", "\\u003C", "\\<", "＜", "〈", "⟨", "%3C", "%3c"];
const CLOSERS: &[&str] = &[">", "&gt;", "\\u003e", "\\u003E", "\\>", "＞", "〉", "⟩", "%3E", "%3e"];

/// The tokens of one exchange.
pub struct Tokens {
    /// Of keyed ids: the tenant's.
    key: Option<[u8; 32]>,
    entries: Vec<Entry>,
    /// By entity and normal form of the value.
    known: BTreeMap<(&'static str, String), usize>,
    /// The last number given out, or found in what the client wrote.
    last: BTreeMap<&'static str, u64>,
}

struct Entry {
    entity: &'static str,
    /// The number or keyed id of a placeholder; empty for a surrogate.
    id: String,
    /// What the model sees.
    shown: String,
    /// What the client does; None for what is never put back.
    original: Option<String>,
}

/// A token found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its bytes, brackets included.
    pub range: Range<usize>,
    /// It is spelled for a URL.
    pub percent: bool,
    /// Where it is one that can be put back: which one.
    entry: Option<usize>,
}

impl Tokens {
    /// None yet. `key`: ids are made of the values, with this key, instead of being counted.
    pub fn new(key: Option<[u8; 32]>) -> Self {
        Self { key, entries: Vec::new(), known: BTreeMap::new(), last: BTreeMap::new() }
    }

    /// Whether there is something to be put back.
    pub fn restores(&self) -> bool {
        self.entries.iter().any(|entry| entry.original.is_some())
    }

    /// The client itself wrote this: no number that stands in it is given out.
    pub fn reserve(&mut self, text: &str, entities: &[&'static str]) {
        each_word(text, |name, id, _| {
            let entity = entities.iter().find(|entity| is_name(name, entity));
            if let (Some(entity), Ok(number)) = (entity, id.parse::<u64>()) {
                let last = self.last.entry(entity).or_default();
                *last = (*last).max(number.min(1 << 40));
            }
        });
    }

    /// The placeholder of a value: always the same one for the same value.
    pub fn placeholder(&mut self, entity: &'static str, value: &str, one_way: bool) -> String {
        let normal = normal(value);
        if let Some(entry) = self.known.get(&(entity, normal.clone())).and_then(|at| self.entries.get(*at)) {
            return entry.shown.clone();
        }
        let id = match &self.key {
            None => self.count(entity).to_string(),
            Some(key) => self.keyed(key, entity, &normal),
        };
        let shown = format!("<{entity}_{id}>");
        self.keep(Entry { entity, id, shown, original: (!one_way).then(|| value.to_owned()) }, normal)
    }

    /// A value of the same form that means nobody; a placeholder for what has no such form. `body`: what it must not
    /// stand in already.
    pub fn surrogate(&mut self, entity: &'static str, value: &str, one_way: bool, body: &[u8]) -> String {
        let normal = normal(value);
        if let Some(entry) = self.known.get(&(entity, normal.clone())).and_then(|at| self.entries.get(*at)) {
            return entry.shown.clone();
        }
        for _ in 0..1000 {
            let Some(shown) = invented(entity, self.count(entity), value) else { break };
            if memchr::memmem::find(body, shown.as_bytes()).is_none() {
                let original = (!one_way).then(|| value.to_owned());
                return self.keep(Entry { entity, id: String::new(), shown, original }, normal);
            }
        }
        self.placeholder(entity, value, one_way)
    }

    fn count(&mut self, entity: &'static str) -> u64 {
        let last = self.last.entry(entity).or_default();
        *last += 1;
        *last
    }

    /// An id of so many characters that no other value of this exchange has it.
    fn keyed(&self, key: &[u8; 32], entity: &'static str, normal: &str) -> String {
        let whole = keyed_id(key, entity, normal);
        let taken = |id: &str| self.entries.iter().any(|entry| entry.entity == entity && entry.id == id);
        let mut ids = (KEYED_CHARS..MAX_ID).filter_map(|len| whole.get(..len)).filter(|id| !taken(id));
        ids.next().unwrap_or(&whole).to_owned()
    }

    fn keep(&mut self, entry: Entry, normal: String) -> String {
        let shown = entry.shown.clone();
        self.known.insert((entry.entity, normal), self.entries.len());
        self.entries.push(entry);
        shown
    }

    /// The tokens in a text, in order.
    pub fn find(&self, text: &str) -> Vec<Found> {
        let mut found = Vec::new();
        each_word(text, |name, id, range| {
            let entry =
                self.entries.iter().position(|entry| entry.id.eq_ignore_ascii_case(id) && is_name(name, entry.entity));
            if let Some(at) = entry {
                let (range, percent) = with_brackets(text, range);
                let entry = self.entries.get(at).and_then(|entry| entry.original.as_ref()).map(|_| at);
                found.push(Found { range, percent, entry });
            }
        });
        for (at, entry) in self.entries.iter().enumerate().filter(|(_, entry)| entry.id.is_empty()) {
            for range in occurrences(text, &entry.shown) {
                found.push(Found { range, percent: false, entry: entry.original.as_ref().map(|_| at) });
            }
        }
        found.sort_by_key(|found| (found.range.start, std::cmp::Reverse(found.range.end)));
        found.dedup_by(|next, kept| next.range.start < kept.range.end);
        found
    }

    /// What stood there; None for what is never put back.
    pub fn original(&self, found: &Found) -> Option<&str> {
        self.entries.get(found.entry?)?.original.as_deref()
    }

    /// How many bytes at the end of a text may be the beginning of a token, or one that goes on.
    pub fn holdback(&self, text: &str) -> usize {
        if self.entries.is_empty() {
            return 0;
        }
        let window = text.ceil_char_boundary(text.len().saturating_sub(LONGEST));
        let tail = text.get(window..).unwrap_or_default();
        let mut before = text.get(..window).and_then(|text| text.chars().next_back());
        for (at, c) in tail.char_indices() {
            let rest = tail.get(at..).unwrap_or_default();
            let free = !before.is_some_and(is_word);
            if self.may_begin(rest, c, free) {
                return rest.len();
            }
            before = Some(c);
        }
        0
    }

    fn may_begin(&self, rest: &str, first: char, free: bool) -> bool {
        let surrogate = |entry: &&Entry| entry.id.is_empty();
        if free && self.entries.iter().filter(surrogate).any(|entry| begins_like(rest, &entry.shown) == Some(true)) {
            return true;
        }
        let mut rest = rest;
        if matches!(first, '<' | '&' | '\\' | '＜' | '〈' | '⟨' | '%') {
            if OPENERS.iter().any(|opener| rest.len() < opener.len() && opener.starts_with(rest)) {
                return true;
            }
            let Some(after) = OPENERS.iter().find_map(|opener| rest.strip_prefix(opener)) else { return false };
            rest = after.strip_prefix(' ').unwrap_or(after);
            if rest.is_empty() {
                return true;
            }
        } else if !(free && first.is_ascii_alphabetic()) {
            return false;
        }
        self.entries.iter().filter(|entry| !entry.id.is_empty()).any(|entry| {
            let Some(after) = after_name(rest, entry.entity) else { return false };
            let Some(after) = after else { return true };
            let id = after.bytes().take_while(u8::is_ascii_alphanumeric).count();
            let Some(after) = after.get(id..).filter(|_| id <= MAX_ID) else { return false };
            // The id may go on, a space or the closing bracket may follow.
            let spaced = after.strip_prefix(' ').unwrap_or(after);
            id > 0 && CLOSERS.iter().any(|closer| spaced.len() < closer.len() && closer.starts_with(spaced))
                || after.is_empty()
        })
    }
}

/// A keyed id: 16 characters of base32, in small letters.
pub fn keyed_id(key: &[u8; 32], entity: &str, normal: &str) -> String {
    let hash = hmac(key, &[entity.as_bytes(), b"\0", normal.as_bytes()].concat());
    let letter = |byte: &u8| {
        char::from(b"abcdefghijklmnopqrstuvwxyz234567".get(usize::from(byte & 31)).copied().unwrap_or(b'a'))
    };
    hash.iter().take(MAX_ID).map(letter).collect()
}

/// What two spellings of one value have in common: letters and digits, however grouped and typed.
pub fn normal(value: &str) -> String {
    let folded = Shadow::new(value);
    let text = String::from_utf8_lossy(folded.bytes()).to_lowercase();
    if text.contains('@') {
        return text;
    }
    let kept: String = text.chars().filter(|c| c.is_alphanumeric() || *c == '+').collect();
    if kept.is_empty() { text } else { kept }
}

/// A value of that form that belongs to nobody.
fn invented(entity: &str, number: u64, value: &str) -> Option<String> {
    Some(match entity {
        // RFC 2606.
        "EMAIL_ADDRESS" => format!("user{number}@example.invalid"),
        // The numbers of the North American plan for films.
        "PHONE_NUMBER" => {
            let (area, line) = (201 + (number - 1) / 100, (number - 1) % 100);
            (area < 1000).then(|| format!("+1-{area}-555-01{line:02}"))?
        }
        "CREDIT_CARD" => {
            let body = format!("400000{:09}", number % 1_000_000_000);
            let check = luhn(&body);
            let digits = format!("{body}{check}");
            let groups: Vec<_> = digits.as_bytes().chunks(4).map(|group| String::from_utf8_lossy(group)).collect();
            groups.join(if value.contains('-') {
                "-"
            } else if value.contains(' ') {
                " "
            } else {
                ""
            })
        }
        // RFC 5737 and RFC 3849.
        "IP_ADDRESS" if value.contains(':') => format!("2001:db8::{number:x}"),
        "IP_ADDRESS" => {
            let net = ["192.0.2", "198.51.100", "203.0.113"].get(((number - 1) / 254) as usize)?;
            format!("{net}.{}", (number - 1) % 254 + 1)
        }
        // No number was ever given out with 000 in front, and the group is what the form allows.
        "US_SSN" => (number < 10_000).then(|| format!("000-00-{number:04}"))?,
        _ => return None,
    })
}

/// The digit that makes a number one of a card.
fn luhn(body: &str) -> u32 {
    let digits = body.chars().rev().filter_map(|c| c.to_digit(10)).enumerate();
    let sum: u32 = digits.map(|(at, digit)| if at % 2 == 0 { digit * 2 / 10 + digit * 2 % 10 } else { digit }).sum();
    (10 - sum % 10) % 10
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether a written name is that of an entity: in either case, its underscores escaped or not.
fn is_name(written: &str, entity: &str) -> bool {
    let mut written = written.bytes().filter(|byte| *byte != b'\\');
    entity.bytes().all(|want| written.next().is_some_and(|got| got.eq_ignore_ascii_case(&want)))
        && written.next().is_none()
}

/// What follows the name and its underscore: None if the text is another, `Some(None)` if it ends before it can be told.
#[expect(clippy::option_option, reason = "three answers")]
fn after_name<'t>(rest: &'t str, entity: &str) -> Option<Option<&'t str>> {
    let mut rest = rest;
    for want in entity.bytes().chain([b'_']) {
        if want == b'_' {
            rest = rest.strip_prefix('\\').unwrap_or(rest);
        }
        let Some(got) = rest.bytes().next() else { return Some(None) };
        if !got.eq_ignore_ascii_case(&want) {
            return None;
        }
        rest = rest.get(1..)?;
    }
    Some(Some(rest))
}

/// Calls `each` for every word of a text that may be a token: its name, its id, and its bytes without brackets.
fn each_word(text: &str, mut each: impl FnMut(&str, &str, Range<usize>)) {
    for joint in memchr::memchr_iter(b'_', text.as_bytes()) {
        let behind = text.get(joint + 1..).unwrap_or_default();
        let len = behind.bytes().take_while(u8::is_ascii_alphanumeric).count();
        let end = joint + 1 + len;
        if len == 0 || len > MAX_ID || matches!(text.as_bytes().get(end), Some(b'_')) {
            continue;
        }
        let front = text.get(..joint).unwrap_or_default();
        let bytes = front.as_bytes();
        let mut start = joint;
        while let Some(byte) = start.checked_sub(1).and_then(|at| bytes.get(at)) {
            let escapes = *byte == b'\\' && matches!(text.as_bytes().get(start), Some(b'_'));
            if !(byte.is_ascii_alphanumeric() || *byte == b'_' || escapes) || joint - start > 64 {
                break;
            }
            start -= 1;
        }
        // An escaped bracket ends in letters.
        let word = front.get(start..).unwrap_or_default();
        let skip = match front.get(..start).and_then(|before| before.chars().next_back()) {
            Some('%') if word.starts_with("3C") || word.starts_with("3c") => 2,
            Some('\\') if word.starts_with("u003c") || word.starts_with("u003C") => 5,
            _ => 0,
        };
        let (name, id) = (front.get(start + skip..).unwrap_or_default(), text.get(joint + 1..end).unwrap_or_default());
        let name = name.strip_suffix('\\').unwrap_or(name);
        each(name, id, start + skip..end);
    }
}

/// The bytes with the brackets around them, and whether those are spelled for a URL.
fn with_brackets(text: &str, word: Range<usize>) -> (Range<usize>, bool) {
    let before = text.get(..word.start).unwrap_or_default();
    let after = text.get(word.end..).unwrap_or_default();
    let opener = |before: &str| OPENERS.iter().filter(|it| before.ends_with(**it)).max_by_key(|it| it.len()).copied();
    let closer = |after: &str| CLOSERS.iter().find(|it| after.starts_with(**it)).copied();
    let spaced = |before: &str| before.strip_suffix(' ').and_then(opener).map(|it| it.len() + 1);
    let opened = opener(before).map(str::len).or_else(|| spaced(before)).unwrap_or(0);
    let closed = closer(after).map(str::len);
    let closed =
        closed.or_else(|| after.strip_prefix(' ').filter(|_| opened > 0).and_then(closer).map(|it| it.len() + 1));
    let percent = opener(before).is_some_and(|it| it.starts_with('%'));
    (word.start - opened..word.end + closed.unwrap_or(0), percent)
}

/// Where a surrogate stands in a text, as a word of its own.
fn occurrences<'t>(text: &'t str, shown: &'t str) -> impl Iterator<Item = Range<usize>> + 't {
    let first = shown.bytes().next().unwrap_or(0);
    let starts = memchr::memchr2_iter(first, first.to_ascii_uppercase(), text.as_bytes());
    starts.filter_map(move |at| {
        let end = at + shown.len();
        let same = text.get(at..end)?.eq_ignore_ascii_case(shown);
        let free = |c: Option<char>| !c.is_some_and(is_word);
        (same && free(text.get(..at)?.chars().next_back()) && free(text.get(end..)?.chars().next())).then_some(at..end)
    })
}

/// Whether a rest of a text may be the beginning of a surrogate, or all of it: then what follows it matters. None: no.
fn begins_like(rest: &str, shown: &str) -> Option<bool> {
    (rest.len() <= shown.len()).then(|| shown.get(..rest.len()).is_some_and(|head| head.eq_ignore_ascii_case(rest)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const E: &str = "EMAIL_ADDRESS";

    fn tokens() -> Tokens {
        let mut tokens = Tokens::new(None);
        assert_eq!(tokens.placeholder(E, "jane@x.io", false), "<EMAIL_ADDRESS_1>");
        assert_eq!(tokens.placeholder(E, "bob@x.io", false), "<EMAIL_ADDRESS_2>");
        assert_eq!(tokens.placeholder("US_SSN", "536-22-8726", true), "<US_SSN_1>");
        tokens
    }

    fn restored(tokens: &Tokens, text: &str) -> String {
        let mut out = text.to_owned();
        for found in tokens.find(text).into_iter().rev() {
            if let Some(original) = tokens.original(&found) {
                out.replace_range(found.range, original);
            }
        }
        out
    }

    #[test]
    fn the_same_value_has_the_same_placeholder_however_it_is_written() {
        let mut tokens = tokens();
        for same in ["jane@x.io", "Jane@X.io", "jane＠x.io"] {
            assert_eq!(tokens.placeholder(E, same, false), "<EMAIL_ADDRESS_1>", "{same}");
        }
        let card = |tokens: &mut Tokens, value| tokens.placeholder("CREDIT_CARD", value, false);
        assert_eq!(card(&mut tokens, "4111 1111 1111 1111"), card(&mut tokens, "4111-1111-1111-1111"));
    }

    #[test]
    fn a_placeholder_is_known_again_in_a_closed_list_of_spellings() {
        let tokens = tokens();
        for (text, want) in [
            ("to <EMAIL_ADDRESS_1>.", "to jane@x.io."),
            ("<email_address_2>'s", "bob@x.io's"),
            ("EMAIL_ADDRESS_1, `EMAIL_ADDRESS_2`", "jane@x.io, `bob@x.io`"),
            ("&lt;EMAIL_ADDRESS_1&gt;", "jane@x.io"),
            ("\\<EMAIL\\_ADDRESS\\_1\\>", "jane@x.io"),
            ("\\u003cEMAIL_ADDRESS_1\\u003e", "jane@x.io"),
            ("< EMAIL_ADDRESS_1 >", "jane@x.io"),
            ("＜EMAIL_ADDRESS_1＞是", "jane@x.io是"),
            ("%3CEMAIL_ADDRESS_1%3E", "jane@x.io"),
            ("[EMAIL_ADDRESS_1](x)", "[jane@x.io](x)"),
            ("<EMAIL_ADDRESS_1", "jane@x.io"),
            // Not these.
            ("<EMAIL_ADDRESS_7>", "<EMAIL_ADDRESS_7>"),
            ("<EMAIL_ADDRESS_12>", "<EMAIL_ADDRESS_12>"),
            ("<EMAIL_ADDRES_1>", "<EMAIL_ADDRES_1>"),
            ("MY_EMAIL_ADDRESS_1", "MY_EMAIL_ADDRESS_1"),
            ("EMAIL_ADDRESS_1_OLD", "EMAIL_ADDRESS_1_OLD"),
            ("<PERSON_1>", "<PERSON_1>"),
            // One way.
            ("<US_SSN_1>", "<US_SSN_1>"),
        ] {
            assert_eq!(restored(&tokens, text), want, "{text}");
        }
    }

    #[test]
    fn what_may_still_become_a_token_is_held_and_nothing_else() {
        let tokens = tokens();
        let spellings = [
            "<EMAIL_ADDRESS_1>",
            "&lt;EMAIL_ADDRESS_2&gt;",
            "\\<EMAIL\\_ADDRESS\\_1\\>",
            "< EMAIL_ADDRESS_1 >",
            "＜EMAIL_ADDRESS_1＞",
        ];
        for spelling in spellings {
            for (at, _) in spelling.char_indices().skip(1) {
                let text = format!("mail {}", spelling.get(..at).unwrap());
                assert_eq!(tokens.holdback(&text), at, "{text}");
            }
            assert_eq!(tokens.holdback(&format!("mail {spelling}")), 0, "{spelling}");
        }
        for (text, hold) in [
            ("a plain text", 0),
            ("<b>", 0),
            ("a <", 1),
            ("x EMAIL", 5),
            ("xEMAIL", 0),
            ("EMAIL_ADDRESS_1", 15),
            ("EMAIL_ADDRESS_1.", 0),
            ("<EMAIL_ADDRESS_1 and", 0),
        ] {
            assert_eq!(tokens.holdback(text), hold, "{text}");
        }
        assert_eq!(Tokens::new(None).holdback("a <"), 0);
    }

    #[test]
    fn numbers_that_the_client_wrote_are_not_given_out() {
        let mut tokens = Tokens::new(None);
        tokens.reserve("what is <EMAIL_ADDRESS_3>, &lt;email\\_address\\_5&gt; and call_9?", &[E]);
        assert_eq!(tokens.placeholder(E, "a@x.io", false), "<EMAIL_ADDRESS_6>");
        assert_eq!(restored(&tokens, "<EMAIL_ADDRESS_3>"), "<EMAIL_ADDRESS_3>");
    }

    #[test]
    fn keyed_ids_depend_on_value_entity_and_key_alone() {
        let of = |key: u8, value: &str| Tokens::new(Some([key; 32])).placeholder(E, value, false);
        assert_eq!(of(1, "jane@x.io"), of(1, "JANE@x.io"));
        assert_ne!(of(1, "jane@x.io"), of(2, "jane@x.io"));
        assert_ne!(of(1, "jane@x.io"), of(1, "bob@x.io"));
        let mut tokens = Tokens::new(Some([1; 32]));
        let shown = tokens.placeholder(E, "jane@x.io", false);
        assert_eq!(restored(&tokens, &shown.to_uppercase()), "jane@x.io");
    }

    #[test]
    fn surrogates_have_the_form_of_the_value_and_are_put_back() {
        let mut tokens = Tokens::new(None);
        let body = b"already: user1@example.invalid";
        let rows = [
            (E, "jane@x.io", "user2@example.invalid"),
            ("PHONE_NUMBER", "+41 44 668 18 00", "+1-201-555-0100"),
            ("IP_ADDRESS", "10.1.2.3", "192.0.2.1"),
            ("CREDIT_CARD", "4111 1111 1111 1111", "4000 0000 0000 0010"),
            ("IBAN_CODE", "GB82 WEST 1234 5698 7654 32", "<IBAN_CODE_2>"),
        ];
        for (entity, value, want) in rows {
            let shown = tokens.surrogate(entity, value, false, body);
            if entity != "CREDIT_CARD" {
                assert_eq!(shown, want);
            }
            assert_eq!(tokens.surrogate(entity, value, false, body), shown);
            assert_eq!(restored(&tokens, &format!("it is {shown}, yes")), format!("it is {value}, yes"));
            for len in 1..shown.len() {
                let text = format!("it is {}", shown.get(..len).unwrap());
                assert!(tokens.holdback(&text) >= len, "{text}");
            }
        }
        assert_eq!(restored(&tokens, "xuser2@example.invalid 192.0.2.12"), "xuser2@example.invalid 192.0.2.12");
    }
}
