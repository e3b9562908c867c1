//! Identifiers of fixed spelling: which masks can begin with a given run of letters and digits, and whether one fits.

use super::{Detector, Form, Need, Shape};

/// The longest identifier a mask may spell, without separators.
const LONGEST: usize = 40;
/// Runs longer than this begin no mask.
const LONGEST_RUN: usize = 24;

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

/// One mask of one chosen detector.
#[derive(Clone, Copy)]
pub struct Entry {
    /// The detector's place in the scanner.
    pub detector: u16,
    /// What the mask wants behind its first run: a separator, `~`, or 0 for nothing.
    joint: u8,
    form: Form,
    valid: fn(&[u8]) -> bool,
}

/// All masks, by the kind and length of the run they begin with.
pub struct Index {
    rows: Vec<Vec<Entry>>,
}

impl Index {
    /// Sorts the masks of the detectors.
    pub fn new(detectors: &[&'static Detector]) -> Self {
        let mut rows = vec![Vec::new(); 3 * (LONGEST_RUN + 1)];
        for (detector, row) in (0u16..).zip(detectors) {
            let Shape::Masks(forms, valid) = row.shape else { continue };
            for &form in forms {
                let head: Vec<u8> =
                    form.mask.bytes().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'#' | b'*')).collect();
                let digits = head.iter().all(|b| matches!(b, b'#' | b'*' | b'0'..=b'9'));
                let letters = head.iter().all(|b| *b == b'*' || b.is_ascii_alphabetic());
                let mixed = head.contains(&b'*') || (!digits && !letters);
                for (run, fits) in [(Run::Digits, digits), (Run::Letters, letters), (Run::Mixed, mixed)] {
                    if let (true, Some(row)) = (fits, rows.get_mut(place(run, head.len()))) {
                        row.push(Entry { detector, joint: at(form.mask.as_bytes(), head.len()), form, valid });
                    }
                }
            }
        }
        Index { rows }
    }

    /// The masks that begin with such a run.
    pub fn starting(&self, run: Run, len: usize) -> &[Entry] {
        if len > LONGEST_RUN {
            return &[];
        }
        self.rows.get(place(run, len)).map(Vec::as_slice).unwrap_or_default()
    }
}

fn place(run: Run, len: usize) -> usize {
    len * 3 + run as usize
}

impl Entry {
    /// Whether the byte behind the first run is the one the mask wants: most masks fail here.
    #[inline]
    pub fn goes_on_with(&self, next: u8) -> bool {
        match self.joint {
            0 => true,
            b'~' => matches!(next, b' ' | b'-'),
            joint => next == joint,
        }
    }

    /// If the mask fits the text at `start`: where it ends and what it still needs.
    pub fn fit(&self, text: &[u8], start: usize) -> Option<(usize, Need)> {
        let mut bare = [0u8; LONGEST];
        let mut len = 0;
        let mut joint = 0; // the separator `~` stands for
        let mut spaced = false;
        let mask = self.form.mask.as_bytes();
        let window = text.get(start..start + mask.len())?;
        for (&want, &got) in mask.iter().zip(window) {
            let keep = match want {
                b'#' => got.is_ascii_digit(),
                b'A' => got.is_ascii_alphabetic(),
                b'*' => got.is_ascii_alphanumeric(),
                b'~' => {
                    if joint == 0 && matches!(got, b' ' | b'-') {
                        joint = got;
                    }
                    spaced |= joint == b' ';
                    if got != joint {
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
                    continue;
                }
            };
            if !keep {
                return None;
            }
            *bare.get_mut(len)? = got.to_ascii_uppercase();
            len += 1;
        }
        let end = start + mask.len();
        let colons = mask.contains(&b':') && (at(text, start.wrapping_sub(1)) == b':' || at(text, end) == b':');
        if colons || !free_before(text, start, spaced) || !free_behind(text, end, spaced) {
            return None;
        }
        (self.valid)(bare.get(..len)?).then_some((end, self.form.need))
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
        b',' => !other.is_ascii_digit() || !thousands(text, start), // a list of numbers, or `1,234`
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

/// Whether exactly three digits start at `start`.
fn thousands(text: &[u8], start: usize) -> bool {
    (0..4).take_while(|i| at(text, start + i).is_ascii_digit()).count() == 3
}

/// Whether nothing behind `end` makes the identifier part of something longer.
pub fn free_behind(text: &[u8], end: usize, spaced: bool) -> bool {
    let (next, other) = (at(text, end), at(text, end + 1));
    match next {
        b'_' | b'@' | b'%' => false,
        b'-' => !other.is_ascii_alphanumeric(),
        b'.' | b'/' | b':' => !other.is_ascii_digit(),
        b',' => {
            !(other.is_ascii_digit()
                && at(text, end + 2).is_ascii_digit()
                && at(text, end + 3).is_ascii_digit()
                && !at(text, end + 4).is_ascii_digit())
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
