//! Payment card numbers: the issuer's range, the length, the grouping people write, and Luhn.

use super::{Need, checksum, mask};

/// A range of issuer numbers (first six digits) and the lengths its cards have, as a bit set.
struct Issuer {
    from: u32,
    to: u32,
    lengths: u32,
    need: Need,
}

const fn row(from: u32, to: u32, lengths: &[u32], need: Need) -> Issuer {
    let mut bits = 0;
    let mut rest = lengths;
    while let [first, tail @ ..] = rest {
        bits |= 1 << *first;
        rest = tail;
    }
    Issuer { from, to, lengths: bits, need }
}

/// The schemes' ranges and lengths, compared with npm's credit-card-type 10.3 and Faker's card providers.
/// Where a range or length is rare and other numbers share it, a card word must stand nearby.
const ISSUERS: &[Issuer] = &[
    row(400000, 499999, &[16], Need::Nothing),                       // Visa
    row(400000, 499999, &[19], Need::NoDenial),                      // Visa
    row(400000, 499999, &[13], Need::NoDenial),                      // Visa, before 1990 and in test sets
    row(400000, 499999, &[18], Need::Label),                         // Visa, in tables only
    row(510000, 559999, &[16], Need::Nothing),                       // Mastercard
    row(222100, 272099, &[16], Need::Nothing),                       // Mastercard since 2017
    row(340000, 349999, &[15], Need::Nothing),                       // American Express
    row(370000, 379999, &[15], Need::Nothing),                       // American Express
    row(601100, 601199, &[16, 19], Need::Nothing),                   // Discover
    row(644000, 659999, &[16, 19], Need::Nothing),                   // Discover; RuPay, Troy and Elo share 65
    row(300000, 305999, &[14, 16], Need::Nothing),                   // Diners Club
    row(309500, 309599, &[14, 16], Need::Nothing),                   // Diners Club
    row(360000, 369999, &[14], Need::Nothing),                       // Diners Club
    row(360000, 369999, &[16, 19], Need::NoDenial),                  // Diners Club
    row(380000, 399999, &[14], Need::Nothing),                       // Diners Club
    row(380000, 399999, &[16, 19], Need::NoDenial),                  // Diners Club
    row(352800, 358999, &[16], Need::Nothing),                       // JCB
    row(350000, 352799, &[16], Need::Label),                         // JCB, in test sets
    row(359000, 359999, &[16], Need::Label),                         // JCB, in test sets
    row(352800, 358999, &[17, 18, 19], Need::Label),                 // JCB
    row(213100, 213199, &[15], Need::NoDenial),                      // JCB, before 2000 and in test sets
    row(180000, 180099, &[15], Need::NoDenial),                      // JCB, likewise
    row(620000, 629999, &[16, 19], Need::Nothing),                   // UnionPay
    row(620000, 629999, &[14, 15, 17, 18], Need::Label),             // UnionPay
    row(810000, 817199, &[16, 17, 18, 19], Need::NoDenial),          // UnionPay
    row(501800, 501999, &[16, 18, 19], Need::Nothing),               // Maestro, Dankort
    row(502000, 502099, &[16, 18, 19], Need::Nothing),               // Maestro
    row(503800, 503899, &[16, 18, 19], Need::Nothing),               // Maestro
    row(589300, 589399, &[16, 18, 19], Need::Nothing),               // Maestro
    row(630400, 630499, &[16, 18, 19], Need::Nothing),               // Maestro
    row(675900, 676399, &[16, 18, 19], Need::Nothing),               // Maestro
    row(500000, 509999, &[16], Need::NoDenial),                      // Maestro, Verve, Elo, RuPay
    row(560000, 589999, &[16], Need::NoDenial),                      // Maestro
    row(600000, 699999, &[16], Need::NoDenial),                      // Maestro, RuPay, Hipercard, Elo
    row(500000, 509999, &[12, 13, 14, 15, 17, 18, 19], Need::Label), // Maestro
    row(560000, 699999, &[12, 13, 14, 15, 17, 18, 19], Need::Label), // Maestro
    row(220000, 220499, &[16, 17, 18, 19], Need::Nothing),           // Mir
    row(979200, 979299, &[16], Need::Nothing),                       // Troy
    row(860000, 860099, &[16], Need::NoDenial),                      // Uzcard
    row(986000, 986099, &[16], Need::NoDenial),                      // Humo
    row(60400, 60499, &[12], Need::Label),                           // Maestro in test sets
    row(201400, 201499, &[15], Need::Label),                         // enRoute
    row(214900, 214999, &[15], Need::Label),                         // enRoute
    row(100000, 199999, &[15], Need::Label),                         // UATP
];

/// For each pair of first digits a bit for every row of [`ISSUERS`] it may belong to.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which checks it")]
static BY_HEAD: [u64; 100] = {
    let mut table = [0; 100];
    let mut row = 0;
    while row < ISSUERS.len() {
        let mut head = ISSUERS[row].from / 10_000;
        while head <= ISSUERS[row].to / 10_000 {
            table[head as usize] |= 1 << row;
            head += 1;
        }
        row += 1;
    }
    table
};

