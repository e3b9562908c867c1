//! Where somebody lives or is: street addresses around the word for a street, postal boxes, and coordinates.

use super::mask::{at, free_behind};
use super::value::{Joint, Label};
use super::{Need, person};

fn decimal(text: &[u8], pos: usize) -> Option<(f64, usize, usize)> {
    let sign = usize::from(matches!(at(text, pos), b'-' | b'+'));
    let whole = text.get(pos + sign..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    let dot = pos + sign + whole;
    if !(1..=3).contains(&whole) || at(text, dot) != b'.' {
        return None;
    }
    let places = text.get(dot + 1..)?.iter().take(16).take_while(|b| b.is_ascii_digit()).count();
    let end = dot + 1 + places;
    let value: f64 = std::str::from_utf8(text.get(pos..end)?).ok()?.parse().ok()?;
    (places >= 3).then_some((value, places, end))
}

/// The pair of decimals whose first digit is at `start`.
pub fn coordinates(text: &[u8], start: usize) -> Option<(usize, usize, Need)> {
    let start = start - usize::from(matches!(at(text, start.wrapping_sub(1)), b'-' | b'+'));
    let before = at(text, start.wrapping_sub(1));
    if before.is_ascii_alphanumeric() || matches!(before, b'.' | b'_' | b'-' | b'+' | b',') {
        return None;
    }
    let (latitude, _, end) = decimal(text, start)?;
    // `40.7128° N, 74.0060° W`
    let degree = |pos: usize| {
        let mut pos = pos;
        pos += if at(text, pos) == 0xC2 && at(text, pos + 1) == 0xB0 { 2 } else { 0 };
        let letter = pos + usize::from(at(text, pos) == b' ');
        if matches!(at(text, letter), b'N' | b'S' | b'E' | b'W') && !at(text, letter + 1).is_ascii_alphanumeric() {
            letter + 1
        } else {
            pos
        }
    };
    let end = degree(end);
    let gap = text.get(end..)?.iter().take(3).take_while(|b| matches!(b, b',' | b' ' | b';' | b'/')).count();
    if gap == 0 {
        return None;
    }
    let (longitude, _, last) = decimal(text, end + gap)?;
    let marked = degree(last) > last;
    let last = degree(last);
    let ranges = latitude.abs() <= 90.0 && longitude.abs() <= 180.0;
    // One more number, and it is a list of them.
    let rest = text.get(last..)?.iter().take(3).find(|b| !matches!(b, b',' | b' ' | b'-'));
    let listed = at(text, last) == b',' && rest.is_some_and(u8::is_ascii_digit);
    let need = if marked { Need::Nothing } else { Need::Label };
    let fits = ranges && !listed && free_behind(text, last, false);
    fits.then_some((start, last, need))
}

/// One decimal that may be a latitude or longitude; only its label can tell.
pub fn coordinate(text: &[u8], start: usize) -> Option<(usize, usize, Need)> {
    let start = start - usize::from(matches!(at(text, start.wrapping_sub(1)), b'-' | b'+'));
    let before = at(text, start.wrapping_sub(1));
    let (value, places, end) = decimal(text, start)?;
    let free = !before.is_ascii_alphanumeric() && !matches!(before, b'.' | b'_' | b'-');
    (free && places >= 4 && value.abs() <= 180.0 && free_behind(text, end, false)).then_some((start, end, Need::Named))
}

fn blank(b: u8) -> bool {
    b == b' '
}

/// A house number at `pos`: `12`, `12a`, `12-14`, `12/3`.
fn house_number(text: &[u8], pos: usize) -> Option<usize> {
    let digits = text.get(pos..)?.iter().take(6).take_while(|b| b.is_ascii_digit()).count();
    if !(1..=5).contains(&digits) {
        return None;
    }
    let mut end = pos + digits;
    if matches!(at(text, end), b'-' | b'/') && at(text, end + 1).is_ascii_digit() {
        end += 1 + text.get(end + 1..)?.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    }
    if at(text, end).is_ascii_alphabetic() && !at(text, end + 1).is_ascii_alphanumeric() {
        end += 1;
    }
    (!(at(text, end).is_ascii_alphanumeric() || at(text, end) == b'.' && at(text, end + 1).is_ascii_digit()))
        .then_some(end)
}

/// One capitalised word, letters of any script: where it ends.
fn capital(text: &[u8], pos: usize) -> Option<usize> {
    let first = at(text, pos);
    let len = text
        .get(pos..)?
        .iter()
        .take(40)
        .take_while(|b| b.is_ascii_alphabetic() || **b >= 0x80 || matches!(b, b'-' | b'\'' | b'.'))
        .count();
    let fits = first.is_ascii_uppercase() || first >= 0x80;
    let mut end = pos + len;
    while end > pos
        && matches!(at(text, end - 1), b'.' | b'-' | b'\'')
        && !(end - pos <= 3 && at(text, end - 1) == b'.')
    {
        end -= 1;
    }
    (fits && len > 0).then_some(end)
}

/// What follows a street and its number: flat, town, region, postal code.
fn town(text: &[u8], end: usize) -> usize {
    let mut good = end;
    let mut pos = end;
    for _ in 0..5 {
        let comma = usize::from(at(text, pos) == b',');
        let gap = text.get(pos + comma..).unwrap_or_default().iter().take(1).take_while(|b| blank(**b)).count();
        if gap == 0 {
            break;
        }
        let mut word = pos + comma + gap;
        let mut closed = None;
        // A postal code in front (75001 Paris), names, a code behind (IL 62704, SW1A 2AA).
        for _ in 0..5 {
            let run = text
                .get(word..)
                .unwrap_or_default()
                .iter()
                .take(12)
                .take_while(|b| b.is_ascii_alphanumeric() || **b == b'-')
                .count();
            let written = text.get(word..word + run).unwrap_or_default();
            let code = (3..=10).contains(&run) && written.iter().filter(|b| b.is_ascii_digit()).count() >= 2
                || (2..=4).contains(&run)
                    && written.iter().any(u8::is_ascii_digit)
                    && written.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            let next = if code {
                Some(word + run)
            } else if comma > 0 || closed.is_some() {
                capital(text, word)
            } else {
                None
            };
            let Some(next) = next else { break };
            closed = Some(next);
            if at(text, next) != b' ' {
                break;
            }
            word = next + 1;
        }
        let Some(to) = closed else { break };
        good = to;
        pos = to;
    }
    good
}

/// Around a word that stands behind a street's name, in front of it a number: `12 Elm Street`.
pub fn street_behind(label: Label<'_>) -> Option<(usize, usize)> {
    named_street(label).map(|(start, end, _)| (start, end))
}

/// The same around a word that means other things as well, `King Junctions`: the number has to be one of a long street, or
/// a flat follows, or somebody lives there.
pub fn rare_street_behind(label: Label<'_>) -> Option<(usize, usize)> {
    let (start, end, street) = named_street(label)?;
    let digits = label.text.get(start..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    let before = label.text.get(start.saturating_sub(16)..start)?;
    let lives = DWELLING.iter().any(|cue| before.len() >= cue.len() && before.ends_with(cue.as_bytes()));
    // `56 Badger Park, Bath BA1 5NB`: the town's code.
    let coded = label.text.get(street..end)?.iter().filter(|b| b.is_ascii_digit()).count() >= 2;
    (digits >= 3 || lives || coded || flat(label.text, street) > street).then_some((start, end))
}

/// In front of where somebody lives or something is brought.
#[rustfmt::skip]
const DWELLING: &[&str] = &[
    "live at ", "lives at ", "lived at ", "living at ", "reside at ", "resides at ", "residing at ", "located at ",
    "ship to ", "deliver to ", "send to ", "mail to ", "moved to ", "address: ", "address is ", "address to ",
];

/// A flat behind a street: `, Apt. 4B`, ` Suite 351`.
fn flat(text: &[u8], end: usize) -> usize {
    let comma = end + usize::from(at(text, end) == b',');
    let Some(rest) = text.get(comma..).filter(|rest| rest.first() == Some(&b' ')) else { return end };
    let words = [
        "apt",
        "apartment",
        "suite",
        "ste",
        "unit",
        "flat",
        "floor",
        "room",
        "rm",
        "bldg",
        "#",
        "piano",
        "appartamento",
        "interno",
        "int",
        "scala",
        "puerta",
        "piso",
        "escalera",
        "étage",
        "appt",
        "appartement",
        "bât",
        "bâtiment",
        "wohnung",
        "top",
        "lok",
        "m",
        "кв",
        "apto",
        "bloco",
        "sala",
        "andar",
        "stiege",
        "etage",
    ];
    for word in words {
        let named = rest.get(1..=word.len()).is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()));
        let mut pos = 1 + word.len();
        pos += usize::from(rest.get(pos) == Some(&b'.'));
        pos += usize::from(rest.get(pos) == Some(&b' '));
        let run = rest.get(pos..).unwrap_or_default().iter().take(7);
        let number = run.take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        if named
            && (1..=6).contains(&number)
            && (word == "#" || rest.get(1 + word.len()).is_some_and(|b| !b.is_ascii_alphanumeric()))
        {
            return comma + pos + number;
        }
    }
    end
}

