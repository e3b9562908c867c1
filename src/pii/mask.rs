//! Identifiers of fixed spelling: which masks can begin with a given run of letters and digits, and whether one fits.

use super::{Detector, Form, Need, Shape};

/// The longest identifier a mask may spell, without separators.
const LONGEST: usize = 48;
/// Runs longer than this begin no mask.
const LONGEST_RUN: usize = 32;

/// What a run of letters and digits is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Run {
    /// Digits only.
    Digits,
    /// Letters only.
    Letters,
    /// Both.
    Mixed,
}

/// One spelling, and the chosen detectors that know it.
pub struct Group {
    mask: &'static [u8],
    /// What the mask wants behind its first run: a separator, `~`, or 0 for nothing.
    joint: u8,
    /// What it wants behind that.
    after: u8,
    /// How long its second run of letters and digits is, where the separator is one character: the text's is as long.
    second: u8,
    /// Whose it is.
    pub claims: Vec<Claim>,
}

/// A detector that knows a spelling.
#[derive(Clone, Copy)]
pub struct Claim {
    /// The detector's place in the scanner.
    pub detector: u16,
    /// What the spelling still needs.
    pub need: Need,
    /// The detector's check.
    pub valid: fn(&[u8]) -> bool,
}

/// The spellings that begin with runs of one kind and length.
#[derive(Default)]
struct Row {
    groups: Vec<Group>,
    /// Whether some spelling is the run alone.
    plain: bool,
    /// The lengths of second runs, a bit each; the lowest: there are some of which it is not known.
    seconds: u64,
}

impl Row {
    fn add(&mut self, mask: &'static [u8], head: usize, claim: Claim) {
        if let Some(group) = self.groups.iter_mut().find(|group| group.mask == mask) {
            group.claims.push(claim);
            return;
        }
        let rest = mask.get(head + 1..).unwrap_or_default();
        let second = rest.iter().take_while(|b| is_place(**b)).count().min(LONGEST_RUN) as u8;
        let group = Group { mask, joint: at(mask, head), after: at(mask, head + 1), second, claims: vec![claim] };
        self.seconds |= 1 << second;
        self.plain |= group.joint == 0;
        self.groups.push(group);
    }
}

/// What may stand behind runs of one kind: for each byte the lengths, a bit each. Words come in all lengths and orders, so
/// this is asked without a branch.
struct Gate {
    /// The byte behind the run, and the one behind that.
    next: [u64; 256],
    after: [u64; 256],
    /// The lengths of which some spelling is the run alone.
    plain: u64,
}

/// All spellings, by the kind and length of the run they begin with.
pub struct Index {
    rows: Vec<Row>,
    gates: Box<[Gate; 3]>,
}

impl Index {
    /// Sorts the masks of the detectors.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        let mut rows: Vec<Row> = (0..3 * (LONGEST_RUN + 1)).map(|_| Row::default()).collect();
        for (detector, row) in (0u16..).zip(detectors) {
            let Shape::Masks(forms, valid) = row.shape else { continue };
            for &Form { mask, need } in forms {
                let mask = mask.as_bytes();
                let head = mask.iter().take_while(|b| is_place(**b)).count();
                let first = mask.get(..head).unwrap_or_default();
                let digits = first.iter().all(|b| matches!(b, b'#' | b'*' | b'0'..=b'9'));
                let letters = first.iter().all(|b| matches!(b, b'*' | b'^') || b.is_ascii_alphabetic());
                // Of a long head that may be all letters every check wants a digit.
                let letters = letters && (first.contains(&b'^') || head <= 4 || !first.contains(&b'*'));
                let mixed = first.contains(&b'*') || (!digits && !letters);
                for (run, fits) in [(Run::Digits, digits), (Run::Letters, letters), (Run::Mixed, mixed)] {
                    if let Some(row) = rows.get_mut(place(run, head)).filter(|_| fits) {
                        row.add(mask, head, Claim { detector, need, valid });
                    }
                }
            }
        }
        let gates = [Run::Digits, Run::Letters, Run::Mixed].map(|run| {
            let mut gate = Gate { next: [0; 256], after: [0; 256], plain: 0 };
            for len in 0..=LONGEST_RUN {
                let Some(row) = rows.get(place(run, len)) else { continue };
                gate.plain |= u64::from(row.plain) << len;
                for (byte, (next, after)) in (0u8..=255).zip(gate.next.iter_mut().zip(&mut gate.after)) {
                    let any = |fits: &dyn Fn(&Group) -> bool| byte >= 128 || row.groups.iter().any(fits);
                    *next |= u64::from(any(&|group| group.joins(byte))) << len;
                    *after |= u64::from(any(&|group| group.goes_on(byte))) << len;
                }
            }
            gate
        });
        Index { rows, gates: Box::new(gates) }
    }

    /// Whether some spelling may be the run of that length in front of these two bytes alone, or go on with them.
    #[inline]
    fn gate(&self, run: Run, len: usize, next: u8, after: u8) -> (bool, bool) {
        let Some(gate) = self.gates.get(run as usize).filter(|_| len <= LONGEST_RUN) else {
            return (false, false);
        };
        let next = gate.next.get(usize::from(next)).copied().unwrap_or(0);
        let after = gate.after.get(usize::from(after)).copied().unwrap_or(0);
        (gate.plain >> len & 1 == 1, (next & after) >> len & 1 == 1)
    }

    /// Whether a spelling may begin with the letters of that length which end at `end`.
    #[inline]
    pub fn may_start(&self, len: usize, text: &[u8], end: usize) -> bool {
        let (plain, joined) = self.gate(Run::Letters, len, at(text, end), at(text, end + 1));
        plain | joined
    }

    /// The spellings that may begin with the run of that length which ends at `end`; most runs begin none.
    #[inline]
    pub fn starting(&self, run: Run, len: usize, text: &[u8], end: usize) -> impl Iterator<Item = &Group> {
        let (joint, after) = (at(text, end), at(text, end + 1));
        let (plain, mut joined) = self.gate(run, len, joint, after);
        let (mut groups, mut second) = ([].iter(), 0);
        if (plain || joined)
            && let Some(row) = self.rows.get(place(run, len))
        {
            if joined {
                second = second_run(text, end);
                joined = row.seconds & (1 | 1 << second) != 0;
            }
            if plain || joined {
                groups = row.groups.iter();
            }
        }
        groups.filter(move |group| {
            group.joint == 0
                || joined && (group.second == 0 || group.second == second) && group.joins(joint) && group.goes_on(after)
        })
    }
}

