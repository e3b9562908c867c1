//! Names of people by what stands in front of them: `my name is`, `Dear`, `Frau`, `姓名：`. There is no dictionary, so a
//! name without a cue is not found, and a cue followed by capitals that are nobody's name is held back by a stop list.

use super::mask::at;
use super::value::{Joint, Label};

/// Words with a capital behind a cue that are no name.
const NO_NAME: &[&str] = &[
    "sir",
    "madam",
    "team",
    "customer",
    "support",
    "all",
    "everyone",
    "hiring",
    "manager",
    "colleague",
    "colleagues",
    "friend",
    "friends",
    "user",
    "users",
    "customers",
    "client",
    "valued",
    "the",
    "a",
    "an",
    "in",
    "on",
    "at",
    "for",
    "from",
    "to",
    "and",
    "or",
    "not",
    "my",
    "your",
    "our",
    "this",
    "that",
    "i",
    "we",
    "you",
    "it",
    "is",
    "if",
    "as",
    "damen",
    "herren",
    "kunde",
    "kundin",
    "kollegen",
    "kolleginnen",
    "cliente",
    "equipo",
    "equipe",
    "équipe",
    "madame",
    "monsieur",
    "mesdames",
    "messieurs",
    "señor",
    "señora",
    "senhor",
    "senhora",
    "signore",
    "signora",
    "mr",
    "mrs",
    "ms",
    "dr",
    "prof",
    "herr",
    "frau",
    "service",
    "department",
    "committee",
    "admin",
    "administrator",
    "unknown",
    "none",
    "null",
    "true",
    "false",
    "string",
    "name",
    "test",
    "here",
    "there",
    "yes",
    "no",
    "ok",
    "please",
    "thanks",
    "president",
    "chairman",
    "secretary",
    "minister",
    "speaker",
    "editor",
    "god",
    "lord",
    "santa",
    "president",
    "openai",
    "google",
    "microsoft",
    "amazon",
    "linux",
    "windows",
    "python",
    "java",
    "javascript",
    "english",
    "german",
    "french",
    "spanish",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "first",
    "last",
    "full",
    "id",
    "invoice",
    "order",
    "account",
    "hello",
    "hi",
    "dear",
    "re",
    "fwd",
    "subject",
    "recruiter",
    "doctor",
    "data",
    "only",
    "when",
    "what",
    "who",
    "why",
    "how",
    "where",
    "are",
    "was",
    "will",
    "can",
    "recipient",
    "applicant",
    "member",
    "members",
    "professor",
    "officer",
    "reader",
    "readers",
    "parents",
    "students",
    "student",
    "sehr",
    "geehrte",
    "geehrter",
    "liebe",
    "lieber",
    "chers",
    "cher",
    "chère",
    "guest",
    "guests",
    "partner",
];

/// Parts of a name that begin small.
const PARTICLES: &[&str] = &[
    "van", "von", "de", "der", "den", "da", "do", "dos", "das", "di", "del", "della", "la", "le", "du", "bin", "ibn",
    "al", "el", "ter", "ten", "zu", "zur", "af", "av", "y", "e", "bint", "ben", "st.",
];

/// Whether a word may stand inside a name without beginning large.
pub fn is_particle(word: &[u8]) -> bool {
    PARTICLES.iter().any(|particle| particle.as_bytes() == word)
}

/// One word of a name at `pos`: where it ends; and whether it is a whole word, not an initial.
fn word(text: &[u8], pos: usize) -> Option<(usize, bool)> {
    let rest = text.get(pos..text.len().min(pos + 48))?;
    let valid = match std::str::from_utf8(rest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
    };
    let first = valid.chars().next()?;
    if !first.is_uppercase() && !(first.is_alphabetic() && !first.is_lowercase() && !first.is_ascii()) {
        return None;
    }
    let mut len = 0;
    let mut letters = 0;
    for c in valid.chars() {
        let joins = matches!(c, '\'' | '-' | '\u{2019}') && letters > 0;
        // Vowel signs of Indic and Thai scripts are no letters.
        let sign = matches!(c as u32, 0x0900..=0x0E7F | 0x0300..=0x036F);
        if !(c.is_alphabetic() || joins || sign) {
            break;
        }
        letters += 1;
        len += c.len_utf8();
    }
    while valid.get(..len).is_some_and(|word| word.ends_with(['\'', '-', '\u{2019}'])) {
        len -= valid.get(..len).and_then(|w| w.chars().next_back()).map_or(1, char::len_utf8);
    }
    let written = valid.get(..len)?;
    // `Jane's`
    let written = written.strip_suffix("'s").or(written.strip_suffix("\u{2019}s")).unwrap_or(written);
    let end = pos + written.len();
    if letters == 1 {
        return Some((end + usize::from(at(text, end) == b'.'), false));
    }
    let stopped = NO_NAME.iter().any(|stop| written.to_lowercase() == *stop);
    let shouted = written.len() > 1 && written.bytes().all(|b| b.is_ascii_uppercase()) && written.len() < 3;
    (!stopped && !shouted && !at(text, end).is_ascii_digit() && at(text, end) != b'_').then_some((end, true))
}