/// Where the flat starts that stands in front of a house's number: `Flat 18, 8445 Church Way`.
fn flat_in_front(text: &[u8], number: usize) -> usize {
    let front = text.get(number.saturating_sub(20)..number).unwrap_or_default();
    let Some(front) = front.strip_suffix(b", ") else { return number };
    let digits = front.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let head = front.get(..front.len() - digits).unwrap_or_default();
    let flats: [&[u8]; 6] = [b"flat ", b"apt ", b"apt. ", b"unit ", b"suite ", b"apartment "];
    let word = flats.iter().find(|flat| {
        head.len() >= flat.len() && head.get(head.len() - flat.len()..).is_some_and(|it| it.eq_ignore_ascii_case(flat))
    });
    word.filter(|_| (1..=5).contains(&digits)).map_or(number, |word| number - 2 - digits - word.len())
}

/// A number, words and the last of them: where the address begins, where it ends, and where its street does.
fn named_street(label: Label<'_>) -> Option<(usize, usize, usize)> {
    let text = label.text;
    if label.end == 0
        || !at(text, label.start).is_ascii_uppercase()
        || at(text, label.start.wrapping_sub(1)) != b' '
        || at(text, label.end) == b'-'
    {
        return None;
    }
    let mut from = label.start;
    for words in 0..5 {
        let space = from.checked_sub(1).filter(|p| at(text, *p) == b' ')?;
        let len = text
            .get(space.saturating_sub(24)..space)?
            .iter()
            .rev()
            .take_while(|b| b.is_ascii_alphanumeric() || **b >= 0x80 || matches!(b, b'\'' | b'.' | b'-'))
            .count();
        let word = space - len;
        if words > 0
            && house_number(text, word) == Some(space)
            && !is_year(text, word, space)
            && !is_counted(text, word)
            && !matches!(at(text, word.wrapping_sub(1)), b'.' | b'-' | b'$' | b'#')
        {
            let end = label.end + usize::from(at(text, label.end) == b'.' && label.end - label.start <= 4);
            let quarter = [" NE", " NW", " SE", " SW", " N", " S", " E", " W"].into_iter().find(|quarter| {
                text.get(end..end + quarter.len()) == Some(quarter.as_bytes())
                    && !at(text, end + quarter.len()).is_ascii_alphanumeric()
            });
            let end = end + quarter.map_or(0, str::len);
            return Some((flat_in_front(text, word), town(text, flat(text, end)), end));
        }
        let written = text.get(word..space)?;
        let unit = UNITS.iter().any(|unit| written.eq_ignore_ascii_case(unit.as_bytes()));
        if unit && at(text, word.wrapping_sub(1)) == b' ' && at(text, word.wrapping_sub(2)).is_ascii_digit() {
            return None;
        }
        let fits = at(text, word).is_ascii_uppercase() || at(text, word).is_ascii_digit() || at(text, word) >= 0x80;
        if !fits || len == 0 {
            return None;
        }
        from = word;
    }
    None
}

