//! Words around a candidate: labels that speak for a detector, and labels of other kinds of number that speak against.
//!
//! One automaton over all words of the chosen detectors. It is only asked when a candidate has passed its own check and
//! still needs a word, and then reads a window, never the text: [`BEFORE`] bytes in front, [`BEHIND`] behind up to the
//! end of the clause. The nearest word wins, save in tables (CSV, TSV, Markdown), where the column's heading does.

use super::{Detector, Need};
use aho_corasick::{Anchored, automaton::Automaton, automaton::StateID, nfa::contiguous::NFA};

/// How far in front of a candidate a word counts: some eight words, or a JSON key and its punctuation.
const BEFORE: usize = 72;
/// How far behind: `... is my social security number`.
const BEHIND: usize = 40;
/// A word that names (see [`Need::Named`]) is as near as this in front, or as [`AFTER`] behind.
const NAMED: usize = 24;
const AFTER: usize = 2;
/// A word that speaks against is as near as this, in the same clause.
const DENIED: usize = 48;

/// Words that name a number nobody has to hide. They win over a farther word that speaks for it.
const DENIALS: &[&str] = &[
    "order",
    "invoice",
    "version",
    "sku",
    "commit",
    "isbn",
    "issn",
    "tracking",
    "ticket",
    "build",
    "serial",
    "part no",
    "part number",
    "model",
    "item",
    "ref",
    "reference",
    "case",
    "receipt",
    "transaction",
    "txn",
    "timestamp",
    "epoch",
    "ean",
    "upc",
    "gtin",
    "barcode",
    "pid",
    "page",
    "pages",
    "figure",
    "section",
    "chapter",
    "score",
    "population",
    "latitude",
    "longitude",
    "hash",
    "sha",
    "sha1",
    "sha256",
    "md5",
    "uuid",
    "guid",
    "batch",
    "lot",
    "catalog",
    "doi",
    "oid",
    "dhl",
    "ups",
    "usps",
    "fedex",
    "colis",
    "rfc",
    "issue",
    "quantity",
    "qty",
    "coordinates",
    "revision",
    "checksum",
    "snowflake",
    "message id",
    "message",
    "channel",
    "channels",
    "tweet",
    "user id",
    "trace",
    "request id",
    "req",
    "session id",
    "asin",
    "po number",
    "purchase order",
    "part",
    "product",
    "firmware",
    "release",
    "bestellung",
    "bestellnummer",
    "rechnung",
    "rechnungsnummer",
    "artikelnummer",
    "auftrag",
    "seriennummer",
    "sendungsnummer",
    "commande",
    "facture",
    "colis",
    "pedido",
    "factura",
    "ordine",
    "fattura",
    "zamówienie",
    "faktura",
    "bestelling",
    "factuur",
    "encomenda",
    "fatura",
    "sipariş",
    "заказ",
    "заказа",
    "счёт",
    "счет",
    "накладная",
    "订单",
    "发票",
    "版本",
    "注文",
    "請求書",
    "주문",
    "송장",
];

/// A set of detectors, by their places.
#[derive(Clone, Copy, Default)]
struct Places([u64; 8]);

impl Places {
    fn add(&mut self, place: u16) {
        if let Some(word) = self.0.get_mut(usize::from(place / 64)) {
            *word |= 1 << (place % 64);
        }
    }

    fn join(&mut self, other: &Places) {
        for (mine, other) in self.0.iter_mut().zip(other.0) {
            *mine |= other;
        }
    }

    fn has(&self, place: u16) -> bool {
        self.0.get(usize::from(place / 64)).is_some_and(|word| word >> (place % 64) & 1 == 1)
    }
}

/// Whom a word speaks for, and whom against.
#[derive(Default)]
struct Meaning {
    speaks_for: Places,
    against: Places,
    /// Against all it does not speak for.
    against_all: bool,
}

/// What one row says of a word.
enum Says {
    For(u16),
    Against(u16),
    AgainstAll,
}

/// The words of the chosen detectors.
pub struct Words {
    automaton: Option<NFA>,
    /// For each pattern what it means, sorted as the automaton's patterns.
    meanings: Vec<Meaning>,
}

