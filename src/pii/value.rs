//! What stands behind a label: how label and value are joined, and which values are passwords, keys, user names.
//!
//! `password: x`, `DB_PASSWORD=x`, `"clientSecret": "x"`, `--password x`, `<password>x</password>`, `my password is x`:
//! the label is found by the walk over the text, the value here. A value that is code, a type, a reference to where the
//! secret lives, or a placeholder, is none.

use super::{
    checksum,
    mask::at,
    secret::{placeholder, tangled, variable},
};

/// The longest value behind a label.
const LONGEST: usize = 256;

/// So far a form is indented, and so much is between two of its lines.
const FORM: usize = 12;

/// A label in the text. Or it stands elsewhere, and `start` and `end` are where the value starts: zero if it is the name of
/// the field, the cell's beginning if it is the heading of a column; then the text ends with the value.
#[derive(Clone, Copy)]
pub struct Label<'t> {
    /// The text.
    pub text: &'t [u8],
    /// Where the label starts.
    pub start: usize,
    /// Where it ends.
    pub end: usize,
}

/// What joins a label and its value.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Joint {
    /// `:`, `=`, an arrow, a tag, a command line's space; or the label is the field's name.
    Sign,
    /// A form of `to be`.
    Copula,
    /// A few words and then a sign or a copula.
    Far,
    /// Nothing but space.
    Space,
}

/// Forms of `to be` between a label and its value, each in front of a space.
const COPULAS: &[&str] = &[
    "is",
    "was",
    "are",
    "to",
    "as",
    "ist",
    "lautet",
    "е",
    "war",
    "est",
    "es",
    "era",
    "é",
    "è",
    "sono",
    "är",
    "er",
    "on",
    "jest",
    "je",
    "este",
    "adalah",
    "là",
    "হল",
    "है",
    "это",
    "είναι",
    "هو",
    "هي",
    "הוא",
    "היא",
    "=>",
    "equals",
    "reads",
    "of",
];
/// More bytes than any of them has.
const LONGEST_COPULA: usize = 16;
/// The same in scripts without spaces.
const TIGHT_COPULAS: &[&str] = &["是", "为", "為", "は", "が", "는", "은", "이", "가", "คือ"];

fn starts(text: &[u8], pos: usize, word: &str) -> bool {
    text.get(pos..pos + word.len()).is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()))
}

fn skip(text: &[u8], from: usize, most: usize, fits: fn(u8) -> bool) -> usize {
    from + text.get(from..).unwrap_or_default().iter().take(most).take_while(|b| fits(**b)).count()
}

fn blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t')
}

