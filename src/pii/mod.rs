//! Finds personal data and secrets in text: what, and from which byte to which.
//!
//! A [`Detector`] is a row of the [`CATALOGUE`]: a shape, the words that speak for it, examples from life. A [`Scanner`]
//! is made once of the rows somebody chose and then walks texts: one pass over a copy with look-alike characters folded
//! ([`shadow`]), which stops only where a number, an identifier or an `@` could begin and there asks the few rows that
//! start like this. There is no regex. Every question looks at a bounded stretch, so time grows with the text alone.
//!
//! What stands behind a label (`password: x`, `Dear Jane Roe`) is found by a walk that begins at each word and ends where
//! no label goes on ([`beginnings`]); what the value may be, its reader says ([`value`], [`person`], [`place`]).
//!
//! What it cannot do: rare names and addresses without a cue, and numbers without checksum, grouping or a word that names them.

mod beginnings;
mod card;
pub mod catalogue;
pub mod checksum;
mod column;
mod context;
pub mod custom;
mod date;
mod email;
mod given;
mod iban;
mod mask;
mod net;
mod person;
mod phone;
mod place;
mod scan;
mod secret;
pub mod shadow;
mod uncued;
mod value;
mod wallet;
mod word;

pub use catalogue::CATALOGUE;

/// How much a detector can prove, and so whether it is wise to have it on everywhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tier {
    /// Shape or checksum is enough: on by default.
    Strong,
    /// A checksum over few digits: a word or field name nearby must agree.
    Checked,
    /// No checksum: only a word or field name nearby makes it one.
    Labelled,
}

/// What a matching shape still needs before it is a hit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Nothing: nobody writes this by chance.
    Nothing,
    /// That the nearest label is not one of another kind of number (order, invoice, version ...).
    NoDenial,
    /// That one of the detector's own words stands nearby or is the field's name.
    Label,
    /// That one of them stands right in front or behind, or is the field's name: for spellings that say next to nothing.
    Named,
}

/// One spelling of an identifier.
///
/// In the mask `#` is a digit, `A` a letter, `^` one in upper case, `*` any of them, `~` a space or dash (the same throughout); any other character
/// is itself, letters in either case.
#[derive(Clone, Copy, Debug)]
pub struct Form {
    /// The spelling.
    pub mask: &'static str,
    /// What this spelling still needs.
    pub need: Need,
}

/// How the text of a detector looks.
#[derive(Clone, Copy)]
pub enum Shape {
    /// An e-mail address.
    Email,
    /// A telephone number, international or national.
    Phone,
    /// A payment card number.
    Card,
    /// An international bank account number.
    Iban,
    /// An IPv4 or IPv6 address.
    Ip,
    /// The `user:password` of a URL.
    UrlCredentials,
    /// A JSON web token.
    Jwt,
    /// A PEM private key, from BEGIN to END.
    Pem,
    /// What a reader takes from behind one of its labels: `password: x`, `Dear Jane Roe`.
    Value(&'static [(&'static [&'static str], ValueReader)]),
    /// What a reader takes from around a sign (`~`, `:`).
    Around(u8, fn(&[u8], usize) -> Option<(usize, usize)>),
    /// A calendar date.
    Date,
    /// The address of a cryptocurrency's wallet.
    Wallet,
    /// Latitude and longitude.
    Coordinates,
    /// What an operator looks for ([`custom`]).
    Custom,
    /// An identifier of fixed spellings. The check sees its letters (upper case) and digits without separators.
    Masks(&'static [Form], fn(&[u8]) -> bool),
    /// A secret with a fixed beginning.
    Token {
        /// The beginnings, any of them.
        prefixes: &'static [&'static str],
        /// The characters of the rest.
        body: fn(u8) -> bool,
        /// The fewest characters of the rest.
        min: usize,
        /// The most characters of the rest.
        max: usize,
        /// A last look at the whole secret.
        valid: fn(&[u8]) -> bool,
    },
}

/// See [`Shape::Value`].
type ValueReader = fn(value::Label<'_>) -> Option<(usize, usize)>;

/// One kind of personal data or secret.
#[derive(Clone, Copy)]
pub struct Detector {
    /// Its name; Presidio's where Presidio has one.
    pub entity: &'static str,
    /// How much it can prove.
    pub tier: Tier,
    /// One line for the docs.
    pub what: &'static str,
    /// How it looks.
    pub shape: Shape,
    /// Words that speak for it, in front, behind, or in the field's name. Lower case.
    pub context: &'static [&'static str],
    /// Words that speak against it, besides those that speak against every number ([`context`]). Lower case.
    pub against: &'static [&'static str],
    /// Texts with exactly one hit, marked by `[` and `]`.
    pub examples: &'static [&'static str],
    /// Texts without a hit.
    pub counter_examples: &'static [&'static str],
}

impl std::fmt::Debug for Detector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.entity)
    }
}

/// The row of that name.
pub fn find(entity: &str) -> Option<&'static Detector> {
    CATALOGUE.iter().find(|d| d.entity == entity)
}