/// A word seen: where, and which.
#[derive(Clone, Copy)]
struct Seen {
    start: usize,
    end: usize,
    word: usize,
}

/// What the surroundings say about one candidate and one detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// One of its words, of this length, is this many bytes away.
    Label {
        /// Bytes between.
        gap: usize,
        /// Bytes of the word: the longer, the more it says.
        length: usize,
    },
    /// The nearest word names something else.
    Denied,
    /// No word.
    None,
}

/// The words read so far. Candidates come from left to right, so the automaton goes on where it stopped and reads no
/// byte in front of a candidate twice.
#[derive(Default)]
pub struct Around {
    state: Option<StateID>,
    read: usize,
    front: Vec<Seen>,
    /// The candidate that the following is about.
    place: Option<(usize, usize)>,
    behind: Vec<Seen>,
    heading: Vec<Seen>,
    /// The detectors that some word near the candidate speaks for.
    named: Places,
    /// The table the last candidate in one stood in.
    table: Option<Table>,
    /// Words of the field's name, and its length.
    field: Vec<Seen>,
    field_len: usize,
}

/// Lines that one after the other have as many of the same delimiter.
#[derive(Clone, Copy)]
struct Table {
    delimiter: u8,
    delimiters: usize,
    /// Where the first line starts; none if it was too far away to look for.
    heading: Option<usize>,
    /// Where the last line known to belong starts.
    last: usize,
}

/// No line of a table is longer, and no table has more lines in which nothing needs a word.
const TABLE_LINE: usize = 512;
const TABLE_LINES: usize = 256;

/// If the candidate is all of a table's cell: the heading of its column.
fn heading(
    text: &[u8],
    start: usize,
    end: usize,
    table: &mut Option<Table>,
    work: &mut usize,
) -> Option<(usize, usize)> {
    let at = |i: usize| text.get(i).copied().unwrap_or(b'\n');
    let padding = |b: &&u8| matches!(b, b' ' | b'"' | b'\'');
    let behind = end + text.get(end..)?.iter().take(32).take_while(padding).count();
    let front = start - text.get(..start)?.iter().rev().take(32).take_while(padding).count();
    let before = if front == 0 { b'\n' } else { at(front - 1) };
    let delimiter = [at(behind), before].into_iter().find(|b| matches!(b, b',' | b';' | b'\t' | b'|'))?;
    if ![delimiter, b'\n', b'\r'].contains(&at(behind)) || ![delimiter, b'\n'].contains(&before) {
        return None;
    }
    // The line that ends at `end` (its newline): where it starts.
    let line_start = |end: usize| {
        let near = text.get(end.saturating_sub(TABLE_LINE)..end)?;
        match memchr::memrchr(b'\n', near) {
            Some(newline) => Some(end - near.len() + newline + 1),
            None => (near.len() == end).then_some(0),
        }
    };
    let count =
        |from: usize, to: usize| text.get(from..to).unwrap_or_default().iter().filter(|b| **b == delimiter).count();
    let line = line_start(start)?;
    let rest = text.get(end..text.len().min(end + TABLE_LINE))?;
    let line_end = end + memchr::memchr(b'\n', rest).unwrap_or(rest.len());
    *work += line_end - line;
    let (column, delimiters) = (count(line, start), count(line, line_end));
    let known = table.filter(|t| (t.delimiter, t.delimiters) == (delimiter, delimiters));
    // Upwards to the first line, or to one seen before.
    let mut first = Some(line);
    for lines in 0.. {
        let Some(from) = first.filter(|_| lines < TABLE_LINES) else {
            first = None;
            break;
        };
        if let Some(known) = known.filter(|t| t.last == from) {
            first = known.heading;
            break;
        }
        let above = from.checked_sub(1).and_then(|newline| Some((line_start(newline)?, newline)));
        let Some((above, newline)) = above.filter(|&(a, n)| count(a, n) == delimiters) else {
            break;
        };
        *work += newline - above;
        first = Some(above);
    }
    *table = Some(Table { delimiter, delimiters, heading: first, last: line });
    let mut from = first.filter(|first| *first < line)?;
    let cell = |from: usize| {
        let near = text.get(from..text.len().min(from + TABLE_LINE))?;
        Some(from + near.iter().position(|b| *b == delimiter || *b == b'\n').unwrap_or(near.len()))
    };
    for _ in 0..column {
        from = cell(from)? + 1;
    }
    Some((from, cell(from)?))
}

