//! The one pass: runs of letters and digits, and the few other characters something can begin at.
//!
//! The pass stops at each start once and asks only who can begin there. All answers look at bounded stretches (the
//! longest is a PEM key's), so a text of any content takes time proportional to its length. What was found may overlap;
//! [`resolve`] settles that at the end.

use super::column::{Column, Table};
use super::context::{Around, Evidence};
use super::mask::{Run, at};
use super::value::Label;
use super::word::Word;
use super::{Need, Scanner, Tier, card, context, date, email, iban, net, person, phone, place, secret, shadow, wallet};

/// Something found, in bytes of the shadow.
#[derive(Clone, Copy, Debug)]
pub struct Found {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// The detector's place in the scanner.
    pub detector: u16,
    /// Which of two spans of one length is believed.
    strength: u32,
}

/// Strengths: proof by itself; a label, the nearer the stronger, then one with a checksum, then the longer; nothing
/// against it.
const PROVEN: u32 = 1 << 20;
const UNDENIED: u32 = 1;

fn labelled(gap: usize, length: usize, tier: Tier) -> u32 {
    let checked = u32::from(tier != Tier::Labelled);
    1024 + (255 - gap.min(255) as u32) * 512 + checked * 256 + length.min(255) as u32
}

const ALNUM: u8 = 1;
const OTHER: u8 = 2;
const FOREIGN: u8 = 4;

/// What each byte is to the tokenizer: part of a run, one of the characters something begins at, or neither (0).
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const CLASS: [u8; 256] = {
    let mut table = [0; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let class = match byte as u8 {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => ALNUM,
            b'@' | b'+' | b'(' | b':' | b'-' | b'~' | b'^' => OTHER,
            0x80.. => FOREIGN,
            _ => 0,
        };
        table[byte] = class;
        byte += 1;
    }
    table
};

fn class(byte: u8) -> u8 {
    CLASS.get(usize::from(byte)).copied().unwrap_or(0)
}

/// One walk over one text.
pub struct Pass<'s> {
    scanner: &'s Scanner,
    text: &'s [u8],
    around: Around,
    /// What was found, in the order of starts or nearly so, overlaps included.
    pub found: Vec<Found>,
    /// Where the last thing ends that needs no other reading: nothing begins inside it.
    settled: usize,
    /// The secret's characters read last.
    stretch: secret::Stretch,
    /// Up to where no private key ends.
    no_end: usize,
    /// The field's name.
    field: Option<&'s str>,
    /// The table whose columns were read last.
    table: Table,
    /// What a heading such as `name` claims, and its line: products have names too, so something else in the line must be
    /// personal.
    lonely: Vec<(Found, (usize, usize))>,
    /// Bytes read for anything but the tokenizer, so that tests can see that no input makes it more than linear.
    pub work: usize,
}

impl<'s> Pass<'s> {
    /// Prepares the walk.
    pub fn new(scanner: &'s Scanner, text: &'s [u8], field: Option<&'s str>) -> Self {
        let mut around = Around::default();
        if let Some(field) = field {
            scanner.words.field(field, &mut around);
        }
        let (found, stretch) = (Vec::new(), secret::Stretch::default());
        Pass {
            scanner,
            text,
            around,
            found,
            settled: 0,
            stretch,
            no_end: 0,
            field,
            table: Table::default(),
            lonely: Vec::new(),
            work: 0,
        }
    }

    /// Walks.
    pub fn run(&mut self) {
        let text = self.text;
        self.named_by_the_field();
        self.the_operators();
        let mut pos = 0;
        while let Some(&byte) = text.get(pos) {
            let kind = class(byte);
            if kind == ALNUM {
                let word = Word::read(text, pos);
                if !self.says_nothing(pos, &word) {
                    self.run_of_alphanumerics(pos, &word);
                }
                pos = word.end.max(self.settled);
            } else if kind == FOREIGN {
                pos = self.foreign(pos).max(self.settled);
            } else {
                if kind == OTHER {
                    self.other(pos, byte);
                }
                pos = (pos + 1).max(self.settled);
            }
        }
        self.in_company();
    }

    /// Keeps those of the lonely claims whose line holds another find.
    fn in_company(&mut self) {
        if self.lonely.is_empty() {
            return;
        }
        let starts: std::collections::BTreeSet<usize> = self.found.iter().map(|found| found.start).collect();
        let claims = self.lonely.drain(..).filter(|(_, (from, to))| starts.range(from..to).next().is_some());
        self.found.extend(claims.map(|(claim, _)| claim));
    }