/// Around a word that stands in front of a street's name, with a number before it or behind: `12 rue de Rivoli`,
/// `Calle Mayor 5`, `ul. Długa 5`, `Via Roma, 10`.
pub fn street_before(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    if label.end == 0 {
        return None;
    }
    let mut pos = label.end + usize::from(at(text, label.end) == b'.');
    if at(text, pos) != b' ' {
        return None;
    }
    pos += 1;
    let mut end = pos;
    let front = number_in_front(text, label.start);
    for words in 0..5 {
        let number = if words > 0 && front.is_none() {
            let mut digits = end + usize::from(at(text, end) == b',');
            digits += usize::from(at(text, digits) == b' ');
            for mark in ["nº ", "n° ", "no. ", "nr ", "д. "] {
                digits += if text.get(digits..digits + mark.len()) == Some(mark.as_bytes()) { mark.len() } else { 0 };
            }
            house_number(text, digits).filter(|_| digits > end)
        } else {
            None
        };
        if let Some(number) = number {
            return Some((label.start, town(text, flat(text, number))));
        }
        pos = if words > 0 { end + usize::from(at(text, end) == b' ') } else { end };
        let small = [
            "de la ", "de los ", "de las ", "de l'", "du ", "des ", "de ", "della ", "del ", "di ", "da ", "do ",
            "dos ", "das ", "d'", "la ", "el ",
        ];
        pos += small.iter().find(|s| text.get(pos..pos + s.len()) == Some(s.as_bytes())).map_or(0, |s| s.len());
        let Some(next) = capital(text, pos).filter(|_| words == 0 || at(text, end) == b' ') else {
            break;
        };
        end = next;
    }
    if end <= label.end + 1 {
        return None;
    }
    front.map(|number| (number, town(text, end)))
}