impl Around {
    /// Reads the text from its beginning again.
    pub fn rewind(&mut self) {
        let field = std::mem::take(&mut self.field);
        *self = Around { field, field_len: self.field_len, ..Around::default() };
    }

    /// Whether a word near the candidate last looked at speaks for the detector.
    pub fn speaks_for(&self, detector: u16) -> bool {
        self.named.has(detector)
    }
}

impl Words {
    /// Collects the words of the detectors, and the denials.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        // Sorted, so that what is said of one word stands together.
        let mut said: Vec<(String, Says)> = Vec::new();
        said.extend(DENIALS.iter().flat_map(|word| spellings(word)).map(|word| (word, Says::AgainstAll)));
        for (place, detector) in (0u16..).zip(detectors) {
            let words = |words: &[&str]| words.iter().flat_map(|word| spellings(word)).collect::<Vec<_>>();
            said.extend(words(detector.context).into_iter().map(|word| (word, Says::For(place))));
            said.extend(words(detector.against).into_iter().map(|word| (word, Says::Against(place))));
        }
        said.sort_unstable_by(|(one, _), (other, _)| one.cmp(other));
        let (mut words, mut meanings): (Vec<String>, Vec<Meaning>) = (Vec::new(), Vec::new());
        for (word, says) in said {
            if words.last() != Some(&word) {
                words.push(word);
                meanings.push(Meaning::default());
            }
            let Some(meaning) = meanings.last_mut() else { continue };
            match says {
                Says::For(place) => meaning.speaks_for.add(place),
                Says::Against(place) => meaning.against.add(place),
                Says::AgainstAll => meaning.against_all = true,
            }
        }
        // Only fails when the words together exceed the automaton's 2^31 states.
        let automaton = NFA::builder().ascii_case_insensitive(true).prefilter(false).build(&words).ok();
        Words { automaton, meanings }
    }

    /// Whether a word speaks for the detector or against it.
    fn verdict(&self, seen: &Seen, detector: u16) -> Option<bool> {
        let meaning = self.meanings.get(seen.word)?;
        if meaning.speaks_for.has(detector) {
            Some(true)
        } else if meaning.against_all || meaning.against.has(detector) {
            Some(false)
        } else {
            None
        }
    }

    /// Walks the automaton over `text[from..to]`, collecting the words that end there; returns its state.
    fn walk(
        &self,
        text: &[u8],
        from: usize,
        to: usize,
        state: Option<StateID>,
        seen: &mut Vec<Seen>,
    ) -> Option<StateID> {
        let automaton = self.automaton.as_ref()?;
        let mut state = state.or_else(|| automaton.start_state(Anchored::No).ok())?;
        for (place, &byte) in text.get(from..to).unwrap_or_default().iter().enumerate() {
            state = automaton.next_state(Anchored::No, state, byte);
            if automaton.is_match(state) {
                let end = from + place + 1;
                for index in 0..automaton.match_len(state) {
                    let pattern = automaton.match_pattern(state, index);
                    let start = end - automaton.pattern_len(pattern);
                    if is_word(text, start, end) {
                        seen.push(Seen { start, end, word: pattern.as_usize() });
                    }
                }
            }
        }
        Some(state)
    }

    /// Reads the field's name, once per text.
    pub fn field(&self, name: &str, around: &mut Around) {
        self.walk(name.as_bytes(), 0, name.len(), None, &mut around.field);
        around.field_len = name.len();
    }

    /// Reads around the candidate `start..end`, if it was not the last one read around.
    pub fn look(&self, text: &[u8], start: usize, end: usize, around: &mut Around, work: &mut usize) {
        if around.place == Some((start, end)) {
            return;
        }
        around.place = Some((start, end));
        if start > around.read {
            // Far behind: what lies between is out of every window, save for the beginning of a word.
            let from = if start - around.read > 2 * BEFORE { start - 2 * BEFORE } else { around.read };
            let state = around.state.take().filter(|_| from == around.read);
            around.front.retain(|s| s.end + 2 * BEFORE > start);
            around.state = self.walk(text, from, start, state, &mut around.front);
            around.read = start;
            *work += start - from;
        }
        around.heading.clear();
        if let Some((from, to)) = heading(text, start, end, &mut around.table, work) {
            self.walk(text, from, to, None, &mut around.heading);
        }
        // Behind a number in data or code there are no words about it.
        let at = |place: usize| text.get(place).copied().unwrap_or(0);
        let word = |b: u8| b.is_ascii_alphabetic() || b >= 0x80 || matches!(b, b'(' | b'-');
        let spoken = match at(end) {
            b',' => at(end + 1) == b' ' && word(at(end + 2)),
            b' ' => word(at(end + 1)),
            byte => word(byte),
        };
        let near = text.get(end..).unwrap_or_default().iter().take(if spoken { BEHIND } else { 0 });
        let stop = |b: &&u8| !matches!(b, b'.' | b';' | b'\n' | b'!' | b'?' | b'|' | b'\t' | b'{' | b'}');
        let clause = near.take_while(stop).count();
        *work += clause;
        around.behind.clear();
        self.walk(text, end, end + clause, None, &mut around.behind);
        around.named = Places::default();
        let front = around.front.iter().filter(|s| s.end <= start && start - s.end <= BEFORE);
        for seen in around.behind.iter().chain(&around.heading).chain(&around.field).chain(front) {
            if let Some(meaning) = self.meanings.get(seen.word) {
                around.named.join(&meaning.speaks_for);
            }
        }
    }

    /// What the surroundings last looked at say about `detector`.
    pub fn evidence(&self, text: &[u8], detector: u16, need: Need, around: &Around) -> Evidence {
        let labelled = around.named.has(detector);
        let Some((start, end)) = around.place.filter(|_| labelled || need == Need::NoDenial) else {
            return Evidence::None;
        };
        let label = |(gap, length): (usize, usize)| Evidence::Label { gap, length };
        let heading = around.heading.iter().rev().find_map(|s| Some((self.verdict(s, detector)?, s.end - s.start)));
        match heading {
            Some((true, length)) => return label((0, length)),
            Some((false, _)) => return Evidence::Denied,
            None => {}
        }
        // The nearest word, of those as near the longest.
        let nearest = |seen: &[Seen], mine: bool, anchor: usize, most: usize| {
            let near = seen.iter().filter(|s| s.end <= anchor && anchor - s.end <= most);
            let mine = near.filter(|s| self.verdict(s, detector) == Some(mine));
            mine.map(|s| (anchor - s.end, s.end - s.start)).min_by_key(|(gap, len)| (*gap, usize::MAX - len))
        };
        let far = if need == Need::Named { NAMED } else { BEFORE };
        let own = nearest(&around.front, true, start, far);
        let denial =
            nearest(&around.front, false, start, DENIED).filter(|(gap, _)| one_clause(text, start - gap, start));
        match (own, denial) {
            (Some(own), Some(denial)) if own.0 <= denial.0 => return label(own),
            (Some(own), None) => return label(own),
            (_, Some(_)) => return Evidence::Denied,
            (None, None) => {}
        }
        // The field's name is as near as a word in front of the whole text can be, but farther than one in the text.
        let name = around.field_len;
        match (nearest(&around.field, true, name, BEFORE), nearest(&around.field, false, name, BEFORE)) {
            (Some(own), Some(denial)) if own.0 <= denial.0 => return label((0, own.1)),
            (Some(own), None) => return label((0, own.1)),
            (_, Some(_)) => return Evidence::Denied,
            (None, None) => {}
        }
        let own = around.behind.iter().filter(|s| self.verdict(s, detector) == Some(true));
        let own = own.filter(|s| need != Need::Named || s.start - end <= AFTER || linked(text, end, s.start));
        own.map(|s| (s.end - end + BEFORE, s.end - s.start)).min().map_or(Evidence::None, label)
    }
}

