//! Secrets with a fixed beginning, JSON web tokens, PEM keys and values behind a label.

use super::{Detector, Shape, checksum, mask::at, net};
use base64::Engine;

/// A PEM block longer than this is cut here: no key in use is as long.
const PEM_LONGEST: usize = 8192;
/// A web token is not longer than any header line may be.
const JWT_LONGEST: usize = 8192;

/// One beginning of one chosen detector.
struct Entry {
    prefix: &'static [u8],
    detector: u16,
    shape: Shape,
}

/// All beginnings, by their first two bytes.
pub struct Index {
    entries: Vec<Entry>,
    /// One bit for each pair of first bytes (ASCII) that begins some entry.
    pairs: Vec<u64>,
}

impl Index {
    /// Sorts the beginnings of the detectors.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        let mut entries = Vec::new();
        for (detector, row) in (0u16..).zip(detectors) {
            let prefixes = match row.shape {
                Shape::Token { prefixes, .. } => prefixes,
                Shape::Jwt => &["eyJ"],
                _ => continue,
            };
            entries.extend(prefixes.iter().map(|p| Entry { prefix: p.as_bytes(), detector, shape: row.shape }));
        }
        let mut pairs = vec![0u64; 256];
        for entry in &entries {
            let (word, bit) = pair(at(entry.prefix, 0), at(entry.prefix, 1));
            if let Some(word) = pairs.get_mut(word) {
                *word |= bit;
            }
        }
        Index { entries, pairs }
    }

    /// The secrets that begin at `start`: detector and end.
    pub fn at(&self, text: &[u8], start: usize, work: &mut usize, mut found: impl FnMut(u16, usize)) {
        let (word, bit) = pair(at(text, start), at(text, start + 1));
        if self.pairs.get(word).is_none_or(|w| w & bit == 0) {
            return;
        }
        let Some(rest) = text.get(start..) else { return };
        for entry in self.entries.iter().filter(|e| rest.starts_with(e.prefix)) {
            let len = match entry.shape {
                // Within a longer run of its alphabet it is no beginning, and each part is read once only.
                Shape::Jwt if at(text, start.wrapping_sub(1)) == b'-' => None,
                Shape::Jwt => jwt(rest, work),
                Shape::Token { body, min, max, valid, .. } => token(rest, entry.prefix, body, (min, max), valid, work),
                _ => None,
            };
            if let Some(len) = len {
                found(entry.detector, start + len);
            }
        }
    }
}

fn pair(a: u8, b: u8) -> (usize, u64) {
    let key = (usize::from(a & 0x7F) << 7) | usize::from(b & 0x7F);
    (key >> 6, 1 << (key & 63))
}

fn token(
    rest: &[u8],
    prefix: &[u8],
    body: fn(u8) -> bool,
    (min, max): (usize, usize),
    valid: fn(&[u8]) -> bool,
    work: &mut usize,
) -> Option<usize> {
    let tail = rest.get(prefix.len()..)?;
    let mut len = tail.iter().take(max + 1).take_while(|b| body(**b)).count();
    *work += len;
    while len > min && matches!(at(tail, len - 1), b'.' | b'-') {
        len -= 1; // the sentence's, not the secret's
    }
    let whole = rest.get(..prefix.len() + len)?;
    let value = tail.get(..len)?;
    let fits = (min..=max).contains(&len) && !net::placeholder(value) && checksum::entropy(value) > 2.2 && valid(whole);
    fits.then_some(prefix.len() + len)
}

/// The length of the web token `rest` begins with: its header is JSON that names an algorithm.
fn jwt(rest: &[u8], work: &mut usize) -> Option<usize> {
    let base64url = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
    let part = |from: usize| {
        rest.get(from..).unwrap_or_default().iter().take(JWT_LONGEST).take_while(|b| base64url(b)).count()
    };
    let header = part(0);
    *work += header;
    // A header is some dozens of characters; certificates inside make it long, megabytes of `eyJ` do not make it one.
    if header > 4096 || at(rest, header) != b'.' {
        return None;
    }
    let payload = part(header + 1);
    *work += payload;
    let json = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(rest.get(..header)?).ok()?;
    if payload < 2 || !json.windows(5).any(|w| w == b"\"alg\"") {
        return None;
    }
    let mut end = header + 1 + payload;
    if at(rest, end) == b'.' {
        let signature = part(end + 1);
        *work += signature;
        end += if signature > 0 { 1 + signature } else { 0 };
    }
    Some(end)
}