impl Label<'_> {
    /// Whether the label is the name of the field whose text this is.
    pub fn is_field(&self) -> bool {
        self.end == 0
    }

    /// Where the value starts, quotes and all, and how it is joined.
    pub fn joined(&self) -> Option<(usize, Joint)> {
        let text = self.text;
        if self.start == self.end {
            return Some((skip(text, self.start, 8, |b| b.is_ascii_whitespace()), Joint::Sign));
        }
        let closed = skip(text, self.end, 4, |b| matches!(b, b'"' | b'\'' | b'`' | b'*' | b'_' | b')' | b']' | b'\\'));
        let pos = skip(text, closed, 8, blank);
        let spaced = pos > closed;
        if let Some(sign) = sign(text, pos, spaced) {
            return Some((value_start(text, sign), Joint::Sign));
        }
        if at(text, pos) == b'>' && at(text, self.start.wrapping_sub(1)) == b'<' {
            return Some((pos + 1, Joint::Sign));
        }
        if at(text, pos) == b'<'
            && let Some(value) = next_cell(text, pos)
        {
            return Some((value, Joint::Sign));
        }
        if matches!(at(text, closed), b'\n' | b'\r')
            && let Some(value) = self.line_below(closed)
        {
            return Some((value, Joint::Sign));
        }
        // `name="password" value="x"`, `{"name": "DB_PASSWORD", "value": "x"}`, and the same in YAML.
        let other = skip(text, closed, 40, |b| b.is_ascii_whitespace() || matches!(b, b',' | b'"' | b'\''));
        if starts(text, other, "value") {
            let quote = skip(text, other + 5, 3, |b| matches!(b, b'"' | b'\'' | b' '));
            if let Some(sign) = sign(text, quote, false) {
                return Some((value_start(text, sign), Joint::Sign));
            }
        }
        if closed > self.end && at(text, pos) == b',' {
            return Some((skip(text, pos + 1, 3, blank), Joint::Sign)); // ("password", "x")
        }
        let flag =
            at(text, self.start.wrapping_sub(1)) == b'-' && matches!(at(text, self.start.wrapping_sub(2)), b'-' | b' ');
        if spaced && flag {
            return Some((pos, Joint::Sign));
        }
        if let Some(word) = TIGHT_COPULAS.iter().find(|w| starts(text, pos, w)) {
            return Some((value_start(text, pos + word.len()), Joint::Copula));
        }
        if !spaced {
            return None;
        }
        if matches!(at(text, pos), b'"' | b'\'' | b'`') || at(text, closed) == b'\t' {
            return Some((pos, Joint::Sign)); // IDENTIFIED BY 'x'
        }
        for word in ["below", "as follows", "is below", "is as follows"] {
            if starts(text, pos, word)
                && let Some(sign) = sign(text, pos + word.len(), false)
            {
                return Some((value_start(text, sign), Joint::Sign));
            }
        }
        if let Some(after) = copula(text, pos) {
            return Some((after, Joint::Copula));
        }
        Some((pos, Joint::Space))
    }

    /// In a form that was copied as text: where the line below starts, if the label is all of its line and the value all of
    /// that one.
    fn line_below(&self, end: usize) -> Option<usize> {
        let text = self.text;
        let front = text.get(self.start.saturating_sub(FORM)..self.start)?;
        let front = memchr::memrchr(b'\n', front).map_or(front, |newline| front.get(newline + 1..).unwrap_or_default());
        let alone = front.len() < FORM && !front.iter().any(|b| b.is_ascii_alphanumeric() && *b != b'x');
        let start = skip(text, end, FORM, |b| b.is_ascii_whitespace());
        let to = skip(text, start, LONGEST, |b| !b.is_ascii_whitespace());
        (alone && matches!(at(text, to), 0 | b'\n' | b'\r')).then_some(start)
    }

    /// As [`Label::joined`], and past a few plain words: `password for the router: x`, `Passwort für das WLAN ist x`.
    pub fn joined_far(&self) -> Option<(usize, Joint)> {
        let (pos, joint) = self.joined()?;
        if joint != Joint::Space {
            return Some((pos, joint));
        }
        Some(self.far(pos).map_or((pos, joint), |pos| (pos, Joint::Far)))
    }

    /// Where the value starts behind a few plain words from `word` on and a sign or a form of `to be`.
    fn far(&self, mut word: usize) -> Option<usize> {
        for _ in 0..6 {
            let end = skip(self.text, word, 24, |b| {
                b.is_ascii_alphanumeric() || b >= 0x80 || matches!(b, b'-' | b'\'' | b'_' | b'.')
            });
            if let Some(sign) = sign(self.text, end, false) {
                return Some(value_start(self.text, sign));
            }
            let next = skip(self.text, end, 2, blank);
            if end == word || next == end {
                break;
            }
            if let Some(after) = copula(self.text, next) {
                return Some(after);
            }
            word = next;
        }
        None
    }

    /// The same where any number of digits would do for a value: right behind the label, else past a few words.
    fn near_or_far<T>(&self, fits: impl Fn(usize) -> Option<T>) -> Option<T> {
        // `medical record no. 7`, `your old record number, 75509807, on file`
        let (text, end) = (self.text, self.end);
        let aside = matches!((at(text, end), at(text, end + 1)), (b',' | b'.', b' ')).then_some(end + 2);
        let near = self.joined().map(|(pos, _)| pos).or(aside).and_then(&fits);
        let words = skip(text, aside.unwrap_or(end), 4, |b| blank(b) || b == b':');
        near.or_else(|| fits(self.far(words).filter(|_| words > end)?))
    }

    /// The value as written: to the closing quote, or to what ends a bare word.
    fn value(&self, pos: usize) -> Option<(usize, usize, bool)> {
        let text = self.text;
        let mut start = skip(text, pos, 3, |b| matches!(b, b'\\' | b'*' | b'_' | b'('));
        if start > pos && at(text, start - 1) == b'(' && !matches!(at(text, start), b'"' | b'\'') {
            start = pos;
        }
        let quote = at(text, start);
        let quoted = matches!(quote, b'"' | b'\'' | b'`');
        start += usize::from(quoted);
        let query = matches!(at(text, self.start.wrapping_sub(1)), b'?' | b'&');
        let stops = |b: u8| {
            if quoted {
                b == quote || b == b'\n'
            } else {
                b.is_ascii_whitespace()
                    || matches!(b, b'"' | b'\'' | b'<' | b'`' | b'|')
                    || query && matches!(b, b'&' | b'#')
            }
        };
        let all = text.get(start..)?;
        let mut value = all.get(..all.iter().take(LONGEST).take_while(|b| !stops(**b)).count())?;
        // `Password=x;Server=y`, `password=x,user=y`
        for stop in [b';', b','] {
            if let Some(cut) = memchr::memchr(stop, value).filter(|cut| {
                !quoted && (value.get(*cut..).is_some_and(|rest| rest.contains(&b'=') || rest.contains(&b':')))
            }) {
                value = value.get(..cut)?;
            }
        }
        while let [head @ .., last] = value {
            let opened = |open: u8| head.contains(&open);
            let loose = match last {
                b',' | b';' | b'.' | b':' | b'\\' => true,
                b')' => !opened(b'('),
                b'}' => !opened(b'{'),
                b']' => !opened(b'['),
                b'*' | b'_' => start > 0 && at(text, start - 1) == *last,
                _ => false,
            };
            if !loose || quoted && *last != b'\\' {
                break;
            }
            value = head;
        }
        Some((start, start + value.len(), quoted))
    }
}

