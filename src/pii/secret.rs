//! Secrets with a fixed beginning, JSON web tokens, PEM keys; and what only stands in a secret's place.

use super::value::{Joint, Label};
use super::{Detector, Shape, beginnings::Beginnings, checksum, mask::at};
use base64::Engine;
use std::borrow::Cow;

/// A PEM block longer than this is cut here: no key in use is as long.
const PEM_LONGEST: usize = 8192;
/// A web token is not longer than any header line may be.
const JWT_LONGEST: usize = 8192;

/// The body of a secret is looked at from this many beginnings within it, no more.
const TRIES: usize = 3;

/// All beginnings of the chosen detectors' secrets.
pub struct Index {
    beginnings: Beginnings,
    /// For each beginning its length, the detector and how the secret looks.
    entries: Vec<(usize, u16, Shape)>,
    /// The characters that may stand behind the letters and digits a secret begins with, a bit each.
    nexts: u128,
    /// Where another follows there are at least so many letters and digits.
    least: usize,
}

/// Where the stretch of a secret's characters ends that was read last, and how often it has been looked at.
#[derive(Default)]
pub struct Stretch {
    end: usize,
    tries: usize,
}

impl Index {
    /// Sorts the beginnings of the detectors.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        let mut words: Vec<&[u8]> = Vec::new();
        let mut entries = Vec::new();
        let mut nexts = 0;
        let mut least = usize::MAX;
        for (detector, row) in (0u16..).zip(detectors) {
            let (prefixes, body, min): (_, fn(u8) -> bool, _) = match row.shape {
                Shape::Token { prefixes, body, min, .. } => (prefixes, body, min),
                Shape::Jwt => (&["eyJ"] as _, |b| matches!(b, b'-' | b'_' | b'.'), usize::MAX / 2),
                _ => continue,
            };
            // The rest of a secret, or what says that it is on the next line.
            let goes_on = |b: &u8| body(*b) || matches!(b, b'=' | b'\\' | b'\r' | b'\n');
            for next in (0..128u8).filter(goes_on) {
                nexts |= 1 << next;
            }
            for prefix in prefixes.iter() {
                match prefix.bytes().find(|b| !b.is_ascii_alphanumeric()) {
                    Some(next) => nexts |= 1u128.checked_shl(u32::from(next)).unwrap_or(0),
                    None => least = least.min(prefix.len() + min),
                }
            }
            words.extend(prefixes.iter().map(|p| p.as_bytes()));
            entries.extend(prefixes.iter().map(|p| (p.len(), detector, row.shape)));
        }
        for letter in (0..128u8).filter(u8::is_ascii_alphanumeric) {
            nexts &= !(1 << letter);
        }
        Index { beginnings: Beginnings::new(&words, false), entries, nexts, least }
    }

    /// Whether a secret may begin with a run of so many letters and digits and the byte behind it.
    #[inline]
    pub fn may_go_on(&self, len: usize, next: u8) -> bool {
        len >= self.least || next >= 128 || self.nexts >> next & 1 == 1
    }

    /// The secrets that begin at `start`: detector and end.
    #[inline]
    pub fn at(
        &self,
        text: &[u8],
        start: usize,
        stretch: &mut Stretch,
        work: &mut usize,
        mut found: impl FnMut(u16, usize),
    ) {
        self.beginnings.at(text, start, |beginning, end| {
            let Some(&(_, detector, shape)) = self.entries.get(beginning) else {
                return;
            };
            let end = match shape {
                // Within a longer run of its alphabet it is no beginning, and each part is read once only.
                Shape::Jwt if at(text, start.wrapping_sub(1)) == b'-' => None,
                Shape::Jwt => text.get(start..).and_then(|rest| jwt(rest, work)).map(|len| start + len),
                Shape::Token { body, min, max, valid, .. } => {
                    token(text, (start, end), body, (min, max), valid, stretch, work)
                }
                _ => None,
            };
            if let Some(end) = end {
                found(detector, end);
            }
        });
    }
}