/// The house number in front of a street's name that starts at `start`.
fn number_in_front(text: &[u8], start: usize) -> Option<usize> {
    let space = start.checked_sub(1).filter(|p| at(text, *p) == b' ')?;
    let comma = space - usize::from(at(text, space.wrapping_sub(1)) == b',');
    let len = text.get(comma.saturating_sub(6)..comma)?.iter().rev().take_while(|b| b.is_ascii_alphanumeric()).count();
    let number = comma - len;
    (house_number(text, number) == Some(comma) && !is_year(text, number, comma)).then_some(number)
}

/// Whether the number is a year: `in 2024 Main Street banks`.
fn is_year(text: &[u8], start: usize, end: usize) -> bool {
    const FRONT: [&[u8]; 8] = [b" in ", b" of ", b" by ", b"ince ", b"rom ", b"ntil ", b"In ", b" en "];
    let year = end - start == 4 && matches!(text.get(start..start + 2), Some(b"19" | b"20"));
    let front = text.get(..start).unwrap_or_default();
    year && (FRONT.iter().any(|word| front.ends_with(word)) || front == b"in ")
}

/// Words in front of a number that counts something else: `Chapter 12 The Long Road`, `Room 101 Grand Place`.
const COUNTED: &[&str] = &[
    "chapter", "section", "table", "figure", "room", "level", "model", "version", "team", "flight", "gate", "episode",
    "season", "part", "step", "phase", "page", "volume", "book", "unit", "lesson", "exit", "platform", "track", "top",
    "win", "take", "type", "class", "grade", "group", "zone", "stage", "round", "week", "day", "lot", "item", "option",
    "question", "exercise", "act", "scene", "line", "channel", "windows", "iphone", "under", "over", "first", "last",
    "terminal", "hole", "lap", "sold", "nest", "samples", "rule", "article", "appendix", "slide", "task", "ticket",
    "issue", "server",
];

/// Words right behind a number that it counts: `2 TB Hard Drive`, `5 Star Court`, `20 Yard Close`.
const UNITS: &[&str] = &[
    "kb", "mb", "gb", "tb", "hz", "mhz", "ghz", "kw", "hp", "bed", "star", "stars", "way", "lane", "lanes", "yard",
    "yards", "mile", "miles", "foot", "feet", "inch", "meter", "metre", "day", "days", "week", "weeks", "hour",
    "hours", "minute", "minutes", "year", "years", "door", "wheel", "man", "men", "person", "people", "player",
    "players", "piece", "pieces", "part", "pack", "pairs", "free", "new", "best", "more", "steps", "step", "point",
    "points", "speed", "core", "bit", "pin", "port", "usb", "deep", "long", "hard", "easy", "percent", "million",
    "billion",
];

fn is_counted(text: &[u8], number: usize) -> bool {
    let front = text.get(number.saturating_sub(12)..number).and_then(|front| front.strip_suffix(b" "));
    let word = front.and_then(|front| front.rsplit(|b| !b.is_ascii_alphabetic()).next()).unwrap_or_default();
    COUNTED.iter().any(|counted| word.eq_ignore_ascii_case(counted.as_bytes()))
}