/// Behind the sign at `pos`.
fn sign(text: &[u8], pos: usize, spaced: bool) -> Option<usize> {
    match (at(text, pos), at(text, pos + 1)) {
        (b':', b'/') if at(text, pos + 2) == b'/' => None,
        (b':', b':') => None,
        (b':', b'=') | (b'=', b'>') | (b'-', b'>') => Some(pos + 2),
        (b'=', b'=') => Some(pos + 2 + usize::from(at(text, pos + 2) == b'=')),
        (b'!', b'=') => Some(pos + 2),
        (b':' | b'=', _) => Some(pos + 1),
        (b'-' | b'|' | b'#', b' ') if spaced => Some(pos + 2),
        (0xE2, 0x86 | 0x87) if at(text, pos + 2) == 0x92 => Some(pos + 3), // → and ⇒
        (b'.', b'.') => Some(skip(text, pos, 64, |b| b == b'.')),
        _ => None,
    }
}

/// Behind the tags `</td><td>` that start at `pos`.
fn next_cell(text: &[u8], pos: usize) -> Option<usize> {
    let close = |from: usize| Some(from + memchr::memchr(b'>', text.get(from..text.len().min(from + 64))?)? + 1);
    let open = skip(text, close(pos).filter(|_| at(text, pos + 1) == b'/')?, FORM, |b| b.is_ascii_whitespace());
    let cell = at(text, open) == b'<' && matches!(at(text, open + 1), b't' | b'd' | b's' | b'T' | b'D');
    close(open).filter(|_| cell)
}

/// Past the space behind a sign; a line may end there, once.
fn value_start(text: &[u8], sign: usize) -> usize {
    let pos = skip(text, sign, 8, |b| blank(b) || b == b'*');
    if at(text, pos) == b'\n' || at(text, pos) == b'\r' {
        skip(text, pos, 12, |b| b.is_ascii_whitespace())
    } else {
        pos
    }
}

