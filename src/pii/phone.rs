//! Telephone numbers: international ones by country code and length, national ones by how people group them.
//!
//! Digits alone prove nothing, so a bare run is only a number where a word says so. A grouping that one of some thirty
//! countries uses and nobody else writes is enough alone.

use super::Need;
use super::mask::at;

/// Groups and digits of the longest number anybody writes, trunk zero and exit code included.
const GROUPS: usize = 8;
const DIGITS: usize = 20;

/// Country codes with the fewest and most digits of the national number. The lengths are those of fixed and mobile
/// numbers in libphonenumber's metadata (phonenumbers 9.0.43), widened by older plans people still write.
#[rustfmt::skip]
const COUNTRIES: &[(u16, u8, u8)] = &[
    (1, 10, 10), (7, 10, 10), (20, 8, 10), (27, 6, 9), (30, 10, 10), (31, 9, 11), (32, 8, 9), (33, 9, 9), (34, 9, 9),
    (36, 8, 9), (39, 6, 12), (40, 6, 9), (41, 9, 9), (43, 6, 13), (44, 9, 10), (45, 8, 8), (46, 7, 10), (47, 8, 8),
    (48, 7, 9), (49, 6, 13), (51, 8, 9), (52, 10, 11), (53, 6, 10), (54, 10, 11), (55, 10, 11), (56, 9, 9),
    (57, 8, 10), (58, 10, 10), (60, 8, 10), (61, 9, 9), (62, 7, 12), (63, 6, 10), (64, 8, 10), (65, 8, 8),
    (66, 8, 9), (81, 9, 10), (82, 6, 10), (84, 9, 10), (86, 7, 11), (90, 10, 10), (91, 10, 10), (92, 9, 10),
    (93, 9, 9), (94, 9, 9), (95, 6, 10), (98, 6, 10), (211, 9, 9), (212, 9, 9), (213, 8, 9), (216, 8, 8),
    (218, 9, 9), (220, 7, 9), (221, 9, 9), (222, 8, 8), (223, 8, 8), (224, 8, 9), (225, 10, 10), (226, 8, 8),
    (227, 8, 8), (228, 8, 8), (229, 8, 10), (230, 7, 8), (231, 7, 9), (232, 8, 8), (233, 9, 9), (234, 8, 10),
    (235, 8, 8), (236, 8, 8), (237, 8, 9), (238, 7, 7), (239, 7, 7), (240, 9, 9), (241, 7, 8), (242, 9, 9),
    (243, 7, 10), (244, 9, 9), (245, 7, 9), (246, 7, 7), (247, 5, 5), (248, 7, 7), (249, 9, 9), (250, 8, 9),
    (251, 9, 9), (252, 6, 9), (253, 8, 8), (254, 7, 9), (255, 9, 9), (256, 9, 9), (257, 8, 8), (258, 8, 9),
    (260, 9, 9), (261, 9, 9), (262, 9, 9), (263, 9, 9), (264, 8, 9), (265, 7, 9), (266, 8, 8), (267, 7, 8),
    (268, 8, 8), (269, 7, 7), (290, 4, 5), (291, 7, 7), (297, 7, 7), (298, 6, 6), (299, 6, 6), (350, 8, 8),
    (351, 9, 9), (352, 6, 11), (353, 7, 10), (354, 7, 9), (355, 8, 9), (356, 8, 8), (357, 8, 8), (358, 6, 12),
    (359, 6, 9), (370, 8, 8), (371, 8, 8), (372, 7, 8), (373, 8, 8), (374, 8, 8), (375, 9, 9), (376, 6, 9),
    (377, 8, 9), (378, 6, 10), (380, 9, 9), (381, 7, 12), (382, 8, 8), (383, 8, 12), (385, 8, 9), (386, 8, 8),
    (387, 8, 9), (389, 8, 8), (420, 9, 9), (421, 6, 9), (423, 7, 9), (500, 5, 5), (501, 7, 7), (502, 8, 8),
    (503, 8, 8), (504, 8, 8), (505, 8, 8), (506, 8, 8), (507, 7, 8), (508, 6, 9), (509, 8, 8), (590, 9, 9),
    (591, 8, 8), (592, 7, 7), (593, 8, 9), (594, 9, 9), (595, 7, 9), (596, 9, 9), (597, 6, 7), (598, 8, 8),
    (599, 7, 8), (670, 7, 8), (672, 6, 6), (673, 7, 7), (674, 7, 7), (675, 7, 8), (676, 5, 7), (677, 5, 7),
    (678, 5, 7), (679, 7, 7), (680, 7, 7), (681, 6, 6), (682, 5, 5), (683, 4, 7), (685, 5, 10), (686, 5, 8),
    (687, 6, 6), (688, 5, 7), (689, 6, 8), (690, 4, 7), (691, 7, 7), (692, 7, 7), (800, 8, 8), (808, 8, 8),
    (850, 8, 10), (852, 8, 8), (853, 8, 8), (855, 8, 9), (856, 8, 10), (870, 9, 12), (878, 12, 12), (880, 6, 10),
    (881, 9, 10), (882, 8, 12), (883, 8, 12), (886, 8, 9), (888, 11, 11), (960, 7, 7), (961, 7, 8), (962, 8, 9),
    (963, 8, 9), (964, 8, 10), (965, 8, 8), (966, 8, 9), (967, 7, 9), (968, 8, 8), (970, 8, 9), (971, 8, 9),
    (972, 8, 12), (973, 8, 8), (974, 8, 8), (975, 7, 8), (976, 8, 10), (977, 8, 10), (979, 9, 9), (992, 9, 9),
    (993, 8, 8), (994, 9, 9), (995, 9, 9), (996, 9, 9), (998, 9, 9),
];