/// The secret whose fixed beginning is `start..from`: where it ends.
fn token(
    text: &[u8],
    (start, from): (usize, usize),
    body: fn(u8) -> bool,
    (min, max): (usize, usize),
    valid: fn(&[u8]) -> bool,
    stretch: &mut Stretch,
    work: &mut usize,
) -> Option<usize> {
    // Another beginning inside a stretch that has been looked at: `sk-sk-sk-`.
    if start < stretch.end {
        stretch.tries += 1;
        if stretch.tries > TRIES {
            return None;
        }
    }
    let tail = text.get(from..)?;
    let mut len = tail.iter().take(max + 1).take_while(|b| body(**b)).count();
    *work += 2 * len;
    if from + len > stretch.end {
        *stretch = Stretch { end: from + len, tries: 0 };
    }
    let mut broken = None;
    if len < min {
        // Broken by a mail's or a terminal's line length; what was missing follows at once.
        let (next, more) = continued(tail, len, body, max - len)?;
        *work += more;
        broken = Some([tail.get(..len)?, tail.get(next..next + more)?].concat());
        len = next + more;
    }
    while len > min && matches!(at(tail, len - 1), b'.' | b'-' | b'_' | b'=') && !body(b'=') {
        len -= 1; // the sentence's, not the secret's
    }
    let (whole, value) = match &broken {
        Some(rest) => (Cow::from([text.get(start..from)?, rest].concat()), rest.as_slice()),
        None => (text.get(start..from + len)?.into(), tail.get(..len)?),
    };
    // Of a fixed length: what goes on is something else.
    let ends = !at(text, from + len).is_ascii_alphanumeric();
    let fits = (min..=max).contains(&value.len()) && ends && !placeholder(value) && valid(&whole);
    (fits && checksum::entropy(value) > 2.2).then_some(from + len)
}