/// Behind the form of `to be` at `pos` and its colon.
fn copula(text: &[u8], pos: usize) -> Option<usize> {
    // Most words are none of them.
    if at(text, pos).is_ascii() && !b"iwatle=sojrh\xc3".contains(&at(text, pos).to_ascii_lowercase()) {
        return None;
    }
    let len = text.get(pos..)?.iter().take(LONGEST_COPULA + 1).position(|b| matches!(b, b' ' | b':'))?;
    COPULAS.iter().find(|word| word.len() == len && starts(text, pos, word))?;
    let after = skip(text, pos + len, 3, |b| blank(b) || b == b':');
    // `mon mot de passe est le x`
    let article = ["le ", "la ", "el ", "il ", "o ", "a "].iter().find(|word| starts(text, after, word));
    Some(after + article.map_or(0, |word| word.len()))
}

/// Whether a value is code, a type, or says where the secret lives.
fn reference(value: &[u8]) -> bool {
    let has = |part: &[u8]| memchr::memmem::find(value, part).is_some();
    let call = value.iter().position(|b| matches!(b, b'(' | b'[' | b'{')).is_some_and(|open| {
        open > 0
            && value.get(open - 1).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_')
            && value
                .get(..open)
                .is_some_and(|name| name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.')))
            && value.iter().any(|b| matches!(b, b')' | b']' | b'}' | b'\''))
    });
    call || has(b"${")
        || has(b"{{")
        || has(b"()")
        || has(b"::")
        || has(b"->")
        || has(b"://")
        || has(b"=>")
        || has(b"environ")
        || has(b"getenv")
        || has(b"secrets.")
        || has(b"arn:aws")
        || variable(value)
        || matches!(value.first(), Some(b'<' | b'{' | b'[' | b'/' | b'~' | b'\\' | b'_'))
}

fn kinds(value: &[u8]) -> [bool; 4] {
    [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation]
        .map(|kind| value.iter().any(kind))
}

/// Words with a digit or a sign that stand where a password would.
const NO_PASSWORD: &[&str] = &[
    "n/a",
    "utf-8",
    "utf8",
    "base64",
    "sha256",
    "sha512",
    "md5",
    "oauth2",
    "bcrypt",
    "argon2",
    "hs256",
    "rs256",
    "x509",
    "varchar(255)",
    "string?",
    "str,",
    "optional[str]",
    "in-app",
    "one-time",
    "2fa",
    "e-mail",
    "p@ssword?",
    "non-empty",
];

/// The password behind a label.
pub fn password(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, joint) = label.joined_far()?;
    let (start, end, quoted) = label.value(pos)?;
    let value = label.text.get(start..end)?;
    if !(4..=128).contains(&value.len()) || placeholder(value) || reference(value) {
        return None;
    }
    let [lower, upper, digit, sign] = kinds(value);
    let mixed = usize::from(lower) + usize::from(upper) + usize::from(digit) + usize::from(sign);
    let inner = value.get(..value.len() - 1).unwrap_or_default();
    let inner_sign =
        inner.iter().any(|b| b.is_ascii_punctuation() && !matches!(b, b'-' | b'_' | b'.' | b'/' | b'\'' | b'&' | b','));
    let identifier = value
        .iter()
        .all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b'/' | b' ' | b'\'' | b'?' | b'!' | b','));
    let words = value.contains(&b' ');
    let foreign = !value.is_ascii();
    let number = !lower && !upper && !inner_sign;
    let dashes = value.iter().filter(|b| **b == b'-').count();
    let tangled = value.len() >= 8 && tangled(value) && joint == Joint::Sign;
    let phrase = dashes >= 3 && value.len() >= 20 && !upper;
    let strong = digit && (lower || upper) || inner_sign && mixed >= 2 || tangled;
    let identifier = identifier && !tangled && !(inner_sign && lower && upper);
    let listed = NO_PASSWORD.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    let version = value.first() == Some(&b'v') && value.iter().skip(1).all(|b| b.is_ascii_digit() || *b == b'.');
    if words || listed || version || (foreign && !digit) || (identifier && !phrase) {
        return None;
    }
    let fits = match joint {
        Joint::Sign if label.is_field() || quoted => strong && value.len() >= 5 || number && value.len() >= 4 || phrase,
        Joint::Sign | Joint::Copula => {
            strong && value.len() >= 5 || number && value.len() >= 6 && joint == Joint::Sign || phrase
        }
        Joint::Far => strong && value.len() >= 6 && (mixed >= 3 || value.len() >= 8 && digit),
        Joint::Space => {
            // `password argon2id`, `password 12-2024`
            let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
            let plain = value.iter().all(u8::is_ascii_alphanumeric) && value.len() >= 8 && digits >= 2;
            let scheme =
                ["argon", "pbkdf", "scrypt", "sha", "bcrypt", "oauth", "v"].iter().any(|s| starts(value, 0, s));
            let letters = lower || upper;
            strong && letters && value.len() >= 6 && (mixed >= 3 || plain) && (!scheme || inner_sign)
        }
    };
    fits.then_some((start, end))
}