    /// What the operator looks for.
    fn the_operators(&mut self) {
        let custom = &self.scanner.custom;
        if custom.is_empty() {
            return;
        }
        let first = self.scanner.detectors.len() - custom.rows.len();
        let mut all = Vec::new();
        custom.scan(self.text, &mut self.work, |row, start, end| all.push((start, end, row)));
        // Words are read from left to right.
        all.sort_unstable();
        for (start, end, row) in all {
            let labelled = custom.rows.get(row).is_some_and(|row| !row.context.is_empty());
            let need = if labelled { Need::Label } else { Need::Nothing };
            let settled = self.settled;
            self.admit((first + row) as u16, start, end, need);
            self.settled = settled; // the catalogue may know a longer reading
        }
        self.around.rewind();
    }

    /// A character outside ASCII, or a word of them: a label may begin here. Returns where to go on.
    fn foreign(&mut self, pos: usize) -> usize {
        let text = self.text;
        let before = at(text, pos.wrapping_sub(1));
        if at(text, pos) >= 0xE0 {
            // Scripts that do not set off words: every character may begin one.
            self.label(pos);
            return pos + text.get(pos + 1..).unwrap_or_default().iter().take_while(|b| **b & 0xC0 == 0x80).count() + 1;
        }
        if !before.is_ascii_alphanumeric() {
            self.label(pos);
        }
        pos + text.get(pos..).unwrap_or_default().iter().take_while(|b| (0x80..0xE0).contains(*b)).count().max(1)
    }

    /// Asks those whose label the field's name ends with, or is.
    fn named_by_the_field(&mut self) {
        let (scanner, text) = (self.scanner, self.text);
        let Some(field) = self.field.map(str::as_bytes) else {
            return;
        };
        for start in 0..field.len().min(128) {
            scanner.labels.at(field, start, |word, end| {
                if end < field.len() || !context::is_word(field, start, end) {
                    return;
                }
                let Some(&(detector, read)) = scanner.labelled.get(word) else { return };
                if let Some((start, end)) = read(Label { text, start: 0, end: 0 }) {
                    self.found.push(Found { start, end, detector, strength: UNDENIED });
                }
            });
        }
    }

    /// A word begins at `start`: if it is a label, asks what stands behind it.
    #[inline]
    fn label(&mut self, start: usize) {
        let (scanner, text) = (self.scanner, self.text);
        let (found, work) = (&mut self.found, &mut self.work);
        let (table, lonely) = (&mut self.table, &mut self.lonely);
        scanner.labels.at(text, start, |word, end| {
            *work += end - start;
            if !context::is_word(text, start, end) {
                return;
            }
            let Some(&(detector, read)) = scanner.labelled.get(word) else { return };
            *work += 64;
            let mut column = Column::under(text, end, table);
            let loose = column.is_some() && text.get(start..end).is_some_and(person::is_loose);
            while let Some(((start, end), line)) = column.as_mut().and_then(|column| column.cell(text, table)) {
                *work += end - start + 16;
                let cell = text.get(..end).unwrap_or_default();
                let value = read(Label { text: cell, start, end: start }).filter(|_| start > 0 && end > start);
                if let Some((start, _)) = value.filter(|value| value.1 == end) {
                    let claim = Found { start, end, detector, strength: UNDENIED };
                    if loose { lonely.push((claim, line)) } else { found.push(claim) }
                }
            }
            if let Some((start, end)) = read(Label { text, start, end }) {
                // The weakest claim: any row that knows the value's own shape knows better.
                found.push(Found { start, end, detector, strength: UNDENIED });
            }
        });
    }

    /// Whether nothing begins with a word: so it is with most. Three looks into tables.
    #[inline(always)]
    fn says_nothing(&self, start: usize, word: &Word) -> bool {
        let (scanner, text) = (self.scanner, self.text);
        let next = at(text, word.end);
        word.plain
            && !scanner.labels.may_begin(word)
            && !scanner.prefixes.may_go_on(word.end - start, next)
            && !scanner.masks.may_start(word.end - start, text, word.end)
            && next != b':'
    }

