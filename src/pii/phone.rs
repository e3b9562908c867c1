//! Telephone numbers: international ones by country code and length, national ones by how people group them.
//!
//! Digits alone prove nothing, so a bare run is only a number where a word says so. A grouping that one of some thirty
//! countries uses and nobody else writes is enough alone.

use super::Need;
use super::mask::at;

/// Groups and digits of the longest number anybody writes, trunk zero and exit code included.
const GROUPS: usize = 8;
const DIGITS: usize = 20;

/// Country codes with the fewest and most digits of the national number (ITU-T E.164 annex, national numbering plans).
const COUNTRIES: &[(u16, u8, u8)] = &[
    (1, 10, 10),
    (7, 10, 10),
    (20, 8, 10),
    (27, 9, 9),
    (30, 10, 10),
    (31, 9, 9),
    (32, 8, 9),
    (33, 9, 9),
    (34, 9, 9),
    (36, 8, 9),
    (39, 6, 11),
    (40, 9, 9),
    (41, 9, 9),
    (43, 7, 12),
    (44, 9, 10),
    (45, 8, 8),
    (46, 7, 10),
    (47, 8, 8),
    (48, 9, 9),
    (49, 6, 12),
    (51, 8, 9),
    (52, 10, 11),
    (53, 8, 8),
    (54, 10, 11),
    (55, 10, 11),
    (56, 9, 9),
    (57, 8, 10),
    (58, 10, 10),
    (60, 8, 10),
    (61, 9, 9),
    (62, 8, 12),
    (63, 8, 10),
    (64, 8, 10),
    (65, 8, 8),
    (66, 8, 9),
    (81, 9, 10),
    (82, 8, 10),
    (84, 9, 10),
    (86, 10, 11),
    (90, 10, 10),
    (91, 10, 10),
    (92, 9, 10),
    (93, 9, 9),
    (94, 9, 9),
    (95, 7, 10),
    (98, 10, 10),
    (211, 9, 9),
    (212, 9, 9),
    (213, 8, 9),
    (216, 8, 8),
    (218, 9, 9),
    (220, 7, 7),
    (221, 9, 9),
    (222, 8, 8),
    (223, 8, 8),
    (224, 8, 9),
    (225, 10, 10),
    (226, 8, 8),
    (227, 8, 8),
    (228, 8, 8),
    (229, 8, 10),
    (230, 7, 8),
    (231, 7, 9),
    (232, 8, 8),
    (233, 9, 9),
    (234, 8, 10),
    (235, 8, 8),
    (236, 8, 8),
    (237, 8, 9),
    (238, 7, 7),
    (239, 7, 7),
    (240, 9, 9),
    (241, 7, 8),
    (242, 9, 9),
    (243, 9, 9),
    (244, 9, 9),
    (245, 7, 9),
    (248, 7, 7),
    (249, 9, 9),
    (250, 9, 9),
    (251, 9, 9),
    (252, 7, 9),
    (253, 8, 8),
    (254, 9, 9),
    (255, 9, 9),
    (256, 9, 9),
    (257, 8, 8),
    (258, 8, 9),
    (260, 9, 9),
    (261, 9, 9),
    (262, 9, 9),
    (263, 9, 9),
    (264, 8, 9),
    (265, 7, 9),
    (266, 8, 8),
    (267, 7, 8),
    (268, 8, 8),
    (269, 7, 7),
    (291, 7, 7),
    (297, 7, 7),
    (298, 6, 6),
    (299, 6, 6),
    (350, 8, 8),
    (351, 9, 9),
    (352, 6, 11),
    (353, 7, 9),
    (354, 7, 9),
    (355, 8, 9),
    (356, 8, 8),
    (357, 8, 8),
    (358, 6, 12),
    (359, 8, 9),
    (370, 8, 8),
    (371, 8, 8),
    (372, 7, 8),
    (373, 8, 8),
    (374, 8, 8),
    (375, 9, 9),
    (376, 6, 9),
    (377, 8, 9),
    (378, 6, 10),
    (380, 9, 9),
    (381, 8, 9),
    (382, 8, 8),
    (383, 8, 8),
    (385, 8, 9),
    (386, 8, 8),
    (387, 8, 8),
    (389, 8, 8),
    (420, 9, 9),
    (421, 9, 9),
    (423, 7, 7),
    (501, 7, 7),
    (502, 8, 8),
    (503, 8, 8),
    (504, 8, 8),
    (505, 8, 8),
    (506, 8, 8),
    (507, 7, 8),
    (509, 8, 8),
    (590, 9, 9),
    (591, 8, 8),
    (592, 7, 7),
    (593, 8, 9),
    (594, 9, 9),
    (595, 9, 9),
    (596, 9, 9),
    (597, 6, 7),
    (598, 8, 8),
    (599, 7, 8),
    (670, 7, 8),
    (673, 7, 7),
    (675, 7, 8),
    (676, 5, 7),
    (677, 5, 7),
    (679, 7, 7),
    (685, 5, 7),
    (687, 6, 6),
    (689, 6, 8),
    (800, 8, 8),
    (808, 8, 8),
    (850, 8, 10),
    (852, 8, 8),
    (853, 8, 8),
    (855, 8, 9),
    (856, 8, 10),
    (880, 8, 10),
    (886, 8, 9),
    (960, 7, 7),
    (961, 7, 8),
    (962, 8, 9),
    (963, 8, 9),
    (964, 8, 10),
    (965, 8, 8),
    (966, 8, 9),
    (967, 7, 9),
    (968, 8, 8),
    (970, 8, 9),
    (971, 8, 9),
    (972, 8, 9),
    (973, 8, 8),
    (974, 8, 8),
    (975, 7, 8),
    (976, 8, 8),
    (977, 8, 10),
    (992, 9, 9),
    (993, 8, 8),
    (994, 9, 9),
    (995, 9, 9),
    (996, 9, 9),
    (998, 9, 9),
];

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
            if matches!(c, b'-' | b'.' | b'/' | b' ') {
                joint = c;
                pos += 1;
                if c == b' ' && matches!(at(text, pos), b'-' | b'/') && at(text, pos + 1) == b' ' {
                    joint = at(text, pos);
                    pos += 2;
                }
            }
        }
        let held = at(text, pos) == b'(';
        if held {
            pos += 1;
            joint = if read.len > 0 && joint == 0 { b'(' } else { joint };
        }
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
    std::str::from_utf8(digits)
        .ok()
        .and_then(|s| s.parse().ok())
        .is_some_and(|n: u16| COUNTRIES.iter().any(|c| c.0 == n))
}