/// The password behind a user's name on a command line: `-u admin:x`.
pub fn user_and_password(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, _) = label.joined().filter(|_| !label.is_field())?;
    let (start, end, _) = label.value(pos)?;
    let value = label.text.get(start..end)?;
    let colon = memchr::memchr(b':', value)?;
    let password = value.get(colon + 1..)?;
    let [lower, upper, digit, _] = kinds(password);
    let fits = colon > 0 && password.len() >= 6 && digit && (lower || upper) && !placeholder(password);
    let user = value.get(..colon)?.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@'));
    (fits && user && !reference(password)).then_some((start + colon + 1, end))
}

/// The key or token behind a label.
pub fn key(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, joint) = label.joined_far()?;
    // With nothing between but a space only what cannot be a word is one.
    let bearer = label.text.get(label.start..label.end).is_some_and(|l| l.eq_ignore_ascii_case(b"bearer"));
    let least = if joint == Joint::Space && !bearer { 20 } else { 12 };
    // `Authorization: Bearer x`, `Token x`, `Basic x`
    let pos = ["Bearer ", "Basic ", "Token ", "ApiKey ", "token ", "bearer ", "basic "]
        .iter()
        .find(|scheme| starts(label.text, pos, scheme))
        .map_or(pos, |scheme| pos + scheme.len());
    let (start, end, _) = label.value(pos)?;
    let value = label.text.get(start..end)?;
    let [lower, upper, digit, _] = kinds(value);
    let random = least == 12 || digit && (lower && upper || value.iter().all(u8::is_ascii_hexdigit));
    (random && secret_like(value, least)).then_some((start, end))
}

/// The key behind a label that many other things are called by as well.
pub fn weak_key(label: Label<'_>) -> Option<(usize, usize)> {
    const OTHERS: &[&str] = &[
        "public",
        "publishable",
        "primary",
        "foreign",
        "cache",
        "sort",
        "partition",
        "idempotency",
        "object",
        "row",
        "s3",
        "site",
        "map",
        "hash",
        "trace",
    ];
    let front = label.text.get(label.start.saturating_sub(12)..label.start).unwrap_or_default();
    let front = front.strip_suffix(b"_").or(front.strip_suffix(b"-")).or(front.strip_suffix(b" ")).unwrap_or(front);
    let tail = |word: &str| front.len().checked_sub(word.len()).is_some_and(|from| starts(front, from, word));
    let (pos, joint) = label.joined()?;
    let (start, end, _) = label.value(pos).filter(|_| joint == Joint::Sign && !OTHERS.iter().any(|word| tail(word)))?;
    let value = label.text.get(start..end)?;
    // Names of files and versions are made of short parts.
    let longest = value.split(|b| !b.is_ascii_alphanumeric()).map(<[u8]>::len).max().unwrap_or(0);
    let fits = secret_like(value, 20) && longest >= 16 && checksum::entropy(value) > 3.2 && !uuid(value);
    (fits && !value.starts_with(b"pk_")).then_some((start, end))
}

fn uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value.iter().enumerate().all(
            |(at, b)| {
                if matches!(at, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() }
            },
        )
}