    #[inline(never)]
    fn run_of_alphanumerics(&mut self, start: usize, word: &Word) {
        let (scanner, text, end) = (self.scanner, self.text, word.end);
        let before = at(text, start.wrapping_sub(1));
        if before != b'_' && scanner.prefixes.may_go_on(end - start, at(text, end)) {
            let (found, work, settled) = (&mut self.found, &mut self.work, &mut self.settled);
            scanner.prefixes.at(text, start, &mut self.stretch, work, |detector, end| {
                found.push(Found { start, end, detector, strength: PROVEN });
                *settled = end.max(*settled);
            });
        }
        let len = end - start;
        if (word.lower || word.upper) && before < 0x80 {
            if !word.plain || scanner.labels.may_begin(word) {
                self.label(start);
            }
            // `clientSecret`
            if !word.plain && word.lower && word.upper && len > 5 {
                let mut before = b'A';
                for (place, &byte) in text.get(start..end.min(start + 64)).unwrap_or_default().iter().enumerate() {
                    if byte.is_ascii_uppercase() && before.is_ascii_lowercase() {
                        self.label(start + place);
                    }
                    before = byte;
                }
            }
        }
        let run = match (word.digit, word.lower || word.upper) {
            (true, false) => Run::Digits,
            (true, true) => Run::Mixed,
            _ if len > 11 => return,
            _ => Run::Letters,
        };
        let next = at(text, end);
        for group in scanner.masks.starting(run, len, text, end) {
            self.work += 8;
            let Some((end, bare)) = group.fit(text, start) else {
                continue;
            };
            for claim in &group.claims {
                self.work += 8;
                if self.supported(claim.detector, start, end, claim.need) && (claim.valid)(bare.bytes()) {
                    self.admit(claim.detector, start, end, claim.need);
                }
            }
        }
        let special = &scanner.special;
        if run == Run::Mixed {
            if let Some(detector) = special.iban
                && len >= 4
                && at(text, start + 2).is_ascii_digit()
                && at(text, start + 3).is_ascii_digit()
            {
                self.work += len.min(40);
                if let Some(end) = iban::fit(text, start) {
                    self.admit(detector, start, end, Need::Nothing);
                }
            }
            if let Some(detector) = special.wallet
                && len >= 25
                && let Some((end, need)) = wallet::fit(text, start, end, &mut self.work)
            {
                self.admit(detector, start, end, need);
            }
        }
        if run == Run::Digits {
            self.digits(start, end);
        }
        if let Some(detector) = special.ip {
            let ip = match next {
                b'.' if run == Run::Digits && len <= 3 => net::v4(text, start),
                b':' if len <= 4 => net::v6(text, start),
                _ => None,
            };
            self.work += 8;
            if let Some((end, need)) = ip {
                self.admit(detector, start, end, need);
                self.settled = end; // whatever the words say, its parts are nothing else
            }
        }
    }

    fn digits(&mut self, start: usize, end: usize) {
        let (special, text) = (&self.scanner.special, self.text);
        let len = end - start;
        if let Some(detector) = special.card {
            self.work += 20;
            if let Some((end, need)) = card::fit(text, start, end) {
                self.admit(detector, start, end, need);
            }
        }
        if let Some(detector) = special.phone
            && len <= 14
            && (len >= 7 || matches!(at(text, end), b' ' | b'-' | b'.' | b'/' | b'(' | b')'))
            && (len >= 7 || matches!(at(text, end + 1), b'0'..=b'9' | b'(' | b'-' | b'/' | b' '))
        {
            self.work += 32;
            if let Some((end, need)) = phone::national(text, start) {
                self.admit(detector, start, end, need);
            }
        }
        if let Some(detector) = special.date
            && let Some((start, end)) = date::fit(text, start, end)
        {
            self.work += 32;
            self.admit(detector, start, end, Need::Label);
        }
        if let Some(detector) = special.coordinates
            && at(text, end) == b'.'
            && len <= 3
            && let Some((start, end, need)) = place::coordinates(text, start).or_else(|| place::coordinate(text, start))
        {
            self.work += 48;
            self.admit(detector, start, end, need);
        }
    }