/// [`COUNTRIES`] by code: fewest and most digits, or zeros.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
static LENGTHS: [(u8, u8); 1000] = {
    let mut table = [(0, 0); 1000];
    let mut rows = COUNTRIES;
    while let [(code, least, most), rest @ ..] = rows {
        table[*code as usize] = (*least, *most);
        rows = rest;
    }
    table
};

/// Groupings without a leading zero: lengths, first digits, joined by a dash or else how.
struct National {
    groups: &'static [usize],
    first: &'static [&'static str],
    need: Need,
}

const fn national_row(groups: &'static [usize], first: &'static [&'static str], need: Need) -> National {
    National { groups, first, need }
}

const NATIONAL: &[National] = &[
    national_row(&[5, 5], &["6", "7", "8", "9"], Need::NoDenial), // India
    national_row(&[3, 4, 4], &["13", "14", "15", "16", "17", "18", "19"], Need::NoDenial), // China, mobile
    national_row(&[2, 4, 4], &["55", "33", "81", "56"], Need::NoDenial), // Mexico
    national_row(&[3, 2, 2, 2], &["6", "7", "8", "9"], Need::NoDenial), // Spain
    national_row(&[2, 3, 2, 2], &[], Need::NoDenial),             // Poland, fixed
    national_row(&[3, 3, 2, 2], &[], Need::NoDenial),             // Russia, Turkey without trunk digit
    national_row(&[1, 3, 3, 2, 2], &["8", "7"], Need::Nothing),   // Russia
    national_row(&[1, 3, 3, 4], &["8"], Need::NoDenial),          // Russia
    national_row(&[3, 3, 4], &["32", "33", "34", "35", "36", "37", "38", "39"], Need::NoDenial), // Italy, Colombia, mobile
    national_row(&[3, 3, 4], &["21", "69"], Need::NoDenial),                                     // Greece
    national_row(&[3, 7], &["32", "33", "34", "35", "36", "37", "38", "39"], Need::NoDenial),    // Italy, mobile
    national_row(&[4, 3, 3], &["1300", "1800"], Need::NoDenial),                                 // Australia, service
    national_row(&[1, 4, 4], &["9", "2"], Need::Label),                                          // Chile
];

/// Separated digits as written.
#[derive(Default, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
    /// What joins it to the one before: space, dash, dot, slash, `)`; 0 for the first.
    joint: u8,
    /// Whether parentheses hold it.
    held: bool,
}

struct Groups {
    all: [Group; GROUPS],
    len: usize,
}