fn secret_like(value: &[u8], least: usize) -> bool {
    let alphabet = |b: &u8| {
        b.is_ascii_alphanumeric()
            || matches!(
                b,
                b'_' | b'-'
                    | b'+'
                    | b'/'
                    | b'='
                    | b'.'
                    | b'~'
                    | b':'
                    | b'|'
                    | b'%'
                    | b'!'
                    | b'@'
                    | b'#'
                    | b'$'
                    | b'^'
                    | b'*'
            )
    };
    let [lower, upper, digit, _] = kinds(value);
    if value.len() < least || !value.iter().all(alphabet) || placeholder(value) || reference(value) {
        return false;
    }
    let letters = lower || upper;
    let long = value.len() >= 32 && lower && upper && checksum::entropy(value) > 4.2;
    // Names of code and of files have long runs of letters between their dots and dashes.
    let named = value.split(|b| matches!(b, b'_' | b'-' | b'.' | b'/' | b':')).filter(|part| !part.is_empty());
    let (mut parts, mut plain) = (0, 0);
    for part in named {
        parts += 1;
        // `dot2`
        let word = part.strip_suffix(b"2").or_else(|| part.strip_suffix(b"1")).unwrap_or(part);
        plain += usize::from(word.iter().all(u8::is_ascii_alphabetic) || part.iter().all(u8::is_ascii_digit));
    }
    let name = parts > 1 && plain == parts && value.len() < 40;
    letters && (digit || long) && !name && checksum::entropy(value) > 2.8
}

/// The user name behind a label.
pub fn user_name(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let (pos, joint) = label.joined()?;
    let (start, end, quoted) = label.value(pos)?;
    let value = label.text.get(start..end)?;
    let [lower, upper, digit, _] = kinds(value);
    let alphabet = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'\\' | b'+');
    let fits = (3..=40).contains(&value.len())
        && (lower || upper)
        && value.iter().all(alphabet)
        && !placeholder(value)
        && !reference(value)
        && !NO_USER.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    let marked = digit || value.iter().any(|b| matches!(b, b'_' | b'-' | b'.'));
    // `username: jsmith` at the end of its line; `user: permission denied` goes on.
    let whole = matches!(at(text, end), 0 | b'\n' | b'\r' | b'<' | b'|' | b'&' | b';')
        || at(text, end) == b' ' && at(text, end + 1) == b'|';
    let word = value.len() >= 5 && label.end - label.start >= 6 && whole;
    let sure = match joint {
        Joint::Sign => label.is_field() || quoted || marked || word,
        Joint::Copula => marked,
        Joint::Far | Joint::Space => false,
    };
    // `username = request.form`: code.
    let head = value.split(|b| *b == b'.').next().unwrap_or_default();
    let code =
        !quoted && value.contains(&b'.') && NO_USER.iter().any(|word| head.eq_ignore_ascii_case(word.as_bytes()));
    (fits && sure && !code).then_some((start, end))
}

/// What stands where a user's name would, and is nobody's.
const NO_USER: &[&str] = &[
    "string",
    "username",
    "user",
    "user_name",
    "user-name",
    "user_id",
    "userid",
    "login",
    "root",
    "admin",
    "administrator",
    "postgres",
    "guest",
    "anonymous",
    "none",
    "null",
    "true",
    "false",
    "required",
    "optional",
    "varchar",
    "text",
    "name",
    "email",
    "e-mail",
    "nobody",
    "system",
    "default",
    "unknown",
    "undefined",
    "str",
    "self.username",
    "request.user",
    "user.name",
    "user.username",
    "args.username",
    "ubuntu",
    "ec2-user",
    "www-data",
    "git",
    "test",
    "demo",
    "nginx",
    "mysql",
    "request",
    "self",
    "args",
    "config",
    "os",
    "process",
    "env",
    "form",
    "req",
    "params",
    "options",
    "settings",
    "event",
    "ctx",
    "props",
    "state",
    "body",
    "this",
    "session",
    "data",
    "input",
    "payload",
    "account",
    "profile",
    "redis",
    "sa",
    "operator",
    "service",
    "me",
    "you",
    "unique",
    "non-null",
    "invalid",
    "missing",
    "incorrect",
    "empty",
    "password",
    "logout",
    "changed",
    "hidden",
    "deployer",
    "runner",
    "oracle",
    "pending",
    "varchar2",
    "example",
    "yourname",
    "placeholder",
    "available",
    "taken",
    "successful",
    "failed",
];