/// Whether a byte of a mask stands for a letter or digit.
fn is_place(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'#' | b'*' | b'^')
}

/// How long the run of letters and digits is behind the separator at `end`, which may be as wide as [`Group::fit`] takes it.
fn second_run(text: &[u8], end: usize) -> u8 {
    let wide = match (at(text, end), at(text, end + 1), at(text, end + 2)) {
        (b' ', b'-', b' ') => 3,
        (b' ', b' ', _) => 2,
        _ => 1,
    };
    let rest = text.get(end + wide..).unwrap_or_default().iter().take(LONGEST_RUN);
    rest.take_while(|b| b.is_ascii_alphanumeric()).count() as u8
}

fn place(run: Run, len: usize) -> usize {
    len * 3 + run as usize
}

/// A spelling's letters and digits, without separators, upper case.
pub struct Bare {
    bytes: [u8; LONGEST],
    len: usize,
}

impl Bare {
    /// What a detector's check looks at.
    pub fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len).unwrap_or_default()
    }
}

impl Group {
    /// Whether `next` may stand behind the first run.
    fn joins(&self, next: u8) -> bool {
        match self.joint {
            b'~' | b'-' => matches!(next, b' ' | b'-'),
            joint => next == joint,
        }
    }

    /// Whether `after` may stand behind that: the mask's, or more of a wide separator.
    fn goes_on(&self, after: u8) -> bool {
        let wide = matches!(self.joint, b'~' | b'-' | b' ') && matches!(after, b'-' | b' ');
        wide || match self.after {
            b'#' => after.is_ascii_digit(),
            b'A' => after.is_ascii_alphabetic(),
            b'^' => after.is_ascii_uppercase(),
            _ => true,
        }
    }

    /// If the mask fits the text at `start`: where it ends and what it spells.
    pub fn fit(&self, text: &[u8], start: usize) -> Option<(usize, Bare)> {
        let mut bare = Bare { bytes: [0; LONGEST], len: 0 };
        let mut joint = 0; // the separator `~` stands for
        let mut spaced = false;
        let mut end = start;
        for &want in self.mask {
            let got = at(text, end);
            end += 1;
            let keep = match want {
                b'#' => got.is_ascii_digit(),
                b'A' => got.is_ascii_alphabetic(),
                b'^' => got.is_ascii_uppercase(),
                b'*' => got.is_ascii_alphanumeric(),
                b'~' | b'-' => {
                    let wide = got == b' ' && at(text, end) == b'-' && at(text, end + 1) == b' ';
                    let got = if wide { b'-' } else { got };
                    end += if wide { 2 } else { usize::from(got == b' ' && at(text, end) == b' ') };
                    if joint == 0 && matches!(got, b' ' | b'-') {
                        joint = got;
                    }
                    spaced |= got == b' ';
                    if got != joint || want == b'-' && got != b'-' {
                        return None;
                    }
                    continue;
                }
                _ if want.is_ascii_alphanumeric() => got.eq_ignore_ascii_case(&want),
                _ => {
                    spaced |= want == b' ';
                    if got != want {
                        return None;
                    }
                    end += usize::from(want == b' ' && at(text, end) == b' ');
                    continue;
                }
            };
            if !keep {
                return None;
            }
            *bare.bytes.get_mut(bare.len)? = got.to_ascii_uppercase();
            bare.len += 1;
        }
        let colons = self.mask.contains(&b':') && (at(text, start.wrapping_sub(1)) == b':' || at(text, end) == b':');
        let free = !colons && free_before(text, start, spaced) && free_behind(text, end, spaced);
        free.then_some((end, bare))
    }
}