/// Reads groups from `start`: digits joined by single separators, one of them perhaps in parentheses.
fn groups(text: &[u8], start: usize) -> Groups {
    let mut read = Groups { all: [Group::default(); GROUPS], len: 0 };
    let mut pos = start;
    let mut total = 0;
    while let Some(slot) = read.all.get_mut(read.len) {
        let mut joint = 0;
        if read.len > 0 {
            let c = at(text, pos);
            // A slash stands behind the area code; behind a whole number it parts it from another.
            if total > 8 && (c == b'/' || c == b' ' && at(text, pos + 1) == b'/') {
                break;
            }
            if matches!(c, b'-' | b'.' | b'/' | b' ') {
                joint = c;
                pos += 1;
                if c == b' ' && matches!(at(text, pos), b'-' | b'/') && at(text, pos + 1) == b' ' {
                    joint = at(text, pos);
                    pos += 2;
                } else if c == b' ' && at(text, pos) == b' ' {
                    pos += 1;
                }
            }
        }
        let held = at(text, pos) == b'(';
        if held {
            pos += 1;
            joint = if read.len > 0 && joint == 0 { b'(' } else { joint };
        }
        // `(+44) 20 ...`
        pos += usize::from(held && read.len == 0 && at(text, pos) == b'+');
        let from = pos;
        while at(text, pos).is_ascii_digit() && pos - from <= DIGITS {
            pos += 1;
        }
        let before_was_held = read.len > 0 && joint == 0;
        if pos == from || before_was_held && !held && at(text, from.wrapping_sub(1)) != b')' {
            break;
        }
        total += pos - from;
        if total > DIGITS {
            break;
        }
        *slot = Group { start: from, end: pos, joint: if before_was_held { b')' } else { joint }, held };
        if held {
            if at(text, pos) != b')' {
                break;
            }
            pos += 1;
        }
        read.len += 1;
    }
    read
}

/// The number whose `+` (or exit code) ends before `start`: where it ends.
pub fn international(text: &[u8], start: usize) -> Option<usize> {
    let read = groups(text, start);
    let mut best = None;
    for len in 1..=read.len {
        let used = read.all.get(..len)?;
        if used.last()?.held {
            continue;
        }
        let mut digits = [0u8; DIGITS];
        let mut count = 0;
        for group in used {
            let these = text.get(group.start..group.end)?;
            if group.held && these == b"0" {
                continue;
            }
            for &b in these {
                *digits.get_mut(count)? = b;
                count += 1;
            }
        }
        let joints = |c: u8| used.iter().any(|g| g.joint == c);
        if joints(b'.') && joints(b'-') {
            break;
        }
        let first = used.first()?;
        if joints(b'.')
            && len == 2
            && (first.end - first.start > 3 || !country_alone(text.get(first.start..first.end)?))
        {
            continue;
        }
        let end = used.last()?.end;
        if !fits_country(digits.get(..count)?) {
            continue;
        }
        // More digits behind it: only after a space can they be something else.
        let next = read.all.get(len).filter(|_| len < read.len);
        if next.is_some_and(|g| matches!(g.joint, b'-' | b'.')) || !free_behind(text, end) {
            continue;
        }
        best = Some(end);
    }
    best.map(|end| extension(text, end))
}

fn country_alone(digits: &[u8]) -> bool {
    super::checksum::number(digits, 0..digits.len()).is_some_and(|code| lengths(code).1 > 0)
}

fn lengths(code: u64) -> (u8, u8) {
    usize::try_from(code).ok().and_then(|code| LENGTHS.get(code)).copied().unwrap_or_default()
}

fn fits_country(digits: &[u8]) -> bool {
    // No country code is the beginning of another, so at most one width finds a row.
    (1..=3).any(|width| {
        let Some(code) = super::checksum::number(digits, 0..width) else { return false };
        let (least, most) = lengths(code);
        let national = digits.len() - width;
        let fits = |count: usize| (usize::from(least)..=usize::from(most)).contains(&count);
        // A trunk zero is often left in; some countries' numbers begin with one.
        at(digits, 0) != b'0' && most > 0 && (fits(national) || digits.get(width) == Some(&b'0') && fits(national - 1))
    })
}

/// The national number that starts at `start` (a digit, or the parenthesis of an area code).
pub fn national(text: &[u8], start: usize) -> Option<(usize, Need)> {
    if !super::mask::free_before(text, start, false) {
        return None;
    }
    if at(text, start.wrapping_sub(1)) == b':' && at(text, start.wrapping_sub(2)).is_ascii_digit() {
        return None;
    }
    let read = groups(text, start);
    // `(415) 555-2671` begins with its parenthesis; `(415-555-2671)` is a number in parentheses.
    if at(text, start.wrapping_sub(1)) == b'('
        && let Some(area) = read.all.first()
        && area.end - area.start < 7
        && !area.held
        && at(text, area.end) == b')'
    {
        return None;
    }
    let after_group = at(text, start.wrapping_sub(1)) == b' ' && at(text, start.wrapping_sub(2)).is_ascii_digit();
    for len in (1..=read.len).rev() {
        let used = read.all.get(..len)?;
        // No national number has fewer digits than seven or more than fourteen; an exit code adds three.
        if !(7..=17).contains(&used.iter().map(|g| g.end - g.start).sum::<usize>()) {
            continue;
        }
        let last = used.last()?;
        let spaced = used.iter().any(|g| g.joint == b' ');
        if last.held || !free_behind(text, last.end) || (after_group && spaced) {
            continue;
        }
        if let Some(next) = read.all.get(len).filter(|_| len < read.len)
            && (matches!(next.joint, b'-' | b'.' | b'/') || (next.joint == b' ' && last.joint == b' '))
        {
            continue;
        }
        if let Some(need) = shape(text, used) {
            return Some((extension(text, last.end), need));
        }
    }
    None
}