/// The name at `pos`, of at least so many words.
fn name(text: &[u8], pos: usize, least: usize) -> Option<(usize, usize)> {
    let mut end = pos;
    let (mut words, mut whole) = (0, 0);
    let mut next = pos;
    while words < 5 {
        let mut from = next;
        let particle = PARTICLES.iter().find(|p| {
            words > 0 && text.get(from..from + p.len()) == Some(p.as_bytes()) && at(text, from + p.len()) == b' '
        });
        if let Some(particle) = particle {
            from += particle.len() + 1;
            // `van der Berg`
            if let Some(second) = PARTICLES
                .iter()
                .find(|p| text.get(from..from + p.len()) == Some(p.as_bytes()) && at(text, from + p.len()) == b' ')
            {
                from += second.len() + 1;
            }
        }
        let Some((to, long)) = word(text, from) else { break };
        words += 1;
        whole += usize::from(long);
        end = to;
        if at(text, to) != b' ' {
            break;
        }
        next = to + 1;
    }
    // `Amazon.com`, `Jane@`, `Foo()`: no name; `Foo:` names a key.
    let tail = at(text, end);
    let code = matches!(tail, b'@' | b'(' | b'=' | b'/' | b'\\' | b'_')
        || tail == b'.' && at(text, end + 1).is_ascii_alphanumeric();
    (words >= least && whole > 0 && !code).then_some((pos, end))
}

/// Han, Hangul or kana names: two to five characters.
fn eastern(text: &[u8], pos: usize) -> Option<(usize, usize)> {
    let rest = text.get(pos..text.len().min(pos + 24))?;
    let valid = match std::str::from_utf8(rest) {
        Ok(valid) => valid,
        Err(error) => std::str::from_utf8(rest.get(..error.valid_up_to())?).ok()?,
    };
    let fits = |c: char| matches!(c as u32, 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0x30A0..=0x30FF);
    let ending = |rest: &str| {
        ["です", "と申", "という", "입니다", "이에요", "예요", "씨", "님", "さん", "様", "先生", "，", "。", "的"]
            .iter()
            .any(|e| rest.starts_with(e))
    };
    let mut end = 0;
    for (count, (place, c)) in valid.char_indices().enumerate() {
        let spaced = c == ' ' && count > 0 && valid.get(place + 1..).and_then(|r| r.chars().next()).is_some_and(fits);
        if count >= 6 || !(fits(c) || spaced) || count >= 2 && ending(valid.get(place..)?) {
            break;
        }
        end = place + c.len_utf8();
    }
    let count = valid.get(..end)?.chars().count();
    (2..=6).contains(&count).then_some((pos, pos + end))
}

fn decorated(text: &[u8], pos: usize) -> usize {
    pos + text
        .get(pos..)
        .unwrap_or_default()
        .iter()
        .take(3)
        .take_while(|b| matches!(b, b'"' | b'\'' | b'*' | b'_'))
        .count()
}

/// Behind a word that is only used in front of names: `Dear`, `Mr.`, `my name is`, `geboren als`.
pub fn addressed(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let mut pos = label.end;
    let gap = text.get(pos..)?.iter().take(4).take_while(|b| matches!(b, b'.' | b' ' | b':' | b',')).count();
    pos = decorated(text, pos + gap);
    // `Dear Mr. Roe`, `Sehr geehrte Frau Dr. Roe`: the title is the next label's.
    match at(text, pos) {
        0xE3.. => eastern(text, pos),
        _ if gap > 0 => name(text, pos, 1),
        _ => None,
    }
}

/// Behind the name of a field for people's names; as its label, a sign or a form of `to be` must follow.
pub fn field(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, joint) = label.joined()?;
    let pos = decorated(label.text, pos);
    let sure = matches!(joint, Joint::Sign | Joint::Copula);
    sure.then(|| name(label.text, pos, 1).or_else(|| eastern(label.text, pos))).flatten()
}

/// Behind `name`, `from`, `contact`: many things have one, so two words or more.
pub fn loose_field(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, joint) = label.joined()?;
    let pos = decorated(label.text, pos);
    (joint == Joint::Sign).then(|| name(label.text, pos, 2).or_else(|| eastern(label.text, pos))).flatten()
}
