//! Names of people without a cue: a common given name and a family name behind it, or a rare family name and capitals in
//! front. A name that no list holds is not found, and a thing that is named like a person may be taken for one; what is known
//! to be none ([`super::given`]) or goes on like a thing's name (`Kelly Green paint`) is left.

use super::given::{BRANDS, FAMILY, NO_FAMILY};
use super::mask::at;
use super::person::{NO_NAME, name_of, word};
use super::value::Label;

/// In front of a given name these make it another thing's: `the Alexander technique`, `Fort Wayne`.
const NO_GIVEN: &[&str] = &[
    "the",
    "a",
    "an",
    "saint",
    "st.",
    "st",
    "san",
    "santa",
    "fort",
    "port",
    "mount",
    "mt.",
    "lake",
    "cape",
    "new",
    "air",
    "point",
    "camp",
    "hurricane",
    "storm",
    "project",
    "operation",
];

/// As the lists have it: small letters, of any script.
fn lowered(text: &[u8]) -> String {
    String::from_utf8_lossy(text).to_lowercase()
}

/// A given name that is hardly anything else, and a family name.
pub fn given(label: Label<'_>) -> Option<(usize, usize)> {
    full(label, false)
}

/// A given name that is a word too, and a family name that is known.
pub fn torn(label: Label<'_>) -> Option<(usize, usize)> {
    full(label, true)
}

fn full(label: Label<'_>, torn: bool) -> Option<(usize, usize)> {
    let Label { text, start, end } = label;
    let before = text.get(..start)?;
    let joined = matches!(before.last(), Some(b'_' | b'@' | b'/' | b'.' | b'&' | b'$' | b'#' | b'-' | b'\'' | b'+'))
        || before.last().is_some_and(u8::is_ascii_alphanumeric);
    // Names are written `Jane Roe`; most words that begin like one end here.
    let capital =
        !text.get(start)?.is_ascii_lowercase() && text.get(start + 1).is_some_and(|b| !b.is_ascii_uppercase());
    if end <= start || joined || !capital || !matches!(at(text, end), b' ' | b'-') {
        return None;
    }
    let front = before.get(before.len().saturating_sub(12)..)?.strip_suffix(b" ").unwrap_or_default();
    let last = front.rsplit(|b| b.is_ascii_whitespace()).next().unwrap_or_default();
    if NO_GIVEN.iter().any(|word| last.eq_ignore_ascii_case(word.as_bytes())) {
        return None;
    }
    let found = name_of(text, start, 2, 4)?;
    let name = lowered(text.get(start..found.1)?);
    let mut words = name.split(' ');
    let first = words.next()?;
    let rest = name.get(first.len() + 1..)?;
    let other = words.clone().any(|word| NO_FAMILY.binary_search(&word).is_ok());
    let initial = |word: &str| word.trim_end_matches('.').chars().count() < 2;
    let brand = || {
        let mut ends = name.match_indices([' ', '\'']).map(|(end, _)| end).chain([name.len()]);
        ends.any(|end| name.get(..end).is_some_and(|front| BRANDS.binary_search(&front).is_ok()))
    };
    let known = || rest.split([' ', '-']).any(|word| FAMILY.binary_search(&word).is_ok() || is_built(word));
    // `Frank Lloyd Wright`: the brand began in front.
    let begun = || BRANDS.binary_search(&format!("{} {first}", lowered(last)).as_str()).is_ok();
    // `Crystal H. Huber`
    let initials = words.clone().any(|word| word.ends_with('.'));
    if other || words.all(initial) || torn && !initials && !known() || brand() || begun() {
        return None;
    }
    (!goes_on(text, found.1)).then_some(found)
}

/// Whether what follows makes the name a thing's: `Robert Bosch GmbH`, `Kelly Green paint`.
fn goes_on(text: &[u8], end: usize) -> bool {
    let behind = text.get(end..).and_then(|rest| rest.strip_prefix(b" ")).unwrap_or_default();
    let len = behind.iter().take(16).take_while(|b| b.is_ascii_alphabetic()).count();
    let next = behind.get(..len).unwrap_or_default();
    let word = lowered(next);
    let capital = next.first().is_some_and(u8::is_ascii_uppercase);
    capital && NO_FAMILY.binary_search(&word.as_str()).is_ok()
        || !capital && WARES.binary_search(&word.as_str()).is_ok()
}

/// Whether a family name is built like one, though it is not known.
fn is_built(word: &str) -> bool {
    const ENDINGS: [&str; 20] = [
        "son", "sen", "ez", "ski", "sky", "ska", "wicz", "czyk", "enko", "ova", "eva", "stein", "mann", "quist",
        "qvist", "opoulos", "idis", "vić", "yan", "oğlu",
    ];
    const FRONTS: [&str; 4] = ["mc", "o'", "fitz", "d'"];
    word.len() >= 6
        && (ENDINGS.iter().any(|end| word.ends_with(end)) || FRONTS.iter().any(|front| word.starts_with(front)))
}

