//! Words around a candidate: labels that speak for a detector, and labels of other kinds of number that speak against.
//!
//! One automaton over all words of the chosen detectors. It is only asked when a candidate has passed its own check and
//! still needs a word, and then reads a window, never the text: [`BEFORE`] bytes in front, [`BEHIND`] behind up to the
//! end of the clause. The nearest word wins, save in tables (CSV, TSV, Markdown), where the column's heading does.

use super::Detector;
use aho_corasick::{Anchored, automaton::Automaton, automaton::StateID, nfa::contiguous::NFA};

/// How far in front of a candidate a word counts: some eight words, or a JSON key and its punctuation.
const BEFORE: usize = 72;
/// How far behind: `... is my social security number`.
const BEHIND: usize = 40;

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

/// The words of the chosen detectors.
pub struct Words {
    automaton: Option<NFA>,
    /// For each pattern: whose it is (sorted); nobody's means it speaks against all.
    owners: Vec<Vec<u16>>,
}

/// A word seen: where it ends, and which.
struct Seen {
    end: usize,
    word: usize,
}

/// What the surroundings say about one candidate and one detector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Evidence {
    /// One of its words is this many bytes away.
    Label(usize),
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
    /// The words behind the candidate that ends at `behind_end`.
    behind: Vec<Seen>,
    behind_end: Option<usize>,
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
        let Some((above, newline)) = above.filter(|&(a, n)| count(a, n) == delimiters) else { break };
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

impl Words {
    /// Collects the words of the detectors, and the denials.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        let mut owners: std::collections::BTreeMap<String, Vec<u16>> = std::collections::BTreeMap::new();
        for word in DENIALS {
            for spelling in spellings(word) {
                owners.entry(spelling).or_default();
            }
        }
        for (place, detector) in (0u16..).zip(detectors) {
            for word in detector.context {
                for spelling in spellings(word) {
                    owners.entry(spelling).or_default().push(place);
                }
            }
        }
        // Only fails when the words together exceed the automaton's 2^31 states.
        let automaton = NFA::builder().ascii_case_insensitive(true).prefilter(false).build(owners.keys()).ok();
        Words { automaton, owners: owners.into_values().collect() }
    }

    fn owned_by(&self, word: usize, detector: u16) -> Option<bool> {
        let owners = self.owners.get(word)?;
        if owners.is_empty() { Some(false) } else { owners.contains(&detector).then_some(true) }
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
                    if is_word(text, end - automaton.pattern_len(pattern), end) {
                        seen.push(Seen { end, word: pattern.as_usize() });
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

    /// What the text around `start..end` and the field say about `detector`.
    pub fn evidence(
        &self,
        text: &[u8],
        start: usize,
        end: usize,
        detector: u16,
        around: &mut Around,
        work: &mut usize,
    ) -> Evidence {
        if start > around.read {
            // Far behind: what lies between is out of every window, save for the beginning of a word.
            let from = if start - around.read > 2 * BEFORE { start - 2 * BEFORE } else { around.read };
            let state = around.state.take().filter(|_| from == around.read);
            around.front.retain(|s| s.end + 2 * BEFORE > start);
            around.state = self.walk(text, from, start, state, &mut around.front);
            around.read = start;
            *work += start - from;
        }
        if let Some((from, to)) = heading(text, start, end, &mut around.table, work) {
            let mut seen = Vec::new();
            self.walk(text, from, to, None, &mut seen);
            let mut verdicts = seen.iter().rev().filter_map(|s| self.owned_by(s.word, detector));
            match verdicts.next() {
                Some(true) => return Evidence::Label(0),
                Some(false) => return Evidence::Denied,
                None => {}
            }
        }
        let nearest = |seen: &[Seen], mine: bool, anchor: usize| {
            let near = seen.iter().filter(|s| s.end <= anchor && anchor - s.end <= BEFORE);
            near.filter(|s| self.owned_by(s.word, detector) == Some(mine)).map(|s| anchor - s.end).min()
        };
        let (label, denial) = (nearest(&around.front, true, start), nearest(&around.front, false, start));
        match (label, denial) {
            (Some(label), Some(denial)) if label <= denial => return Evidence::Label(label),
            (Some(label), None) => return Evidence::Label(label),
            _ => {}
        }
        // The field's name is as near as a word in front of the whole text can be, but farther than one in the text.
        if denial.is_none() {
            let name = around.field_len;
            match (nearest(&around.field, true, name), nearest(&around.field, false, name)) {
                (Some(label), Some(denial)) if label <= denial => return Evidence::Label(0),
                (Some(_), None) => return Evidence::Label(0),
                (_, Some(_)) => return Evidence::Denied,
                (None, None) => {}
            }
        }
        if denial.is_none() {
            if around.behind_end != Some(end) {
                let near = text.get(end..).unwrap_or_default().iter().take(BEHIND);
                let stop = |b: &&u8| !matches!(b, b'.' | b';' | b'\n' | b'!' | b'?' | b'|' | b'\t');
                let clause = near.take_while(stop).count();
                *work += clause;
                around.behind.clear();
                self.walk(text, end, end + clause, None, &mut around.behind);
                around.behind_end = Some(end);
            }
            let own = around.behind.iter().filter(|s| self.owned_by(s.word, detector) == Some(true));
            if let Some(gap) = own.map(|s| s.end - end).min() {
                return Evidence::Label(gap + BEFORE);
            }
            return Evidence::None;
        }
        Evidence::Denied
    }
}

/// The spellings of a word to look for: ASCII case is the automaton's business, other scripts' is ours.
fn spellings(word: &str) -> Vec<String> {
    let mut all = vec![word.to_owned()];
    if !word.is_ascii() {
        let mut chars = word.chars();
        let capital: String = chars.next().into_iter().flat_map(char::to_uppercase).chain(chars).collect();
        all.extend([capital, word.to_uppercase()]);
    }
    // `social security` is `social_security` and `social-security` in field names.
    if word.contains(' ') {
        all.extend([word.replace(' ', "_"), word.replace(' ', "-"), word.replace(' ', "")]);
    }
    all.sort();
    all.dedup();
    all
}

/// A word this long may have an ending: `telefonnummeret`, `puhelinnumeroni`, `invoiced`.
const INFLECTED: usize = 7;

/// Whether `text[start..end]` stands as a word of its own. `phoneNumber`, `phone_number` and `phones` hold `phone`, long
/// words take any ending; scripts that do not set off words are taken as they come.
fn is_word(text: &[u8], start: usize, end: usize) -> bool {
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