/// Something found: bytes `start..end` of the text, on character boundaries.
#[derive(Clone, Copy, Debug)]
pub struct Hit {
    /// The first byte.
    pub start: usize,
    /// The byte after the last.
    pub end: usize,
    /// What it is.
    pub detector: &'static Detector,
}

/// The chosen detectors, made ready. Build one at configuration and keep it.
pub struct Scanner {
    detectors: Vec<&'static Detector>,
    /// Every mask of every detector, reachable by how its first run of letters and digits looks.
    masks: mask::Index,
    /// Fixed beginnings, reachable by their first two bytes.
    prefixes: secret::Index,
    words: context::Words,
    /// The words a value stands behind, and for each the detector and its reader.
    labels: beginnings::Beginnings,
    labelled: Vec<(u16, ValueReader)>,
    /// Those who read around a sign.
    signs: Vec<(u8, u16, Reader)>,
    special: Special,
    /// What the operator looks for; its rows are the last of `detectors`.
    custom: custom::Compiled,
    /// Whether what is looked for may be several words: a name, a street, a date with its month.
    finds_words: bool,
}

/// See [`Shape::Around`].
type Reader = fn(&[u8], usize) -> Option<(usize, usize)>;

/// The place in `detectors` of each shape that has its own code.
#[derive(Default)]
struct Special {
    email: Option<u16>,
    phone: Option<u16>,
    card: Option<u16>,
    iban: Option<u16>,
    ip: Option<u16>,
    url: Option<u16>,
    pem: Option<u16>,
    date: Option<u16>,
    wallet: Option<u16>,
    coordinates: Option<u16>,
}

impl Scanner {
    /// Makes the chosen detectors ready.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        let mut special = Special::default();
        let (mut labels, mut labelled, mut signs) = (Vec::new(), Vec::new(), Vec::new());
        for (place, detector) in (0u16..).zip(detectors) {
            let slot = match detector.shape {
                Shape::Email => &mut special.email,
                Shape::Phone => &mut special.phone,
                Shape::Card => &mut special.card,
                Shape::Iban => &mut special.iban,
                Shape::Ip => &mut special.ip,
                Shape::UrlCredentials => &mut special.url,
                Shape::Pem => &mut special.pem,
                Shape::Date => &mut special.date,
                Shape::Wallet => &mut special.wallet,
                Shape::Coordinates => &mut special.coordinates,
                Shape::Value(readings) => {
                    for (words, read) in readings {
                        let words = words.iter().flat_map(|word| context::spellings(word));
                        labels.extend(words);
                        labelled.resize(labels.len(), (place, *read));
                    }
                    continue;
                }
                Shape::Around(sign, read) => {
                    signs.push((sign, place, read));
                    continue;
                }
                Shape::Jwt | Shape::Masks(..) | Shape::Token { .. } | Shape::Custom => continue,
            };
            *slot = Some(place);
        }
        Scanner {
            detectors: detectors.to_vec(),
            masks: mask::Index::new(detectors),
            prefixes: secret::Index::new(detectors),
            words: context::Words::new(detectors),
            labels: beginnings::Beginnings::new(&labels, true),
            labelled,
            signs,
            special,
            custom: custom::Compiled::default(),
            finds_words: detectors.iter().any(|detector| matches!(detector.shape, Shape::Value(_) | Shape::Date)),
        }
    }

    /// The same with what the operator looks for.
    pub fn with_custom(self, custom: custom::Compiled) -> Self {
        let detectors: Vec<_> = self.detectors.iter().chain(&custom.rows).copied().collect();
        Scanner { custom, ..Scanner::new(&detectors) }
    }

    /// Appends to `hits` what is found in `text`: in order, without overlaps.
    ///
    /// `field` is the name the text has where it comes from (the JSON key, the form field); it counts as a word nearby.
    pub fn scan(&self, text: &str, field: Option<&str>, hits: &mut Vec<Hit>) {
        self.scan_counting(text, field, hits);
    }

    /// As [`Scanner::scan`], and says how many bytes were looked at by anything but the tokenizer.
    fn scan_counting(&self, text: &str, field: Option<&str>, hits: &mut Vec<Hit>) -> usize {
        let shadow = shadow::Shadow::new(text);
        let mut pass = scan::Pass::new(self, shadow.bytes(), field);
        pass.run();
        let work = pass.work;
        for raw in scan::resolve(pass.found) {
            let (start, end) = shadow.range(raw.start, raw.end);
            let Some(detector) = self.detectors.get(usize::from(raw.detector)) else {
                continue;
            };
            hits.push(Hit { start, end, detector });
        }
        work
    }

    /// For streams: how many bytes at the end of `text` may still become (part of) a hit when more text comes.
    ///
    /// All that is before them can be scanned and released. A label *behind* a number ("... is my phone") is not waited
    /// for, and the caller keeps some 80 released bytes at hand to scan with, because labels stand in front.
    pub fn holdback(&self, text: &str) -> usize {
        scan::holdback(text, self.finds_words).max(self.custom.holdback(text))
    }
}

#[cfg(test)]
mod tests;