/// Words that stand between a value and the label behind it: `7311, that's my PIN`, `7311 ist meine PIN`.
const LINKS: &[&[u8]] = &[
    b"is", b"was", b"thats", b"that", b"s", b"my", b"his", b"her", b"our", b"the", b"their", b"your", b"as", b"for",
    b"ist", b"die", b"der", b"das", b"meine", b"mein", b"est", b"mon", b"ma", b"le", b"la", b"es", b"mi", b"el",
    b"meu", b"minha", b"mio", b"mia", b"il",
];
/// They take no more room than this.
const LINKED: usize = 20;

/// Whether between a value and a label there are only words that link them.
fn linked(text: &[u8], from: usize, to: usize) -> bool {
    let between = text.get(from..to).filter(|between| between.len() <= LINKED).unwrap_or(b"-");
    let mut words = between.split(|b| matches!(b, b' ' | b',' | b'\'' | b'(')).filter(|word| !word.is_empty());
    words.all(|word| LINKS.contains(&word))
}

/// Whether no sentence or line ends between.
fn one_clause(text: &[u8], from: usize, to: usize) -> bool {
    let between = text.get(from..to).unwrap_or_default();
    let between = between.strip_prefix(b".").unwrap_or(between); // `part no. 7`
    !between.iter().enumerate().any(|(at, b)| {
        *b == b'\n' || matches!(b, b'.' | b';' | b'!' | b'?') && between.get(at + 1).is_none_or(u8::is_ascii_whitespace)
    })
}