/// The end of the private key that begins with the dashes at `start`; a key without END is taken as far as it may go.
pub fn pem(text: &[u8], start: usize) -> Option<usize> {
    let rest = text.get(start..)?.get(..PEM_LONGEST.min(text.len() - start))?;
    let head = rest.strip_prefix(b"-----BEGIN ")?;
    let line = head.get(..head.len().min(48))?;
    let key = line
        .windows(16)
        .position(|w| w == b"PRIVATE KEY-----")
        .map(|p| p + 16)
        .or_else(|| line.windows(22).position(|w| w == b"PRIVATE KEY BLOCK-----").map(|p| p + 22))?;
    let body = head.get(key..)?;
    let end = memchr::memmem::find(body, b"-----END ")
        .map(|p| (p, memchr::memmem::find(body.get(p + 9..).unwrap_or_default(), b"-----")));
    let until = match end {
        Some((p, Some(q))) => p + 9 + q + 5,
        Some((_, None)) => body.len(),
        // Cut off: base64 lines as far as they go.
        None => body
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'\n' | b'\r' | b'\\'))
            .count(),
    };
    (until > 16).then_some(start + 11 + key + until)
}

/// For the `:` or `=` at `sign`: the value behind it, if a label stands in front of it.
///
/// The label is the word that ends at the sign (quotes and one space aside), compared with `labels`, also as the end of a
/// longer name: `DB_PASSWORD`, `clientSecret`. The value runs to the next space or quote.
pub fn after_label(text: &[u8], sign: usize, labels: &[&str]) -> Option<(usize, usize)> {
    let mut stop = sign;
    while stop > 0 && matches!(at(text, stop - 1), b' ' | b'"' | b'\'' | b'`' | b'\\' | b'*') && sign - stop < 4 {
        stop -= 1;
    }
    let floor = stop.saturating_sub(40);
    let window = text.get(floor..stop)?;
    let named = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.') || !b.is_ascii();
    let word = window.get(window.iter().rposition(|b| !named(b)).map_or(0, |p| p + 1)..)?;
    let flat: Vec<u8> =
        word.iter().filter(|b| b.is_ascii_alphanumeric() || !b.is_ascii()).map(u8::to_ascii_lowercase).collect();
    if !labels.iter().any(|label| flat.ends_with(label.as_bytes())) {
        return None;
    }
    let mut start = sign + 1;
    while matches!(at(text, start), b' ' | b'"' | b'\'' | b'`' | b'\\' | b'>' | b'=' | b'*') && start - sign < 6 {
        start += 1;
    }
    let quote = at(text, start - 1);
    let ends = |b: &u8| {
        if matches!(quote, b'"' | b'\'' | b'`') {
            *b == quote || *b == b'\n'
        } else {
            b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'<' | b'`' | b'&')
        }
    };
    let len = text.get(start..)?.iter().take(200).take_while(|b| !ends(b)).count();
    let mut value = text.get(start..start + len)?;
    while let [head @ .., b',' | b';' | b'.' | b':' | b')' | b'}' | b']' | b'\\'] = value {
        value = head;
    }
    let code =
        value.iter().any(|b| matches!(b, b'(' | b'{' | b'[')) || value.windows(2).any(|w| w == b"->" || w == b"::");
    let kinds = [u8::is_ascii_lowercase, u8::is_ascii_uppercase, u8::is_ascii_digit, u8::is_ascii_punctuation];
    let mixed = kinds.iter().filter(|k| value.iter().any(k)).count();
    let fits = (6..200).contains(&value.len()) && mixed >= 2 && !code;
    // A capitalised word has two kinds of letters and is a word.
    // And so are several, a path, a name of code.
    let letters = value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b' ' | b'.' | b'/'))
        || value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'_' | b'.'))
        || matches!(value.first(), Some(b'_' | b'/'))
        || value.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.' | b'/'));
    (fits && !letters && !net::placeholder(value)).then_some((start, start + value.len()))
}