/// Whether a word stands in front of streets' names, so that an address may go on behind it.
pub fn begins_street(word: &[u8]) -> bool {
    BEFORE.iter().any(|street| word.eq_ignore_ascii_case(street.as_bytes()))
}

/// Behind the label of an address: to the end of the line or the quote.
pub fn labelled(label: Label<'_>) -> Option<(usize, usize)> {
    let (pos, joint) = label.joined()?;
    if !matches!(joint, Joint::Sign | Joint::Copula) {
        return None;
    }
    let text = label.text;
    let quote = at(text, pos);
    let quoted = matches!(quote, b'"' | b'\'');
    let start = pos + usize::from(quoted);
    let len = text
        .get(start..)?
        .iter()
        .take(120)
        .take_while(|b| if quoted { **b != quote } else { !matches!(b, b'\n' | b'"' | b'<' | b';' | b'|' | b'\t') })
        .count();
    let value = text.get(start..start + len)?;
    let cut = value
        .windows(2)
        .position(|w| matches!(w, [b'.', b' ']))
        .filter(|cut| *cut > 12 && at(value, cut.wrapping_sub(3)) != b' ' && !at(value, cut + 2).is_ascii_digit())
        .unwrap_or(len);
    let mut value = value.get(..cut)?;
    // Where nothing says how far it goes, it goes as far as words begin like names or numbers.
    if !quoted && label.end > 0 {
        let mut end = 0;
        for word in value.split_inclusive(|b| *b == b' ') {
            let bare = word.trim_ascii_end();
            if bare.first().is_some_and(u8::is_ascii_lowercase) && !person::is_particle(bare) && !begins_street(bare) {
                break;
            }
            end += word.len();
        }
        value = value.get(..end)?;
    }
    while let [head @ .., b' ' | b'.' | b','] = value {
        value = head;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic() || **b >= 0x80).count();
    // `98/49` is a house and its flat.
    let path = value.windows(2).any(|w| matches!(w, [b'/', after] if !after.is_ascii_digit()));
    let plain = !path && !value.iter().any(|b| matches!(b, b'@' | b'{' | b'=' | b'\\' | b'$' | b'_'));
    (quoted || label.end == 0 || joint == Joint::Sign).then_some(())?;
    let street = joint == Joint::Sign && value.split(|b| *b == b' ').next().is_some_and(begins_street);
    (plain && (digits > 0 || street) && letters >= 5 && value.contains(&b' ') && value.len() >= 8)
        .then_some((start, start + value.len()))
}

/// Streets whose name is all there is: `1500 Broadway`, `15 The Green`.
const WHOLE: &[&str] = &[
    "broadway",
    "the green",
    "the avenue",
    "the close",
    "the crescent",
    "the drive",
    "the lane",
    "the lanes",
    "the mall",
    "the grove",
    "the mount",
    "the paddock",
    "the paddocks",
    "the parade",
    "the ridge",
    "the square",
    "the street",
    "the strand",
    "the terrace",
    "piccadilly",
    "cheapside",
    "whitehall",
    "embarcadero",
    "highway",
    "county road",
    "state road",
    "state route",
    "farm road",
    "ranch road",
    "township road",
];

/// A number in front of one of them, and behind a road that has a number its number.
fn whole_street(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    if label.end == 0 || !at(text, label.start).is_ascii_uppercase() {
        return None;
    }
    let start = number_in_front(text, label.start).filter(|number| !is_counted(text, *number))?;
    let digits = label.text.get(start..)?.iter().take_while(|b| b.is_ascii_digit()).count();
    let road = text.get(label.start..label.end)?.to_ascii_lowercase();
    let numbered = ["highway", "road", "route"].iter().any(|word| road.ends_with(word.as_bytes()));
    let behind = house_number(text, label.end + 1).filter(|_| at(text, label.end) == b' ');
    let street = if numbered { behind? } else { label.end };
    let end = town(text, flat(text, street));
    let the = road.starts_with(b"the ") || digits >= 2;
    (the && at(text, street) != b'-').then_some((start, end))
}