fn fits_country(digits: &[u8]) -> bool {
    (1..=3).any(|width| {
        let Some(code) =
            digits.get(..width).and_then(|d| std::str::from_utf8(d).ok()).and_then(|s| s.parse::<u16>().ok())
        else {
            return false;
        };
        let Some(row) = COUNTRIES.iter().find(|c| c.0 == code) else { return false };
        let trunk = digits.get(width) == Some(&b'0') && code != 39 && code != 225;
        let national = digits.len() - width - usize::from(trunk);
        at(digits, 0) != b'0' && (usize::from(row.1)..=usize::from(row.2)).contains(&national)
    })
}

/// The national number that starts at `start` (a digit, or the parenthesis of an area code).
pub fn national(text: &[u8], start: usize) -> Option<(usize, Need)> {
    if !super::mask::free_before(text, start, false) || at(text, start.wrapping_sub(1)) == b'(' {
        return None;
    }
    if at(text, start.wrapping_sub(1)) == b':' && at(text, start.wrapping_sub(2)).is_ascii_digit() {
        return None;
    }
    let read = groups(text, start);
    let after_group = at(text, start.wrapping_sub(1)) == b' ' && at(text, start.wrapping_sub(2)).is_ascii_digit();
    for len in (1..=read.len).rev() {
        let used = read.all.get(..len)?;
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
        [7..=13] => return (!(total == 8 && (head("19") || head("20")))).then_some(Need::Label),
        [_] => return None,
        _ => {}
    }
    // North America.
    let strict = |area: usize| (b'2'..=b'9').contains(&digit(area)) && (b'2'..=b'9').contains(&digit(area + 1));
    match lens {
        [3, 3, 4] if first.held => return Some(Need::NoDenial),
        [3, 3, 4] if strict(0) => return Some(Need::NoDenial),
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
    let slashed = groups.iter().skip(2).any(|g| g.joint == b'/');
    // A trunk zero: most of Europe, Asia, Africa, Oceania.
    if digit(0) == b'0'
        && (2..=5).contains(&lens.first().copied().unwrap_or(0))
        && (9..=12).contains(&total)
        && rest_long
        && uniform
        && !slashed
    {
        if dotted && lens.len() < 3 {
            return None;
        }
        return Some(if head("00") { Need::Label } else { Need::NoDenial });
    }
    // Another country's area code in parentheses; four digits may be a year.
    if first.held && rest_long && (8..=11).contains(&total) {
        let year = lens.first() == Some(&4);
        return Some(if year { Need::Label } else { Need::NoDenial });
    }
    if dotted && !matches!(lens, [3, 3, 4] | [2, 3, 2, 2] | [3, 3, 3]) || slashed || !uniform {
        return None;
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
    let plain = lens.len() <= 5 && rest_long && (7..=13).contains(&total) && !groups.iter().any(|g| g.joint == b'/');
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

/// As for any identifier, but an extension may follow at once.
fn free_behind(text: &[u8], end: usize) -> bool {
    super::mask::free_behind(text, end, false) || extension(text, end) > end
}