/// What groups of digits need to be a number; None if nobody writes one so.
fn shape(text: &[u8], groups: &[Group]) -> Option<Need> {
    let mut lens = [0usize; GROUPS];
    for (len, g) in lens.iter_mut().zip(groups) {
        *len = g.end - g.start;
    }
    let lens = lens.get(..groups.len())?;
    let total: usize = lens.iter().sum();
    let first = groups.first()?;
    let digit = |group: usize| groups.get(group).map_or(0, |g| at(text, g.start));
    let head = |want: &str| text.get(first.start..).is_some_and(|t| t.starts_with(want.as_bytes()));
    let dotted = groups.iter().skip(1).all(|g| g.joint == b'.') && groups.len() > 1;
    // The joint may change once, behind the area code.
    let area = groups.iter().position(|g| g.held).unwrap_or(usize::from(lens.first() == Some(&1)));
    let local = groups.get(area + 2..).unwrap_or_default();
    let uniform = local.iter().all(|g| Some(g.joint) == local.first().map(|f| f.joint));
    if is_date(text, groups, lens) || (dotted && lens.len() == 4 && lens.iter().all(|&l| l <= 3)) {
        return None;
    }
    match lens {
        [_] if first.held => return None,
        [7..=14] => return (!(total == 8 && (head("19") || head("20")))).then_some(Need::Label),
        [_] => return None,
        _ => {}
    }
    // A slash stands behind the area code and nowhere else; a dash behind a dot is a paragraph's (252.227-7013).
    if groups.iter().skip(2).any(|g| g.joint == b'/')
        || matches!(groups, [_, a, b, ..] if (a.joint, b.joint) == (b'.', b'-'))
    {
        return None;
    }
    // Two years, and an American postal code.
    let year = |g: &Group| matches!(super::checksum::number(text, g.start..g.end), Some(1900..=2100));
    if matches!((lens, groups), ([4, 4], [a, b]) if year(a) && year(b)) || lens == [5, 4] {
        return None;
    }
    // North America.
    let strict = |area: usize| (b'2'..=b'9').contains(&digit(area)) && (b'2'..=b'9').contains(&digit(area + 1));
    match lens {
        [3, 3, 4] if first.held => return Some(Need::NoDenial),
        [3, 3, 4] if strict(0) => return Some(Need::NoDenial),
        // Exchanges below 200 are not issued, but written in tests and in haste.
        [3, 3, 4] if (b'2'..=b'9').contains(&digit(0)) && groups.iter().all(|g| g.joint != b' ') => {
            return Some(Need::NoDenial);
        }
        // The grouping of US_SSN.
        [3, 2, 4] => return Some(Need::Label),
        [3, 7] if first.held => return Some(Need::NoDenial),
        [1, 3, 3, 4] if head("1") => return Some(if strict(1) { Need::NoDenial } else { Need::Label }),
        [1, 3, 7] if head("1") && groups.get(1).is_some_and(|g| g.held) => return Some(Need::NoDenial),
        _ => {}
    }
    if let Some(exit) = ["00", "011"].iter().find(|exit| head(exit)) {
        let digits: Vec<u8> =
            groups.iter().flat_map(|g| text.get(g.start..g.end).unwrap_or_default()).copied().collect();
        if digits.get(exit.len()..).is_some_and(fits_country) && total >= 10 {
            return Some(Need::NoDenial);
        }
    }
    let rest_long = lens.iter().skip(1).all(|&l| (2..=8).contains(&l));
    // A trunk zero: most of Europe, Asia, Africa, Oceania.
    if digit(0) == b'0'
        && ((2..=5).contains(&lens.first().copied().unwrap_or(0)) || lens == [6, 5])
        && (9..=12).contains(&total)
        && rest_long
        && uniform
    {
        if dotted && lens.len() < 3 {
            return None;
        }
        // Pairs are French in fives, and a draw of numbers or a list when they rise one by one.
        let pairs = lens.iter().all(|&l| l == 2);
        let second = groups.get(1).and_then(|g| super::checksum::number(text, g.start..g.end));
        let list = pairs && (lens.len() != 5 || second == Some(u64::from(at(text, first.start + 1) - b'0') + 1));
        return Some(if head("00") || list { Need::Label } else { Need::NoDenial });
    }
    // Russia and Kazakhstan, the area in parentheses.
    if lens.first() == Some(&1) && head("8") && groups.get(1).is_some_and(|g| g.held) && total == 11 {
        return Some(Need::NoDenial);
    }
    // A country code in parentheses whose plus is missing.
    if first.held && matches!(lens, [1..=3, 8..=10]) {
        return Some(Need::Label);
    }
    // Another country's area code in parentheses; four digits may be a year.
    if first.held && rest_long && (8..=11).contains(&total) {
        let year = lens.first() == Some(&4);
        return Some(if year { Need::Label } else { Need::NoDenial });
    }
    if dotted && !matches!(lens, [3, 3, 4] | [2, 3, 2, 2] | [3, 3, 3]) || !uniform {
        let halves = matches!(lens, [3 | 4, 4 | 5]) || lens.len() > 2 && rest_long;
        return (dotted && halves && total <= 11).then_some(Need::Label);
    }
    // Brazil: area, then 8 digits, or 9 that begin with 9, with a dash.
    match lens {
        [2, 5, 4] if digit(1) == b'9' => return Some(Need::NoDenial),
        [2, 4, 4] if groups.get(2).is_some_and(|g| g.joint == b'-') => return Some(Need::NoDenial),
        _ => {}
    }
    let row = NATIONAL.iter().find(|n| n.groups == lens && (n.first.is_empty() || n.first.iter().any(|f| head(f))));
    if let Some(row) = row {
        return Some(row.need);
    }
    // One digit alone inside is a carrier's or a typist's.
    let single = lens.iter().skip(1).filter(|&&l| l == 1).count() <= 1 && total >= 9;
    let plain = lens.len() <= 6 && (rest_long || single) && (7..=13).contains(&total);
    plain.then_some(Need::Label)
}