/// Words that follow the names of makers, figures and artists, and hardly a person's.
const WARES: &[&str] = &[
    "airport",
    "album",
    "albums",
    "ale",
    "algorithm",
    "backpack",
    "bag",
    "bags",
    "beer",
    "belt",
    "bike",
    "biography",
    "book",
    "books",
    "boots",
    "bourbon",
    "branch",
    "brand",
    "bread",
    "burger",
    "cake",
    "candle",
    "candles",
    "catalog",
    "catalogue",
    "character",
    "chips",
    "chocolate",
    "coat",
    "cocktail",
    "coffee",
    "collection",
    "concert",
    "cookies",
    "cosmetics",
    "costume",
    "coupon",
    "display",
    "distribution",
    "documentary",
    "doll",
    "dress",
    "dvd",
    "earnings",
    "episode",
    "episodes",
    "equation",
    "exhibition",
    "fan",
    "film",
    "films",
    "fragrance",
    "franchise",
    "furniture",
    "gas",
    "gin",
    "handbag",
    "hat",
    "jacket",
    "jeans",
    "lamp",
    "law",
    "lens",
    "lipstick",
    "lyrics",
    "marathon",
    "mask",
    "merch",
    "method",
    "mix",
    "motorcycle",
    "movie",
    "movies",
    "mug",
    "museum",
    "novel",
    "novels",
    "outlet",
    "paint",
    "paintings",
    "paperback",
    "parade",
    "parts",
    "perfume",
    "pizza",
    "poem",
    "poems",
    "poster",
    "posters",
    "prints",
    "recipe",
    "sale",
    "sandwich",
    "sauce",
    "scarf",
    "sculpture",
    "series",
    "shares",
    "sheet",
    "shirt",
    "shoes",
    "sneaker",
    "sneakers",
    "sofa",
    "song",
    "songs",
    "soundtrack",
    "statue",
    "sticker",
    "stock",
    "store",
    "stories",
    "story",
    "suit",
    "suits",
    "tea",
    "test",
    "theorem",
    "tickets",
    "tour",
    "toy",
    "tractor",
    "vinyl",
    "voucher",
    "wallpaper",
    "watch",
    "watches",
    "weather",
    "whiskey",
    "whisky",
    "wine",
];

/// Words that begin sentences, and titles and things in front of a family name.
const NO_FRONT: &[&str] = &[
    "after",
    "again",
    "agent",
    "also",
    "although",
    "ask",
    "aston",
    "aunt",
    "bank",
    "because",
    "before",
    "both",
    "brother",
    "but",
    "by",
    "call",
    "captain",
    "club",
    "coach",
    "contact",
    "could",
    "de",
    "detective",
    "did",
    "do",
    "does",
    "dow",
    "east",
    "either",
    "el",
    "email",
    "even",
    "family",
    "father",
    "fort",
    "general",
    "governor",
    "grandma",
    "granny",
    "group",
    "had",
    "has",
    "have",
    "hotel",
    "house",
    "however",
    "inspector",
    "is",
    "judge",
    "justice",
    "king",
    "la",
    "lady",
    "lake",
    "las",
    "later",
    "let",
    "like",
    "los",
    "maybe",
    "mayor",
    "mc",
    "meanwhile",
    "meet",
    "mount",
    "neither",
    "north",
    "now",
    "nurse",
    "of",
    "officer",
    "pastor",
    "per",
    "perhaps",
    "port",
    "president",
    "queen",
    "see",
    "senator",
    "sergeant",
    "should",
    "since",
    "sister",
    "so",
    "south",
    "st",
    "team",
    "tell",
    "then",
    "though",
    "today",
    "tomorrow",
    "uncle",
    "unlike",
    "until",
    "via",
    "west",
    "while",
    "with",
    "would",
    "yesterday",
];

/// A family name that is hardly anything else, and the capitals in front of it.
pub fn family(label: Label<'_>) -> Option<(usize, usize)> {
    let Label { text, start, end } = label;
    let capital = |at: usize| {
        text.get(at).is_some_and(u8::is_ascii_uppercase) && text.get(at + 1).is_some_and(|b| !b.is_ascii_uppercase())
    };
    // `Jones@`, `Jones()`, `Jones.com`: no name.
    let code = matches!(at(text, end), b'@' | b'(' | b'=' | b'/' | b'\\' | b'_' | b'&')
        || at(text, end).is_ascii_alphanumeric()
        || at(text, end) == b'.' && at(text, end + 1).is_ascii_alphanumeric();
    let front = text.get(start.saturating_sub(32)..start)?.strip_suffix(b" ")?;
    if end <= start || !capital(start) || code {
        return None;
    }
    // `Blake E. Murphy`
    let front = match front {
        [head @ .., b' ', initial, b'.'] if initial.is_ascii_uppercase() => head,
        [head @ .., b' ', initial] if initial.is_ascii_uppercase() => head,
        front => front,
    };
    let letters = front.iter().rev().take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80 || **b == b'-').count();
    let first = front.get(front.len() - letters..)?;
    let from = start.saturating_sub(32) + front.len() - letters;
    let free = from == 0
        || matches!(
            at(text, from - 1),
            b' ' | b'\n' | b'\t' | b',' | b';' | b'"' | b'\'' | b'(' | b'>' | b'|' | b'*' | b':' | b'=' | b'['
        );
    let beside = lowered(first);
    let word_of = |list: &[&str]| list.binary_search(&beside.as_str()).is_ok();
    let known = NO_GIVEN.contains(&beside.as_str()) || [NO_FRONT, NO_NAME, NO_FAMILY].into_iter().any(word_of);
    let (to, _) = word(text, from)?;
    let brand = BRANDS.binary_search(&lowered(text.get(from..end)?).as_str()).is_ok();
    let titled = goes_on(text, end);
    let fits = letters >= 3 && capital_word(first) && free && to > from && !known && !brand && !titled;
    fits.then_some((from, end))
}

/// `Jane`, not `JANE` and not `jane`.
fn capital_word(word: &[u8]) -> bool {
    let large = word.iter().filter(|b| b.is_ascii_uppercase()).count();
    word.first().is_some_and(|b| b.is_ascii_uppercase() || *b >= 0x80) && large <= 2 && word.len() > large + 1
}

#[test]
fn lists_that_are_searched_are_sorted() {
    for list in [NO_FRONT, WARES, NO_NAME] {
        assert!(list.is_sorted(), "{:?}", list.iter().zip(list.iter().skip(1)).find(|(one, next)| one > next));
    }
}