/// The byte at `at`, or 0.
pub fn at(text: &[u8], at: usize) -> u8 {
    text.get(at).copied().unwrap_or(0)
}

/// Whether nothing in front of `start` makes the identifier part of something longer. `spaced`: it has spaces inside,
/// so a digit one space away would be another group of it.
pub fn free_before(text: &[u8], start: usize, spaced: bool) -> bool {
    let (last, other) = (at(text, start.wrapping_sub(1)), at(text, start.wrapping_sub(2)));
    match last {
        b'_' => false,
        b'-' => !other.is_ascii_alphanumeric() && other != b'-',
        b'.' => !other.is_ascii_digit(),
        b',' => {
            let head = (2..6).take_while(|back| at(text, start.wrapping_sub(*back)).is_ascii_digit()).count();
            !(1..=3).contains(&head) || !thousands(text, start) // a list of numbers, or `1,234`
        }
        b'/' => !other.is_ascii_digit(),
        b'+' | b'$' | b'\\' => false,
        b' ' => !spaced || !(other.is_ascii_digit() || group_before(text, start - 1) > 1),
        0x80.. => !latin_before(text, start),
        _ => !last.is_ascii_alphanumeric(),
    }
}

/// How long the group of a number or a hex dump is that ends at `end`; 0 if the word there is none.
pub fn group_before(text: &[u8], end: usize) -> usize {
    let word = text.get(end.saturating_sub(9)..end).unwrap_or_default();
    group(word.iter().rev())
}

/// How long the group of a number or a hex dump is that starts at `start`; 0 if the word there is none.
pub fn group_behind(text: &[u8], start: usize) -> usize {
    group(text.get(start..text.len().min(start + 9)).unwrap_or_default().iter())
}

fn group<'b>(word: impl Iterator<Item = &'b u8> + Clone) -> usize {
    let len = word.clone().take_while(|b| b.is_ascii_alphanumeric()).count();
    let mut word = word.take(len);
    let hex = word.clone().all(u8::is_ascii_hexdigit);
    if hex && word.any(u8::is_ascii_digit) { len } else { 0 }
}

/// Whether exactly three digits start at `start`, and not as the first group of dashed ones: `133,536-90-4399` are two cells.
fn thousands(text: &[u8], start: usize) -> bool {
    let dashed = at(text, start + 3) == b'-' && at(text, start + 4).is_ascii_digit();
    !dashed && (0..4).take_while(|i| at(text, start + i).is_ascii_digit()).count() == 3
}

/// Whether nothing behind `end` makes the identifier part of something longer.
pub fn free_behind(text: &[u8], end: usize, spaced: bool) -> bool {
    let (next, other) = (at(text, end), at(text, end + 1));
    match next {
        b'_' | b'@' | b'%' => false,
        b'-' => !other.is_ascii_alphanumeric(),
        b'.' | b'/' | b':' => !other.is_ascii_digit(),
        // `12,345` goes on; `94925590,681` does not: nobody writes more than three digits in front of thousands.
        b',' => {
            let head = (1..5).take_while(|back| at(text, end.wrapping_sub(*back)).is_ascii_digit()).count();
            !(head <= 3 && other.is_ascii_digit() && thousands(text, end + 1))
        }
        b' ' => !spaced || !(other.is_ascii_digit() || group_behind(text, end + 1) > 1),
        0xC3..=0xD4 => false, // a letter of Latin, Greek or Cyrillic goes on
        _ => !next.is_ascii_alphanumeric(),
    }
}

/// Whether the character in front is a letter of a script that writes words without gaps to digits (é, Ж); CJK is not.
fn latin_before(text: &[u8], start: usize) -> bool {
    matches!(at(text, start.wrapping_sub(2)), 0xC3..=0xD4) && at(text, start.wrapping_sub(1)) < 0xC0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_is_not_cut_out_of_something_longer() {
        for (text, start, end, free) in [
            ("x 123 y", 2, 5, true),
            ("(123)", 1, 4, true),
            ("123.", 0, 3, true),
            ("a123", 1, 4, false),
            ("ab-123", 3, 6, false),
            ("1.123", 2, 5, false),
            ("123.5", 0, 3, false),
            ("123-a", 0, 3, false),
            ("é123", 2, 5, false),
            ("号123号", 3, 6, true),
        ] {
            let seen = free_before(text.as_bytes(), start, false) && free_behind(text.as_bytes(), end, false);
            assert_eq!(seen, free, "{text}");
        }
    }
}