/// `01-02-2024`, `2024-01-02 1030`, `01.02.24`: the first three groups are day, month and year.
fn is_date(text: &[u8], groups: &[Group], lens: &[usize]) -> bool {
    let value = |g: &Group| super::checksum::number(text, g.start..g.end).unwrap_or(u64::MAX);
    let (Some([a, b, c]), Some(three)) = (groups.get(..3), lens.get(..3)) else { return false };
    if b.joint != c.joint || b.joint == b' ' {
        return false;
    }
    let small = |g: &Group| (1..=31).contains(&value(g));
    let year = |g: &Group| (1900..=2100).contains(&value(g));
    match three {
        [1 | 2, 1 | 2, 4] => small(a) && small(b) && year(c),
        [4, 2, 2] => year(a) && small(b) && small(c),
        _ => false,
    }
}

/// The end of the number with its extension, if one follows: `x123`, `ext. 4`, `#12`.
fn extension(text: &[u8], end: usize) -> usize {
    let mut pos = end;
    while matches!(at(text, pos), b' ' | b',') && pos - end < 2 {
        pos += 1;
    }
    let Some(rest) = text.get(pos..(pos + 24).min(text.len())) else { return end };
    let words = [&b"extension"[..], b"ext.", b"ext", b"x.", b"x", b"#", "доб.".as_bytes(), b"durchwahl"];
    let Some(word) = words.iter().find(|w| rest.get(..w.len()).is_some_and(|r| r.eq_ignore_ascii_case(w))) else {
        return end;
    };
    pos += word.len();
    while matches!(at(text, pos), b' ' | b':') && at(text, pos) != 0 && pos - end < 16 {
        pos += 1;
    }
    let digits = (0..7).take_while(|i| at(text, pos + i).is_ascii_digit()).count();
    if (1..=6).contains(&digits) && !at(text, pos + digits).is_ascii_alphanumeric() { pos + digits } else { end }
}

/// As for any identifier, but an extension or the kind of number (`415-555-2671-Fax`) may follow at once.
fn free_behind(text: &[u8], end: usize) -> bool {
    const KINDS: [&[u8]; 9] = [b"phone", b"fax", b"tel", b"mobile", b"cell", b"office", b"home", b"work", b"direct"];
    let kind = |rest: &[u8]| KINDS.iter().any(|k| rest.get(..k.len()).is_some_and(|r| r.eq_ignore_ascii_case(k)));
    super::mask::free_behind(text, end, false)
        || extension(text, end) > end
        || at(text, end) == b'-' && text.get(end + 1..).is_some_and(kind)
}