/// The rest of a secret on the next line: where it starts and how long it is.
fn continued(tail: &[u8], len: usize, body: fn(u8) -> bool, most: usize) -> Option<(usize, usize)> {
    let mut next = len;
    while matches!(at(tail, next), b'=' | b'\\') && next < len + 1 {
        next += 1; // quoted-printable and shells say that the line goes on
    }
    next += usize::from(at(tail, next) == b'\r');
    if len < 4 || at(tail, next) != b'\n' {
        return None;
    }
    next += 1;
    let margin = tail.get(next..)?.iter().take(8).take_while(|b| matches!(b, b' ' | b'>' | b'\t' | b'|')).count();
    next += margin;
    let more = tail.get(next..)?.iter().take(most).take_while(|b| body(**b)).count();
    (more > 0).then_some((next, more))
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
/// `searched`: up to where no END is, so that many beginnings are not many searches.
pub fn pem(text: &[u8], start: usize, searched: &mut usize, work: &mut usize) -> Option<usize> {
    let rest = text.get(start..)?.get(..PEM_LONGEST.min(text.len() - start))?;
    let head = rest.strip_prefix(b"-----BEGIN ")?;
    let line = head.get(..head.len().min(48))?;
    let key = line
        .windows(16)
        .position(|w| w == b"PRIVATE KEY-----")
        .map(|p| p + 16)
        .or_else(|| line.windows(22).position(|w| w == b"PRIVATE KEY BLOCK-----").map(|p| p + 22))?;
    let body = head.get(key..)?;
    let known = searched.saturating_sub(start + 11 + key).min(body.len());
    let unknown = body.get(known..)?;
    *work += unknown.len();
    let end = memchr::memmem::find(unknown, b"-----END ").map(|p| known + p);
    if end.is_none() {
        *searched = (start + rest.len()).saturating_sub(9);
    }
    let end = end.map(|p| (p, memchr::memmem::find(body.get(p + 9..).unwrap_or_default(), b"-----")));
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

/// Whether capitals stand together between small letters, as in no word and hardly a name of code: `sMVSEfIM`.
pub fn tangled(value: &[u8]) -> bool {
    let small = value.iter().position(u8::is_ascii_lowercase).unwrap_or(value.len());
    let behind = value.get(small..).unwrap_or_default();
    behind.windows(3).any(
        |run| matches!(run, [a, b, c] if a.is_ascii_uppercase() && b.is_ascii_uppercase() && c.is_ascii_lowercase()),
    )
}

/// What notes of where a secret goes have in them, and what hands type: counting up.
const PARTS: [&[u8]; 33] = [
    b"xxxx",
    b"****",
    b"....",
    b"your-",
    b"your_",
    b"your",
    b"redacted",
    b"placeholder",
    b"changeme",
    b"change_me",
    b"change-me",
    b"env.",
    b"process.",
    b"example",
    b"sample",
    b"dummy",
    b"insert",
    b"replace",
    b"secret_key",
    b"api_key",
    b"apikey",
    b"enter",
    b"fake",
    b"----",
    b"____",
    b"xxx-",
    b"yyyy",
    b"123456789",
    b"abcdefgh",
    b"987654321",
    b"abcd1234",
    b"1234abcd",
    b"a1b2c3d4",
];

/// For each first byte of a part, the second: of both the lower five bits, which are the same in either case.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
const BEGINNINGS: [u32; 32] = {
    let mut table = [0; 32];
    let mut part = 0;
    while part < PARTS.len() {
        table[(PARTS[part][0] & 31) as usize] |= 1 << (PARTS[part][1] & 31);
        part += 1;
    }
    table
};

/// `$HOME`, `$1`, `$(cat x)`; but not `$8Al^6pof`.
pub fn variable(value: &[u8]) -> bool {
    let [b'$', name @ ..] = value else { return false };
    let name_of = |b: &u8| {
        b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':' | b'-' | b'/' | b'>' | b'[' | b']' | b'\'')
    };
    matches!(name.first(), Some(b'{' | b'('))
        || name.iter().all(name_of)
            && (name.iter().all(u8::is_ascii_digit) || !name.first().is_some_and(u8::is_ascii_digit))
}

/// Whether a secret is somebody's note of where a secret goes, or what manuals print.
pub fn placeholder(secret: &[u8]) -> bool {
    const WORDS: [&[u8]; 9] =
        [b"password", b"pass", b"secret", b"token", b"null", b"none", b"true", b"false", b"string"];
    let holds = |from: usize, first: u8| {
        let begins = |part: &&[u8]| secret.get(from..from + part.len()).is_some_and(|p| p.eq_ignore_ascii_case(part));
        BEGINNINGS.get(usize::from(first & 31)).is_some_and(|seconds| seconds >> (at(secret, from + 1) & 31) & 1 == 1)
            && PARTS.iter().any(begins)
    };
    let pairs = secret.len() >= 8
        && secret.windows(3).filter(|w| matches!(w, [a, b, c] if a == b && b == c)).count() > secret.len() / 3;
    secret.is_empty()
        || variable(secret)
        || matches!(secret.first(), Some(b'<' | b'{' | b'['))
        || matches!(secret, [b'%', .., b'%'] | [b'%', _] | [b'%', _, _])
        || secret.iter().all(|b| Some(b) == secret.first())
        || pairs
        || secret.iter().enumerate().any(|(from, &first)| holds(from, first))
        || WORDS.iter().any(|word| secret.eq_ignore_ascii_case(word))
}

/// Forty characters of base64 with letters of both cases: half of all hexadecimal is as long.
pub fn aws_secret(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, _) = label.joined().filter(|(_, joint)| *joint != Joint::Space)?;
    let start = pos + usize::from(matches!(at(label.text, pos), b'"' | b'\'' | b'`'));
    let value = base64_run(label.text, start, 41)?;
    let mixed = value.iter().any(u8::is_ascii_lowercase)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().any(u8::is_ascii_digit);
    let fits = value.len() == 40 && mixed && checksum::entropy(value) > 4.0 && !placeholder(value);
    fits.then_some((start, start + 40))
}