    fn other(&mut self, pos: usize, byte: u8) {
        let text = self.text;
        let special = &self.scanner.special;
        if matches!(byte, b'~' | b':' | b'^') {
            for &(_, detector, read) in self.scanner.signs.iter().filter(|(sign, ..)| *sign == byte) {
                if let Some((start, end)) = read(text, pos) {
                    self.work += end - start;
                    self.admit(detector, start, end, Need::Nothing);
                }
            }
        }
        match byte {
            b'@' => {
                if let Some(detector) = special.email {
                    self.work += 96;
                    if let Some((start, end)) = email::fit(text, pos) {
                        self.admit(detector, start, end, Need::Nothing);
                    }
                }
            }
            b'+' => {
                let Some(detector) = special.phone else {
                    return;
                };
                let before = at(text, pos.wrapping_sub(1));
                if before.is_ascii_alphanumeric() || matches!(before, b'+' | b'_' | b'.') {
                    return;
                }
                if before == b'(' {
                    self.work += 32;
                    if let Some(end) = phone::international(text, pos - 1) {
                        self.admit(detector, pos - 1, end, Need::Nothing);
                        return;
                    }
                }
                let digits = pos + 1 + usize::from(at(text, pos + 1) == b' ');
                self.work += 32;
                if let Some(end) = phone::international(text, digits) {
                    self.admit(detector, pos, end, Need::Nothing);
                }
            }
            b'(' => {
                let Some(detector) = special.phone else {
                    return;
                };
                if at(text, pos + 1) == b'+' || !at(text, pos + 1).is_ascii_digit() {
                    return;
                }
                self.work += 32;
                if let Some((end, need)) = phone::national(text, pos) {
                    self.admit(detector, pos, end, need);
                }
            }
            b':' => self.colon(pos),
            b'-' => {
                if let Some(detector) = special.pem
                    && at(text, pos.wrapping_sub(1)) != b'-'
                    && text.get(pos..).is_some_and(|rest| rest.starts_with(b"-----BEGIN "))
                    && let Some(end) = secret::pem(text, pos, &mut self.no_end, &mut self.work)
                {
                    self.work += end - pos;
                    self.admit(detector, pos, end, Need::Nothing);
                }
            }
            _ => {}
        }
    }

    fn colon(&mut self, pos: usize) {
        let (scanner, text) = (self.scanner, self.text);
        if at(text, pos + 1) == b'/' && at(text, pos + 2) == b'/' {
            if let Some(detector) = scanner.special.url {
                self.work += 64;
                if let Some((start, end)) = net::credentials(text, pos) {
                    self.admit(detector, start, end, Need::Nothing);
                    self.settled = end + 1; // the `@` is no address's
                }
            }
        } else if at(text, pos + 1) == b':'
            && let Some(detector) = scanner.special.ip
            && !at(text, pos.wrapping_sub(1)).is_ascii_alphanumeric()
            && let Some((end, need)) = net::v6(text, pos)
        {
            self.admit(detector, pos, end, need);
        }
    }

    /// Whether a candidate may have what it needs: a quick look before the detector's check.
    fn supported(&mut self, detector: u16, start: usize, end: usize, need: Need) -> bool {
        if matches!(need, Need::Nothing | Need::NoDenial) {
            return true;
        }
        let words = &self.scanner.words;
        words.look(self.text, start, end, &mut self.around, &mut self.work);
        self.around.speaks_for(detector)
    }

    /// Keeps a candidate if its surroundings give what it still needs.
    fn admit(&mut self, detector: u16, start: usize, end: usize, need: Need) {
        let strength = if need == Need::Nothing {
            self.settled = end.max(self.settled);
            PROVEN
        } else {
            let words = &self.scanner.words;
            words.look(self.text, start, end, &mut self.around, &mut self.work);
            match words.evidence(self.text, detector, need, &self.around) {
                Evidence::Label { gap, length } => {
                    let tier = self.scanner.detectors.get(usize::from(detector)).map_or(Tier::Labelled, |d| d.tier);
                    labelled(gap, length, tier)
                }
                Evidence::None if need == Need::NoDenial => UNDENIED,
                Evidence::None | Evidence::Denied => return,
            }
        };
        self.found.push(Found { start, end, detector, strength });
    }
}

/// Of spans that overlap keeps the longest, then the strongest, then the first of the catalogue; in order of place.
pub fn resolve(mut found: Vec<Found>) -> Vec<Found> {
    found.sort_unstable_by_key(|f| (f.start, f.end));
    let mut kept = Vec::with_capacity(found.len());
    let mut rest = found.as_mut_slice();
    // One heap of overlapping spans after the other; most are of one span, and hardly one of more than five.
    while let Some(first) = rest.first() {
        let mut end = first.end;
        let len = 1 + rest
            .iter()
            .skip(1)
            .take_while(|f| {
                f.start < end && {
                    end = end.max(f.end);
                    true
                }
            })
            .count();
        let (heap, others) = rest.split_at_mut(len);
        match heap {
            [one] => kept.push(*one),
            heap => settle(heap, &mut kept),
        }
        rest = others;
    }
    kept
}