/// `Rural Route 3, Box 270`
fn rural(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    let number = house_number(text, label.end + 1).filter(|_| label.end > 0 && at(text, label.end) == b' ')?;
    let comma = number + usize::from(at(text, number) == b',');
    let rest = text.get(comma..)?;
    let named = rest.get(..5).is_some_and(|it| it.eq_ignore_ascii_case(b" box "));
    let end = house_number(text, comma + 5).filter(|_| named)?;
    Some((label.start, town(text, end)))
}

const RURAL: &[&str] = &["rural route", "rr", "highway contract", "hc"];

/// `P.O. Box 123`
pub fn box_number(label: Label<'_>) -> Option<(usize, usize)> {
    let pos = label.end + usize::from(at(label.text, label.end) == b' ');
    let number = house_number(label.text, pos).filter(|_| label.end > 0 && pos > label.end)?;
    Some((label.start, town(label.text, number)))
}

/// Words behind a street's name.
const BEHIND: &[&str] = &[
    "street",
    "st",
    "avenue",
    "ave",
    "road",
    "rd",
    "lane",
    "ln",
    "boulevard",
    "blvd",
    "drive",
    "dr",
    "court",
    "ct",
    "way",
    "place",
    "pl",
    "square",
    "sq",
    "terrace",
    "parkway",
    "pkwy",
    "highway",
    "hwy",
    "circle",
    "cir",
    "crescent",
    "close",
    "grove",
    "gardens",
    "trail",
    "alley",
    "mews",
    "row",
    "loop",
];

/// The other words that the United States' post has there (Publication 28, C1): they end other names too.
#[rustfmt::skip]
const RARELY_BEHIND: &[&str] = &[
    "anex", "annex", "arcade", "bayou", "beach", "bend", "bluff", "bluffs", "bottom", "branch", "bridge", "brook",
    "brooks", "burg", "burgs", "bypass", "camp", "canyon", "cape", "causeway", "center", "centers", "circles", "cliff",
    "cliffs", "club", "common", "commons", "corner", "corners", "course", "courts", "cove", "coves", "creek", "crest",
    "crossing", "crossroad", "crossroads", "curve", "dale", "dam", "divide", "drives", "estate", "estates",
    "expressway", "extension", "extensions", "fall", "falls", "ferry", "field", "fields", "flat", "flats", "ford",
    "fords", "forest", "forge", "forges", "fork", "forks", "fort", "freeway", "garden", "gateway", "glen", "glens",
    "green", "greens", "groves", "harbor", "harbors", "haven", "heights", "highlands", "hill", "hills", "hollow",
    "inlet", "island", "islands", "isle", "junction", "junctions", "key", "keys", "knoll", "knolls", "lake", "lakes",
    "land", "landing", "light", "lights", "loaf", "lock", "locks", "lodge", "mall", "manor", "manors", "meadow",
    "meadows", "mill", "mills", "mission", "motorway", "mount", "mountain", "mountains", "neck", "orchard", "oval",
    "overpass", "park", "parks", "parkways", "pass", "passage", "path", "pike", "pine", "pines", "plain", "plains",
    "plaza", "promenade", "esplanade", "concourse", "boardwalk", "point", "points", "port", "ports", "prairie",
    "radial", "ramp", "ranch", "rapid", "rapids", "rest", "ridge", "ridges", "river", "roads", "route", "rue", "run",
    "shoal", "shoals", "shore", "shores", "skyway", "spring", "springs", "spur", "spurs", "squares", "station",
    "stravenue", "stream", "streets", "summit", "throughway", "trace", "track", "trafficway", "trails", "trailer",
    "tunnel", "turnpike", "underpass", "union", "unions", "valley", "valleys", "via", "viaduct", "view", "views",
    "village", "villages", "ville", "vista", "walk", "walks", "wall", "ways", "well", "wells",
];