/// 32 or 64 bytes in base64.
pub fn azure_key(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, _) = label.joined().filter(|(_, joint)| *joint == Joint::Sign)?;
    let start = pos + usize::from(matches!(at(label.text, pos), b'"' | b'\'' | b'`'));
    let value = base64_run(label.text, start, 90)?;
    let fits = matches!(value.len(), 44 | 88) && value.ends_with(b"=") && !placeholder(value);
    fits.then_some((start, start + value.len()))
}

fn base64_run(text: &[u8], start: usize, most: usize) -> Option<&[u8]> {
    let base64 = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let rest = text.get(start..)?;
    rest.get(..rest.iter().take(most).take_while(base64).count())
}

/// Three characters, a digit, `Q~`, and 31 to 34 more, around the `~`.
pub fn azure_client_secret(text: &[u8], tilde: usize) -> Option<(usize, usize)> {
    let body = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'-' | b'~');
    let start = tilde.checked_sub(5)?;
    let head = text.get(start..tilde)?;
    let rest = text.get(tilde + 1..)?;
    let len = rest.iter().take(40).take_while(|b| body(**b)).count();
    let marked = matches!(head, [_, _, _, digit, b'Q'] if digit.is_ascii_digit()) && head.iter().all(|b| body(*b));
    let free = start == 0 || !body(at(text, start - 1));
    (marked && free && (31..=35).contains(&len) && !placeholder(rest.get(..len)?)).then_some((start, tilde + 1 + len))
}

/// The bot's number, a colon, `AA` and 33 more.
pub fn telegram(text: &[u8], colon: usize) -> Option<(usize, usize)> {
    if (at(text, colon + 1), at(text, colon + 2)) != (b'A', b'A') {
        return None;
    }
    let digits = text.get(colon.saturating_sub(17)..colon)?.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let body = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let len = text.get(colon + 1..)?.iter().take(40).take_while(body).count();
    let before = at(text, colon.wrapping_sub(digits + 1));
    // `bot<token>` stands in the URLs of its API.
    let free = !before.is_ascii_alphanumeric() || before == b't';
    ((8..=16).contains(&digits) && free && (34..=36).contains(&len)).then_some((colon - digits, colon + 1 + len))
}

/// Around `.atlasv1.`: 14 characters in front, 60 to 70 behind.
pub fn terraform(label: Label<'_>) -> Option<(usize, usize)> {
    let (text, start) = (label.text, label.start.checked_sub(15)?);
    let head = text.get(start..label.start)?;
    let body = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'=');
    let len = text.get(label.end + 1..)?.iter().take(71).take_while(body).count();
    let fits = head.ends_with(b".") && head.iter().filter(|b| b.is_ascii_alphanumeric()).count() == 14;
    (fits && at(text, label.end) == b'.' && (60..=70).contains(&len)).then_some((start, label.end + 1 + len))
}

/// Six characters, `_`, 29 characters, `_mmk`.
pub fn maxmind(label: Label<'_>) -> Option<(usize, usize)> {
    let start = label.start.checked_sub(37)?;
    let head = label.text.get(start..label.start)?;
    let fits = head
        .iter()
        .enumerate()
        .all(|(place, b)| if matches!(place, 6 | 36) { *b == b'_' } else { b.is_ascii_alphanumeric() });
    fits.then_some((start, label.end))
}

/// The whole URL around the host and path that all of them have.
pub fn teams(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let host = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let front = text.get(label.start.saturating_sub(64)..label.start)?.iter().rev().take_while(host).count();
    let start = (label.start - front)
        .checked_sub(8)
        .filter(|start| text.get(*start..).is_some_and(|t| t.starts_with(b"https://")))?;
    let path = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'@' | b'_');
    let len = text.get(label.end..)?.iter().take(260).take_while(path).count();
    (len >= 100).then_some((start, label.end + len))
}