/// A number with or without letters, as institutions give them out.
pub fn code(label: Label<'_>) -> Option<(usize, usize)> {
    label.near_or_far(|pos| code_at(label.text, pos))
}

fn code_at(text: &[u8], mut pos: usize) -> Option<(usize, usize)> {
    // `number`, `no.`, `#`, `is` between the label and the value.
    for _ in 0..3 {
        let word = ["number", "numbers", "no.", "no", "nr.", "nr", "n°", "nº", "#", "id", "is", ":", "№", "num."];
        let Some(word) = word.iter().find(|w| {
            let next = at(text, pos + w.len());
            starts(text, pos, w) && (!next.is_ascii_alphanumeric() || w.ends_with(['#', ':']))
        }) else {
            break;
        };
        pos = skip(text, pos + word.len(), 3, |b| blank(b) || matches!(b, b':' | b'=' | b'"'));
    }
    let start = skip(text, pos, 2, |b| matches!(b, b'"' | b'\'' | b'`' | b'#' | b'*' | b'('));
    let joins = |b: u8| matches!(b, b'-' | b'/' | b'.');
    let mut end = skip(text, start, 26, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'/' | b'.'));
    while end > start && joins(at(text, end - 1)) {
        end -= 1;
    }
    let value = text.get(start..end)?;
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let date = value.iter().filter(|b| joins(**b)).count() == 2 && letters == 0 && digits <= 8;
    let fits = (5..=24).contains(&value.len()) && digits >= 4 && letters <= 8 && !date && !checksum::all_same(value);
    (fits && !matches!(at(text, end), b'@' | b'_' | b'(' | b'%')).then_some((start, end))
}

/// The number of a document behind its label: one to three capitals of any script, a space perhaps, six or seven digits.
pub fn series(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    label.near_or_far(|pos| {
        let start = skip(text, pos, 8, |b| matches!(b, b'"' | b'\'' | b'(' | b'*' | b' ' | b'\\') || b == b'#');
        let lead = |b: u8| matches!(b, 0xCE | 0xD0);
        let capital = |b: u8| b.is_ascii_uppercase() || matches!(b, 0xCE | 0xD0 | 0x86..=0xAF);
        let letters = skip(text, start, 6, capital);
        let count = text.get(start..letters)?.iter().filter(|b| !lead(**b)).count();
        let from = letters + usize::from(blank(at(text, letters)) || at(text, letters) == b'-');
        let end = skip(text, from, 8, |b| b.is_ascii_digit());
        let digits = end - from;
        let free = !at(text, end).is_ascii_alphanumeric();
        ((1..=3).contains(&count) && matches!(digits, 6 | 7) && free).then_some((start, end))
    })
}

/// The number plate behind a label: up to three groups of capitals and digits.
pub fn plate(label: Label<'_>) -> Option<(usize, usize)> {
    label.near_or_far(|pos| plate_at(label.text, pos))
}

fn plate_at(text: &[u8], pos: usize) -> Option<(usize, usize)> {
    let start = skip(text, pos, 2, |b| matches!(b, b'"' | b'\'' | b'#' | b'*' | b'('));
    let (mut end, mut digits, mut all) = (start, 0, 0);
    let mut next = start;
    for _ in 0..4 {
        // Of Cyrillic's capitals the first byte is 0xD0, the second up to 0xAF.
        let to =
            skip(text, next, 12, |b| b.is_ascii_uppercase() || b.is_ascii_digit() || matches!(b, 0xD0 | 0x90..=0xAF));
        let group = text.get(next..to)?;
        if group.is_empty() || at(text, to).is_ascii_alphanumeric() {
            break;
        }
        digits += group.iter().filter(|b| b.is_ascii_digit()).count();
        all += group.iter().filter(|b| **b != 0xD0).count();
        end = to;
        if !matches!(at(text, to), b' ' | b'-') {
            break;
        }
        next = to + 1;
    }
    let fits = (4..=9).contains(&all) && digits > 0 && digits < 8 && !matches!(at(text, end), b'_' | b'/' | b':');
    fits.then_some((start, end))
}