/// The groupings with separators, longest first.
const GROUPINGS: &[&[usize]] = &[
    &[4, 4, 4, 4, 3],
    &[4, 4, 4, 4, 2],
    &[4, 4, 4, 4, 1],
    &[6, 13],
    &[4, 4, 4, 4],
    &[8, 8],
    &[4, 6, 5],
    &[4, 4, 4, 3],
    &[4, 6, 4],
    &[4, 4, 4, 2],
    &[4, 4, 5],
    &[4, 4, 4, 1],
];

/// A card number whose first digit is `text[start]`: where it ends, and what it still needs.
pub fn fit(text: &[u8], start: usize, run_end: usize) -> Option<(usize, Need)> {
    match run_end - start {
        12..=19 if mask::free_before(text, start, false) && mask::free_behind(text, run_end, false) => {
            let digits = text.get(start..run_end)?;
            let need = issuer(digits)?;
            // Thirteen digits are more often an EAN; both sums by chance is one in ten.
            let need = if digits.len() == 13 && checksum::ean13(digits) { Need::Label } else { need };
            Some((run_end, need))
        }
        4 | 6 | 8 if matches!(mask::at(text, run_end), b' ' | b'-' | b'.') => {
            let read = Groups::read(text, start, mask::at(text, run_end));
            GROUPINGS.iter().filter(|sizes| read.sizes.starts_with(sizes)).find_map(|sizes| read.grouped(text, sizes))
        }
        _ => None,
    }
}

/// Digits in groups with the same separator, as many as the longest grouping has.
struct Groups {
    start: usize,
    joint: u8,
    sizes: [usize; 5],
    ends: [usize; 5],
    digits: [u8; 19],
}

impl Groups {
    fn read(text: &[u8], start: usize, joint: u8) -> Self {
        let mut read = Groups { start, joint, sizes: [0; 5], ends: [0; 5], digits: [0; 19] };
        let mut free = read.digits.iter_mut();
        let mut pos = start;
        for (size, end) in read.sizes.iter_mut().zip(&mut read.ends) {
            let from = pos;
            while mask::at(text, pos).is_ascii_digit()
                && let Some(slot) = free.next()
            {
                *slot = mask::at(text, pos);
                pos += 1;
            }
            (*size, *end) = (pos - from, pos);
            if pos == from || mask::at(text, pos) != joint {
                break;
            }
            // Two spaces between groups come from tables, and from hands that want them apart; so do spaced dashes.
            pos += match (joint, mask::at(text, pos + 1), mask::at(text, pos + 2)) {
                (b' ', b'-', b' ') => 3,
                (b' ', b' ', _) => 2,
                _ => 1,
            };
        }
        read
    }

    /// The card of the first groups, which have these sizes.
    fn grouped(&self, text: &[u8], sizes: &[usize]) -> Option<(usize, Need)> {
        let need = issuer(self.digits.get(..sizes.iter().sum())?)?;
        let (start, end, joint) = (self.start, *self.ends.get(sizes.len() - 1)?, self.joint);
        // Another group of its kind would make it a longer number or a row of them; a year or a check value does not.
        if joint == b' ' {
            let gap = |from: usize| (0..2).take_while(|i| mask::at(text, from + i) == b' ').count();
            let behind = mask::group_behind(text, end + gap(end));
            let size = *sizes.first()?;
            let year = end + gap(end);
            let year = sizes.len() == 4 && matches!(checksum::number(text, year..year + 4), Some(1950..=2099));
            if gap(end) > 0 && behind == size && !(behind == 4 && year) {
                return None;
            }
            let before = (1..=2).take_while(|i| start >= *i && mask::at(text, start - i) == b' ').count();
            if before > 0 && mask::group_before(text, start - before) == size {
                return None;
            }
        }
        let free = mask::free_before(text, start, false) && mask::free_behind(text, end, false);
        // Two numbers of eight digits side by side are seldom a card.
        free.then_some((end, if sizes == [8, 8] { Need::Label } else { need }))
    }
}

/// Around the first `^` of a magnetic stripe's first track: `%B`, the number, `^` the name, `^` the rest, `?`.
pub fn track(text: &[u8], caret: usize) -> Option<(usize, usize)> {
    let digits = text.get(caret.saturating_sub(20)..caret)?.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let number = text.get(caret - digits..caret).filter(|n| (13..=19).contains(&n.len()) && checksum::luhn(n))?;
    let start = (caret - number.len()).checked_sub(2)?;
    let rest = text.get(caret + 1..)?;
    let second = rest.iter().take(28).position(|b| *b == b'^')?;
    let tail = rest.get(second + 1..)?.iter().take(60).take_while(|b| b.is_ascii_graphic() && **b != b'?').count();
    let end = caret + 1 + second + 1 + tail;
    let end = end + usize::from(mask::at(text, end) == b'?');
    text.get(start..)?.starts_with(b"%B").then_some((start, end))
}

/// What a number of some issuer still needs; None where the range, the length or Luhn is wrong.
fn issuer(digits: &[u8]) -> Option<Need> {
    let head = checksum::number(digits, 0..6)? as u32;
    let mut rows = *BY_HEAD.get((head / 10_000) as usize)?;
    while rows != 0 {
        let row = ISSUERS.get(rows.trailing_zeros() as usize)?;
        if (row.from..=row.to).contains(&head) && row.lengths >> digits.len() & 1 == 1 {
            return (checksum::luhn(digits) && !checksum::all_same(digits)).then_some(row.need);
        }
        rows &= rows - 1;
    }
    None
}