/// Words in front of a street's name.
#[rustfmt::skip]
const BEFORE: &[&str] = &[
    "rue", "avenue", "boulevard", "place", "allée", "chemin", "impasse", "quai", "route de", "calle", "avenida",
    "paseo", "plaza", "carrera", "calle de", "via", "viale", "piazza", "corso", "incrocio", "stretto", "canale",
    "strada", "vicolo", "strada statale", "piazzale", "lungotevere", "lungomare", "contrada", "borgo", "salita",
    "galleria", "rotonda", "rambla", "ronda", "glorieta", "pasaje", "callejón", "camino", "carretera", "travesía",
    "cuesta", "cañada", "urbanización", "passeig", "carrer", "cours", "square", "passage", "sentier", "faubourg",
    "rue du", "estrada", "rodovia", "praceta", "beco", "largo", "rua", "travessa", "alameda", "praça", "ul", "ulica",
    "aleja", "ulice", "улица", "ул", "проспект", "пр", "переулок", "вул", "вулиця", "бул", "οδός", "strada",
    "bulevardul", "jalan", "jl", "kungsgatan", "an der", "auf der",
];

/// Names of fields for addresses.
const LABELS: &[&str] = &[
    "address",
    "street address",
    "home address",
    "mailing address",
    "billing address",
    "shipping address",
    "delivery address",
    "ship to",
    "deliver to",
    "address line 1",
    "adresse",
    "anschrift",
    "wohnanschrift",
    "lieferadresse",
    "rechnungsadresse",
    "adresse de livraison",
    "adresse de facturation",
    "dirección de envío",
    "dirección de facturación",
    "indirizzo di spedizione",
    "endereço de entrega",
    "bezorgadres",
    "factuuradres",
    "adres dostawy",
    "адрес доставки",
    "leveransadress",
    "toimitusosoite",
    "收货地址",
    "配送先住所",
    "배송지",
    "postal address",
    "residential address",
    "work address",
    "current address",
    "permanent address",
    "address line1",
    "addr",
    "addr1",
    "adresse postale",
    "domicile",
    "dirección",
    "direccion",
    "domicilio",
    "endereço",
    "morada",
    "indirizzo",
    "residenza",
    "adres",
    "adres zamieszkania",
    "adress",
    "osoite",
    "adresa",
    "lakcím",
    "cím",
    "адрес",
    "адреса",
    "διεύθυνση",
    "כתובת",
    "العنوان",
    "पता",
    "地址",
    "住址",
    "住所",
    "주소",
    "ที่อยู่",
    "địa chỉ",
    "alamat",
    "ev adresi",
];

const BOXES: &[&str] = &[
    "p.o. box",
    "po box",
    "p.o.box",
    "postfach",
    "boîte postale",
    "bp",
    "apartado",
    "casella postale",
    "postbus",
    "caixa postal",
];

/// Endings of a street's name that is one word: `Hauptstraße`, `Storgatan`, `Kerkstraat`.
const ENDINGS: &[&str] = &[
    "straße", "strasse", "str.", "weg", "platz", "allee", "gasse", "ring", "damm", "ufer", "gatan", "vägen", "gata",
    "veien", "gade", "vej", "straat", "laan", "plein", "katu", "tie", "utca", "út",
];

/// The cues, and what is read around them.
pub const READINGS: &[(&[&str], super::ValueReader)] = &[
    (BEHIND, street_behind),
    (RARELY_BEHIND, rare_street_behind),
    (BEFORE, street_before),
    (LABELS, labelled),
    (BOXES, box_number),
    (HOUSES, one_word),
    (WHOLE, whole_street),
    (RURAL, rural),
];

/// Words right in front of a street whose name ends in one of [`ENDINGS`].
const HOUSES: &[&str] = &[
    "wohnhaft",
    "wohne in der",
    "wohnt in der",
    "wohne",
    "wohnt",
    "anschrift lautet",
    "adresse lautet",
    "bor på",
    "bor i",
    "asun",
    "woon in de",
    "woont in de",
    "woon op de",
    "lakom",
    "live at",
    "lives at",
];

/// `Hauptstraße 12, 10115 Berlin`
fn one_word(label: Label<'_>) -> Option<(usize, usize)> {
    let text = label.text;
    if label.end == 0 {
        return None;
    }
    let start = label.end + usize::from(at(text, label.end) == b' ');
    let end = capital(text, start).filter(|_| start > label.end)?;
    let end = if at(text, end) == b'.' { end + 1 } else { end };
    let name = text.get(start..end)?;
    let number = house_number(text, end + 1).filter(|_| at(text, end) == b' ')?;
    let street = ENDINGS.iter().any(|ending| name.to_ascii_lowercase().ends_with(ending.as_bytes()));
    street.then(|| (start, town(text, number)))
}