/// Adds those of a heap of overlapping spans that are kept.
fn settle(heap: &mut [Found], kept: &mut Vec<Found>) {
    heap.sort_unstable_by_key(|f| {
        (std::cmp::Reverse(f.end - f.start), std::cmp::Reverse(f.strength), f.detector, f.start)
    });
    let mut chosen: std::collections::BTreeMap<usize, Found> = std::collections::BTreeMap::new();
    for f in heap {
        let before = chosen.range(..f.end).next_back();
        if before.is_none_or(|(_, other)| other.end <= f.start) {
            chosen.insert(f.start, *f);
        }
    }
    kept.extend(chosen.into_values());
}

/// The most bytes a stream holds back for what is not a PEM key: the longest secret without a space.
const HELD: usize = 512;
/// As much of a PEM key is waited for.
const HELD_PEM: usize = 8192;

/// See [`Scanner::holdback`]. Holds the last word, and the words in front of it as long as they could be groups of one
/// number: they hold a digit, or are the few capitals such a number may begin with.
pub fn holdback(text: &str, words: bool) -> usize {
    let mut cut = text.len().saturating_sub(HELD_PEM);
    while !text.is_char_boundary(cut) {
        cut += 1;
    }
    let Some(tail) = text.get(cut..) else {
        return 0;
    };
    let loose = last_word(tail, words);
    let Some(begin) = tail.rfind("-----BEGIN ") else {
        return loose;
    };
    let rest = tail.get(begin..).unwrap_or_default();
    let end = rest.find("-----END ").and_then(|e| Some(e + 9 + rest.get(e + 9..)?.find("-----")? + 5));
    // An open key is waited for; a closed one is not cut by holding back its last word.
    if end.is_none_or(|end| end > rest.len().saturating_sub(loose)) { loose.max(rest.len()) } else { loose }
}

/// How much of `tail` is its last word, or groups of what may be one number.
fn last_word(tail: &str, words_may_follow: bool) -> usize {
    let mut near = tail.len().saturating_sub(HELD);
    while !tail.is_char_boundary(near) {
        near += 1;
    }
    let Some(tail) = tail.get(near..) else {
        return 0;
    };
    let folded = shadow::Shadow::new(tail);
    let bytes = folded.bytes();
    let mut start = bytes.len();
    let (mut words, mut names) = (0, 0);
    let mut linked = words_may_follow; // what comes after may be of one name with this word
    loop {
        let word =
            bytes.get(..start).unwrap_or_default().iter().rposition(u8::is_ascii_whitespace).map_or(0, |p| p + 1);
        let held = bytes.get(word..start).unwrap_or_default();
        let grouped =
            held.iter().any(u8::is_ascii_digit) || matches!(held, [b'(', ..] | [b'+']) || matches!(held, b"-" | b"/");
        let upper = |b: &u8| b.is_ascii_uppercase() || *b == b'-';
        let head = held.len() <= 6 && !held.is_empty() && held.iter().all(upper);
        let extension = matches!(held, b"x" | b"ext" | b"ext." | b"extension" | b"#");
        // A name's words, a date's.
        let first =
            std::str::from_utf8(held).ok().and_then(|word| word.trim_start_matches(['"', '*', '(']).chars().next());
        let named = linked
            && names < 6
            && (first.is_some_and(char::is_uppercase) || person::is_particle(held) || date::is_month(held));
        names += usize::from(named);
        linked = words_may_follow && (named || grouped || held.is_empty());
        let loose = words > 0 && !(grouped || extension || head || named || held.is_empty());
        let Some(from) = (if !loose {
            Some(word)
        } else if words_may_follow {
            street(bytes, start)
        } else {
            None
        }) else {
            break;
        };
        start = from;
        words += 1;
        if start == 0 || words > 12 {
            break;
        }
        start -= 1; // over the space
    }
    if start == 0 {
        return tail.len();
    }
    let start = start + usize::from(at(bytes, start).is_ascii_whitespace());
    if start >= bytes.len() { 0 } else { tail.len() - folded.range(start, start + 1).0 }
}

/// Where the word for a street starts that is one of the last four in front of `end`.
fn street(bytes: &[u8], mut end: usize) -> Option<usize> {
    for _ in 0..4 {
        let front = bytes.get(..end)?;
        let word = front.iter().rposition(u8::is_ascii_whitespace).map_or(0, |p| p + 1);
        if place::begins_street(bytes.get(word..end)?) {
            return Some(word);
        }
        end = word.checked_sub(1)?;
    }
    None
}