/// The spellings of a word to look for: ASCII case is the automaton's business, other scripts' is ours.
pub fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if !word.is_ascii() {
        let mut chars = word.chars();
        let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
        all.extend([capital, word.to_uppercase()]);
    }
    // `social security` is `social_security` and `social-security` in field names.
    if word.contains(' ') {
        all.extend([word.replace(' ', "_"), word.replace(' ', "-"), word.replace(' ', "")]);
        if word.is_ascii() && word.contains('\'') {
            all.push(word.replace([' ', '\''], "_"));
        }
    }
    all.sort();
    all.dedup();
    all
}

/// A word this long may have an ending: `telefonnummeret`, `puhelinnumeroni`, `invoiced`.
const INFLECTED: usize = 7;

/// Whether `text[start..end]` stands as a word of its own. `phoneNumber`, `phone_number` and `phones` hold `phone`, long
/// words take any ending; scripts that do not set off words are taken as they come.
pub fn is_word(text: &[u8], start: usize, end: usize) -> bool {
    let at = |i: usize| text.get(i).copied().unwrap_or(0);
    let (first, last, next) = (at(start), at(end.wrapping_sub(1)), at(end));
    let before = at(start.wrapping_sub(1));
    let free_before = !first.is_ascii()
        || !before.is_ascii_alphanumeric()
        || (before.is_ascii_lowercase() && first.is_ascii_uppercase())
        || before.is_ascii_digit();
    let free_behind = !last.is_ascii()
        || !next.is_ascii_alphabetic()
        || end - start >= INFLECTED
        || (last.is_ascii_lowercase() && next.is_ascii_uppercase())
        || (next == b's' && !at(end + 1).is_ascii_alphabetic());
    free_before && free_behind
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_stand_alone_or_in_the_usual_spellings_of_field_names() {
        for (text, word, want) in [
            ("phone: 1", "phone", true),
            ("phoneNumber", "phone", true),
            ("homePhone", "Phone", true),
            ("phone_number", "phone", true),
            ("phones: 1", "phone", true),
            ("microphone: 1", "phone", false),
            ("phonetic: 1", "phone", false),
            ("telefonnummeret: 1", "telefonnummer", true),
            ("我的电话是", "电话", true),
        ] {
            let start = text.find(word).unwrap();
            assert_eq!(is_word(text.as_bytes(), start, start + word.len()), want, "{text}");
        }
    }
}
